"""Pooling: the largest or the mean entry of each window of an image."""

import numpy as np

from ..device import Array, array_module
from ..op import op
from .products import matmul
from .reductions import mean
from .windows import Pair, batches, check_image, offsets, output_size, pair

Size = tuple[int, int]


def windows_of(
    size: Size, kernel: Pair, stride: Pair | None, padding: Pair, ceil_mode: bool
) -> tuple[Size, Size, Size, Size]:
    """(kernel, stride, padding, number of windows), vertically and horizontally.

    With `ceil_mode`, windows that overhang below or on the right count too, provided that they
    start on the image or on the padding above or on the left: PyTorch's rule.
    """
    kernel = pair(kernel, "kernel")
    stride = kernel if stride is None else pair(stride, "stride")
    padding = pair(padding, "padding", least=0)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"padding {padding} is more than half of the kernel {kernel}")
    if not ceil_mode:
        return kernel, stride, padding, output_size(size, kernel, stride, padding)
    enlarged = tuple(n + s - 1 for n, s in zip(size, stride, strict=True))
    windows = tuple(
        m - 1 if (m - 1) * s >= n + p else m
        for m, n, s, p in zip(
            output_size(enlarged, kernel, stride, padding), size, stride, padding, strict=True
        )
    )
    return kernel, stride, padding, windows


def surrounded(x: Array, value: float, kernel: Size, stride: Size, padding: Size, windows: Size):
    """x in a frame of `value` that reaches as far as the windows do, and the place of x in it."""
    frame = tuple(
        max(p + n, (m - 1) * s + k)
        for n, k, s, p, m in zip(x.shape[2:], kernel, stride, padding, windows, strict=True)
    )
    place = tuple(slice(p, p + n) for n, p in zip(x.shape[2:], padding, strict=True))
    if frame == x.shape[2:]:
        return x, place
    # Like all of pooling, it keeps the order of x in memory.
    out = array_module(x).full_like(x, value, shape=(*x.shape[:2], *frame))
    out[:, :, place[0], place[1]] = x
    return out, place


def in_order_of(like: Array, x: Array) -> Array:
    """x in the order in memory of another array of its shape; a copy only if it has another."""
    order = [stride // like.itemsize * x.itemsize for stride in like.strides]
    if order == list(x.strides):
        return x
    out = array_module(x).empty_like(like, x.dtype)
    out[...] = x
    return out


@op
def max_pool2d(
    x: Array, kernel: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False
) -> Array:
    """The largest entry of each window; of equal ones the first, row by row, has the gradient.

    Args:
        x: (N, C, H, W).
        kernel, stride, padding: an int, or (vertical, horizontal). The stride is the kernel's size
            unless given. The padding, at most half of the kernel, never wins (in JAX it may).
        ceil_mode: also take windows that overhang the image below and on the right.

    Returns:
        (N, C, H', W') with H' = ⌊(H + 2p − k)/s⌋ + 1, rounded up instead with `ceil_mode`.

    Raises:
        ValueError: x is not 4-d, or the settings do not fit it.
    """
    check_image(x, "max_pool2d")
    windows = windows_of(x.shape[2:], kernel, stride, padding, ceil_mode)
    framed, _ = surrounded(x, -np.inf, *windows)
    out = array_module(x).empty_like(x, shape=(*x.shape[:2], *windows[3]))
    for some in batches(framed):
        part = None
        for _, rows, cols in offsets(windows[0], windows[3], windows[1]):
            entry = framed[some, :, rows, cols]
            if part is None:
                part = out[some]
                part[...] = entry
            else:
                array_module(x).maximum(part, entry, out=part)
    return out


def max_pool_rule(g, out, x, kernel, stride, padding, ceil_mode):
    windows = windows_of(x.shape[2:], kernel, stride, padding, ceil_mode)
    return unpool(g, switches_of(x.data, out.data, windows), x.shape[2:], windows)


def switches_of(x: Array, out: Array, windows: tuple) -> Array:
    """Which place of each window holds its maximum first, the places counted row by row."""
    xp = array_module(x)
    framed, _ = surrounded(x, np.nan, *windows)  # The frame equals nothing, not even −inf.
    kernel, stride, _, size = windows
    not_yet = xp.ones_like(out, bool)
    switches = xp.zeros_like(out, np.uint8 if kernel[0] * kernel[1] < 256 else np.int32)
    for some in batches(framed):
        for _, rows, cols in list(offsets(kernel, size, stride))[:-1]:
            not_yet[some] &= framed[some, :, rows, cols] != out[some]
            switches[some] += not_yet[some]  # Count the places before the maximum.
    return switches


@op
def unpool(x: Array, switches: Array, size: Size, windows: tuple) -> Array:
    """Entries put back where max-pooling found them, in an image of (H, W) = size of zeros.

    (N, C, H', W') and `switches` of that shape to (N, C, H, W); entries that were found at the same
    place are added up. Zeiler and Fergus (arXiv 1311.2901) call the places switches.
    """
    # The image has the order in memory of the switches, which is that of the pooled image; the
    # cotangent of a Flatten would have another.
    blank = array_module(x).zeros_like(switches, x.dtype, shape=(*x.shape[:2], *size))
    image, place = surrounded(blank, 0, *windows)
    x = in_order_of(switches, x)
    kernel, stride, _, count = windows
    apart = stride[0] >= kernel[0] and stride[1] >= kernel[1]  # No two windows overlap.
    for some in batches(image):
        for k, (_, rows, cols) in enumerate(offsets(kernel, count, stride)):
            given = x[some] * (switches[some] == k)
            if apart:
                image[some, :, rows, cols] = given
            else:
                image[some, :, rows, cols] += given
    return image[:, :, place[0], place[1]]


@op
def pool_at(x: Array, switches: Array, windows: tuple) -> Array:
    """The transpose of `unpool`: from each window, the entry that its switch names."""
    xp = array_module(x)
    framed, _ = surrounded(x, 0, *windows)
    out = xp.zeros_like(switches, x.dtype)
    for k, (_, rows, cols) in enumerate(offsets(windows[0], windows[3], windows[1])):
        out = xp.where(switches == k, framed[:, :, rows, cols], out)
    return out


max_pool2d.rule(x=max_pool_rule)
unpool.rule(x=lambda g, _out, _x, switches, windows: pool_at(g, switches, windows))
pool_at.rule(
    x=lambda g, _out, _x, switches, windows, input_shape: unpool(
        g, switches, input_shape[2:], windows
    )
)


@op
def avg_pool2d(
    x: Array,
    kernel: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """The mean entry of each window.

    Args:
        x: (N, C, H, W).
        kernel, stride, padding, ceil_mode: as in `max_pool2d`; the padding is zeros.
        count_include_pad: whether the mean counts the padding. What overhangs beyond the padding is
            never counted.

    Returns:
        (N, C, H', W').

    Raises:
        ValueError: x is not 4-d, or the settings do not fit it.
    """
    check_image(x, "avg_pool2d")
    windows = windows_of(x.shape[2:], kernel, stride, padding, ceil_mode)
    framed, _ = surrounded(x, 0, *windows)
    out = array_module(x).zeros_like(
        x, np.result_type(x.dtype, 0.0), shape=(*x.shape[:2], *windows[3])
    )
    for _, rows, cols in offsets(windows[0], windows[3], windows[1]):
        out += framed[:, :, rows, cols]
    return out / counts_like(x, x.shape[2:], windows, count_include_pad)


@op
def avg_unpool2d(
    x: Array,
    size: Size,
    kernel: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """The transpose of `avg_pool2d`: each entry spread evenly over its window in an image."""
    windows = windows_of(size, kernel, stride, padding, ceil_mode)
    blank = array_module(x).zeros_like(x, shape=(*x.shape[:2], *size))
    image, place = surrounded(blank, 0, *windows)
    share = x / counts_like(x, size, windows, count_include_pad)
    for _, rows, cols in offsets(windows[0], windows[3], windows[1]):
        image[:, :, rows, cols] += share
    return image[:, :, place[0], place[1]]


def counts_like(x: Array, size: Size, windows: tuple, count_include_pad: bool) -> Array:
    """How many entries each window's mean is over: (H', W'), in x's dtype and on its device."""
    sides = []
    for n, k, s, p, m in zip(size, *windows, strict=True):
        low, high = (-p, n + p) if count_include_pad else (0, n)
        start = np.arange(m) * s - p
        sides.append(np.minimum(start + k, high) - np.maximum(start, low))
    return array_module(x).asarray(np.outer(*sides).astype(x.dtype))


avg_pool2d.rule(x=lambda g, _out, _x, input_shape, **how: avg_unpool2d(g, input_shape[2:], **how))
avg_unpool2d.rule(
    x=lambda g, _out, _x, kernel, stride, padding, ceil_mode, count_include_pad: avg_pool2d(
        g, kernel, stride, padding, ceil_mode, count_include_pad
    )
)


def adaptive_avg_pool2d(x, output_size: Pair):
    """The mean over a grid of output_size cells, whatever the size of the image.

    Cell i of m over n pixels reaches from ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉, as in PyTorch; where m does not
    divide n the cells overlap. The mean is linear along each axis: a matrix product on either side.

    Args:
        x: (N, C, H, W).
        output_size: m for both axes, or (vertical, horizontal).

    Raises:
        ValueError: x is not 4-d, or output_size is no positive size.
    """
    if len(x.shape) != 4:
        raise ValueError(f"adaptive_avg_pool2d: x: expected (N, C, H, W), got {x.shape}")
    rows, cols = pair(output_size, "adaptive_avg_pool2d: output_size")
    if rows == cols == 1:  # Global average pooling (arXiv 1312.4400).
        return mean(x, axis=(2, 3), keepdims=True)
    array = getattr(x, "_data", x)
    xp = array_module(array)
    dtype = np.result_type(array.dtype, 0.0)  # Float, also for an image of integers.
    down = averaging(rows, x.shape[2]).astype(dtype)
    across = averaging(cols, x.shape[3]).T.astype(dtype)
    return matmul(matmul(xp.asarray(down), x), xp.asarray(across))


def averaging(cells: int, size: int) -> np.ndarray:
    """The matrix (cells, size) that takes the mean of each cell."""
    i = np.arange(cells)[:, None]
    pixel = np.arange(size)
    start, end = np.floor(i * size / cells), np.ceil((i + 1) * size / cells)
    inside = (pixel >= start) & (pixel < end)
    return inside / inside.sum(axis=1, keepdims=True)
