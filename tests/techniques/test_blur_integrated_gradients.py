"""Blur integrated gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techniques import blur_integrated_gradients
from techniques.blur_integrated_gradients import blurred, kernel

from .layered import images, layered, layered_cases, scores_of

sigmas = st.floats(0.2, 20)


@given(st.integers(1, 30), sigmas)
def test_a_blur_is_a_mean_with_weights_that_fall_with_the_distance_squared(size, sigma):
    w = kernel(size, sigma)[0]
    assert (w >= 0).all()
    assert (w.sum(axis=1) <= 1 + 1e-12).all()
    assert np.allclose(w, w.T)
    i = np.arange(size)
    expected = w[0, 0] * np.exp(-((i / sigma) ** 2) / 2)
    near = i <= int(4 * sigma + 0.5)
    np.testing.assert_allclose(w[0, near], expected[near], rtol=1e-12)
    assert not w[0, ~near].any()


def test_far_from_the_edge_the_weights_add_up_to_one_and_outside_of_the_image_are_zeros():
    w = kernel(100, 5.0)[0]
    assert abs(w[50].sum() - 1) < 1e-14
    assert 0.5 < w[0].sum() < 0.6  # Half of the bell, and half of the pixel itself.


def test_without_a_blur_the_image_is_itself_and_does_not_change():
    x = images(2)
    image, change = blurred(x, 0.0)
    assert np.array_equal(image, x)
    assert not change.any()


@given(st.integers(0, 99), sigmas)
def test_the_change_is_the_derivative_of_the_blur(seed, sigma):
    # SciPy's kernel gets longer where 4σ + 1/2 is a whole number: there the blur jumps.
    if abs((4 * sigma + 0.5) % 1 - 0.5) > 0.499:
        sigma += 0.01
    x, h = images(1, seed), 1e-6
    difference = (blurred(x, sigma + h)[0] - blurred(x, sigma - h)[0]) / (2 * h)
    # Rounding, 1e-16 / h; and h² times the third derivative, which is below 100/σ³.
    np.testing.assert_allclose(blurred(x, sigma)[1], difference, rtol=0, atol=1e-7)


def test_the_step_of_pair_is_too_long_for_a_derivative():
    x = images(1)
    exact = blurred(x, 0.5)[1]
    difference = (blurred(x, 0.5 + 0.01)[0] - blurred(x, 0.5)[0]) / 0.01
    error = np.linalg.norm(difference - exact) / np.linalg.norm(exact)
    assert 0.005 < error < 0.05


def sine(x):
    """A net whose score is the sum of sin over the image."""
    from autograd import sin

    return sin(x).sum(axis=(1, 2, 3)).reshape((-1, 1))


def test_of_separate_pixels_each_gets_its_own_change():
    # PAIR's own test: two bright pixels on black.
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 1, 1], x[0, 0, 2, 2] = 0.7, 1.0
    baseline = blurred(x, 10.0)[0]
    found = blur_integrated_gradients(sine, x, max_sigma=10, steps=200)
    # The integrand is smooth but for the jumps of 4σ, of 3e-4 of a pixel each.
    np.testing.assert_allclose(found, np.sin(x) - np.sin(baseline), atol=1e-4)
    assert abs(found[0, 0, 1, 1] - 0.641) < 2e-3  # As PAIR's test has it, with two digits.
    assert abs(found[0, 0, 2, 2] - 0.838) < 2e-3


@settings(max_examples=10)
@given(layered_cases())
def test_completeness_comes_closer_with_more_steps(case):
    net, x, target = case
    found = blur_integrated_gradients(net, x, target, max_sigma=3, steps=1000, batch_size=500)
    change = scores_of(net, x, target) - scores_of(net, blurred(x, 3.0)[0], target)
    # Of about 60 switches on the way, each is off by at most a step times its jump; see the layer
    # conductance.
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), change, rtol=0, atol=0.05)


@given(layered_cases())
def test_a_black_image_gets_nothing(case):
    net, x, target = case
    assert not blur_integrated_gradients(net, 0 * x, target, steps=3).any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_sigma": 0}, "max_sigma: expected a number > 0, got 0"),
        ({"max_sigma": np.inf}, "max_sigma: expected a number > 0, got inf"),
        ({"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        ({"rule": "simpson"}, "rule: expected one of gausslegendre, .*got 'simpson'"),
        ({"batch_size": 0}, "batch_size: expected a whole number >= 1, got 0"),
    ],
)
def test_a_wrong_setting_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        blur_integrated_gradients(layered(), images(2), **settings)


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match=r"x: expected images \(N, C, H, W\), got \(2, 3\)"):
        blur_integrated_gradients(layered(), np.ones((2, 3)))
