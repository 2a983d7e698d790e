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

FLOATS = ("float16", "float32", "float64")


class Function:
    """A function of float arrays alone, some of whose arguments are held fixed.

    Attributes:
        name: as it is called in reports.
        call: from as many Tensors as there are `arrays` to a list of Tensors of floats.
        arrays: where it is checked.
        names: what to call its arguments.
    """

    def __init__(self, name: str, call: Callable, arrays: list[Array], names: list[str]):
        self.name = name
        self.call = call
        self.arrays = arrays
        self.names = names

    @classmethod
    def of(cls, f: Callable, arguments: dict[str, Any], settings: dict[str, Any]) -> Function:
        """A user's function, of those of the arguments that are arrays of floats."""
        name = name_of(f)
        floats = {key: x for key, x in arguments.items() if is_float_array(x)}
        if not floats:
            given = ", ".join(map(shown, arguments.values())) or "nothing"
            raise TypeError(
                f"check_grad: expected at least one array of floats, got {given}; "
                "of integers, np.array([1.0, 2.0]) is one"
            )

        def call(*tensors: Tensor) -> list[Tensor]:
            given = {**arguments, **dict(zip(floats, tensors, strict=True))}
            out = f(*given.values(), **settings)
            outputs = list(out) if isinstance(out, tuple | list) else [out]
            for i, y in enumerate(outputs):
                if not isinstance(y, Tensor):
                    raise TypeError(
                        f"check_grad: output {i} of {name} is {type(y).__name__}, expected a "
                        "Tensor: is a return missing, or something computed with NumPy?"
                    )
            outputs = [y for y in outputs if y.dtype.kind == "f"]
            if not outputs:
                raise TypeError(f"check_grad: {name} returned no Tensor of floats")
            return outputs

        return cls(name, call, list(floats.values()), list(floats))

    def in_float64(self) -> Function:
        """The same at the same place, in float64."""
        arrays = [a.astype(np.float64) for a in self.arrays]
        return Function(self.name, self.call, arrays, self.names)

    def with_normal_numbers(self, above: int) -> Function:
        """The same with normal random numbers in the arrays of more than so many entries."""
        arrays = [
            array_module(a).asarray(np.random.default_rng(0).normal(size=a.shape).astype(a.dtype))
            if a.size > above
            else a
            for a in self.arrays
        ]
        return Function(self.name, self.call, arrays, self.names)

    def outputs(self, arrays: Sequence[Array]) -> list[Tensor]:
        """The outputs at arrays."""
        return self.call(*(Tensor(a) for a in arrays))

    def values(self, arrays: Sequence[Array]) -> np.ndarray:
        """All outputs at arrays as one vector (M,)."""
        return flat([y.data for y in self.outputs(arrays)])

    def gradients(self, xs: list[Tensor], us: Sequence[Any], create_graph=False) -> list[Tensor]:
        """The gradients of Σ ⟨u, y⟩ at xs."""
        ys = self.call(*xs)
        shapes, expected = [y.shape for y in ys], [u.shape for u in us]
        if shapes != expected:
            raise ValueError(
                f"check_grad: {self.name} returned outputs of {expected}, then of {shapes}: "
                "they may not change in number or shape"
            )
        return pull_back(ys, xs, us, create_graph)

    def vjp(self, arrays: Sequence[Array], us: Sequence[Array]) -> list[Array]:
        """The gradients of Σ ⟨u, y⟩ at arrays: the vector-Jacobian product."""
        return [g.data for g in self.gradients([Tensor(a) for a in arrays], us)]

    def flat_vjp(self, u: np.ndarray) -> np.ndarray:
        """The same at the function's own arrays, from a vector (M,) to a vector (N,)."""
        return flat(self.vjp(self.arrays, shaped(u, self.outputs(self.arrays))))

    def gradient(self, rng: np.random.Generator) -> Function:
        """The gradient as a function of the arguments, and of the cotangents as well."""
        ys = self.outputs(self.arrays)
        cotangents = shaped(rng.standard_normal(sum(y.size for y in ys)), ys)
        n = len(self.arrays)

        def call(*tensors: Tensor) -> list[Tensor]:
            return self.gradients(list(tensors[:n]), tensors[n:], create_graph=True)

        names = [*self.names, *(f"cotangent of output {i}" for i in range(len(ys)))]
        return Function(self.name, call, [*self.arrays, *cotangents], names)

    def split(self, vector: np.ndarray) -> list[Array]:
        """A vector (N,) as arrays of the arguments' shapes, where the arguments are."""
        return shaped(vector, self.arrays)

    def places(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name of the argument, and the index in it, of each of the N numbers."""
        for name, array in zip(self.names, self.arrays, strict=True):
            yield from ((name, index) for index in np.ndindex(array.shape))


def pull_back(
    ys: list[Tensor], xs: list[Tensor], us: Sequence[Any], create_graph: bool = False
) -> list[Tensor]:
    """The gradients of Σ ⟨u, y⟩ at xs, each from a walk of its own."""
    total = None
    for y, u in zip(ys, us, strict=True):
        found = grad(y, xs, u, create_graph)
        total = found if total is None else [a + b for a, b in zip(total, found, strict=True)]
    return total


def named_arguments(f: Callable, values: Sequence[Any]) -> dict[str, Any]:
    """The positional arguments by name, as arrays where they are Tensors or numbers in lists."""
    return dict(zip(argument_names(f, len(values)), map(as_given, values), strict=True))


def as_given(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x.data
    if isinstance(x, float | list) and not isinstance(x, bool):
        try:
            return np.asarray(x, dtype=None if isinstance(x, list) else float)
        except ValueError:  # Lists of several lengths are no array; f may know what to do.
            return x
    return as_array(x) if isinstance(x, np.generic) else x


def is_float_array(x: Any) -> bool:
    """Whether x is an array that has a gradient; an error for floats that are not the engine's."""
    if not hasattr(x, "dtype") or not hasattr(x, "shape") or x.dtype.kind != "f":
        return False
    if str(x.dtype) not in FLOATS:
        raise TypeError(f"check_grad: expected an array of {', '.join(FLOATS)}, got {x.dtype}")
    return True


def shown(x: Any) -> str:
    """An argument in an error message."""
    return f"{x.dtype} {x.shape}" if hasattr(x, "dtype") else type(x).__name__


def name_of(f: Callable) -> str:
    """The name of a function, as it was defined."""
    if not callable(f):
        raise TypeError(f"check_grad: expected a function, got {type(f).__name__}")
    if isinstance(f, partial):
        return name_of(f.func)
    return getattr(f, "__name__", type(f).__name__)


def argument_names(f: Callable, count: int) -> list[str]:
    """The names of f's first arguments, or "argument 0", ... where it does not tell."""
    try:
        # A Module's are those of its `forward`.
        parameters = inspect.signature(getattr(f, "forward", f)).parameters.values()
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
