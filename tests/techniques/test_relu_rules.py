"""Guided backpropagation and the deconvnet: other rules at the ReLUs."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, grad, maximum, override, relu, softplus
from nets.layers import ReLU
from techniques import deconvnet, guided_backprop, saliency

from .layered import HAND_IMAGE, hand_cnn
from .small_nets import MLP, affine, inputs_for
from .small_nets import cases as small_cases

both = pytest.mark.parametrize("technique", [guided_backprop, deconvnet])


def test_guided_backprop_by_hand():
    assert guided_backprop(hand_cnn(), HAND_IMAGE, 0)[0, 0].tolist() == [
        [0, 1, 1, 1],
        [1, 3, 3, 2],
        [1, 3, 3, 2],
        [1, 2, 2, 1],
    ]


def test_deconvnet_by_hand():
    assert deconvnet(hand_cnn(), HAND_IMAGE, 0)[0, 0].tolist() == [
        [2, 3, 3, 1],
        [3, 5, 5, 2],
        [3, 5, 5, 2],
        [1, 2, 2, 1],
    ]


@given(small_cases())
def test_of_an_mlp_they_are_its_matrices_with_other_gates(case):
    net, x, target = case
    if not isinstance(net, MLP):
        return
    w1, b1, w2, _ = (w.data for w in net.weights)
    on = x @ w1.T + b1 > 0
    g = w2[target]
    # Sums of at most 8 terms near 1.
    np.testing.assert_allclose(
        guided_backprop(net, x, target), (g * (g > 0) * on) @ w1, rtol=0, atol=1e-13
    )
    np.testing.assert_allclose(deconvnet(net, x, target), (g * (g > 0)) @ w1, rtol=0, atol=1e-13)


@both
def test_a_relu_used_twice_and_one_that_is_a_function_are_met(technique):
    # One and the same layer, then the function. The first ReLU's gradient is −1 in one entry, so
    # the rules stop it there; the last one's is −1 in the other.
    layer = ReLU()

    def net(x):
        h = layer(layer(x) * np.array([1.0, -1.0]) + 2)
        return relu(h * np.array([-1.0, 1.0]) + 9) @ np.eye(2)

    x = np.array([[1.0, 1.0]])
    assert saliency(net, x, 0).tolist() == [[1, 0]]
    assert saliency(net, x, 1).tolist() == [[0, 1]]
    assert not technique(net, x).any()
    assert not technique(net, x, 1).any()


def test_a_deconvnet_does_not_ask_whether_a_unit_was_on():
    def net(x):
        return relu(x) @ np.array([[1.0], [2.0]])

    x = np.array([[-1.0, 3.0]])
    assert deconvnet(net, x).tolist() == [[1, 2]]
    assert guided_backprop(net, x).tolist() == [[0, 2]]


@both
def test_the_rules_are_as_before_afterwards_also_when_it_raises(technique):
    def slope():
        x = Tensor(np.ones(1))
        return grad(relu(x) * -1, x).data.tolist()

    x = np.ones((1, 2))
    technique(lambda t: relu(t), x)
    assert slope() == [-1]
    with override(relu=lambda g, out, _x: 7 * g):
        technique(lambda t: relu(t), x)
        assert slope() == [-7]
        with pytest.raises(ValueError, match="target"):
            technique(lambda t: relu(t), x, 5)
        assert slope() == [-7]


@both
@pytest.mark.parametrize("nonlinearity", [lambda x: x, softplus, lambda x: maximum(x, 0)])
def test_a_net_without_a_relu_is_refused(technique, nonlinearity):
    net = affine(np.eye(3))
    with pytest.raises(ValueError, match=r"there is no relu between x and the scores.*saliency"):
        technique(lambda x: nonlinearity(net(x)), np.ones((1, 3)))


@both
def test_a_relu_beside_the_way_from_the_input_does_not_count(technique):
    w = Tensor(np.eye(3))
    with pytest.raises(ValueError, match="there is no relu between x and the scores"):
        technique(lambda x: x @ relu(w), np.ones((1, 3)))


def test_where_all_is_on_and_positive_both_are_the_gradient():
    net = MLP()
    for w in net.weights:
        w.data = abs(w.data)
    x = abs(inputs_for(net, 3))
    expected = saliency(net, x)
    assert np.array_equal(guided_backprop(net, x), expected)
    assert np.array_equal(deconvnet(net, x), expected)
