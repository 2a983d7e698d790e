"""Convolution with the channels last in memory.

Images are kept as (N, H, W, C), behind arrays that are still indexed (N, C, H, W). Then a window is
copied in runs of kw·C numbers, a 1×1 convolution is one matrix product that copies nothing, and the
result has its channels last as well, ready for the next.
"""

import math
from collections.abc import Iterator

import numpy as np

from ...device import Array, array_module, on_gpu
from ..windows import IN_CACHE, batches, offsets

# Columns are made and used up in blocks that stay in the cache. But a product of fewer rows than
# these is slow, whatever its columns.
ROWS = 512
# A GPU has no such cache, but many cores to keep busy.
GPU_BLOCK = 2**26


def forward(
    x: Array, w: Array, b: Array | None, size: tuple, *, groups: int, **how: tuple
) -> Array:
    """As in definition.py."""
    return convolved(x, kernel_matrices(w, groups), b, w.shape[2:], size, groups=groups, **how)


def convolved(
    x: Array, matrices: Array, b: Array | None, kernel: tuple, size: tuple, *, groups: int, **how
) -> Array:
    """`forward`, with the kernels as matrices (groups, kh·kw·C/groups, O/groups)."""
    xp = array_module(x)
    out = xp.empty(
        (len(x), *size, groups * matrices.shape[2]), np.result_type(x.dtype, matrices.dtype)
    )
    for images, rows, columns in blocks(x, kernel, size, groups, **how):
        part = out[images, rows]
        xp.matmul(columns, matrices, out=by_group(part, groups))
        if b is not None:
            part += b
    return out.transpose(0, 3, 1, 2)


def input_gradient(g: Array, w: Array, size: tuple, *, groups: int, **how: tuple) -> Array:
    """As in definition.py.

    Either each input gathers from the outputs that saw it, which for a stride of 1 is a convolution
    with the kernels turned by 180°; or each output gives to its window, which is faster if the
    inputs have few channels.
    """
    stride, padding, dilation = how["stride"], how["padding"], how["dilation"]
    (o, c, *kernel), n, windows = w.shape, g.shape[0], g.shape[2:]
    rest = padding_back(kernel, padding, dilation)
    if stride == (1, 1) and min(rest) >= 0 and 4 * groups * c >= o:
        matrices, how = turned_matrices(w, groups), {**how, "padding": rest}
        return convolved(g, matrices, None, kernel, size, groups=groups, **how)
    (height, width), (top, left) = size, padding
    last, matrices = transposed(g), kernel_matrices(w, groups).swapaxes(1, 2)
    image = array_module(g).zeros(
        (n, height + 2 * top, width + 2 * left, groups, c), np.result_type(g.dtype, w.dtype)
    )
    for some in batches(image):
        part = last[some]
        columns = by_group(part, groups) @ matrices
        columns = columns.reshape(groups, *part.shape[:3], *kernel, c)
        for (i, j), rows, cols in offsets(kernel, windows, stride, dilation):
            given = columns[:, :, :, :, i, j]  # (groups, N, H', W', C/groups)
            image[some, rows, cols] += given.transpose(1, 2, 3, 0, 4)
    image = image.reshape(*image.shape[:3], groups * c)
    return image[:, top : top + height, left : left + width].transpose(0, 3, 1, 2)


def padding_back(kernel: tuple, padding: tuple, dilation: tuple) -> tuple[int, int]:
    """The padding of the convolution that goes back through one of stride 1."""
    return tuple(d * (k - 1) - p for k, p, d in zip(kernel, padding, dilation, strict=True))


def weight_gradient(g: Array, x: Array, kernel: tuple, *, groups: int, **how: tuple) -> Array:
    """As in definition.py."""
    o, c = g.shape[1], x.shape[1] // groups
    last = transposed(g)
    shape = (groups, math.prod(kernel) * c, o // groups)
    total = array_module(x).zeros(shape, np.result_type(g.dtype, x.dtype))
    for images, rows, columns in blocks(x, kernel, g.shape[2:], groups, **how):
        total += columns.swapaxes(1, 2) @ by_group(last[images, rows], groups)
    total = total.reshape(groups, *kernel, c, o // groups)
    return total.transpose(0, 4, 3, 1, 2).reshape(o, c, *kernel)


def kernel_matrices(w: Array, groups: int) -> Array:
    """Kernels (O, C/groups, kh, kw) as matrices (groups, kh·kw·C/groups, O/groups)."""
    o, c, *kernel = w.shape
    w = w.transpose(0, 2, 3, 1).reshape(groups, o // groups, math.prod(kernel) * c)
    return w.swapaxes(1, 2)


def turned_matrices(w: Array, groups: int) -> Array:
    """The same, turned by 180° and from outputs to inputs: (groups, kh·kw·O/groups, C/groups)."""
    o, c, *kernel = w.shape
    w = w[:, :, ::-1, ::-1].reshape(groups, o // groups, c, *kernel)
    return w.transpose(0, 3, 4, 1, 2).reshape(groups, math.prod(kernel) * (o // groups), c)


def by_group(x: Array, groups: int) -> Array:
    """(..., C) as a matrix of pixels for each group: (groups, L, C/groups), without a copy."""
    pixels = math.prod(x.shape[:-1])
    return x.reshape(pixels, groups, x.shape[-1] // groups).swapaxes(0, 1)


def transposed(x: Array) -> Array:
    """(N, C, H, W) as an array (N, H, W, C) without gaps; no copy if it is one in memory."""
    return array_module(x).ascontiguousarray(x.transpose(0, 2, 3, 1))


def padded(x: Array, padding: tuple[int, int]) -> Array:
    """(N, C, H, W) as an array (N, H + 2·top, W + 2·left, C) with zeros around the image."""
    top, left = padding
    if top == left == 0:
        return transposed(x)
    n, c, h, w = x.shape
    out = array_module(x).zeros((n, h + 2 * top, w + 2 * left, c), x.dtype)
    out[:, top : top + h, left : left + w] = x.transpose(0, 2, 3, 1)
    return out


def blocks(
    x: Array, kernel: tuple, size: tuple, groups: int, *, stride, padding, dilation
) -> Iterator[tuple[slice, slice, Array]]:
    """The windows of x (N, C, H, W), a block at a time.

    A block is (images, rows, columns): the windows of these images in these of the H' rows, as
    matrices (groups, windows, kh·kw·C/groups). The next block takes its place in memory.
    """
    xp = array_module(x)
    n, c = x.shape[0], x.shape[1] // groups
    image = padded(x, padding)
    if tuple(kernel) == stride == (1, 1):
        yield slice(None), slice(None), by_group(image, groups)
        return
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    image = image.reshape(*image.shape[:3], groups, c)
    windows = xp.lib.stride_tricks.sliding_window_view(image, reach, axis=(1, 2))
    windows = windows[:, :: stride[0], :: stride[1], :, :, :: dilation[0], :: dilation[1]]
    windows = windows.transpose(3, 0, 1, 2, 5, 6, 4)  # (groups, N, H', W', kh, kw, C/groups)
    width = math.prod(kernel) * c
    count = max((GPU_BLOCK if on_gpu(x) else IN_CACHE) // max(1, groups * width), ROWS)  # windows
    together = max(1, count // math.prod(size))  # images of a block
    high = min(-(-count // size[1]), size[0])  # rows of a block
    memory = xp.empty((groups, min(together, n), high, *windows.shape[3:]), x.dtype)
    for i in range(0, n, together):
        for j in range(0, size[0], high):
            images, rows = slice(i, i + together), slice(j, j + high)
            part = windows[:, images, rows]
            columns = memory[:, : part.shape[1], : part.shape[2]]
            columns[...] = part
            yield images, rows, columns.reshape(groups, math.prod(part.shape[1:4]), width)
