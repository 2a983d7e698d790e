"""Sliding windows over images: what convolution and pooling share."""

import math
from collections.abc import Iterator

import numpy as np

from ..device import Array, array_module, on_gpu
from ..op import op

Pair = int | tuple[int, int]

# So many numbers, 1 MB in float32, stay in a core's cache from one pass over them to the next.
IN_CACHE = 2**18


def pair(value: Pair, name: str, least: int = 1) -> tuple[int, int]:
    """(vertical, horizontal) from an int for both, or from two.

    Raises:
        ValueError: something else, or less than `least`.
    """
    both = value if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2 or not all(isinstance(v, int | np.integer) and v >= least for v in both):
        raise ValueError(f"{name}: expected an int >= {least}, or two, got {value!r}")
    return int(both[0]), int(both[1])


def check_image(x: Array, op_name: str) -> None:
    if x.ndim != 4:
        raise ValueError(f"{op_name}: x: expected (N, C, H, W), got {x.shape}")


def output_size(
    size: tuple[int, int], kernel: tuple, stride: tuple, padding: tuple, dilation: tuple = (1, 1)
) -> tuple[int, int]:
    """How many windows fit: ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.

    Raises:
        ValueError: not one fits.
    """
    padded = tuple(n + 2 * p for n, p in zip(size, padding, strict=True))
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    if padded[0] < reach[0] or padded[1] < reach[1]:
        raise ValueError(f"a window of {reach} does not fit into the padded image of {padded}")
    return tuple((n - r) // s + 1 for n, r, s in zip(padded, reach, stride, strict=True))


def zero_padded(x: Array, padding: tuple[int, int]) -> Array:
    """x (N, C, H, W) with zeros around the image."""
    top, left = padding
    if top == left == 0:
        return x
    n, c, h, w = x.shape
    out = array_module(x).zeros((n, c, h + 2 * top, w + 2 * left), x.dtype)
    out[:, :, top : top + h, left : left + w] = x
    return out


def offsets(kernel: tuple, size: tuple, stride: tuple, dilation: tuple = (1, 1)):
    """For each place (i, j) in the kernel, the slices of the image that all windows have there."""
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilation[0], j * dilation[1]
            yield (
                (i, j),
                slice(top, top + stride[0] * (size[0] - 1) + 1, stride[0]),
                slice(left, left + stride[1] * (size[1] - 1) + 1, stride[1]),
            )


def batches(x: Array, times: int = 1) -> Iterator[slice]:
    """The images of x (N, ...) in turns, as many at a time as fit into the cache `times` over."""
    each = max(1, times * math.prod(x.shape[1:]))
    together = max(1, len(x) if on_gpu(x) else IN_CACHE // each)
    return (slice(i, i + together) for i in range(0, len(x), together))


@op
def unfold(
    x: Array, kernel: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Array:
    """The windows of an image, side by side as columns ("im2col").

    Args:
        x: (N, C, H, W).
        kernel, stride, padding, dilation: an int, or (vertical, horizontal).

    Returns:
        (N, C·kh·kw, L): column l holds the entries of the l-th window, row by row of windows.

    Raises:
        ValueError: x is not 4-d, or no window fits.
    """
    check_image(x, "unfold")
    kernel, stride = pair(kernel, "kernel"), pair(stride, "stride")
    padding, dilation = pair(padding, "padding", 0), pair(dilation, "dilation")
    n, c = x.shape[:2]
    size = output_size(x.shape[2:], kernel, stride, padding, dilation)
    x = zero_padded(x, padding)
    columns = array_module(x).empty((n, c, *kernel, *size), x.dtype)
    for (i, j), rows, cols in offsets(kernel, size, stride, dilation):
        columns[:, :, i, j] = x[:, :, rows, cols]
    return columns.reshape(n, c * math.prod(kernel), math.prod(size))


@op
def fold(
    x: Array,
    size: tuple[int, int],
    kernel: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Array:
    """The transpose of `unfold`: columns added up where their windows lie ("col2im").

    Args:
        x: (N, C·kh·kw, L).
        size: (H, W) of the image.
        kernel, stride, padding, dilation: as in `unfold`.

    Returns:
        (N, C, H, W).

    Raises:
        ValueError: x has not the shape that `unfold` gives.
    """
    kernel, stride = pair(kernel, "kernel"), pair(stride, "stride")
    padding, dilation = pair(padding, "padding", 0), pair(dilation, "dilation")
    windows = output_size(size, kernel, stride, padding, dilation)
    if x.ndim != 3 or x.shape[1] % math.prod(kernel) or x.shape[2] != math.prod(windows):
        raise ValueError(
            f"fold: x: expected (N, C·{math.prod(kernel)}, {math.prod(windows)}), got {x.shape}"
        )
    n, c = x.shape[0], x.shape[1] // math.prod(kernel)
    (height, width), (top, left) = size, padding
    columns = x.reshape(n, c, *kernel, *windows)
    image = array_module(x).zeros((n, c, height + 2 * top, width + 2 * left), x.dtype)
    for (i, j), rows, cols in offsets(kernel, windows, stride, dilation):
        image[:, :, rows, cols] += columns[:, :, i, j]
    return image[:, :, top : top + height, left : left + width]


unfold.rule(x=lambda g, _out, _x, input_shape, **windows: fold(g, input_shape[2:], **windows))
fold.rule(
    x=lambda g, _out, _x, kernel, stride, padding, dilation: unfold(
        g, kernel, stride, padding, dilation
    )
)
