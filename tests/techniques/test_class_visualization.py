"""class_visualization, and the blur that it uses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad
from techniques import class_visualization
from techniques.adam import Adam
from techniques.blur import gaussian_blur

from .small_nets import ConvNet, affine, ask, cases, inputs_for


def gradient(net, x, target):
    net.eval()
    t = Tensor(x)
    return grad(net(t)[np.arange(len(x)), target].sum(), t).data


@given(cases(), st.floats(0, 0.5))
def test_a_plain_step_ascends_the_score_less_the_squared_norm(case, l2):
    net, x, target = case
    trace = class_visualization(
        net, x, target, steps=1, lr=0.1, l2=l2, optimizer="sgd", bounds=None
    )
    expected = x + 0.1 * (gradient(net, x, target) - 2 * l2 * x)
    # One step of at most 10 units.
    np.testing.assert_allclose(trace.x, expected, rtol=0, atol=1e-13)


@given(cases())
def test_a_normalized_step_has_the_length_lr(case):
    net, x, target = case
    trace = class_visualization(net, x, target, steps=1, lr=0.3, bounds=None)
    np.testing.assert_allclose(trace.l2, 0.3, rtol=1e-12)  # Of at most 60 rounded squares.


@given(cases())
def test_adam_takes_its_steps_along_the_same_gradient(case):
    net, x, target = case
    trace = class_visualization(
        net, x, target, steps=3, optimizer="adam", lr=0.2, l2=0.1, bounds=None
    )
    adam = Adam()
    for _ in range(3):
        x = x + 0.2 * adam.step(gradient(net, x, target) - 0.2 * x)
    # 3 steps below 1; a gradient of nearly 0, of which Adam takes the ratio, is mostly rounding.
    np.testing.assert_allclose(trace.x, x, rtol=0, atol=1e-7)


def test_each_optimizer_has_a_learning_rate_of_its_own():
    def net(x):  # Its gradient is 0.01 in every entry, for either class.
        return 0.01 * x.sum(axis=(1, 2, 3)).reshape(len(x.data), 1) * np.ones(2)

    def moved(optimizer):
        start = np.zeros((1, 3, 28, 28))
        return class_visualization(net, start, 1, steps=1, l2=0, optimizer=optimizer)

    # CS231n's length for 3×224×224; 64 times fewer entries.
    np.testing.assert_allclose(moved("normalized").l2, 25 / 8, rtol=1e-12)
    np.testing.assert_allclose(moved("sgd").x, 0.01, rtol=1e-12)
    np.testing.assert_allclose(moved("adam").x, 0.05, rtol=1e-5)  # ε is 1e-6 of the gradient.


@given(cases(), st.floats(-0.5, 0.5))
def test_the_penalty_is_on_what_the_image_is_beyond_the_mean(case, level):
    """So that to start from the mean is to start from zeros in a net that the mean is added for."""
    net, x, target = case
    mean = level + 0.1 * np.arange(x[0].size).reshape(x.shape[1:]) / x[0].size
    net.eval()
    start = np.broadcast_to(mean, x.shape)
    settings = {"steps": 5, "lr": 0.1, "l2": 0.2, "optimizer": "sgd", "bounds": None}
    of_images = class_visualization(net, start, target, mean=mean, **settings)
    centred = class_visualization(lambda t: net(t + mean), 0 * x, target, **settings)
    # 5 steps of at most 10 units, each off by the rounding of a gradient.
    np.testing.assert_allclose(of_images.x, centred.x + mean, rtol=0, atol=1e-11)


@given(cases(max_inputs=3), st.integers(0, 2), st.sampled_from([0.0, 0.6]))
def test_a_batch_gives_what_its_images_give_one_at_a_time(case, jitter, blur):
    net, x, target = case
    options = {"steps": 8, "lr": 0.1, "optimizer": "sgd", "frames": True}
    if x.ndim == 4:
        options |= {"jitter": jitter, "blur": blur, "blur_every": 3}
    whole = class_visualization(net, x, target, **options)
    for n in range(len(x)):
        alone = class_visualization(net, x[n : n + 1], target[n], **options)
        # 8 steps of at most 10 units, each off by the rounding of a gradient.
        np.testing.assert_allclose(alone.frames[:, 0], whole.frames[:, n], rtol=0, atol=1e-11)


@given(cases(dtypes=("float32", "float64")))
def test_the_trace_tells_what_happened(case):
    net, x, target = case
    trace = class_visualization(net, x, target, steps=6, frames=2)
    assert trace.steps.tolist() == [6] * len(x)
    assert set(trace.reason) == {"step limit"}
    assert np.array_equal(trace.success, ask(net, trace.x).argmax(axis=1) == target)
    assert trace.history.shape == (7, len(x), 4)
    assert np.array_equal(trace.history[-1], ask(net, trace.x))
    assert trace.frame_steps.tolist() == [0, 2, 4, 6]
    assert abs(trace.frames).max() <= 1
    assert trace.x.dtype == x.dtype


def test_ctrl_c_returns_what_was_reached(capsys):
    net = ConvNet()
    x = inputs_for(net, 2)
    whole = class_visualization(net, x, 1, steps=3, progress=True)
    assert "score=" in capsys.readouterr().err
    calls = iter(range(10))  # It is asked once before the first step.

    def stopping(x):
        net.eval()
        if next(calls) == 4:
            raise KeyboardInterrupt
        return net(x)

    stopped = class_visualization(stopping, x, 1, steps=50)
    assert np.array_equal(stopped.x, whole.x)
    assert stopped.steps.tolist() == [3, 3]
    assert set(stopped.reason) == {"interrupted"}


@pytest.mark.parametrize(("optimizer", "lr"), [("normalized", 0.2), ("sgd", 0.1), ("adam", 0.05)])
def test_it_makes_the_class(optimizer, lr):
    net = ConvNet()
    noise = 0.1 * inputs_for(net, 4)
    trace = class_visualization(net, noise, range(4), optimizer=optimizer, lr=lr)
    assert trace.success.all()
    rows = np.arange(4)
    assert (trace.history[-1, rows, rows] > trace.history[0, rows, rows] + 1).all()


def test_a_stronger_penalty_makes_a_smaller_image():
    net = ConvNet()
    x = inputs_for(net, 2)
    weak, strong = (class_visualization(net, x, 1, l2=l2, bounds=None).x for l2 in (0, 0.1))
    assert (strong**2).sum() < (weak**2).sum()


def test_jitter_is_undone():
    # A mean over pixels does not notice a shift, so that with jitter all is as without.
    def net(x):
        return (x**3).mean(axis=(2, 3))

    x = np.random.default_rng(0).normal(size=(2, 3, 6, 5)).clip(-1, 1)
    still = class_visualization(net, x, 1, steps=7)
    shaken = class_visualization(net, x, 1, steps=7, jitter=3)
    # 7 steps below 1, off by the rounding of a mean that is taken in another order.
    np.testing.assert_allclose(shaken.x, still.x, rtol=0, atol=1e-12)


def test_jitter_comes_from_the_rng_and_matters():
    net = ConvNet()
    x = inputs_for(net, 1)

    def run(rng):
        return class_visualization(net, x, 0, steps=10, jitter=2, rng=rng).x

    assert np.array_equal(run(1), run(np.random.default_rng(1)))
    assert not np.array_equal(run(1), run(2))


def test_blur_comes_after_the_first_step_and_every_so_many_from_there():
    net = affine(np.zeros((2, 12)))
    x = np.random.default_rng(0).uniform(-1, 1, (1, 1, 3, 4))

    def flat(t):
        return net(t.reshape(1, 12))

    trace = class_visualization(flat, x, 0, steps=5, l2=0, blur=0.8, blur_every=3, frames=True)
    once = gaussian_blur(x, 0.8)
    twice = gaussian_blur(once, 0.8)
    assert [frame.tolist() for frame in trace.frames] == [
        a.tolist() for a in (x, once, once, once, twice, twice)
    ]


def test_the_gradient_is_zero_at_zeros_in_a_net_without_biases():
    net = ConvNet()
    trace = class_visualization(net, np.zeros((1, *net.shape)), 0, steps=3)
    assert not trace.x.any()


def brute_blur(image, sigma):
    """The weighted mean of all pixels, for each pixel."""
    out = np.empty_like(image)
    rows, cols = np.indices(image.shape)
    for i, j in np.ndindex(image.shape):
        w = np.exp(-((rows - i) ** 2 + (cols - j) ** 2) / (2 * sigma**2))
        out[i, j] = (w * image).sum() / w.sum()
    return out


@given(st.integers(1, 7), st.integers(1, 7), st.floats(0.2, 4), st.integers(0, 99))
def test_the_blur_is_a_gaussian_mean_of_all_pixels(height, width, sigma, seed):
    x = np.random.default_rng(seed).normal(size=(2, 2, height, width))
    blurred = gaussian_blur(x, sigma)
    for n, c in np.ndindex(2, 2):
        # Means of numbers below 10.
        np.testing.assert_allclose(blurred[n, c], brute_blur(x[n, c], sigma), rtol=0, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_blur_keeps_the_precision(dtype):
    assert gaussian_blur(np.ones((1, 1, 4, 4), dtype), 1.0).dtype == dtype
