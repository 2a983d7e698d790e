"""Bad arguments: each gets an error that names it, says what came and what was expected."""

import numpy as np
import pytest

from autograd import Tensor
from techniques import (
    all_gradients,
    class_visualization,
    decision_plane,
    fooling_image,
    one_gradient,
    saliency,
    shortest_crossing,
)

from .small_nets import affine

NET = affine(np.eye(3))
X = np.array([[0.5, 0.0, -0.5], [0.0, 0.9, 0.1]])
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
        ("bounds", (-0.1, 1), r"x: reaches from -0.5 to 0.9, beyond bounds=\(-0.1, 1\)"),
        ("frames", -1, "frames: expected a whole number >= 0"),
        ("frames", 1.5, "frames: expected a whole number >= 0"),
    ],
)
def test_a_wrong_setting_of_a_walk_is_refused(technique, argument, value, message):
    with pytest.raises(ValueError, match=message):
        technique(NET, X, 0, **{argument: value})


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
