"""What is promised of real photographs and a real net: SqueezeNet 1.1 with ImageNet's weights."""

import numpy as np
import pytest

from nets import IMAGENET_CLASSES, load_image, preprocess, squeezenet1_1
from nets.data import IMAGENET_STD
from techniques import (
    activation_maximization,
    class_visualization,
    deep_dream,
    feature_inversion,
    fooling_image,
    fourier_image,
    objectives,
    pgd,
    pixel_image,
    style_transfer,
)

from .small_nets import ask, softmax_of

BLACK, WHITE = (preprocess(np.full((1, 1, 3), level, "uint8"), crop=1)[0] for level in (0, 255))


@pytest.fixture(scope="module")
def net(data_folder):
    return squeezenet1_1(weights=data_folder / "weights" / "squeezenet1_1.npz")


def test_classes_are_made_of_noise(net):
    classes = [IMAGENET_CLASSES.index(name) for name in ("gorilla", "flamingo", "goldfish")]
    noise = np.random.default_rng(0).normal(0, 0.1, (3, 3, 224, 224)).astype("float32")
    # The settings of CS231n, of whose 100 steps these classes need but 30.
    trace = class_visualization(
        net, noise, classes, steps=30, jitter=16, blur=0.5, bounds=(BLACK, WHITE)
    )
    assert trace.success.all()
    assert (softmax_of(ask(net, trace.x))[range(3), classes] >= 0.9).all()


def test_photographs_are_taken_for_random_classes_by_changes_that_nobody_sees(net, data_folder):
    paths = sorted((data_folder / "photos").glob("*.JPEG"))[:3]
    x = preprocess(*map(load_image, paths))
    target = np.random.default_rng(0).integers(0, 1000, 3)
    trace = fooling_image(net, x, target, lr=1.0, bounds=(BLACK, WHITE))
    assert trace.success.all()
    assert np.array_equal(ask(net, trace.x).argmax(axis=1), target)
    change = trace.perturbation * np.array(IMAGENET_STD).reshape(3, 1, 1)  # Of colours in [0, 1].
    assert np.sqrt((change**2).mean(axis=(1, 2, 3))).max() < 2 / 255


def test_photographs_are_carried_to_random_classes_within_8_of_255(net, data_folder):
    """Of all 33 photographs, all are; 6 stand for them here."""
    paths = sorted((data_folder / "photos").glob("*.JPEG"))[3:9]
    x = preprocess(*map(load_image, paths))
    target = np.random.default_rng(1).integers(0, 1000, len(x))
    eps = np.float32(8 / 255) / np.array(IMAGENET_STD, np.float32).reshape(3, 1, 1)
    trace = pgd(net, x, target, eps=eps, targeted=True, bounds=(BLACK, WHITE))
    assert trace.success.all()
    assert np.array_equal(ask(net, trace.x).argmax(axis=1), target)
    # In units of colours, with float32's rounding.
    assert (abs(trace.perturbation) / eps).max() <= 1 + 1e-5


def test_the_loss_of_a_style_transfer_falls_below_a_quarter(net, data_folder):
    content, style = (
        preprocess(load_image(data_folder / "styles" / name), shorter_side=96, crop=None)
        for name in ("tubingen.jpg", "starry_night.jpg")
    )
    layers = {"features.1": 300000, "features.4": 1000, "features.6": 15, "features.7": 3}
    trace = style_transfer(net, content, style, content_layer="features.3", style_layers=layers)
    assert trace.history.shape == (201, 1, 3)
    assert trace.loss[-1] < trace.loss[0] / 4


def alike(x: np.ndarray) -> np.ndarray:
    """The correlation of neighbours in each image, about 0 in noise and 1 in what is smooth."""
    x = x - x.mean(axis=(2, 3), keepdims=True)
    below = (x[:, :, 1:] * x[:, :, :-1]).sum(axis=(1, 2, 3))
    return below / (x**2).sum(axis=(1, 2, 3))


def test_what_channels_want_to_see_is_smooth_on_the_spectrum_and_noise_on_pixels(net):
    shape, bounds = (2, 3, 64, 64), (BLACK, WHITE)
    wanted = objectives.channel("features.7", [17, 200])
    spectrum, pixels = (
        activation_maximization(net, wanted, make(shape, bounds=bounds), steps=40, **settings)
        for make, settings in ((fourier_image, {}), (pixel_image, {"transformations": ()}))
    )
    assert (spectrum.history[-1] > spectrum.history[0] + 10).all()
    assert (alike(spectrum.x) > 0.75).all()
    assert (alike(pixels.x) < 0.5).all()


def test_classes_are_made_on_the_spectrum(net):
    classes = [IMAGENET_CLASSES.index(name) for name in ("tarantula", "flamingo")]
    image = fourier_image((2, 3, 96, 96), bounds=(BLACK, WHITE))
    trace = activation_maximization(net, objectives.class_score(classes), image, steps=40)
    assert (softmax_of(ask(net, trace.x))[range(2), classes] >= 0.9).all()


def test_a_dream_and_an_inversion_of_a_photograph(net, data_folder):
    x = preprocess(load_image(data_folder / "photos" / "dd_tree.png"), shorter_side=64, crop=None)
    bounds = (BLACK, WHITE)
    dream = deep_dream(net, x, layer="features.7", octaves=2, steps=8, tile=48, bounds=bounds)
    assert dream.history[-1] > 1.5 * dream.history[0]
    inversion = feature_inversion(net, x, layer="features.1", steps=60, bounds=bounds)
    rms = np.sqrt(((inversion.x - x) ** 2).mean())
    assert rms < x.std() / 2
