"""The safetensors format: a table of contents as JSON, then the numbers.

    8 bytes      N, the length of the table, the least significant byte first
    N bytes      {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
    the rest     the numbers; the offsets count from here, and leave no gaps

The format is described at https://github.com/huggingface/safetensors.
"""

import json
import math
import os
from typing import Any, BinaryIO

from .arrays import Weights
from .raw import read_numbers, size_of

MAX_TABLE = 100_000_000  # bytes; the limit of the format's own reader
MAX_DIMENSIONS = 64  # NumPy's limit
KINDS = {
    "F64": "f8",
    "F32": "f4",
    "F16": "f2",
    "BF16": "bfloat16",
    "I64": "i8",
    "I32": "i4",
    "I16": "i2",
    "I8": "i1",
    "U64": "u8",
    "U32": "u4",
    "U16": "u2",
    "U8": "u1",
    "BOOL": "bool",
}


def read_safetensors(file: BinaryIO) -> Weights:
    """{name: array} of an open .safetensors file, in the order of its table."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, MAX_TABLE):
        raise ValueError(f"a table of {length} bytes is announced in a file of {size}")
    table = json.loads(file.read(length).decode(), object_pairs_hook=without_duplicates)
    if not isinstance(table, dict):
        raise ValueError("its table of contents has no names")
    table.pop("__metadata__", None)

    places = {name: place(name, entry) for name, entry in table.items()}
    arrays, end = {}, 0
    for name in sorted(places, key=lambda name: places[name][2:]):
        kind, shape, start, stop = places[name]
        if start != end or stop > size - 8 - length:
            raise ValueError(f"{name!r:.99}: its numbers overlap others, leave a gap or are cut")
        arrays[name] = read_numbers(file, kind, math.prod(shape)).reshape(shape)
        end = stop
    if end != size - 8 - length:
        raise ValueError("there are bytes after the numbers of the last array")
    return {name: arrays[name] for name in places}


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("its table of contents has the same name twice")
    return table


def place(name: str, entry: Any) -> tuple[str, list[int], int, int]:
    """(kind, shape, start, stop) of an array, once they are known to fit together."""
    match entry:
        case {
            "dtype": str(dtype),
            "shape": [*shape],
            "data_offsets": [int(start), int(stop)],
        } if len(shape) <= MAX_DIMENSIONS and all(type(n) is int and n >= 0 for n in shape):
            if dtype not in KINDS:
                raise ValueError(f"{name!r:.99}: its numbers are {dtype!r:.99}, unknown to NumPy")
            if stop - start != size_of(KINDS[dtype], math.prod(shape)):
                raise ValueError(f"{name!r:.99}: {stop - start} bytes do not fit its shape")
            return KINDS[dtype], shape, start, stop
    raise ValueError(f"{name!r:.99}: expected a dtype, a shape and data_offsets")
