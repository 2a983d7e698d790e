"""Grad-CAM and guided Grad-CAM."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, grad, resize
from nets import Module
from nets.layers import Conv2d, Linear
from techniques import grad_cam, guided_backprop, guided_grad_cam

from .layered import (
    HAND_IMAGE,
    SHAPE,
    hand_cnn,
    hand_mlp,
    images,
    layered,
    layered_cases,
    scores_of,
)


def test_by_hand():
    found = grad_cam(hand_cnn(), HAND_IMAGE, 0, layer="0", relu=False)
    assert found.tolist() == [[[11.25, 13.5], [20.25, 22.5]]]


@given(layered_cases())
def test_it_is_the_channels_weighted_by_the_means_of_their_gradients(case):
    net, x, target = case
    net.eval()
    activation = Tensor(x)
    for i in range(3):
        activation = net[i](activation)
    s = activation
    for i in range(3, 9):
        s = net[i](s)
    g = grad(s[np.arange(len(x)), target].sum(), activation).data
    expected = np.einsum("ncij,nc->nij", activation.data, g.mean(axis=(2, 3)))
    found = grad_cam(net, x, target, layer="2", relu=False)
    # Sums of at most 30 products of numbers below 100.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@given(layered_cases())
def test_with_relu_the_negative_is_zero(case):
    net, x, target = case
    raw = grad_cam(net, x, target, layer="2", relu=False)
    assert np.array_equal(grad_cam(net, x, target, layer="2"), np.maximum(raw, 0))


class Pooled(Module):
    """A net that ends in global average pooling and a linear layer."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.conv = Conv2d(2, 5, 3, rng=rng)
        self.head = Linear(5, 4, rng=rng)

    def forward(self, x):
        return self.head(self.conv(x).mean(axis=(2, 3)))


@given(layered_cases())
def test_before_global_average_pooling_the_map_adds_up_to_the_score(case):
    _, x, target = case
    net = Pooled(int(target[0]))
    found = grad_cam(net, x, target, layer="conv", relu=False)
    expected = scores_of(net, x, target) - net.head.bias.data[target]
    # The weights of a layer are float32.
    np.testing.assert_allclose(found.sum(axis=(1, 2)), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("layer", "shape"), [("2", (2, 6, 5)), ("3", (2, 3, 2)), ("6", (2, 2, 1))])
def test_the_map_has_the_resolution_of_the_layer(layer, shape):
    assert grad_cam(layered(), images(2), layer=layer).shape == shape


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@given(case=layered_cases())
def test_guided_grad_cam_is_guided_backprop_times_the_map_at_the_images_size(mode, case):
    net, x, target = case
    cam = resize(grad_cam(net, x, target, layer="6")[:, None], SHAPE[1:], mode).data
    found = guided_grad_cam(net, x, target, layer="6", mode=mode)
    assert np.array_equal(found, guided_backprop(net, x, target) * cam)


def test_guided_grad_cam_is_bilinear_by_default():
    net, x = layered(), images(1)
    found = [guided_grad_cam(net, x, layer="6", **how) for how in ({}, {"mode": "bilinear"})]
    assert np.array_equal(*found)
    assert not np.array_equal(found[0], guided_grad_cam(net, x, layer="6", mode="nearest"))


@pytest.mark.parametrize("technique", [grad_cam, guided_grad_cam])
@pytest.mark.parametrize("layer", ["7", "8"])
def test_a_layer_without_maps_is_refused(technique, layer):
    message = rf"layer: expected one that gives maps \(N, C, h, w\), but '{layer}' gives \(2, "
    with pytest.raises(ValueError, match=message):
        technique(layered(), images(2), layer=layer)


def test_vectors_have_no_maps():
    with pytest.raises(ValueError, match=r"layer: expected one that gives maps"):
        grad_cam(hand_mlp(), np.ones((2, 3)), layer="1")


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode: expected"):
        guided_grad_cam(layered(), images(1), layer="2", mode="cubic")
