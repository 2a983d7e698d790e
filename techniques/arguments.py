"""The arguments that techniques share: what each may be, and the error that says so."""

from math import isfinite
from numbers import Integral, Real
from reprlib import repr as short
from typing import Any

import numpy as np

from autograd import Tensor, array_module, to_cpu
from autograd.device import Array, on_gpu

# (low, high), each a number or an array that broadcasts to one input: (C, 1, 1) for one per colour.
Bounds = tuple[float | Array, float | Array]
Baseline = float | Array  # One number, an array like one input, or an array like the batch.


def check_inputs(x: Array, name: str = "x") -> None:
    """`x` must be an array (N, ...) of finite floats, with N at least 1.

    Raises:
        TypeError: it is a Tensor, no array, or not of floats.
        ValueError: it has no batch axis, no entries, or a NaN or Inf.
    """
    if isinstance(x, Tensor):
        raise TypeError(f"{name}: expected an array (N, ...), got a Tensor; give its array, t.data")
    if not isinstance(x, np.ndarray | np.generic) and not on_gpu(x):
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


def check_images(x: Array, name: str = "x") -> None:
    """`x` must be a batch of images (N, C, H, W), and `check_inputs` must find it good.

    Raises:
        TypeError, ValueError: it is none.
    """
    check_inputs(x, name)
    if x.ndim != 4:
        raise ValueError(f"{name}: expected images (N, C, H, W), got {x.shape}")


def check_baseline(baseline: Baseline, x: Array, name: str = "baseline") -> Array:
    """`baseline` as an array shaped like `x`, of its dtype and on its device.

    Raises:
        TypeError: it is neither a number nor an array.
        ValueError: it has another shape than x and than one input, or a NaN or Inf.
    """
    xp = array_module(x)
    number = isinstance(baseline, Real) and not isinstance(baseline, bool)
    if not number and not isinstance(baseline, np.ndarray | xp.ndarray):
        raise TypeError(f"{name}: expected a number or an array, got {type(baseline).__name__}")
    if not number and baseline.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected numbers, got {baseline.dtype}")
    b = xp.asarray(baseline, dtype=x.dtype)
    if b.shape not in ((), x.shape[1:], (1, *x.shape[1:]), x.shape):
        raise ValueError(
            f"{name}: expected a number, an array like one input, {x.shape[1:]}, or one like x, "
            f"{x.shape}, got {b.shape}"
        )
    if not xp.isfinite(b).all():
        raise ValueError(f"{name}: has a NaN or Inf")
    return xp.broadcast_to(b, x.shape)


def check_baselines(baselines: Baseline, x: Array) -> Array:
    """A set of baselines (B, ...), each like one input, of the dtype and on the device of `x`.

    A number, or an array like one input, is a set of one.

    Raises:
        TypeError: it is neither a number nor an array.
        ValueError: they are not like an input, there are none, or they have a NaN or Inf.
    """
    count = len(baselines) if getattr(baselines, "ndim", 0) == x.ndim else 1
    if count == 0:
        raise ValueError(f"baselines: expected at least one, got {baselines.shape}")
    like = array_module(x).broadcast_to(x[:1], (count, *x.shape[1:]))
    return check_baseline(baselines, like, "baselines")


def check_bounds(bounds: Bounds | None, x: Array, name: str = "x") -> Bounds | None:
    """`bounds` as `as_bounds` gives them, with all of `x` between them, or None for no bounds.

    Raises:
        ValueError: they are none, or x is not between them.
    """
    bounds = as_bounds(bounds, x)
    if bounds is None:
        return None
    low, high = bounds
    xp = array_module(x)
    # An input at its bound may be off by its own rounding, which need not be that of the bound.
    beyond = xp.maximum(low - x, x - high) - 4 * xp.finfo(x.dtype).eps * abs(x)
    if beyond.max() > 0:
        place = np.unravel_index(int(beyond.argmax()), x.shape)
        low, high = (float(xp.broadcast_to(bound, x.shape)[place]) for bound in bounds)
        raise ValueError(
            f"{name}: has {float(x[place]):.4g} at {[int(i) for i in place]}, beyond its "
            f"bounds=({low:.4g}, {high:.4g}); give the bounds of the net's input space"
        )
    return bounds


def check_box(bounds: Bounds | None, x: Array, name: str = "x") -> Bounds:
    """`bounds` as `check_bounds` gives them, for what needs some.

    Raises:
        ValueError: they are none, or x is not between them.
    """
    if bounds is None:
        raise ValueError("bounds: expected (low, high), the range of the inputs, got None")
    return check_bounds(bounds, x, name)


def within(x: Array, bounds: Bounds | None) -> Array:
    """x, clipped to bounds that `as_bounds` or its like has given."""
    return x if bounds is None else x.clip(*bounds)


def as_bounds(bounds: Bounds | None, x: Array) -> Bounds | None:
    """`bounds` as two arrays of the dtype and on the device of `x`, or None for no bounds.

    Raises:
        ValueError: they are not a lower and a higher bound for each entry of an input.
    """
    if bounds is None:
        return None
    try:
        low, high = bounds
    except (TypeError, ValueError):
        raise ValueError(f"bounds: expected (low, high) or None, got {bounds!r}") from None
    low, high = (as_entries(bound, x, "bounds") for bound in (low, high))
    if not (low < high).all():
        raise ValueError(f"bounds: expected (low, high) with low < high, got {short(bounds)}")
    return low, high


def as_entries(value: Any, x: Array, name: str) -> Array:
    """`value` as an array of the dtype and on the device of `x` that broadcasts to each input.

    Raises:
        ValueError: it is no number, and no array of numbers that does.
    """
    array = to_cpu(value)
    try:
        fits = np.broadcast_shapes(array.shape, x.shape[1:]) == x.shape[1:]
    except ValueError:
        fits = False
    if array.dtype.kind not in "iuf" or not fits:
        raise ValueError(
            f"{name}: expected a number, or an array of them that broadcasts to one input, "
            f"{x.shape[1:]}; got {short(value)} of {array.dtype}, shape {array.shape}"
        )
    return array_module(x).asarray(array.astype(x.dtype))


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


def check_share(value: Any, name: str) -> float:
    """`value` as a float from 0 to 1.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ValueError(f"{name}: expected a number from 0 to 1, got {value!r}")
    return float(value)


def check_flag(value: Any, name: str) -> None:
    """`value` must be a bool.

    Raises:
        ValueError: otherwise.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}: expected True or False, got {value!r}")


def check_rng(rng: Any) -> np.random.Generator:
    """The Generator that `rng`, a seed or a Generator, stands for.

    Raises:
        ValueError: it is neither.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise ValueError(f"rng: expected a seed >= 0 or a Generator, got {short(rng)}") from None


def check_confidence(confidence: Any) -> None:
    """`confidence` must be None or a probability.

    Raises:
        ValueError: otherwise.
    """
    if confidence is not None and check_number(confidence, "confidence") > 1:
        raise ValueError(f"confidence: expected None or a number from 0 to 1, got {confidence!r}")
