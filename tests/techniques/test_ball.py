"""The Ball: projection, the steepest step, random points, and what makes none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import norms
from techniques.ball import make_ball

EPS = {
    "l2": [0.3, 2.0],
    "linf": [0.1, 0.7, np.array([0.2, 0.0]).reshape(2, 1, 1)],
}


@st.composite
def balls(draw, dtypes=("float32", "float64")):
    """(ball, starts, other points, a Generator), with the starts between the bounds."""
    norm = draw(st.sampled_from(sorted(EPS)))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    start = rng.uniform(-1.3, 1.3, (3, 2, 3, 2)).clip(-1, 1).astype(draw(st.sampled_from(dtypes)))
    bounds = draw(st.sampled_from([None, (-1.0, 1.0), (np.full((2, 1, 1), -1.0), 1.5)]))
    ball = make_ball(norm, draw(st.sampled_from(EPS[norm])), bounds, start)
    size = draw(st.sampled_from([0.05, 1.0, 100.0]))
    x = start + (size * rng.standard_normal(start.shape)).astype(start.dtype)
    return ball, start, x, rng


def assert_inside(ball, start, x):
    """x is in the ball and between the bounds, but for the rounding of start + change."""
    rounding = 8 * np.finfo(x.dtype).eps * (1 + ball.eps)
    if ball.norm == "linf":
        assert (abs(x - start) <= ball.eps + rounding).all()
    else:
        assert (norms.l2(x - start) <= ball.eps + rounding).all()
    if ball.bounds is not None:
        assert (x >= ball.bounds[0]).all()
        assert (x <= ball.bounds[1]).all()


@given(balls())
def test_a_projected_point_is_in_the_ball_and_between_the_bounds(case):
    ball, start, x, _ = case
    projected = ball.project(start, x)
    assert projected.dtype == x.dtype
    assert_inside(ball, start, projected)


@given(balls(dtypes=("float64",)))
def test_projection_moves_nothing_that_is_inside(case):
    ball, start, x, _ = case
    inside = ball.project(start, x)
    # One rounding of start + (x − start), and one of a length that is eps.
    np.testing.assert_allclose(ball.project(start, inside), inside, rtol=0, atol=1e-15)


@given(balls(dtypes=("float64",)))
def test_without_bounds_a_projection_is_the_nearest_point(case):
    ball, start, x, rng = case
    ball = replace(ball, bounds=None)
    nearest = norms.l2(x - ball.project(start, x))
    for _ in range(10):
        # Of distances up to 1000.
        assert (nearest <= norms.l2(x - ball.sample(start, rng)) + 1e-12).all()


@given(balls(dtypes=("float64",)))
def test_no_step_of_size_1_gains_more_than_the_steepest(case):
    ball, start, g, rng = case
    steepest = ball.steepest(g)
    size = norms.linf if ball.norm == "linf" else norms.l2
    np.testing.assert_allclose(size(steepest), 1, rtol=1e-12)
    others = make_ball(ball.norm, 1.0, None, start)
    for _ in range(10):
        other = others.sample(np.zeros_like(start), rng)
        assert ((g * steepest).sum((1, 2, 3)) >= (g * other).sum((1, 2, 3)) - 1e-12).all()


@pytest.mark.parametrize("norm", EPS)
def test_a_gradient_of_zero_leads_nowhere(norm):
    x = np.zeros((2, 3))
    assert not make_ball(norm, 1.0, None, x).steepest(x).any()


@given(balls())
def test_a_random_point_is_inside_and_the_same_change_for_all(case):
    ball, start, _, rng = case
    x = ball.sample(start, rng)
    assert x.dtype == start.dtype
    assert_inside(ball, start, x)
    if ball.bounds is None:
        change = x - start
        # A change up to 2 and a start up to 1 are added, and the start taken away again.
        np.testing.assert_allclose(
            change, change[:1].repeat(3, 0), rtol=0, atol=8 * np.finfo(x.dtype).eps
        )


@pytest.mark.parametrize("norm", EPS)
def test_random_points_fill_the_ball_evenly(norm):
    start = np.zeros((1, 2))
    ball, rng = make_ball(norm, 3.0, None, start), np.random.default_rng(0)
    points = np.concatenate([ball.sample(start, rng) for _ in range(2000)])
    near = (abs(points).max(1) if norm == "linf" else np.linalg.norm(points, axis=1)) < 1.5
    # Half the radius is a quarter of the area; four standard errors of 2000 draws.
    assert abs(near.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 2000)
    # So is each quadrant.
    for quadrant in ((points > 0) @ [1, 2] == k for k in range(4)):
        assert abs(quadrant.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 2000)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"norm": "l1"}, "norm: expected one of linf, l2, got 'l1'"),
        ({"eps": -0.1}, "eps: expected a number > 0, got -0.1"),
        ({"eps": 0}, "eps: expected a number > 0, got 0"),
        ({"eps": float("nan")}, "eps: expected a number > 0, got nan"),
        ({"eps": float("inf")}, "eps: expected a number > 0, got inf"),
        ({"eps": "0.1"}, "eps: expected a number > 0, got '0.1'"),
        ({"eps": np.array([0.1, -0.1])[:, None, None]}, "eps: expected numbers >= 0"),
        ({"eps": np.zeros((2, 1, 1))}, "eps: expected numbers >= 0, some of them above 0"),
        ({"eps": np.array([0.1, np.nan])[:, None, None]}, "eps: expected numbers >= 0"),
        ({"eps": np.ones(5)}, "eps: expected a number, or an array of them that broadcasts"),
        ({"eps": np.ones((2, 1, 1)), "norm": "l2"}, 'eps: expected a number with norm="l2"'),
        ({"bounds": (0.0, 1.0)}, "beyond its bounds"),
        ({"bounds": (1.0, -1.0)}, "bounds: "),
    ],
)
def test_what_makes_no_ball_is_refused(settings, message):
    x = np.linspace(-1, 1, 24).reshape(2, 2, 3, 2)
    with pytest.raises(ValueError, match=message):
        make_ball(**{"norm": "linf", "eps": 0.1, "bounds": None, "x": x, **settings})
