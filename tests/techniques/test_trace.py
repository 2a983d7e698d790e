"""The Trace."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import Trace, all_gradients

from .small_nets import affine, cases


def trace_of(start, x, **fields):
    n = len(x)
    fields = {"success": np.ones(n, bool), "steps": np.ones(n, int), **fields}
    return Trace(start, x, reason=np.full(n, "step limit"), history=np.zeros((2, n, 3)), **fields)


def test_the_norms_are_those_of_the_perturbation():
    start = np.zeros((2, 1, 2, 2))
    x = np.array([[[[3.0, -4.0], [0.0, 0.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    trace = trace_of(start, x)
    assert trace.l0.tolist() == [2, 0]
    assert trace.l2.tolist() == [5, 0]
    assert trace.linf.tolist() == [4, 0]
    assert np.array_equal(trace.perturbation, x)


def test_the_repr_tells_how_it_went():
    trace = trace_of(np.zeros((2, 3)), np.ones((2, 3)), success=np.array([True, False]))
    assert repr(trace) == (
        "Trace(2 inputs of (3,), 1 with success: 2 step limit; 1–1 steps; "
        "perturbation's median l0 3, l2 1.73, linf 1)"
    )


@given(cases(), st.integers(1, 12))
def test_frames_are_every_so_many_steps_and_the_result(case, every):
    net, x, target = case
    full = all_gradients(net, x, target, steps=10, frames=True)
    some = all_gradients(net, x, target, steps=10, frames=every)
    last = full.steps.max()
    assert some.frame_steps.tolist() == sorted({*range(0, last + 1, every), last})
    assert np.array_equal(some.frames, full.frames[some.frame_steps])
    assert np.array_equal(some.frames[-1], some.x)


@pytest.mark.parametrize("frames", [0, False])
def test_frames_are_not_kept_unless_asked_for(frames):
    trace = all_gradients(affine(np.eye(2)), np.array([[1.0, 0.0]]), 1, frames=frames)
    assert trace.frames is None
    assert trace.frame_steps is None


def test_the_start_is_a_copy():
    x = np.array([[1.0, 0.0]])
    trace = all_gradients(affine(np.eye(2)), x, 1)
    x[:] = 7
    assert trace.start.tolist() == [[1, 0]]
