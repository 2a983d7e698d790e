"""Images in other sizes, for what goes from coarse to fine."""

from math import sqrt

from autograd import resize
from autograd.device import Array

from .blur import gaussian_blur


def shrunk(x: Array, factor: float) -> Array:
    """Images (N, C, H, W) of 1/factor of the size, blurred before so that nothing aliases."""
    if factor == 1:
        return x
    size = tuple(max(1, round(n / factor)) for n in x.shape[2:])
    # The blur of a pixel that is so many times as large, less that of a pixel.
    return resize(gaussian_blur(x, sqrt(factor**2 - 1) / 2), size).data


def sized(x: Array, size: tuple[int, int]) -> Array:
    """Images (N, C, h, w) of the size (H, W)."""
    return x if x.shape[2:] == size else resize(x, size).data
