"""Agreement with Captum, on a small net and on SqueezeNet with real photographs.

The answers were stored by tests/references/make_captum.py.
"""

from pathlib import Path

import numpy as np
import pytest

import techniques
from autograd import resize
from nets import KernelFitter
from nets.data.image import load_image, preprocess
from nets.squeezenet import squeezenet1_1
from techniques import grad_cam, layer_conductance

from ..references.captum_questions import (
    MORE_QUESTIONS,
    PHOTO_LAYER,
    PHOTO_TARGETS,
    PHOTOS,
    QUESTIONS,
    SMALL_LAYER,
    SMALL_TARGETS,
    kept,
    small_images,
)
from ..references.seeded import seeded_weights

CAPTUM = np.load(Path(__file__).parents[1] / "references" / "captum.npz")
AT_A_LAYER = ("grad_cam", "guided_grad_cam", "layer_conductance")


def answer(question: str, settings: dict, net, layer: str, x, target):
    name = question.split()[0]
    at = {"layer": layer} if name in AT_A_LAYER else {}
    return getattr(techniques, name)(net, x, target, **at, **settings)


def assert_agrees(question: str, net: str, found: np.ndarray, tolerance: float) -> None:
    """In the relative error of each map: the norm of the difference over the norm."""
    for name, mine in kept(f"{question} of {net}", found).items():
        theirs = CAPTUM[name]
        if theirs.ndim == 1:  # Sums, in which much cancels, and norms.
            scale = CAPTUM[name.replace(": sum", ": norm")]
            assert (abs(mine - theirs) <= tolerance * np.maximum(scale, abs(theirs))).all(), name
        else:
            axes = tuple(range(1, theirs.ndim))
            error = np.sqrt(((mine - theirs) ** 2).sum(axes) / (theirs**2).sum(axes))
            assert (error <= tolerance).all(), f"{name}: relative errors {error}"


@pytest.fixture(scope="module")
def small():
    net = KernelFitter(rng=0)
    net.load_state_dict(seeded_weights({name: x.shape for name, x in net.state_dict().items()}))
    return net


@pytest.mark.parametrize("question", MORE_QUESTIONS)
def test_a_small_net_in_float64(question, small):
    found = answer(
        question, MORE_QUESTIONS[question], small, SMALL_LAYER, small_images(), SMALL_TARGETS
    )
    if "trapezoid" in question:  # Captum's eight weights add up to 7/8.
        found = found * (7 / 8)
    # Captum's quadrature and its counts of windows are float32, and so is what is stored.
    assert_agrees(question, "KernelFitter", found, tolerance=1e-6)


@pytest.fixture(scope="module")
def squeezenet(data_folder):
    weights = data_folder / "weights" / "squeezenet1_1.npz"
    photos = [data_folder / "photos" / name for name in PHOTOS]
    for file in (weights, *photos):
        if not file.is_file():
            pytest.skip(f"no {file}")
    return squeezenet1_1(weights), preprocess(*map(load_image, photos))


@pytest.mark.parametrize("question", QUESTIONS)
def test_squeezenet_in_float32(question, squeezenet):
    net, x = squeezenet
    found = answer(question, QUESTIONS[question], net, PHOTO_LAYER, x, PHOTO_TARGETS)
    # float32 through 26 layers is off by 1e-6, as it is in PyTorch. On the path of integrated
    # gradients, rounding turns a few ReLUs and poolings: 3e-5.
    tolerance = 1e-3 if question == "integrated_gradients" else 1e-5
    assert_agrees(question, "SqueezeNet", found.astype(np.float64), tolerance)


def test_grad_cam_finds_the_dog_and_the_cat(squeezenet):
    net, x = squeezenet
    dog, cat = PHOTO_TARGETS[:2]
    assert PHOTOS[:2] == ("cat_dog.png",) * 2
    cams = resize(grad_cam(net, x[:2], [dog, cat], layer=PHOTO_LAYER)[:, None], (224, 224)).data
    (dog_y, dog_x), (cat_y, cat_x) = (
        np.unravel_index(cam[0].argmax(), cam[0].shape) for cam in cams
    )
    # Boxes around the dog's head and around the cat, in the preprocessed photograph.
    assert 0 <= dog_y < 90
    assert 65 <= dog_x < 150
    assert 135 <= cat_y < 224
    assert 25 <= cat_x < 190


def test_conductance_covers_the_whole_path_on_squeezenet(squeezenet):
    net, x = squeezenet
    target = np.array(PHOTO_TARGETS)
    found = layer_conductance(net, x, target, layer=PHOTO_LAYER, steps=10)
    rows = np.arange(len(x))
    change = (net(x).data - net(0 * x).data)[rows, target]
    # Ten pieces of a path on which ReLUs turn; without the ends, 5 to 10 % are missing.
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), change, rtol=0.02)
