"""+ − × ÷ and powers. Their inputs broadcast."""

import numpy as np

from ..device import Array
from ..op import op
from .elementary import log, where


@op(broadcasts=True)
def add(x: Array, y: Array) -> Array:
    """x + y."""
    return x + y


add.rule(
    x=lambda g, _out, _x, _y: g,
    y=lambda g, _out, _x, _y: g,
)


@op(broadcasts=True)
def subtract(x: Array, y: Array) -> Array:
    """x − y."""
    return x - y


subtract.rule(
    x=lambda g, _out, _x, _y: g,
    y=lambda g, _out, _x, _y: -g,
)


@op
def negative(x: Array) -> Array:
    """−x."""
    return -x


negative.rule(x=lambda g, _out, _x: -g)


@op(broadcasts=True)
def multiply(x: Array, y: Array) -> Array:
    """x · y, elementwise."""
    return x * y


multiply.rule(
    x=lambda g, _out, _x, y: g * y,
    y=lambda g, _out, x, _y: g * x,
)


@op(broadcasts=True)
def divide(x: Array, y: Array) -> Array:
    """x / y, elementwise; division by zero gives ±inf or nan, as in NumPy."""
    return x / y


divide.rule(
    x=lambda g, _out, _x, y: g / y,
    y=lambda g, out, _x, y: -g * out / y,
)


def power_rule_base(g, _out, x, y):
    # At y = 0 the function is constant, also at x = 0 where the formula says 0 · x⁻¹.
    if isinstance(y, int | float):
        return g * 0 if y == 0 else g * y * x ** (y - 1)
    return g * y * x ** where(x == 0, where(y == 0, 1, y - 1), y - 1)


def power_rule_exponent(g, out, x, _y):
    # 0ʸ is constant in y > 0, where the formula says 0 · log 0.
    if isinstance(x, int | float):
        return g * out * np.log(x or 1)
    return g * out * log(where(x == 0, 1, x))


@op(broadcasts=True)
def power(x: Array, y: Array) -> Array:
    """x to the power y, elementwise; nan where x < 0 and y is no integer.

    At 0 to the power 0, both gradients are 0 (JAX: nan in x).
    """
    return x**y


power.rule(x=power_rule_base, y=power_rule_exponent)


@op
def astype(x: Array, dtype: str) -> Array:
    """x in another dtype. The gradient comes back in x's own."""
    return x.astype(dtype)


# The walk casts every cotangent to its input's dtype.
astype.rule(x=lambda g, _out, _x: g)
