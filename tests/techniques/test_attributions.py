"""What all the maps of attribution have in common."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, no_grad
from nets import Module
from techniques import (
    deconvnet,
    grad_cam,
    guided_backprop,
    guided_grad_cam,
    input_x_gradient,
    integrated_gradients,
    layer_conductance,
    occlusion,
    saliency,
)

from .layered import SHAPE, images, layered, layered_cases


def at_layer(technique, **settings):
    """A technique with the layer after the first convolution, which every net below has."""
    return lambda net, x, target=None, **how: technique(
        net, x, target, **{"layer": LAYER, **settings, **how}
    )


LAYER = "2"
PIXEL_MAPS = {
    "saliency": saliency,
    "input_x_gradient": input_x_gradient,
    "integrated_gradients": lambda *args, **how: integrated_gradients(
        *args, **{"steps": 7, "baseline": 0.3, **how}
    ),
    "guided_backprop": guided_backprop,
    "deconvnet": deconvnet,
    "guided_grad_cam": at_layer(guided_grad_cam),
    "occlusion": lambda *args, **how: occlusion(*args, **{"window": 2, "baseline": 0.3, **how}),
}
LAYER_MAPS = {
    "grad_cam": at_layer(grad_cam, relu=False),
    "layer_conductance": at_layer(layer_conductance, steps=7, baseline=0.3),
}
MAPS = {**PIXEL_MAPS, **LAYER_MAPS}
LINEAR = ("input_x_gradient", "integrated_gradients", "occlusion", "grad_cam", "layer_conductance")
IN_BATCHES = ("integrated_gradients", "occlusion", "layer_conductance")

every_map = pytest.mark.parametrize("technique", MAPS.values(), ids=MAPS)
every_pixel_map = pytest.mark.parametrize("technique", PIXEL_MAPS.values(), ids=PIXEL_MAPS)

# Sums of a few hundred terms of at most 100, in float64 (rounding 1e-16).
ROUNDING = 1e-11


@every_map
@given(layered_cases())
def test_nothing_is_changed(technique, case):
    net, x, target = case
    parameters = net.parameters()
    marks = [Tensor(np.ones(1)) for _ in parameters]
    for parameter, mark in zip(parameters, marks, strict=True):
        parameter.grad = mark
    net.train()
    net[1].eval()  # A frozen part.
    x_before, target_before, state = x.copy(), target.copy(), net.state_dict()
    technique(net, x, target)
    assert np.array_equal(x, x_before)
    assert np.array_equal(target, target_before)
    assert net.training
    assert net[0].training
    assert not net[1].training
    after = net.state_dict()
    assert all(np.array_equal(after[name], state[name]) for name in state)
    assert all(p.grad is mark for p, mark in zip(parameters, marks, strict=True))


@every_map
@given(layered_cases())
def test_the_net_is_run_in_eval_mode(technique, case):
    net, x, target = case
    in_training = technique(net.train(), x, target)
    assert np.array_equal(in_training, technique(net.eval(), x, target))


@every_map
@given(layered_cases())
def test_a_batch_gives_what_its_images_give_one_at_a_time(technique, case):
    net, x, target = case
    whole = technique(net, x, target)
    for n in range(len(x)):
        alone = technique(net, x[n : n + 1], int(target[n]))
        np.testing.assert_allclose(alone[0], whole[n], rtol=0, atol=ROUNDING)


@every_map
def test_the_target_is_an_int_for_all_or_one_each_or_the_highest_scoring(technique):
    net, x = layered().eval(), images(3)
    best = net(x).data.argmax(axis=1)
    assert np.array_equal(technique(net, x), technique(net, x, best))
    assert np.array_equal(technique(net, x, 2), technique(net, x, [2, 2, 2]))
    assert not np.array_equal(technique(net, x, 2), technique(net, x, [2, 1, 2]))


@every_pixel_map
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_pixel_map_is_shaped_like_the_input_and_of_its_precision(technique, dtype):
    net, x = layered(), images(2).astype(dtype)
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(dtype)
    for name in ("running_mean", "running_var"):
        setattr(net[1], name, getattr(net[1], name).astype(dtype))
    found = technique(net, x)
    assert found.shape == x.shape
    assert found.dtype == dtype


class Blinkered(Module):
    """A net that does not see the first column of its images."""

    def __init__(self, net):
        self.net = net
        self.seen = np.ones(SHAPE)
        self.seen[:, :, 0] = 0

    def forward(self, x):
        return self.net(x * self.seen)


@every_pixel_map
@given(layered_cases())
def test_what_the_net_does_not_see_gets_zero(technique, case):
    net, x, target = case
    settings = {"window": 1} if technique is MAPS["occlusion"] else {}
    if technique is MAPS["guided_grad_cam"]:
        settings = {"layer": f"net.{LAYER}"}
    # To rounding: occlusion compares scores that were computed in batches of different sizes.
    assert abs(technique(Blinkered(net), x, target, **settings)[..., 0]).max() <= ROUNDING


@pytest.mark.parametrize("name", LINEAR)
@given(layered_cases())
def test_it_is_linear_in_the_score(name, case):
    net, x, _ = case
    w, b = net[8].weight.data, net[8].bias.data
    w[2], b[2] = 2 * w[0] - 3 * w[1], 2 * b[0] - 3 * b[1]
    of = [MAPS[name](net, x, target) for target in range(3)]
    np.testing.assert_allclose(of[2], 2 * of[0] - 3 * of[1], rtol=0, atol=ROUNDING)


class Counting(Module):
    """A net that notes how many inputs it was asked about, each time."""

    def __init__(self, net):
        self.net = net
        self.asked = []

    def forward(self, x):
        self.asked.append(len(x))
        return self.net(x)


@pytest.mark.parametrize("name", IN_BATCHES)
@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 100])
def test_the_batch_size_is_never_exceeded_and_does_not_matter(name, batch_size):
    counting = Counting(layered())
    layer = {"layer": f"net.{LAYER}"} if name == "layer_conductance" else {}
    x = images(5)
    found = MAPS[name](counting, x, batch_size=batch_size, **layer)
    assert max(counting.asked) <= batch_size
    expected = MAPS[name](layered(), x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


# For 5 inputs of (2, 6, 5): 7 steps, 6·5 − 6 − 5 + 1 = 20 windows of 2×2.
PASSES = {
    **dict.fromkeys(("saliency", "input_x_gradient", "guided_backprop", "deconvnet"), 5),
    "grad_cam": 5,
    "guided_grad_cam": 2 * 5,
    "integrated_gradients": (7 + 1) * 5,
    "occlusion": (20 + 1) * 5,
    "layer_conductance": (2 * 7 + 2) * 5,
}


@pytest.mark.parametrize("name", MAPS)
def test_it_makes_as_many_forward_passes_as_it_says(name):
    counting = Counting(layered())
    layered_one = name in ("grad_cam", "guided_grad_cam", "layer_conductance")
    how = {"layer": f"net.{LAYER}"} if layered_one else {}
    if name in IN_BATCHES:
        how["batch_size"] = 1000
    MAPS[name](counting, images(5), **how)
    assert sum(counting.asked) == PASSES[name]


@every_map
def test_gradients_do_not_vanish_within_no_grad(technique):
    net, x = layered(), images(2)
    with no_grad():
        inside = technique(net, x)
    assert inside.any()
    assert np.array_equal(inside, technique(net, x))


@every_map
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (Tensor(images(1)), TypeError, "x: expected an array.*Tensor"),
        (images(1).tolist(), TypeError, "x: expected an array.*list"),
        (images(1).astype(int), TypeError, "x: expected floats.*int64"),
        (images(1)[:0], ValueError, r"x: expected a batch.*\(0, 2, 6, 5\)"),
        (np.full((1, *SHAPE), np.nan), ValueError, "x: has a NaN or Inf"),
    ],
)
def test_what_is_no_batch_of_inputs_is_refused(technique, x, error, message):
    with pytest.raises(error, match=message):
        technique(layered(), x)


@every_map
@pytest.mark.parametrize("target", [4, -1, [0, 1, 2], 1.0, "1"])
def test_a_wrong_target_is_refused(technique, target):
    with pytest.raises(ValueError, match=r"target.*4 classes"):
        technique(layered(), images(2), target)


@pytest.mark.parametrize("name", IN_BATCHES)
@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"baseline": np.zeros((6, 5))}, ValueError, r"baseline: .*\(2, 6, 5\).*got \(6, 5\)"),
        ({"baseline": np.zeros((3, *SHAPE))}, ValueError, r"baseline: .*got \(3, 2, 6, 5\)"),
        ({"baseline": np.nan}, ValueError, "baseline: has a NaN or Inf"),
        ({"baseline": np.full(SHAPE, np.inf)}, ValueError, "baseline: has a NaN or Inf"),
        ({"baseline": None}, TypeError, "baseline: expected a number or an array, got NoneType"),
        ({"baseline": "grey"}, TypeError, "baseline: expected a number or an array, got str"),
        ({"baseline": True}, TypeError, "baseline: expected a number or an array, got bool"),
        ({"baseline": Tensor(images(1))}, TypeError, "baseline: expected .*, got Tensor"),
        ({"baseline": images(1) > 0}, TypeError, "baseline: expected numbers, got bool"),
        ({"batch_size": 0}, ValueError, "batch_size: expected a whole number >= 1, got 0"),
        ({"batch_size": 2.0}, ValueError, "batch_size: expected a whole number >= 1, got 2.0"),
    ],
)
def test_a_wrong_setting_is_refused_before_the_net_is_run(name, settings, error, message):
    with pytest.raises(error, match=message):
        MAPS[name](Refusing(), images(2), **settings)


class Refusing(Module):
    def forward(self, x):
        raise AssertionError("the net was run")


@pytest.mark.parametrize("name", IN_BATCHES)
def test_a_baseline_is_a_number_or_like_one_input_or_like_the_batch(name):
    net, x, technique = layered(), images(3), MAPS[name]
    one = np.full(SHAPE, 0.25)
    expected = technique(net, x, 1, baseline=0.25)
    for baseline in (one, one[None], np.stack([one] * 3), one.astype(np.float32)):
        assert np.array_equal(technique(net, x, 1, baseline=baseline), expected)
    each = technique(net, x, 1, baseline=np.stack([one, 0 * one, one]))
    # The others of a batch have no part in an input's map, but for the order of the sums.
    np.testing.assert_allclose(each[[0, 2]], expected[[0, 2]], rtol=0, atol=ROUNDING)
    assert not np.allclose(each[1], expected[1])


@pytest.mark.parametrize("name", IN_BATCHES)
def test_progress_shows_a_bar(name, capsys):
    MAPS[name](layered(), images(1), progress=True)
    assert "100%" in capsys.readouterr().err
    MAPS[name](layered(), images(1))
    assert capsys.readouterr().err == ""
