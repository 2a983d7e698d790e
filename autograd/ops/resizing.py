"""Resizing images. It is linear along each axis: a matrix product on either side."""

import numpy as np

from ..device import array_module
from .products import matmul
from .windows import Pair, pair


def resize(x, size: Pair, mode: str = "bilinear", align_corners: bool = False):
    """Images brought to another size by interpolation, with PyTorch's conventions.

    A pixel is a square, and the sample for output pixel i is taken at the input position
    (i + ½)·n/m − ½ ("half-pixel centres"). With `align_corners` pixels are points, and the corner
    points coincide: the position is i·(n − 1)/(m − 1).

    Args:
        x: (N, C, H, W).
        size: the new (H, W), or one int for both.
        mode: "bilinear", or "nearest", which takes the pixel ⌊i·n/m⌋. (PyTorch computes that in
            float32, and is a pixel off for some sizes, such as 6 to 74.)
        align_corners: only for "bilinear".

    Raises:
        ValueError: x is not 4-d or empty, or the size or mode is none.
    """
    if len(x.shape) != 4 or 0 in x.shape[2:]:
        raise ValueError(f"resize: x: expected (N, C, H, W), not empty, got {x.shape}")
    if mode not in ("bilinear", "nearest"):
        raise ValueError(f'resize: mode: expected "bilinear" or "nearest", got {mode!r}')
    if align_corners and mode == "nearest":
        raise ValueError("resize: align_corners is only for bilinear")
    height, width = pair(size, "resize: size")
    array = getattr(x, "_data", x)
    xp = array_module(array)
    dtype = np.result_type(array.dtype, 0.0)  # Float, also for an image of integers.
    down = interpolation(height, x.shape[2], mode, align_corners).astype(dtype)
    across = interpolation(width, x.shape[3], mode, align_corners).T.astype(dtype)
    return matmul(matmul(xp.asarray(down), x), xp.asarray(across))


def interpolation(m: int, n: int, mode: str, align_corners: bool) -> np.ndarray:
    """The matrix (m, n) that samples n pixels at m positions."""
    i = np.arange(m)
    if mode == "nearest":
        return np.eye(n)[i * n // m]
    position = i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5
    position = np.clip(position, 0, n - 1)
    # The weight of a pixel falls linearly from 1 at its centre to 0 at its neighbours'.
    return np.maximum(0, 1 - np.abs(position[:, None] - np.arange(n)))
