"""Images turned, scaled, sheared or shifted: sampled between their pixels."""

from collections.abc import Sequence

import numpy as np

from ..device import array_module
from .indexing import getitem
from .reductions import sum
from .shape import reshape
from .windows import Pair, pair


def resample(x, matrix: Sequence[Sequence[float]], size: Pair | None = None):
    """Images sampled at the places to which an affine map takes the pixels of the result.

    The pixel of the result that lies (down, right) from its middle is what x has at
    matrix · (down, right, 1) from the middle of x, in pixels: interpolated bilinearly between four
    neighbours, and 0 beyond the border. [[1, 0, 0], [0, 1, 0]] leaves x as it is, half of that
    doubles it, and [[c, −s, 0], [s, c, 0]] with the cosine and the sine of an angle turns it. It
    does not blur before it shrinks. Agrees with PyTorch's `grid_sample`, whose coordinates are
    shares of the image and the other way round.

    Args:
        x: (N, C, H, W).
        matrix: (2, 3) numbers, on the CPU.
        size: that of the result, (H', W') or one int for both; None for that of x.

    Raises:
        ValueError: x is not 4-d or empty, the matrix is none, or the size.
    """
    if len(x.shape) != 4 or 0 in x.shape[2:]:
        raise ValueError(f"resample: x: expected (N, C, H, W), not empty, got {x.shape}")
    matrix = np.asarray(matrix, float)
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all():
        raise ValueError(f"resample: matrix: expected (2, 3) finite numbers, got {matrix.tolist()}")
    n, channels, height, width = x.shape
    rows, cols = pair((height, width) if size is None else size, "resample: size")
    place, weight = neighbours(matrix, (height, width), (rows, cols))
    xp = array_module(getattr(x, "_data", x))
    # NumPy adds to entries that are named twice quickest where the index is a single one.
    image = np.arange(n * channels)[:, None] * (height * width)
    taken = getitem(reshape(x, (-1,)), xp.asarray(image + place[:, None]))
    dtype = np.result_type(x.dtype, 0.0)  # Float, also for an image of integers.
    weighted = taken * xp.asarray(weight[:, None].astype(dtype))
    return reshape(sum(weighted, axis=0), (n, channels, rows, cols))


def neighbours(matrix: np.ndarray, size: tuple, new: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Of each of M new pixels the four neighbours in an image, and their weights: two (4, M).

    A neighbour is the number of its pixel, row by row.
    """
    down, right = np.indices(new).reshape(2, -1) - (np.array(new)[:, None] - 1) / 2
    position = matrix @ [down, right, np.ones(down.size)] + (np.array(size)[:, None] - 1) / 2
    place, weight = [], []
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        at = np.floor(position) + np.array(corner)[:, None]
        inside = ((at >= 0) & (at < np.array(size)[:, None])).all(axis=0)
        weight.append(inside * (1 - np.abs(position - at)).prod(axis=0))
        row, col = np.where(inside, at, 0).astype(int)
        place.append(row * size[1] + col)
    return np.array(place), np.array(weight)
