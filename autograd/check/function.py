"""The function under check: of its float arrays alone, as values and as gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..device import Array, array_module, to_cpu
from ..tensor import Tensor, as_array
from ..walk import grad


class Function:
    """A function of float arrays alone, some of whose arguments are held fixed.

    Attributes:
        name: as it is called in reports.
        call: from as many Tensors as there are `arrays` to a list of Tensors of floats.
        arrays: where it is checked.
        names: what to call its arguments.
        settings: the keyword arguments that are held fixed.
        gradients: how many of its arguments its outputs are gradients at; 0 for the user's own f.
    """

    def __init__(
        self,
        name: str,
        call: Callable,
        arrays: list[Array],
        names: list[str],
        settings: dict[str, Any],
        gradients: int = 0,
    ):
        self.name = name
        self.call = call
        self.arrays = arrays
        self.names = names
        self.settings = settings
        self.gradients = gradients

    @classmethod
    def of(cls, f: Callable, arrays: Sequence[Array], settings: dict[str, Any]) -> Function:
        """A user's function, of those of the arrays that are of floats."""
        arrays = [a.data if isinstance(a, Tensor) else a for a in arrays]
        arrays = [as_array(a) if hasattr(a, "dtype") else np.asarray(a) for a in arrays]
        floats = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]
        if not floats:
            raise TypeError("check_grad: expected at least one array of floats")

        def call(*tensors: Tensor) -> list[Tensor]:
            given = list(arrays)
            for i, tensor in zip(floats, tensors, strict=True):
                given[i] = tensor
            out = f(*given, **settings)
            outputs = list(out) if isinstance(out, tuple | list) else [out]
            for y in outputs:
                if not isinstance(y, Tensor):
                    raise TypeError(
                        f"check_grad: {name} returned {type(y).__name__}, expected a Tensor: was "
                        "something computed with NumPy instead of an op?"
                    )
            return [y for y in outputs if y.dtype.kind == "f"]

        name = name_of(f)
        shown = {**f.keywords, **settings} if isinstance(f, partial) else settings
        names = argument_names(f, len(arrays))
        return cls(name, call, [arrays[i] for i in floats], [names[i] for i in floats], shown)

    def in_float64(self) -> Function:
        """The same at the same place, in float64 and on the CPU or wherever the arrays are."""
        arrays = [a.astype(np.float64) for a in self.arrays]
        return Function(self.name, self.call, arrays, self.names, self.settings)

    def outputs(self, arrays: Sequence[Array]) -> tuple[list[Tensor], list[Tensor]]:
        """The arrays as Tensors, and the outputs there."""
        xs = [Tensor(a) for a in arrays]
        return xs, self.call(*xs)

    def values(self, arrays: Sequence[Array]) -> np.ndarray:
        """All outputs as one vector (M,)."""
        return flat([y.data for y in self.outputs(arrays)[1]])

    def gradients_at(self, xs: list[Tensor], us: Sequence[Any], create_graph=False) -> list[Tensor]:
        """The gradients of Σ ⟨u, y⟩ at xs. Each u is the seed of a walk of its own."""
        total = None
        for y, u in zip(self.call(*xs), us, strict=True):
            found = grad(y, xs, u, create_graph)
            total = found if total is None else [a + b for a, b in zip(total, found, strict=True)]
        return total

    def pull_back(self, arrays: Sequence[Array], us: Sequence[Array]) -> list[Array]:
        """The same for arrays."""
        return [g.data for g in self.gradients_at([Tensor(a) for a in arrays], us)]

    def pull(self, cotangent: np.ndarray) -> np.ndarray:
        """The same for vectors: a cotangent (M,) to the gradient at all arguments (N,)."""
        _, ys = self.outputs(self.arrays)
        return flat(self.pull_back(self.arrays, shaped(cotangent, ys)))

    def gradient(self, rng: np.random.Generator) -> Function:
        """The gradient as a function of the arguments and of the cotangents."""
        _, ys = self.outputs(self.arrays)
        cotangents = shaped(rng.standard_normal(sum(y.size for y in ys)), ys)
        n = len(self.arrays)

        def call(*tensors: Tensor) -> list[Tensor]:
            return self.gradients_at(list(tensors[:n]), tensors[n:], create_graph=True)

        names = [*self.names, *(f"cotangent of output {i}" for i in range(len(ys)))]
        arrays = [*self.arrays, *cotangents]
        return Function(self.name, call, arrays, names, self.settings, gradients=n)

    def split(self, vector: np.ndarray) -> list[Array]:
        """A vector (N,) as arrays of the arguments' shapes, where the arguments are."""
        return shaped(vector, self.arrays)

    def places(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name of the argument, and the index in it, of each of the N numbers."""
        for name, array in zip(self.names, self.arrays, strict=True):
            yield from ((name, index) for index in np.ndindex(array.shape))


def name_of(f: Callable) -> str:
    """The name of a function, as it was defined."""
    if isinstance(f, partial):
        return name_of(f.func)
    return getattr(f, "__name__", type(f).__name__)


def argument_names(f: Callable, count: int) -> list[str]:
    """The names of f's first arguments, or "argument 0", ... where it does not tell."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return named[:count] if len(named) >= count else [f"argument {i}" for i in range(count)]


def flat(arrays: Iterable[Array]) -> np.ndarray:
    """Arrays as one vector of float64 on the CPU."""
    parts = [to_cpu(a).ravel() for a in arrays]
    return np.concatenate(parts).astype(np.float64) if parts else np.empty(0)


def shaped(vector: np.ndarray, like: Sequence[Any]) -> list[Array]:
    """A vector cut into arrays of the shapes of other arrays or Tensors, on their device."""
    like = [x.data if isinstance(x, Tensor) else x for x in like]
    ends = np.cumsum([x.size for x in like])
    parts = np.split(vector, ends[:-1])
    return [
        array_module(x).asarray(part.reshape(x.shape)) for part, x in zip(parts, like, strict=True)
    ]
