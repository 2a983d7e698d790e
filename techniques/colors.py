"""A style without its colours (Gatys et al. 2016, arXiv 1606.05897), in the net's input space.

The numbers for red, green and blue are taken as they come. Where the preprocessing has divided them
by different ones, the brightness is off by as much: with ImageNet's, by 2 %.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd import Tensor, array_module, broadcast_to, to_cpu
from autograd.device import Array

from .arguments import Bounds, within
from .scales import sized
from .style_pictures import Style

LUMINANCE = (0.299, 0.587, 0.114)  # Of red, green and blue: the Y of YIQ, which the paper takes.


class StyleColors:
    """The result has the colours of the styles. What is moved is the image itself.

    Attributes:
        content: (N, C, H, W), as the net is to see it.
        styles: as the net is to see them.
        bounds: of what is moved.
    """

    def __init__(self, content: Array, styles: Sequence[Style], bounds: Bounds | None):
        self.content, self.styles, self.bounds = content, styles, bounds

    def moved(self, x: Array) -> Array:
        """What is moved, to begin with images x (N, C, h, w) of any size."""
        return within(x, self.bounds)

    def seen(self, z: Tensor) -> Tensor:
        """What the net is to see of what is moved: (N, C, h, w)."""
        return z

    def shown(self, z: Array) -> Array:
        """The result (N, C, H, W), for what was moved, of whatever size."""
        return sized(z, self.content.shape[2:])


class MatchedColors(StyleColors):
    """The same, with styles that have been given the mean and the covariance of the content's."""

    def __init__(self, content: Array, styles: Sequence[Style], bounds: Bounds | None):
        matched = [replace(s, picture=match_colors(s.picture, content)) for s in styles]
        super().__init__(content, matched, bounds)


class ContentColors(StyleColors):
    """The result has the colours of the content. What is moved is its brightness (N, 1, h, w).

    The net sees everything in grey, and the styles with the content's mean and variance of it.
    """

    def __init__(self, content: Array, styles: Sequence[Style], bounds: Bounds | None):
        self.colored, self.limits = content, bounds
        y = luminance(content)
        matched = [
            replace(s, picture=grey(match_colors(luminance(s.picture), y)).data) for s in styles
        ]
        ends = bounds and tuple(luminance(at_each_color(bound))[0] for bound in bounds)
        super().__init__(grey(y).data, matched, ends)

    def moved(self, x: Array) -> Array:
        return super().moved(luminance(x))

    def seen(self, z: Tensor) -> Tensor:
        return grey(z)

    def shown(self, z: Array) -> Array:
        return within(self.colored + super().shown(z) - luminance(self.colored), self.limits)


# What `preserve_color` may be.
COLORS = {
    False: StyleColors, True: ContentColors, "luminance": ContentColors, "histogram": MatchedColors,
}  # fmt: skip


def colors_for(
    preserve_color: Any, content: Array, styles: Sequence[Style], bounds: Bounds | None
) -> StyleColors:
    """The content and the styles, prepared as `preserve_color` says.

    Raises:
        ValueError: it says nothing that there is, or there are not three colours.
    """
    if not isinstance(preserve_color, bool | str) or preserve_color not in COLORS:
        raise ValueError(
            'preserve_color: expected False, True, "luminance" or "histogram", got '
            f"{preserve_color!r}"
        )
    if COLORS[preserve_color] is ContentColors and content.shape[1] != 3:
        raise ValueError(
            f"preserve_color: {preserve_color!r} needs images of three colours, (N, 3, H, W); got "
            f"{content.shape}"
        )
    return COLORS[preserve_color](content, styles, bounds)


def luminance(x: Array) -> Array:
    """The brightness Y (N, 1, H, W) of colours (N, 3, H, W).

    The other coordinates of YIQ, which say what colour it is, are differences of red, green and
    blue. So x + c has those of x, and the brightness Y + c.
    """
    red, green, blue = LUMINANCE
    return red * x[:, 0:1] + green * x[:, 1:2] + blue * x[:, 2:3]


def grey(y: Tensor | Array) -> Tensor:
    """Images (N, 3, H, W) without colour, of the brightness Y (N, 1, H, W)."""
    return broadcast_to(y, (y.shape[0], 3, *y.shape[2:]))


def at_each_color(bound: Array) -> Array:
    """A bound, () or (C or 1, ...), as (1, 3, ...)."""
    return array_module(bound).broadcast_to(bound, (1, 3, *(bound.shape[-2:] or (1, 1))))


def match_colors(x: Array, like: Array) -> Array:
    """x ↦ A (x − μ) + μ' with A = Σ'^½ Σ^−½: x with the mean μ' and the covariance Σ' of `like`.

    The map is one for all pixels of an image. The paper finds that this A, of the "image analogies"
    (Hertzmann et al. 2001), serves better than Cholesky's. Where the colours of x do not vary in
    some direction, nor do they afterwards.

    Args:
        x: (N or 1, C, H', W').
        like: (N, C, H, W).

    Returns:
        (N, C, H', W').
    """
    pixels, others = (to_cpu(a).astype(float).reshape(*a.shape[:2], -1) for a in (x, like))
    a = covariance(others, 0.5) @ covariance(pixels, -0.5)
    moved = a @ (pixels - pixels.mean(axis=2, keepdims=True)) + others.mean(axis=2, keepdims=True)
    moved = moved.reshape(len(like), *x.shape[1:]).astype(x.dtype)
    return array_module(x).asarray(moved)


def covariance(pixels: np.ndarray, exponent: float) -> np.ndarray:
    """That of the colours of pixels (N, C, P), to a power: (N, C, C).

    An eigenvalue that is 0, but for the rounding of the colours, stays 0.
    """
    centred = pixels - pixels.mean(axis=2, keepdims=True)
    values, vectors = np.linalg.eigh(centred @ centred.swapaxes(1, 2) / pixels.shape[2])
    zero = values <= 1e-12 * (pixels**2).mean(axis=(1, 2))[:, None]
    values = np.where(zero, 0, np.where(zero, 1, values) ** exponent)
    return vectors * values[:, None, :] @ vectors.swapaxes(1, 2)
