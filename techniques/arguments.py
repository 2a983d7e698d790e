"""The arguments that techniques share: what each may be, and the error that says so."""

from math import isfinite
from numbers import Integral, Real
from typing import Any

from autograd import Tensor, array_module
from autograd.device import Array

Bounds = tuple[float, float]


def check_inputs(x: Array, name: str = "x") -> None:
    """`x` must be an array (N, ...) of finite floats, with N at least 1.

    Raises:
        TypeError: it is a Tensor, no array, or not of floats.
        ValueError: it has no batch axis, no entries, or a NaN or Inf.
    """
    if isinstance(x, Tensor):
        raise TypeError(f"{name}: expected an array (N, ...), got a Tensor; give its array, t.data")
    if not hasattr(x, "dtype") or not hasattr(x, "shape"):
        raise TypeError(f"{name}: expected an array (N, ...), got {type(x).__name__}")
    if x.dtype.kind != "f":
        raise TypeError(
            f"{name}: expected floats in the net's own input space, got {x.dtype}; "
            f'convert them, {name}.astype("float32")'
        )
    if x.ndim < 2 or x.size == 0:
        raise ValueError(
            f"{name}: expected a batch (N, ...) of at least one input, got {x.shape}; "
            f"one input alone is {name}[None]"
        )
    if not array_module(x).isfinite(x).all():
        raise ValueError(f"{name}: has a NaN or Inf")


def check_bounds(bounds: Bounds | None, x: Array) -> Bounds | None:
    """`bounds` as two floats with all of `x` between them, or None for no bounds.

    Raises:
        ValueError: they are none, or x is not between them.
    """
    if bounds is None:
        return None
    try:
        low, high = map(float, bounds)
    except (TypeError, ValueError):
        raise ValueError(f"bounds: expected (low, high) or None, got {bounds!r}") from None
    if not low < high:
        raise ValueError(f"bounds: expected (low, high) with low < high, got {bounds!r}")
    if x.min() < low or x.max() > high:
        raise ValueError(
            f"x: reaches from {float(x.min()):.4g} to {float(x.max()):.4g}, beyond "
            f"bounds=({low:g}, {high:g}); give the bounds of the net's input space"
        )
    return low, high


def check_whole(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """`value` as an int from `least` to `most`.

    Raises:
        ValueError: it is none.
    """
    limits = f">= {least}" if most is None else f"from {least} to {most}"
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        raise ValueError(f"{name}: expected a whole number {limits}, got {value!r}")
    return int(value)


def check_number(value: Any, name: str, above: float | None = None) -> float:
    """`value` as a finite float, greater than `above`, or at least 0 if that is None.

    Raises:
        ValueError: it is none.
    """
    limit = ">= 0" if above is None else f"> {above:g}"
    real = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
    if not real or (value < 0 if above is None else value <= above):
        raise ValueError(f"{name}: expected a number {limit}, got {value!r}")
    return float(value)


def check_confidence(confidence: Any) -> None:
    """`confidence` must be None or a probability.

    Raises:
        ValueError: otherwise.
    """
    if confidence is not None and check_number(confidence, "confidence") > 1:
        raise ValueError(f"confidence: expected None or a number from 0 to 1, got {confidence!r}")
