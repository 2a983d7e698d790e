"""Agreement with Captum, and with LIME's own code, whose answers make_perturbation.py stored."""

from pathlib import Path

import numpy as np
import pytest

import techniques
from nets import KernelFitter, resnet18
from nets.data.image import load_image, preprocess
from nets.squeezenet import squeezenet1_1
from techniques.lime import lasso, ridge, surrogate

from ..references.captum_questions import PHOTO_TARGETS, PHOTOS, SMALL_TARGETS, small_images
from ..references.perturbation_questions import (
    ON,
    PHOTOGRAPHS,
    RESNET,
    RESNET_TARGET,
    SMALL,
    kept,
    score,
)
from ..references.seeded import seeded_image, seeded_weights

PEERS = np.load(Path(__file__).parents[1] / "references" / "perturbation.npz")


def questions(of: dict) -> pytest.MarkDecorator:
    """Each question with the techniques that answer it: the exact Shapley values are two's."""
    asked = [(question, question.split()[0]) for question in of]
    asked += [(question, "kernel_shap") for question in of if question == "shapley_values"]
    return pytest.mark.parametrize(("question", "technique"), asked)


def assert_agrees(question, technique, of, settings, net, x, target, tolerance) -> None:
    """In the relative error of each map: the norm of the difference over the norm."""
    if technique == "shapley_values":
        settings = {**settings, "exact": True}
    found = kept(getattr(techniques, technique)(net, x, target, **settings).astype(np.float64))
    theirs = PEERS[f"{question} of {of}"]
    axes = (1, 2, 3)
    error = np.sqrt(((found - theirs) ** 2).sum(axes) / (theirs**2).sum(axes))
    assert (error <= tolerance).all(), f"{technique}: relative errors {error}"


def seeded(net):
    net.load_state_dict(seeded_weights({name: x.shape for name, x in net.state_dict().items()}))
    return net


@questions(SMALL)
def test_a_small_net_in_float64(question, technique):
    # Captum's `ShapleyValues` are float32.
    assert_agrees(
        question, technique, "KernelFitter", SMALL[question],
        seeded(KernelFitter(rng=0)), small_images(), SMALL_TARGETS, tolerance=1e-5,
    )  # fmt: skip


@questions(RESNET)
def test_a_net_with_batch_norm_in_float32(question, technique):
    # A drop is a difference of scores, 10 to 100 times as large, of 1e-6 rounding each.
    assert_agrees(
        question, technique, "ResNet", RESNET[question],
        seeded(resnet18()), seeded_image(), RESNET_TARGET, tolerance=1e-4,
    )  # fmt: skip


@pytest.fixture(scope="module")
def squeezenet(data_folder):
    weights = data_folder / "weights" / "squeezenet1_1.npz"
    photos = [data_folder / "photos" / name for name in PHOTOS]
    for file in (weights, *photos):
        if not file.is_file():
            pytest.skip(f"no {file}")
    return squeezenet1_1(weights), preprocess(*map(load_image, photos))


@questions(PHOTOGRAPHS)
def test_squeezenet_in_float32(question, technique, squeezenet):
    net, x = squeezenet
    # As for the ResNet.
    assert_agrees(
        question, technique, "SqueezeNet", PHOTOGRAPHS[question],
        net, x, PHOTO_TARGETS, tolerance=1e-4,
    )  # fmt: skip


def test_lime_finds_the_dog_and_rise_the_cat(squeezenet):
    net, x = squeezenet
    dog, cat = PHOTO_TARGETS[:2]
    of_dog = techniques.lime(net, x[:1], dog, samples=80, rng=0)[0, 0]
    of_cat = techniques.rise(net, x[:1], cat, samples=150, rng=0)[0, 0]
    y, column = np.argwhere(of_dog == of_dog.max()).mean(axis=0)  # The middle of a superpixel.
    # Boxes around the dog's head and around the cat, in the preprocessed photograph.
    assert 0 <= y < 90
    assert 65 <= column < 150
    y, column = np.unravel_index(of_cat.argmax(), of_cat.shape)
    assert 135 <= y < 224
    assert 25 <= column < 190


@pytest.mark.parametrize(
    ("peer", "fit", "alpha", "tolerance"),
    [
        ("lime ridge of its authors", ridge, 1.0, 1e-12),  # Two ways to solve one equation.
        ("lime ridge", ridge, 1.0, 1e-6),  # Captum gives scikit-learn float32.
        ("lime lasso", lasso, 0.05, 1e-9),  # Where both of the descents stop.
    ],
)
def test_the_fit_of_lime(peer, fit, alpha, tolerance):
    found = surrogate(ON, score(ON.astype(float)).T, fit, alpha, 0.25)
    np.testing.assert_allclose(found, PEERS[peer].reshape(1, 8), rtol=0, atol=5 * tolerance)
