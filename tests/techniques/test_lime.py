"""LIME, and the superpixels that it works on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import to_cpu, to_device
from techniques import lime, superpixels
from techniques.lime import lasso, ridge, surrogate
from techniques.masked import subsets
from techniques.superpixels import connected

from .layered import images, layered
from .small_nets import MLP, affine, inputs_for


@st.composite
def samples(draw):
    """(on (V, M), scores (N, V))."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    m, v = draw(st.integers(1, 6)), draw(st.integers(1, 40))
    return rng.random((v, m)) < 0.5, rng.normal(5, 1, size=(2, v))


def terms(on, s, beta, width=0.25):
    """The weights (V,), and the residuals (N, V) with the best intercept, written out."""
    cosine = np.array([row.sum() / np.sqrt(row.sum() * row.size) if row.any() else 0 for row in on])
    weight = np.exp(-((1 - cosine) ** 2) / (2 * width**2))
    rest = s - beta @ on.T
    return weight, rest - (rest @ weight / weight.sum())[:, None]


@given(samples(), st.floats(0.01, 2))
def test_no_other_coefficients_have_a_lower_loss_of_ridge(drawn, alpha):
    on, s = drawn
    beta = surrogate(on, s, ridge, alpha, 0.25)
    weight, rest = terms(on, s, beta)
    # The slope of a quadratic function at its least; sums of 40 terms in float64.
    np.testing.assert_allclose((weight * rest) @ on, alpha * beta, rtol=0, atol=1e-11)


@given(samples(), st.floats(0.01, 2))
def test_no_other_coefficients_have_a_lower_loss_of_lasso(drawn, alpha):
    on, s = drawn
    beta = surrogate(on, s, lasso, alpha, 0.25)
    weight, rest = terms(on, s, beta)
    slope = (weight * rest) @ on / weight.sum()
    # The descent stops when a round changes no β by more than 1e-9 of the largest.
    assert (abs(slope) <= alpha + 1e-6).all()
    np.testing.assert_allclose(slope[beta != 0], alpha * np.sign(beta[beta != 0]), atol=1e-6)


def test_a_lasso_leaves_most_regions_at_zero():
    w = np.zeros((2, 30))
    w[1, [3, 17]] = 2, -1
    found = lime(affine(w), np.ones((1, 30)), 1, model="lasso", alpha=0.05, rng=0)[0]
    assert np.flatnonzero(found).tolist() == [3, 17]
    # Of a region whose z is 0 or 1, the penalty takes α / var(z), which is 4α here.
    np.testing.assert_allclose(found[[3, 17]], [1.8, -0.8], rtol=0, atol=0.02)


def test_with_more_samples_it_comes_near_to_the_fit_of_all_sets():
    net = MLP(seed=1)
    net.eval()
    x = inputs_for(net, 3, seed=1)
    on = subsets(7)
    s = net(np.where(on[:, None], x, 0).reshape(-1, 7)).data[:, 1].reshape(len(on), 3)
    limit = surrogate(on, s.T, ridge, 1e-9, 0.25)

    def error(n):
        runs = [lime(net, x, 1, samples=n, alpha=1e-9, rng=seed) for seed in range(30)]
        return np.sqrt(np.mean([(run - limit) ** 2 for run in runs]))

    # 16 times as many: 4 times as near, or somewhat more, as few samples can be nearly dependent.
    # Each error is a mean of 30 runs, and 13 % off.
    assert 2.5 <= error(60) / error(960) <= 6.5


def test_the_first_sample_is_the_input_itself():
    net, asked = affine(np.eye(7)), []
    x = inputs_for(MLP(), 1)
    lime(lambda v: asked.append(v.data) or net(v), x, 1, samples=5, rng=0)
    to_choose_the_class, of_samples = asked
    assert np.array_equal(to_choose_the_class, x)
    assert np.array_equal(of_samples[0], x[0])
    assert not np.array_equal(of_samples[1], x[0])


def test_images_are_cut_into_superpixels_and_vectors_into_entries():
    net, x = layered(), images(2)
    found = lime(net, x, 1, samples=50, segments=6, rng=0)
    expected = lime(net, x, 1, samples=50, mask=superpixels(x, 6), rng=0)
    assert np.array_equal(found, expected)
    assert np.array_equal(found[:, 0], found[:, 1])
    vector = lime(MLP(), inputs_for(MLP(), 1), 1, samples=50, rng=0)
    assert len(np.unique(vector)) == 7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "tree"}, "model: expected one of ridge, lasso, got 'tree'"),
        ({"model": ["ridge"]}, "model: expected one of ridge, lasso, got .'ridge'."),
        ({"alpha": 0}, "alpha: expected a number > 0, got 0"),
        ({"kernel_width": 0}, "kernel_width: expected a number > 0, got 0"),
        ({"segments": 0}, "segments: expected a whole number >= 1, got 0"),
    ],
)
def test_a_wrong_setting_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        lime(layered(), images(1), **settings)


# Superpixels --------------------------------------------------------------------------------------


def smooth_images(n, height, width, seed=0):
    """Waves of three colours."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    slopes = rng.uniform(-0.4, 0.4, (n, 3, 2, 1, 1))
    return np.sin(slopes[:, :, 0] * y + slopes[:, :, 1] * x)


def flooded(region):
    """How many pixels (of a bool array) can be reached from the first through its own."""
    inside = {tuple(place) for place in np.argwhere(region).tolist()}
    border = [next(iter(inside))]
    reached = set(border)
    while border:
        y, x = border.pop()
        near = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & inside - reached
        reached |= near
        border += near
    return len(reached)


@given(st.integers(1, 40), st.integers(1, 24), st.integers(1, 20), st.integers(0, 99))
def test_each_pixel_has_one_of_so_many_connected_regions(segments, height, width, seed):
    x = smooth_images(1, height, width, seed)
    found = superpixels(x, segments)
    assert found.shape == (1, 1, height, width)
    numbers, sizes = np.unique(found, return_counts=True)
    assert np.array_equal(numbers, np.arange(len(numbers)))
    # A grid of so many cells has up to half as many more, by rounding.
    assert len(numbers) <= 1.5 * segments
    for number, size in zip(numbers, sizes, strict=True):
        assert flooded(found[0, 0] == number) == size


def test_there_are_about_as_many_as_one_asks_for():
    for segments in (10, 50, 200):
        counts = superpixels(smooth_images(4, 96, 128), segments).max(axis=(1, 2, 3)) + 1
        assert (abs(counts / segments - 1) <= 0.2).all()


def test_they_follow_the_edges():
    # Two colours that meet at a slope; the cells of the grid would be cut by it.
    y, x = np.mgrid[:48, :60]
    right = 2 * x + y > 80
    image = np.where(right, 1.0, -1.0)[None, None] * [[[[1]], [[0.5]], [[-1]]]]
    found = superpixels(image, 20)[0, 0]
    crossing = [n for n in np.unique(found) if len(np.unique(right[found == n])) == 2]
    assert crossing == []


def test_the_more_compact_they_are_the_nearer_they_are_to_the_cells_of_a_grid():
    x = smooth_images(1, 60, 60)
    y, column = np.mgrid[:60, :60]
    grid = y // 10 * 6 + column // 10

    def elsewhere(compactness):
        return (superpixels(x, 36, compactness=compactness)[0, 0] != grid).mean()

    assert elsewhere(0.3) > elsewhere(3) > elsewhere(100) == 0


def test_a_batch_is_cut_as_its_images_are_and_brightness_does_not_matter():
    x = smooth_images(3, 20, 24).astype("float32")
    found = superpixels(x, 12)
    for n in range(3):
        assert np.array_equal(superpixels(x[n : n + 1], 12)[0], found[n])
    assert np.array_equal(superpixels(4 * x, 12), found)


def test_an_image_of_one_colour_is_cut_into_the_cells_of_a_grid():
    found = superpixels(np.ones((1, 1, 20, 30)), 6)[0, 0]
    y, x = np.mgrid[:20, :30]
    assert np.array_equal(found, y // 10 * 3 + x // 10)


def test_the_largest_part_of_a_region_stays_and_the_others_go_to_their_neighbours():
    cluster = np.array([[0, 0, 0, 1, 0], [0, 0, 1, 1, 1]])
    assert connected(cluster).tolist() == [[0, 0, 0, 1, 1], [0, 0, 1, 1, 1]]


def test_a_region_that_has_lost_its_pixels_gets_none_back():
    # The pixels of the middle cell are like those of one side or of the other.
    left, middle, right = [-0.4, 0, -0.4, 0], [-0.2, -0.2, 2.8, 2.8], [2.8] * 4
    x = np.array([left + middle + right]).reshape(1, 1, 1, 12)
    assert superpixels(x, 3, compactness=0.01).ravel().tolist() == [0] * 6 + [1] * 6


def test_they_are_on_the_device_of_the_images(device):
    x = smooth_images(2, 12, 10).astype("float32")
    assert np.array_equal(to_cpu(superpixels(to_device(x, device), 6)), superpixels(x, 6))
    assert type(superpixels(to_device(x, device), 6)) is type(to_device(x, device))


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        (np.ones((2, 7)), {}, r"x: expected images \(N, C, H, W\), got \(2, 7\)"),
        (np.full((1, 3, 4, 4), np.nan), {}, "x: has a NaN"),
        (np.ones((1, 3, 4, 4)), {"segments": 0}, "segments: expected a whole number >= 1"),
        (np.ones((1, 3, 4, 4)), {"compactness": 0}, "compactness: expected a number > 0"),
        (np.ones((1, 3, 4, 4)), {"iterations": 0}, "iterations: expected a whole number >= 1"),
    ],
)
def test_what_cannot_be_cut_is_refused(x, settings, message):
    with pytest.raises(ValueError, match=message):
        superpixels(x, **settings)
