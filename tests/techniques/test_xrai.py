"""XRAI, and the regions that it finds."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import integrated_gradients, xrai
from techniques.graph_regions import graph_regions, pixel_edges
from techniques.xrai import masks_of, ranked, regions, widened

from .layered import images, layered

# Ranking -----------------------------------------------------------------------------------------


def chosen_one_by_one(share, masks, least):
    """The definition, in words: the best mean of what is new, again and again."""
    found, covered = np.full(share.shape, np.nan), np.zeros(share.shape, bool)
    while True:
        new = [mask & ~covered for mask in masks]
        open_ = [i for i, mask in enumerate(new) if mask.sum() >= least]
        if not open_:
            break
        best = max(open_, key=lambda i: share[new[i]].mean())
        found[new[best]] = share[new[best]].mean()
        covered |= new[best]
    if not covered.all():
        found[~covered] = share[~covered].mean()
    return found


@given(st.integers(0, 999), st.integers(1, 8), st.integers(1, 12))
def test_regions_are_chosen_by_the_mean_of_what_is_new(seed, count, least):
    rng = np.random.default_rng(seed)
    share = rng.normal(size=(6, 5))
    masks = rng.random((count, 6, 5)) < rng.uniform(0.1, 0.9)
    expected = chosen_one_by_one(share, masks, least)
    np.testing.assert_allclose(ranked(share, masks, least), expected, rtol=0, atol=1e-13)


@given(st.integers(0, 999))
def test_the_shares_of_a_map_add_up_to_those_of_the_pixels(seed):
    rng = np.random.default_rng(seed)
    share = rng.normal(size=(6, 5))
    found = ranked(share, rng.random((4, 6, 5)) < 0.3, 2)
    assert abs(found.sum() - share.sum()) < 1e-12  # Each region's mean times its area.


def test_by_hand():
    share = np.array([[4.0, 0.0, 1.0, 1.0]])
    masks = np.array([[[1, 1, 0, 0]], [[0, 1, 1, 0]], [[0, 0, 1, 1]]], bool)
    # The left half has mean 2, then the right one has 1; the middle then adds nothing.
    assert ranked(share, masks, 1).tolist() == [[2, 2, 1, 1]]
    assert ranked(share, masks[1:], 1).tolist() == [[4, 0, 1, 1]]  # What is left has its own mean.
    assert ranked(share, masks, 5).tolist() == [[1.5] * 4]


# Regions -----------------------------------------------------------------------------------------


def test_pixels_are_joined_with_all_eight_neighbours_the_most_alike_first():
    edges = pixel_edges(images(1)[0])
    height, width = 6, 5
    pairs = {frozenset(ends) for _, *ends in edges}
    assert len(pairs) == len(edges) == 2 * height * width - height - width + 2 * 5 * 4
    for a, b in pairs:
        (ay, ax), (by, bx) = divmod(a, width), divmod(b, width)
        assert max(abs(ay - by), abs(ax - bx)) == 1
    assert [edge[0] for edge in edges] == sorted(edge[0] for edge in edges)


def test_a_difference_is_that_of_the_blurred_colours():
    image = np.zeros((3, 2, 40))
    image[:, :, 20:] = np.array([3.0, 4.0, 0.0]).reshape(3, 1, 1)
    different = {frozenset(ends): d for d, *ends in pixel_edges(image)}
    row = [different[frozenset((i, i + 1))] for i in range(39)]
    assert abs(sum(row) - 5) < 1e-9  # |(3, 4, 0)|, spread over the blurred edge.
    assert row[19] == max(row) > 2


def of_line(colours, scale, min_size=1):
    """The regions of a row of pixels, of which neighbours differ as the colours do."""
    edges = [(abs(b - a), i, i + 1) for i, (a, b) in enumerate(pairwise(colours))]
    labels = graph_regions(sorted(edges), len(colours), scale, min_size)
    return labels.tolist()


def test_regions_join_while_they_differ_no_more_than_inside_and_scale():
    colours = [0, 0, 0, 1, 1, 1]
    assert of_line(colours, scale=2.9) == [0, 0, 0, 1, 1, 1]  # 1 > 0 + 2.9/3
    assert of_line(colours, scale=3.0) == [0] * 6
    # A region that varies inside takes what varies no more; an even one does not.
    assert of_line([0, 1, 2, 3, 4, 5], scale=1.0) == [0] * 6
    assert of_line([0, 0, 0, 0, 1, 2], scale=1.0) == [0, 0, 0, 0, 1, 1]


def test_small_regions_go_to_the_neighbour_they_differ_from_least():
    colours = [0, 0, 0, 5, 9, 9, 9]
    assert of_line(colours, scale=0.1) == [0, 0, 0, 1, 2, 2, 2]
    assert of_line(colours, scale=0.1, min_size=2) == [0, 0, 0, 1, 1, 1, 1]
    assert of_line(colours, scale=0.1, min_size=8) == [0] * 7


@given(st.integers(0, 99), st.floats(0.01, 5), st.integers(1, 9))
def test_regions_are_connected_and_large_enough(seed, scale, min_size):
    image = images(1, seed)[0]
    edges = pixel_edges(image)
    labels = graph_regions(edges, 30, scale, min_size)
    counts = np.bincount(labels)
    assert counts.min() >= min_size
    inside = [(a, b) for _, a, b in edges if labels[a] == labels[b]]
    reached = np.arange(30)
    for _ in range(30):  # The smallest pixel from which each is reached within its region.
        for a, b in inside:
            reached[a] = reached[b] = min(reached[a], reached[b])
    assert len(set(reached.tolist())) == len(counts)


def test_two_squares_are_found_on_a_ground():
    image = np.zeros((3, 60, 60))
    image[0, 10:25, 10:25] = image[1, 35:50, 30:50] = 1.0
    found = regions(image)
    for square in (np.s_[10:25, 10:25], np.s_[35:50, 30:50]):
        mask = np.zeros((60, 60), bool)
        mask[square] = True
        overlap = (found & mask).sum(axis=(1, 2)) / (found | mask).sum(axis=(1, 2))
        assert overlap.max() > 0.7  # Widened by a pixel all around, which is 0.78, and by a blur.
    assert found.any(axis=0).all()


def test_a_disc_is_widened_by_its_radius():
    mask = np.zeros((1, 9, 9), bool)
    mask[0, 4, 0] = True
    y, x = np.mgrid[:9, :9]
    assert np.array_equal(widened(mask, 2.5)[0], (y - 4) ** 2 + x**2 <= 2.5**2)
    assert np.array_equal(widened(mask, 0.9), mask)


def test_an_even_image_is_one_region():
    assert regions(np.ones((3, 20, 20))).all()


# The whole ---------------------------------------------------------------------------------------

STRIPES = np.arange(5) // 2 * np.ones((6, 1), int)


def test_it_ranks_the_integrated_gradients_of_the_smallest_and_the_largest_entry():
    net, x = layered(), images(2)
    found = xrai(net, x, [1, 2], segments=[STRIPES], steps=4)
    for i, target in enumerate([1, 2]):
        each = x[i : i + 1]
        shares = [
            integrated_gradients(net, each, target, baseline=float(end), steps=4)[0]
            for end in (each.min(), each.max())
        ]
        share = np.mean(shares, axis=0).max(axis=0)
        expected = ranked(share, masks_of([STRIPES]), 1)
        np.testing.assert_allclose(found[i], expected, rtol=0, atol=1e-12)


def test_masks_and_numbers_are_the_same_regions():
    net, x = layered(), images(2)
    by_number = xrai(net, x, segments=STRIPES[None], steps=3)
    assert np.array_equal(by_number, xrai(net, x, segments=masks_of([STRIPES]), steps=3))
    assert np.array_equal(by_number, xrai(net, x, segments=list(masks_of([STRIPES])), steps=3))


def test_baselines_are_averaged():
    net, x = layered(), images(2)
    one_pixel = np.arange(30).reshape(1, 6, 5)
    found = xrai(net, x, segments=one_pixel, steps=3, baselines=images(2, seed=5))
    shares = [integrated_gradients(net, x, steps=3, baseline=b) for b in images(2, seed=5)]
    np.testing.assert_allclose(found, np.mean(shares, axis=0).max(axis=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("segments", "error", "message"),
    [
        ([], ValueError, "segments: expected at least one array"),
        (50, TypeError, r"segments: expected arrays \(H, W\) of bools or ints, got int"),
        ([STRIPES.T], ValueError, r"segments: expected arrays of the size \(6, 5\), got \(5, 6\)"),
        ([STRIPES * 1.0], TypeError, "segments: expected arrays of bools or ints, got .*float64"),
        ([STRIPES.tolist()], TypeError, "segments: expected arrays of bools or ints, got list"),
    ],
)
def test_wrong_segments_are_refused(segments, error, message):
    with pytest.raises(error, match=message):
        xrai(layered(), images(1), segments=segments)


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match=r"x: expected images \(N, C, H, W\), got \(2, 3\)"):
        xrai(layered(), np.ones((2, 3)))
