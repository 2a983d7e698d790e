"""Occlusion."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import occlusion

from .layered import HAND_VECTOR, SHAPE, hand_mlp, images, layered, layered_cases, scores_of
from .small_nets import affine

# Differences of scores below 100 in float64, which other batches round otherwise.
ROUNDING = 1e-11


def test_by_hand():
    found = occlusion(hand_mlp(), HAND_VECTOR, 0, window=2, baseline=10)
    assert found.tolist() == [[200, 220, 240]]


def test_the_last_window_is_cut_off_at_the_edge():
    # The windows are the first two entries, and the last one by itself.
    found = occlusion(hand_mlp(), HAND_VECTOR, 0, window=2, stride=2, baseline=10)
    assert found.tolist() == [[200, 200, 80]]


def by_definition(net, x, target, window, stride, baseline):
    """For each entry, the mean over the windows that cover it, looked for one by one."""
    total, count = np.zeros_like(x), np.zeros(x.shape[1:])
    before = scores_of(net, x, target)
    # Windows beyond the input cover nothing; of those that start after another has reached the
    # edge, there are none.
    last = [
        -(-(size - w) // step) for size, w, step in zip(x.shape[1:], window, stride, strict=True)
    ]
    for corner in product(*(range(n + 1) for n in last)):
        index = np.indices(x.shape[1:])
        inside = np.ones(x.shape[1:], bool)
        for axis, (k, step, w) in enumerate(zip(corner, stride, window, strict=True)):
            inside &= (k * step <= index[axis]) & (index[axis] < k * step + w)
        drop = before - scores_of(net, np.where(inside, baseline, x), target)
        total += drop[:, None, None, None] * inside
        count += inside
    return total / count


@given(layered_cases(), st.data())
def test_it_is_the_mean_drop_of_the_score_over_the_windows_that_cover_an_entry(case, data):
    net, x, target = case
    window = tuple(data.draw(st.integers(1, size)) for size in SHAPE)
    stride = tuple(
        data.draw(st.integers(1, w if w < size else size + 2))
        for w, size in zip(window, SHAPE, strict=True)
    )
    found = occlusion(net, x, target, window=window, stride=stride, baseline=0.5)
    expected = by_definition(net, x, target, window, stride, 0.5)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


@given(layered_cases())
def test_a_window_over_all_gives_every_entry_the_whole_drop(case):
    net, x, target = case
    found = occlusion(net, x, target, window=SHAPE, baseline=x[0])
    drop = scores_of(net, x, target) - scores_of(net, np.stack([x[0]] * len(x)), target)
    np.testing.assert_allclose(
        found, np.broadcast_to(drop[:, None, None, None], x.shape), rtol=0, atol=ROUNDING
    )


def test_of_a_linear_net_a_window_of_one_entry_gives_its_share():
    rng = np.random.default_rng(0)
    w, x, b = rng.normal(size=(4, 7)), rng.normal(size=(3, 7)), rng.normal(size=7)
    found = occlusion(affine(w), x, [0, 3, 1], window=1, baseline=b)
    np.testing.assert_allclose(found, w[[0, 3, 1]] * (x - b), rtol=0, atol=1e-13)


def test_one_size_is_that_of_all_axes_but_the_colours_of_an_image():
    net, x = layered(), images(2)

    def same(left, right):
        return np.array_equal(occlusion(net, x, 1, **left), occlusion(net, x, 1, **right))

    assert same({"window": 3}, {"window": (2, 3, 3)})
    assert same({"window": (3, 2)}, {"window": (2, 3, 2)})
    assert same({"window": 3, "stride": 2}, {"window": (2, 3, 3), "stride": (2, 2, 2)})
    assert same({"window": 3, "stride": (2, 1)}, {"window": (2, 3, 3), "stride": (1, 2, 1)})
    assert same({"window": (1, 3, 3), "stride": 1}, {"window": (1, 3, 3), "stride": (1, 1, 1)})
    assert not same({"window": 3}, {"window": (1, 3, 3)})


def test_all_colours_are_covered_together():
    found = occlusion(layered(), images(2), window=2)
    assert np.array_equal(found[:, 0], found[:, 1])


@pytest.mark.parametrize("shape", [(2, 3), (2, 4, 5), (2, 3, 4, 5), (2, 2, 3, 4, 2)])
def test_inputs_of_any_shape(shape):
    def net(x):
        return x.reshape(len(x), -1) @ np.ones((np.prod(shape[1:]), 3))

    found = occlusion(net, np.ones(shape), window=1)
    together = shape[1] if len(shape) == 4 else 1  # Colours.
    np.testing.assert_allclose(found, np.full(shape, together), rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 6}, r"window: \(2, 6, 6\) is larger than an input, \(2, 6, 5\)"),
        ({"window": (3, 2, 2)}, r"window: \(3, 2, 2\) is larger than an input"),
        ({"window": 0}, "window: expected a whole number >= 1, got 0"),
        ({"window": 1.5}, "window: expected a whole number >= 1, got 1.5"),
        ({"window": None}, "window: expected a whole number >= 1, got None"),
        ({"window": (2,)}, r"window: expected an int or 3 of them, .*got \(2,\)"),
        ({"window": (1, 2, 2, 2)}, r"window: expected an int or 3 of them"),
        ({"window": "ab"}, "window: expected a whole number >= 1, got 'a'"),
        ({"window": 2, "stride": 0}, "stride: expected a whole number >= 1, got 0"),
        ({"window": 2, "stride": True}, "stride: expected a whole number >= 1, got True"),
        (
            {"window": 2, "stride": 3},
            r"stride: \(2, 3, 3\) leaves gaps between windows of \(2, 2, 2\)",
        ),
        ({"window": 2, "stride": (1, 2, 3)}, r"stride: \(1, 2, 3\) leaves gaps"),
        ({"window": 2, "stride": (1,)}, r"stride: expected an int or 3 of them"),
    ],
)
def test_a_wrong_window_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        occlusion(layered(), images(1), **settings)
