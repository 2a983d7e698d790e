"""Numbers as they lie in a file, one after the other."""

from typing import BinaryIO

import numpy as np

# What NumPy reads them as. bfloat16 is the upper half of a float32's bits.
STORED = {"bool": "u1", "bfloat16": "u2"}
BLOCK = 2**20  # bytes at a time; a zip file's reader makes a copy of each


def size_of(kind: str, count: int) -> int:
    """The bytes of `count` numbers of a `kind`: NumPy's name for it, or "bfloat16"."""
    return count * np.dtype(STORED.get(kind, kind)).itemsize


def read_numbers(file: BinaryIO, kind: str, count: int, order: str = "<") -> np.ndarray:
    """An array (count,) of the next numbers in `file`, in the machine's byte order.

    Memory is taken for `count` numbers whether they are there or not: compare `size_of` with what
    the file has left before.

    Args:
        kind: NumPy's name for it, or "bfloat16", which becomes float32.
        order: "<" if the least significant byte of a number comes first, ">" if it comes last.
    """
    dtype = np.dtype(STORED.get(kind, kind)).newbyteorder(order)
    numbers = np.empty(count, dtype)
    rest = memoryview(numbers.view("u1"))
    while rest:
        read = file.readinto(rest[:BLOCK])
        if not read:
            raise ValueError(f"it ends {len(rest)} bytes too early")
        rest = rest[read:]
    numbers = numbers.astype(dtype.newbyteorder("="), copy=False)
    if kind == "bool":
        return numbers != 0
    if kind == "bfloat16":
        bits = numbers.astype("u4")
        bits <<= 16
        return bits.view("f4")
    return numbers
