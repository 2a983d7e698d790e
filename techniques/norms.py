"""The size of each sample of a batch."""

from autograd import array_module
from autograd.device import Array


def flat(x: Array) -> Array:
    """(N, ...) as (N, D)."""
    return x.reshape(len(x), -1)


def l2(x: Array) -> Array:
    """The Euclidean norm √Σx² of each sample: (N,)."""
    return array_module(x).sqrt((flat(x) ** 2).sum(axis=1))


def linf(x: Array) -> Array:
    """The largest |entry| of each sample: (N,)."""
    return abs(flat(x)).max(axis=1)


def unit(x: Array) -> Array:
    """Each sample divided by its Euclidean norm; a sample of zeros stays zeros."""
    x = x / nonzero(linf(x), x)  # Otherwise the squares of small entries underflow to 0.
    return x / nonzero(l2(x), x)


def nonzero(size: Array, x: Array) -> Array:
    """Sizes (N,) as divisors of x (N, ...), with 1 in place of 0."""
    return wide(array_module(size).where(size == 0, 1, size), x).astype(x.dtype)


def wide(size: Array, x: Array) -> Array:
    """One entry for each sample, (N,), as it broadcasts to x (N, ...)."""
    return size.reshape(-1, *[1] * (x.ndim - 1))
