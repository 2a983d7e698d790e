"""DeepLIFT: the score's change, put down to the entries that made it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, linear, max_pool2d, relu, softmax, where
from autograd.strategies import nets
from nets.layers import ReLU
from techniques import deeplift, input_x_gradient, saliency

from .layered import SHAPE, images, layered
from .small_nets import MLP, affine, inputs_for

# Sums of a few hundred terms, in float64 (rounding 1e-16), relative to the sum of their sizes.
ROUNDING = 1e-12


def assert_complete(net, x, baseline, target=0):
    found = deeplift(net, x, target, baseline=baseline)
    b = np.broadcast_to(np.asarray(baseline, x.dtype), x.shape)
    change = (net(Tensor(x)).data - net(Tensor(b)).data)[:, target]
    shares = found.reshape(len(x), -1)
    scale = abs(shares).sum(axis=1) + abs(change) + 1
    assert (abs(shares.sum(axis=1) - change) <= ROUNDING * scale).all()


@given(nets(), st.sampled_from([0.0, 0.5, -1.0, None]))
def test_the_shares_add_up_to_the_change_of_the_score(case, baseline):
    net, (x, *parameters) = case
    baseline = x[::-1].copy() if baseline is None else baseline
    assert_complete(lambda t: net(t, *parameters), x, baseline)


NONLINEAR = {
    **{
        name: getattr(autograd, name)
        for name in ("relu", "leaky_relu", "elu", "gelu", "softplus", "sigmoid", "tanh", "erf")
    },
    **{name: getattr(autograd, name) for name in ("exp", "sin", "cos", "abs")},
    "logarithm": lambda h: autograd.log(1 + h * h),
    "root": lambda h: autograd.sqrt(1 + h * h),
    "power": lambda h: h**3,
    "clip": lambda h: autograd.clip(h, -0.5, 1),
    "maximum": lambda h: autograd.maximum(h, 0.5 * h + 0.1),
    "minimum, one side constant": lambda h: autograd.minimum(h, 0.3),
    "square": lambda h: h * h,
    "swish": lambda h: h * autograd.sigmoid(h),
    "several products": lambda h: h * autograd.sigmoid(h) * autograd.tanh(h) * h,
    "quotient": lambda h: h / (1 + h * h),
    "softmax, written out": lambda h: autograd.exp(h) / autograd.exp(h).sum(1, keepdims=True),
    "layer normalisation": lambda h: (
        (h - h.mean(axis=1, keepdims=True)) / autograd.sqrt(h.var(axis=1, keepdims=True) + 0.1)
    ),
    "attention": lambda h: autograd.einsum("ni,ni->ni", h, autograd.tanh(h)),
    "matrix product": lambda h: (h.reshape(-1, 6, 1) @ h.reshape(-1, 1, 6)).sum(axis=2),
    "largest": lambda h: h.max(axis=1, keepdims=True) + 0 * h,
    "smallest": lambda h: h.min(axis=1, keepdims=True) + 0 * h,
    "overlapping windows": lambda h: max_pool2d(h.reshape(-1, 1, 2, 3), 2, 1, padding=1).reshape(
        -1, 12
    )[:, :6],
}


@pytest.mark.parametrize("f", NONLINEAR.values(), ids=NONLINEAR)
@settings(max_examples=15)
@given(st.integers(0, 99))
def test_the_shares_add_up_whatever_is_in_the_net(f, seed):
    rng = np.random.default_rng(seed)
    w, v, b = rng.normal(size=(6, 5)), rng.normal(size=(5, 6)), rng.normal(size=6)
    w, v = w / 3, v / 3
    x, baseline = rng.normal(size=(2, 3, 5))

    def net(x):
        return linear(f(linear(f(linear(x, w, b)), v, b[:5])[:, :5] @ w.T), w.T)

    assert_complete(net, x, baseline)


def test_a_unit_that_is_saturated_has_its_share():
    """The example of the paper's figure 1, whose gradient is 0."""

    def net(x):
        return 1 - relu(1 - x.sum(axis=1, keepdims=True))

    x = np.ones((1, 2))
    assert not saliency(net, x).any()
    assert deeplift(net, x).tolist() == [[0.5, 0.5]]


def test_of_an_mlp_the_hidden_units_have_the_slope_of_their_change():
    net = MLP()
    w1, b1, w2, _ = (w.data for w in net.weights)
    x, b = inputs_for(net, 3), inputs_for(net, 3, seed=1)
    z_x, z_b = x @ w1.T + b1, b @ w1.T + b1
    slope = (np.maximum(z_x, 0) - np.maximum(z_b, 0)) / (z_x - z_b)
    target = np.array([3, 0, 2])
    expected = (x - b) * ((w2[target] * slope) @ w1)
    np.testing.assert_allclose(deeplift(net, x, target, baseline=b), expected, rtol=1e-12)


def test_a_maximum_is_put_down_to_what_was_or_has_become_the_largest():
    def net(x):
        return x.max(axis=1, keepdims=True)

    low, high = np.array([[0.0, 2.0]]), np.array([[3.0, 1.0]])
    assert deeplift(net, high, baseline=low).tolist() == [[1, 0]]
    assert deeplift(net, low, baseline=high).tolist() == [[-1, 0]]
    lower = deeplift(lambda x: x.min(axis=1, keepdims=True), high, baseline=low)
    assert lower.tolist() == [[1, 0]]


def test_where_nothing_changes_the_slope_is_taken():
    # The unit's input is the same for x and b, since the changes of its inputs cancel.
    def net(x):
        return autograd.sigmoid(linear(x, np.array([[1.0, -1.0]])))

    x = np.array([[0.75, 0.5]])
    slope = 1 / (2 + np.exp(0.25) + np.exp(-0.25))
    for change in (0.0, 1e-14):  # Rounding in the output would be 1 % of it, or more.
        found = deeplift(net, x, baseline=x - np.array([[1 + change, 1]]))
        np.testing.assert_allclose(found, [[slope, -slope]], rtol=1e-12)


def test_a_layer_used_twice_and_a_function_are_met():
    layer = ReLU()
    w = np.random.default_rng(0).normal(size=(4, 4))
    x = np.random.default_rng(1).normal(size=(3, 4))
    twice = deeplift(lambda x: linear(layer(linear(layer(linear(x, w)), w)), w), x, 1)
    each = deeplift(lambda x: linear(relu(linear(ReLU()(linear(x, w)), w)), w), x, 1)
    assert np.array_equal(twice, each)
    # Without a bias and with a baseline of zeros, a ReLU's slope is its gradient.
    by_gradient = input_x_gradient(lambda x: linear(relu(linear(relu(linear(x, w)), w)), w), x, 1)
    np.testing.assert_allclose(each, by_gradient, rtol=1e-12)


def test_of_a_linear_net_it_is_the_weights_times_the_change():
    w = np.array([[1.0, -2.0, 3.0]])
    x = np.array([[0.5, 1.0, 2.0]])
    assert deeplift(affine(w, 5.0), x, baseline=1.0).tolist() == [[-0.5, 0.0, 3.0]]


def test_a_baseline_is_a_number_or_like_one_input_or_like_the_batch():
    net, x = layered(), images(3)
    one = np.full(SHAPE, 0.25)
    expected = deeplift(net, x, 1, baseline=0.25)
    for baseline in (one, one[None], np.stack([one] * 3), one.astype(np.float32)):
        assert np.array_equal(deeplift(net, x, 1, baseline=baseline), expected)


@pytest.mark.parametrize(
    ("baseline", "error", "message"),
    [
        (np.zeros((6, 5)), ValueError, r"baseline: .*\(2, 6, 5\).*got \(6, 5\)"),
        (np.nan, ValueError, "baseline: has a NaN or Inf"),
        (None, TypeError, "baseline: expected a number or an array, got NoneType"),
    ],
)
def test_a_wrong_baseline_is_refused(baseline, error, message):
    with pytest.raises(error, match=message):
        deeplift(layered(), images(2), baseline=baseline)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (lambda x: softmax(x), "deeplift has no rule for softmax"),
        (lambda x: autograd.norm(softmax(x), axis=1, keepdims=True), "for norm, softmax as used"),
        (lambda x: 2 ** (x * x) ** x, "deeplift has no rule for power"),
        (lambda x: autograd.einsum("ni,ni,ni->n", x, x, x)[:, None], "no rule for einsum"),
        (lambda x: Tensor(np.ones((len(x), 2))), "the scores do not depend on x"),
        (lambda x: where(x.data > 0, x, -x), "the multipliers do not account for the change"),
    ],
)
def test_a_net_that_it_does_not_know_is_refused(net, message):
    with pytest.raises(ValueError, match=message):
        deeplift(net, np.array([[2.0, -2.0]]), 0, baseline=np.array([-1.0, 3.0]))
