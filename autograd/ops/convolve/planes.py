"""Convolution of images of few channels, as the first layer's, to many.

The columns are those of the definition, copied in runs along the rows of the image, for there are
too few channels to make runs of. The outputs have their channels last, as channels_last.py has it.
"""

import math
from collections.abc import Iterator

import numpy as np

from ...device import Array, array_module
from ..windows import batches, offsets, zero_padded
from .channels_last import by_group, transposed
from .definition import kernels


def forward(
    x: Array, w: Array, b: Array | None, size: tuple, *, groups: int, **how: tuple
) -> Array:
    """As in definition.py."""
    xp = array_module(x)
    out = xp.empty((len(x), *size, len(w)), np.result_type(x.dtype, w.dtype))
    matrices = kernels(w, groups).swapaxes(1, 2)
    for some, columns in blocks(x, w.shape[2:], size, groups, **how):
        part = out[some]
        xp.matmul(columns.swapaxes(1, 2), matrices, out=by_group(part, groups))
        if b is not None:
            part += b
    return out.transpose(0, 3, 1, 2)


def input_gradient(
    g: Array, w: Array, size: tuple, *, groups: int, stride, padding, dilation
) -> Array:
    """As in definition.py."""
    (_, c, *kernel), (height, width), (top, left) = w.shape, size, padding
    matrices, last = kernels(w, groups).swapaxes(1, 2), transposed(g)
    shape = (len(g), groups * c, height + 2 * top, width + 2 * left)
    image = array_module(g).zeros(shape, np.result_type(g.dtype, w.dtype))
    for some in batches(last):
        part = last[some]
        columns = matrices @ by_group(part, groups).swapaxes(1, 2)
        columns = columns.reshape(groups * c, *kernel, *part.shape[:3])
        for (i, j), rows, cols in offsets(kernel, g.shape[2:], stride, dilation):
            image[some, :, rows, cols] += columns[:, i, j].swapaxes(0, 1)
    return image[:, :, top : top + height, left : left + width]


def weight_gradient(g: Array, x: Array, kernel: tuple, *, groups: int, **how: tuple) -> Array:
    """As in definition.py."""
    o, c = g.shape[1], x.shape[1] // groups
    last = transposed(g)
    shape = (groups, c * math.prod(kernel), o // groups)
    total = array_module(x).zeros(shape, np.result_type(g.dtype, x.dtype))
    for some, columns in blocks(x, kernel, g.shape[2:], groups, **how):
        total += columns @ by_group(last[some], groups)
    return total.swapaxes(1, 2).reshape(o, c, *kernel)


def blocks(
    x: Array, kernel: tuple, size: tuple, groups: int, *, stride, padding, dilation
) -> Iterator[tuple[slice, Array]]:
    """The columns (groups, C/groups·kh·kw, windows) of a few images x[some] at a time."""
    image, c = zero_padded(x, padding), x.shape[1]
    for some in batches(x, times=math.prod(kernel)):
        part = image[some]
        columns = array_module(x).empty((c, *kernel, len(part), *size), x.dtype)
        for (i, j), rows, cols in offsets(kernel, size, stride, dilation):
            columns[:, i, j] = part[:, :, rows, cols].swapaxes(0, 1)
        width = c // groups * math.prod(kernel)
        yield some, columns.reshape(groups, width, len(part) * math.prod(size))
