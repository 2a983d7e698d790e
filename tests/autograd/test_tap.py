"""Taps see what a part returns, may replace it, and are gone after the block."""

import threading

import numpy as np
import pytest

from autograd import Tensor, grad, relu, tap
from autograd.tap import through_taps
from nets.layers import Linear, ReLU, Sequential

X = np.array([[1.0, -2.0]])


def part(x):
    return through_taps(part, relu(x))


def test_what_the_part_returns_is_seen_and_leads_to_what_was_computed_from_it():
    seen = []
    x = Tensor(X)
    with tap(part, seen.append):
        y = part(x) * 3
    assert seen[0].data.tolist() == [[1, 0]]
    assert grad(y.sum(), seen[0]).data.tolist() == [[3, 3]]
    assert grad(y.sum(), x).data.tolist() == [[3, 0]]


def test_what_look_returns_takes_its_place():
    with tap(part, lambda out: out + 10):
        assert part(X).data.tolist() == [[11, 10]]
    assert part(X).data.tolist() == [[1, 0]]


def test_taps_of_one_part_nest_and_the_outermost_looks_first():
    with tap(part, lambda out: out + 1), tap(part, lambda out: out * 10):
        assert part(X).data.tolist() == [[20, 10]]


def test_an_error_in_the_block_takes_the_tap_away():
    with pytest.raises(KeyError), tap(part, lambda out: out * 0):
        raise KeyError
    assert part(X).data.tolist() == [[1, 0]]


def test_another_thread_has_taps_of_its_own():
    found = []
    with tap(part, lambda out: out * 0):
        thread = threading.Thread(target=lambda: found.append(part(X).data.tolist()))
        thread.start()
        thread.join()
    assert found == [[[1, 0]]]


def test_every_module_of_a_net_can_be_tapped():
    net = Sequential(Linear(2, 3, rng=0), ReLU(), Linear(3, 2, rng=0)).eval()
    for module in dict(net.named_modules()).values():
        seen = []
        with tap(module, seen.append):
            net(X)
        assert len(seen) == 1
