"""The budget of an attack: how far from its start an input may go, and in what range."""

from dataclasses import dataclass

import numpy as np

from autograd import array_module
from autograd.device import Array

from . import norms
from .arguments import Bounds, as_entries, check_bounds, check_number, within

NORMS = ("linf", "l2")


@dataclass(frozen=True)
class Ball:
    """All x with ‖x − start‖ ≤ eps and low ≤ x ≤ high, for each start.

    Attributes:
        norm: "linf", the largest |entry|, or "l2", the Euclidean length.
        eps: the radius, an array (); with "linf" also one that broadcasts to an input, which then
            has another radius for each colour or entry.
        bounds: (low, high) as `check_bounds` gives them, or None.
    """

    norm: str
    eps: Array
    bounds: Bounds | None

    def project(self, start: Array, x: Array) -> Array:
        """The inputs x (N, ...), taken back to the balls about `start`, then into the bounds.

        The start lies between the bounds, so the second does not lead out of the ball again.
        """
        change = x - start
        if self.norm == "linf":
            change = change.clip(-self.eps, self.eps)
        else:
            change = change / norms.nonzero((norms.l2(change) / self.eps).clip(1), x)
        return self.within(start + change)

    def within(self, x: Array) -> Array:
        """x, clipped to the bounds."""
        return within(x, self.bounds)

    def steepest(self, g: Array) -> Array:
        """The step of size 1 that gains most where the gradient is g (N, ...): sign g or g/‖g‖₂."""
        return array_module(g).sign(g) if self.norm == "linf" else norms.unit(g)

    def sample(self, start: Array, rng: np.random.Generator) -> Array:
        """A random point of each ball, clipped to the bounds: start + the same change for all."""
        xp, shape = array_module(start), start.shape[1:]
        if self.norm == "linf":
            change = rng.uniform(-1, 1, shape)
        else:
            change = rng.standard_normal(shape)
            change *= rng.uniform() ** (1 / change.size) / np.linalg.norm(change)
        return self.within(start + self.eps * xp.asarray(change.astype(start.dtype)))


def make_ball(norm: str, eps: float | Array, bounds: Bounds | None, x: Array) -> Ball:
    """The Ball of these settings for the starts `x` (N, ...).

    Raises:
        ValueError: the norm is unknown, eps is not above 0 (for each colour: not at least 0, and
            somewhere above), the bounds are none, or x is not between them.
    """
    if norm not in NORMS:
        raise ValueError(f"norm: expected one of {', '.join(NORMS)}, got {norm!r}")
    return Ball(norm, check_size(eps, "eps", norm, x), check_bounds(bounds, x))


def check_size(size: float | Array, name: str, norm: str, x: Array) -> Array:
    """A radius or the size of a step, on the device of `x`; with "linf" it may be one per entry.

    Raises:
        ValueError: it is invalid, or nowhere above 0.
    """
    if np.ndim(size) == 0:
        check_number(size, name, above=0)
    elif norm != "linf":
        raise ValueError(f'{name}: expected a number with norm="{norm}", got {np.shape(size)}')
    size = as_entries(size, x, name)
    if not (array_module(size).isfinite(size).all() and (size >= 0).all() and (size > 0).any()):
        raise ValueError(f"{name}: expected numbers >= 0, some of them above 0")
    return size
