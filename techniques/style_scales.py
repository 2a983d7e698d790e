"""A style transfer from coarse to fine: where it begins, and what it goes for at each size."""

from collections.abc import Mapping
from dataclasses import replace
from math import log2

import numpy as np

from autograd import array_module
from autograd.device import Array

from .arguments import Bounds, check_images, check_whole
from .colors import StyleColors
from .model import Net
from .scales import shrunk
from .style_goal import Goal


def check_scales(scales: int, content: Array, bounds: Bounds | None) -> int:
    """How many scales there are to be.

    Raises:
        ValueError: it is no whole number above 0, an image would have no pixel left, or the bounds
            belong to pixels.
    """
    most = 1 + int(log2(min(content.shape[2:])))
    scales = check_whole(scales, "scales", most=most)
    if scales > 1 and bounds and any(bound.shape[-2:] not in ((), (1, 1)) for bound in bounds):
        raise ValueError("bounds: with several scales, expected the same for all pixels")
    return scales


def first_images(
    start: str | Array, content: Array, style: Array, scales: int, rng: np.random.Generator
) -> Array:
    """What `start` means, shaped like `content`, at the smallest of so many scales."""
    xp, factor = array_module(content), 2 ** (scales - 1)
    shape, dtype = content.shape, content.dtype
    if not isinstance(start, str):
        check_images(start, "start")
        if start.shape != shape:
            raise ValueError(f"start: expected the shape of content, {shape}, got {start.shape}")
        return shrunk(start.astype(dtype), factor)
    if start == "content":
        return shrunk(content, factor)
    if start == "noise":
        shape = shrunk(content, factor).shape
        return xp.asarray(np.broadcast_to(rng.standard_normal(shape[1:]), shape).astype(dtype))
    if start != "style":
        raise ValueError(f'start: expected "content", "style", "noise" or an array, got {start!r}')
    if style.shape[1:] != shape[1:]:
        raise ValueError(
            f'start: "style" needs a style of the size of the content, {shape[1:]}, '
            f"got {style.shape[1:]}"
        )
    style = shrunk(style, factor)
    return xp.broadcast_to(style, (len(content), *style.shape[1:]))


def goals_at(
    scales: int,
    net: Net,
    colors: StyleColors,
    content_layer: str,
    style_layers: Mapping[str, float],
    content_weight: float,
    tv_weight: float,
) -> list[Goal]:
    """The goals at each scale, from that of the content down.

    The content loss is a sum over all places, of which a smaller scale has fewer. With a larger
    weight there, it means as much at each. (The total variation is a sum as well, but of
    differences that are the larger the further the pixels are apart.)

    Raises:
        ValueError: at one of them, the net or a style cannot be used.
    """
    goals = []
    for factor in (2**k for k in range(scales)):
        styles = [replace(style, picture=shrunk(style.picture, factor)) for style in colors.styles]
        content, weights = shrunk(colors.content, factor), (factor**2 * content_weight, tv_weight)
        try:
            goals.append(Goal(net, content, styles, content_layer, style_layers, *weights))
        except ValueError as error:
            if factor == 1:
                raise
            raise ValueError(f"scales: at 1/{factor} of the size: {error}") from None
    return goals
