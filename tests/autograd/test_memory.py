"""What the graph keeps alive, and when it lets go. The garbage collector is off throughout."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from autograd import (
    Tensor,
    broadcast_to,
    conv2d,
    cross_entropy,
    exp,
    grad,
    linear,
    log,
    max,
    max_pool2d,
    mean,
    no_grad,
    pad,
    relu,
    sigmoid,
    softmax,
)
from autograd import sum as total


@pytest.fixture(autouse=True)
def _without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def loss_of_a_small_net():
    rng = np.random.default_rng(0)
    x, w = Tensor(rng.standard_normal((2, 1, 6, 6))), Tensor(rng.standard_normal((3, 1, 3, 3)))
    v = Tensor(rng.standard_normal((4, 12)))
    h = max_pool2d(relu(conv2d(x, w)), 2)
    return cross_entropy(linear(h.reshape(2, -1), v), np.array([0, 3])), [x, w, v]


def test_a_graph_goes_with_its_last_tensor():
    y, xs = loss_of_a_small_net()
    nodes = [weakref.ref(x._node) for x in (y, *xs)]
    arrays = [weakref.ref(x.data) for x in (y, *xs)]
    assert all(ref() is not None for ref in nodes + arrays)
    del y, xs
    assert all(ref() is None for ref in nodes + arrays)


def test_there_are_no_reference_cycles():
    y, xs = loss_of_a_small_net()
    first = grad(y, xs, create_graph=True)
    second = grad(sum((g * g).sum() for g in first), xs)
    y.backward()
    del y, xs, first, second
    assert gc.collect() == 0


def test_an_error_in_a_walk_leaves_no_cycles():
    y, xs = loss_of_a_small_net()
    with pytest.raises(ValueError, match="seed"):
        grad(y, xs, seed=np.ones(3))
    del y, xs
    assert gc.collect() == 0


def test_a_chain_of_100000_ops_is_let_go_without_a_crash():
    x = y = Tensor(1.0)
    for _ in range(100_000):
        y = y * 1.0
    node = weakref.ref(y._node)
    del x, y
    assert node() is None


@pytest.mark.parametrize("f", [relu, exp, sigmoid, softmax])
def test_a_rule_that_reads_only_the_output_keeps_no_input(f):
    x = Tensor(np.ones(5))
    h = x * 2
    array = weakref.ref(h.data)
    y = f(h)
    del h
    assert array() is None
    assert grad(y, x, seed=np.ones(5)).shape == (5,)


def test_a_rule_that_reads_its_input_keeps_it():
    h = Tensor(np.ones(5)) * 2
    array = weakref.ref(h.data)
    y = log(h)
    del h
    assert array() is not None
    del y
    assert array() is None


def peak_of(work) -> int:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_cotangents_are_freed_as_they_are_consumed():
    x = Tensor(np.ones(100_000))  # 0.8 MB.
    y = x
    for _ in range(50):
        y = y * 1.5  # Its rule reads a number only.
    seed = np.ones(100_000)
    # The walk holds the cotangent it has, the one it makes, and the copy that it returns: not 50.
    assert peak_of(lambda: grad(y, x, seed=seed)) < 5 * x.data.nbytes


def test_a_forward_pass_without_recording_holds_one_array_at_a_time():
    def forward():
        h = Tensor(np.ones(100_000))
        for _ in range(50):
            h = h * h
        return h

    def quietly():
        with no_grad():
            forward()

    assert peak_of(quietly) < 5 * 800_000 < peak_of(forward)


def test_gradients_do_not_hold_the_graph():
    x = Tensor(np.ones(5))
    y = exp(x)
    node = weakref.ref(y._node)
    g = grad(y, x, seed=np.ones(5))
    del y
    assert node() is None
    assert g.shape == (5,)


def test_backward_does_not_hold_the_graph():
    x = Tensor(np.ones(5))
    y = mean(max(exp(x)))
    node = weakref.ref(y._node)
    y.backward()
    del y
    assert node() is None


@pytest.mark.parametrize(
    "f",
    [
        lambda x: total(x),
        lambda x: mean(x, axis=0),
        lambda x: x[[0, 1]],
        lambda x: pad(x, 1),
        lambda x: broadcast_to(x, (2, 3, 4)) + 1,
    ],
)
def test_a_rule_that_needs_only_a_shape_does_not_keep_the_array(f):
    leaf = Tensor(np.ones((3, 4)))
    x = leaf + 1
    array = weakref.ref(x.data)
    y = f(x)
    del x
    assert array() is None
    assert grad(total(y), leaf).shape == (3, 4)
