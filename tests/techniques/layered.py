"""Small random nets made of named layers, for the techniques that look into one."""

import numpy as np
from hypothesis import strategies as st

from autograd import Tensor
from nets import Module
from nets.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)

CLASSES = 4
SHAPE = (2, 6, 5)


def layered(seed: int = 0, averaged: bool = False) -> Sequential:
    """(N, 2, 6, 5) to (N, 4). "6" is the last layer that gives maps, "8" the first that does not.

    In training mode it gives something else each time. With `averaged` it ends in global average
    pooling, "7", and a linear layer, as CAM needs it.
    """
    rng = np.random.default_rng(seed)
    net = Sequential(
        *(Conv2d(2, 4, 3, padding=1, rng=rng), BatchNorm2d(4), ReLU(), MaxPool2d(2)),
        *(Dropout(0.5, rng=rng), Conv2d(4, 5, 2, rng=rng), ReLU()),
        *([AdaptiveAvgPool2d(1)] if averaged else []),
        *(Flatten(), Linear(5 if averaged else 10, 4, rng=rng)),
    )
    # In float64, for the sake of the tolerances; and not the first, equal, statistics.
    for parameter in net.parameters():
        parameter.data = 2 * parameter.data.astype(np.float64)
    net[1].running_mean = rng.normal(size=4)
    net[1].running_var = rng.uniform(0.5, 2, 4)
    return net


def images(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, *SHAPE))


@st.composite
def layered_cases(draw, averaged: bool = False, least: int = 1):
    """(net, x, target) with one target for each of at least so many inputs."""
    net = layered(draw(st.integers(0, 999)), averaged)
    n = draw(st.integers(least, 4))
    target = draw(st.lists(st.integers(0, CLASSES - 1), min_size=n, max_size=n))
    return net, images(n, draw(st.integers(0, 999))), np.array(target)


def with_weights(layer: Module, weight, bias) -> Module:
    layer.weight.data = np.array(weight, float)
    layer.bias.data = np.array(bias, float)
    return layer


def hand_mlp() -> Sequential:
    """A net (N, 3) to (N, 2) whose maps can be had by hand.

    Score 0 is relu(Σx − 10) + 3 relu(Σx + 1) − 1.
    """
    return Sequential(
        with_weights(Linear(3, 3), np.eye(3), np.zeros(3)),
        with_weights(Linear(3, 4), np.ones((4, 3)), [-10, 1, 1, 1]),
        ReLU(),
        with_weights(Linear(4, 2), np.ones((2, 4)), [-1, 1]),
    )


HAND_VECTOR = np.array([[20.0, 50.0, 30.0]])


def hand_cnn() -> Sequential:
    """A net (N, 1, 4, 4) to (N, 4) whose maps can be had by hand."""
    rows = [[1, 1, 1, 1, 1, -1, -1, -1]] * 4
    return Sequential(
        with_weights(Conv2d(1, 2, 3), np.ones((2, 1, 3, 3)), [-50, -75]),
        *(ReLU(), Flatten()),
        *(with_weights(Linear(8, 4), rows, np.zeros(4)), ReLU()),
    )


HAND_IMAGE = np.arange(16.0).reshape(1, 1, 4, 4)


def scores_of(net: Module, x: np.ndarray, target) -> np.ndarray:
    """s_t(x) (N,) in eval mode."""
    with net.in_mode(training=False):
        return net(Tensor(x)).data[np.arange(len(x)), target]
