"""style_transfer, on a small net with random weights."""

import numpy as np
import pytest

from autograd import Tensor, grad
from nets.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from techniques import content_loss, gram_matrix, style_loss, style_transfer, tv_loss
from techniques.adam import Adam


class Twice(Sequential):
    """A net that runs its first layer two times."""

    def forward(self, x):
        return super().forward(self[0](x))


def make_net(kind=Sequential, seed=0):
    rng = np.random.default_rng(seed)
    net = kind(
        *(Conv2d(3, 3, 3, padding=1, rng=rng), ReLU(), Conv2d(3, 6, 3, padding=1, rng=rng), ReLU()),
        *(MaxPool2d(2), Flatten(), Linear(6 * 4 * 5, 4, rng=rng)),
    )
    for parameter in net.parameters():
        parameter.data = 2 * parameter.data.astype(np.float64)
    return net


def images(n, shape=(3, 8, 10), seed=0):
    return np.random.default_rng(seed).uniform(-1.5, 1.5, (n, *shape))


NET = make_net()
CONTENT, STYLE = images(2, seed=1), images(2, seed=2)
LAYERS = {"content_layer": "3", "style_layers": {"1": 100.0, "3": 50.0}}


def transfer(net=NET, content=CONTENT, style=STYLE, **settings):
    return style_transfer(net, content, style, **{**LAYERS, **settings})


def losses_at(x, content, style, content_weight=6e-2, tv_weight=2e-2, net=NET):
    """The three losses (3, N), from the layers themselves."""

    def features(x):
        first = net[1](net[0](x))
        return first, net[3](net[2](first))

    low, high = features(x)
    grams = [gram_matrix(f) for f in features(Tensor(style))]
    return [
        content_loss(high, features(Tensor(content))[1], content_weight),
        style_loss([low, high], grams, [100.0, 50.0]),
        tv_loss(x, tv_weight),
    ]


def test_the_history_holds_the_three_losses():
    trace = transfer(steps=4, frames=True, content_weight=0.5, tv_weight=0.1)
    assert trace.history.shape == (5, 2, 3)
    for frame, row in zip(trace.frames, trace.history, strict=True):
        expected = losses_at(Tensor(frame), CONTENT, STYLE, 0.5, 0.1)
        np.testing.assert_allclose(row.T, [loss.data for loss in expected], rtol=1e-12)
    np.testing.assert_array_equal(trace.loss, trace.history.sum(axis=2))
    assert "2 images of (3, 8, 10), 4 steps" in repr(trace)


def test_it_descends_with_adam_and_begins_anew_for_the_last_steps():
    trace = transfer(steps=6, lr=0.5, last_lr=0.01, last_steps=2, bounds=None)
    x = CONTENT
    for count, lr in [(4, 0.5), (2, 0.01)]:
        adam = Adam()
        for _ in range(count):
            t = Tensor(x)
            loss = sum(part.sum() for part in losses_at(t, CONTENT, STYLE))
            x = x - lr * adam.step(grad(loss, t).data)
    # 6 steps below 1, each off by the rounding of a gradient, of which Adam takes the ratio.
    np.testing.assert_allclose(trace.x, x, rtol=0, atol=1e-9)


@pytest.mark.parametrize("start", ["content", "style", "noise"])
def test_the_loss_falls(start):
    trace = transfer(start=start, steps=200, lr=0.1)
    assert (trace.loss[-1] < 0.5 * trace.loss[0]).all()
    assert trace.history.shape == (201, 2, 3)


def test_each_start_is_what_it_says():
    def begin(start, **settings):
        trace = transfer(start=start, steps=1, frames=True, bounds=None, **settings)
        assert np.array_equal(trace.frames[0], trace.start)
        return trace.start

    assert np.array_equal(begin("content"), CONTENT)
    assert np.array_equal(begin("style"), STYLE)
    assert np.array_equal(begin("style", style=STYLE[:1]), STYLE[[0, 0]])
    assert np.array_equal(begin(CONTENT[::-1]), CONTENT[::-1])
    noise = begin("noise")
    assert np.array_equal(noise[0], noise[1])
    # Of 240 numbers: five standard errors.
    assert abs(noise[0].std() - 1) < 5 / np.sqrt(2 * 240)
    assert np.array_equal(begin("noise", rng=np.random.default_rng(0)), noise)
    assert not np.array_equal(begin("noise", rng=1), noise)


def test_without_weights_for_style_and_variation_the_content_is_kept():
    zero = {"1": 0.0}
    trace = transfer(style_layers=zero, tv_weight=0.0, steps=5)
    assert np.array_equal(trace.x, CONTENT)
    assert not trace.loss.any()


def test_a_picture_in_its_own_style_has_no_style_loss():
    trace = transfer(style=CONTENT, steps=1)
    assert not trace.history[0, :, :2].any()
    assert trace.history[0, :, 2].all()


@pytest.mark.parametrize("start", ["content", "noise"])
def test_a_batch_gives_what_its_images_give_one_at_a_time(start):
    settings = {"start": start, "steps": 6, "lr": 0.1}
    whole = transfer(**settings)
    for n in (0, 1):
        alone = transfer(content=CONTENT[n : n + 1], style=STYLE[n : n + 1], **settings)
        # 6 steps of 0.1, each off by the rounding of a gradient, of which Adam takes the ratio.
        np.testing.assert_allclose(alone.x[0], whole.x[n], rtol=0, atol=1e-9)


def test_one_style_serves_all_and_may_have_another_size():
    style = images(1, (3, 6, 13), seed=3)
    # Only the convolutions take any size.
    net = Sequential(*list(NET)[:5])
    one = transfer(net, style=style, steps=3)
    each = transfer(net, style=style[[0, 0]], steps=3)
    assert np.array_equal(one.x, each.x)


def test_a_layer_may_serve_both_content_and_style():
    trace = transfer(content_layer="1", style_layers={"1": 1.0}, steps=2)
    assert (trace.history[-1] > 0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_bounds_are_kept_and_the_precision_too(dtype):
    low, high = np.full((3, 1, 1), -0.5), np.array([0.1, 0.2, 0.3]).reshape(3, 1, 1)
    net = make_net()
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(dtype)
    # The style comes in the other precision.
    style = STYLE.astype("float64" if dtype == "float32" else "float32")
    trace = transfer(net, CONTENT.astype(dtype), style, bounds=(low, high), steps=4, frames=True)
    assert trace.x.dtype == trace.history.dtype == dtype
    assert (trace.frames >= low.astype(dtype)).all()
    assert (trace.frames <= high.astype(dtype)).all()


def test_frames_are_kept_every_so_many_steps():
    trace = transfer(steps=5, frames=2)
    assert trace.frame_steps.tolist() == [0, 2, 4, 5]
    assert np.array_equal(trace.frames[-1], trace.x)
    assert transfer(steps=1).frames is None


def test_nothing_that_is_given_changes():
    net = make_net()
    net.train()
    content, style, start = CONTENT.copy(), STYLE.copy(), images(2)
    for kind in ("content", "style", start):
        trace = transfer(net, content, style, start=kind, steps=2, bounds=None)
        trace.x[...] = 7
        trace.start[...] = 7
    assert np.array_equal(content, CONTENT)
    assert np.array_equal(style, STYLE)
    assert np.array_equal(start, images(2))
    assert net.training
    for parameter, other in zip(net.parameters(), make_net().parameters(), strict=True):
        assert parameter.grad is None
        assert np.array_equal(parameter.data, other.data)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"content_layer": "features.3"}, ValueError, "no layer is named 'features.3'"),
        ({"content_layer": 3}, TypeError, "content_layer: expected a name"),
        ({"content_layer": ["3"]}, TypeError, "content_layer: expected a name"),
        ({"style_layers": {3: 1.0}}, TypeError, "style_layers: expected a name"),
        ({"rng": "a seed"}, ValueError, "rng: expected a seed >= 0 or a Generator, got 'a seed'"),
        ({"rng": -1}, ValueError, "rng: expected a seed >= 0 or a Generator, got -1"),
        ({"style_layers": {"11": 1.0}}, ValueError, "no layer is named '11'; the nearest: 1"),
        ({"style_layers": {}}, ValueError, "style_layers: expected {name: weight, ...}, got {}"),
        ({"style_layers": ["1"]}, ValueError, r"style_layers: expected .*got \['1'\]"),
        ({"style_layers": {"1": -1}}, ValueError, r"style_layers\['1'\]: expected a number >= 0"),
        ({"style_layers": {"5": 1.0}}, ValueError, r"give maps \(N, C, h, w\), but '5' gives"),
        ({"net": make_net(Twice), "content_layer": "0"}, ValueError, "'0' ran 2 times"),
        ({"net": abs}, TypeError, "has no named_modules"),
        ({"content": CONTENT[0]}, ValueError, r"content: expected images .*\(3, 8, 10\)"),
        ({"content": CONTENT.tolist()}, TypeError, "content: expected an array"),
        ({"content": np.full_like(CONTENT, np.nan)}, ValueError, "content: has a NaN"),
        ({"style": STYLE[0]}, ValueError, r"style: expected images \(2 or 1, 3, H, W\).*got"),
        ({"style": STYLE[[0, 1, 1]]}, ValueError, r"style: expected images \(2 or 1, 3, H, W\)"),
        ({"style": STYLE[:, :1]}, ValueError, r"style: expected images .*got \(2, 1, 8, 10\)"),
        ({"style": Tensor(STYLE)}, TypeError, "style: expected an array"),
        ({"content_weight": -1}, ValueError, "content_weight: expected a number >= 0"),
        ({"tv_weight": np.nan}, ValueError, "tv_weight: expected a number >= 0"),
        ({"start": "photo"}, ValueError, 'start: expected "content", "style", "noise" or an'),
        ({"start": CONTENT[:1]}, ValueError, "start: expected the shape of content"),
        ({"start": None}, TypeError, "start: expected an array"),
        ({"start": "style", "style": images(1, (3, 6, 6))}, ValueError, '"style" needs a style of'),
        ({"steps": 0}, ValueError, "steps: expected a whole number >= 1"),
        ({"lr": 0}, ValueError, "lr: expected a number > 0"),
        ({"last_lr": -1}, ValueError, "last_lr: expected a number > 0"),
        ({"last_steps": -1}, ValueError, "last_steps: expected a whole number >= 0"),
        ({"bounds": (1, -1)}, ValueError, "bounds: expected"),
        ({"frames": -1}, ValueError, "frames: expected a whole number >= 0"),
    ],
)
def test_wrong_arguments_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        transfer(**settings)


def test_a_net_whose_weights_are_no_numbers_is_refused():
    net = make_net()
    net[2].weight.data[:] = np.nan
    with pytest.raises(ValueError, match="net: its features have a NaN"):
        transfer(net)
