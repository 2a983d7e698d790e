"""What all the maps of attribution have in common."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, no_grad
from nets import Module
from techniques import (
    ablation_cam,
    blur_integrated_gradients,
    deconvnet,
    deeplift,
    eigen_cam,
    feature_ablation,
    full_gradient,
    grad_cam,
    grad_cam_pp,
    gradient_shap,
    guided_backprop,
    guided_grad_cam,
    guided_integrated_gradients,
    hires_cam,
    input_x_gradient,
    integrated_gradients,
    internal_influence,
    kernel_shap,
    layer_cam,
    layer_conductance,
    lime,
    lrp,
    neuron_conductance,
    occlusion,
    rise,
    saliency,
    score_cam,
    shapley_values,
    smoothgrad,
    xgrad_cam,
    xrai,
)

from .layered import SHAPE, images, layered, layered_cases


def at_layer(technique, **settings):
    """A technique with the layer after the first convolution, which every net below has."""
    return lambda net, x, target=None, **how: technique(
        net, x, target, **{"layer": LAYER, **settings, **how}
    )


def by_column(technique, **settings):
    """A technique whose regions are the five columns of an image."""
    return lambda *args, **how: technique(
        *args, **{"mask": np.arange(5), "baseline": 0.3, **settings, **how}
    )


LAYER = "2"
PIXEL_MAPS = {
    "saliency": saliency,
    "input_x_gradient": input_x_gradient,
    "integrated_gradients": lambda *args, **how: integrated_gradients(
        *args, **{"steps": 7, "baseline": 0.3, **how}
    ),
    "smoothgrad": lambda *args, **how: smoothgrad(
        *args, **{"method": input_x_gradient, "samples": 6, **how}
    ),
    "gradient_shap": lambda *args, **how: gradient_shap(
        *args, **{"baselines": images(3, seed=9), "samples": 6, **how}
    ),
    "blur_integrated_gradients": lambda *args, **how: blur_integrated_gradients(
        *args, **{"max_sigma": 3.0, "steps": 7, **how}
    ),
    "guided_integrated_gradients": lambda *args, **how: guided_integrated_gradients(
        *args, **{"baseline": 0.3, "steps": 7, **how}
    ),
    "full_gradient": lambda *args: full_gradient(*args).input,
    "neuron_conductance": at_layer(neuron_conductance, neuron=(0, 4, 1), steps=7, baseline=0.3),
    "guided_backprop": guided_backprop,
    "deconvnet": deconvnet,
    "deeplift": lambda *args: deeplift(*args, baseline=0.3),
    "lrp": lrp,
    "guided_grad_cam": at_layer(guided_grad_cam),
    "occlusion": lambda *args, **how: occlusion(*args, **{"window": 2, "baseline": 0.3, **how}),
    "feature_ablation": by_column(feature_ablation),
    "shapley_values": by_column(shapley_values, samples=3, rng=0),
    "kernel_shap": by_column(kernel_shap),
    "lime": by_column(lime, samples=20, rng=0),
    "rise": lambda *args, **how: rise(*args, **{"samples": 9, "rng": 0, "baseline": 0.3, **how}),
}
LAYER_MAPS = {
    "grad_cam": at_layer(grad_cam, relu=False),
    "grad_cam_pp": at_layer(grad_cam_pp, relu=False),
    "hires_cam": at_layer(hires_cam, relu=False),
    "layer_cam": at_layer(layer_cam, relu=False),
    "xgrad_cam": at_layer(xgrad_cam, relu=False),
    "score_cam": at_layer(score_cam, relu=False),
    "ablation_cam": at_layer(ablation_cam, relu=False),
    "eigen_cam": at_layer(eigen_cam, relu=False),
    "layer_conductance": at_layer(layer_conductance, steps=7, baseline=0.3),
    "internal_influence": at_layer(internal_influence, steps=7, baseline=0.3),
}
OTHER_MAPS = {
    "xrai": lambda *args, **how: xrai(*args, **{"steps": 7, **how}),
    "full_gradient's map": lambda *args: full_gradient(*args).map,
}
MAPS = {**PIXEL_MAPS, **LAYER_MAPS, **OTHER_MAPS}
AT_A_LAYER = (*LAYER_MAPS, "guided_grad_cam", "neuron_conductance")
LINEAR = ("input_x_gradient", "integrated_gradients", "occlusion", "grad_cam", "layer_conductance")
LINEAR += ("hires_cam", "xgrad_cam", "deeplift")
LINEAR += ("feature_ablation", "shapley_values", "kernel_shap", "lime", "rise")
LINEAR += ("smoothgrad", "gradient_shap", "blur_integrated_gradients", "full_gradient")
LINEAR += ("internal_influence", "neuron_conductance")
WITH_BASELINE = ("integrated_gradients", "occlusion", "layer_conductance")
WITH_BASELINE += ("feature_ablation", "shapley_values", "kernel_shap", "lime", "rise")
WITH_BASELINE += ("guided_integrated_gradients", "internal_influence", "neuron_conductance")
IN_BATCHES = (*WITH_BASELINE, "score_cam", "ablation_cam")
IN_BATCHES += ("smoothgrad", "gradient_shap", "blur_integrated_gradients", "xrai")

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


@pytest.mark.parametrize("name", sorted(MAPS.keys() - {"eigen_cam"}))
def test_the_target_is_an_int_for_all_or_one_each_or_the_highest_scoring(name):
    # Eigen-CAM is the same for all classes.
    net, x, technique = layered().eval(), images(3), MAPS[name]
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


# LIME fits noise everywhere, and RISE gives a pixel the score of what is shown with it.
@pytest.mark.parametrize("name", sorted(PIXEL_MAPS.keys() - {"lime", "rise"}))
@given(layered_cases())
def test_what_the_net_does_not_see_gets_zero(name, case):
    net, x, target = case
    technique = MAPS[name]
    settings = {"window": 1} if technique is MAPS["occlusion"] else {}
    if name in AT_A_LAYER:
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
    layer = {"layer": f"net.{LAYER}"} if name in AT_A_LAYER else {}
    x = images(5)
    found = MAPS[name](counting, x, batch_size=batch_size, **layer)
    assert max(counting.asked) <= batch_size
    expected = MAPS[name](layered(), x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


# For 5 inputs of (2, 6, 5): 7 steps, 6·5 − 6 − 5 + 1 = 20 windows of 2×2, 4 channels of the layer.
PASSES = {
    **dict.fromkeys(("saliency", "input_x_gradient", "guided_backprop", "deconvnet"), 5),
    **dict.fromkeys(("grad_cam", "grad_cam_pp", "hires_cam", "layer_cam", "xgrad_cam"), 5),
    **dict.fromkeys(("score_cam", "ablation_cam"), (1 + 4) * 5),
    "eigen_cam": 5,
    "lrp": 5,
    "deeplift": 2 * 5,
    "guided_grad_cam": 2 * 5,
    "integrated_gradients": (7 + 1) * 5,
    "occlusion": (20 + 1) * 5,
    "layer_conductance": (2 * 7 + 2) * 5,
    # 6 samples; XRAI has two baselines.
    **dict.fromkeys(("smoothgrad", "gradient_shap"), (6 + 1) * 5),
    **dict.fromkeys(("blur_integrated_gradients", "guided_integrated_gradients"), (7 + 1) * 5),
    **dict.fromkeys(("internal_influence", "neuron_conductance"), (7 + 1) * 5),
    "xrai": 2 * (7 + 1) * 5,
    **dict.fromkeys(("full_gradient", "full_gradient's map"), 5),
    # Of 5 columns; Shapley's over 3 orders, or as a fit of all sets.
    "feature_ablation": (5 + 2) * 5,
    "shapley_values": (3 * (5 - 1) + 3) * 5,
    "kernel_shap": (2**5 + 1) * 5,
    "lime": (20 + 1) * 5,
    "rise": (9 + 1) * 5,
}


@pytest.mark.parametrize("name", MAPS)
def test_it_makes_as_many_forward_passes_as_it_says(name):
    counting = Counting(layered())
    how = {"layer": f"net.{LAYER}"} if name in AT_A_LAYER else {}
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


@pytest.mark.parametrize("name", WITH_BASELINE)
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


@pytest.mark.parametrize("name", WITH_BASELINE)
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
