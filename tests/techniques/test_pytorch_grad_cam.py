"""Agreement with pytorch-grad-cam; and where there is none, who follows the paper.

The answers were stored by tests/references/make_cam.py.
"""

import importlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import techniques
from autograd import Tensor, resize
from nets import KernelFitter, load_image, preprocess, resnet18, squeezenet1_1
from techniques.class_activation import unit_range
from techniques.layer import scores_and_activation
from techniques.model import score_gradient

from ..references.cam_questions import (
    LAYERS,
    PHOTO,
    QUESTIONS,
    SEVERAL,
    TARGETS,
    kept,
    layer_of,
    small_images,
)
from ..references.seeded import seeded_image, seeded_weights

STORED = np.load(Path(__file__).parents[1] / "references" / "cam.npz")

# Backlight's SqueezeNet is float32, which is off by 1e-6. pytorch-grad-cam rounds the scores of
# channels to float32, and what it adds to divisors is up to 1e-6 of them, but for Grad-CAM++.
TOLERANCE = 1e-5


def seeded(net):
    net.load_state_dict(seeded_weights({name: x.shape for name, x in net.state_dict().items()}))
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(np.float64)
    return net.eval()


@pytest.fixture(scope="module")
def squeezenet(data_folder):
    weights, photo = data_folder / "weights" / "squeezenet1_1.npz", data_folder / "photos" / PHOTO
    for file in (weights, photo):
        if not file.is_file():
            pytest.skip(f"no {file}")
    return squeezenet1_1(weights).eval(), np.concatenate([preprocess(load_image(photo))] * 2)


@pytest.fixture(params=LAYERS)
def asked(request):
    """(name, net, x)"""
    if request.param == "KernelFitter":
        return request.param, seeded(KernelFitter()), small_images()
    if request.param == "ResNet":
        return request.param, seeded(resnet18()), seeded_image().astype(np.float64)
    return request.param, *request.getfixturevalue("squeezenet")


only = partial(pytest.mark.parametrize, "asked", indirect=True)


def answer(question: str, asked, **settings) -> np.ndarray:
    name, net, x = asked
    technique = getattr(techniques, question.split()[0])
    return technique(
        net, x, TARGETS[name], **{"layer": layer_of(question, name), "relu": False, **settings}
    )


def errors(question: str, name: str, found: np.ndarray) -> np.ndarray:
    """Of each map, the norm of the difference from the stored one over the norm of that."""
    theirs = STORED[f"{question} of {name}"].astype(np.float64)
    return np.sqrt(((kept(found) - theirs) ** 2).sum((1, 2)) / (theirs**2).sum((1, 2)))


@pytest.mark.parametrize("question", sorted(set(QUESTIONS) - {"grad_cam_pp", "eigen_cam"}))
def test_the_raw_maps_agree(question, asked):
    assert (errors(question, asked[0], answer(question, asked)) <= TOLERANCE).all()


def test_the_fused_maps_of_several_layers_agree_once_rescaled(asked):
    name, net, x = asked
    found = techniques.grad_cam(net, x, TARGETS[name], layer=SEVERAL[name])
    assert found.shape == (len(x), *x.shape[2:])
    assert (errors("grad_cam of several layers", name, unit_range(found)) <= TOLERANCE).all()


@only(["ResNet", "SqueezeNet"])
def test_cam_has_the_weights_of_the_last_linear_layer_or_1x1_convolution(asked):
    found = answer("cam", asked, layer={"ResNet": "layer4", "SqueezeNet": "features.12"}[asked[0]])
    assert (errors("cam", asked[0], found) <= TOLERANCE).all()


def test_centred_eigen_cam_agrees_but_for_the_sign(asked):
    found = answer("eigen_cam", asked, centred=True)
    either = [errors("eigen_cam", asked[0], sign * found) for sign in (1, -1)]
    assert (np.minimum(*either) <= TOLERANCE).all()


def test_eigen_cam_is_not_centred_as_in_the_paper(asked):
    """The paper decomposes A itself: the map's norm is then the largest that any direction has."""
    name, net, x = asked
    found = answer("eigen_cam", asked)
    assert (errors("eigen_cam", name, found) > 0.05).all()
    a = scores_and_activation(net, Tensor(x), LAYERS[name])[1].data
    for mine, each in zip(found, a, strict=True):
        values = np.linalg.svd(each.reshape(len(each), -1), compute_uv=False)
        assert np.linalg.norm(mine) == pytest.approx(values[0], rel=1e-5)
        assert mine.min() >= 0  # A is not negative, so nor is what most of it has in common.


def activation_and_gradient(asked):
    name, net, x = asked
    s, a = scores_and_activation(net, Tensor(x), LAYERS[name])
    g = score_gradient(s, a, np.array(TARGETS[name]))
    return a.data.astype(np.float64), g.astype(np.float64)


def grad_cam_pp_with(added: float, a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Equation 19 of the paper as it stands, with something added to the divisor of α."""
    total = a.sum(axis=(2, 3), keepdims=True)
    divisor = 2 * g**2 + total * g**3 + added
    alpha = np.divide(g**2, divisor, out=np.zeros_like(g), where=g != 0)
    weights = (alpha * np.maximum(g, 0)).sum(axis=(2, 3))
    return np.einsum("nc,nchw->nhw", weights, a)


def test_grad_cam_pp_differs_by_what_is_added_to_a_divisor_and_by_nothing_else(asked):
    """The paper has no such term."""
    a, g = activation_and_gradient(asked)
    found = answer("grad_cam_pp", asked)
    # Where g is small, rounding g² g³ in float64 still leaves 1e-10 of the map.
    np.testing.assert_allclose(found, grad_cam_pp_with(0, a, g), rtol=TOLERANCE)
    assert (errors("grad_cam_pp", asked[0], found) > 10 * TOLERANCE).all()
    theirs = grad_cam_pp_with(1e-6, a, g)
    assert (errors("grad_cam_pp", asked[0], theirs) <= TOLERANCE).all()


@only(["ResNet"])
def test_score_cam_enlarges_as_its_authors_do_and_differs_by_nothing_else(asked, monkeypatch):
    """Their program has half-pixel centres; pytorch-grad-cam aligns the corners."""
    question = "score_cam with corners aligned"
    assert (errors(question, asked[0], answer(question, asked)) > 0.01).all()
    module = importlib.import_module("techniques.score_cam")
    monkeypatch.setattr(module, "resize", partial(resize, align_corners=True))
    assert (errors(question, asked[0], answer(question, asked)) <= TOLERANCE).all()


@only(["ResNet"])
def test_before_a_relu_ablation_cam_is_another(asked):
    """There pytorch-grad-cam puts −10⁷ in the place of a channel. The paper's zeros, which are what
    there is here, are tested in test_class_activation.py."""
    question = "ablation_cam before the ReLU"
    assert (errors(question, asked[0], answer(question, asked)) > 0.1).all()


def test_the_maps_find_the_dog_and_the_cat(squeezenet):
    net, x = squeezenet
    for name in ("cam", "grad_cam", "hires_cam", "xgrad_cam"):
        cam = getattr(techniques, name)(net, x, [243, 285], layer="features.12")
        peaks = [np.argwhere(map == map.max())[0] for map in resize(cam[:, None], 224).data[:, 0]]
        (dog_y, dog_x), (cat_y, cat_x) = peaks
        # Boxes around the dog's head and around the cat, in the preprocessed photograph.
        assert 0 <= dog_y < 90
        assert 65 <= dog_x < 150
        assert 135 <= cat_y < 224
        assert 25 <= cat_x < 190
