"""What holds of every gradient, whatever the function: it is linear in the cotangent, changes
nothing, belongs to nobody else, and does not care how the numbers lie in memory.

Each claim is a function that yields complaints, in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from ..device import Array, array_module, to_cpu
from ..tensor import Tensor
from ..walk import grad
from .function import Function, shaped

# The same sums in another order, or in float64, round differently: relative to the largest entry.
ROUNDING = {"float16": 2e-2, "float32": 1e-3, "float64": 1e-9}


class Subject:
    """The function under check, a cotangent for each of its outputs, and its gradients for that."""

    def __init__(self, f: Function, rng: np.random.Generator):
        self.f = f
        self.rng = rng
        self.u = self.cotangents()
        copies = [a.copy() for a in f.arrays], [u.copy() for u in self.u]
        self.gradients = f.pull_back(
            *copies
        )  # Of copies, since a rule may change what it is given.

    def cotangents(self) -> list[Array]:
        """Random ones. Drawn on the CPU, so that a seed means the same on every device."""
        _, ys = self.f.outputs([a.copy() for a in self.f.arrays])
        numbers = shaped(self.rng.standard_normal(sum(y.size for y in ys)), ys)
        return [u.astype(y.dtype) for u, y in zip(numbers, ys, strict=True)]

    def differing(self, found: Sequence[Array], expected: Sequence[Array]) -> list[str]:
        """The names of the arguments at which the gradients differ by more than rounding."""
        names = []
        for name, a, b in zip(self.f.names, found, expected, strict=True):
            a, b = to_cpu(a), to_cpu(b)
            finite = np.isfinite(a) & np.isfinite(b)  # At a pole, inf − inf says nothing.
            size = np.abs(b[finite]).max(initial=0)
            if (np.abs(a - b)[finite] > ROUNDING[str(a.dtype)] * size).any():
                names.append(name)
        return names


def structural_faults(f: Function, rng: np.random.Generator) -> list[str]:
    """What is wrong with the gradients of `f`, in words: the first claim that does not hold."""
    subject = Subject(f, rng)
    for claim in CLAIMS:
        complaints = list(claim(subject))
        if complaints:
            return complaints
    return []


def nothing_is_changed(subject: Subject) -> Iterator[str]:
    f = subject.f
    arrays, us = [a.copy() for a in f.arrays], [u.copy() for u in subject.u]
    f.pull_back(arrays, us)
    for name, was, now in zip(f.names, f.arrays, arrays, strict=True):
        if not np.array_equal(to_cpu(was), to_cpu(now), equal_nan=True):
            yield f"{name} was changed in place; compute with copies"
    if not all(np.array_equal(to_cpu(a), to_cpu(b)) for a, b in zip(subject.u, us, strict=True)):
        yield "a gradient rule changed its cotangent g in place; other rules need it"


def it_is_the_same_twice(subject: Subject) -> Iterator[str]:
    # But for rounding, which depends on where in memory the arrays lie.
    again = subject.f.pull_back(subject.f.arrays, subject.u)
    for name in subject.differing(again, subject.gradients):
        yield f"two runs give different gradients at {name}: does f draw random numbers?"


def it_belongs_to_nobody_else(subject: Subject) -> Iterator[str]:
    f = subject.f
    others = [*f.arrays, *subject.u, *subject.gradients]
    for name, g in zip(f.names, subject.gradients, strict=True):
        if any(g is not x and array_module(g).shares_memory(g, x) for x in others):
            yield f"the gradient at {name} shares memory with an input, a cotangent or a gradient"


def it_has_its_inputs_type(subject: Subject) -> Iterator[str]:
    for name, x, g in zip(subject.f.names, subject.f.arrays, subject.gradients, strict=True):
        if g.shape != x.shape or g.dtype != x.dtype or type(g) is not type(x):
            yield (
                f"the gradient at {name} is {type(g).__name__} {g.dtype} {g.shape}, "
                f"but {name} is {type(x).__name__} {x.dtype} {x.shape}"
            )


def it_is_linear_in_the_cotangent(subject: Subject) -> Iterator[str]:
    f, u, w = subject.f, subject.u, subject.cotangents()
    zero = f.pull_back(f.arrays, [0 * v for v in u])
    for name, g in zip(f.names, zero, strict=True):
        g = to_cpu(g)
        if (g[np.isfinite(g)] != 0).any():
            yield f"the gradient at {name} is not zero for a zero cotangent: is g a factor of it?"
            return
    both = f.pull_back(f.arrays, [a - 2 * b for a, b in zip(u, w, strict=True)])
    parts = zip(subject.gradients, f.pull_back(f.arrays, w), strict=True)
    for name in subject.differing(both, [a - 2 * b for a, b in parts]):
        yield f"the gradient at {name} is not linear in the cotangent"


def memory_order_does_not_matter(subject: Subject) -> Iterator[str]:
    f = subject.f
    for what, layout in (("transposed in memory", transposed), ("with gaps in memory", with_gaps)):
        arrays = [layout(a) for a in f.arrays]
        for name in subject.differing(f.pull_back(arrays, subject.u), subject.gradients):
            yield f"the gradient at {name} differs for arrays {what}"
    repeated = [repeated_along_first_axis(a) for a in f.arrays]
    copies = [a.copy() for a in repeated]
    expected = f.pull_back(copies, subject.u)
    for name in subject.differing(f.pull_back(repeated, subject.u), expected):
        yield f"the gradient at {name} differs for arrays broadcast by stride 0"


def transposed(a: Array) -> Array:
    return a.T.copy().T


def with_gaps(a: Array) -> Array:
    return array_module(a).repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a


def repeated_along_first_axis(a: Array) -> Array:
    return array_module(a).broadcast_to(a[:1], a.shape) if a.size and a.ndim else a


def a_tensor_given_twice_gets_both_gradients(subject: Subject) -> Iterator[str]:
    f = subject.f
    for i, j in combinations(range(len(f.arrays)), 2):
        a, b = f.arrays[i], f.arrays[j]
        if a.shape == b.shape and a.dtype == b.dtype:
            arrays = [a if k == j else x for k, x in enumerate(f.arrays)]
            xs = [Tensor(x) for x in arrays]
            xs[j] = xs[i]
            apart = f.pull_back(arrays, subject.u)
            together = [g.data for g in f.gradients_at(xs, subject.u)]
            expected = list(apart)
            expected[i] = expected[j] = apart[i] + apart[j]
            for name in subject.differing(together, expected):
                yield (
                    f"given one Tensor as both {f.names[i]} and {f.names[j]}, "
                    f"the gradient at {name} is wrong"
                )


def an_unused_tensor_gets_zeros(subject: Subject) -> Iterator[str]:
    x = subject.f.arrays[0]
    _, ys = subject.f.outputs(subject.f.arrays)
    (g,) = grad(ys[0], [Tensor(x)], subject.u[0])
    if g.shape != x.shape or to_cpu(g).any():
        yield "a Tensor that f does not use gets a gradient"


def it_agrees_with_float64(subject: Subject) -> Iterator[str]:
    f = subject.f.in_float64()
    expected = f.pull_back(f.arrays, [u.astype(np.float64) for u in subject.u])
    for name in subject.differing(subject.gradients, expected):
        yield f"the gradient at {name} in {subject.f.arrays[0].dtype} is not that in float64"


CLAIMS = (
    nothing_is_changed,
    it_is_the_same_twice,
    it_belongs_to_nobody_else,
    it_has_its_inputs_type,
    it_is_linear_in_the_cotangent,
    memory_order_does_not_matter,
    a_tensor_given_twice_gets_both_gradients,
    an_unused_tensor_gets_zeros,
    it_agrees_with_float64,
)


def linear_faults(f: Function, rng: np.random.Generator) -> list[str]:
    """Whether f is linear, and its gradient its transpose: ⟨f(x), u⟩ = ⟨x, gradient for u⟩."""
    f = f.in_float64()
    n = sum(a.size for a in f.arrays)
    x, y = (f.split(rng.standard_normal(n)) for _ in range(2))
    fx, fy = f.values(x), f.values(y)
    both = f.values([2 * a - 3 * b for a, b in zip(x, y, strict=True)])
    size = np.abs(fx).max(initial=0) + np.abs(fy).max(initial=0)
    if not np.allclose(both, 2 * fx - 3 * fy, rtol=0, atol=ROUNDING["float64"] * size):
        return ["f is not linear"]
    u = rng.standard_normal(len(fx))
    products = fx @ u, sum(float((a * g).sum()) for a, g in zip(x, f.split(f.pull(u)), strict=True))
    size = np.abs(fx * u).sum()
    if abs(products[0] - products[1]) > ROUNDING["float64"] * size:
        return [
            f"not the transpose: ⟨f(x), u⟩ = {products[0]:.8g}, ⟨x, gradient⟩ = {products[1]:.8g}"
        ]
    return []


def asymmetry(gradient: Function, rng: np.random.Generator) -> list[str]:
    """Whether the derivative of a gradient is symmetric: the order of differentiation is free."""
    n = sum(a.size for a in gradient.arrays[: gradient.gradients])
    v, w = rng.standard_normal((2, n))
    vw, wv = gradient.pull(v)[:n] @ w, gradient.pull(w)[:n] @ v
    # Where second derivatives cancel, what is left is rounding of the gradient's size.
    size = np.abs(gradient.pull(v)[:n] * w).sum() + np.abs(gradient.values(gradient.arrays)).sum()
    if np.isfinite(vw + wv) and abs(vw - wv) > ROUNDING["float64"] * size + 1e-13:
        return [f"the Hessian is not symmetric: ⟨v, Hw⟩ = {vw:.8g}, ⟨w, Hv⟩ = {wv:.8g}"]
    return []
