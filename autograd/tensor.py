"""The Tensor: an array, and where it came from."""

from __future__ import annotations

import threading
import weakref
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from .device import Array, default_module, to_cpu

if TYPE_CHECKING:
    from .op import Op


class Tensor:
    """An array that remembers how it was computed, so that it can be differentiated.

    A Tensor is a variable; a plain array or number is a constant. There is no flag to set:
    `grad(y, [x])` works at every float Tensor `x` that `y` was computed from.

    Args:
        data: an array (kept, not copied), a number, or a nested list of numbers, which becomes an
            array on the device chosen with `use`.

    Attributes:
        data: the array. To assign to it starts a new variable, to which graphs recorded before do
            not lead: `grad` gives zeros there, and `backward` leaves `.grad` alone. Besides,
            `w.data -= step` changes the array that those graphs hold. So first walk, then change.
        grad: the Tensor that `backward()` left here, or None.

    Raises:
        TypeError: `data` is a Tensor, or is not numeric.
    """

    __slots__ = ("__weakref__", "_data", "_node", "grad")

    # Python's operators and the array methods are ops: operators.py attaches them.

    def __init__(self, data: Any):
        if isinstance(data, Tensor):
            raise TypeError("Tensor: data is a Tensor already; t.detach() cuts it from its history")
        if not hasattr(data, "dtype") or not hasattr(data, "shape"):
            data = default_module().asarray(data)
        elif isinstance(data, np.generic):
            data = np.asarray(data)
        if data.dtype.kind not in "fiub":
            raise TypeError(f"Tensor: expected real numbers, got dtype {data.dtype}")
        self._data = data
        self._node = None
        self.grad = None

    @property
    def data(self) -> Array:
        return self._data

    @data.setter
    def data(self, array: Array) -> None:
        if isinstance(array, Tensor) or not hasattr(array, "dtype"):
            raise TypeError(f"data: expected an array, got {type(array).__name__}; t.data is one")
        if self._node is not None:
            self._node.owner = None  # Older graphs end in the variable that this was.
        self._data = array
        self._node = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def dtype(self) -> np.dtype:
        return self._data.dtype

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def size(self) -> int:
        return self._data.size

    def detach(self) -> Tensor:
        """The same array as a new variable, without a history."""
        return Tensor(self._data)

    def item(self) -> float | int | bool:
        """The one number in a Tensor of size 1."""
        return self._data.item()

    def backward(self, seed: Array | Tensor | None = None) -> None:
        """Fill `.grad` of every leaf (a Tensor that no op made) that this one depends on.

        `.grad` is replaced, not added to. `seed` is the cotangent of this Tensor; a Tensor of
        size 1 needs none.
        """
        from .walk import backward

        backward(self, seed)

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        return float(self._data)

    def __int__(self) -> int:
        return int(self._data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __reduce__(self):
        # A copy, or what comes out of a pickle, is a new variable, without the history.
        return Tensor, (self._data,)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __repr__(self) -> str:
        numbers = np.array2string(to_cpu(self._data), separator=", ", prefix="Tensor(")
        return f"Tensor({numbers}, dtype={self.dtype})"

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.array(self._data, dtype=dtype, copy=copy)

    def __setitem__(self, index, value):
        raise TypeError(
            "a Tensor cannot be assigned to in place, since its history would be wrong: write "
            "`x = where(mask, value, x)`, or change the array before it becomes a Tensor"
        )


class Node:
    """A vertex of the graph: one application of an op, or a leaf, where `op` is None.

    Tensors point to Nodes and Nodes to the Nodes of their inputs, never the other way, so the
    graph has no cycles and goes when its last Tensor goes. A Node keeps an array only if some
    rule of its op reads it (`inputs[i]` and `out` are None where none does). A rule that `override`
    puts in its place later may read more; for that, `value` computes it again.
    """

    __slots__ = (
        "__weakref__", "dtype", "inputs", "number", "op", "out", "owner", "parents", "settings",
        "shape", "site",
    )  # fmt: skip

    numbers = count()

    def __init__(
        self,
        op: Op | None,
        parents: list[Node | None],
        inputs: list[Array | None],
        settings: dict[str, Any],
        out: Array | None,
        shape: tuple[int, ...],
        dtype: np.dtype,
    ):
        # Nodes are numbered as they are made, so their numbers are a topological order.
        self.number = next(Node.numbers)
        self.op = op
        self.parents = parents  # The inputs' Nodes; None for a constant.
        self.inputs = inputs  # The inputs' arrays.
        self.settings = settings
        self.out = out
        self.shape = shape
        self.dtype = dtype
        self.owner = None  # A leaf's Tensor (weakly), where `backward` leaves the gradient.
        self.site = None  # The line that applied the op, known inside `anomaly()`.

    def value(self) -> Array:
        """The output array: the one kept, else computed again from the inputs'."""
        todo = [self]
        while todo:
            node = todo[-1]
            missing = [
                parent
                for parent, kept in zip(node.parents, node.inputs, strict=True)
                if node.out is None and kept is None and parent and parent.out is None
            ]
            if not missing and node.out is None:
                node.out = as_array(node.op.forward(*node.input_arrays(), **node.settings))
            todo.extend(missing)
            if not missing:
                todo.pop()
        return self.out

    def input_arrays(self) -> list[Array]:
        """The arrays that the op was applied to."""
        return [self.input_array(i) for i in range(len(self.inputs))]

    def input_array(self, i: int) -> Array:
        kept, parent = self.inputs[i], self.parents[i]
        return parent.value() if kept is None and parent is not None else kept


class State(threading.local):
    """What `no_grad()`, `override`, `tap` and the Observers change: each thread has its own."""

    recording = True
    rules: dict = {}  # noqa: RUF012  (replaced as a whole, never changed)
    taps: dict = {}  # noqa: RUF012  (likewise)
    observer = None  # An Observer, inside its block.


state = State()


def as_array(x: Any) -> Array:
    """A 0-d array in place of the scalar that NumPy's reductions and 0-d arithmetic return."""
    return np.asarray(x) if isinstance(x, np.generic) else x


def made_by(data: Array, node: Node | None) -> Tensor:
    """A Tensor around `data`, an output of `node`, without the checks of `Tensor(data)`."""
    tensor = Tensor.__new__(Tensor)
    tensor._data = data
    tensor._node = node
    tensor.grad = None
    return tensor


def node_of(tensor: Tensor) -> Node:
    """The Node that made `tensor`; a Tensor that no op made becomes a leaf of the graph."""
    if tensor._node is None:
        tensor._node = Node(None, [], [], {}, tensor._data, tensor.shape, tensor.dtype)
        tensor._node.owner = weakref.ref(tensor)
    return tensor._node
