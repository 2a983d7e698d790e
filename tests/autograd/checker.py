"""A gradient against differences of the function's own values, to any order."""

import numpy as np

from autograd import Tensor, grad, sum

# A central difference errs by about h²|f‴|/6 from truncation and by ε|f|/h from rounding; they
# balance at h = ε^(1/3) = 6e-6, where each is about 1e-11 times the size of f and its derivatives.
STEP = np.finfo(np.float64).eps ** (1 / 3)
# The functions tested have derivatives up to the fifth of at most about 1e4 times their values, and
# sum up to a few hundred terms. A rule wrong by a thousandth is still ten to 1000 tolerances off.
TOLERANCE = 1e-6


def check(f, *arrays: np.ndarray, order: int = 2, seed: int = 0) -> None:
    """Assert that the derivatives of `f` at `arrays`, up to an order, are those of its values.

    `f` takes Tensors and returns one. With a random cotangent u, every entry of the gradient of
    ⟨u, f⟩ is compared with a central difference. The gradient, contracted with random vectors, is
    then itself a function of the arrays and of u, whose gradient is checked, and so on.
    """
    rng = np.random.default_rng(seed)
    xs = [Tensor(x) for x in arrays]
    out = f(*xs)
    u = rng.standard_normal(out.shape)
    found = grad(out, xs, seed=u)
    for n, (x, g) in enumerate(zip(arrays, found, strict=True)):
        assert g.shape == x.shape
        expected = differences(lambda x, n=n: value(f, u, arrays, n, x), x)
        size = 1 + np.abs(expected).max(initial=0) + np.abs(u * out.data).sum()
        np.testing.assert_allclose(
            g.data,
            expected,
            rtol=0,
            atol=TOLERANCE * size,
            equal_nan=False,
            err_msg=f"gradient at input {n}, {order} orders from the last",
        )
    if order > 1:
        contraction = [rng.standard_normal(x.shape) for x in arrays]
        check(contracted_gradient(f, contraction), *arrays, u, order=order - 1, seed=seed + 1)


def value(f, u: np.ndarray, arrays: tuple, n: int, x: np.ndarray) -> float:
    """⟨u, f⟩ with `x` in place of array `n`."""
    inputs = [Tensor(x if i == n else array) for i, array in enumerate(arrays)]
    return float((u * f(*inputs).data).sum())


def differences(f, x: np.ndarray) -> np.ndarray:
    """The central difference of a function of an array, at each entry."""
    out = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += STEP
        below[i] -= STEP
        out[i] = (f(above) - f(below)) / (above[i] - below[i])
    return out


def contracted_gradient(f, contraction: list[np.ndarray]):
    """(xs, u) ↦ Σ ⟨v, the gradient of ⟨u, f⟩ at x⟩ over the inputs x and their vectors v."""

    def h(*inputs: Tensor) -> Tensor:
        *xs, u = inputs
        total = Tensor(0.0)
        for g, v in zip(grad(f(*xs), xs, seed=u, create_graph=True), contraction, strict=True):
            total = total + sum(g * v)
        return total

    return h
