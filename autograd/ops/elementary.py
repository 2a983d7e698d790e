"""The functions of a calculus book, elementwise, each with its derivative below it."""

import math

from .. import device
from ..device import Array, array_module
from ..op import op


@op
def exp(x: Array) -> Array:
    """e to the power x."""
    return array_module(x).exp(x)


exp.rule(x=lambda g, out, _x: g * out)


@op
def log(x: Array) -> Array:
    """The natural logarithm; −inf at 0 and nan below, as in NumPy."""
    return array_module(x).log(x)


log.rule(x=lambda g, _out, x: g / x)


@op
def sqrt(x: Array) -> Array:
    """The square root; nan below 0, and slope inf at 0, as in NumPy."""
    return array_module(x).sqrt(x)


sqrt.rule(x=lambda g, out, _x: 0.5 * g / out)


@op
def sin(x: Array) -> Array:
    """The sine of x in radians."""
    return array_module(x).sin(x)


sin.rule(x=lambda g, _out, x: g * cos(x))


@op
def cos(x: Array) -> Array:
    """The cosine of x in radians."""
    return array_module(x).cos(x)


cos.rule(x=lambda g, _out, x: -g * sin(x))


@op
def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return array_module(x).tanh(x)


tanh.rule(x=lambda g, out, _x: g * (1 - out * out))


@op
def erf(x: Array) -> Array:
    """The error function, 2/√π ∫₀ˣ exp(−t²) dt."""
    return device.erf(x)


erf.rule(x=lambda g, _out, x: g * (2 / math.sqrt(math.pi)) * exp(-x * x))


@op
def abs(x: Array) -> Array:
    """|x|, with slope 0 at 0 (JAX: 1)."""
    return array_module(x).abs(x)


abs.rule(x=lambda g, _out, x: g * sign(x))


@op
def sign(x: Array) -> Array:
    """−1, 0 or 1; its gradient is 0."""
    return array_module(x).sign(x)


sign.rule(x=None)


@op(broadcasts=True)
def where(condition: Array, x: Array, y: Array) -> Array:
    """x where the condition holds, else y."""
    xp = array_module(condition, x, y)
    return xp.where(xp.asarray(condition), x, y)  # CuPy's takes no number for the condition.


where.rule(
    condition=None,
    x=lambda g, _out, condition, _x, _y: where(condition, g, 0),
    y=lambda g, _out, condition, _x, _y: where(condition, 0, g),
)


def share_of(g, x, y):
    """g where x > y, half of it where they are equal."""
    return where(x > y, g, where(x == y, 0.5 * g, 0))


@op(broadcasts=True)
def maximum(x: Array, y: Array) -> Array:
    """The larger of x and y, elementwise. Equal ones share the gradient, half each.

    So maximum(x, 0) has slope ½ at 0, where relu has 0.
    """
    return array_module(x, y).maximum(x, y)


maximum.rule(
    x=lambda g, _out, x, y: share_of(g, x, y),
    y=lambda g, _out, x, y: share_of(g, y, x),
)


@op(broadcasts=True)
def minimum(x: Array, y: Array) -> Array:
    """The smaller of x and y, elementwise. Equal ones share the gradient, half each."""
    return array_module(x, y).minimum(x, y)


minimum.rule(
    x=lambda g, _out, x, y: share_of(g, y, x),
    y=lambda g, _out, x, y: share_of(g, x, y),
)


@op
def clip(x: Array, low: Array | float | None = None, high: Array | float | None = None) -> Array:
    """x limited to [low, high]; the gradient passes inside and on the bounds, not beyond.

    As in PyTorch. (On a bound, half of it passes in JAX, and nothing in HIPS autograd.) The bounds
    are constants: numbers, or arrays that broadcast to x's shape.
    """
    return array_module(x).clip(x, low, high)


def clip_rule(g, _out, x, low, high):
    above = x >= low if low is not None else True
    below = x <= high if high is not None else True
    return g * above * below


clip.rule(x=clip_rule)
