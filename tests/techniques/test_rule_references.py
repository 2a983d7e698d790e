"""Agreement of lrp with zennit and Captum, and of deeplift with Captum where that is right.

The answers were stored by tests/references/make_rules.py.
"""

from pathlib import Path

import numpy as np
import pytest

from nets import KernelFitter, Module
from nets.data.image import load_image, preprocess
from nets.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Softplus,
    Tanh,
)
from nets.resnet import BasicBlock
from nets.squeezenet import squeezenet1_1
from techniques import deeplift, lrp
from techniques.lrp_rules import epsilon, epsilon_gamma_box

from ..references.rule_questions import (
    BASELINES,
    BATCH_NORM_EPS,
    COMPOSITES,
    HIGH,
    LOW,
    PHOTO,
    PHOTO_TARGET,
    RULES,
    TARGETS,
    kept,
    small_images,
)
from ..references.seeded import seeded_weights

PEERS = np.load(Path(__file__).parents[1] / "references" / "rules.npz")
OTHERS = {"epsilon 0.25": epsilon(0.25), "box": epsilon_gamma_box(LOW, HIGH)}


def vgg(max_pooling: bool = True) -> Module:
    return Sequential(
        *(Conv2d(3, 8, 3, padding=1), BatchNorm2d(8), ReLU()),
        *(Conv2d(8, 8, 3, padding=1), BatchNorm2d(8), ReLU()),
        MaxPool2d(2) if max_pooling else AvgPool2d(2),
        *(Conv2d(8, 12, 3, padding=1), ReLU() if max_pooling else Tanh(), AvgPool2d(2)),
        *(Flatten(), Linear(144, 20), ReLU() if max_pooling else Softplus()),
        *(Dropout(), Linear(20, 10)),
    )


def resnet(max_pooling: bool = True) -> Module:
    return Sequential(
        *(Conv2d(3, 8, 3, padding=1, bias=False), BatchNorm2d(8), ReLU()),
        MaxPool2d(3, 2, 1) if max_pooling else AvgPool2d(2),
        *(BasicBlock(8, 8, 1), BasicBlock(8, 12, 2), AdaptiveAvgPool2d(1)),
        *(Flatten(), Linear(12, 10)),
    )


SMALL = {"KernelFitter": KernelFitter, "VGG": vgg, "ResNet": resnet}


def ready(net: Module) -> Module:
    """With the weights that the peers' have, in float64."""
    net.load_state_dict(seeded_weights({name: x.shape for name, x in net.state_dict().items()}))
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(np.float64)
    for _, module in net.named_modules():
        if isinstance(module, BatchNorm2d):
            module.eps = BATCH_NORM_EPS
            module.running_mean = module.running_mean.astype(np.float64)
            module.running_var = module.running_var.astype(np.float64)
    return net


def relative_errors(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Of each map: the norm of the difference over the norm."""
    flat = (len(found), -1)
    difference = kept(found).reshape(flat) - expected.reshape(flat)
    return np.linalg.norm(difference, axis=1) / np.linalg.norm(expected.reshape(flat), axis=1)


# Both in float64; the answers are stored in float32, whose rounding is 6e-8.
SAME = 1e-6


@pytest.mark.parametrize("rule", [*RULES, *COMPOSITES])
@pytest.mark.parametrize("name", SMALL)
def test_lrp_of_small_nets_is_zennits(name, rule):
    found = lrp(ready(SMALL[name]()), small_images(name), TARGETS, rule=OTHERS.get(rule, rule))
    errors = relative_errors(found, PEERS[f"zennit: lrp {rule} of {name}"])
    assert (errors <= SAME).all(), errors


@pytest.mark.parametrize("name", ["KernelFitter", "VGG"])
def test_epsilon_is_captums_too(name):
    found = lrp(ready(SMALL[name]()), small_images(name), TARGETS, rule=epsilon(1e-9))
    errors = relative_errors(found, PEERS[f"captum: lrp epsilon of {name}"])
    assert (errors <= SAME).all(), errors


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("make", [vgg, resnet])
def test_deeplift_without_max_pooling_is_captums(make, baseline):
    name = {vgg: "VGG", resnet: "ResNet"}[make]
    found = deeplift(ready(make(max_pooling=False)), small_images(name), TARGETS, baseline=baseline)
    theirs = PEERS[f"captum: deeplift {baseline} of {name}, without max-pooling"]
    errors = relative_errors(found, theirs)
    assert (errors <= SAME).all(), errors


# A photograph, in float32 -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def squeezenet(data_folder):
    weights, photo = data_folder / "weights" / "squeezenet1_1.npz", data_folder / "photos" / PHOTO
    for file in (weights, photo):
        if not file.is_file():
            pytest.skip(f"no {file}")
    return squeezenet1_1(weights), preprocess(load_image(photo))


# float32 through 26 layers is off by 6e-6 at most.
IN_FLOAT32 = 1e-5


@pytest.mark.parametrize("rule", [*RULES, *COMPOSITES])
def test_lrp_of_a_photograph_is_zennits(rule, squeezenet):
    found = lrp(*squeezenet, PHOTO_TARGET, rule=OTHERS.get(rule, rule))
    assert found.dtype == np.float32
    errors = relative_errors(found, PEERS[f"zennit: lrp {rule} of SqueezeNet"])
    assert (errors <= IN_FLOAT32).all(), errors


def test_epsilon_of_a_photograph_is_captums_too(squeezenet):
    found = lrp(*squeezenet, PHOTO_TARGET, rule=epsilon(1e-9))
    errors = relative_errors(found, PEERS["captum: lrp epsilon of SqueezeNet"])
    assert (errors <= IN_FLOAT32).all(), errors


def test_deeplift_of_a_photograph_is_complete_where_captums_is_not(squeezenet):
    net, x = squeezenet
    shares = deeplift(net, x, PHOTO_TARGET)
    net.eval()
    change = (net(x).data - net(0 * x).data)[0, PHOTO_TARGET]
    # The sum of 150,528 terms, whose sizes add up to 22 times as much.
    assert abs(shares.sum() - change) <= 1e-5 * change
    assert PEERS["captum: deeplift 0.0 of SqueezeNet, sum"] < 0.5 * change
