"""Small random changes of an image, under which what it shows should stay what it is.

An image that is good at one exact place only is good by accident of its pixels. So in each step it
is transformed at random, and the gradient goes back through the transformation to the image.

Each function makes a transformation, `change(x, rng) -> x`, of a Tensor (N, C, H, W) by numbers
from a Generator. The numbers are the same for the whole batch.
"""

from collections.abc import Callable
from math import cos, isfinite, radians, sin
from numbers import Real

import numpy as np

from autograd import Tensor, resample, roll
from autograd import pad as padded

from .arguments import check_number, check_whole

Transformation = Callable[[Tensor, np.random.Generator], Tensor]


def jitter(pixels: int) -> Transformation:
    """Rolled by up to so many pixels, up or down, left or right; what leaves enters opposite."""
    pixels = check_whole(pixels, "jitter: pixels", least=0)

    def change(x: Tensor, rng: np.random.Generator) -> Tensor:
        return roll(x, tuple(rng.integers(-pixels, pixels + 1, 2).tolist()), (-2, -1))

    return change


def random_scale(low: float = 0.9, high: float = 1.1) -> Transformation:
    """Enlarged about the middle by a factor from `low` to `high`, and still of the same size."""
    low = check_number(low, "random_scale: low", above=0)
    if check_number(high, "random_scale: high") < low:
        raise ValueError(f"random_scale: expected low <= high, got {low} and {high}")

    def change(x: Tensor, rng: np.random.Generator) -> Tensor:
        share = 1 / rng.uniform(low, high)
        return resample(x, [[share, 0, 0], [0, share, 0]])

    return change


def random_rotate(degrees: float = 10.0) -> Transformation:
    """Turned about the middle by up to so many degrees, either way."""
    degrees = check_number(degrees, "random_rotate: degrees")

    def change(x: Tensor, rng: np.random.Generator) -> Tensor:
        angle = radians(rng.uniform(-degrees, degrees))
        c, s = cos(angle), sin(angle)
        return resample(x, [[c, -s, 0], [s, c, 0]])

    return change


def pad(pixels: int, value: float | str = 0.0) -> Transformation:
    """Framed by so many pixels of a value, or of the image: "reflect", "edge".

    Before the others, it keeps what they bring in from outside away from the image's border.
    """
    pixels = check_whole(pixels, "pad: pixels", least=0)
    known = isinstance(value, str) and value in ("reflect", "edge")
    if not known and not (isinstance(value, Real) and isfinite(value)):
        raise ValueError(f'pad: value: expected a number, "reflect" or "edge", got {value!r}')
    mode = {"mode": value} if isinstance(value, str) else {"constant_values": float(value)}
    widths = ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels))
    return lambda x, _rng: padded(x, widths, **mode)
