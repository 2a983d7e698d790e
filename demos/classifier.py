"""The classifier that a demo looks into: KernelFitter, trained here the first time."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from autograd import no_grad, softmax, to_cpu, to_device
from nets import (
    History,
    KernelFitter,
    deprocess,
    digits,
    evaluate,
    fashion_mnist,
    fit,
    load_image,
    mnist,
)
from nets.data import FASHION_MNIST_CLASSES, cache_folder

DIGITS = tuple("0123456789")
DATA = {
    "digits": (digits, DIGITS),
    "mnist": (mnist, DIGITS),
    "fashion_mnist": (fashion_mnist, FASHION_MNIST_CLASSES),
}


@dataclass
class Classifier:
    """A trained net, what it was trained on, and how that went."""

    net: KernelFitter
    data: str
    names: tuple[str, ...]
    x: np.ndarray  # Held-out images (N, 1, 28, 28) in [−1, 1] and their classes (N,).
    y: np.ndarray
    accuracy: float  # On the held-out images.
    history: History | None  # None if the weights were given.
    device: str  # Where the net is; the images here are on the CPU.

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Softmax of the net's scores: images (N, 1, 28, 28) to (N, K)."""
        with no_grad():
            return to_cpu(softmax(self.net(to_device(x, self.device)), axis=1))

    def pictures(self, x: np.ndarray) -> np.ndarray:
        """What the images (N, C, H, W) look like: (N, H, W, C) in [0, 1]."""
        middle = [0.5] * x.shape[1]
        return deprocess(x, middle, middle)

    def classes(self, x: np.ndarray) -> np.ndarray:
        return self.probabilities(x).argmax(axis=1)

    def examples(self, label: int, count: int) -> np.ndarray:
        """The first `count` held-out images of a class that the net classifies rightly."""
        of_class = self.x[self.y == label]
        right = of_class[self.classes(of_class) == label]
        if len(right) < count:
            raise ValueError(f"the net knows only {len(right)} images of {self.names[label]}")
        return right[:count]


def class_names(data: str) -> tuple[str, ...]:
    """The names of a data set's classes. Raises ValueError if there is no such data set."""
    if data not in DATA:
        raise ValueError(f"--data: no data set is named {data!r}; there is {', '.join(DATA)}")
    return DATA[data][1]


def classifier(options: argparse.Namespace) -> Classifier:
    """The classifier that the options ask for: of --data, with --weights or trained here.

    Training is kept in the cache folder (`BACKLIGHT_CACHE`), from where later runs take it up.

    Raises:
        ValueError: an unknown data set, or weights that do not fit.
        OSError: data or weights that cannot be had.
    """
    names = class_names(options.data)
    load, _ = DATA[options.data]
    train, (x, y) = load()
    # The epoch to keep is chosen on one half of the held-out images, and judged on the other.
    half = len(y) // 2
    validation, (x, y) = (x[:half], y[:half]), (x[half:], y[half:])
    net = KernelFitter(rng=options.seed)
    history = None
    if options.weights is not None:
        net.load(options.weights)
        net.to(options.device)
    else:
        net.to(options.device)
        try:
            cache_folder().mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"BACKLIGHT_CACHE: cannot make {cache_folder()}: {error}") from None
        epochs = 2 if options.quick else 5
        name = f"kernel_fitter-{options.data}-{epochs}-{options.seed}.npz"
        history = fit(
            net,
            train,
            epochs=epochs,
            batch_size=64,
            lr=0.2,
            validation=validation,
            seed=options.seed,
            checkpoint=cache_folder() / name,
        )
        if history.interrupted:  # What was learned so far lies in the cache.
            raise KeyboardInterrupt
    net.eval()
    accuracy = evaluate(net, (x, y))
    print(
        f"KernelFitter on {options.data}: {100 * accuracy:.1f} % of {len(y)} held-out images right"
    )
    return Classifier(net, options.data, names, x, y, accuracy, history, options.device)


def read_image(path: Path) -> np.ndarray:
    """An image file as KernelFitter's input (1, 1, 28, 28) in [−1, 1], light on a dark ground.

    It is made grey, fitted into the square, and inverted if it is dark on light.

    Raises:
        ValueError, OSError: the file is missing, a folder, or no image.
    """
    try:
        grey = Image.fromarray(load_image(path)).convert("L")
    except (ValueError, OSError) as error:
        raise ValueError(f"--image: {error}") from None
    edge = np.asarray(grey, dtype=float)
    edge = np.concatenate([edge[0], edge[-1], edge[:, 0], edge[:, -1]])
    if edge.mean() > 127:
        grey = ImageOps.invert(grey)
    grey = ImageOps.pad(grey, (28, 28), color=0)
    return np.asarray(grey, dtype=np.float32)[None, None] / 127.5 - 1
