"""Asking a net without leaving a mark on it."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, linear, no_grad, relu
from techniques import (
    all_gradients,
    class_visualization,
    decision_plane,
    fooling_image,
    one_gradient,
    pgd,
    saliency,
    shortest_crossing,
)
from techniques.model import evaluation, scores_only

from .small_nets import MLP, SmallNet, affine, ask, cases, inputs_for


def crossing(net, x, target):
    there = all_gradients(net, x, target)
    apart = ask(net, x).argmax(axis=1) != ask(net, there.x).argmax(axis=1)
    net.train()
    return shortest_crossing(net, x[apart], there.x[apart]) if apart.any() else None


def plane(net, x, target):
    return decision_plane(net, np.concatenate([x, -x, 0.5 - x])[[0, len(x), -1]], resolution=5)


EVERY = [
    saliency,
    lambda net, x, target: all_gradients(net, x, target, steps=5),
    lambda net, x, target: one_gradient(net, x, target, steps=5, k=2),
    lambda net, x, target: fooling_image(net, x, target, steps=5),
    lambda net, x, target: pgd(net, x, target, eps=0.1, steps=5),
    lambda net, x, target: class_visualization(net, x, target, steps=5),
    plane,
    crossing,
]


@given(cases())
def test_no_technique_changes_the_inputs_the_weights_their_gradients_or_the_mode(case):
    net, x, target = case
    marks = [Tensor(np.ones(1)) for _ in net.weights]
    for w, mark in zip(net.weights, marks, strict=True):
        w.grad = mark
    before = [x.copy(), target.copy(), *(w.data.copy() for w in net.weights)]
    arrays = [w.data for w in net.weights]
    for technique in EVERY:
        net.train()
        technique(net, x, target)
        assert net.training
        after = [x, target, *(w.data for w in net.weights)]
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        assert all(w.data is array for w, array in zip(net.weights, arrays, strict=True))
        assert all(w.grad is mark for w, mark in zip(net.weights, marks, strict=True))


class Nested(MLP):
    """A net with two parts, one of which is frozen in eval mode."""

    def __init__(self):
        self.frozen = SmallNet()
        super().__init__()
        self.frozen.training = False

    def named_modules(self):
        yield "", self
        yield "frozen", self.frozen

    def eval(self):
        self.training = self.frozen.training = False


def test_each_module_gets_its_own_mode_back():
    net = Nested()
    saliency(net, inputs_for(net, 2))
    assert net.training
    assert not net.frozen.training


def test_the_mode_comes_back_when_the_net_raises():
    net = Nested()
    with pytest.raises(ValueError, match="linear"):
        saliency(net, np.zeros((2, 5)))
    assert net.training


def test_the_gradient_does_not_vanish_within_no_grad():
    net = MLP()
    x = inputs_for(net, 2)
    with no_grad():
        inside = saliency(net, x)
    assert np.array_equal(inside, saliency(net, x))
    assert inside.any()


def test_a_mode_is_not_asked_of_a_plain_function():
    with evaluation(affine(np.eye(3))):
        pass


def test_scores_do_not_depend_on_the_batch_size():
    net = affine(np.random.default_rng(0).normal(size=(4, 3)))
    x = np.random.default_rng(1).normal(size=(5, 3))
    # Sums of 3 products of numbers near 1, in another order at most.
    np.testing.assert_allclose(scores_only(net, x, 2), scores_only(net, x), rtol=0, atol=1e-14)


def test_no_more_inputs_than_the_batch_size_are_run_at_once():
    seen = []

    def net(x):
        seen.append(len(x.data))
        return relu(linear(x, np.eye(3)))

    scores_only(net, np.zeros((5, 3)), 2)
    assert seen == [2, 2, 1]


@pytest.mark.parametrize(
    ("net", "error", "message"),
    [
        (np.zeros((2, 3)), TypeError, "net: expected a callable.*ndarray"),
        (lambda x: x.data, TypeError, "float scores.*ndarray"),
        (lambda x: x > 0, TypeError, "float scores.*bool"),
        (lambda x: x.sum(), ValueError, r"expected scores \(2, K\).*\(\)"),
        (lambda x: x.sum(axis=0, keepdims=True), ValueError, r"expected scores \(2, K\)"),
        (lambda x: x[:, :0], ValueError, r"expected scores \(2, K\).*\(2, 0\)"),
        (lambda x: x * np.nan, ValueError, "NaN"),
        (lambda x: Tensor(np.ones((2, 3))), ValueError, "scores are not computed, by ops, from"),
        (lambda x: Tensor(2 * x.data), ValueError, "scores are not computed, by ops, from"),
    ],
)
def test_what_is_no_net_is_refused(net, error, message):
    with pytest.raises(error, match=message):
        saliency(net, np.ones((2, 3)))
