"""The full gradient."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, concatenate, grad, linear, relu, resize, sigmoid
from autograd.strategies import nets
from nets import Module
from nets.layers import Conv2d, Linear, ReLU, Sequential
from nets.resnet import BasicBlock
from techniques import full_gradient, input_x_gradient

from .layered import HAND_VECTOR, hand_mlp, images, layered, layered_cases, scores_of
from .small_nets import affine, cases


def total(found):
    return sum(term.reshape(len(term), -1).sum(axis=1) for term in (found.input, *found.biases))


# Sums of a few hundred terms of at most 100, in float64.
ROUNDING = 1e-11


@given(layered_cases())
def test_all_terms_add_up_to_the_score(case):
    net, x, target = case
    found = full_gradient(net, x, target)
    s = scores_of(net, x, target)
    np.testing.assert_allclose(found.score, s, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(total(found), s, rtol=0, atol=ROUNDING)
    assert abs(found.missing).max() <= ROUNDING


@given(cases())
def test_a_net_made_of_ops_alone_is_complete_too(case):
    net, x, target = case
    assert abs(full_gradient(net, x, target).missing).max() <= ROUNDING


@given(nets())
def test_random_nets_of_relus_are_complete(drawn):
    net, (x, *parameters) = drawn
    net = type(net)(tuple("relu" for _ in net.activations), net.stride, net.pool)
    found = full_gradient(lambda x: net(x + 0.5, *parameters) - 0.25, x, 1)
    assert abs(found.missing).max() <= ROUNDING
    # The number that is added first, the bias of the last layer, and the one that is taken off.
    assert len(found.biases) == 3


def test_each_layer_with_a_bias_has_a_term_and_no_other():
    net = layered()
    shapes = [term.shape for term in full_gradient(net, images(3)).biases]
    # Convolution, batch normalisation, convolution and the linear layer.
    assert shapes == [(3, 4, 6, 5), (3, 4, 6, 5), (3, 5, 2, 1), (3, 4)]


def test_a_residual_net_is_complete():
    net = Sequential(Conv2d(2, 4, 3, rng=0), BasicBlock(4, 4, 1), BasicBlock(4, 6, 2))
    rng = np.random.default_rng(0)
    arrays = [*((name, p.data) for name, p in net.named_parameters()), *net.named_buffers()]
    for name, array in arrays:
        if name.endswith(("mean", "bias", "var")):
            array[...] = rng.uniform(0.5, 2, array.shape)

    class Classifier(Module):
        def __init__(self):
            self.body = net

        def forward(self, x):
            return self.body(x).mean(axis=(2, 3))

    found = full_gradient(Classifier(), images(2), 3)
    assert len(found.biases) == 1 + 2 + 3
    assert (abs(found.missing) <= 1e-5 * abs(found.score)).all()  # Its parameters are in float32.


@given(layered_cases())
def test_a_bias_term_is_the_bias_times_its_gradient(case):
    net, x, target = case
    found = full_gradient(net, x, target)
    with net.in_mode(training=False):
        s = net(Tensor(x))[np.arange(len(x)), target]
    for term, layer in ((found.biases[0], net[0]), (found.biases[2], net[5])):
        g = grad(s.sum(), layer.bias).data  # Over the batch and all places.
        np.testing.assert_allclose(term.sum(axis=(0, 2, 3)), g * layer.bias.data, atol=ROUNDING)


@given(layered_cases())
def test_the_bias_of_batch_normalisation_is_what_it_adds_to_zero(case):
    net, x, target = case
    norm = net[1]
    deviation = np.sqrt(norm.running_var + norm.eps)
    bias = norm.bias.data - norm.weight.data * norm.running_mean / deviation
    with net.in_mode(training=False):
        y = net[1](net[0](Tensor(x)))
        s = Sequential(*(net[i] for i in range(2, 9)))(y)[np.arange(len(x)), target]
    expected = grad(s.sum(), y).data * bias.reshape(-1, 1, 1)
    found = full_gradient(net, x, target).biases[1]
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


def test_by_hand():
    found = full_gradient(hand_mlp(), HAND_VECTOR, 0)
    # relu(Σx − 10) + 3 relu(Σx + 1) − 1: all four units are on.
    assert found.input.tolist() == [[80, 200, 120]]
    assert [term.tolist() for term in found.biases] == [[[-10, 1, 1, 1]], [[-1, 0]]]
    assert found.score.tolist() == [392]
    assert found.missing.tolist() == [0]


@given(layered_cases())
def test_the_first_term_is_input_x_gradient(case):
    np.testing.assert_allclose(
        full_gradient(*case).input, input_x_gradient(*case), rtol=0, atol=ROUNDING
    )


def test_constants_in_formulas_are_biases_and_parameters_by_themselves_are_not():
    w, c = Tensor(np.array([[1.0, -2.0], [3.0, 4.0]])), Tensor(np.array([0.5, 7.0]))

    def net(x):
        scaled = w * (c * 2 + 1)  # Nothing of this depends on x.
        both = concatenate([linear(x, scaled), 3 - x], axis=1)
        return relu(both) @ np.ones((4, 1)) + 10

    found = full_gradient(net, np.array([[1.0, 2.0]]))
    assert abs(found.missing).max() < 1e-13
    assert [term.shape for term in found.biases] == [(1, 2), (1, 1)]  # 3 − x, and + 10.


def test_what_a_curved_op_adds_is_missing():
    x = np.array([[2.0]])
    found = full_gradient(lambda x: sigmoid(x), x)
    s = 1 / (1 + np.exp(-2.0))
    # The op gives ½ for 0, but its tangent at 2 is not so high there.
    assert abs(found.missing[0] - (s - 2 * s * (1 - s) - 0.5 * 1)) < 1e-12


def test_the_map_is_the_sum_of_scaled_terms():
    found = full_gradient(layered(), images(2), [0, 3])
    expected = 0
    for term in (found.input, *found.biases[:3]):
        size = abs(term)
        low, high = (
            np.array([end(each) for each in size]).reshape(-1, 1, 1, 1) for end in (np.min, np.max)
        )
        scaled = np.where(high > low, (size - low) / np.where(high > low, high - low, 1), 0)
        expected = expected + resize(scaled, (6, 5), align_corners=True).data.sum(axis=1)
    assert found.map.shape == (2, 6, 5)
    np.testing.assert_allclose(found.map, expected, rtol=0, atol=1e-13)


def test_a_map_is_of_images():
    found = full_gradient(hand_mlp(), HAND_VECTOR)
    with pytest.raises(ValueError, match=r"map: expected images \(N, C, H, W\), got \(1, 3\)"):
        found.map  # noqa: B018


def test_without_biases_all_is_the_inputs():
    w = np.array([[1.0, -2.0, 3.0]])
    found = full_gradient(affine(w), np.array([[1.0, 2.0, 3.0]]))
    assert found.biases == []
    assert found.input.tolist() == [[1, -4, 9]]


def test_an_op_that_has_no_value_at_zero_is_refused():
    with pytest.raises(ValueError, match="net: divide of zeros is not finite"):
        full_gradient(lambda x: x / (x * x).sum(axis=1, keepdims=True), np.ones((1, 3)))


def test_biases_must_have_a_row_for_each_input():
    def net(x):
        return (x.reshape((1, 6)) + 1).reshape((2, 3))

    with pytest.raises(ValueError, match=r"net: add adds a bias to \(1, 6\), expected a row"):
        full_gradient(net, np.ones((2, 3)))


def test_the_precision_stays():
    net = Sequential(Linear(3, 4, rng=0), ReLU(), Linear(4, 2, rng=0))
    found = full_gradient(net, np.ones((2, 3), np.float32))
    assert {array.dtype.name for array in (found.score, found.input, *found.biases)} == {"float32"}
