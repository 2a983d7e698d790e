"""Integrated gradients, input × gradient, and the quadrature of the path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, grad
from techniques import input_x_gradient, integrated_gradients
from techniques.batching import batches
from techniques.path import RULES, quadrature

from .layered import HAND_VECTOR, hand_mlp, layered_cases, scores_of
from .small_nets import affine

rules = st.sampled_from(RULES)
every_rule = pytest.mark.parametrize("rule", RULES)


# Quadrature --------------------------------------------------------------------------------------


@given(rules, st.integers(2, 100))
def test_the_weights_are_positive_and_their_sum_is_one(rule, steps):
    positions, weights = quadrature(rule, steps)
    assert positions.shape == weights.shape == (steps,)
    assert (weights > 0).all()
    assert abs(weights.sum() - 1) < 1e-14  # The sum of 100 roundings of numbers below 1.


@given(rules, st.integers(2, 100))
def test_each_position_lies_in_the_piece_of_the_path_that_its_weight_cuts(rule, steps):
    positions, weights = quadrature(rule, steps)
    ends = np.concatenate([[0], np.cumsum(weights)])
    # "left" and "right" are on the ends themselves, to rounding.
    assert (ends[:-1] <= positions + 1e-14).all()
    assert (positions <= ends[1:] + 1e-14).all()


@pytest.mark.parametrize(
    ("rule", "steps", "degree"),
    [("gausslegendre", n, 2 * n - 1) for n in (1, 2, 3, 8)]
    + [("trapezoid", 2, 1), ("trapezoid", 9, 1), ("middle", 1, 1), ("middle", 9, 1)]
    + [("left", 1, 0), ("left", 9, 0), ("right", 1, 0), ("right", 9, 0)],
)
def test_a_rule_is_exact_for_polynomials_up_to_its_degree_and_not_beyond(rule, steps, degree):
    positions, weights = quadrature(rule, steps)
    errors = [abs(weights @ positions**p - 1 / (p + 1)) for p in range(degree + 2)]
    assert max(errors[:-1]) < 1e-14
    # Gauss–Legendre's error at degree 2n is (n!)⁴ / ((2n + 1) ((2n)!)²): at n = 8, 1e-10.
    assert errors[-1] > 1e-11


def test_the_rules_by_hand():
    by_hand = {
        "left": ([0, 0.25, 0.5, 0.75], [0.25] * 4),
        "middle": ([0.125, 0.375, 0.625, 0.875], [0.25] * 4),
        "right": ([0.25, 0.5, 0.75, 1], [0.25] * 4),
        "trapezoid": ([0, 1 / 3, 2 / 3, 1], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
    }
    for rule, (positions, weights) in by_hand.items():
        np.testing.assert_allclose(quadrature(rule, 4), (positions, weights), rtol=1e-15)
    half = np.sqrt(1 / 3) / 2
    np.testing.assert_allclose(
        quadrature("gausslegendre", 2), ([0.5 - half, 0.5 + half], [0.5, 0.5]), rtol=1e-15
    )


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 30))
def test_batches_cover_every_variant_of_every_input_once(inputs, variants, batch_size):
    seen = np.zeros((inputs, variants), int)
    for rows, some in batches(inputs, variants, batch_size):
        seen[rows, some] += 1
        assert 1 <= seen[rows, some].size <= batch_size
    assert (seen == 1).all()


# Integrated gradients ----------------------------------------------------------------------------


def test_it_is_the_weighted_mean_of_the_gradients_on_the_path():
    net, x, b = hand_mlp(), np.array([[3.0, 1.0, 9.0]]), np.array([[-4.0, 2.0, 0.0]])
    mean = 0
    for position, weight in zip(*quadrature("gausslegendre", 6), strict=True):
        point = Tensor(b + position * (x - b))
        mean = mean + weight * grad(net(point)[0, 1], point).data
    found = integrated_gradients(net, x, 1, baseline=b, steps=6)
    np.testing.assert_allclose(found, (x - b) * mean, rtol=1e-14)


def test_of_the_hand_mlp_each_entry_has_a_share_in_proportion():
    # Over the path of 100 α, one unit is on from α = 0.1 and three are on from the beginning, all
    # with slope 1: x_i (0.9 + 3). The switch is where two of 50 pieces meet.
    found = integrated_gradients(hand_mlp(), HAND_VECTOR, 0, rule="middle")
    np.testing.assert_allclose(found, [[78, 195, 117]], rtol=1e-14)


@every_rule
@given(st.integers(0, 999))
def test_of_a_linear_net_it_is_the_weights_times_the_difference(rule, seed):
    rng = np.random.default_rng(seed)
    w, x, b = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=3)
    found = integrated_gradients(affine(w, 5.0), x, [1, 3], baseline=b, rule=rule, steps=2)
    np.testing.assert_allclose(found, w[[1, 3]] * (x - b), rtol=0, atol=1e-14)


def test_completeness_is_exact_where_the_rule_is():
    def net(x):  # Its slope is a polynomial of degree 3, for which two points are enough.
        return (x.sum(axis=1, keepdims=True) ** 4) * np.array([1.0, 2.0])

    x = np.array([[1.0, 2.0], [0.5, -3.0]])
    found = integrated_gradients(net, x, 1, baseline=0.25, steps=2)
    expected = 2 * (x.sum(axis=1) ** 4 - 0.5**4)
    np.testing.assert_allclose(found.sum(axis=1), expected, rtol=1e-14)


@every_rule
@settings(max_examples=20)
@given(case=layered_cases(), steps=st.integers(2, 60), baseline=st.floats(-2, 2))
def test_completeness_holds_as_far_as_the_rule_is_exact(rule, case, steps, baseline):
    net, x, target = case
    found = integrated_gradients(net, x, target, baseline=baseline, steps=steps, rule=rule)
    b = np.full_like(x, baseline)
    change = scores_of(net, x, target) - scores_of(net, b, target)
    # The slope of such a net jumps on the path, and within a piece of the path the rule takes one
    # value of the slope for all. So it is wrong by no more than all jumps together, times the
    # longest piece. The jumps are counted between 1000 points.
    jumps = abs(np.diff(slopes_on_the_path(net, x, b, target), axis=0)).sum(axis=0)
    error = abs(found.reshape(len(x), -1).sum(axis=1) - change)
    longest = quadrature(rule, steps)[1].max()
    assert (error <= jumps * longest + 1e-10).all()


def slopes_on_the_path(net, x, b, target, points=1000):
    """ds_t/dα at evenly spaced α on b + α(x − b): (points, N)."""
    alpha = np.linspace(0, 1, points).reshape(-1, 1, 1, 1, 1)
    t = Tensor((b + alpha * (x - b)).reshape(-1, *x.shape[1:]))
    with net.in_mode(training=False):
        s = net(t)[np.arange(len(t)), np.tile(target, points)]
    g = grad(s.sum(), t).data.reshape(points, *x.shape)
    return (g * (x - b)).reshape(points, len(x), -1).sum(axis=2)


@every_rule
@given(layered_cases())
def test_the_baseline_itself_gets_zero(rule, case):
    net, x, target = case
    assert not integrated_gradients(net, x, target, baseline=x, steps=3, rule=rule).any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        ({"steps": 2.5}, "steps: expected a whole number >= 1, got 2.5"),
        ({"steps": 1, "rule": "trapezoid"}, "steps: expected a whole number >= 2, got 1"),
        ({"rule": "simpson"}, "rule: expected one of gausslegendre, trapezoid, .*got 'simpson'"),
        ({"rule": None}, "rule: expected one of .*got None"),
    ],
)
def test_a_wrong_rule_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        integrated_gradients(hand_mlp(), HAND_VECTOR, **settings)


# Input × gradient --------------------------------------------------------------------------------


@given(layered_cases())
def test_input_x_gradient_is_one_step_from_zero_with_the_slope_at_the_input(case):
    net, x, target = case
    one_step = integrated_gradients(net, x, target, steps=1, rule="right")
    np.testing.assert_allclose(input_x_gradient(net, x, target), one_step, rtol=0, atol=1e-12)


def test_input_x_gradient_of_a_linear_net_is_each_entrys_share():
    w = np.array([[1.0, -2.0, 3.0], [0.0, 4.0, -5.0]])
    x = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])
    assert input_x_gradient(affine(w), x, [0, 1]).tolist() == [[1, -4, 9], [0, 2, -10]]
