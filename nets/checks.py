"""What the constructors and `fit` ask of the numbers and seeds that they are given."""

from typing import Any

import numpy as np


def whole(value: Any, name: str, least: int = 1) -> int:
    """`value` as an int.

    Raises:
        ValueError: it is not a whole number, or less than `least`.
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name}: expected a whole number >= {least}, got {value!r}")
    return int(value)


def generator(rng: np.random.Generator | int | None, name: str = "rng") -> np.random.Generator:
    """A Generator as it is, one of a seed, or, for None, one with other numbers each time.

    Raises:
        TypeError, ValueError: it is none of these.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: expected a seed >= 0 or a Generator, got {rng!r}") from None
