"""Layer conductance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.layers import Identity, Sequential
from techniques import integrated_gradients, layer_conductance
from techniques.path import RULES

from .layered import HAND_VECTOR, hand_mlp, images, layered, layered_cases, scores_of

every_rule = pytest.mark.parametrize("rule", RULES)


def test_by_hand():
    # From 0 to 100, one unit goes from −10 to 90 and counts from 0 on; three go from 1 to 101 and
    # always count. The switch is where two of the 50 pieces meet.
    found = layer_conductance(hand_mlp(), HAND_VECTOR, 0, layer="1", rule="middle")
    np.testing.assert_allclose(found, [[90, 100, 100, 100]], rtol=1e-14)


@every_rule
@given(case=layered_cases(), steps=st.integers(2, 9), baseline=st.floats(-2, 2))
def test_completeness_is_exact_before_a_linear_layer_whatever_the_steps(
    rule, case, steps, baseline
):
    net, x, target = case
    found = layer_conductance(net, x, target, layer="7", baseline=baseline, steps=steps, rule=rule)
    b = np.full_like(x, baseline)
    change = scores_of(net, x, target) - scores_of(net, b, target)
    # Sums of 100 numbers below 100.
    np.testing.assert_allclose(found.sum(axis=1), change, rtol=0, atol=1e-11)


@pytest.mark.parametrize("layer", ["0", "2", "3", "5"])
@settings(max_examples=5)
@given(case=layered_cases())
def test_completeness_comes_closer_with_more_steps(layer, case):
    net, x, target = case
    found = layer_conductance(net, x, target, layer=layer, steps=1000, batch_size=500)
    change = scores_of(net, x, target) - scores_of(net, 0 * x, target)
    # Of about 60 switches on the way, each is off by at most a step, of 1/600, times its jump.
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), change, rtol=0, atol=0.08)


@every_rule
@given(case=layered_cases(), steps=st.integers(2, 9))
def test_of_the_input_itself_it_is_integrated_gradients(rule, case, steps):
    net, x, target = case
    how = {"baseline": 0.5, "steps": steps, "rule": rule}
    found = layer_conductance(Sequential(Identity(), net), x, target, layer="0", **how)
    expected = integrated_gradients(net, x, target, **how)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)  # As above.


@pytest.mark.parametrize(
    ("layer", "shape"), [("0", (4, 6, 5)), ("3", (4, 3, 2)), ("7", (10,)), ("8", (4,))]
)
def test_it_is_shaped_like_what_the_layer_gives(layer, shape):
    assert layer_conductance(layered(), images(3), layer=layer, steps=2).shape == (3, *shape)


def test_of_the_scores_it_is_the_change_of_the_target():
    net, x = layered(), images(2)
    found = layer_conductance(net, x, [2, 0], layer="8", steps=3)
    change = scores_of(net, x, [2, 0]) - scores_of(net, 0 * x, [2, 0])
    np.testing.assert_allclose(found, np.eye(4)[[2, 0]] * change[:, None], rtol=0, atol=1e-12)


@given(layered_cases())
def test_a_unit_that_the_score_does_not_use_gets_zero(case):
    net, x, target = case
    net[5].weight.data[:, 1] = 0  # The second convolution does not look at the second channel.
    assert not layer_conductance(net, x, target, layer="3", steps=5)[:, 1].any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        ({"steps": 1, "rule": "trapezoid"}, "steps: expected a whole number >= 2, got 1"),
        ({"rule": "simpson"}, "rule: expected one of gausslegendre, .*got 'simpson'"),
    ],
)
def test_a_wrong_rule_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        layer_conductance(hand_mlp(), HAND_VECTOR, layer="1", **settings)
