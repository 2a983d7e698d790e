"""What is promised of real photographs and a real net: SqueezeNet 1.1 with ImageNet's weights."""

import numpy as np
import pytest

from nets import IMAGENET_CLASSES, load_image, preprocess, squeezenet1_1
from nets.data import IMAGENET_STD
from techniques import class_visualization, fooling_image, style_transfer

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


def test_the_loss_of_a_style_transfer_falls_below_a_quarter(net, data_folder):
    content, style = (
        preprocess(load_image(data_folder / "styles" / name), shorter_side=96, crop=None)
        for name in ("tubingen.jpg", "starry_night.jpg")
    )
    layers = {"features.1": 300000, "features.4": 1000, "features.6": 15, "features.7": 3}
    trace = style_transfer(net, content, style, content_layer="features.3", style_layers=layers)
    assert trace.history.shape == (201, 1, 3)
    assert trace.loss[-1] < trace.loss[0] / 4
