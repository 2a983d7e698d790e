"""Softmax and its logarithm, computed without overflow."""

from ..device import Array, array_module
from ..op import op
from .elementary import exp
from .reductions import Axis, like_reduced, sum


def largest(x: Array, axis: Axis) -> Array:
    """The largest entry over the given axes, which stay with size 1; of none, 0."""
    return x.max(axis=axis, keepdims=True) if x.size else x.sum(axis=axis, keepdims=True)


@op
def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """log Σ eˣ over the given axes (None: all)."""
    xp = array_module(x)
    top = largest(x, axis)
    top = xp.where(xp.isfinite(top), top, 0)  # inf − inf would be nan.
    out = xp.log(xp.exp(x - top).sum(axis=axis, keepdims=True)) + top
    return out if keepdims else xp.squeeze(out, axis)


logsumexp.rule(
    x=lambda g, out, x, axis: (
        like_reduced(g, x.shape, axis) * exp(x - like_reduced(out, x.shape, axis))
    )
)


@op
def softmax(x: Array, axis: int = -1) -> Array:
    """eˣ / Σ eˣ along an axis: positive, and summing to 1."""
    e = array_module(x).exp(x - largest(x, axis))
    e /= e.sum(axis=axis, keepdims=True)
    return e


softmax.rule(x=lambda g, out, _x, axis: out * (g - sum(g * out, axis, keepdims=True)))


@op
def log_softmax(x: Array, axis: int = -1) -> Array:
    """x − log Σ eˣ along an axis."""
    xp = array_module(x)
    x = x - largest(x, axis)
    if x.size == 0:
        return x  # The logarithm of a sum of nothing would warn.
    return x - xp.log(xp.exp(x).sum(axis=axis, keepdims=True))


log_softmax.rule(x=lambda g, out, _x, axis: g - exp(out) * sum(g, axis, keepdims=True))
