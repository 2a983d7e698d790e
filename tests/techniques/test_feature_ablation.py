"""Feature ablation, and feature permutation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import feature_ablation, feature_permutation, occlusion

from .layered import HAND_VECTOR, SHAPE, hand_mlp, layered_cases, scores_of
from .small_nets import MLP, ask, inputs_for

# Differences of scores below 100 in float64, which other batches round otherwise.
ROUNDING = 1e-11


def test_by_hand():
    # Score 0 is 392 with all, and 312, 192 and 272 without one.
    assert feature_ablation(hand_mlp(), HAND_VECTOR, 0).tolist() == [[80, 200, 120]]


@given(layered_cases(), st.data())
def test_it_is_the_drop_of_the_score_without_a_region(case, data):
    net, x, target = case
    regions = data.draw(st.integers(1, 5))
    mask = np.random.default_rng(regions).permutation(60).reshape(SHAPE) % regions
    found = feature_ablation(net, x, target, mask=mask, baseline=x[::-1])
    before = scores_of(net, x, target)
    for region in range(regions):
        drop = before - scores_of(net, np.where(mask == region, x[::-1], x), target)
        entries = found[:, mask == region]
        expected = np.broadcast_to(drop[:, None], entries.shape)
        np.testing.assert_allclose(entries, expected, rtol=0, atol=ROUNDING)


@given(layered_cases(), st.integers(1, 6), st.integers(1, 5))
def test_occlusion_with_a_stride_as_large_as_the_window_is_ablation_of_that_grid(case, h, w):
    net, x, target = case
    y, column = np.mgrid[:6, :5]
    grid = y // h * -(-5 // w) + column // w
    np.testing.assert_allclose(
        feature_ablation(net, x, target, mask=grid, baseline=0.5),
        occlusion(net, x, target, window=(h, w), stride=(h, w), baseline=0.5),
        rtol=0,
        atol=ROUNDING,
    )


def test_of_two_inputs_permutation_gives_each_the_regions_of_the_other():
    net = MLP()
    x = inputs_for(net, 2)
    expected = feature_ablation(net, x, [1, 2], baseline=x[::-1])
    found = feature_permutation(net, x, [1, 2], samples=1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("seed", range(5))
def test_a_permutation_leaves_no_input_in_its_place(seed):
    # Were an input its own partner, its map would be 0.
    net = MLP()
    x = inputs_for(net, 4)
    found = feature_permutation(net, x, 1, samples=1, rng=seed)
    partners = [feature_ablation(net, x, 1, baseline=np.roll(x, k, 0)) for k in (1, 2, 3)]
    for n in range(4):
        distances = [abs(found[n] - each[n]).max() for each in partners]
        assert min(distances) <= ROUNDING
    assert abs(found).max(axis=1).min() > 1e-3


def test_each_input_needs_another():
    with pytest.raises(ValueError, match=r"x: expected at least two inputs.*got 1"):
        feature_permutation(MLP(), inputs_for(MLP(), 1))


def test_what_no_class_depends_on_is_0_wherever_it_comes_from():
    net = MLP()
    x = inputs_for(net, 3)
    net.weights[0].data[:, 2] = 0
    net.eval()
    assert ask(net, x).any()
    # Scores computed in batches of other sizes.
    assert abs(feature_permutation(net, x)[:, 2]).max() <= ROUNDING
