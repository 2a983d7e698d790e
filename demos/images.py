"""What each net is shown: a data set or files, in its own range, and the classes' names."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from nets import digits, fashion_mnist, load_image, mnist, preprocess
from nets.data import FASHION_MNIST_CLASSES, IMAGENET_CLASSES, IMAGENET_MEAN, IMAGENET_STD
from nets.data.shapes import SHAPES_CLASSES, shapes

from .options import TRAINED_HERE


@dataclass(frozen=True)
class Images:
    """Images as a net takes them: (N, C, H, W), less `mean` and over `std` for each colour."""

    names: tuple[str, ...]  # Of the classes.
    mean: tuple[float, ...]
    std: tuple[float, ...]
    read: Callable[..., np.ndarray]  # An image file as (1, C, H, W).
    load: Callable[..., tuple] | None = None  # (X, Y), (X_test, Y_test), where one can train here,
    quick: dict = field(default_factory=dict)  # and its settings for --quick.

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """What black and white become, for each colour: two arrays (C, 1, 1)."""
        mean, std = (np.array(a, np.float32)[:, None, None] for a in (self.mean, self.std))
        return (0 - mean) / std, (1 - mean) / std


def read_drawing(path: Path) -> np.ndarray:
    """An image file as KernelFitter's input (1, 1, 28, 28) in [−1, 1], light on a dark ground.

    It is made grey, fitted into the square, and inverted if it is dark on light.

    Raises:
        ValueError, OSError: the file is missing, a folder, or no image.
    """
    grey = Image.fromarray(load_image(path)).convert("L")
    edge = np.asarray(grey, dtype=float)
    edge = np.concatenate([edge[0], edge[-1], edge[:, 0], edge[:, -1]])
    if edge.mean() > 127:
        grey = ImageOps.invert(grey)
    grey = ImageOps.pad(grey, (28, 28), color=0)
    return np.asarray(grey, dtype=np.float32)[None, None] / 127.5 - 1


def read_photo(path: Path, **settings) -> np.ndarray:
    """An image file as `preprocess` gives it, with its settings: (1, 3, H, W)."""
    return preprocess(load_image(path), **settings)


DIGITS = tuple("0123456789")
GREY, COLOURS = (0.5,), (0.5, 0.5, 0.5)
DATA = {
    "digits": Images(DIGITS, GREY, GREY, read_drawing, digits),
    "mnist": Images(DIGITS, GREY, GREY, read_drawing, mnist),
    "fashion_mnist": Images(FASHION_MNIST_CLASSES, GREY, GREY, read_drawing, fashion_mnist),
    "shapes": Images(
        *(SHAPES_CLASSES, COLOURS, COLOURS),
        partial(read_photo, shorter_side=64, crop=64, mean=COLOURS, std=COLOURS),
        partial(shapes, masks=True),
        {"train": 2000, "test": 400},
    ),
    "imagenet": Images(IMAGENET_CLASSES, IMAGENET_MEAN, IMAGENET_STD, read_photo),
}
FITS = {"kernel_fitter": ("digits", "mnist", "fashion_mnist"), "shape_net": ("shapes",)}


def data_name(options: argparse.Namespace) -> str:
    """The data that --net and --data ask for together: without --data, the net's first.

    Raises:
        ValueError: there is no such data set, or the net does not take it.
    """
    fits = FITS[options.net] if options.net in TRAINED_HERE else ("imagenet",)
    if options.data not in (None, *fits):
        wrong = f"--data: no data set is named {options.data!r}"
        if options.data in DATA:
            wrong = f"--data: {options.net} does not take {options.data}"
        raise ValueError(f"{wrong}; there is {', '.join(fits)}")
    return options.data or fits[0]


def images(options: argparse.Namespace) -> Images:
    """What the options' net is shown. Raises as `data_name`."""
    return DATA[data_name(options)]


def read_images(
    options: argparse.Namespace, paths: list[Path], flag: str = "--image", **settings
) -> np.ndarray:
    """Image files as the options' net takes them: (N, C, H, W). `settings` are `preprocess`'s.

    Raises:
        ValueError: a file is missing, a folder, or no image; or the data does not fit the net.
    """
    read = images(options).read
    try:
        return np.concatenate([read(path, **settings) for path in paths])
    except (ValueError, OSError) as error:
        raise ValueError(f"{flag}: {error}") from None
