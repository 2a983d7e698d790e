"""The IDX format, in which MNIST was published: a short header, then the numbers, one by one.

    byte 0, 1     zero
    byte 2        the type of a number; 0x08 is the unsigned byte, the only type MNIST uses
    byte 3        d, how many dimensions: 3 for images (count, height, width), 1 for labels
    then d sizes  four bytes each, the most significant byte first
    then          the numbers, the last dimension running fastest

The format is described at the foot of the MNIST page, http://yann.lecun.com/exdb/mnist/.
"""

import math
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .packed import open_unpacked

UNSIGNED_BYTE = 0x08
MAX_BYTES = 2**30  # MNIST's largest file is 47 MB, and EMNIST's 550 MB
KINDS = {1: "labels (1 dimension)", 3: "images (3 dimensions)"}


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The uint8 array in an IDX file, plain or packed with gzip.

    `dimensions` is what the caller expects, 3 for images and 1 for labels; the result has as many.
    Never reads more than the header promises and one byte, so a small file that unpacks to a
    huge one does no harm.

    Raises ValueError, which names the file, what was found and what was expected, if it is a
    folder, empty, truncated, too long, damaged, of another format, of other dimensions or without
    numbers; FileNotFoundError if there is none.
    """
    with open_unpacked(path) as file:
        shape = _read_header(file, path, dimensions)
        promised = math.prod(shape)
        if not 1 <= promised <= MAX_BYTES:
            raise ValueError(
                f"{path}: the header promises {shape} = {promised} bytes, expected 1 to {MAX_BYTES}"
            )
        # The byte beyond shows a file that is too long, and takes gzip to its closing checksum.
        content = file.read(promised + 1)
    if len(content) != promised:
        found = "more" if len(content) > promised else f"only {len(content)}"
        raise ValueError(f"{path}: the header promises {shape} = {promised} bytes, found {found}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _read_header(file: BinaryIO, path: Path, dimensions: int) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4:
        raise ValueError(
            f"{path}: the file has {len(magic)} bytes, expected an IDX header of 4 + 4d"
        )
    if magic[:2] != b"\0\0":
        raise ValueError(f"{path}: the file begins with {magic.hex(' ')}, expected IDX's 00 00")
    if magic[2] != UNSIGNED_BYTE:
        raise ValueError(f"{path}: the file's numbers have type 0x{magic[2]:02x}, expected 0x08")
    if magic[3] != dimensions:
        found, expected = (KINDS.get(d, f"{d} dimensions") for d in (magic[3], dimensions))
        raise ValueError(f"{path}: the file holds {found}, expected {expected}")
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise ValueError(
            f"{path}: the file ends within its header, after {4 + len(sizes)} bytes, "
            f"expected {4 + 4 * dimensions}"
        )
    return tuple(np.frombuffer(sizes, ">u4").tolist())
