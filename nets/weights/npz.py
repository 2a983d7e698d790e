"""NumPy's .npz: a zip file with an .npy file for each array."""

import zipfile
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

from .arrays import Weights


def write_npz(file: BinaryIO, weights: Mapping[str, np.ndarray]) -> None:
    """Write what `np.savez` writes; but that takes no array called "file" or "allow_pickle"."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in weights.items():
            # The size is not known before, and zip has another header for 2 GiB and more.
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read_npz(file: BinaryIO) -> Weights:
    """{name: array} of an open .npz file, compressed or not."""
    if not zipfile.is_zipfile(file):
        raise ValueError("not an .npz file, whatever its name says")
    weights = {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.namelist():
            name = member.removesuffix(".npy")
            if name == member or name in weights:
                raise ValueError(f"{member}: expected arrays only, .npy files of different names")
            with archive.open(member) as array:
                weights[name] = np.lib.format.read_array(array, allow_pickle=False)
    return weights
