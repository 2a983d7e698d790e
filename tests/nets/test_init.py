"""Initialisers: the spread that the papers ask for, and the same numbers for the same seed."""

import math

import numpy as np
import pytest

from nets import Conv2d, ConvTranspose2d, Linear, init

SHAPE = (40, 30, 3, 2)  # fan in 180, fan out 240
VARIANCE = {
    init.kaiming_uniform: 2 / 180,
    init.kaiming_normal: 2 / 180,
    init.xavier_uniform: 2 / (180 + 240),
    init.xavier_normal: 2 / (180 + 240),
}


@pytest.mark.parametrize("initialiser", VARIANCE)
def test_weights_have_mean_0_and_the_variance_of_the_paper(initialiser):
    w = initialiser(SHAPE, rng=0)
    assert w.dtype == np.float32
    assert w.shape == SHAPE
    std = math.sqrt(VARIANCE[initialiser])
    # 7200 numbers: the mean is off by std/85, the variance by √(2/7200) = 1.7 %, each 5σ here.
    assert abs(w.mean()) < 5 * std / 85
    assert w.var() == pytest.approx(std**2, rel=5 * 0.017)


def test_uniform_weights_fill_their_interval_and_do_not_leave_it():
    bound = math.sqrt(6 / 180)
    # Of 7200 numbers, the largest misses the bound by a thousandth of it, give or take.
    assert 0.99 * bound < np.abs(init.kaiming_uniform(SHAPE, rng=0)).max() <= np.float32(bound)


@pytest.mark.parametrize("initialiser", VARIANCE)
def test_a_seed_gives_the_same_numbers_and_a_generator_moves_on(initialiser):
    np.testing.assert_array_equal(initialiser(SHAPE, rng=3), initialiser(SHAPE, rng=3))
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(initialiser(SHAPE, rng), initialiser(SHAPE, 3))
    assert not np.array_equal(initialiser(SHAPE, rng), initialiser(SHAPE, 3))
    assert not np.array_equal(initialiser(SHAPE), initialiser(SHAPE))


@pytest.mark.parametrize("rng", ["a", -1, 0.5])
def test_what_is_no_seed_is_refused_by_name(rng):
    with pytest.raises((TypeError, ValueError), match=f"rng: expected a seed .* got {rng!r}"):
        init.normal(SHAPE, 1, rng)


def test_the_fans_of_a_bias_are_refused():
    with pytest.raises(ValueError, match=r"expected the shape of weights .* got \(5,\)"):
        init.kaiming_normal((5,))


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (Linear(50, 400, rng=0), 50),
        (Conv2d(8, 400, (3, 2), groups=4, rng=0), 2 * 6),
        (ConvTranspose2d(400, 400, (3, 2), groups=4, rng=0), 100 * 6),  # Over (I, O/g), as PyTorch.
    ],
)
def test_layers_start_from_pytorchs_distribution(layer, fan_in):
    bound = 1 / math.sqrt(fan_in)
    for array in (layer.weight.data, layer.bias.data):
        assert array.dtype == np.float32
        # 400 numbers: the largest misses the bound by 1/400 of it on average, 5 % in e⁻²⁰ of cases.
        assert 0.95 * bound < np.abs(array).max() <= np.float32(bound)
        assert abs(array.mean()) < 5 * bound / math.sqrt(3 * 400)  # 5σ
