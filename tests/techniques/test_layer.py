"""Finding a layer by its name."""

import numpy as np
import pytest

from autograd import Tensor
from nets import Module
from nets.layers import Linear, ReLU, Sequential
from techniques import grad_cam, guided_grad_cam, layer_conductance
from techniques.layer import find_layer, scores_and_activation

from .layered import images, layered
from .small_nets import affine


class Net(Module):
    """With a layer that runs twice, one that never does, and one inside another."""

    def __init__(self):
        self.block = Sequential(Linear(3, 3, rng=0), ReLU())
        self.twice = ReLU()
        self.never = Linear(3, 3, rng=0)

    def forward(self, x):
        return self.twice(self.block(self.twice(x)))


X = np.ones((2, 3))


@pytest.mark.parametrize("name", ["block", "block.0", "block.1", "never"])
def test_a_layer_is_found_by_its_dotted_name(name):
    net = Net()
    assert find_layer(net, name) is dict(net.named_modules())[name]


def test_the_activation_is_what_the_layer_returned_for_the_scores():
    net = Net()
    s, activation = scores_and_activation(net, Tensor(X), "block.0")
    assert np.array_equal(activation.data, net.block[0](X).data)
    assert np.array_equal(s.data, net(X).data)


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("block.7", ValueError, r"no layer is named 'block\.7'; the nearest: block\.[01]"),
        ("features.12", ValueError, "no layer is named 'features.12'; the nearest: "),
        ("", ValueError, "no layer is named ''"),
        (0, TypeError, "layer: expected a name such as 'features.12', got 0"),
        (None, TypeError, "layer: expected a name"),
        ("twice", ValueError, "'twice' ran 2 times in net.x., expected once"),
        ("never", ValueError, "'never' ran 0 times in net.x., expected once"),
    ],
)
@pytest.mark.parametrize("technique", [grad_cam, guided_grad_cam, layer_conductance])
def test_a_wrong_layer_is_refused(technique, layer, error, message):
    with pytest.raises(error, match=message):
        technique(Net(), X, layer=layer)


def test_a_plain_function_has_no_layers():
    with pytest.raises(TypeError, match="has no named_modules"):
        find_layer(affine(np.eye(3)), "0")


def test_the_nearest_names_are_told():
    with pytest.raises(ValueError, match=r"nearest: .*\b0\b"):
        grad_cam(layered(), images(1), layer="features.0")
