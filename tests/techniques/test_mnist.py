"""The walks on real digits, with a net that was trained for one epoch."""

import numpy as np
import pytest

from autograd import Tensor
from nets import KernelFitter, fit, mnist
from techniques import all_gradients, one_gradient

from .small_nets import softmax_of


@pytest.fixture(scope="module")
def digits_to_move(data_folder):
    """(net, 200 test digits, for each a random other class)."""
    train, (X, Y) = mnist(data_folder / "mnist")
    net = KernelFitter(rng=0)
    fit(net, train, epochs=1, batch_size=64, lr=0.1, progress=False)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(X), 200, replace=False)
    return net, X[chosen], (Y[chosen] + rng.integers(1, 10, 200)) % 10


@pytest.mark.parametrize("walk", [all_gradients, one_gradient])
def test_at_least_95_percent_are_carried_to_another_class(digits_to_move, walk):
    net, x, target = digits_to_move
    trace = walk(net, x, target, confidence=0.7)
    assert trace.success.mean() >= 0.95
    fresh = softmax_of(net(Tensor(trace.x)).data)[np.arange(200), target]
    # Another softmax than the net's, in float32: a few roundings of 6e-8.
    assert (fresh[trace.success] >= 0.7 - 1e-6).all()
    assert (fresh[~trace.success] < 0.7).all()
    assert abs(trace.x).max() <= 1
    if walk is one_gradient:
        assert (trace.l0 <= trace.steps).all()
