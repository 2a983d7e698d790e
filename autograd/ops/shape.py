"""Ops that move, repeat or add up entries. Names and meanings are NumPy's."""

from collections.abc import Sequence
from contextlib import contextmanager
from itertools import pairwise

import numpy as np

from ..device import Array, array_module
from ..op import op
from ..tensor import Tensor
from .indexing import getitem

Shape = tuple[int, ...]


@op
def reshape(x: Array, shape: Shape | int) -> Array:
    """The same entries in another shape; one size may be −1."""
    return x.reshape(shape)


reshape.rule(x=lambda g, _out, _x, input_shape: reshape(g, input_shape))


@op
def transpose(x: Array, axes: Sequence[int] | None = None) -> Array:
    """The axes in another order (None: reversed)."""
    return x.transpose(axes)


def inverse_transpose(g, _out, _x, axes):
    if axes is None:
        return transpose(g)
    return transpose(g, tuple(np.argsort([a % g.ndim for a in axes]).tolist()))


transpose.rule(x=inverse_transpose)


def moveaxis(x, source: int | Sequence[int], destination: int | Sequence[int]):
    """Axes moved to other places; the rest keep their order."""
    with errors_of("moveaxis", x):
        # NumPy works out the order: the axes of an array whose axis i has size i.
        order = np.moveaxis(np.empty(range(len(x.shape))), source, destination).shape
    return transpose(x, order)


def squeeze(x, axis: int | tuple[int, ...] | None = None):
    """Without the given axes of size 1 (None: without any)."""
    with errors_of("squeeze", x):
        shape = np.squeeze(ghost(x.shape), axis).shape
    return reshape(x, shape)


def expand_dims(x, axis: int | tuple[int, ...]):
    """With new axes of size 1 at the given places of the result."""
    with errors_of("expand_dims", x):
        shape = np.expand_dims(ghost(x.shape), axis).shape
    return reshape(x, shape)


def ghost(shape: Shape) -> np.ndarray:
    """An array of a shape that takes no memory, to ask NumPy what a function makes of the shape."""
    return np.broadcast_to(np.float32(0), shape)


@contextmanager
def errors_of(function: str, x):
    """Errors within the block name the function of ops that it stands in, and the shape of x."""
    try:
        yield
    except (IndexError, ValueError) as error:
        kind = IndexError if isinstance(error, IndexError) else ValueError
        raise kind(f"{function}: {error} (shapes given: {x.shape})") from None


@op
def broadcast_to(x: Array, shape: Shape) -> Array:
    """x repeated along new axes and axes of size 1 until it has the shape."""
    return array_module(x).broadcast_to(x, shape)


broadcast_to.rule(x=lambda g, _out, _x, input_shape: sum_to(g, input_shape))


@op
def sum_to(x: Array, shape: Shape) -> Array:
    """The transpose of `broadcast_to`: x summed over the axes along which `shape` was repeated."""
    new = x.ndim - len(shape)
    axes = tuple(a for a, n in enumerate(x.shape) if a < new or (shape[a - new] == 1 and n != 1))
    return x.sum(axis=axes).reshape(shape) if axes else x.reshape(shape)


sum_to.rule(x=lambda g, _out, _x, input_shape: broadcast_to(g, input_shape))


def part(g, xs, position, axis):
    """The slice of a concatenation that came from the input at `position`."""
    start = 0
    for x in xs[:position]:
        start += x.shape[axis]
    return getitem(g, slice_of(g, axis, start, start + xs[position].shape[axis]))


def slice_of(x, axis: int, start: int, stop: int) -> tuple[slice, ...]:
    index = [slice(None)] * len(x.shape)
    index[axis] = slice(start, stop)
    return tuple(index)


@op
def concatenate_(*xs: Array, axis: int = 0) -> Array:
    """Arrays joined along an axis that they have."""
    return array_module(*xs).concatenate(xs, axis)


concatenate_.rule(xs=lambda g, _out, *xs, axis, position: part(g, xs, position, axis))


def concatenate(xs: Sequence, axis: int = 0):
    """A sequence of Tensors or arrays joined along an axis that they have."""
    xs = list(xs)
    if not xs or not isinstance(axis, int | np.integer):
        raise ValueError(f"concatenate: expected arrays and an axis, got {len(xs)} and {axis!r}")
    return concatenate_(*xs, axis=axis)


def stack(xs: Sequence, axis: int = 0):
    """A sequence of Tensors or arrays of one shape, joined along a new axis."""
    shapes = [str(x.shape) for x in xs]
    if len(set(shapes)) > 1:
        raise ValueError(f"stack: expected arrays of one shape, got {', '.join(shapes)}")
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def split(x, sections: int | Sequence[int], axis: int = 0) -> list:
    """x cut along an axis into equal `sections`, or before the indices given."""
    with errors_of("split", x):
        size = x.shape[axis]
    if isinstance(sections, int | np.integer):
        if sections < 1 or size % sections:
            raise ValueError(f"split: size {size} does not divide into {sections} equal sections")
        sections = [i * size // sections for i in range(1, sections)]
    bounds = [0, *sections, size]
    return [getitem(x, slice_of(x, axis, start, stop)) for start, stop in pairwise(bounds)]


@op
def flip(x: Array, axis: int | tuple[int, ...] | None = None) -> Array:
    """The entries in reverse order along the given axes (None: all)."""
    return array_module(x).flip(x, axis)


flip.rule(x=lambda g, _out, _x, axis: flip(g, axis))


@op
def roll(
    x: Array, shift: int | tuple[int, ...], axis: int | tuple[int, ...] | None = None
) -> Array:
    """The entries shifted along the given axes; what leaves at one end enters at the other."""
    return array_module(x).roll(x, shift, axis)


def roll_back(g, _out, _x, shift, axis):
    return roll(g, -shift if isinstance(shift, int) else tuple(-s for s in shift), axis)


roll.rule(x=roll_back)


def pad(x, pad_width: int | Sequence, mode: str = "constant", constant_values: float = 0):
    """x with entries added at both ends of its axes.

    Args:
        x: a Tensor or array.
        pad_width: how many: an int for all ends, (before, after) for all axes, or one such pair for
            each axis.
        mode: "constant", or one of NumPy's modes that repeat entries: "reflect" (the border is not
            repeated), "symmetric", "edge", "wrap".
        constant_values: the number added in mode "constant".

    Raises:
        ValueError: a negative or misshapen width, an unknown mode, or a reflection wider than x.
    """
    try:
        widths = np.broadcast_to(np.asarray(pad_width, dtype=int), (len(x.shape), 2)).tolist()
    except ValueError:
        raise ValueError(f"pad: pad_width {pad_width} does not fit {len(x.shape)} axes") from None
    if any(w < 0 for pair in widths for w in pair):
        raise ValueError(f"pad: pad_width must not be negative, got {pad_width}")
    if mode == "constant":
        return pad_constant(x, widths, constant_values)
    if mode not in ("reflect", "symmetric", "edge", "wrap"):
        raise ValueError(f"pad: unknown mode {mode!r}")
    for axis, (size, width) in enumerate(zip(x.shape, widths, strict=True)):
        if width != [0, 0]:
            if size == 0 or (mode == "reflect" and max(width) >= size):
                raise ValueError(
                    f"pad: {mode} by {width} is too wide for axis {axis} of size {size}"
                )
            source = np.pad(np.arange(size), width, mode)
            x = getitem(x, (slice(None),) * axis + (source,))
    return x if isinstance(x, Tensor) else Tensor(x)


@op
def pad_constant(x: Array, widths: list[list[int]], value: float = 0) -> Array:
    """x with `value` added at both ends of its axes."""
    out = array_module(x).full(
        [before + n + after for n, (before, after) in zip(x.shape, widths, strict=True)],
        value,
        dtype=x.dtype,
    )
    out[inside(widths, x.shape)] = x
    return out


def inside(widths, shape: Shape) -> tuple[slice, ...]:
    """The index of what was there before padding."""
    return tuple(slice(before, before + n) for n, (before, _) in zip(shape, widths, strict=True))


pad_constant.rule(
    x=lambda g, _out, _x, widths, input_shape: getitem(g, inside(widths, input_shape))
)
