"""gram_matrix, content_loss, style_loss and tv_loss."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, check_grad, no_grad, to_device
from nets import squeezenet1_1
from nets.data import load_image, preprocess
from techniques import content_loss, gram_matrix, style_loss, tv_loss
from techniques.style_goal import activations

shapes = st.tuples(*[st.integers(1, n) for n in (3, 4, 5, 5)])
seeds = st.integers(0, 999)


def maps(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def close(found, expected):
    # Sums of at most 300 terms below 100.
    np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-12)


@given(shapes, seeds)
def test_a_gram_matrix_is_what_two_channels_share(shape, seed):
    f = maps(shape, seed)
    n, channels, height, width = shape
    expected = np.zeros((n, channels, channels))
    for k, a, b, i, j in product(range(n), range(channels), *map(range, shape[1:])):
        expected[k, a, b] += f[k, a, i, j] * f[k, b, i, j] / (channels * height * width)
    close(gram_matrix(f), expected)


@given(shapes, seeds, st.floats(0, 3))
def test_the_content_loss_is_a_sum_of_squared_differences(shape, seed, weight):
    f, p = maps(shape, seed), maps(shape, seed + 1)
    expected = np.zeros(shape[0])
    for place in np.ndindex(shape):
        expected[place[0]] += weight * (f[place] - p[place]) ** 2
    close(content_loss(f, p, weight), expected)
    close(content_loss(f, p[:1], weight)[:1], expected[:1])


@given(shapes, seeds)
def test_the_style_loss_compares_gram_matrices_layer_by_layer(shape, seed):
    f, p = maps(shape, seed), maps((shape[0], 2, 3, 1), seed + 1)
    # The picture of the style has another size.
    a, b = gram_matrix(maps((shape[0], shape[1], 2, 7), seed + 2)), gram_matrix(maps((1, 2, 1, 1)))
    expected = np.zeros(shape[0])
    for weight, features, wanted in [(3.0, f, a), (0.5, p, b)]:
        gram = gram_matrix(features).data
        for place in np.ndindex(gram.shape):
            n, i, j = place
            expected[n] += weight * (gram[place] - wanted.data[n % len(wanted.data), i, j]) ** 2
    close(style_loss([f, p], [a, b], [3.0, 0.5]), expected)


@given(shapes, seeds, st.floats(0, 3))
def test_the_total_variation_is_a_sum_over_neighbours(shape, seed, weight):
    x = maps(shape, seed)
    expected = np.zeros(shape[0])
    for n, c, i, j in np.ndindex(shape):
        if i:
            expected[n] += weight * (x[n, c, i, j] - x[n, c, i - 1, j]) ** 2
        if j:
            expected[n] += weight * (x[n, c, i, j] - x[n, c, i, j - 1]) ** 2
    close(tv_loss(x, weight), expected)


@settings(max_examples=10)
@given(shapes, seeds)
def test_the_gradients_are_right_to_the_second_order(shape, seed):
    f, p = maps(shape, seed), maps(shape, seed + 1)
    check_grad(gram_matrix, f, order=2)
    check_grad(lambda f, p: content_loss(f, p, 0.3), f, p, order=2)
    check_grad(lambda f, p: style_loss([f, f], [gram_matrix(p), 0 * gram_matrix(p)], [2, 1]), f, p)
    check_grad(lambda x: tv_loss(x, 0.3), f, order=2)


def test_the_same_on_every_device(device):
    f, p = (maps((2, 3, 4, 5), seed).astype("float32") for seed in (0, 1))

    def losses(f, p):
        return [
            gram_matrix(f),
            content_loss(f, p, 0.3),
            style_loss([f, p], [gram_matrix(p), gram_matrix(p)], [2.0, 1.0]),
            tv_loss(f, 0.3),
        ]

    there = losses(Tensor(to_device(f, device)), to_device(p, device))
    for found, expected in zip(there, losses(Tensor(f), p), strict=True):
        # float32, added up in another order.
        np.testing.assert_allclose(to_device(found.data, "cpu"), expected.data, rtol=1e-5)


F = maps((2, 3, 4, 5))
A = gram_matrix(F)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gram_matrix(F[0]), r"features: expected \(N, C, H, W\), got \(3, 4, 5\)"),
        (lambda: tv_loss(F[0]), r"x: expected \(N, C, H, W\), got \(3, 4, 5\)"),
        (lambda: content_loss(F[0], F), "features: expected"),
        (lambda: content_loss(F, F[:, :1]), r"wanted: expected \(2, 3, 4, 5\) or \(1, 3, 4, 5\)"),
        (lambda: content_loss(F[:1], F), r"wanted: .*got \(2, 3, 4, 5\)"),
        (lambda: style_loss([F], [A[:, :2]], [1]), r"wanted: expected \(2, 3, 3\) or \(1, 3, 3\)"),
        (lambda: content_loss(F, F.data.tolist()), "wanted: .*got list"),
        (lambda: style_loss([F], [A], [1, 2]), "one of each for every layer, got 1, 1 and 2"),
        (lambda: style_loss([], [], []), "one of each for every layer, got 0, 0 and 0"),
    ],
)
def test_shapes_that_do_not_go_together_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("loss", [gram_matrix, tv_loss, lambda x: content_loss(x, x)])
@pytest.mark.parametrize(("x", "got"), [(np.zeros((1, 3, 2, 2), np.uint8), "uint8"), ([], "list")])
def test_what_is_no_floats_is_refused(loss, x, got):
    with pytest.raises(TypeError, match=f"expected an array or a Tensor of floats, got {got}"):
        loss(x)


# The recipe is in the SOURCES.md of the data. ----------------------------------------------------

STYLE_LAYERS = {"features.1": 300000, "features.4": 1000, "features.6": 15, "features.7": 3}


@pytest.fixture(scope="module")
def published(data_folder):
    with np.load(data_folder / "cs231n" / "style-transfer-checks.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def pictures(data_folder):
    """Tübingen and The Starry Night, as SqueezeNet takes them."""
    return [
        preprocess(load_image(data_folder / "styles" / name), shorter_side=192, crop=None)
        for name in ("tubingen.jpg", "starry_night.jpg")
    ]


@pytest.fixture(scope="module")
def features(data_folder):
    """What layers of SqueezeNet give for a picture."""
    net = squeezenet1_1(weights=data_folder / "weights" / "squeezenet1_1.npz")

    def of(x, layers):
        with no_grad():
            return activations(net, Tensor(x), layers)

    return of


# The published numbers were made with float32 weights, of which ours are a copy that was rounded
# to 11 bits: each is off by up to 5e-4 of itself.
ROUNDED = 5e-4


def test_the_total_variation_is_the_published_one(published, pictures):
    found = tv_loss(pictures[0], 2e-2).data
    np.testing.assert_allclose(found, published["tv_out"], rtol=1e-6)  # No weights; float32.


def test_the_content_loss_is_the_published_one(published, pictures, features):
    content = pictures[0]
    [wanted] = features(content, ["features.3"])
    [of_zeros] = features(np.zeros_like(content), ["features.3"])
    found = content_loss(of_zeros, wanted, 6e-2).data
    np.testing.assert_allclose(found, published["cl_out"], rtol=ROUNDED)


def test_the_gram_matrix_is_the_published_one(published, pictures, features):
    [of_style] = features(pictures[1], ["features.5"])
    found, expected = gram_matrix(of_style).data, published["gm_out"]
    # Each entry is a product of two numbers that many rounded weights have made.
    np.testing.assert_allclose(found, expected, rtol=0, atol=3 * ROUNDED * expected.max())
    np.testing.assert_allclose(found.mean(), expected.mean(), rtol=ROUNDED)


def test_the_style_loss_is_the_published_one(published, pictures, features):
    content, style = pictures
    grams = [gram_matrix(f) for f in features(style, [*STYLE_LAYERS])]
    found = style_loss(features(content, [*STYLE_LAYERS]), grams, [*STYLE_LAYERS.values()]).data
    np.testing.assert_allclose(found, published["sl_out"], rtol=ROUNDED)
