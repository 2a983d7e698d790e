"""PyTorch's .pth and .pt: a table of contents (contents.py) and the storages, packed in two ways.

Since PyTorch 1.6 it is a zip file, whose members are not compressed:

    net/data.pkl     the table of contents
    net/byteorder    "little" or "big"; if it is missing, little
    net/data/KEY     the numbers of a storage

Before, the legacy format: five pickles (a magic number, a version, facts about the machine, the
table of contents, the keys of the storages), then, for each key, the storage's count of numbers in
eight bytes and the numbers. Byte orders are little.
"""

import io
import os
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from .arrays import Weights
from .contents import View, read_contents
from .pickled import unpickle
from .raw import read_numbers, size_of

ZIP = b"PK\x03\x04"
LEGACY = 0x1950A86A20F9469CFC6C  # MAGIC_NUMBER of torch/serialization.py
TAR = b"ustar"  # POSIX 1003.1, at byte 257
ORDERS = {"little": "<", "big": ">"}

# Bytes for the pickles: a tensor takes some 200, so this is enough for 20,000 of them. What a
# hostile file can make of as much is less than a gigabyte.
MAX_TABLE = 2**22


def read_pth(file: BinaryIO) -> Weights:
    """{name: array} of an open .pth file of either format."""
    start = file.read(512)
    file.seek(0)
    if start.startswith(ZIP):
        return read_zip(file)
    if start[257:].startswith(TAR):
        raise ValueError(
            "a tar file, PyTorch's first format of all; load it with PyTorch and save it again"
        )
    return read_legacy(file)


def read_zip(file: BinaryIO) -> Weights:
    with zipfile.ZipFile(file) as archive:
        folder, members = check_members(archive, os.fstat(file.fileno()).st_size)
        if members[folder + "data.pkl"].file_size > MAX_TABLE:
            raise ValueError(f"its table of contents is larger than {MAX_TABLE} bytes")
        tensors, _ = read_contents(io.BytesIO(archive.read(folder + "data.pkl")))
        order = "little"
        if folder + "byteorder" in members:
            with archive.open(folder + "byteorder") as member:
                order = member.read(6).decode()
        if order not in ORDERS:
            raise ValueError(f"its byte order is {order!r}, expected 'little' or 'big'")

        storages = {}
        for key, kind, count in dict.fromkeys(view.storage for view in tensors.values()):
            member = members.get(f"{folder}data/{key}")
            if member is None or member.file_size != size_of(kind, count):
                raise ValueError(f"its storage {key!r:.99} is missing or not of the size announced")
            with archive.open(member) as numbers:
                storages[key] = read_numbers(numbers, kind, count, ORDERS[order])
    return arrays_of(tensors, storages)


def check_members(archive: zipfile.ZipFile, size: int) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """(the folder that all is in, members by name), if it is an archive as PyTorch writes it."""
    members = {member.filename: member for member in archive.infolist()}
    if len(members) < len(archive.infolist()):
        raise ValueError("two members of the zip file have the same name")
    tables = [name for name in members if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(tables) != 1:
        raise ValueError("a zip file, but not of torch.save: it has no folder with a data.pkl")
    folder = tables[0].removesuffix("data.pkl")
    if f"{folder}constants.pkl" in members:
        raise ValueError("a TorchScript program; load it with PyTorch and save its state_dict()")
    for name, member in members.items():
        if not name.startswith(folder) or {"", ".."} & set(name.split("/")):
            raise ValueError(f"the zip file's member {name!r:.99} is not in its folder")
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"the zip file's member {name!r:.99} is compressed, as none should be")
    if sum(member.file_size for member in members.values()) > size:
        raise ValueError("the members of the zip file are larger than the file: they overlap")
    return folder, members


def read_legacy(file: BinaryIO) -> Weights:
    size = os.fstat(file.fileno()).st_size
    head = io.BytesIO(file.read(MAX_TABLE))
    if not head.getvalue().startswith(b"\x80") or plain(head) != LEGACY:
        raise ValueError("not a file of torch.save, whatever its name says")
    _version, _machine = plain(head), plain(head)
    tensors, described = read_contents(head)
    keys = plain(head)
    if type(keys) is not list:
        raise ValueError("it has no list of storages")
    file.seek(head.tell())

    wanted = {view.storage.key for view in tensors.values()}
    storages = {}
    for key in keys:
        if type(key) is not str or key not in described or key in storages:
            raise ValueError("its list of storages does not fit its table of contents")
        _, kind, count = described[key]
        announced = int.from_bytes(file.read(8), "little")
        if announced != count or size_of(kind, count) > size - file.tell():
            raise ValueError(f"its storage {key!r:.99} is cut, or not of the size announced")
        if key in wanted:
            storages[key] = read_numbers(file, kind, count)
        else:
            file.seek(size_of(kind, count), os.SEEK_CUR)
    if wanted - storages.keys():
        raise ValueError("a storage of its table of contents is missing")
    return arrays_of(tensors, storages)


def plain(file: BinaryIO) -> Any:
    """The numbers, strings, lists and dictionaries of a pickle that names nothing."""
    return unpickle(file, names={})


def arrays_of(tensors: Mapping[str, View], storages: Mapping[str, np.ndarray]) -> Weights:
    return {name: array_of(view, storages[view.storage.key]) for name, view in tensors.items()}


def array_of(view: View, storage: np.ndarray) -> np.ndarray:
    if 0 in view.shape:
        return np.empty(view.shape, storage.dtype)
    item = storage.itemsize
    strides = [
        stride * item if n > 1 else item for n, stride in zip(view.shape, view.strides, strict=True)
    ]
    return np.ndarray(view.shape, storage.dtype, storage, view.offset * item, strides)
