"""The pictures of a style transfer: what may be given for them, and what each has to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from reprlib import repr as short
from typing import Any

import numpy as np

from autograd import Tensor, array_module, to_cpu
from autograd.device import Array

from .arguments import check_inputs, check_number


@dataclass(frozen=True)
class Style:
    """A picture whose style is wanted, how much, and where.

    Attributes:
        picture: (N or 1, C, H', W').
        weight: of its loss.
        mask: (N or 1, 1, H, W) in [0, 1], where in the content the style applies; None: everywhere.
        source_mask: (N or 1, 1, H', W') in [0, 1], where in the picture it is; None: everywhere.
    """

    picture: Array
    weight: float
    mask: Array | None
    source_mask: Array | None


def check_styles(
    style: Any, style_weights: Any, style_mask: Any, source_mask: Any, content: Array
) -> list[Style]:
    """The styles that the arguments of `style_transfer` mean, of the dtype of `content`.

    Raises:
        TypeError, ValueError: an argument is invalid, or they do not go together.
    """
    several = isinstance(style, Sequence)
    pictures = list(style) if several else [style]
    names = [f"style[{k}]" for k in range(len(pictures))] if several else ["style"]
    if not pictures:
        raise ValueError("style: expected a picture, or several, got none")
    for picture, name in zip(pictures, names, strict=True):
        check_picture(picture, name, content)
    weights = check_weights(style_weights, len(pictures))
    masks = one_of_each(style_mask, "style_mask", len(pictures))
    sources = one_of_each(source_mask, "source_mask", len(pictures))
    dtype = content.dtype
    return [
        Style(
            picture.astype(dtype),
            weight,
            check_mask(mask, "style_mask", content, dtype),
            check_mask(source, "source_mask", picture, dtype),
        )
        for picture, weight, mask, source in zip(pictures, weights, masks, sources, strict=True)
    ]


def check_picture(picture: Array, name: str, content: Array) -> None:
    """`picture` must be one image, or one for each of the content, with as many colours.

    Raises:
        TypeError, ValueError: it is not.
    """
    check_inputs(picture, name)
    n, channels = content.shape[:2]
    if picture.ndim != 4 or len(picture) not in (1, n) or picture.shape[1] != channels:
        raise ValueError(
            f"{name}: expected images ({n} or 1, {channels}, H, W), to go with the content of "
            f"{content.shape}; got {picture.shape}"
        )


def check_weights(weights: Any, count: int) -> list[float]:
    """The weight of each of so many styles: 1/count where None is given.

    Raises:
        ValueError: they are not so many numbers.
    """
    if weights is None:
        return [1 / count] * count
    if np.ndim(weights) != 1 or len(weights) != count:
        raise ValueError(
            f"style_weights: expected {count}, one for each style, got {short(weights)}"
        )
    return [check_number(weight, f"style_weights[{k}]") for k, weight in enumerate(weights)]


def one_of_each(mask: Any, name: str, count: int) -> list[Any]:
    """A mask, or None, for each of so many styles, of one for all or a sequence of them.

    Raises:
        ValueError: the sequence has another length.
    """
    if not isinstance(mask, Sequence):
        return [mask] * count
    if len(mask) != count:
        raise ValueError(f"{name}: expected one, or {count}, for each style; got {len(mask)}")
    return list(mask)


def check_mask(mask: Any, name: str, x: Array, dtype: np.dtype) -> Array | None:
    """`mask` as an array (N or 1, 1, H, W) of the dtype, on the device of the images x; or None.

    Raises:
        TypeError: it is no array of floats or bools.
        ValueError: it does not go with the images, leaves [0, 1], or is 0 everywhere in one.
    """
    if mask is None:
        return None
    kind = getattr(getattr(mask, "dtype", None), "kind", None)
    if isinstance(mask, Tensor) or kind not in ("f", "b"):
        raise TypeError(
            f"{name}: expected an array of floats or bools, got {type(mask).__name__}"
            + (f" of {mask.dtype}" if kind else "")
        )
    n, _, height, width = x.shape
    if mask.shape not in ((n, 1, height, width), (1, 1, height, width)):
        raise ValueError(
            f"{name}: expected ({n} or 1, 1, {height}, {width}), to go with pictures of {x.shape}; "
            f"got {mask.shape}"
        )
    values = to_cpu(mask).astype(dtype)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"{name}: expected numbers from 0 to 1, got some from {values.min():.4g} to "
            f"{values.max():.4g}"
        )
    if not values.any(axis=(1, 2, 3)).all():
        raise ValueError(f"{name}: it is 0 everywhere in an image: there is no place for a style")
    return array_module(x).asarray(values)
