"""Guided integrated gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import sqrt
from techniques import guided_integrated_gradients, integrated_gradients
from techniques.guided_integrated_gradients import advanced

from .layered import HAND_VECTOR, hand_mlp, layered_cases
from .small_nets import affine

HOW = {"steps": 1000, "fraction": 0.1}


# PAIR's own cases: what it says of two entries, by hand.


def test_of_a_linear_net_any_path_gives_the_same():
    x, b = np.array([[10.0, 5.0]]), np.array([[-1.0, -3.0]])
    how = {"steps": 10, "fraction": 0.1, "max_dist": 0.5}
    found = guided_integrated_gradients(affine([[2.0, 1.0]]), x, baseline=b, **how)
    np.testing.assert_allclose(found, [[22, 8]], rtol=1e-9)  # As near as the path comes to its end.


def separate(x):
    return (x**2 * np.array([2.0, 1.0])).sum(axis=1, keepdims=True)


def together(x):
    return (x * np.array([2.0, 1.0])).sum(axis=1, keepdims=True) ** 2


@pytest.mark.parametrize(
    ("net", "x", "baseline", "fraction", "max_dist", "expected"),
    [
        (separate, 3.0, 0.0, 0.1, 0.4, [18, 9]),
        (separate, 0.0, 3.0, 0.1, 0.4, [-18, -9]),
        (together, 3.0, 0.0, 0.1, 0.0, [54, 27]),  # On the straight line it is plain IG,
        (together, 3.0, 0.0, 1.0, 0.5, [54, 27]),  # and so it is when all go at once.
        (together, 3.0, 0.0, 0.1, 1.0, [72, 9]),  # The second entry goes all its way first.
    ],
)
def test_of_two_entries(net, x, baseline, fraction, max_dist, expected):
    x, b = np.full((1, 2), x), np.full((1, 2), baseline)
    how = {"steps": 1000, "fraction": fraction, "max_dist": max_dist}
    found = guided_integrated_gradients(net, x, baseline=b, **how)
    np.testing.assert_allclose(found, [expected], rtol=0.01)  # A left sum of 1000 steps.


def test_between_the_two_paths_it_lies_between_their_shares_and_is_complete():
    found = guided_integrated_gradients(together, np.full((1, 2), 3.0), **HOW, max_dist=0.2)[0]
    assert abs(found.sum() - 81) < 0.1
    assert 55 < found[0] < 71
    assert 10 < found[1] < 26


# The path ----------------------------------------------------------------------------------------


@st.composite
def ways(draw):
    """(start, end, sizes of gradients at any point, fraction, max_dist)."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    n = draw(st.integers(1, 30))
    start, end = rng.normal(size=(2, n))
    still = rng.random(n) < 0.2
    end[still] = start[still]
    # Few values, so that many are equal.
    sizes = [rng.integers(0, 4, n).astype(float) for _ in range(8)]
    return start, end, sizes, draw(st.floats(0, 1)), draw(st.floats(0, 1))


@given(ways())
def test_each_step_goes_as_far_as_the_straight_line_and_stays_near_it(way):
    start, end, sizes, fraction, max_dist = way
    point, total = start, abs(end - start).sum()
    for step, size in enumerate(sizes):
        gone = (step + 1) / len(sizes)
        before, point = point, advanced(point, start, end, size, gone, fraction, max_dist)
        assert abs(abs(end - point).sum() - (1 - gone) * total) <= 2e-9 * total
        # Every entry is between the start and the end, goes on, and keeps to the straight line.
        near = 1e-9 * total
        assert (abs(end - point) <= abs(end - before) + near).all()
        apart = abs(point - (start + gone * (end - start)))
        assert (apart <= max_dist * abs(end - start) + near).all()
    assert np.allclose(point, end, rtol=0, atol=2e-9 * max(total, 1))


def test_the_entries_of_small_gradient_go_first():
    start, end = np.zeros(4), np.ones(4)
    point = advanced(start, start, end, np.array([3.0, 0.0, 2.0, 1.0]), 0.5, 0.0, 1.0)
    np.testing.assert_allclose(point, [0, 1, 0, 1], atol=1e-8)
    point = advanced(point, start, end, np.array([3.0, 0.0, 2.0, 1.0]), 0.625, 0.0, 1.0)
    np.testing.assert_allclose(point, [0, 1, 0.5, 1], atol=1e-8)


@settings(max_examples=20)
@given(case=layered_cases(), steps=st.integers(1, 9))
def test_without_deviation_it_is_integrated_gradients_from_the_left(case, steps):
    net, x, target = case
    how = {"baseline": 0.5, "steps": steps}
    found = guided_integrated_gradients(net, x, target, **how, max_dist=0)
    expected = integrated_gradients(net, x, target, **how, rule="left")
    # The points of the path are within 1e-9, relative, and the sums of 60 numbers below 100.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


@given(layered_cases())
def test_the_baseline_itself_gets_zero(case):
    net, x, target = case
    assert not guided_integrated_gradients(net, x, target, baseline=x, steps=3).any()


def test_the_end_of_the_hand_mlps_path_is_the_input():
    found = guided_integrated_gradients(hand_mlp(), HAND_VECTOR, 0, steps=1000)
    # relu(Σ − 10) + 3 relu(Σ + 1) − 1, from −1 + 3 at 0 to 90 + 303 − 1: the slope is known but
    # for one step of the thousand.
    assert abs(found.sum() - 390) <= 0.1 + 1e-9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        ({"fraction": 1.1}, "fraction: expected a number from 0 to 1, got 1.1"),
        ({"fraction": -0.1}, "fraction: expected a number from 0 to 1, got -0.1"),
        ({"max_dist": np.nan}, "max_dist: expected a number from 0 to 1, got nan"),
        ({"max_dist": True}, "max_dist: expected a number from 0 to 1, got True"),
    ],
)
def test_a_wrong_setting_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        guided_integrated_gradients(hand_mlp(), HAND_VECTOR, **settings)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_gradient_of_nan_is_said():
    def net(x):
        return sqrt(x * 0).sum(axis=1, keepdims=True)

    with pytest.raises(ValueError, match="net: the gradient has a NaN"):
        guided_integrated_gradients(net, np.ones((1, 3)))
