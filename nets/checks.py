"""What the constructors and `fit` ask of the numbers that they are given."""

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
