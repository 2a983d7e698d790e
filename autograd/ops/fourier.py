"""The Fourier transform of real images, and its inverse.

There are no complex Tensors: a last axis of size 2 holds the real and the imaginary parts. Names
and scales are those of `numpy.fft`.
"""

from math import prod

import numpy as np

from ..device import Array, array_module
from ..op import op


@op
def rfft2(x: Array) -> Array:
    """F[k, l] = Σ x[m, n] exp(−2πi (km/H + ln/W)), the left half of the spectrum of real images.

    The other half is its mirror image, F[−k, −l] = conj(F[k, l]).

    Args:
        x: (..., H, W).

    Returns:
        (..., H, W//2 + 1, 2).

    Raises:
        ValueError: x has fewer than two axes, or no pixels.
    """
    if x.ndim < 2:
        raise ValueError(f"rfft2: x: expected (..., H, W), got {x.shape}")
    xp = array_module(x)
    spectrum = xp.fft.rfft2(x)
    return xp.stack([spectrum.real, spectrum.imag], axis=-1)


@op
def irfft2(x: Array, size: tuple[int, int]) -> Array:
    """Real images from the left half of their spectrum: the inverse of `rfft2`.

    x[m, n] = 1/(HW) Σ Re(F[k, l] exp(2πi (km/H + ln/W))), where the columns that have a mirror
    image count twice.

    Args:
        x: the spectrum F (..., H, W//2 + 1, 2).
        size: (H, W). The spectrum does not tell whether W is even or odd.

    Returns:
        (..., H, W).

    Raises:
        ValueError: x is not of the shape that goes with the size.
    """
    height, width = size
    if x.shape[-3:] != (height, width // 2 + 1, 2):
        raise ValueError(
            f"irfft2: x: expected (..., {height}, {width // 2 + 1}, 2), the half of the spectrum "
            f"of images of {height}×{width}, got {x.shape}"
        )
    return array_module(x).fft.irfft2(x[..., 0] + 1j * x[..., 1], (height, width))


def times(g, width: int, power: int):
    """How often each column of the half spectrum counts, to a power: (W//2 + 1, 1), for `g`."""
    column = np.arange(width // 2 + 1)
    without_mirror = (column == 0) | (2 * column == width)
    count = np.where(without_mirror, 1.0, 2.0)[:, None] ** power
    return array_module(g.data).asarray(count.astype(g.dtype))


def rfft2_rule(g, _out, _x, input_shape):
    size = input_shape[-2:]
    return irfft2(g * times(g, size[1], -1), size) * prod(size)


rfft2.rule(x=rfft2_rule)
irfft2.rule(x=lambda g, _out, _x, size: rfft2(g) * times(g, size[1], 1) / prod(size))
