"""What the techniques that replace regions of the input have in common."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given

from autograd import to_cpu, to_device
from techniques import (
    feature_ablation,
    feature_permutation,
    kernel_shap,
    lime,
    rise,
    shapley_values,
)

from .small_nets import MLP, ConvNet, affine, ask, cases, inputs_for

# Differences and sums of scores below 100 in float64, which other batches round otherwise.
ROUNDING = 1e-10

BY_REGION = {
    "feature_ablation": feature_ablation,
    "shapley_values": partial(shapley_values, samples=6, rng=0),
    "shapley_values exact": partial(shapley_values, exact=True),
    "kernel_shap": partial(kernel_shap, samples=20, rng=0),
    "kernel_shap exact": kernel_shap,
    # With next to no penalty, so that a linear function is found as it is.
    "lime": partial(lime, samples=60, rng=0, alpha=1e-9),
    "lime lasso": partial(lime, samples=60, rng=0, alpha=1e-9, model="lasso"),
}
# How far that penalty, and where the descent of the lasso stops, may take it from there.
PENALTY = 1e-7
RANDOM = {
    "feature_permutation": partial(feature_permutation, samples=2),
    "shapley_values": partial(shapley_values, samples=2),
    "kernel_shap": partial(kernel_shap, samples=15),
    "lime": partial(lime, samples=15),
    "rise": partial(rise, samples=15),
}
by_region = pytest.mark.parametrize("technique", BY_REGION.values(), ids=BY_REGION)
at_random = pytest.mark.parametrize("technique", RANDOM.values(), ids=RANDOM)

# Regions of the images of ConvNet, (2, 6, 5): six patches, and each colour's upper and lower half.
PATCHES = (np.arange(6)[:, None] // 2 * 2 + np.arange(5) // 3)[None]
HALVES = np.arange(2)[:, None, None] * 2 + (np.arange(6)[:, None] // 3)


def value_of_each(found, mask):
    """The values (N, M) of maps that have one value on each region."""
    mask = np.broadcast_to(mask, found.shape[1:])
    values = []
    for region in range(mask.max() + 1):
        entries = found[:, mask == region]
        assert (entries == entries[:, :1]).all()
        values.append(entries[:, 0])
    return np.stack(values, axis=1)


@by_region
@pytest.mark.parametrize("mask", [PATCHES, HALVES, PATCHES[0]], ids=["patches", "halves", "2-d"])
def test_of_an_additive_score_a_region_has_what_it_adds(technique, mask):
    rng = np.random.default_rng(0)
    w = rng.normal(size=(4, 60))
    x, b = rng.normal(size=(2, 3, 2, 6, 5))
    of_entries = w[[1, 0, 3]].reshape(3, 2, 6, 5) * (x - b)

    def net(x):
        return affine(w, 5.0)(x.reshape(len(x), 60))

    found = technique(net, x, [1, 0, 3], mask=mask, baseline=b)
    regions = np.broadcast_to(mask, (2, 6, 5))
    expected = np.stack(
        [of_entries[:, regions == region].sum(1) for region in range(mask.max() + 1)], axis=1
    )
    np.testing.assert_allclose(value_of_each(found, mask), expected, rtol=0, atol=PENALTY)


@by_region
def test_inputs_may_have_masks_of_their_own(technique):
    net = ConvNet()
    x = inputs_for(net, 2)
    each = np.stack([np.broadcast_to(PATCHES, (2, 6, 5)), np.broadcast_to(HALVES, (2, 6, 5))])
    found = technique(net, x, 1, mask=each)
    for n, mask in enumerate((PATCHES, HALVES)):  # Of six and of four regions.
        alone = technique(net, x[n : n + 1], 1, mask=mask)
        np.testing.assert_allclose(found[n], alone[0], rtol=0, atol=ROUNDING)


# LIME has hardly a sample without the only region, so its penalty counts.
@pytest.mark.parametrize("name", [name for name in BY_REGION if "lime" not in name])
def test_a_region_that_is_all_there_is_gets_the_whole_change(name):
    net = ConvNet()
    x = inputs_for(net, 2)
    found = BY_REGION[name](net, x, [0, 2], mask=np.zeros((6, 5), int), baseline=0.5)
    change = (ask(net, x) - ask(net, 0 * x + 0.5))[[0, 1], [0, 2]]
    expected = np.broadcast_to(change[:, None, None, None], x.shape)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


@by_region
def test_without_a_mask_each_entry_of_a_vector_is_a_region(technique):
    net = MLP()
    x = inputs_for(net, 3)
    assert np.array_equal(technique(net, x, 2), technique(net, x, 2, mask=np.arange(7)))


# Those that fit what they have sampled spread their noise over all regions.
@pytest.mark.parametrize(
    "name", ["feature_ablation", "shapley_values", "shapley_values exact", "kernel_shap exact"]
)
@given(cases())
def test_a_region_that_the_net_does_not_see_gets_nothing(name, case):
    net, x, target = case
    mask = np.arange(x[0].size).reshape(x.shape[1:]) * 5 // x[0].size
    net.eval()
    found = BY_REGION[name](lambda v: net(v * (mask != 2)), x, target, mask=mask)
    assert abs(found[:, mask == 2]).max() <= ROUNDING


@by_region
@pytest.mark.parametrize(
    ("mask", "error", "message"),
    [
        ([[0, 1]], TypeError, "mask: expected an array of integers.*got list"),
        (np.zeros((6, 5)), TypeError, "mask: expected an array of integers.*got an array of float"),
        (np.zeros((6, 5), bool), TypeError, "mask: expected an array of integers.*of bool"),
        (
            np.zeros((5, 6), int),
            ValueError,
            r"mask: .*broadcast to x, \(2, 2, 6, 5\), got \(5, 6\)",
        ),
        (np.zeros((3, 1, 6, 5), int), ValueError, r"mask: .*got \(3, 1, 6, 5\)"),
        (np.zeros((1, 2, 2, 6, 5), int), ValueError, r"mask: .*got \(1, 2, 2, 6, 5\)"),
        (2 * PATCHES, ValueError, "mask: expected the 6 regions.*from 0 to 5 .*got 0 to 10"),
        (1 + PATCHES, ValueError, "mask: .*from 0 to 5 without gaps, got 1 to 6"),
        (PATCHES - 1, ValueError, "mask: .*from 0 to 5 without gaps, got -1 to 4"),
        (
            np.stack([PATCHES, PATCHES + (PATCHES > 3)]),
            ValueError,
            "mask: .*from 0 to 5 without gaps, got 0 to 6",
        ),
    ],
)
def test_what_is_no_mask_is_refused(technique, mask, error, message):
    def net(x):
        raise AssertionError("the net was run")

    with pytest.raises(error, match=message):
        technique(net, inputs_for(ConvNet(), 2), mask=mask)


@at_random
@pytest.mark.parametrize("net", [ConvNet(), MLP()], ids=["images", "vectors"])
def test_a_seed_gives_the_same_result_again(technique, net):
    x = inputs_for(net, 2)
    mask = PATCHES if net.shape == (2, 6, 5) else None
    how = {} if technique.func is rise else {"mask": mask}
    # As many sets of patches as are drawn are too few to go through them all.
    found = [technique(net, x, 1, rng=rng, **how) for rng in (3, 3, np.random.default_rng(3), 4)]
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    two_ways = technique.func is feature_permutation  # Of two inputs, there is one way to exchange.
    assert np.array_equal(found[0], found[3]) == two_ways


@at_random
def test_a_generator_goes_on_from_call_to_call(technique):
    net, rng = MLP(), np.random.default_rng(0)
    x = inputs_for(net, 4)
    assert not np.array_equal(technique(net, x, 1, rng=rng), technique(net, x, 1, rng=rng))


@at_random
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"samples": 0}, "samples: expected a whole number >= 1, got 0"),
        ({"samples": 2.5}, "samples: expected a whole number >= 1, got 2.5"),
        ({"rng": -1}, "rng: expected a seed >= 0 or a Generator, got -1"),
        ({"batch_size": 0}, "batch_size: expected a whole number >= 1, got 0"),
    ],
)
def test_what_is_no_setting_is_refused(technique, settings, message):
    with pytest.raises(ValueError, match=message):
        technique(MLP(), inputs_for(MLP(), 2), **settings)


@at_random
def test_the_same_numbers_are_drawn_on_every_device(device, technique):
    net = ConvNet(dtype="float32")
    x = inputs_for(net, 3, dtype="float32")
    how = {} if technique.func is rise else {"mask": PATCHES}
    expected = technique(net, x, 1, rng=0, **how)
    for weight in net.weights:
        weight.data = to_device(weight.data, device)
    found = to_cpu(technique(net, to_device(x, device), 1, rng=0, **how))
    assert found.dtype == np.float32
    # Rounding of scores of about 1.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


# How an error falls -------------------------------------------------------------------------------


def of_more_entries(n):
    """An MLP that takes (N, n), and three inputs."""
    net = MLP(seed=1)
    net.weights[0].data = np.random.default_rng(1).normal(size=(8, n)) / np.sqrt(n)
    net.shape = (n,)
    return net, inputs_for(net, 3, seed=1)


def shapley_and_its_limit():
    net, x = of_more_entries(7)
    return partial(shapley_values, net, x, 1), shapley_values(net, x, 1, exact=True)


def kernel_shap_and_its_limit():
    net, x = of_more_entries(11)  # With 2046 sets, more than the samples below.
    return partial(kernel_shap, net, x, 1), shapley_values(net, x, 1, exact=True)


def permutation_and_its_limit():
    net, x = of_more_entries(7)
    others = [feature_ablation(net, x, 1, baseline=np.roll(x, k, axis=0)) for k in (1, 2)]
    return partial(feature_permutation, net, x, 1), sum(others) / 2


@pytest.mark.parametrize(
    ("of", "samples"),
    [
        (shapley_and_its_limit, 100),
        (kernel_shap_and_its_limit, 100),
        (permutation_and_its_limit, 5),
    ],
)
def test_the_error_falls_as_one_over_the_root_of_the_samples(of, samples):
    technique, limit = of()
    few, many = (
        np.sqrt(np.mean([(technique(samples=n, rng=rng) - limit) ** 2 for rng in range(30)]))
        for n in (samples, 16 * samples)
    )
    # 16 times as many: 4 times as near. Each error is the root mean square of 30 runs, whose own
    # error is at most 1/√(2·30), or 13 %, so their ratio's is 18 %; three times that is allowed.
    assert 4 * 0.55 <= few / many <= 4 * 1.55
