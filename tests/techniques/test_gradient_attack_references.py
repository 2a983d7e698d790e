"""Agreement with Foolbox and torchattacks, whose answers make_gradient_attacks.py stored.

And what the attacks must reach of real digits and photographs.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import techniques
from nets import KernelFitter, evaluate, fit, load_image, mnist, preprocess, squeezenet1_1
from nets.data import IMAGENET_STD
from techniques import momentum_fgsm, pgd, universal_perturbation

from ..references.gradient_attack_questions import (
    MANY,
    PHOTO_STEPS,
    PHOTO_TARGETS,
    PHOTOS,
    QUESTIONS,
    RADII,
    STEPS,
    kept,
    other_classes,
)
from .small_nets import ask

PEERS = np.load(Path(__file__).parents[1] / "references" / "gradient_attacks.npz")
ANSWERS = [name for name in PEERS.files if " of " in name and not name.startswith("success")]


def trained():
    net = KernelFitter(rng=0)
    names = net.state_dict()
    net.load_state_dict({name: PEERS[f"weights {name}"] for name in names})
    return net


@pytest.fixture(scope="module")
def many_digits(data_folder):
    """(net, 500 digits, their classes), in float32."""
    _, (X, Y) = mnist(data_folder / "mnist")
    return trained(), X[:MANY], Y[:MANY]


@pytest.mark.parametrize("answer", ANSWERS)
def test_digits_are_moved_as_a_peer_moves_them(answer):
    technique, settings = QUESTIONS[answer.split(" of ")[0]]
    net, x, y = trained(), PEERS["digits"] / 127.5 - 1, PEERS["labels"].astype(int)
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(np.float64)
    if technique != "fgsm":
        settings = {**settings, "confidence": 1.0}
    if technique == "pgd":
        settings = {**settings, "random_start": False}
    target = other_classes(y) if settings.get("targeted") else y
    trace = getattr(techniques, technique)(net, x, target, **settings)
    # It is stored in float32, of numbers up to 1. (A pixel whose step went the other way would be
    # off by far more.)
    np.testing.assert_allclose(kept(trace.x), PEERS[answer], rtol=0, atol=2e-6)


@pytest.mark.parametrize("norm", RADII)
def test_at_least_as_many_digits_are_misclassified_as_by_foolbox_and_by_no_longer_ways(
    many_digits, norm
):
    net, x, y = many_digits
    theirs = zip(RADII[norm], PEERS[f"success {norm}"], PEERS[f"median l2 {norm}"], strict=True)
    for eps, success, length in theirs:
        trace = pgd(net, x, y, eps=eps, norm=norm, steps=STEPS, random_start=False)
        # Rounding in float32 may decide about one digit of 500.
        assert trace.success.sum() >= round(MANY * float(success)) - 1
        assert np.median(trace.l2) <= length


def test_every_digit_is_misclassified_within_0_3_of_the_range(many_digits):
    net, x, y = many_digits
    trace = pgd(net, x, y, eps=0.6)  # Of the range of 2, from −1 to 1.
    assert trace.success.mean() >= 0.99
    assert (ask(net, trace.x).argmax(axis=1) != y)[trace.success].all()
    assert trace.linf.max() <= 0.6 + 1e-6
    assert momentum_fgsm(net, x, y, eps=0.6).success.mean() >= 0.99


def test_one_change_fools_the_net_on_most_digits_that_it_was_not_made_with(many_digits):
    net, x, _ = many_digits
    trace = universal_perturbation(net, x[:300], eps=0.6, epochs=3)
    held_out = x[300:]
    moved = (held_out + trace.universal).clip(-1, 1)
    changed = ask(net, moved).argmax(axis=1) != ask(net, held_out).argmax(axis=1)
    assert changed.mean() >= 0.6


def test_photographs_are_taken_for_classes_drawn_by_lot_within_8_of_255(data_folder):
    net = squeezenet1_1(weights=data_folder / "weights" / "squeezenet1_1.npz")
    photos = preprocess(*(load_image(data_folder / "photos" / name) for name in PHOTOS))
    black, white = (preprocess(np.full((1, 1, 3), level, "uint8"), crop=1)[0] for level in (0, 255))
    level = (1 / 255 / np.array(IMAGENET_STD)).reshape(3, 1, 1)  # One in 255, per colour.
    trace = pgd(
        net, photos, PHOTO_TARGETS, eps=8 * level, step_size=2 * level, steps=PHOTO_STEPS,
        targeted=True, bounds=(black, white),
    )  # fmt: skip
    assert (trace.success >= PEERS["success of photographs"]).all()
    assert (abs(trace.perturbation) <= 8 * level * (1 + 1e-5)).all()


def test_adversarial_training_gains_more_than_30_points_of_robust_accuracy(
    many_digits, data_folder
):
    plain, x, y = many_digits
    (X, Y), _ = mnist(data_folder / "mnist")
    robust = KernelFitter(rng=0)
    fit(
        robust, (X[:5000], Y[:5000]), epochs=1, batch_size=64, lr=0.2, progress=False,
        adversary=partial(pgd, eps=0.2, steps=3, confidence=1.0),
    )  # fmt: skip
    accuracies = [1 - pgd(net, x, y, eps=0.2).success.mean() for net in (plain, robust)]
    assert accuracies[1] >= accuracies[0] + 0.3
    assert evaluate(robust, (x, y)) >= 0.8
