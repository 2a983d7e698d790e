"""Convolution by its definition: each output is the product of a kernel with a window."""

import math

from ...device import Array
from ..windows import fold, unfold


def forward(
    x: Array, w: Array, b: Array | None, size: tuple, *, groups: int, **how: tuple
) -> Array:
    """x (N, C, H, W), w (O, C/groups, kh, kw), b (O,) or None to (N, O, H', W'), (H', W') = size.

    `how` is stride, padding and dilation, each (vertical, horizontal); here and below.
    """
    columns = unfold.op.forward(x, w.shape[2:], **how)
    out = kernels(w, groups) @ by_group(columns, groups)
    out = out.reshape(x.shape[0], w.shape[0], *size)
    if b is not None:
        out += b[:, None, None]
    return out


def input_gradient(g: Array, w: Array, size: tuple, *, groups: int, **how: tuple) -> Array:
    """The gradient at the images of (H, W) = size, for the cotangent g (N, O, H', W')."""
    columns = kernels(w, groups).swapaxes(1, 2) @ by_group(g, groups)
    columns = columns.reshape(g.shape[0], groups * math.prod(w.shape[1:]), math.prod(g.shape[2:]))
    return fold.op.forward(columns, size, w.shape[2:], **how)


def weight_gradient(g: Array, x: Array, kernel: tuple, *, groups: int, **how: tuple) -> Array:
    """The gradient at the kernels of (kh, kw) = kernel, for the cotangent g (N, O, H', W')."""
    columns = unfold.op.forward(x, kernel, **how)
    out = (by_group(g, groups) @ by_group(columns, groups).swapaxes(2, 3)).sum(axis=0)
    return out.reshape(g.shape[1], x.shape[1] // groups, *kernel)


def kernels(w: Array, groups: int) -> Array:
    """(O, I, kh, kw) as a matrix for each group: (groups, O/groups, I·kh·kw)."""
    return w.reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def by_group(x: Array, groups: int) -> Array:
    """(N, C·m, ...) as a matrix for each image and group: (N, groups, C·m/groups, L)."""
    return x.reshape(x.shape[0], groups, x.shape[1] // groups, math.prod(x.shape[2:]))
