"""Saliency."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, grad
from techniques import saliency

from .small_nets import MLP, affine, ask, cases, inputs_for


@given(cases(max_inputs=2))
def test_it_is_the_size_of_a_central_difference_of_the_score(case):
    net, x, target = case
    x = x * 0.999 + 1e-4  # Off the clipped values, at which max-pooling has ties.
    rows, h = np.arange(len(x)), 1e-6
    slopes = np.empty_like(x)
    for entry in np.ndindex(x.shape[1:]):
        e = np.zeros_like(x)
        e[(slice(None), *entry)] = h
        difference = ask(net, x + e) - ask(net, x - e)
        slopes[(slice(None), *entry)] = difference[rows, target] / (2 * h)
    # The nets are piecewise linear, so only rounding remains, about 1e-15 / h. Where a kink lies
    # within h, the two differ; with inputs drawn at random that is one entry in thousands.
    off = abs(saliency(net, x, target) - abs(slopes)) > 1e-7
    assert off.mean() <= 0.02


def test_of_a_linear_net_it_is_the_size_of_the_weights():
    w = np.array([[1.0, -2.0, 3.0], [0.0, 4.0, -5.0]])
    x = np.random.default_rng(0).normal(size=(2, 3))
    assert saliency(affine(w), x, [0, 1]).tolist() == [[1, 2, 3], [0, 4, 5]]


def test_without_a_target_it_is_that_of_the_highest_scoring_class():
    net = affine([[1.0, 0.0], [0.0, 2.0]])
    assert saliency(net, np.array([[3.0, 1.0], [1.0, 3.0]])).tolist() == [[1, 0], [0, 2]]


def test_it_is_of_the_score_and_not_of_the_probability():
    net = affine([[1.0, 0.0], [0.0, 1.0]])
    assert saliency(net, np.array([[40.0, 0.0]]), 0).tolist() == [[1, 0]]


@given(cases())
def test_a_pixel_that_the_net_ignores_gets_zero(case):
    net, x, target = case
    first = (slice(None), *[0] * (x.ndim - 1))
    seen = np.ones_like(x)
    seen[first] = 0
    net.eval()
    assert not saliency(lambda t: net(t * seen), x, target)[first].any()


@given(cases(dtypes=("float32", "float64")))
def test_a_batch_gives_what_its_images_give_one_at_a_time(case):
    net, x, target = case
    whole = saliency(net, x, target)
    assert whole.shape == x.shape
    assert whole.dtype == x.dtype
    single = np.concatenate([saliency(net, x[i : i + 1], int(target[i])) for i in range(len(x))])
    # Sums of at most 30 terms near 1.
    np.testing.assert_allclose(whole, single, rtol=0, atol=100 * np.finfo(x.dtype).eps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_keeps_the_precision(dtype):
    net = MLP(dtype=dtype)
    assert saliency(net, inputs_for(net, 2, dtype=dtype)).dtype == dtype


@given(cases(dtypes=("float32", "float64")))
def test_signed_it_is_the_gradient_itself(case):
    net, x, target = case
    net.eval()
    variable = Tensor(x)
    s = net(variable)[np.arange(len(x)), target].sum()
    assert np.array_equal(saliency(net, x, target, signed=True), grad(s, variable).data)
    assert np.array_equal(saliency(net, x, target), abs(grad(s, variable).data))
