"""What layers give, and the influence, the gradient and the conductance of their units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor
from nets import Module
from nets.layers import Identity, Linear, Sequential
from techniques import (
    integrated_gradients,
    internal_influence,
    layer_activation,
    layer_conductance,
    neuron_conductance,
    neuron_gradient,
)
from techniques.path import RULES

from .layered import (
    HAND_IMAGE,
    HAND_VECTOR,
    SHAPE,
    hand_cnn,
    hand_mlp,
    images,
    layered,
    layered_cases,
)

every_rule = pytest.mark.parametrize("rule", RULES)

# Sums of a few hundred numbers below 100, in float64.
ROUNDING = 1e-11


# Activation --------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 2, 100])
@pytest.mark.parametrize("last", range(9))
def test_it_is_what_comes_out_of_the_layers_so_far(last, batch_size):
    net, x = layered().eval(), images(3)
    expected = Sequential(*(net[i] for i in range(last + 1)))(Tensor(x)).data
    found = layer_activation(net.train(), x, layer=str(last), batch_size=batch_size)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)
    assert net.training


def test_by_hand():
    assert layer_activation(hand_mlp(), HAND_VECTOR, layer="1").tolist() == [[90, 101, 101, 101]]
    first = layer_activation(hand_cnn(), HAND_IMAGE, layer="0")[0]
    assert first.tolist() == [[[-5, 4], [31, 40]], [[-30, -21], [6, 15]]]


def test_what_comes_back_is_not_the_inputs_own_array():
    x = images(1)
    layer_activation(Sequential(Identity(), layered()), x, layer="0")[...] = 0
    assert x.any()


# Influence ---------------------------------------------------------------------------------------


def test_influence_by_hand():
    # The first unit is on in nine tenths of the path, and the last score is not asked for.
    found = internal_influence(hand_mlp(), HAND_VECTOR, 0, layer="1", rule="middle")
    np.testing.assert_allclose(found, [[0.9, 1, 1, 1]], rtol=1e-14)


@every_rule
@given(case=layered_cases(), steps=st.integers(2, 9))
def test_times_the_way_the_influence_of_the_input_is_integrated_gradients(rule, case, steps):
    net, x, target = case
    how = {"baseline": 0.5, "steps": steps, "rule": rule}
    found = internal_influence(Sequential(Identity(), net), x, target, layer="0", **how)
    expected = integrated_gradients(net, x, target, **how)
    np.testing.assert_allclose(found * (x - 0.5), expected, rtol=0, atol=ROUNDING)


@every_rule
@given(case=layered_cases())
def test_before_a_linear_layer_the_influence_is_its_weights(rule, case):
    net, x, target = case
    found = internal_influence(net, x, target, layer="7", steps=3, rule=rule)
    np.testing.assert_allclose(found, net[8].weight.data[target], rtol=0, atol=ROUNDING)


# The gradient of a unit --------------------------------------------------------------------------


def test_the_gradient_of_a_unit_by_hand():
    assert neuron_gradient(hand_mlp(), HAND_VECTOR, layer="3", neuron=1).tolist() == [[4, 4, 4]]
    found = neuron_gradient(hand_cnn(), HAND_IMAGE, layer="0", neuron=(1, 0, 1))[0, 0]
    assert found.tolist() == [[0, 1, 1, 1]] * 3 + [[0] * 4]
    # Behind the ReLU, it is off.
    assert not neuron_gradient(hand_cnn(), HAND_IMAGE, layer="1", neuron=(1, 0, 1)).any()


@given(layered_cases(), st.integers(0, 3))
def test_the_gradient_of_a_score_is_its_slope(case, unit):
    net, x, _ = case
    net.eval()
    found, h = neuron_gradient(net, x, layer="8", neuron=unit), 1e-6
    step = np.random.default_rng(0).choice([-h, h], x.shape)
    change = net(x + step).data[:, unit] - net(x - step).data[:, unit]
    expected = (found * step).sum(axis=(1, 2, 3)) * 2
    # Piecewise linear: rounding, or the kinks within h of which there are few and small ones.
    assert (abs(change - expected) <= 1e-12 + 0.1 * abs(change) + 60 * h).all()


@given(layered_cases())
def test_units_of_the_input_are_one(case):
    _, x, _ = case
    net = Sequential(Identity(), layered())
    found = neuron_gradient(net, x, layer="0", neuron=(1, 2, 3))
    assert found[:, 1, 2, 3].tolist() == [1] * len(x)
    assert found.sum() == len(x)


# The conductance of a unit -----------------------------------------------------------------------


def test_the_conductance_of_a_unit_by_hand():
    # From 0 to 100 it is on in nine tenths of the path, with a slope of 1 for each entry.
    how = {"layer": "1", "rule": "middle"}
    found = neuron_conductance(hand_mlp(), HAND_VECTOR, 0, neuron=0, **how)
    np.testing.assert_allclose(found, 0.9 * HAND_VECTOR, rtol=1e-14)
    found = neuron_conductance(hand_mlp(), HAND_VECTOR, 0, neuron=2, **how)
    np.testing.assert_allclose(found, HAND_VECTOR, rtol=1e-14)


@every_rule
@settings(max_examples=5)
@given(case=layered_cases(), steps=st.integers(2, 4))
def test_over_all_units_of_a_layer_it_is_integrated_gradients(rule, case, steps):
    net, x, target = case
    how = {"baseline": 0.5, "steps": steps, "rule": rule}
    each = [
        neuron_conductance(net, x, target, layer="5", neuron=j, **how) for j in np.ndindex(5, 2, 1)
    ]
    expected = integrated_gradients(net, x, target, **how)
    np.testing.assert_allclose(sum(each), expected, rtol=0, atol=ROUNDING)


@settings(max_examples=5)
@given(layered_cases())
def test_over_the_input_it_is_the_layers_conductance_of_the_unit(case):
    net, x, target = case
    how = {"layer": "5", "steps": 1000, "batch_size": 500}
    found = neuron_conductance(net, x, target, neuron=(2, 1, 0), **how).sum(axis=(1, 2, 3))
    expected = layer_conductance(net, x, target, **how)[:, 2, 1, 0]
    # Each is off by at most a step of the thousand at a switch, times its jump.
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.03)


@given(layered_cases())
def test_the_baseline_itself_gets_zero(case):
    net, x, target = case
    how = {"layer": "5", "neuron": (0, 0, 0), "baseline": x, "steps": 2}
    assert not neuron_conductance(net, x, target, **how).any()


# What they are given -----------------------------------------------------------------------------


@pytest.mark.parametrize("technique", [neuron_gradient, neuron_conductance])
@pytest.mark.parametrize(
    ("layer", "neuron", "message"),
    [
        ("0", 3, r"neuron: expected .* an int for each axis of \(4, 6, 5\); got 3"),
        ("0", (1, 2), r"neuron: expected .* an int for each axis.*got \(1, 2\)"),
        ("0", (4, 0, 0), "neuron: expected a whole number from 0 to 3, got 4"),
        ("0", (0, -1, 0), "neuron: expected a whole number from 0 to 5, got -1"),
        ("0", (0, 0, 1.0), "neuron: expected a whole number from 0 to 4, got 1.0"),
        ("8", (0, 0), r"neuron: expected .* each axis of \(4,\); got \(0, 0\)"),
        ("8", 4, "neuron: expected a whole number from 0 to 3, got 4"),
        ("8", None, "neuron: expected a whole number from 0 to 3, got None"),
    ],
)
def test_a_unit_that_is_not_there_is_refused(technique, layer, neuron, message):
    with pytest.raises(ValueError, match=message):
        technique(layered(), images(1), layer=layer, neuron=neuron)


def test_a_unit_may_be_named_by_an_array():
    net, x = layered(), images(2)
    y = layer_activation(net, x[:1], layer="0")[0]
    largest = np.argwhere(y == y.max())[0]
    by_tuple = neuron_gradient(net, x, layer="0", neuron=tuple(largest.tolist()))
    assert np.array_equal(neuron_gradient(net, x, layer="0", neuron=largest), by_tuple)


class WithTable(Module):
    """A net with a layer that gives the same for all inputs."""

    def __init__(self):
        self.table, self.net = Identity(), layered()

    def forward(self, x):
        return self.net(x + self.table(Tensor(np.ones(x.shape))))


@pytest.mark.parametrize("technique", [neuron_gradient, neuron_conductance])
def test_a_unit_that_does_not_depend_on_the_input_is_refused(technique):
    with pytest.raises(ValueError, match="layer: what it gives does not depend on x"):
        technique(WithTable(), images(1), layer="table", neuron=(0, 0, 0))


LAYER_AND_UNIT = {
    "layer_activation": layer_activation,
    "internal_influence": internal_influence,
    "neuron_gradient": lambda *args, **how: neuron_gradient(*args, neuron=0, **how),
    "neuron_conductance": lambda *args, **how: neuron_conductance(*args, neuron=0, **how),
}


@pytest.mark.parametrize("name", LAYER_AND_UNIT)
@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("9", ValueError, r"no layer is named '9'"),
        (5, TypeError, "layer: expected a name"),
        ("twice", ValueError, r"'twice' ran 2 times in net\(x\), expected once"),
    ],
)
def test_a_wrong_layer_is_refused(name, layer, error, message):
    with pytest.raises(error, match=message):
        LAYER_AND_UNIT[name](Twice(), np.ones((1, 3)), layer=layer)


class Twice(Sequential):
    """A net with a layer that runs two times."""

    def __init__(self):
        super().__init__(Linear(3, 3, rng=0))
        self.twice = Linear(3, 3, rng=1)

    def forward(self, x):
        return self.twice(self.twice(self[0](x)))


@pytest.mark.parametrize("name", ["internal_influence", "neuron_conductance"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        ({"rule": "simpson"}, "rule: expected one of gausslegendre, .*got 'simpson'"),
        ({"baseline": np.zeros(SHAPE[1:])}, r"baseline: .*got \(6, 5\)"),
    ],
)
def test_a_wrong_setting_is_refused(name, settings, message):
    with pytest.raises(ValueError, match=message):
        LAYER_AND_UNIT[name](layered(), images(1), layer="8", **settings)


def test_a_wrong_batch_size_is_refused():
    with pytest.raises(ValueError, match="batch_size: expected a whole number >= 1, got 0"):
        layer_activation(layered(), images(1), layer="2", batch_size=0)


def test_what_is_no_batch_of_inputs_is_refused():
    for technique in (layer_activation, LAYER_AND_UNIT["neuron_gradient"]):
        with pytest.raises(TypeError, match=r"x: expected an array.*list"):
            technique(layered(), images(1).tolist(), layer="8")
        with pytest.raises(ValueError, match="x: has a NaN or Inf"):
            technique(layered(), images(1) * np.nan, layer="8")
