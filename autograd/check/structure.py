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
from ..walk import RuleError, grad
from .function import Function, pull_back, shaped

# The same sums in another order, or in float64, round differently: relative to the largest entry,
# and to the cotangent's, which is about 1 and from which smaller gradients are left over.
ROUNDING = {"float16": 2e-2, "float32": 1e-3, "float64": 1e-9}
LEFT_OVER = 100


class Subject:
    """The function under check, with a random cotangent for each output, and its gradients.

    Attributes:
        u: the cotangents.
        values, gradients: the outputs, and the gradients for u, as arrays.
    """

    def __init__(self, f: Function, rng: np.random.Generator):
        self.f = f
        self.rng = rng
        self.u = self.cotangents()
        # Of copies, since f or a rule may change what it is given.
        self.values = [y.data.copy() for y in f.outputs(self.copies())]
        self.gradients = f.vjp(self.copies(), [u.copy() for u in self.u])

    def copies(self) -> list[Array]:
        return [a.copy() for a in self.f.arrays]

    def cotangents(self) -> list[Array]:
        """Random ones. Drawn on the CPU, so that a seed means the same on every device."""
        ys = self.f.outputs(self.copies())
        numbers = shaped(self.rng.standard_normal(sum(y.size for y in ys)), ys)
        return [u.astype(y.dtype) for u, y in zip(numbers, ys, strict=True)]

    def differing(self, found: Sequence[Array], expected: Sequence[Array]) -> Iterator[str]:
        """The arguments at which the gradients differ by more than rounding, and by how much."""
        for name, a, b in zip(self.f.names, found, expected, strict=True):
            a, b = to_cpu(a), to_cpu(b)
            finite = np.isfinite(b)  # At a pole, inf − inf says nothing.
            size = np.abs(b[finite]).max(initial=0)
            slack = ROUNDING[str(a.dtype)] * size + LEFT_OVER * np.finfo(a.dtype).eps
            wrong = finite & ~(np.abs(a - b) <= slack)
            if wrong.any():
                i = np.unravel_index(np.where(wrong, np.abs(a - b), -1).argmax(), a.shape)
                place = f"{name}{list(map(int, i))}" if i else name
                yield f"{place}: {a[i]:.10g} instead of {b[i]:.10g}"


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
    xs = [Tensor(a) for a in arrays]
    ys = f.call(*xs)
    for y, u in zip(ys, us, strict=True):
        grad(y, xs, u)
    for name, was, now in zip(f.names, f.arrays, arrays, strict=True):
        if not same(was, now):
            yield f"{name} was changed in place: f or a rule writes into it; compute with copies"
    if not all(map(same, subject.u, us)):
        yield "a gradient rule changed its cotangent g in place; other rules need it"
    elif not all(same(was, y.data) for was, y in zip(subject.values, ys, strict=True)):
        yield "two runs differ in their outputs: does f draw random numbers?"


def same(a: Array, b: Array) -> bool:
    """Equal, but for rounding, which depends on where in memory the arrays lie."""
    a, b = to_cpu(a), to_cpu(b)
    size = np.abs(a[np.isfinite(a)]).max(initial=0)
    return np.allclose(a, b, rtol=0, atol=16 * np.finfo(a.dtype).eps * size, equal_nan=True)


def it_is_the_same_twice(subject: Subject) -> Iterator[str]:
    again = subject.f.vjp(subject.f.arrays, subject.u)
    for found in subject.differing(again, subject.gradients):
        yield f"two runs give different gradients, at {found}: does f draw random numbers?"
    for a, b in zip(again, subject.gradients, strict=True):
        if array_module(a).shares_memory(a, b):
            yield "two runs give gradients in the same memory: does a rule keep a buffer?"
            return


def a_call_in_between_does_not_matter(subject: Subject) -> Iterator[str]:
    f = subject.f
    elsewhere = [array_module(a).flip(a) * 0.75 for a in f.arrays]
    xs = [Tensor(a) for a in subject.copies()]
    ys = f.call(*xs)
    if vjp_or_none(subject, elsewhere) is None:
        return
    gradients = [g.data for g in pull_back(ys, xs, subject.u)]
    keeps = "does an op or a rule keep something between calls?"
    if not all(same(was, y.data) for was, y in zip(subject.values, ys, strict=True)):
        yield f"another call changed what the first had returned: {keeps}"
        return
    for found in subject.differing(gradients, subject.gradients):
        yield f"another call between f and its gradient changes the gradient, at {found}: {keeps}"


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
    zero = f.vjp(f.arrays, [0 * v for v in u])
    for name, g in zip(f.names, zero, strict=True):
        g = to_cpu(g)
        if (g[np.isfinite(g)] != 0).any():
            yield f"the gradient at {name} is not zero for a zero cotangent: is g a factor of it?"
            return
    both = f.vjp(f.arrays, [a - 2 * b for a, b in zip(u, w, strict=True)])
    parts = [a - 2 * b for a, b in zip(subject.gradients, f.vjp(f.arrays, w), strict=True)]
    for found in subject.differing(both, parts):
        yield (
            "the gradient is not linear in the cotangent: for u − 2w, where those for u and w add "
            f"up, at {found}; does a rule use g twice?"
        )


def memory_order_does_not_matter(subject: Subject) -> Iterator[str]:
    f = subject.f
    for what, layout in LAYOUTS.items():
        arrays = [layout(a) for a in f.arrays]
        for found in subject.differing(f.vjp(arrays, subject.u), subject.gradients):
            yield (
                f"the gradient differs for arrays {what} in memory, at {found}: does a rule depend "
                "on the order of x.data there (ravel, strides)?"
            )
    repeated = [repeated_along_first_axis(a) for a in f.arrays]
    expected = vjp_or_none(subject, [a.copy() for a in repeated])
    if expected is not None:
        for found in subject.differing(f.vjp(repeated, subject.u), expected):
            yield f"the gradient differs for arrays broadcast by stride 0, at {found}"


def vjp_or_none(subject: Subject, arrays: Sequence[Array]) -> list[Array] | None:
    """The gradients at other arrays than the user's, unless f refuses these."""
    try:
        return subject.f.vjp(arrays, subject.u)
    except RuleError:
        raise
    except Exception:  # It is the user's f: it may raise anything.
        return None


LAYOUTS = {
    "transposed": lambda a: a.T.copy().T,
    "backwards": lambda a: array_module(a).flip(array_module(a).flip(a).copy()),
    "with gaps": lambda a: array_module(a).repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
}


def repeated_along_first_axis(a: Array) -> Array:
    return array_module(a).broadcast_to(a[:1], a.shape) if a.size and a.ndim else a


def a_tensor_given_twice_gets_both_gradients(subject: Subject) -> Iterator[str]:
    f = subject.f
    for i, j in combinations(range(len(f.arrays)), 2):
        a, b = f.arrays[i], f.arrays[j]
        if a.shape != b.shape or a.dtype != b.dtype:
            continue
        arrays = [a if k == j else x for k, x in enumerate(f.arrays)]
        apart = vjp_or_none(subject, arrays)
        if apart is None:
            continue
        xs = [Tensor(x) for x in arrays]
        xs[j] = xs[i]
        together = [g.data for g in f.gradients(xs, subject.u)]
        expected = list(apart)
        expected[i] = expected[j] = apart[i] + apart[j]
        for found in subject.differing(together, expected):
            yield (
                f"given one Tensor as both {f.names[i]} and {f.names[j]}, the gradient is not the "
                f"sum of both, at {found}"
            )


def an_unused_tensor_gets_zeros(subject: Subject) -> Iterator[str]:
    x = subject.f.arrays[0]
    (g,) = grad(subject.f.outputs(subject.f.arrays)[0], [Tensor(x)], subject.u[0])
    if g.shape != x.shape or to_cpu(g).any():
        yield "a Tensor that f does not use gets a gradient"


CLAIMS = (
    nothing_is_changed,
    it_is_the_same_twice,
    a_call_in_between_does_not_matter,
    it_belongs_to_nobody_else,
    it_has_its_inputs_type,
    it_is_linear_in_the_cotangent,
    memory_order_does_not_matter,
    a_tensor_given_twice_gets_both_gradients,
    an_unused_tensor_gets_zeros,
)


def precision_faults(f: Function, rng: np.random.Generator) -> Iterator[str]:
    """Whether the gradient is, but for rounding, the one in float64."""
    subject, exact = Subject(f, rng), f.in_float64()
    expected = exact.vjp(exact.arrays, [u.astype(np.float64) for u in subject.u])
    for found in subject.differing(subject.gradients, expected):
        dtype = subject.f.arrays[0].dtype
        yield (
            f"the gradient in {dtype} is not the one in float64, at {found} (allowed: "
            f"{ROUNDING[str(dtype)]:.1%} of the largest)"
        )


def linear_faults(f: Function, rng: np.random.Generator) -> Iterator[str]:
    """Whether f is linear, and its gradient its transpose: ⟨f(x), u⟩ = ⟨x, gradient for u⟩."""
    f = f.in_float64()
    n = sum(a.size for a in f.arrays)
    x, y = (f.split(rng.standard_normal(n)) for _ in range(2))
    fx, fy = f.values(x), f.values(y)
    both = f.values([2 * a - 3 * b for a, b in zip(x, y, strict=True)])
    size = np.abs(fx).max(initial=0) + np.abs(fy).max(initial=0)
    if not np.allclose(both, 2 * fx - 3 * fy, rtol=0, atol=ROUNDING["float64"] * size):
        yield "f is not linear: f(2x − 3y) is not 2f(x) − 3f(y); is a constant added?"
        return
    u = rng.standard_normal(len(fx))
    transposed = f.split(f.flat_vjp(u))
    products = fx @ u, sum(float((a * g).sum()) for a, g in zip(x, transposed, strict=True))
    size = np.abs(fx * u).sum()
    if abs(products[0] - products[1]) > ROUNDING["float64"] * size:
        yield f"not the transpose: ⟨f(x), u⟩ = {products[0]:.8g}, ⟨x, gradient⟩ = {products[1]:.8g}"


def asymmetry(gradient: Function, inputs: int, rng: np.random.Generator) -> Iterator[str]:
    """Whether the derivative of a gradient, at its first so many arguments, is symmetric."""
    n = sum(a.size for a in gradient.arrays[:inputs])
    v, w = rng.standard_normal((2, n))
    vh, wh = gradient.flat_vjp(v)[:n], gradient.flat_vjp(w)[:n]
    # Where second derivatives cancel, what is left is rounding of the gradient's size.
    size = np.abs(vh * w).sum() + np.abs(gradient.values(gradient.arrays)).sum()
    if abs(vh @ w - wh @ v) > ROUNDING["float64"] * size + 1e-13:
        yield (
            f"the Hessian is not symmetric: ⟨v, Hw⟩ = {vh @ w:.8g}, ⟨w, Hv⟩ = {wh @ v:.8g}; the "
            "gradient of a rule is wrong: does it read x.data?"
        )
