"""Expected gradients over a set of baselines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad
from techniques import gradient_shap, integrated_gradients
from techniques.gradient_shap import draws

from .layered import SHAPE, images, layered, layered_cases, scores_of
from .small_nets import affine


@given(layered_cases())
def test_it_is_the_mean_over_what_was_drawn(case):
    net, x, target = case
    baselines = images(3, seed=7)
    expected = 0
    for which, position in zip(*draws(5, baselines=3, samples=4), strict=True):
        change = x - baselines[which]
        point = Tensor(baselines[which] + position * change)
        with net.in_mode(training=False):
            s = net(point)[np.arange(len(x)), target]
        expected = expected + grad(s.sum(), point).data * change / 4
    found = gradient_shap(net, x, target, baselines=baselines, samples=4, rng=5)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)  # Four numbers below 100.


def test_draws_are_even_over_the_baselines_and_over_the_path():
    which, positions = draws(0, baselines=4, samples=4000)
    # Counts of 4000 draws with p = 1/4 are off by √750 = 27, the mean of α by 0.29/√4000 = 0.005.
    assert (abs(np.bincount(which, minlength=4) - 1000) < 110).all()
    assert abs(positions.mean() - 0.5) < 0.02
    assert 0 <= positions.min() < 0.01 < 0.99 < positions.max() < 1


def mean_over_baselines(net, x, target, baselines):
    return np.mean(
        [integrated_gradients(net, x, target, baseline=b, steps=400) for b in baselines], axis=0
    )


def test_in_expectation_it_is_the_mean_of_integrated_gradients_and_complete():
    net, x, target = layered(), images(2), [1, 2]
    baselines = images(3, seed=7)
    truth = mean_over_baselines(net, x, target, baselines)
    runs = np.array(
        [
            gradient_shap(net, x, target, baselines=baselines, samples=20, rng=seed, batch_size=40)
            for seed in range(100)
        ]
    )
    error = abs(runs.mean(axis=0) - truth)
    deviation = runs.std(axis=0) / 10
    # 120 entries: of so many, one lies beyond 4.5 deviations once in a thousand times. And 400
    # steps of integrated gradients are off by 1/400 of the jumps of the slope.
    assert (error <= 4.5 * deviation + 0.01).all()
    change = scores_of(net, x, target) - np.mean(
        [scores_of(net, np.broadcast_to(b, x.shape), target) for b in baselines], axis=0
    )
    sums = runs.sum(axis=(2, 3, 4))
    assert (abs(sums.mean(axis=0) - change) <= 4.5 * sums.std(axis=0) / 10).all()


def test_the_error_falls_as_one_over_the_root_of_the_samples():
    def net(x):  # Its slope is a polynomial, and its integrated gradients exact in 2 steps.
        return (x**4).sum(axis=1, keepdims=True)

    x, baselines = np.array([[1.0, -2.0]]), np.array([[0.0, 0.0], [3.0, 1.0]])
    truth = mean_over_baselines(net, x, 0, baselines)
    few, many = (
        np.mean(
            [
                (gradient_shap(net, x, baselines=baselines, samples=n, rng=seed) - truth) ** 2
                for seed in range(100)
            ]
        )
        for n in (4, 64)
    )
    # As for smoothgrad: a sixteenth. The squares of skewed numbers vary more than Gaussian ones.
    assert 16 / 2 < few / many < 16 * 2


@given(st.integers(0, 99))
def test_of_a_linear_net_it_is_exact_with_one_baseline(seed):
    rng = np.random.default_rng(seed)
    w, x, b = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=3)
    found = gradient_shap(affine(w, 5.0), x, [1, 3], baselines=b, samples=3, rng=seed)
    np.testing.assert_allclose(found, w[[1, 3]] * (x - b), rtol=0, atol=1e-13)


def test_the_same_seed_gives_the_same_and_another_one_another():
    net, x = layered(), images(2)
    first = gradient_shap(net, x, baselines=images(3), rng=1)
    assert np.array_equal(first, gradient_shap(net, x, baselines=images(3), rng=1))
    assert not np.array_equal(first, gradient_shap(net, x, baselines=images(3), rng=2))


def test_a_number_or_one_input_is_a_set_of_one():
    net, x = layered(), images(2)
    one = np.full(SHAPE, 0.25)
    expected = gradient_shap(net, x, 1, baselines=one[None])
    for baselines in (0.25, one, one.astype(np.float32)[None]):
        assert np.array_equal(gradient_shap(net, x, 1, baselines=baselines), expected)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"baselines": images(2)[:0]}, ValueError, r"baselines: expected at least one.*\(0, 2, 6"),
        ({"baselines": images(2)[:, :1]}, ValueError, r"baselines: .*\(2, 6, 5\).*\(2, 1, 6, 5\)"),
        ({"baselines": images(2)[0, 0]}, ValueError, r"baselines: .*\(2, 6, 5\).*got \(6, 5\)"),
        ({"baselines": np.nan}, ValueError, "baselines: has a NaN or Inf"),
        ({"baselines": None}, TypeError, "baselines: expected a number or an array, got NoneType"),
        ({"baselines": Tensor(images(1))}, TypeError, "baselines: expected .*, got Tensor"),
        ({"samples": 0}, ValueError, "samples: expected a whole number >= 1, got 0"),
        ({"rng": -1}, ValueError, "rng: expected a seed >= 0 or a Generator, got -1"),
        ({"batch_size": 0}, ValueError, "batch_size: expected a whole number >= 1, got 0"),
    ],
)
def test_a_wrong_setting_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        gradient_shap(layered(), images(2), **{"baselines": 0.0, **settings})
