"""Objectives, parameterizations, transformations, and what combines them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, check_grad, grad
from nets.layers import AdaptiveAvgPool2d, Conv2d, Flatten, Linear, ReLU, Sequential
from techniques import (
    activation_maximization,
    decorrelate,
    deep_dream,
    feature_inversion,
    fourier_image,
    jitter,
    layer_activation,
    objectives,
    pad,
    pixel_image,
    random_rotate,
    random_scale,
)
from techniques.activation_maximization import redirected, usual_transformations
from techniques.adam import Adam
from techniques.deep_dream import in_tiles, parts
from techniques.parameterizations import NEAREST, amplitudes
from techniques.scales import shrunk
from techniques.style_losses import gram_matrix

SHAPE = (3, 7, 6)
STILL = {"transformations": ()}
SHAKEN = {"transformations": (pad(1), jitter(1), random_rotate(20))}


def net_of(seed: int = 0) -> Sequential:
    """(N, 3, H, W) of any H and W to (N, 4), in float64. "1" gives maps of 5 channels."""
    rng = np.random.default_rng(seed)
    net = Sequential(
        *(Conv2d(3, 5, 3, padding=1, rng=rng), ReLU(), Conv2d(5, 6, 3, padding=1, rng=rng), ReLU()),
        *(AdaptiveAvgPool2d(1), Flatten(), Linear(6, 4, rng=rng)),
    )
    for parameter in net.parameters():
        parameter.data = 2 * parameter.data.astype(float)
    return net


def images(n: int = 2, seed: int = 0, shape=SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (n, *shape))


def maps(net, x, layer="1"):
    return layer_activation(net, x, layer=layer)


def value(objective, net, x) -> np.ndarray:
    return objective.of(net, Tensor(x)).data


# Objectives --------------------------------------------------------------------------------------

NET, X = net_of(), images(3)


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (objectives.class_score(2), lambda: NET(X).data[:, 2]),
        (objectives.class_score([0, 3, 1]), lambda: NET(X).data[range(3), [0, 3, 1]]),
        (objectives.channel("1", 4), lambda: maps(NET, X)[:, 4].mean(axis=(1, 2))),
        (
            objectives.channel("1", [2, 0, 1]),
            lambda: maps(NET, X)[range(3), [2, 0, 1]].mean(axis=(1, 2)),
        ),
        (objectives.channel("6", 1), lambda: NET(X).data[:, 1]),
        (objectives.neuron("1", (3, 0, 5)), lambda: maps(NET, X)[:, 3, 0, 5]),
        (objectives.neuron("1", 3), lambda: maps(NET, X)[:, 3, 3, 3]),
        (objectives.neuron("6", 3), lambda: NET(X).data[:, 3]),
        (objectives.layer("1"), lambda: (maps(NET, X) ** 2).mean(axis=(1, 2, 3))),
        (
            objectives.direction("1", np.array([1, 0, -2.0, 0, 0.5])),
            lambda: np.einsum("nchw,c->n", maps(NET, X), [1, 0, -2, 0, 0.5]) / 42,
        ),
        (
            objectives.likeness("1", maps(NET, X[:1])),
            lambda: (
                -((maps(NET, X) - maps(NET, X[:1])) ** 2).sum(axis=(1, 2, 3))
                / (maps(NET, X[:1]) ** 2).sum()
            ),
        ),
        (
            objectives.roughness(),
            lambda: (
                (
                    (np.diff(X, axis=2) ** 2).sum(axis=(1, 2, 3))
                    + (np.diff(X, axis=3) ** 2).sum(axis=(1, 2, 3))
                )
                / 42
            ),
        ),
        (objectives.extremeness(4), lambda: (X**4).mean(axis=(1, 2, 3))),
    ],
)
def test_an_objective_is_what_its_formula_says(objective, expected):
    # Sums of at most a few hundred terms of order 1.
    np.testing.assert_allclose(value(objective, NET, X), expected(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("alpha", [1.5, 6])
def test_extremeness_has_a_gradient_of_0_at_0(alpha):
    x = Tensor(np.zeros((2, *SHAPE)))
    assert not grad(objectives.extremeness(alpha).of(NET, x).sum(), x).data.any()


def test_diversity_is_minus_the_mean_cosine_of_an_images_gram_matrix_with_the_others():
    grams = gram_matrix(maps(NET, X)).data.reshape(3, -1)
    grams /= np.linalg.norm(grams, axis=1, keepdims=True)
    cosine = grams @ grams.T
    expected = -(cosine.sum(axis=1) - 1) / 2
    found = value(objectives.diversity("1"), NET, X)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)  # Sums of 25 terms below 1.
    np.testing.assert_allclose(value(objectives.diversity("1"), NET, X[[0, 0]]), -1, rtol=1e-12)


def test_diversity_of_images_for_which_the_layer_is_off_is_0_and_has_a_gradient_of_0():
    net = net_of()
    net[0].bias.data = np.full(5, -100.0)
    x = Tensor(X)
    found = objectives.diversity("1").of(net, x)
    assert not found.data.any()
    assert not grad(found.sum(), x).data.any()


def test_objectives_add_and_multiply_among_each_other_and_with_numbers():
    a, b = objectives.channel("1", 1), objectives.class_score(2)
    va, vb = value(a, NET, X), value(b, NET, X)
    for combined, expected in [
        (a + b, va + vb),
        (a - b, va - vb),
        (a * b, va * vb),
        (-a, -va),
        (a + 2, va + 2),
        (2 - a, 2 - va),
        (0.5 * a * a, 0.5 * va * va),
        (sum([a, b, a]), 2 * va + vb),
    ]:
        np.testing.assert_allclose(value(combined, NET, X), expected, rtol=1e-14, atol=1e-14)
    assert (a + objectives.layer("1")).layers == ("1",)


@pytest.mark.parametrize(
    ("objective", "error", "message"),
    [
        (lambda: objectives.channel(None, 1), TypeError, "channel: expected the name of a layer"),
        (lambda: objectives.neuron("", 1), TypeError, "neuron: expected the name of a layer.*''"),
        (lambda: objectives.layer(3), TypeError, "layer: expected the name of a layer.*got 3"),
        (lambda: objectives.channel("conv9", 1), ValueError, "no layer is named 'conv9'"),
        (lambda: objectives.channel("1", 5), ValueError, "'1' has the channels 0 to 4, got 5"),
        (lambda: objectives.channel("1", -1), ValueError, "channels 0 to 4, got -1"),
        (lambda: objectives.channel("1", [1, 2, 3]), ValueError, "channel: expected an int, or 2"),
        (lambda: objectives.channel("1", 1.0), ValueError, "channel: expected an int, or 2"),
        (lambda: objectives.neuron("1", (9, 0, 0)), ValueError, "neuron: .*from 0 to 4, got 9"),
        (lambda: objectives.neuron("1", (1, 2)), ValueError, r"neuron: expected .*\(1, 2\)"),
        (lambda: objectives.class_score(4), ValueError, "target: .*4 classes.*got 4"),
        (lambda: objectives.class_score(None), ValueError, "class_score: target: expected a class"),
        (lambda: objectives.direction("1", np.ones(4)), ValueError, "expected 5 numbers.*got 4"),
        (lambda: objectives.direction("1", np.ones((5, 1))), ValueError, r"expected \(C,\)"),
        (lambda: objectives.diversity("6"), ValueError, r"diversity: layer '6'.*\(N, C, H, W\)"),
        (lambda: objectives.likeness("1", np.ones((2, 5, 7, 7))), ValueError, "likeness: wanted"),
        (lambda: objectives.likeness("1", np.zeros((2, 5, 7, 6))), ValueError, "only zeros"),
        (
            lambda: objectives.likeness("1", np.full((2, 5, 7, 6), np.inf)),
            ValueError,
            "likeness: wanted: has a NaN or Inf",
        ),
        (lambda: objectives.likeness("1", [1.0]), TypeError, "likeness: wanted: expected an array"),
        (lambda: objectives.likeness("1", Tensor(X)), TypeError, "likeness: wanted: expected an"),
        (lambda: objectives.extremeness(1), ValueError, "extremeness: alpha"),
        (lambda: objectives.layer("1") + "2", TypeError, "expected an objective or a number"),
        (lambda: "channel 1", TypeError, "objective: expected one of techniques.objectives"),
        (lambda: objectives.roughness() * 0, ValueError, "gradient is 0 everywhere.*images .0, 1"),
    ],
)
def test_a_bad_objective_is_refused(objective, error, message):
    with pytest.raises(error, match=message):
        activation_maximization(NET, objective(), pixel_image(images(2)), **STILL)


def test_diversity_of_one_image_is_refused():
    with pytest.raises(ValueError, match="at least 2 images"):
        activation_maximization(NET, objectives.diversity("1"), pixel_image(images(1)))


# Parameterizations -------------------------------------------------------------------------------

PARAMETERIZATIONS = {
    "pixels": pixel_image,
    "decorrelated pixels": lambda start, **how: pixel_image(start, decorrelated=True, **how),
    "spectrum": lambda start, **how: fourier_image(start, decorrelated=False, **how),
    "decorrelated spectrum": fourier_image,
    "steep spectrum": lambda start, **how: fourier_image(start, decay=1.5, **how),
}
LOW, HIGH = (
    np.array([-2.0, -1.0, -1.5]).reshape(3, 1, 1),
    np.array([1.0, 2.0, 2.5]).reshape(3, 1, 1),
)


@pytest.mark.parametrize("name", PARAMETERIZATIONS)
@pytest.mark.parametrize("size", [(7, 6), (6, 7), (1, 5), (5, 1), (8, 8)])
@pytest.mark.parametrize("bounds", [None, (-1.0, 1.0), (LOW, HIGH)])
def test_images_to_start_from_come_back_at_odd_and_even_sizes(name, size, bounds):
    x = images(2, shape=(3, *size))
    image = PARAMETERIZATIONS[name](x, bounds=bounds)
    back = image.image(Tensor(image.parameters)).data
    # Two transforms of at most 64 terms; colours that differ little are amplified some 20 times.
    np.testing.assert_allclose(back, x, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", PARAMETERIZATIONS)
@pytest.mark.parametrize("size", [(7, 6), (6, 7)])
def test_a_parameterization_has_the_right_gradient(name, size):
    image = PARAMETERIZATIONS[name]((1, 3, *size), sd=0.5)
    check_grad(image.image, image.parameters.astype(float))


@pytest.mark.parametrize("name", PARAMETERIZATIONS)
@given(sd=st.floats(0, 30), seed=st.integers(0, 99))
def test_no_entry_leaves_its_bounds(name, sd, seed):
    image = PARAMETERIZATIONS[name]((2, 3, 5, 4), sd=sd, bounds=(LOW, HIGH), rng=seed)
    x = image.image(Tensor(image.parameters)).data
    assert x.dtype == np.float32
    # low + (high − low) is high but for its rounding.
    assert (x >= LOW - 1e-6).all()
    assert (x <= HIGH + 1e-6).all()


def test_an_entry_on_its_bound_starts_near_it_and_can_move():
    x = np.full((1, 3, 4, 4), 1.0)
    image = pixel_image(x)
    p = Tensor(image.parameters)
    found = image.image(p)
    np.testing.assert_allclose(found.data, 1 - 2 * NEAREST, rtol=1e-12)
    assert (grad(found.sum(), p).data > 0.001).all()


def test_noise_comes_from_the_seed_and_the_first_image_does_not_hang_on_how_many_there_are():
    for make in (pixel_image, fourier_image):
        one, two = (make((n, 3, 5, 4), rng=3).parameters for n in (1, 2))
        assert np.array_equal(one, two[:1])
        assert not np.array_equal(two[0], two[1])
        assert not np.array_equal(one, make((1, 3, 5, 4), rng=4).parameters)
        assert two.std() == pytest.approx(0.01, rel=0.3)  # Of 120 numbers or more.


def test_amplitudes_fall_as_one_over_the_frequency():
    a = amplitudes((8, 9), 1.0)
    assert a.shape == (8, 5)
    np.testing.assert_allclose(a[0, 1] / a[0, 4], 4, rtol=1e-12)
    np.testing.assert_allclose(a[1, 0] / a[2, 0], 2, rtol=1e-12)
    np.testing.assert_allclose(a[3], a[-3], rtol=1e-12)
    # Of the 9 pixels' lowest frequency, 1/9 per pixel.
    assert a[0, 0] == a[0, 1] == a.max() == pytest.approx(72**0.5 * 9 / 4)
    np.testing.assert_allclose(a[2, 2] ** 2 * 16 / 72, amplitudes((8, 9), 2.0)[2, 2] / 72**0.5 * 4)


def test_decorrelated_colours_are_those_of_photographs_most_of_all_brightness():
    grey = decorrelate(np.array([1.0, 0, 0]).reshape(1, 3, 1, 1)).data.ravel()
    other = decorrelate(np.array([0.0, 1, 0]).reshape(1, 3, 1, 1)).data.ravel()
    assert (grey > 0.5).all()
    assert np.linalg.norm(grey) == pytest.approx(1)
    assert np.linalg.norm(other) < np.linalg.norm(grey) / 2
    x = images()
    back = decorrelate(decorrelate(x).data, inverse=True).data
    np.testing.assert_allclose(back, x, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pixel_image((3, 4, 4)), r"start: expected images or their shape"),
        (lambda: fourier_image((1, 3, 0, 4)), "start: expected a whole number >= 1, got 0"),
        (lambda: fourier_image(images()[0]), r"start: expected images \(N, C, H, W\)"),
        (lambda: pixel_image(images().tolist()), "start: expected images .*got a list of 2"),
        (lambda: pixel_image(2 * images()), "start: .*beyond its bounds"),
        (lambda: fourier_image((1, 3, 4, 4), sd=-1), "sd: expected a number >= 0"),
        (lambda: fourier_image((1, 3, 4, 4), decay=-1), "decay: expected a number >= 0"),
        (lambda: fourier_image((1, 3, 4, 4), bounds=(1, -1)), "bounds: expected"),
        (lambda: fourier_image((1, 3, 4, 4), bounds=(0, np.inf)), "bounds: expected finite"),
        (lambda: pixel_image(images(), bounds=(-np.inf, 1)), "bounds: expected finite"),
        (lambda: pixel_image((1, 3, 4, 4), decorrelated="no"), "decorrelated: expected True or"),
        (
            lambda: fourier_image((1, 3, 4, 4)).at(np.ones((1, 3, 4, 4))),
            r"parameters: expected them like .*, \(1, 3, 4, 3, 2\), got \(1, 3, 4, 4\)",
        ),
        (
            lambda: pixel_image((1, 3, 4, 4)).at(np.full((1, 3, 4, 4), np.nan)),
            "parameters: has a NaN or Inf",
        ),
        (
            lambda: fourier_image((1, 1, 4, 4), decorrelated=True),
            "decorrelated: expected images of 3 colours",
        ),
        (
            lambda: pixel_image(images()[:, :2], decorrelated=True),
            "decorrelated: expected images of 3 colours",
        ),
        (lambda: decorrelate(np.ones((2, 1, 4, 4))), r"decorrelate: x: expected \(N, 3"),
        (lambda: jitter(-1), "jitter: pixels"),
        (lambda: random_scale(0), "random_scale: low"),
        (lambda: random_scale(1.2, 1.1), "expected low <= high"),
        (lambda: random_rotate(np.nan), "random_rotate: degrees"),
        (lambda: pad(2, "wild"), "pad: value"),
        (lambda: pad(2, np.nan), "pad: value"),
        (lambda: pad(2, np.zeros(2)), "pad: value"),
        (lambda: pad(1.5), "pad: pixels"),
    ],
)
def test_a_bad_parameterization_or_transformation_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("x", [np.ones((1, 3, 2, 2), int), [[1.0]]])
def test_colours_that_are_no_floats_are_not_decorrelated(x):
    with pytest.raises(TypeError, match="decorrelate: x: expected an array or a Tensor of floats"):
        decorrelate(x)


# Transformations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [jitter(2), random_scale(0.7, 1.4), random_rotate(40), pad(2), pad(2, "reflect"), pad(1, 0.5)],
)
def test_a_transformation_has_the_right_gradient(change):
    check_grad(lambda x: change(x, np.random.default_rng(5)), images(2), order=2)


def test_jitter_rolls_by_at_most_so_many_pixels_and_all_shifts_come():
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 2, 2] = 1
    rng = np.random.default_rng(0)
    total = np.sum([jitter(1)(Tensor(x), rng).data for _ in range(200)], axis=0)[0, 0]
    assert (total[1:4, 1:4] > 0).all()
    assert total.sum() == total[1:4, 1:4].sum() == 200


def test_scaling_enlarges_and_turning_turns_about_the_middle():
    x = np.zeros((1, 1, 9, 9))
    x[0, 0, 4, 2:7] = 1  # A bar across.
    rng = np.random.default_rng(0)
    twice = random_scale(2, 2)(Tensor(x), rng).data[0, 0]
    assert twice[4].sum() == pytest.approx(9)
    np.testing.assert_allclose(twice[3:6, 4], [0.5, 1, 0.5])
    x = images(1, shape=(3, 6, 6))
    turned = random_rotate(90)(Tensor(x), Fixed(90.0)).data
    np.testing.assert_allclose(turned, np.rot90(x, -1, (2, 3)), rtol=0, atol=1e-12)


class Fixed:
    """Draws one number, whatever the range."""

    def __init__(self, number: float):
        self.number = number

    def uniform(self, _low: float, _high: float) -> float:
        return self.number


def test_padding_frames():
    x = images(1)
    framed = pad(2, 0.25)(Tensor(x), None).data
    assert framed.shape == (1, 3, 11, 10)
    assert np.array_equal(framed[:, :, 2:-2, 2:-2], x)
    assert (framed[:, :, :2] == 0.25).all()


# Activation maximization -------------------------------------------------------------------------


@pytest.mark.parametrize("make", [pixel_image, fourier_image])
def test_steps_are_adams_on_the_parameters(make):
    net, objective = net_of(), objectives.class_score(1)
    image = make(images())
    p, adam = image.parameters, Adam()
    trace = activation_maximization(net, objective, image, steps=4, lr=0.1, redirect=0, **STILL)
    for step in range(4):
        variable = Tensor(p)
        values = objective.of(net, image.image(variable))
        np.testing.assert_allclose(trace.history[step], values.data, rtol=1e-9)
        p = p + 0.1 * adam.step(grad(values.sum(), variable).data)
    # 4 steps of Adam, whose ratio of two small gradients is mostly rounding.
    np.testing.assert_allclose(trace.parameters, p, rtol=0, atol=1e-7)
    assert np.array_equal(trace.x, image.image(Tensor(trace.parameters)).data)


@pytest.mark.parametrize(
    "objective",
    [
        objectives.class_score(2),
        objectives.channel("3", 1),
        objectives.neuron("3", 1),
        objectives.layer("3"),
        objectives.direction("3", np.arange(6.0)),
        objectives.channel("3", 1) + 0.1 * objectives.diversity("1"),
        objectives.class_score(2) - 0.1 * objectives.roughness(),
    ],
)
def test_it_makes_an_objective_larger_and_tells_what_happened(objective):
    image = fourier_image((3, *SHAPE))
    trace = activation_maximization(
        net_of(), objective, image, transformations=(jitter(1),), steps=30, frames=10
    )
    assert trace.success.all()
    assert trace.history.shape == (31, 3)
    assert trace.frame_steps.tolist() == [0, 10, 20, 30]
    assert trace.frames.shape == (4, 3, *SHAPE)
    assert np.array_equal(trace.frames[-1], trace.x)
    assert trace.steps.tolist() == [30] * 3
    assert set(trace.reason) == {"step limit"}
    assert trace.x.dtype == np.float32
    assert abs(trace.x).max() <= 1
    np.testing.assert_array_equal(trace.history[-1], value(objective, net_of(), trace.x))
    assert "30 steps, step limit; median objective" in repr(trace)


def test_a_batch_gives_what_its_images_give_one_at_a_time():
    net, x = net_of(), images(3)
    settings = {"steps": 6, "rng": 2, **SHAKEN}
    whole = activation_maximization(
        net, objectives.channel("3", [0, 1, 2]), fourier_image(x), **settings
    )
    for n in range(3):
        alone = activation_maximization(
            net, objectives.channel("3", n), fourier_image(x[n : n + 1]), **settings
        )
        # 6 steps of Adam, whose ratio of two small gradients is mostly rounding.
        np.testing.assert_allclose(alone.x[0], whole.x[n], rtol=0, atol=1e-7)


def test_the_same_seed_gives_the_same_and_another_another():
    def run(seed):
        image = fourier_image((1, *SHAPE), rng=0)
        return activation_maximization(
            net_of(), objectives.class_score(0), image, steps=5, rng=seed, **SHAKEN
        ).x

    assert np.array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))


def test_what_the_net_sees_has_the_size_of_the_image_and_is_its_middle():
    seen = []

    class Watching(Sequential):
        def forward(self, x):
            seen.append(x.data)
            return super().forward(x)

    net = Watching(*net_of())
    image = pixel_image(images(2))
    activation_maximization(
        net, objectives.class_score(0), image, transformations=(pad(3),), steps=1
    )
    np.testing.assert_array_equal(seen[0], image.image(Tensor(image.parameters)).data)


def test_the_usual_transformations_go_with_the_size_of_the_image():
    noise = Tensor(np.zeros((1, 1, 6, 6)))
    for size, frame in ((224, 12), (64, 6), (28, 3)):
        change = usual_transformations((size, size))[0]
        assert change(noise, None).shape[2] == 6 + 2 * frame


def test_neither_the_net_nor_the_start_is_changed():
    net, x = net_of(), images(2)
    before = {name: array.copy() for name, array in net.state_dict().items()}
    copy = x.copy()
    image = fourier_image(x)
    parameters = image.parameters.copy()
    net.train()
    activation_maximization(net, objectives.class_score(0), image, steps=3)
    assert net.training
    assert np.array_equal(x, copy)
    assert np.array_equal(image.parameters, parameters)
    assert all(np.array_equal(before[name], array) for name, array in net.state_dict().items())


def dead_net() -> Sequential:
    """Its second ReLU is off for images near 0, by little."""
    net = net_of()
    net[2].bias.data = np.full(6, -0.5)
    net[2].weight.data = 0.3 * net[2].weight.data
    return net


def test_a_dead_relu_is_redirected_and_comes_to_life():
    net, image = dead_net(), pixel_image((2, *SHAPE))
    objective = objectives.channel("3", 1)
    assert not value(objective, net, image.image(Tensor(image.parameters)).data).any()
    trace = activation_maximization(net, objective, image, steps=80, lr=0.2, redirect=80, **STILL)
    assert (trace.history[-1] > 0).all()
    with pytest.raises(ValueError, match=r"gradient is 0 everywhere.*images \[0, 1\].*unit off"):
        activation_maximization(net, objective, image, redirect=0)


def test_a_redirected_relu_lets_only_what_raises_it_through_and_only_where_all_is_stopped():
    out = np.array([[0.0, 0, 0], [1, 0, 0], [1, 0, 0]])
    g = np.array([[2.0, -3, 0], [0, -3, 2], [4, -3, 2]])
    found = redirected(Tensor(g), Tensor(out), None).data
    assert found.tolist() == [[2, 0, 0], [0, 0, 2], [4, 0, 0]]


def test_redirecting_leaves_the_gradient_alone_where_it_is_not_0():
    runs = [
        activation_maximization(
            net_of(), objectives.class_score(1), pixel_image(images()), steps=5, redirect=k
        ).x
        for k in (0, 5)
    ]
    assert np.array_equal(*runs)


def test_it_goes_on_from_a_trace():
    image = fourier_image((1, *SHAPE))
    objective = objectives.class_score(1)
    first = activation_maximization(net_of(), objective, image, steps=10, **STILL)
    second = activation_maximization(
        net_of(), objective, image.at(first.parameters), steps=10, **STILL
    )
    assert np.array_equal(second.start, first.x)
    assert second.history[-1] > first.history[-1]


class Interrupting(Sequential):
    """Is interrupted when it is asked for the n-th time."""

    left = 4

    def forward(self, x):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().forward(x)


def test_ctrl_c_returns_what_was_reached():
    image = fourier_image((2, *SHAPE))
    objective = objectives.class_score(1)
    stopped = activation_maximization(Interrupting(*net_of()), objective, image, steps=50, frames=2)
    whole = activation_maximization(net_of(), objective, image, steps=3)
    assert np.array_equal(stopped.x, whole.x)
    assert np.array_equal(stopped.history, whole.history)
    assert stopped.steps.tolist() == [3, 3]
    assert set(stopped.reason) == {"interrupted"}
    assert stopped.frame_steps.tolist() == [0, 2, 3]
    dream = deep_dream(Interrupting(*net_of()), images(1), layer="1", steps=50, octaves=1)
    assert dream.steps.tolist() == [3]
    assert set(dream.reason) == {"interrupted"}


def test_the_bar_shows_the_objective(capsys):
    image = fourier_image((1, *SHAPE))
    activation_maximization(NET, objectives.class_score(1), image, steps=3, progress=True)
    deep_dream(NET, images(1), layer="1", steps=2, octaves=2, progress=True)
    assert capsys.readouterr().err.count("objective=") >= 2


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"image": images()}, TypeError, r"image: expected pixel_image\(...\)"),
        ({"transformations": jitter(1)}, TypeError, "transformations: expected a sequence"),
        ({"transformations": [3]}, TypeError, "transformations: expected a sequence"),
        ({"steps": 0}, ValueError, "steps: expected a whole number >= 1"),
        ({"lr": 0}, ValueError, "lr: expected a number > 0"),
        ({"redirect": -1}, ValueError, "redirect"),
        ({"rng": "x"}, ValueError, "rng: expected a seed"),
        ({"frames": -1}, ValueError, "frames"),
        ({"net": lambda x: x}, TypeError, "no named_modules"),
    ],
)
def test_bad_settings_are_refused(settings, error, message):
    settings = {"net": NET, "image": pixel_image(images()), **settings}
    with pytest.raises(error, match=message):
        activation_maximization(objective=objectives.channel("1", 0), **settings)


# DeepDream and inversion -------------------------------------------------------------------------


def test_one_octave_takes_steps_of_the_mean_length_lr_along_the_gradient():
    net, x = net_of(), images(2)
    trace = deep_dream(net, x, layer="1", octaves=1, steps=1, lr=0.05, jitter=0, bounds=None)
    variable = Tensor(x)
    g = grad(objectives.layer("1").of(net, variable).sum(), variable).data
    expected = x + 0.05 * g / abs(g).mean(axis=(1, 2, 3), keepdims=True)
    np.testing.assert_allclose(trace.x, expected, rtol=0, atol=1e-12)


def test_a_dream_raises_its_objective_within_the_bounds():
    net, x = net_of(), images(2, shape=(3, 21, 18))
    for channel in (None, 3, [1, 2]):
        trace = deep_dream(net, x, layer="1", channel=channel, steps=5, octaves=3, frames=6)
        assert trace.success.all()
        assert abs(trace.x).max() <= 1
        assert trace.history.shape == (16, 2)
        assert trace.frames.shape == (4, *x.shape)
        assert np.array_equal(trace.start, x)
        assert trace.x.dtype == x.dtype


def test_a_dream_of_a_batch_is_that_of_its_images():
    net, x = net_of(), images(2, shape=(3, 12, 11))
    settings = {"layer": "1", "steps": 3, "octaves": 2}
    whole = deep_dream(net, x, **settings).x
    for n in range(2):
        # 6 steps, off by the rounding of a gradient.
        alone = deep_dream(net, x[n : n + 1], **settings).x
        np.testing.assert_allclose(alone[0], whole[n], rtol=0, atol=1e-11)


def pointwise_net() -> Sequential:
    """It looks at single pixels, wherever they are."""
    return Sequential(Conv2d(3, 4, 1, rng=0), AdaptiveAvgPool2d(1), Flatten())


def test_the_jitter_of_a_dream_is_undone():
    x = images(2, shape=(3, 9, 7))
    still, shaken = (
        deep_dream(pointwise_net(), x, layer="0", steps=3, octaves=2, jitter=j).x for j in (0, 5)
    )
    # The weights are float32, in which a gradient of the 6 steps is rounded.
    np.testing.assert_allclose(shaken, still, rtol=0, atol=1e-5)


@given(st.integers(1, 40), st.integers(1, 12))
def test_parts_cover_everything_once_and_none_is_larger_than_a_tile(size, tile):
    pieces = parts(size, tile)
    assert [i for piece in pieces for i in range(size)[piece]] == list(range(size))
    assert max(piece.stop - piece.start for piece in pieces) <= tile


def test_tiles_add_up_where_the_net_looks_at_single_pixels():
    x = images(2, shape=(3, 9, 7))
    whole, tiled = (in_tiles(pointwise_net(), objectives.layer("0"), x, tile) for tile in (9, 4))
    for a, b in zip(whole, tiled, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)  # The weights are float32.


def test_shrinking_keeps_what_is_smooth_and_loses_what_is_too_fine():
    flat = np.full((1, 1, 12, 12), 0.5)
    np.testing.assert_allclose(shrunk(flat, 2.0), np.full((1, 1, 6, 6), 0.5), rtol=1e-12)
    board = np.indices((12, 12)).sum(axis=0)[None, None] % 2 - 0.5
    assert abs(shrunk(board, 2.0)).max() < 0.1
    # A mean of 16 pixels of noise; without a blur, of the nearest 4, it is 1/2.
    assert shrunk(images(1, shape=(9, 24, 24)), 4).std() < images(1, shape=(9, 24, 24)).std() / 4
    assert shrunk(flat, 1) is flat


def test_an_inversion_has_nearly_the_features_of_the_image():
    net, x = net_of(), images(2)
    trace = feature_inversion(net, x, layer="1", tv_weight=0, alpha_weight=0, steps=300)
    error = -value(objectives.likeness("1", maps(net, x)), net, trace.x)
    assert (error < 0.05).all()
    assert (trace.history[0] < -0.2).all()
    np.testing.assert_allclose(trace.history[-1], -error, rtol=1e-9)
    assert trace.x.dtype == x.dtype


def test_penalties_make_an_inversion_smoother():
    net, x = net_of(), images(2)
    rough, smooth = (
        feature_inversion(net, x, layer="1", tv_weight=weight, steps=60).x for weight in (0, 0.5)
    )
    roughness = objectives.roughness()
    assert (value(roughness, net, smooth) < value(roughness, net, rough) / 2).all()


@pytest.mark.parametrize(
    ("technique", "settings", "error", "message"),
    [
        (deep_dream, {"layer": "nope"}, ValueError, "no layer is named 'nope'"),
        (deep_dream, {"layer": None}, TypeError, "layer: expected a name"),
        (deep_dream, {"channel": 9}, ValueError, "channels 0 to 4, got 9"),
        (deep_dream, {"octaves": 0}, ValueError, "octaves"),
        (deep_dream, {"octave_scale": 1}, ValueError, "octave_scale: expected a number > 1"),
        (deep_dream, {"octaves": 7}, ValueError, "octaves: .* 7 with .* of 1.4 would leave less"),
        (deep_dream, {"octave_scale": 1e200}, ValueError, "octaves: .* would leave less than a"),
        (deep_dream, {"tile": 0}, ValueError, "tile"),
        (deep_dream, {"lr": -1}, ValueError, "lr"),
        (deep_dream, {"jitter": -1}, ValueError, "jitter"),
        (deep_dream, {"bounds": (-0.1, 0.1)}, ValueError, "beyond its bounds"),
        (deep_dream, {"bounds": (-np.ones(SHAPE), 1)}, ValueError, "the same for all pixels"),
        (feature_inversion, {"layer": "nope"}, ValueError, "no layer is named 'nope'"),
        (feature_inversion, {"tv_weight": -1}, ValueError, "tv_weight"),
        (feature_inversion, {"alpha_weight": np.inf}, ValueError, "alpha_weight"),
        (feature_inversion, {"alpha": 0.5}, ValueError, "alpha"),
        (feature_inversion, {"steps": 0}, ValueError, "steps"),
        (feature_inversion, {"x": images()[0]}, ValueError, r"images \(N, C, H, W\)"),
    ],
)
def test_bad_arguments_of_a_dream_and_an_inversion_are_refused(technique, settings, error, message):
    with pytest.raises(error, match=message):
        technique(**{"net": NET, "x": images(), "layer": "1", **settings})


def test_a_layer_that_is_off_can_be_neither_dreamt_nor_inverted():
    net = net_of()
    net[0].bias.data = np.full(5, -100.0)
    with pytest.raises(ValueError, match="gradient is 0 everywhere"):
        deep_dream(net, images(), layer="1")
    with pytest.raises(ValueError, match="only zeros"):
        feature_inversion(net, images(), layer="1")
