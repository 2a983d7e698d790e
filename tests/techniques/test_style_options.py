"""What style_transfer can be told: several styles, masks, colours, scales, L-BFGS, to go on."""

from colorsys import rgb_to_yiq
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, no_grad
from nets.layers import Conv2d, MaxPool2d, ReLU, Sequential
from techniques import gram_matrix, style_transfer
from techniques.colors import luminance, match_colors
from techniques.scales import shrunk
from techniques.style_goal import activations

from .test_style_transfer import CONTENT, STYLE, images, make_net

seeds = st.integers(0, 99)
# Its convolutions alone take images of any size.
NET = Sequential(*list(make_net())[:5])
LAYERS = {"content_layer": "3", "style_layers": {"1": 100.0, "4": 50.0}}
OTHER = images(1, (3, 11, 9), seed=3)


def transfer(net=NET, content=CONTENT, style=STYLE, **settings):
    return style_transfer(net, content, style, **{**LAYERS, "steps": 3, "lr": 0.1, **settings})


def mask(n=1, shape=(8, 10), seed=0):
    return np.random.default_rng(seed).uniform(0, 1, (n, 1, *shape))


def same(a, b):
    """The same descent, but for the rounding of gradients, of which Adam takes the ratio."""
    np.testing.assert_allclose(a.x, b.x, rtol=0, atol=1e-9)
    np.testing.assert_allclose(a.history, b.history, rtol=1e-9, atol=1e-12)


# Several styles ----------------------------------------------------------------------------------


def test_a_style_twice_is_a_style():
    same(transfer(style=[STYLE, STYLE]), transfer())
    same(transfer(style=(STYLE,)), transfer())


def test_a_style_without_weight_is_no_style():
    same(transfer(style=[STYLE, OTHER], style_weights=[1, 0]), transfer())


@given(st.floats(0.1, 3), st.floats(0.1, 3))
@settings(max_examples=5)
def test_the_losses_of_styles_are_added_with_their_weights(a, b):
    def style_losses(style, **settings):
        return transfer(style=style, steps=1, **settings).history[0, :, 1]

    expected = a * style_losses(STYLE) + b * style_losses(OTHER)
    found = style_losses([STYLE, OTHER], style_weights=np.array([a, b]))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    mean = (style_losses(STYLE) + style_losses(OTHER)) / 2
    np.testing.assert_allclose(style_losses([STYLE, OTHER]), mean, rtol=1e-12)


# Masks -------------------------------------------------------------------------------------------


@given(seeds)
def test_a_guided_gram_matrix_counts_each_place_as_much_as_the_mask_says(seed):
    rng = np.random.default_rng(seed)
    f, m = rng.normal(size=(2, 3, 4, 5)), rng.uniform(0, 1, (1, 1, 4, 5))
    expected = np.einsum("nahw,nbhw,hw->nab", f, f, m[0, 0] ** 2) / (3 * (m**2).sum())
    np.testing.assert_allclose(gram_matrix(f, m).data, expected, rtol=1e-12)
    inside = np.zeros((2, 1, 4, 5))
    inside[:, :, 1:3, 2:] = 1
    alone = gram_matrix(np.ascontiguousarray(f[:, :, 1:3, 2:]))
    np.testing.assert_allclose(gram_matrix(f, inside).data, alone.data, rtol=1e-12)


@given(st.floats(0.01, 1))
@settings(max_examples=5)
def test_a_mask_that_is_everywhere_the_same_is_none(value):
    everywhere = np.full((1, 1, 8, 10), value)
    same(transfer(style_mask=everywhere), transfer())
    same(transfer(source_mask=everywhere), transfer())
    same(transfer(style_mask=np.ones((2, 1, 8, 10), bool)), transfer())


def test_where_the_mask_is_0_the_style_has_no_effect():
    """As far from it as the units see: two 3×3 convolutions and a pool of two pixels."""
    m = np.zeros((1, 1, 8, 10))
    m[..., :3] = 1
    trace = transfer(style_mask=m, content_weight=0.0, tv_weight=0.0, bounds=None)
    moved = (trace.perturbation != 0).any(axis=(0, 1, 2))
    assert moved[:3].all()
    assert not moved[6:].any()


def test_each_style_has_its_own_place():
    left = np.zeros((1, 1, 8, 10))
    left[..., :5] = 1
    both = transfer(style=[STYLE, OTHER], style_mask=[left, 1 - left], steps=1)
    alone = [
        transfer(style=style, style_mask=m, steps=1).history[0, :, 1]
        for style, m in [(STYLE, left), (OTHER, 1 - left)]
    ]
    np.testing.assert_allclose(both.history[0, :, 1], sum(alone) / 2, rtol=1e-12)
    some = transfer(style=[STYLE, OTHER], style_mask=[left, None], steps=1)
    expected = (alone[0] + transfer(style=OTHER, steps=1).history[0, :, 1]) / 2
    np.testing.assert_allclose(some.history[0, :, 1], expected, rtol=1e-12)


def test_a_part_of_the_styles_picture_is_the_style():
    m = mask(shape=(11, 9))
    trace = transfer(style=OTHER, source_mask=m, style_layers={"1": 1.0}, steps=1)
    with no_grad():
        [wanted] = activations(NET, Tensor(OTHER), ["1"])
        [found] = activations(NET, Tensor(CONTENT), ["1"])
    expected = ((gram_matrix(found).data - gram_matrix(wanted, m).data) ** 2).sum(axis=(1, 2))
    np.testing.assert_allclose(trace.history[0, :, 1], expected, rtol=1e-12)


def test_a_batch_with_masks_gives_what_its_images_give_one_at_a_time():
    m = mask(2)
    for optimizer in ("adam", "lbfgs"):
        whole = transfer(style_mask=m, optimizer=optimizer, preserve_color=True)
        for n in (0, 1):
            alone = transfer(
                content=CONTENT[n : n + 1], style=STYLE[n : n + 1], style_mask=m[n : n + 1],
                optimizer=optimizer, preserve_color=True,
            )  # fmt: skip
            # Three steps, each off by the rounding of a gradient.
            np.testing.assert_allclose(alone.x[0], whole.x[n], rtol=0, atol=1e-9)


# Colours -----------------------------------------------------------------------------------------


@given(seeds)
def test_matched_colours_have_the_mean_and_the_covariance(seed):
    rng = np.random.default_rng(seed)
    x, like = rng.normal(size=(1, 3, 6, 5)), rng.normal(2, 3, (2, 3, 4, 7)) ** 2
    found = match_colors(x, like)
    assert found.shape == (2, 3, 6, 5)
    for one, other in zip(found, like, strict=True):
        one, other = one.reshape(3, -1), other.reshape(3, -1)
        np.testing.assert_allclose(one.mean(axis=1), other.mean(axis=1), rtol=1e-9)
        scale = np.abs(np.cov(other)).max()
        # Inverse roots of covariances whose condition is some hundreds.
        np.testing.assert_allclose(
            np.cov(one, bias=True), np.cov(other, bias=True), atol=1e-9 * scale
        )
    np.testing.assert_allclose(match_colors(like, like), like, atol=1e-9 * np.abs(like).max())


@given(seeds)
def test_matched_colours_go_by_the_symmetric_roots_of_the_covariances(seed):
    """Other maps, such as Cholesky's, have the same mean and covariance, but turn the colours."""
    rng = np.random.default_rng(seed)
    white, other = rng.normal(size=(2, 3, 40))
    for colors in (white, other):
        colors -= colors.mean(axis=1, keepdims=True)
        colors[...] = np.linalg.qr(colors.T)[0].T * np.sqrt(40)  # Now their covariance is 1.
    # From 0.5 up, so that the roots are no worse than their squares.
    root, wanted = (a @ a.T + 0.5 * np.eye(3) for a in rng.normal(size=(2, 3, 3)))
    found = match_colors((root @ white).reshape(1, 3, 5, 8), (wanted @ other).reshape(1, 3, 5, 8))
    np.testing.assert_allclose(found.reshape(3, 40), wanted @ white, atol=1e-9)


def test_the_luminance_is_the_y_of_yiq():
    colors = images(1)
    expected = [rgb_to_yiq(*pixel)[0] for pixel in colors[0].reshape(3, -1).T]
    # Python's has 0.30, 0.59 and 0.11; three colours of at most 1.5.
    np.testing.assert_allclose(luminance(colors).ravel(), expected, atol=0.01)


@pytest.mark.parametrize("level", [0.0, 0.1, 0.3, 123.4])
def test_a_picture_of_one_colour_gets_the_mean(level):
    # The mean of some of these numbers, computed, is not quite the number.
    found = match_colors(np.full((1, 3, 7, 6), level), CONTENT)
    means = np.broadcast_to(CONTENT.mean(axis=(2, 3), keepdims=True), found.shape)
    np.testing.assert_allclose(found, means, atol=1e-12)


def test_colours_that_do_not_vary_in_a_direction_do_not_afterwards():
    greys = np.repeat(images(1, (1, 4, 4)), 3, axis=1) + 0.1
    found = match_colors(greys, CONTENT).reshape(2, 3, -1)
    for colors in found:
        assert np.linalg.matrix_rank(np.cov(colors), tol=1e-9) == 1


@given(seeds)
@settings(max_examples=5)
def test_of_the_content_only_the_brightness_changes(seed):
    content = images(2, seed=seed)
    for optimizer in ("adam", "lbfgs"):
        trace = transfer(
            content=content, preserve_color="luminance", bounds=None, optimizer=optimizer
        )
        np.testing.assert_allclose(trace.start, content, atol=1e-14)  # As below.
        change = trace.perturbation
        # The same for red, green and blue, to the rounding of numbers of about 1.
        np.testing.assert_allclose(change, change[:, :1].repeat(3, axis=1), atol=1e-14)
        assert np.abs(change).max() > 1e-3


def test_in_grey_the_colours_of_the_style_do_not_matter():
    tinted = STYLE + np.array([0.3, -0.2, 0.1]).reshape(3, 1, 1)
    tinted = 2 * (tinted - luminance(tinted)) + 1.5 * luminance(tinted)
    trace, other = (transfer(style=s, preserve_color=True, bounds=None) for s in (STYLE, tinted))
    same(trace, other)
    assert not np.allclose(transfer().x, transfer(style=tinted).x, atol=1e-3)


def test_matched_colours_go_before_the_transfer():
    matched = match_colors(OTHER, CONTENT)
    same(transfer(style=OTHER, preserve_color="histogram"), transfer(style=matched))


@pytest.mark.parametrize("preserve_color", [False, True, "histogram"])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("scales", [1, 2])
def test_no_option_leaves_the_bounds(preserve_color, optimizer, scales):
    low, high = -0.5, np.array([0.4, 0.3, 0.2]).reshape(3, 1, 1)
    trace = transfer(
        preserve_color=preserve_color, optimizer=optimizer, scales=scales, bounds=(low, high),
        frames=True, lr=3.0, steps=4, style=[STYLE, OTHER], start="noise",
    )  # fmt: skip
    assert ((trace.frames >= low) & (trace.frames <= high)).all()
    assert trace.history.shape == (4 * scales + 1, 2, 3)
    assert trace.frames.shape == (4 * scales + 1, *CONTENT.shape)


# Scales and L-BFGS -------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["content", "style", "noise", images(2)])
def test_a_scale_begins_with_what_the_smaller_one_has_reached(start):
    options = {
        "style_layers": {"1": 100.0}, "steps": 5, "bounds": None,
        "lr": 0.1, "last_lr": 0.05, "last_steps": 2,
    }  # fmt: skip
    trace = transfer(scales=2, start=start, frames=True, **options)
    small = transfer(
        content=shrunk(CONTENT, 2),
        style=shrunk(STYLE, 2),
        start=start if isinstance(start, str) else shrunk(start, 2),
        content_weight=4 * 6e-2,  # A sum over a quarter of the places.
        **options,
    )
    # With the large steps of the smallest scale it would not be what was reached for long.
    large = transfer(start=trace.frames[5], **{**options, "lr": 0.05})
    np.testing.assert_allclose(trace.history[:5], small.history[:5], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(trace.history[5:], large.history, rtol=1e-9)
    # Ten steps of 0.1, each off by the rounding of a gradient, of which Adam takes the ratio.
    np.testing.assert_allclose(trace.x, large.x, atol=1e-9)
    assert trace.steps.tolist() == [10, 10]


def test_success_is_that_of_the_last_scale():
    # Its steps are so long that they undo a part of what the smaller one has reached.
    trace = transfer(scales=2, start="noise", steps=2, last_lr=1.5, bounds=None)
    assert (trace.loss[2] < trace.loss[-1]).all()
    assert (trace.loss[-1] < trace.loss[0]).all()
    assert not trace.success.any()


@pytest.mark.parametrize("start", ["content", "noise"])
def test_lbfgs_reaches_less_in_as_many_steps(start):
    adam, lbfgs = (
        transfer(optimizer=optimizer, start=start, steps=60, lr=0.3)
        for optimizer in ("adam", "lbfgs")
    )
    assert (lbfgs.loss[-1] < adam.loss[-1]).all()
    # It never goes up, to rounding.
    assert (np.diff(lbfgs.loss, axis=0) <= 1e-12 * lbfgs.loss[0]).all()
    assert lbfgs.success.all()


# To go on ----------------------------------------------------------------------------------------


def stopping(net, after):
    """The net, and Ctrl-C during its so-many-eth pass."""
    passes = []

    class Stopping(Sequential):
        def forward(self, x):
            passes.append(None)
            if len(passes) == after:
                raise KeyboardInterrupt
            return super().forward(x)

    return Stopping(*net)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"last_steps": 3},
        {"optimizer": "lbfgs"},
        {"preserve_color": True, "style_mask": mask(), "scales": 2},
        {"scales": 3, "optimizer": "lbfgs", "start": "noise"},
    ],
)
@pytest.mark.parametrize("after", [8, 12])
def test_what_ctrl_c_has_stopped_goes_on_as_if_it_had_not(options, after):
    net = Sequential(Conv2d(3, 4, 3, padding=1, rng=0), ReLU(), Conv2d(4, 4, 3, padding=1, rng=1))
    options = {
        "style_layers": {"1": 9.0, "2": 9.0}, "content_layer": "2", "frames": 2, "steps": 9,
        **options,
    }  # fmt: skip
    whole = transfer(net, **options)
    stopped = transfer(stopping(net, after), **options)
    assert set(stopped.reason) == {"interrupted"}
    assert (stopped.steps < whole.steps).all()
    found = transfer(net, **options, resume=stopped)
    for name in ("start", "x", "history", "frames", "frame_steps", "steps", "success", "reason"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name), err_msg=name)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_more_steps_may_be_taken_later(optimizer):
    # With one learning rate throughout, since the last steps are counted from the end.
    options = {"optimizer": optimizer, "last_steps": 0}
    part = transfer(steps=4, **options)
    found, whole = transfer(steps=7, resume=part, **options), transfer(steps=7, **options)
    np.testing.assert_array_equal(found.x, whole.x)
    np.testing.assert_array_equal(found.history, whole.history)
    again = transfer(steps=4, resume=part, **options)
    np.testing.assert_array_equal(again.x, part.x)


def test_the_bar_shows_the_loss(capsys):
    trace = transfer(progress=True, last_steps=0)
    assert f"loss={trace.loss[-2].mean():.4g}" in capsys.readouterr().err


# What is wrong -----------------------------------------------------------------------------------

ONES = np.ones((1, 1, 8, 10))
TRACE = transfer()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"style": []}, ValueError, "style: expected a picture, or several, got none"),
        ({"style": [STYLE, Tensor(STYLE)]}, TypeError, r"style\[1\]: expected an array"),
        ({"style": [STYLE, STYLE[0]]}, ValueError, r"style\[1\]: expected images \(2 or 1, 3, H"),
        ({"style": [STYLE] * 2, "style_weights": [1]}, ValueError, "style_weights: expected 2, on"),
        ({"style": [STYLE] * 2, "style_weights": 1}, ValueError, "style_weights: expected 2, one"),
        (
            {"style_weights": np.array(1.0)},
            ValueError,
            "style_weights: expected 1, one",
        ),
        ({"style_weights": {0: 1.0}}, ValueError, "style_weights: expected 1, one"),
        ({"style_weights": ["1"]}, ValueError, r"style_weights\[0\]: expected a number >= 0"),
        ({"style_weights": [-1]}, ValueError, r"style_weights\[0\]: expected a number >= 0"),
        ({"style_mask": "left"}, ValueError, "style_mask: expected one, or 1, for each style"),
        ({"style_mask": 1.0}, TypeError, "style_mask: expected an array of floats or bools"),
        ({"style_mask": Tensor(ONES)}, TypeError, "style_mask: expected an array of floats"),
        ({"style_mask": ONES.astype(int)}, TypeError, "style_mask: .*got ndarray of int64"),
        ({"style_mask": [ONES, ONES]}, ValueError, "style_mask: expected one, or 1, for each"),
        ({"style_mask": ONES[0]}, ValueError, r"style_mask: expected \(2 or 1, 1, 8, 10\)"),
        ({"style_mask": ONES[[0, 0, 0]]}, ValueError, r"style_mask: expected .*\(3, 1, 8, 10\)"),
        ({"style_mask": 2 * ONES}, ValueError, "style_mask: expected numbers from 0 to 1, got"),
        ({"style_mask": np.nan * ONES}, ValueError, "style_mask: expected numbers from 0 to 1"),
        ({"style_mask": 0 * ONES}, ValueError, "style_mask: it is 0 everywhere"),
        (
            {"style": OTHER, "source_mask": ONES},
            ValueError,
            r"source_mask: expected \(1 or 1, 1, 11",
        ),
        ({"source_mask": -ONES}, ValueError, "source_mask: expected numbers from 0 to 1"),
        (
            {"preserve_color": "hue"},
            ValueError,
            'preserve_color: expected False, True, "luminance"',
        ),
        ({"preserve_color": 1}, ValueError, "preserve_color: expected False, True"),
        ({"preserve_color": None}, ValueError, "preserve_color: expected False, True"),
        ({"optimizer": "sgd"}, ValueError, 'optimizer: expected "adam" or "lbfgs", got \'sgd\''),
        ({"optimizer": None}, ValueError, "optimizer: expected"),
        ({"scales": 0}, ValueError, "scales: expected a whole number from 1 to 4, got 0"),
        ({"scales": 5}, ValueError, "scales: expected a whole number from 1 to 4, got 5"),
        ({"scales": 4}, ValueError, r"scales: at 1/8 of the size: "),
        (
            {"scales": 2, "bounds": (-np.ones((3, 8, 10)), 1)},
            ValueError,
            "bounds: with several scales, expected the same for all pixels",
        ),
        ({"style": OTHER[..., :1, :1]}, ValueError, r"style: a picture of \(1, 3, 1, 1\) does not"),
        ({"resume": CONTENT}, TypeError, "resume: expected a trace"),
        ({"resume": replace(TRACE, state=None)}, TypeError, "resume: expected a trace"),
        ({"resume": TRACE, "steps": 2}, ValueError, "resume: the trace has taken 3 steps"),
        (
            {"resume": TRACE, "optimizer": "lbfgs"},
            ValueError,
            "resume: expected a trace of .*lbfgs",
        ),
        ({"resume": TRACE, "scales": 2, "start": TRACE.x}, ValueError, "resume: "),
        ({"resume": TRACE, "content": CONTENT[::-1]}, ValueError, "resume: the trace began from o"),
    ],
)
def test_wrong_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        transfer(**options)


def test_two_colours_have_no_luminance():
    net = Sequential(Conv2d(2, 3, 3, rng=0))
    with pytest.raises(ValueError, match=r"preserve_color: True needs images of three colours.*"):
        style_transfer(
            net, CONTENT[:, :2], STYLE[:, :2], content_layer="0", style_layers={"0": 1},
            preserve_color=True,
        )  # fmt: skip


def test_a_style_of_which_a_unit_sees_all_is_warned_of():
    net = Sequential(Conv2d(3, 4, 5, padding=2, rng=0), MaxPool2d(2))
    layers = {"content_layer": "0", "style_layers": {"0": 1.0, "1": 1.0}}
    with pytest.warns(UserWarning, match=r"style: a unit of '1' sees all of a picture of \(6, 6\)"):
        style_transfer(net, CONTENT, images(1, (3, 6, 6)), **layers, steps=1)
    style_transfer(net, CONTENT, images(1, (3, 9, 9)), **layers, steps=1)


def test_the_same_on_every_device(device):
    from autograd import to_cpu, to_device

    def run(place):
        there = [to_device(a, place) for a in (CONTENT, STYLE, OTHER, mask())]
        net = Sequential(*list(make_net())[:5]).to(place)
        return style_transfer(
            net, there[0], there[1:3], **LAYERS, steps=3, optimizer="lbfgs", scales=2,
            preserve_color="luminance", style_mask=there[3],
        )  # fmt: skip

    found, expected = run(device), run("cpu")
    # Six steps in double precision, with sums in another order.
    np.testing.assert_allclose(to_cpu(found.x), expected.x, atol=1e-6)
    np.testing.assert_allclose(found.history, expected.history, rtol=1e-6)
