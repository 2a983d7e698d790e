"""Comparisons: booleans, elementwise. They have no gradient."""

from ..device import Array
from ..op import op


@op(broadcasts=True)
def equal(x: Array, y: Array) -> Array:
    """x = y."""
    return x == y


equal.rule(x=None, y=None)


@op(broadcasts=True)
def not_equal(x: Array, y: Array) -> Array:
    """x ≠ y."""
    return x != y


not_equal.rule(x=None, y=None)


@op(broadcasts=True)
def less(x: Array, y: Array) -> Array:
    """x < y."""
    return x < y


less.rule(x=None, y=None)


@op(broadcasts=True)
def less_equal(x: Array, y: Array) -> Array:
    """x ≤ y."""
    return x <= y


less_equal.rule(x=None, y=None)


@op(broadcasts=True)
def greater(x: Array, y: Array) -> Array:
    """x > y."""
    return x > y


greater.rule(x=None, y=None)


@op(broadcasts=True)
def greater_equal(x: Array, y: Array) -> Array:
    """x ≥ y."""
    return x >= y


greater_equal.rule(x=None, y=None)
