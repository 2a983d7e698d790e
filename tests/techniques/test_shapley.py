"""Shapley values: over all orders, over sampled ones, and as a fit (KernelSHAP)."""

from functools import partial
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import kernel_shap, shapley_values
from techniques.kernel_shap import all_sets, drawn_sets

from .layered import HAND_VECTOR, hand_mlp
from .small_nets import MLP, ask, cases, inputs_for, softmax_of

# Sums of scores below 100 in float64, over up to 4096 sets.
ROUNDING = 1e-10

BY_HAND = [[230 / 3, 590 / 3, 350 / 3]]


def quarters(x):
    """A mask of four regions of inputs of any shape."""
    return (np.arange(x[0].size) * 4 // x[0].size).reshape(x.shape[1:])


def test_by_hand():
    for found in (
        shapley_values(hand_mlp(), HAND_VECTOR, 0, exact=True),
        kernel_shap(hand_mlp(), HAND_VECTOR, 0),
    ):
        np.testing.assert_allclose(found, BY_HAND, rtol=1e-14)


def test_by_hand_sampled():
    found = shapley_values(hand_mlp(), HAND_VECTOR, 0, samples=400, rng=0)
    # The gain of a region is off its mean by 10 at most, as the order has the first ReLU open.
    np.testing.assert_allclose(found, BY_HAND, rtol=0, atol=4 * 10 / np.sqrt(400))


@given(cases(max_inputs=2))
def test_exact_is_the_mean_gain_over_all_orders(case):
    net, x, target = case
    mask = quarters(x)
    expected = np.zeros((len(x), 4))
    for order in permutations(range(4)):
        points = [np.where(np.isin(mask, order[:k]), x, 0.3) for k in range(5)]
        s = [ask(net, point)[np.arange(len(x)), target] for point in points]
        for k, region in enumerate(order):
            expected[:, region] += (s[k + 1] - s[k]) / 24
    found = shapley_values(net, x, target, mask=mask, baseline=0.3, exact=True)
    np.testing.assert_allclose(found, expected[:, mask], rtol=0, atol=ROUNDING)


@given(cases(), st.integers(1, 7))
def test_kernel_shap_over_all_sets_is_exact_shapley(case, regions):
    net, x, target = case
    mask = np.random.default_rng(regions).permutation(x[0].size).reshape(x.shape[1:]) % regions
    how = {"mask": mask, "baseline": 0.3}
    np.testing.assert_allclose(
        kernel_shap(net, x, target, samples=2**regions, **how),
        shapley_values(net, x, target, exact=True, **how),
        rtol=0,
        atol=ROUNDING,
    )


@pytest.mark.parametrize(
    ("technique", "settings"),
    [
        (shapley_values, {"exact": True}),
        (shapley_values, {"samples": 1, "rng": 0}),
        (shapley_values, {"samples": 7, "rng": 0}),
        (kernel_shap, {}),
        (kernel_shap, {"samples": 8, "rng": 0}),
    ],
)
@given(cases())
def test_the_values_add_up_to_the_change_of_the_score(technique, settings, case):
    net, x, target = case
    mask = quarters(x)
    found = technique(net, x, target, mask=mask, baseline=x[::-1], **settings)
    _, first = np.unique(mask, return_index=True)
    values = found.reshape(len(x), -1)[:, first]
    change = (ask(net, x) - ask(net, x[::-1]))[np.arange(len(x)), target]
    np.testing.assert_allclose(values.sum(axis=1), change, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize(
    "technique", [partial(shapley_values, exact=True), kernel_shap], ids=["shapley", "kernel"]
)
@given(st.integers(0, 999), st.integers(0, 999))
def test_entries_that_do_the_same_get_the_same(technique, seed_of_net, seed_of_inputs):
    net = MLP(seed_of_net)
    net.eval()
    x = inputs_for(net, 2, seed_of_inputs)
    found = technique(lambda v: net(v) + net(v[:, ::-1]), x + x[:, ::-1], 1)
    np.testing.assert_allclose(found, found[:, ::-1], rtol=0, atol=ROUNDING)


def test_twelve_regions_are_the_most_for_all_orders():
    net = MLP()
    net.weights[0].data = np.random.default_rng(0).normal(size=(8, 13))
    net.eval()
    x = np.random.default_rng(1).normal(size=(1, 13))
    with pytest.raises(ValueError, match="exact: only for at most 12 regions, got 13; give a mask"):
        shapley_values(net, x, exact=True)
    twelve = np.arange(13) * 12 // 13
    found = shapley_values(net, x, 1, mask=twelve, exact=True, batch_size=5000)
    other = kernel_shap(net, x, 1, mask=twelve, samples=4094, batch_size=5000)
    np.testing.assert_allclose(found, other, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("m", [2, 3, 8])
def test_sets_are_drawn_as_often_as_their_weights_say_and_each_with_its_complement(m):
    sets, weight = drawn_sets(m, 20_000, seed=0)
    assert np.array_equal(sets[:10_000], ~sets[10_000:])
    assert (weight == 1).all()
    drawn = sets[:10_000]
    every, expected = all_sets(m)
    number = drawn @ 2 ** np.arange(m)
    often = np.array([(number == each).mean() for each in every @ 2 ** np.arange(m)])
    expected = expected / expected.sum()
    # 10 000 draws; each of up to 254 shares within five of its standard errors.
    assert (abs(often - expected) <= 5 * np.sqrt(expected / 10_000)).all()


def test_too_few_samples_for_a_fit_are_refused():
    def net(x):
        raise AssertionError("the net was run")

    x = np.ones((1, 10))
    with pytest.raises(
        ValueError, match="samples: expected at least 2 for each of 10 regions, got"
    ):
        kernel_shap(net, x, samples=19)
    # Of two regions, there are two sets, which may both be asked about.
    two = np.arange(10) % 2
    assert kernel_shap(lambda v: v, x, 0, mask=two, samples=2).any()


def test_scores_may_be_probabilities():
    """The values share whatever the net returns, and 12 digits of it."""
    net = MLP()
    x = inputs_for(net, 2)
    net.eval()

    def probabilities(v):
        e = (net(v)).exp()
        return e / e.sum(axis=1, keepdims=True)

    found = shapley_values(probabilities, x, 1, exact=True)
    change = softmax_of(ask(net, x))[:, 1] - softmax_of(ask(net, 0 * x))[:, 1]
    np.testing.assert_allclose(found.sum(axis=1), change, rtol=0, atol=1e-12)
