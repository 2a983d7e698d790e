"""x[index], and its transpose."""

from typing import Any

import numpy as np

from ..device import Array, array_module, scatter_add
from ..op import op
from ..tensor import Tensor


@op
def getitem(x: Array, index: Any) -> Array:
    """x[index] with NumPy's meaning: slices, integers, None, ..., boolean masks, integer arrays."""
    return x[arrays_in(index, array_module(x))]


@op
def scatter(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    """The transpose of `getitem`: zeros of the shape, with x added at the index.

    An entry that the index names twice receives the sum.
    """
    xp = array_module(x)
    out = xp.zeros(shape, x.dtype)
    index = arrays_in(index, xp)
    if any(getattr(i, "dtype", None) is not None and i.dtype.kind in "iu" for i in as_tuple(index)):
        scatter_add(out, index, x)
    else:
        out[index] = x
    return out


getitem.rule(x=lambda g, _out, _x, index, input_shape: scatter(g, index, input_shape))
scatter.rule(x=lambda g, _out, _x, index: getitem(g, index))


def as_tuple(index: Any) -> tuple:
    return index if isinstance(index, tuple) else (index,)


def arrays_in(index: Any, xp) -> Any:
    """The index with its Tensors, lists and NumPy arrays as arrays of the module `xp`."""

    def convert(i: Any) -> Any:
        if isinstance(i, Tensor):
            i = i._data
        if isinstance(i, list | tuple):
            i = np.asarray(i, dtype=None if i else int)
        return xp.asarray(i) if isinstance(i, np.ndarray) else i

    return tuple(map(convert, index)) if isinstance(index, tuple) else convert(index)
