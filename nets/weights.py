"""Weights on disk: {name: array} as an .npz file, which is a zip of plain arrays."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from autograd.device import Array, array_module, to_cpu
from autograd.files import AnyPath, check_target

Weights = dict[str, np.ndarray]


def save_weights(path: AnyPath, weights: Mapping[str, Array]) -> None:
    """Write {name: array} to an .npz file, which appears whole or not at all.

    Raises:
        ValueError: `path` does not end in .npz, or a value is not an array of numbers.
        FileNotFoundError: the folder of `path` does not exist.
        IsADirectoryError: `path` is a folder.
    """
    path = check_target(path, ".npz")
    weights = {name: to_cpu(array) for name, array in weights.items()}
    check_numbers(weights, str(path))
    # Beside the target, because os.replace is atomic only within one file system.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **weights)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load_weights(path: AnyPath) -> Weights:
    """Read {name: array} from an .npz file. Nothing in the file is executed.

    Raises:
        ValueError: `path` does not end in .npz, or the file is damaged or holds something else
            than arrays of numbers.
        FileNotFoundError: there is no such file.
        IsADirectoryError: `path` is a folder.
    """
    path = check_suffix(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path}: not an .npz file, whatever its name says")
    try:
        with np.load(path, allow_pickle=False) as file:
            weights = dict(file)
    except Exception as error:  # zipfile, zlib and NumPy each have their own for a damaged file.
        raise ValueError(f"{path}: cannot be read ({error})") from error
    check_numbers(weights, str(path))
    return weights


def check_suffix(path: AnyPath) -> Path:
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"{path}: expected a file name that ends in .npz")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file, this is a folder")
    return path


def check_numbers(weights: Mapping[str, np.ndarray], where: str) -> None:
    for name, array in weights.items():
        if not is_numeric(array):
            kind = getattr(array, "dtype", type(array).__name__)
            raise ValueError(f"{where}: {name}: expected an array of numbers, got {kind}")


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


def is_numeric(array: np.ndarray) -> bool:
    return getattr(array, "dtype", np.dtype(object)).kind in "fiub"
