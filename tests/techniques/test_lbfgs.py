"""L-BFGS, on functions whose minima are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techniques.lbfgs import LBFGS, MEMORY, shortening

seeds = st.integers(0, 999)


def rosenbrock(x):
    """(1 − a)² + 100 (b − a²)² of points (N, 2): a curved valley with its minimum 0 at (1, 1)."""
    a, b = x[:, 0], x[:, 1]
    slope = -2 * (1 - a) - 400 * a * (b - a * a)
    loss = (1 - a) ** 2 + 100 * (b - a * a) ** 2
    return loss[:, None], np.stack([slope, 200 * (b - a * a)], axis=1)


def quadratic(size, seed):
    """½ xᵀQx − bᵀx, of which Qx = b at the minimum: the function, Q and b."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(2 * size, size))
    q, b = a.T @ a / size + 0.1 * np.eye(size), rng.normal(size=size)
    return lambda x: (((x @ q * x).sum(1) / 2 - x @ b)[:, None], x @ q - b), q, b


def descended(f, x, steps, bounds=None):
    """Where so many steps lead, the losses on the way (T + 1, N), and how often f was asked."""
    descent, calls = LBFGS(bounds), []

    def evaluate(x):
        calls.append(x)
        return f(x)

    found = f(x)
    losses = [found[0].sum(axis=1)]
    for _ in range(steps):
        x, found = descent.step(x, found, evaluate)
        losses.append(found[0].sum(axis=1))
    return x, np.array(losses), len(calls)


@given(st.integers(1, 12), seeds)
def test_a_quadratic_comes_to_its_minimum(size, seed):
    f, q, b = quadratic(size, seed)
    x, _, _ = descended(f, np.zeros((1, size)), 60)
    # Where the loss differs by no more than its rounding, the gradient is below √(loss · 1e-15).
    np.testing.assert_allclose(x[0] @ q, b, atol=1e-5)


def test_the_valley_of_rosenbrock_takes_as_many_steps_as_elsewhere():
    # From there, L-BFGS-B of SciPy 1.17 is below 1e-10 after 36 steps, and ends after 38, 46 calls.
    start = np.array([[-1.2, 1.0]])
    x, losses, calls = descended(rosenbrock, start, 45)
    np.testing.assert_allclose(x, [[1, 1]], atol=1e-5)  # √1e-10
    assert losses[-1] < 1e-10
    assert calls < 60


def test_each_of_a_batch_goes_its_own_way():
    starts = np.array([[-1.2, 1.0], [0.0, 0.0], [3.0, -2.0]])
    together, _, _ = descended(rosenbrock, starts, 12)
    for start, x in zip(starts, together, strict=True):
        np.testing.assert_array_equal(descended(rosenbrock, start[None], 12)[0][0], x)


@given(st.integers(2, 8), seeds, st.integers(1, 2 * MEMORY))
def test_two_loops_are_the_formula_of_bfgs_with_the_matrices_written_out(size, seed, steps):
    rng = np.random.default_rng(seed)
    descent = LBFGS()
    pairs = [(rng.normal(size=(1, size)), rng.normal(size=(1, size))) for _ in range(steps)]
    descent.pairs = pairs[-MEMORY:]
    h = None
    for s, y in descent.pairs:
        s, y = s[0], y[0]
        if s @ y > 0:  # Of the others nothing is learned.
            h = np.eye(size) * (s @ y) / (y @ y)
    g = rng.normal(size=size)
    if h is None:
        expected = g / np.linalg.norm(g)
    else:
        for s, y in descent.pairs:
            s, y = s[0], y[0]
            if s @ y > 0:
                # Nocedal & Wright, equation 7.16.
                v = np.eye(size) - np.outer(y, s) / (s @ y)
                h = v.T @ h @ v + np.outer(s, s) / (s @ y)
        expected = h @ g
    found = descent.times_inverse_hessian(g[None])[0]
    # Products of up to ten matrices; those with a small sᵀy are large.
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * np.abs(expected).max())


@given(st.integers(2, 8), seeds)
def test_between_bounds_it_ends_where_no_entry_can_gain(size, seed):
    f, _, _ = quadratic(size, seed)
    low, high = -0.1, np.linspace(0.05, 0.3, size)
    visited = []

    def seen(x):
        visited.append(x)
        return f(x)

    x, losses, _ = descended(seen, np.zeros((1, size)), 80, (low, high))
    assert all(((low <= point) & (point <= high)).all() for point in visited)
    assert (np.diff(losses[:, 0]) <= 1e-14).all()  # The rounding of losses below 1.
    g = f(x)[1]
    # The conditions of Karush, Kuhn and Tucker: at a bound, the gradient may point out of it.
    g = np.where(x <= low, g.clip(None, 0), np.where(x >= high, g.clip(0, None), g))
    np.testing.assert_allclose(g, 0, atol=1e-5)


def test_the_curvature_is_that_of_the_entries_that_are_free():
    """Steps by the curvature of all are cut off at bounds such that they do not lead down."""
    rng = np.random.default_rng(0)
    turned = np.linalg.qr(rng.normal(size=(30, 4, 4)))[0]
    q = turned * np.logspace(0, 3, 4) @ turned.swapaxes(1, 2)  # Curvatures from 1 to 1000.
    b = 10 * rng.normal(size=(30, 4))

    def f(x):
        qx = (q @ x[:, :, None])[:, :, 0]
        return ((x * qx).sum(1) / 2 - (x * b).sum(1))[:, None], qx - b

    x, _, _ = descended(f, np.zeros((30, 4)), 80, (-0.1, 0.2))
    g = f(x)[1]
    g = np.where(x <= -0.1, g.clip(None, 0), np.where(x >= 0.2, g.clip(0, None), g))
    np.testing.assert_allclose(g, 0, atol=1e-5)  # As above. By the curvature of all: 0.1.


def test_the_bounded_valley_ends_at_its_wall():
    # With a ≤ ½ the minimum is at b = a² = ¼, where (1 − a)² = ¼.
    starts = np.array([[-1.2, 1.0], [0.4, -1.0]])
    x, losses, _ = descended(rosenbrock, starts, 80, (-2.0, np.array([0.5, 2.0])))
    np.testing.assert_allclose(x, [[0.5, 0.25]] * 2, atol=1e-6)
    np.testing.assert_allclose(losses[-1], 0.25, rtol=1e-10)


def test_where_nothing_is_less_it_stays_and_forgets():
    """A function that lies about its gradient: no step along it goes down."""

    def liar(x):
        return (x * x).sum(axis=1, keepdims=True), -2 * x

    descent, x = LBFGS(), np.array([[1.0, 2.0]])
    descent.pairs = [(np.ones((1, 2)), np.ones((1, 2)))]
    after, (loss, _) = descent.step(x, liar(x), liar)
    assert np.array_equal(after, x)
    assert loss.item() == 5
    assert not any(s.any() or y.any() for s, y in descent.pairs)


def test_a_step_into_what_is_no_number_is_shortened():
    def walled(x):
        """−log of the distance to a wall at 1, with a minimum at 0.5: infinite behind it."""
        with np.errstate(invalid="ignore", divide="ignore"):
            loss = -np.log(1 - x) + 2 * (1 - x) + 1000 * (x - 0.5) ** 2
            return loss, 1 / (1 - x) - 2 + 2000 * (x - 0.5)

    x, losses, _ = descended(walled, np.array([[0.2]]), 20)
    assert np.isfinite(losses).all()
    np.testing.assert_allclose(x, 0.5, atol=1e-6)


@settings(max_examples=10)
@given(seeds)
def test_single_precision_stays_single_and_comes_as_near_as_it_can(seed):
    f, q, b = quadratic(6, seed)

    def single(x):
        return tuple(part.astype(np.float32) for part in f(x))

    x, _, calls = descended(single, np.zeros((1, 6), np.float32), 60)
    assert x.dtype == np.float32
    assert calls < 2 * 60  # At the minimum it does not search for what rounding hides.
    # Of losses L, differences below L · 1e-7 are not seen; the gradient then is about √(L · 1e-7).
    np.testing.assert_allclose(x[0] @ q, b, atol=1e-2)


def test_a_step_is_shortened_to_the_minimum_of_the_parabola_by_2_to_10_times():
    # −a + 2a², −a + 4a², −a + 100a² at a = 1, and what is no number.
    rise = np.array([1.0, 3.0, 99.0, np.inf, np.nan])
    found = shortening(np.full(5, -1.0), rise)
    np.testing.assert_allclose(found, [0.25, 0.125, 0.1, 0.1, 0.1], rtol=1e-15)


def test_only_the_last_steps_are_remembered():
    descent = LBFGS()
    x, found = np.array([[-1.2, 1.0]]), rosenbrock(np.array([[-1.2, 1.0]]))
    for count in range(1, MEMORY + 5):
        x, found = descent.step(x, found, rosenbrock)
        assert len(descent.pairs) == min(count, MEMORY)


@pytest.mark.parametrize("flat", [0.0, 3.0])
def test_at_a_minimum_nothing_moves(flat):
    def f(x):
        return np.full((len(x), 1), flat), np.zeros_like(x)

    x, _, calls = descended(f, np.ones((2, 3)), 3)
    assert np.array_equal(x, np.ones((2, 3)))
    assert calls == 3
