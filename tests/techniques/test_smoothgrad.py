"""SmoothGrad over any method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techniques import (
    grad_cam,
    guided_backprop,
    input_x_gradient,
    integrated_gradients,
    occlusion,
    saliency,
    smoothgrad,
)

from .layered import images, layered, layered_cases
from .small_nets import affine

METHODS = {
    "saliency": (saliency, {}),
    "signed saliency": (saliency, {"signed": True}),
    "input_x_gradient": (input_x_gradient, {}),
    "guided_backprop": (guided_backprop, {}),
    "integrated_gradients": (integrated_gradients, {"steps": 3, "baseline": 0.5}),
    "occlusion": (occlusion, {"window": 3}),
    "grad_cam": (grad_cam, {"layer": "2"}),
}
over_any_method = pytest.mark.parametrize("name", METHODS)


@over_any_method
@settings(max_examples=10)
@given(layered_cases())
def test_without_noise_it_is_the_plain_method(name, case):
    method, how = METHODS[name]
    plain = method(*case, **how)
    found = smoothgrad(*case, method=method, samples=3, spread=0, **how)
    # Rounding in sums of three equal numbers.
    np.testing.assert_allclose(found, plain, rtol=1e-14, atol=1e-14)
    square = smoothgrad(*case, method=method, samples=3, spread=0, mode="square", **how)
    np.testing.assert_allclose(square, plain**2, rtol=1e-14, atol=1e-14)
    variance = smoothgrad(*case, method=method, samples=3, spread=0, mode="variance", **how)
    assert (variance <= 1e-14 * (plain**2).max()).all()


@over_any_method
def test_it_is_the_mean_of_maps_of_noisy_copies(name):
    method, how = METHODS[name]
    net, x, target = layered(), images(3), [0, 3, 1]
    copies = []

    def noting(net, x, target, **how):
        copies.append(x)
        return method(net, x, target, **how)

    found = {
        mode: smoothgrad(net, x, target, method=noting, samples=4, mode=mode, batch_size=3, **how)
        for mode in ("mean", "square", "variance")
    }
    assert len(copies) == 3 * 4  # The three images at a time, of one sample.
    maps = np.array([method(net, copy, target, **how) for copy in copies[:4]])
    # Sums of four numbers below 100.
    np.testing.assert_allclose(found["mean"], maps.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found["square"], (maps**2).mean(axis=0), atol=1e-11)
    np.testing.assert_allclose(found["variance"], maps.var(axis=0), atol=1e-11)


def test_the_noise_is_a_share_of_the_range_of_each_image():
    net, x = affine(np.eye(2000)[:3]), np.zeros((3, 2000))
    x[0, 0], x[1, 1], x[2] = 1, -10, 4  # Ranges of 1, 10 and 0.
    noise = []
    smoothgrad(net, x, 0, method=lambda net, y, t: noise.append(y - x) or y, samples=1, spread=0.3)
    # The deviation of 2000 draws is off by 1/√4000, and by 4 times that once in 16000.
    np.testing.assert_allclose(noise[0].std(axis=1), [0.3, 3, 0], rtol=4 / 4000**0.5)
    assert np.allclose(noise[0][0] * 10, noise[0][1])  # The same noise for all, but for its size.


def test_the_class_is_that_of_the_image_itself():
    net = affine([[1.0, 0.0], [0.0, 1.0]])
    x = np.array([[0.51, 0.5]])  # Noise of this size turns the verdict every other time.
    asked = []

    def noting(net, x, target):
        asked.extend(np.broadcast_to(target, len(x)))
        return saliency(net, x, target)

    found = smoothgrad(net, x, method=noting, spread=100)
    assert asked == [0] * 25
    assert found.tolist() == [[1, 0]]


@settings(max_examples=5)
@given(st.integers(0, 99))
def test_the_same_seed_gives_the_same_and_another_one_another(seed):
    net, x = layered(), images(2)
    first = smoothgrad(net, x, rng=seed)
    assert np.array_equal(first, smoothgrad(net, x, rng=np.random.default_rng(seed)))
    assert not np.array_equal(first, smoothgrad(net, x, rng=seed + 1))


def test_in_float32_it_is_the_same_to_rounding():
    net, x = affine([[1.0, -2.0, 3.0]]), images(2)[:, 0, 0, :3]
    found = smoothgrad(net, x.astype(np.float32), method=input_x_gradient)
    expected = smoothgrad(net, x.astype(np.float32).astype(float), method=input_x_gradient)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5)  # Sums of 25 numbers, each to 6e-8.


def test_the_error_falls_as_one_over_the_root_of_the_samples():
    net, x = affine([[1.0, -2.0, 3.0]]), np.array([[1.0, 2.0, 4.0]])
    truth = x * [1, -2, 3]
    few, many = (
        np.mean(
            [
                (smoothgrad(net, x, method=input_x_gradient, samples=n, rng=seed) - truth) ** 2
                for seed in range(60)
            ]
        )
        for n in (4, 64)
    )
    # 16 times the samples: a sixteenth of the squared error. Each of the two is a mean of 180
    # squares, good to √(2/180) = 11 %; the ratio, within a factor of 1.6 with 3 deviations.
    assert 16 / 1.6 < few / many < 16 * 1.6


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"method": "saliency"}, TypeError, "method: expected a function, got str"),
        ({"method": lambda net, x, t: x[0]}, ValueError, r"method: expected an array \(6, ...\)"),
        ({"method": lambda net, x, t: None}, ValueError, "method: expected an array.*NoneType"),
        ({"method": lambda net, x, t: 1.0}, ValueError, "method: expected an array.*float"),
        ({"method": lambda net, x, t: x.sum()}, ValueError, r"method: expected an array.*got \(\)"),
        ({"samples": 0}, ValueError, "samples: expected a whole number >= 1, got 0"),
        ({"spread": -0.1}, ValueError, "spread: expected a number >= 0, got -0.1"),
        ({"spread": np.nan}, ValueError, "spread: expected a number >= 0, got nan"),
        ({"mode": "median"}, ValueError, "mode: expected one of mean, square, variance"),
        ({"rng": "seed"}, ValueError, "rng: expected a seed >= 0 or a Generator"),
        ({"batch_size": 0}, ValueError, "batch_size: expected a whole number >= 1, got 0"),
    ],
)
def test_a_wrong_setting_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        smoothgrad(layered(), images(2), **{"samples": 3, **settings})
