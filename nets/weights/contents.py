"""The table of contents of PyTorch's files, a pickle: names, and where each tensor's numbers lie.

    "conv.weight": _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)

A tensor is a view of a storage, a row of numbers. The storages are not in the pickle, which has
a reference to each: ("storage", type, key, device, count).
"""

import math
from typing import Any, BinaryIO, NamedTuple

from .pickled import ordered_dict, unpickle

MAX_DIMENSIONS = 64  # NumPy's limit

# The types of storages that PyTorch writes and NumPy has a type for, or nearly.
KINDS = {
    "torch.DoubleStorage": "f8",
    "torch.FloatStorage": "f4",
    "torch.HalfStorage": "f2",
    "torch.BFloat16Storage": "bfloat16",
    "torch.LongStorage": "i8",
    "torch.IntStorage": "i4",
    "torch.ShortStorage": "i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "bool",
}


class Storage(NamedTuple):
    """`count` numbers of a `kind` (see raw.py), which the file keeps under a `key`."""

    key: str
    kind: str
    count: int


class View(NamedTuple):
    """A tensor: its entry [i, j] is number offset + i·strides[0] + j·strides[1] of the storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_contents(file: BinaryIO) -> tuple[dict[str, View], dict[str, Storage]]:
    """(tensors by name, all storages by key), of which the tensors may need only some.

    Raises:
        ValueError: something is not as PyTorch writes it, or there is no table of tensors.
    """
    storages = {}

    def storage(reference: Any) -> Storage:
        match reference:
            case ("storage", str(kind), str(key), _, int(count), *more) if not any(more):
                found = Storage(key, KINDS[kind], count)
                if count < 0 or storages.setdefault(key, found) != found:
                    raise ValueError(f"its storage {key!r:.99} contradicts itself")
                return found
        raise ValueError("it refers to something that is no storage of numbers")

    return tensors_in(unpickle(file, NAMES, storage)), storages


def tensors_in(content: Any) -> dict[str, View]:
    """`content`, if it is a table of tensors; else, as in a checkpoint, its one entry that is."""
    if is_table(content):
        return content
    entries = content if type(content) is dict else {}
    tables = {name: entry for name, entry in entries.items() if entry and is_table(entry)}
    if len(tables) != 1:
        found = f"{len(tables)}: " + ", ".join(map(repr, tables)) if tables else "none"
        raise ValueError(f"expected tensors by name, or one entry with such, found {found:.99}")
    return next(iter(tables.values()))


def is_table(content: Any) -> bool:
    return type(content) is dict and all(
        type(name) is str and type(tensor) is View for name, tensor in content.items()
    )


def view(
    storage: Any,
    offset: Any,
    shape: Any,
    strides: Any,
    _requires_grad: Any = False,
    _hooks: Any = None,
    flags: Any = None,
) -> View:
    """A View that stays within its storage, and has no more numbers than that."""
    if (
        type(storage) is not Storage
        or type(shape) is not tuple
        or type(strides) is not tuple
        or not len(shape) == len(strides) <= MAX_DIMENSIONS
        or not all(type(n) is int and n >= 0 for n in (offset, *shape, *strides))
    ):
        raise ValueError("a tensor has no proper storage, offset, shape or strides")
    if flags:
        raise ValueError("a tensor is the conjugate or the negative of what is stored")
    last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
    count = math.prod(shape)
    # One number with the strides 0 could be a tensor of any size, and fill the memory when copied.
    if count and (last >= storage.count or count > storage.count):
        raise ValueError(f"a tensor of {count} numbers does not fit its storage of {storage.count}")
    return View(storage, offset, shape, strides)


def parameter(tensor: Any, *_settings: Any) -> Any:
    return tensor


NAMES = {
    "collections.OrderedDict": ordered_dict,
    "torch._utils._rebuild_tensor_v2": view,
    "torch._utils._rebuild_tensor": view,  # before PyTorch 0.4
    "torch._utils._rebuild_parameter": parameter,
    "torch._utils._rebuild_parameter_with_state": parameter,
    "torch.nn.parameter.Parameter": parameter,  # before PyTorch 0.4
    **dict.fromkeys(KINDS),  # They stand in the ids of storages, and are not called.
}
