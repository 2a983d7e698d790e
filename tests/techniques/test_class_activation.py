"""The class activation maps: cases by hand, identities, what they are of several layers, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad, resize
from nets import Module, ShapeNet
from nets.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from techniques import (
    ablation_cam,
    cam,
    eigen_cam,
    grad_cam,
    grad_cam_pp,
    guided_backprop,
    guided_grad_cam,
    hires_cam,
    layer_cam,
    layer_conductance,
    score_cam,
    xgrad_cam,
)
from techniques.class_activation import unit_range
from techniques.layer import scores_and_activation

from .layered import HAND_IMAGE, SHAPE, hand_cnn, hand_mlp, images, layered_cases, scores_of
from .small_nets import affine

FROM_GRADIENTS = [grad_cam, grad_cam_pp, hires_cam, layer_cam, xgrad_cam]
ANY_NET = [*FROM_GRADIENTS, score_cam, ablation_cam, eigen_cam]

# Sums of a few hundred terms of at most 100, in float64 (rounding 1e-16).
ROUNDING = 1e-11


def assert_close(found, expected) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


def in_float64(net: Module) -> Module:
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(np.float64)
    return net.eval()


@st.composite
def pooled_cases(draw):
    """(net, x, target, "features"): a net that ends in pooling and a linear layer."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    channels = draw(st.integers(1, 6))
    deeper = draw(st.sampled_from([(), (MaxPool2d(2),), (BatchNorm2d(channels), ReLU())]))
    net = in_float64(
        Sequential(
            Sequential(Conv2d(2, channels, 3, padding=1, rng=rng), ReLU(), *deeper),
            *(AdaptiveAvgPool2d(1), Flatten()),
            Linear(channels, 4, bias=draw(st.booleans()), rng=rng),
        )
    )
    n = draw(st.integers(1, 3))
    target = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    return net, images(n, draw(st.integers(0, 999))), np.array(target)


# By hand -----------------------------------------------------------------------------------------

# After the ReLU of the hand-made net the channels are [0, 4, 31, 40] and [0, 0, 6, 15]; the score
# is 75 − 21 = 54, and its gradient there [1, 1, 1, 1] and [1, −1, −1, −1].
FIRST, SECOND = np.array([[0, 4], [31, 40]]), np.array([[0, 0], [6, 15]])


@pytest.mark.parametrize(
    ("technique", "weights"),
    [
        (grad_cam, (1, -1 / 2)),
        (xgrad_cam, (1, -1)),
        (grad_cam_pp, (4 / (2 + 75), 1 / (2 + 21))),
        (ablation_cam, ((54 - 0) / 54, (54 - 75) / 54)),
    ],
)
def test_the_weights_of_channels_by_hand(technique, weights):
    found = technique(hand_cnn(), HAND_IMAGE, 0, layer="1", relu=False)
    assert_close(found[0], weights[0] * FIRST + weights[1] * SECOND)


def test_the_weights_of_places_by_hand():
    found = hires_cam(hand_cnn(), HAND_IMAGE, 0, layer="1", relu=False)
    assert found[0].tolist() == [[0, 4], [25, 25]]
    assert hires_cam(hand_cnn(), HAND_IMAGE, 0, layer="0", relu=False).tolist() == found.tolist()
    found = layer_cam(hand_cnn(), HAND_IMAGE, 0, layer="1", relu=False)
    assert found[0].tolist() == FIRST.tolist()  # In the other channel, the 0 alone helps.


def test_eigen_cam_by_hand():
    """Of A Aᵀ, whose entries are sums over the places of products of two channels."""
    (a, b), (_, c) = [[(p * q).sum() for q in (FIRST, SECOND)] for p in (FIRST, SECOND)]
    largest = (a + c) / 2 + np.hypot((a - c) / 2, b)  # Its eigenvalues, by the quadratic formula.
    direction = np.array([b, largest - a]) / np.hypot(b, largest - a)
    found = eigen_cam(hand_cnn(), HAND_IMAGE, 0, layer="1", relu=False)
    assert_close(found[0], direction[0] * FIRST + direction[1] * SECOND)


# Identities --------------------------------------------------------------------------------------


@given(pooled_cases())
def test_the_mean_of_cam_and_the_bias_are_the_score(case):
    net, x, target = case
    found = cam(net, x, target, layer="0", relu=False)
    bias = 0 if net[3].bias is None else net[3].bias.data[target]
    assert_close(found.mean(axis=(1, 2)) + bias, scores_of(net, x, target))


@given(pooled_cases())
def test_before_global_average_pooling_four_maps_are_one_but_for_a_factor(case):
    net, x, target = case
    found = grad_cam(net, x, target, layer="0", relu=False)
    assert_close(hires_cam(net, x, target, layer="0", relu=False), found)
    assert_close(xgrad_cam(net, x, target, layer="0", relu=False), found)
    # Grad-CAM's mean of a gradient is the weight's share of each of h·w places.
    h, w = found.shape[1:]
    assert_close(cam(net, x, target, layer="0", relu=False), h * w * found)


@pytest.mark.parametrize("technique", [hires_cam, xgrad_cam])
@given(layered_cases())
def test_before_a_linear_layer_the_map_adds_up_to_the_score(technique, case):
    net, x, target = case
    found = technique(net, x, target, layer="6", relu=False)
    expected = scores_of(net, x, target) - net[8].bias.data[target]
    assert_close(found.sum(axis=(1, 2)), expected)


@given(layered_cases())
def test_layer_cam_is_hires_cam_where_no_gradient_is_negative(case):
    net, x, target = case
    net[8].weight.data = abs(net[8].weight.data)
    found = layer_cam(net, x, target, layer="6")
    assert_close(found, hires_cam(net, x, target, layer="6"))


@given(layered_cases())
def test_grad_cam_pp_is_the_formula_of_the_paper(case):
    net, x, target = case
    s, a = scores_and_activation(net.eval(), Tensor(x), "2")
    g = grad(s[np.arange(len(x)), target].sum(), a).data
    a = a.data
    divisor = 2 * g**2 + a.sum(axis=(2, 3), keepdims=True) * g**3
    alpha = np.divide(g**2, divisor, out=np.zeros_like(g), where=g != 0)
    weights = (alpha * np.maximum(g, 0)).sum(axis=(2, 3))
    found = grad_cam_pp(net, x, target, layer="2", relu=False)
    assert_close(found, np.einsum("nc,nchw->nhw", weights, a))


@pytest.mark.parametrize("layer", ["1", "2", "6"])  # The first has negative numbers, too.
@given(case=layered_cases())
def test_ablation_cam_is_the_drop_of_the_score_when_a_channel_is_zeros(layer, case):
    net, x, target = case
    a = scores_and_activation(net.eval(), Tensor(x), layer)[1].data
    s = scores_of(net, x, target)
    expected = np.zeros((len(x), *a.shape[2:]))
    for c in range(a.shape[1]):
        without = a.copy()
        without[:, c] = 0
        out = Tensor(without)
        for i in range(int(layer) + 1, 9):
            out = net[i](out)
        drop = s - out.data[np.arange(len(x)), target]
        expected += (drop / s)[:, None, None] * a[:, c]
    found = ablation_cam(net, x, target, layer=layer, relu=False)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=ROUNDING * (1 / abs(s)).max())


class Residual(Module):
    """A net in which something goes past the layer "side"."""

    def __init__(self):
        self.side = Conv2d(2, 2, 3, padding=1, rng=0)
        self.head = Linear(2, 4, rng=1)

    def forward(self, x):
        return self.head((self.side(x) + x).mean(axis=(2, 3)))


def test_ablation_cam_leaves_what_goes_past_the_layer():
    net, x = in_float64(Residual()), images(3)
    a, target = net.side(x).data, 1
    s = scores_of(net, x, target)
    drops = a.mean(axis=(2, 3)) * net.head.weight.data[target]
    expected = np.einsum("nc,nchw->nhw", drops / s[:, None], a)
    assert_close(ablation_cam(net, x, target, layer="side", relu=False), expected)


@given(layered_cases())
def test_score_cam_weighs_channels_by_the_softmax_of_the_scores_of_what_they_show(case):
    net, x, target = case
    # Enlarged, the peak in the middle of a map of 3×2 is lower: a mask's range is taken after that.
    a = scores_and_activation(net.eval(), Tensor(x), "3")[1].data
    s = []
    for c in range(a.shape[1]):
        mask = resize(a[:, c : c + 1], SHAPE[1:]).data
        low, high = (f(axis=(1, 2, 3), keepdims=True) for f in (mask.min, mask.max))
        mask = np.divide(mask - low, high - low, out=np.zeros_like(mask), where=high > low)
        s.append(scores_of(net, x * mask, target))
    weights = np.exp(s) / np.exp(s).sum(axis=0)
    found = score_cam(net, x, target, layer="3", relu=False)
    assert_close(found, np.einsum("cn,nchw->nhw", weights, a))


@pytest.mark.parametrize("centred", [False, True])
@given(case=layered_cases())
def test_eigen_cam_has_the_largest_norm_of_all_directions_and_its_largest_entry_is_positive(
    centred, case
):
    net, x, target = case
    a = scores_and_activation(net.eval(), Tensor(x), "1")[1].data
    a = a.reshape(*a.shape[:2], -1)
    if centred:
        a = a - a.mean(axis=2, keepdims=True)
    found = eigen_cam(net, x, target, layer="1", centred=centred, relu=False).reshape(len(x), -1)
    for mine, each in zip(found, a, strict=True):
        value, vectors = np.linalg.eigh(each @ each.T)
        assert np.linalg.norm(mine) == pytest.approx(np.sqrt(value[-1]))
        # As good a direction as eigh's, of whichever sign.
        assert abs(mine @ (vectors[:, -1] @ each)) == pytest.approx(value[-1])
        assert abs(mine).max() == mine.max()


def test_eigen_cam_has_no_class():
    net, x = ShapeNet(rng=0), np.random.default_rng(0).normal(size=(2, 3, 16, 16)).astype("float32")
    maps = [eigen_cam(net, x, target, layer="features") for target in (None, 0, [3, 7])]
    assert np.array_equal(maps[0], maps[1])
    assert np.array_equal(maps[0], maps[2])


def test_a_channel_that_cancels_has_no_weight_in_xgrad_cam():
    net = in_float64(Sequential(Conv2d(1, 1, 1, bias=False, rng=0), Flatten(), Linear(4, 2, rng=0)))
    net[0].weight.data[:] = 1
    x = np.array([[[[1.0, -1.0], [2.0, -2.0]]]])
    assert not xgrad_cam(net, x, 0, layer="0", relu=False).any()
    assert xgrad_cam(net, abs(x), 0, layer="0", relu=False).any()


# What all of them share --------------------------------------------------------------------------


@pytest.mark.parametrize("technique", ANY_NET)
@given(case=layered_cases())
def test_relu_is_applied_to_the_finished_map(technique, case):
    net, x, target = case
    raw = technique(net, x, target, layer="1", relu=False)
    assert np.array_equal(technique(net, x, target, layer="1"), np.maximum(raw, 0))


def test_the_relu_of_cam_is_applied_to_the_finished_map():
    net, x = ShapeNet(rng=0), np.random.default_rng(0).normal(size=(2, 3, 16, 16)).astype("float32")
    raw = np.stack([cam(net, x, t, layer="features", relu=False) for t in range(10)])
    assert (raw < 0).any()
    found = np.stack([cam(net, x, t, layer="features") for t in range(10)])
    assert np.array_equal(found, np.maximum(raw, 0))


@pytest.mark.parametrize("technique", [*ANY_NET, guided_grad_cam])
@pytest.mark.parametrize("layer", ["features.4", ["features.4", "features.10"]])
def test_float32_stays_float32(technique, layer):
    net, x = ShapeNet(rng=0), np.random.default_rng(0).normal(size=(2, 3, 16, 16)).astype("float32")
    assert technique(net, x, 3, layer=layer).dtype == np.float32


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("technique", ANY_NET)
@given(case=layered_cases())
def test_of_several_layers_it_is_the_mean_of_their_maps_in_the_unit_range_at_the_images_size(
    technique, relu, case
):
    net, x, target = case
    names = ["2", "6", "3"]
    found = technique(net, x, target, layer=names, relu=relu)
    assert found.shape == (len(x), *SHAPE[1:])
    expected = 0
    for name in names:
        for n in range(len(x)):
            alone = technique(net, x[n : n + 1], target[n : n + 1], layer=name, relu=relu)[0]
            low, high = alone.min(), alone.max()
            alone = (alone - low) / (high - low) if high > low else 0 * alone
            expected = (
                expected
                + np.eye(len(x))[n][:, None, None] * resize(alone[None, None], SHAPE[1:]).data[0]
            )
    np.testing.assert_allclose(found, expected / 3, rtol=0, atol=1e-6)  # Of extents, which vary.
    assert 0 <= found.min() <= found.max() <= 1


def test_a_list_of_one_layer_is_fused_too():
    net, x = hand_cnn(), HAND_IMAGE
    found = hires_cam(net, x, 0, layer=["1"])
    assert_close(found, resize(np.array([[[[0, 4], [25, 25]]]]) / 25, (4, 4)).data[:, 0])


def test_guided_grad_cam_takes_several_layers():
    net, x = hand_cnn(), HAND_IMAGE
    expected = guided_backprop(net, x, 0) * grad_cam(net, x, 0, layer=["0", "1"])[:, None]
    assert_close(guided_grad_cam(net, x, 0, layer=["0", "1"]), expected)


def test_maps_in_the_unit_range():
    maps = np.array([[[1.0, 3.0]], [[-2.0, -2.0]], [[0.0, -4.0]]])
    assert unit_range(maps).tolist() == [[[0, 1]], [[0, 0]], [[1, 0]]]


@pytest.mark.parametrize("technique", ANY_NET)
def test_a_dead_layer_gives_zeros(technique):
    """And no NaN, though there is 0/0 in several formulas."""
    net = hand_cnn()
    net[0].bias.data[:] = -1000
    net[3].bias.data[:] = 7
    found = technique(net, HAND_IMAGE, 0, layer="1")
    assert found.tolist() == [[[0, 0], [0, 0]]]


@pytest.mark.parametrize("technique", [score_cam, ablation_cam])
def test_progress_shows_a_bar_and_the_batch_size_is_checked(technique, capsys):
    technique(hand_cnn(), HAND_IMAGE, 0, layer="1", progress=True)
    assert "channels: 100%" in capsys.readouterr().err
    for wrong in (0, 2.0, None):
        with pytest.raises(ValueError, match="batch_size: expected a whole number >= 1"):
            technique(hand_cnn(), HAND_IMAGE, 0, layer="1", batch_size=wrong)


# CAM's own net -----------------------------------------------------------------------------------


@pytest.mark.parametrize("relu_between", [False, True])
@given(seed=st.integers(0, 999))
def test_cam_takes_a_1x1_convolution_before_the_pooling(relu_between, seed):
    rng = np.random.default_rng(seed)
    between = (ReLU(),) if relu_between else ()
    net = in_float64(
        Sequential(
            *(Conv2d(2, 3, 3, rng=rng), ReLU(), Conv2d(3, 4, 1, rng=rng), *between),
            *(AdaptiveAvgPool2d(1), Flatten()),
        )
    )
    x = images(2, seed)
    found = cam(net, x, [0, 3], layer="1", relu=False)
    places = found + net[2].bias.data[[0, 3]][:, None, None]
    means = (np.maximum(places, 0) if relu_between else places).mean(axis=(1, 2))
    assert_close(means, scores_of(net, x, [0, 3]))


def ends_in(*layers) -> Sequential:
    return Sequential(Conv2d(2, 4, 3, padding=1, rng=0), ReLU(), *layers)


POOLING = (AdaptiveAvgPool2d(1), Flatten())


@pytest.mark.parametrize(
    ("net", "layer"),
    [
        (ends_in(Flatten(), Linear(4 * 30, 4, rng=0)), "1"),
        (ends_in(*POOLING, Linear(4, 4, rng=0), ReLU(), Linear(4, 4, rng=1)), "1"),
        (ends_in(*POOLING, Linear(4, 3, rng=0), ReLU()), "1"),
        (ends_in(*POOLING, Linear(4, 3, rng=0)), "0"),
        (ends_in(MaxPool2d((6, 5)), Flatten(), Linear(4, 3, rng=0)), "1"),
        (ends_in(Conv2d(4, 3, 1, stride=2, rng=0), *POOLING), "1"),
        (ends_in(BatchNorm2d(4), *POOLING), "1"),
    ],
    ids=["flatten", "two linear", "relu", "before the relu", "max", "stride", "no linear"],
)
def test_cam_refuses_a_net_of_another_end(net, layer):
    for x in (images(2), images(2).astype("float32")):
        with pytest.raises(ValueError, match=f"net: expected one .* behind '{layer}'"):
            cam(net, x, 1, layer=layer)


@given(pooled_cases())
def test_cam_of_a_batch_is_that_of_its_images_and_changes_nothing(case):
    net, x, target = case
    net.train()
    before, state = x.copy(), net.state_dict()
    whole = cam(net, x, target, layer="0")
    for n in range(len(x)):
        assert_close(cam(net, x[n : n + 1], int(target[n]), layer="0")[0], whole[n])
    assert net.training
    assert np.array_equal(x, before)
    assert all(np.array_equal(state[name], array) for name, array in net.state_dict().items())


def test_cam_makes_one_forward_pass():
    asked = []

    class Counting(ShapeNet):
        def forward(self, x):
            asked.append(len(x))
            return super().forward(x)

    cam(Counting(rng=0), np.ones((3, 3, 8, 8), "float32"), layer="features")
    assert asked == [3]


@pytest.mark.parametrize("target", [10, -1, [0, 1, 2], 1.0, "1"])
def test_cam_refuses_a_wrong_target(target):
    with pytest.raises(ValueError, match=r"target.*10 classes"):
        cam(ShapeNet(rng=0), np.ones((2, 3, 8, 8), "float32"), target, layer="features")


# Errors ------------------------------------------------------------------------------------------


class DeadEnd(Module):
    """A net with a layer whose maps are thrown away."""

    def __init__(self):
        self.used = Conv2d(2, 4, 3, rng=0)
        self.unused = Conv2d(2, 4, 3, rng=1)

    def forward(self, x):
        self.unused(x)
        return self.used(x).mean(axis=(2, 3))


@pytest.mark.parametrize("technique", [*ANY_NET, cam, guided_grad_cam])
@pytest.mark.parametrize("layer", ["unused", ["used", "unused"]])
def test_a_layer_that_the_scores_do_not_depend_on_is_refused(technique, layer):
    if technique is cam and layer != "unused":
        pytest.skip("cam is of one layer")
    with pytest.raises(ValueError, match="layer: the scores do not depend on what 'unused' gives"):
        technique(DeadEnd(), images(1), layer=layer)


def test_the_conductance_of_a_layer_that_the_scores_do_not_depend_on_is_refused():
    with pytest.raises(ValueError, match="the scores are not computed, by ops, from what"):
        layer_conductance(DeadEnd(), images(1), layer="unused")


@pytest.mark.parametrize("technique", [*ANY_NET, guided_grad_cam])
@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ("7", ValueError, "layer: no layer is named '7'"),
        (["1", "7"], ValueError, "layer: no layer is named '7'"),
        (["1", "2"], ValueError, r"layer: expected one that gives maps.*'2' gives \(1, 8\)"),
        ([], ValueError, "layer: expected a name or a list of names, got an empty list"),
        ([0], TypeError, "layer: expected a name such as 'features.12', got 0"),
        (1, TypeError, "layer: expected a name such as 'features.12', got 1"),
        ({"1"}, TypeError, "layer: expected a name such as 'features.12', got {'1'}"),
    ],
)
def test_wrong_layers_are_refused(technique, layer, error, message):
    with pytest.raises(error, match=message):
        technique(hand_cnn(), HAND_IMAGE, 0, layer=layer)


@pytest.mark.parametrize("technique", [*ANY_NET, cam])
def test_what_has_no_maps_is_refused(technique):
    with pytest.raises(ValueError, match=r"expected (one that gives maps|images) \(N, C, "):
        technique(hand_mlp(), np.ones((2, 3)), layer="1")
    with pytest.raises(TypeError, match="no named_modules"):
        technique(affine(np.eye(3)), HAND_IMAGE, layer="1")
    with pytest.raises(ValueError, match="x: has a NaN"):
        technique(hand_cnn(), HAND_IMAGE * np.nan, layer="1")


def test_the_maps_of_several_layers_are_fused_for_images_alone():
    class FromVectors(Module):
        def __init__(self):
            self.conv = Conv2d(1, 2, 1, rng=0)

        def forward(self, x):
            return self.conv(x.reshape(len(x), 1, 2, 2)).mean(axis=(2, 3))

    net, x = FromVectors(), np.ones((3, 4), "float32")
    assert grad_cam(net, x, 0, layer="conv").shape == (3, 2, 2)
    with pytest.raises(ValueError, match=r"layer: the maps of several .* but x is \(3, 4\)"):
        grad_cam(net, x, 0, layer=["conv"])
    with pytest.raises(ValueError, match=r"x: expected images \(N, C, H, W\), got \(3, 4\)"):
        score_cam(net, x, 0, layer="conv")


def test_ablation_cam_refuses_to_divide_by_a_score_of_zero():
    net, x = hand_cnn(), np.concatenate([HAND_IMAGE, 0 * HAND_IMAGE, HAND_IMAGE])
    with pytest.raises(ValueError, match=r"target: the score .* is 0 for the inputs \[1\]"):
        ablation_cam(net, x, 0, layer="1")
