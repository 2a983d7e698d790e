"""Weights to a file, and from a file of any format that is known."""

from collections.abc import Mapping
from pathlib import Path

from autograd.device import Array, to_cpu
from autograd.files import AnyPath, check_target, open_atomically

from .arrays import Weights, check_numbers
from .npz import read_npz, write_npz
from .pth import read_pth
from .safetensors import read_safetensors

READERS = {
    ".npz": read_npz,
    ".pth": read_pth,
    ".pt": read_pth,
    ".safetensors": read_safetensors,
}


def save_weights(path: AnyPath, weights: Mapping[str, Array]) -> None:
    """Write {name: array} to an .npz file, which appears whole or not at all.

    Raises:
        ValueError: `path` does not end in .npz, or a value is not an array of numbers.
        FileNotFoundError: the folder of `path` does not exist.
        IsADirectoryError: `path` is a folder.
    """
    path = check_target(path, ".npz")
    weights = {name: to_cpu(array) for name, array in weights.items()}
    try:
        check_numbers(weights)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    with open_atomically(path) as file:
        write_npz(file, weights)


def load_weights(path: AnyPath) -> Weights:
    """Read {name: array} from an .npz, .pth, .pt or .safetensors file, by its suffix.

    Nothing in the file is executed. The arrays of a .pth file may share memory or be strided, as
    its tensors were. bfloat16, which NumPy lacks, becomes float32. Of a training's checkpoint in a
    .pth file, the weights are taken: the one entry that has tensors by name.

    Raises:
        ValueError: `path` has another suffix, or the file is damaged or holds something else than
            arrays of numbers.
        FileNotFoundError: there is no such file.
        IsADirectoryError: `path` is a folder.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise ValueError(f"{path}: expected a file name that ends in {', '.join(READERS)}")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file, this is a folder")
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    with path.open("rb") as file:
        try:
            weights = READERS[path.suffix](file)
            check_numbers(weights)
        # Not ValueErrors alone: zipfile, zlib, json and NumPy each have their own for bad bytes,
        # some of them without a word, others with several lines.
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ValueError(f"{path}: cannot be read: {reason}") from error
    return weights
