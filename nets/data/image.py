"""From a photograph in a file to what a network takes, and back to what an eye does.

x = preprocess(load_image("cat.jpg"))  # (1, 3, 224, 224), for squeezenet1_1 and its like
picture = deprocess(x)[0]              # (224, 224, 3) in [0, 1]
"""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from autograd import Tensor, to_cpu
from autograd.device import Array

from ..checks import whole
from .imagenet import IMAGENET_MEAN, IMAGENET_STD


def load_image(path: str | os.PathLike[str]) -> np.ndarray:
    """An image file as an array (H, W, 3) of bytes: red, green and blue, 0 to 255.

    It is turned upright, as its EXIF data asks, and of an animation it is the first frame. Grey is
    given three equal colours; 16 bits are rounded to 8; CMYK is converted without a colour profile;
    and what is transparent is put on white, or on black if that sets it off better.

    Reads whatever Pillow reads, except for EPS, which is a program that would have to be run.

    Raises:
        FileNotFoundError, IsADirectoryError: there is no such file.
        ValueError: it is no image, damaged, has more pixels than `PIL.Image.MAX_IMAGE_PIXELS` (89
            million), or pixels that have no agreed range, such as floats.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected an image file, this is a folder")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of what is odd but can be read.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                if image.format == "EPS":
                    raise ValueError("EPS is a program, expected an image")
                return np.asarray(in_colours(ImageOps.exif_transpose(image)))
    except UnidentifiedImageError:
        raise ValueError(f"{path}: not an image, or of an unknown format") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"{path}: too large: {error}") from None
    except Exception as error:  # Each of Pillow's readers has its own, some without a word.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path}: cannot be read: {reason}") from error


def in_colours(image: Image.Image) -> Image.Image:
    """An image of any of Pillow's modes as RGB."""
    if image.mode.startswith("I"):  # "I;16" and its like, or "I" with 16 bits in it.
        grey = np.asarray(image).astype(np.int64)
        if grey.min() < 0 or grey.max() > 65535:
            raise ValueError(f"pixels from {grey.min()} to {grey.max()}, expected 0 to 65535")
        image = Image.fromarray(np.round(grey / 257).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("pixels are floats, which have no agreed range; expected 8 or 16 bits")
    if image.has_transparency_data:
        image = on_opaque_ground(image.convert("RGBA"))
    return image.convert("RGB")


def on_opaque_ground(image: Image.Image) -> Image.Image:
    """An RGBA image on the ground that sets off what is seen of it: white, or black."""
    shown = np.asarray(image.getchannel("A"), dtype=np.float32)
    brightness = (np.asarray(image.convert("L")) * shown).sum() / max(shown.sum(), 1)
    ground = Image.new("RGBA", image.size, "white" if brightness < 128 else "black")
    return Image.alpha_composite(ground, image)


def preprocess(
    *images: np.ndarray,
    shorter_side: int = 256,
    crop: int | None = 224,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
) -> np.ndarray:
    """Images as a network takes them; as they stand, the settings are those of ImageNet's networks.

    Each is resized (bilinearly, without aliasing), a square is cut out of its middle, its bytes are
    divided by 255, and then (x − mean) / std for each colour. Agrees with torchvision's
    `ImageClassification` preset, to the rounding of float32.

    Args:
        images: arrays (H, W, 3) of bytes, from `load_image`.
        shorter_side: to which size, in pixels; the longer side follows, truncated to an integer.
        crop: the side of the square, in pixels, or None for the whole image.
        mean, std: for red, green and blue in [0, 1].

    Returns:
        float32 (N, 3, crop, crop) for N images; without a crop (N, 3, H', W').

    Raises:
        TypeError, ValueError: something else than images, or sizes that do not fit.
    """
    whole(shorter_side, "preprocess: shorter_side")
    if crop is not None and whole(crop, "preprocess: crop") > shorter_side:
        raise ValueError(f"preprocess: crop: {crop} is more than shorter_side, {shorter_side}")
    mean, std = colours(mean, std, "preprocess", 3)
    if not images:
        raise ValueError("preprocess: expected images, got none")
    pixels = [resized(check_image(image), shorter_side, crop) for image in images]
    if len({array.shape for array in pixels}) > 1:
        shapes = ", ".join(str(array.shape) for array in pixels)
        raise ValueError(f"preprocess: without a crop, the images have different sizes: {shapes}")
    x = np.stack(pixels).astype(np.float32) / 255
    x = (x - mean.astype(np.float32)) / std.astype(np.float32)
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def colours(
    mean: Sequence[float], std: Sequence[float], name: str, count: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """`mean` and `std` as arrays, with a number for each of the colours.

    Raises:
        ValueError: they are not as many as each other, or as `count`; or not finite; or a std is
            not above 0.
    """
    try:
        m, s = np.array(mean, float), np.array(std, float)
        fit = m.ndim == 1 and m.shape == s.shape and count in (None, len(m))
    except (TypeError, ValueError):
        fit = False
    if not fit or not np.isfinite([m, s]).all() or (s <= 0).any():
        raise ValueError(
            f"{name}: mean, std: expected {count or 'as many'} numbers each, one for each colour, "
            f"and std > 0; got {mean!r} and {std!r}"
        )
    return m, s


def check_image(image: np.ndarray) -> np.ndarray:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = getattr(image, "dtype", type(image).__name__)
        raise TypeError(f"preprocess: images: expected arrays of uint8, got {kind}")
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"preprocess: images: expected (H, W, 3), got {image.shape}")
    return image


def resized(image: np.ndarray, shorter_side: int, crop: int | None) -> np.ndarray:
    """The bytes (H', W', 3) of an image that was resized, of which the middle is cut out."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    height, width = (int(shorter_side * n / shorter) for n in (height, width))
    if height * width > (Image.MAX_IMAGE_PIXELS or np.inf):
        raise ValueError(
            f"preprocess: images: {image.shape} becomes {height}×{width}, which is too large"
        )
    picture = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
    if crop is not None:
        # Half of an odd margin goes to the even neighbour, as in torchvision.
        left, top = round((width - crop) / 2), round((height - crop) / 2)
        picture = picture.crop((left, top, left + crop, top + crop))
    return np.asarray(picture)


def deprocess(
    x: Array | Tensor,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
) -> np.ndarray:
    """A network's input (N, C, H, W) as pictures (N, H, W, C) in [0, 1], on the CPU.

    The inverse of what `preprocess` does last, with the same `mean` and `std`, one for each of the
    C colours. What is not a colour, such as an input that a technique has moved, is clipped.

    Raises:
        TypeError: x is not of floats.
        ValueError: x is not (N, C, H, W) with as many colours as there are means, or `mean` and
            `std` are invalid.
    """
    x = to_cpu(x)
    mean, std = colours(mean, std, "deprocess")
    if x.dtype.kind != "f":
        raise TypeError(f"deprocess: x: expected floats, got {x.dtype}")
    if x.ndim != 4 or x.shape[1] != len(mean):
        raise ValueError(f"deprocess: x: expected (N, {len(mean)}, H, W), got {x.shape}")
    pictures = x.transpose(0, 2, 3, 1) * std.astype(x.dtype) + mean.astype(x.dtype)
    return pictures.clip(0, 1)
