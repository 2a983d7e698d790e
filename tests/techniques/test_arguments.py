"""Bad arguments: each gets an error that names it, says what came and what was expected."""

import numpy as np
import pytest

from autograd import Tensor, to_cpu, to_device
from nets import Module
from techniques import (
    all_gradients,
    class_visualization,
    decision_plane,
    fooling_image,
    guided_grad_cam,
    layer_conductance,
    one_gradient,
    saliency,
    shortest_crossing,
)

from .small_nets import ConvNet, affine, inputs_for

NET = affine(np.eye(3))
X = np.array([[0.5, 0.0, -0.5], [0.0, 0.9, 0.1]])


class Foreign:
    """What looks like an array, but is another library's."""

    shape, ndim, dtype = (2, 3), 2, "torch.float32"


WALKS = [all_gradients, one_gradient, fooling_image]


def plane(net, x):
    return decision_plane(net, x)


def crossing(net, x):
    return shortest_crossing(net, x, X)


@pytest.mark.parametrize(
    "technique", [saliency, *WALKS, class_visualization, plane, crossing], ids=lambda f: f.__name__
)
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (Tensor(X), TypeError, r"x: expected an array.*Tensor.*t\.data"),
        (X.tolist(), TypeError, "x: expected an array.*list"),
        (None, TypeError, "x: expected an array.*NoneType"),
        (Foreign(), TypeError, "x: expected an array.*Foreign"),
        ((255 * abs(X)).astype(np.uint8), TypeError, "x: expected floats.*uint8"),
        (X[0], ValueError, r"x: expected a batch.*\(3,\)"),
        (X[:0], ValueError, r"x: expected a batch.*\(0, 3\)"),
        (np.full((2, 3), np.nan), ValueError, "x: has a NaN"),
        (np.full((2, 3), -np.inf), ValueError, "x: has a NaN or Inf"),
    ],
)
def test_what_is_no_batch_of_inputs_is_refused(technique, x, error, message):
    with pytest.raises(error, match=message):
        technique(NET, x)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mean": np.nan}, "mean: has a NaN or Inf"),
        ({"optimizer": ["adam"]}, "optimizer: expected one of"),
        ({"rng": 1.5}, "rng: expected a seed >= 0 or a Generator, got 1.5"),
    ],
)
def test_settings_of_class_visualization_that_are_none_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        class_visualization(NET, X, **settings)


def test_what_is_wrong_is_said_before_the_net_is_asked():
    class Unasked(Module):
        def forward(self, x):
            raise AssertionError("the net was asked")

    x = np.zeros((1, 3, 4, 4))
    with pytest.raises(ValueError, match="layer: no layer is named 'absent'"):
        layer_conductance(Unasked(), x, layer="absent")
    with pytest.raises(ValueError, match='mode: expected "bilinear" or "nearest", got'):
        guided_grad_cam(Unasked(), x, layer="conv", mode="cubic")


def test_a_class_in_place_of_a_net_is_refused():
    with pytest.raises(TypeError, match="net: expected a net, got the class ConvNet"):
        saliency(ConvNet, X)


@pytest.mark.parametrize("technique", [*WALKS, class_visualization, saliency])
@pytest.mark.parametrize("target", [3, [0, 1, 2], 1.0, "1"])
def test_a_wrong_target_is_refused(technique, target):
    with pytest.raises(ValueError, match=r"target.*3 classes"):
        technique(NET, X, target)


@pytest.mark.parametrize("technique", [*WALKS, class_visualization])
@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("steps", 0, "steps: expected a whole number >= 1, got 0"),
        ("steps", 10.0, "steps: expected a whole number"),
        ("steps", True, "steps: expected a whole number"),
        ("lr", 0, "lr: expected a number > 0, got 0"),
        ("lr", -0.1, "lr: expected a number > 0"),
        ("lr", np.nan, "lr: expected a number > 0"),
        ("lr", "fast", "lr: expected a number > 0"),
        ("bounds", (1, -1), r"bounds: expected \(low, high\) with low < high"),
        ("bounds", (0, 0), r"bounds: expected \(low, high\) with low < high"),
        ("bounds", (np.nan, 1), r"bounds: expected \(low, high\) with low < high"),
        ("bounds", 1, r"bounds: expected \(low, high\) or None, got 1"),
        ("bounds", (0, 1, 2), r"bounds: expected \(low, high\) or None"),
        ("bounds", (-0.1, 1), r"x: has -0.5 at \[0, 2\], beyond its bounds=\(-0.1, 1\)"),
        ("bounds", ("low", 1), r"bounds: expected a number.*'low'"),
        ("bounds", (None, 1), "bounds: expected a number.*None"),
        ("bounds", (np.zeros(2), 1), r"broadcasts to one input, \(3,\).*shape \(2,\)"),
        ("bounds", (-1, np.ones((2, 3))), r"broadcasts to one input, \(3,\).*shape \(2, 3\)"),
        ("bounds", (-np.ones(3), np.array([1, 1, -1])), "low < high"),
        ("bounds", (-1, np.array([1, 0.8, 1])), r"x: has 0.9 at \[1, 1\].*bounds=\(-1, 0.8\)"),
        ("frames", -1, "frames: expected a whole number >= 0"),
        ("frames", 1.5, "frames: expected a whole number >= 0"),
    ],
)
def test_a_wrong_setting_of_a_walk_is_refused(technique, argument, value, message):
    with pytest.raises(ValueError, match=message):
        technique(NET, X, 0, **{argument: value})


# Each colour has its own bounds, as where the colours are scaled each in its own way.
LOW, HIGH = -np.array([1.0, 0.5]).reshape(2, 1, 1), np.array([0.5, 2.0]).reshape(2, 1, 1)


@pytest.mark.parametrize("technique", [*WALKS, class_visualization])
def test_bounds_may_be_arrays(device, technique):
    net = ConvNet(dtype="float32")
    net.eval()
    x = inputs_for(net, 3, dtype="float32").clip(LOW, HIGH).astype("float32")
    net.weights = [Tensor(to_device(w.data, device)) for w in net.weights]
    x = to_device(x, device)
    trace = technique(net, x, 1, steps=5, lr=5.0, bounds=(LOW, HIGH))
    moved = to_cpu(trace.x)
    assert (moved.min(axis=(0, 2, 3)) >= LOW.ravel()).all()
    assert (moved.max(axis=(0, 2, 3)) <= HIGH.ravel()).all()
    # The bounds may be on the inputs' device, too.
    there = (to_device(LOW, device), to_device(HIGH, device))
    again = technique(net, x, 1, steps=5, lr=5.0, bounds=there)
    assert np.array_equal(to_cpu(again.x), moved)


@pytest.mark.parametrize("technique", [*WALKS, class_visualization])
def test_arrays_of_one_bound_are_that_bound(technique):
    net = ConvNet()
    x = inputs_for(net, 3)
    one = technique(net, x, 1, steps=5, lr=2.0, bounds=(-1, 1.5))
    each = technique(net, x, 1, steps=5, lr=2.0, bounds=(-np.ones(net.shape), 1.5))
    assert np.array_equal(one.x, each.x)


def test_a_bound_may_be_passed_by_the_rounding_of_an_input():
    # Black less MNIST's mean, over its standard deviation: in float32 it is 1 unit lower.
    black, low = np.float32(-0.1307) / np.float32(0.3081), -0.1307 / 0.3081
    assert black < np.float32(low)
    x = np.full((1, 3), black, "float32")
    assert all_gradients(NET, x, 2, bounds=(low, 3)).x.min() >= np.float32(low)
    with pytest.raises(ValueError, match=r"x: has -0.4242 at \[0, 0\], beyond"):
        all_gradients(NET, x, 0, bounds=(low * (1 - 1e-5), 3))


@pytest.mark.parametrize("technique", [all_gradients, one_gradient])
@pytest.mark.parametrize("confidence", [1.5, -0.1, np.nan, "high", True])
def test_a_confidence_that_is_no_probability_is_refused(technique, confidence):
    with pytest.raises(ValueError, match=r"confidence: expected .*number"):
        technique(NET, X, 0, confidence=confidence)


@pytest.mark.parametrize("k", [0, 4, -1, 1.0, True, None])
def test_k_must_be_a_number_of_entries(k):
    with pytest.raises(ValueError, match="k: expected a whole number from 1 to 3"):
        one_gradient(NET, X, 0, k=k)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"l2": -1}, "l2: expected a number >= 0"),
        ({"jitter": -1}, "jitter: expected a whole number >= 0"),
        ({"jitter": 2}, r"jitter, blur: only for images .*\(2, 3\)"),
        ({"blur": 0.5}, r"jitter, blur: only for images .*\(2, 3\)"),
        ({"blur": -0.5}, "blur: expected a number >= 0"),
        ({"blur_every": 0}, "blur_every: expected a whole number >= 1"),
        ({"optimizer": "newton"}, r"optimizer: expected one of \['normalized', 'sgd', 'adam'\]"),
        ({"mean": "grey"}, "mean: expected a number"),
        ({"mean": np.zeros(2)}, r"mean: .*broadcasts to one input, \(3,\)"),
    ],
)
def test_a_wrong_setting_of_class_visualization_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        class_visualization(NET, X, 0, **settings)


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        (X, {}, r"three inputs .*\(2, 3\)"),
        (np.stack([X[0], X[1], (X[0] + X[1]) / 2]), {}, "on one line"),
        (np.stack([X[0], X[0], X[1]]), {}, "on one line"),
        (np.stack([X[0], X[1], X[0]]), {}, "on one line"),
        (np.eye(3), {"resolution": 1}, "resolution: expected a whole number >= 2"),
        (np.eye(3), {"margin": -0.1}, "margin: expected a number >= 0"),
        (np.eye(3), {"batch_size": 0}, "batch_size: expected a whole number >= 1"),
    ],
)
def test_what_spans_no_plane_is_refused(x, settings, message):
    with pytest.raises(ValueError, match=message):
        decision_plane(NET, x, **settings)


@pytest.mark.parametrize(
    ("counterfactual", "settings", "message"),
    [
        (X, {}, r"inputs \[0, 1\] have classes \[0, 1\] at both ends"),
        (X[[1, 1]], {}, r"inputs \[1\] have classes \[1\] at both ends"),
        (X[:1], {}, r"counterfactual: expected the shape of x, \(2, 3\), got \(1, 3\)"),
        (np.full((2, 3), np.nan), {}, "counterfactual: has a NaN"),
        (X[::-1], {"samples": 0}, "samples: expected a whole number >= 1"),
        (X[::-1], {"tolerance": 0}, "tolerance: expected a number > 0"),
        (X[::-1], {"batch_size": 0}, "batch_size: expected a whole number >= 1"),
    ],
)
def test_what_has_no_crossing_is_refused(counterfactual, settings, message):
    with pytest.raises(ValueError, match=message):
        shortest_crossing(NET, X, counterfactual, **settings)
