"""Sums, means, extremes and norms over axes."""

import math

import numpy as np

from ..device import Array, array_module
from ..op import op
from .arithmetic import astype
from .elementary import where
from .shape import broadcast_to, errors_of, reshape

Axis = int | tuple[int, ...] | None


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes that `axis` means (None: all), counted from 0."""
    axes = range(ndim) if axis is None else (axis,) if isinstance(axis, int | np.integer) else axis
    for a in axes:
        if not -ndim <= a < ndim:
            raise ValueError(f"axis {a} is out of bounds for {ndim} dimensions")
    return tuple(a % ndim for a in axes)


def like_reduced(g, shape: tuple[int, ...], axis: Axis):
    """g, as a reduction of an array of the shape leaves it, stretched to that shape again."""
    axes = axes_of(axis, len(shape))
    kept = tuple(1 if a in axes else n for a, n in enumerate(shape))
    return broadcast_to(reshape(g, kept), shape)


@op
def sum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum over the given axes (None: all)."""
    return x.sum(axis=axis, keepdims=keepdims)


sum.rule(x=lambda g, _out, _x, axis, input_shape: like_reduced(g, input_shape, axis))


def count(function: str, x, axis: Axis) -> int:
    """How many entries of x are reduced to one."""
    with errors_of(function, x):
        return math.prod(x.shape[a] for a in axes_of(axis, len(x.shape)))


def mean(x, axis: Axis = None, keepdims: bool = False):
    """The mean over the given axes (None: all)."""
    n = count("mean", x, axis)
    return sum(x, axis, keepdims) / n


def var(x, axis: Axis = None, keepdims: bool = False, ddof: int = 0):
    """The variance over the given axes: Σ(x − mean)² / (n − ddof)."""
    n = count("var", x, axis)
    deviation = x - mean(x, axis, keepdims=True)
    return sum(deviation * deviation, axis, keepdims) / (n - ddof)


def share_among_ties(g, out, x, axis: Axis):
    """g at the entries of x that equal the extreme `out`, split equally among them."""
    winners = astype(x == like_reduced(out, x.shape, axis), str(x.dtype))
    ties = like_reduced(sum(winners, axis), x.shape, axis)
    return like_reduced(g, x.shape, axis) * winners / ties


@op
def max(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest entry over the given axes. Ties share the gradient equally."""
    return x.max(axis=axis, keepdims=keepdims)


max.rule(x=share_among_ties)


@op
def min(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest entry over the given axes. Ties share the gradient equally."""
    return x.min(axis=axis, keepdims=keepdims)


min.rule(x=share_among_ties)


@op
def norm(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The Euclidean norm √Σx² over the given axes, with gradient 0 where it is 0.

    As in PyTorch at first order. (JAX and HIPS autograd give nan, as PyTorch does at second order.)
    """
    return array_module(x).sqrt((x * x).sum(axis=axis, keepdims=keepdims))


def norm_rule(g, out, x, axis):
    length = like_reduced(out, x.shape, axis)
    return like_reduced(g, x.shape, axis) * where(length == 0, 0, x / where(length == 0, 1, length))


norm.rule(x=norm_rule)
