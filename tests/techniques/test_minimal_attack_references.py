"""The attacks of least change do as well as Foolbox's and torchattacks', on the same net."""

from pathlib import Path

import numpy as np
import pytest

import techniques
from nets import KernelFitter, load_image, preprocess, squeezenet1_1
from nets.data import IMAGENET_MEAN, IMAGENET_STD

from ..references.minimal_attack_questions import (
    LENGTHS,
    PHOTO_EPS,
    PHOTO_LENGTHS,
    PHOTO_SUCCESSES,
    PHOTOS,
    SUCCESSES,
)
from .small_nets import ask

FOLDER = Path(__file__).parents[1] / "references"


@pytest.fixture(scope="module")
def answers():
    return dict(np.load(FOLDER / "minimal_attacks.npz"))


@pytest.fixture(scope="module")
def net():
    stored = dict(np.load(FOLDER / "gradient_attacks.npz"))
    net = KernelFitter()
    net.load_state_dict(
        {k.removeprefix("weights "): v for k, v in stored.items() if k.startswith("weights ")}
    )
    return net


@pytest.fixture(scope="module")
def digits(answers):
    return (answers["digits"] / 127.5 - 1).astype(np.float32)


def asked(question, net, digits, **more):
    technique, settings = question
    return getattr(techniques, technique)(net, digits, **settings, **more)


@pytest.mark.parametrize("question", [name for name in LENGTHS if "deepfool" in name])
def test_deepfool_takes_the_steps_of_foolbox(question, answers, net, digits):
    trace = asked(LENGTHS[question], net, digits)
    assert trace.success.all()
    # Rounding in float32 of some steps; a step that a ReLU's kink divides is not among them.
    np.testing.assert_allclose(trace.l2, answers[question], rtol=1e-4)


@pytest.mark.parametrize("question", [name for name in LENGTHS if "deepfool" not in name])
def test_lengths_are_at_most_those_of_foolbox(question, answers, net, digits):
    trace = asked(LENGTHS[question], net, digits)
    assert trace.success.all()
    # 2 % is what the searches leave open.
    assert np.median(trace.l2) <= 1.02 * np.median(answers[question])
    theirs = np.isfinite(answers[question])  # With so few steps, not all.
    assert trace.l2[theirs].mean() <= 1.02 * answers[question][theirs].mean()


def test_carlini_and_wagner_come_nearer_than_deepfool(net, digits):
    near = asked(LENGTHS["carlini_wagner"], net, digits)
    assert np.median(near.l2) < 0.97 * np.median(techniques.deepfool(net, digits).l2)


def test_jsma_carries_as_many_digits_to_the_next_class_as_torchattacks(answers, net, digits):
    """There pixels go up only, and in one step more, since γD/2 is rounded up."""
    target = (ask(net, digits).argmax(axis=1) + 1) % 10
    trace = asked(SUCCESSES["jsma"], net, digits, target=target)
    assert trace.success.sum() >= answers["jsma"].sum()
    up = techniques.jsma(net, digits, target, direction="up", gamma=80 / 784)
    # A pixel above 0.99 does not go up there; from there on, other pairs follow.
    assert (up.success == answers["jsma"]).mean() >= 0.8


def test_at_least_90_percent_of_digits_are_carried_to_any_class(net, digits):
    target = (ask(net, digits).argmax(axis=1) + 1 + np.arange(len(digits)) % 9) % 10
    assert techniques.jsma(net, digits, target).success.mean() >= 0.9


def test_one_pixel_succeeds_as_often_as_that_of_torchattacks(answers, net, digits):
    trace = asked(SUCCESSES["one_pixel"], net, digits)
    assert trace.success.sum() >= answers["one_pixel"].sum()
    assert (trace.l0[trace.success] == 1).all()


@pytest.fixture(scope="module")
def photographs(data_folder):
    """(a net that takes photographs in [0, 1], some of these)."""
    net = squeezenet1_1(weights=data_folder / "weights" / "squeezenet1_1.npz").eval()
    mean, std = (np.reshape(v, (3, 1, 1)).astype("float32") for v in (IMAGENET_MEAN, IMAGENET_STD))
    x = preprocess(*(load_image(data_folder / "photos" / name) for name in PHOTOS))
    return lambda v: net((v - mean) / std), (x * std + mean).clip(0, 1)


def test_deepfool_takes_photographs_as_far_as_foolbox(answers, photographs):
    technique, settings = PHOTO_LENGTHS["deepfool of photographs"]
    trace = getattr(techniques, technique)(*photographs, bounds=(0, 1), **settings)
    assert trace.success.all()
    # As above. (Of 150,528 entries sums are longer.)
    np.testing.assert_allclose(trace.l2, answers["deepfool of photographs"], rtol=1e-3)


def test_carlini_and_wagner_take_photographs_no_farther_than_foolbox(answers, photographs):
    technique, settings = PHOTO_LENGTHS["carlini_wagner of photographs"]
    trace = getattr(techniques, technique)(*photographs, bounds=(0, 1), **settings)
    assert trace.success.all()
    # 2 % is what the searches leave open.
    assert np.median(trace.l2) <= 1.02 * np.median(answers["carlini_wagner of photographs"])


@pytest.mark.parametrize("question", PHOTO_SUCCESSES)
def test_as_many_photographs_are_misclassified_as_by_torchattacks(answers, photographs, question):
    technique, settings = PHOTO_SUCCESSES[question]
    how = {"random_start": False} if technique == "pgd" else {}
    attack = getattr(techniques, technique)
    trace = attack(*photographs, eps=PHOTO_EPS, bounds=(0, 1), **settings, **how)
    assert trace.success.sum() >= answers[question].sum()
    assert (trace.success | ~answers[question]).all()
    # Rounding in float32.
    assert trace.linf.max() <= PHOTO_EPS * (1 + 1e-4)
