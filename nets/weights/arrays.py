"""Arrays by name, as a network has them and as a file has them."""

from collections.abc import Mapping

import numpy as np

from autograd.device import Array, array_module, to_cpu

Weights = dict[str, np.ndarray]


def copies(arrays: Mapping[str, Array]) -> Weights:
    """A copy of each array, on the CPU."""
    return {name: np.array(to_cpu(array)) for name, array in arrays.items()}


def overwrite(arrays: Mapping[str, Array], numbers: Mapping[str, Array], what: str) -> None:
    """Fill `arrays` in place with the `numbers` of the same names, cast to the arrays' dtypes.

    Raises:
        ValueError: one error that lists every missing, unexpected and misshapen name; then nothing
            has been changed.
    """
    numbers = {name: to_cpu(array) for name, array in numbers.items()}
    faults = [f"missing: {name} {arrays[name].shape}" for name in arrays if name not in numbers]
    for name, given in numbers.items():
        if name not in arrays:
            faults.append(f"unexpected: {name} {given.shape}")
        elif given.shape != arrays[name].shape or not is_numeric(given):
            faults.append(
                f"misshapen: {name}: expected {arrays[name].shape}, got {given.shape} {given.dtype}"
            )
    if faults:
        raise ValueError("\n  ".join([f"{what}: the arrays do not fit", *faults]))
    for name, array in arrays.items():
        array[...] = array_module(array).asarray(numbers[name])


def check_numbers(weights: Mapping[str, np.ndarray]) -> None:
    """Raises ValueError if a value is something else than an array of numbers."""
    for name, array in weights.items():
        if not is_numeric(array):
            kind = getattr(array, "dtype", type(array).__name__)
            raise ValueError(f"{name}: expected an array of numbers, got {kind}")


def is_numeric(array: np.ndarray) -> bool:
    return getattr(array, "dtype", np.dtype(object)).kind in "fiub"
