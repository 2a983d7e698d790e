"""Convolution row by row of the kernel, with the channels last in memory.

    out[r] = Σ_i (the windows of row i of the kernel, in row r + i of the image) @ w_i

A window of one row is kw·C numbers, a third of the 3×3 window that channels_last.py copies, and
serves each row of the kernel. One product gives what every row of the image adds to the outputs
around it, one part for each row of the kernel, and the sum of these, shifted against each other, is
the result. So less is copied in and more is added up: faster, unless many more channels come out
than go in.
"""

from collections.abc import Iterator

import numpy as np

from ...device import Array, array_module, on_gpu
from ..windows import IN_CACHE
from .channels_last import GPU_BLOCK, ROWS, padded, padding_back, transposed


def fits(kernel: tuple, *, groups: int, stride: tuple, padding: tuple, dilation: tuple) -> bool:
    """Whether such a convolution can be computed here, forward and back."""
    rest = padding_back(kernel, padding, dilation)
    return groups == 1 and stride == (1, 1) and kernel[0] > 1 and min(rest) >= 0


def forward(
    x: Array, w: Array, b: Array | None, size: tuple, *, padding: tuple, dilation: tuple, **_how
) -> Array:
    """As in definition.py, for what `fits`."""
    o, c, kh, kw = w.shape
    matrix = w.transpose(3, 1, 2, 0).reshape(kw * c, kh * o)
    return convolved(x, matrix, b, (kh, kw), size, padding, dilation)


def input_gradient(
    g: Array, w: Array, size: tuple, *, padding: tuple, dilation: tuple, **_how
) -> Array:
    """As in definition.py, for what `fits`: a convolution with the kernels turned by 180°."""
    o, c, kh, kw = w.shape
    matrix = w[:, :, ::-1, ::-1].transpose(3, 0, 2, 1).reshape(kw * o, kh * c)
    rest = padding_back((kh, kw), padding, dilation)
    return convolved(g, matrix, None, (kh, kw), size, rest, dilation)


def weight_gradient(
    g: Array, x: Array, kernel: tuple, *, padding: tuple, dilation: tuple, **_how
) -> Array:
    """As in definition.py, for what `fits`."""
    xp, (kh, kw), (o, *size), c = array_module(x), kernel, g.shape[1:], x.shape[1]
    total = xp.zeros((kh, kw * c, o), np.result_type(g.dtype, x.dtype))
    last = transposed(g)
    for images, rows, columns in blocks(x, kernel, size, kw * c + o, padding, dilation):
        # Shifted by rows of the image, both are still matrices: where one image ends, there are
        # zeros for the windows that reach into the next.
        part = last[images, rows]
        given = xp.zeros((*columns.shape[:3], o), g.dtype)
        given[:, : part.shape[1]] = part
        columns, given = columns.reshape(-1, kw * c), given.reshape(-1, o)
        for i in range(kh):
            shift = i * dilation[0] * size[1]
            total[i] += columns[shift:].T @ given[: len(given) - shift]
    return total.reshape(kh, kw, c, o).transpose(3, 2, 0, 1)


def convolved(
    x: Array, matrix: Array, b: Array | None, kernel: tuple, size: tuple, padding: tuple,
    dilation: tuple,
) -> Array:  # fmt: skip
    """`forward`, with the kernels as a matrix (kw·C, kh·O)."""
    xp, (width, outputs) = array_module(x), matrix.shape
    o = outputs // kernel[0]
    out = xp.empty((len(x), *size, o), np.result_type(x.dtype, matrix.dtype))
    for images, rows, columns in blocks(x, kernel, size, width + outputs, padding, dilation):
        parts = columns.reshape(-1, width) @ matrix
        parts = parts.reshape(*columns.shape[:3], kernel[0], o)
        total = out[images, rows]
        high = total.shape[1]
        shifted = [parts[:, (t := i * dilation[0]) : t + high, :, i] for i in range(kernel[0])]
        xp.add(shifted[0], shifted[1], out=total)
        for part in shifted[2:]:
            total += part
        if b is not None:
            total += b
    return out.transpose(0, 3, 1, 2)


def blocks(
    x: Array, kernel: tuple, size: tuple, numbers: int, padding: tuple, dilation: tuple
) -> Iterator[tuple[slice, slice, Array]]:
    """The windows of one row of the kernel, in x (N, C, H, W), a block at a time.

    A block is (images, rows, columns): for these images, and these of the H' rows of the outputs,
    the windows (images, rows, W', kw, C) in all rows of the padded image that they see. The next
    block takes its place in memory. `numbers` are those in use for each window.
    """
    xp = array_module(x)
    image, halo = padded(x, padding), dilation[0] * (kernel[0] - 1)
    windows = xp.lib.stride_tricks.sliding_window_view(
        image, dilation[1] * (kernel[1] - 1) + 1, axis=2
    )
    windows = windows[..., :: dilation[1]].swapaxes(3, 4)  # (N, H + 2·top, W', kw, C)
    n, height, width = windows.shape[:3]
    count = max((GPU_BLOCK if on_gpu(x) else IN_CACHE) // numbers, ROWS)  # windows
    together = max(1, count // (height * width))  # images of a block
    high = min(max(1, -(-count // width) - halo), size[0])  # rows of a block
    if together > 1:
        high = size[0]
    memory = xp.empty((min(together, n), high + halo, *windows.shape[2:]), x.dtype)
    for i in range(0, n, together):
        for j in range(0, size[0], high):
            rows = slice(j, min(j + high, size[0]))
            part = windows[i : i + together, j : rows.stop + halo]
            columns = memory[: part.shape[0], : part.shape[1]]
            columns[...] = part
            yield slice(i, i + together), rows, columns
