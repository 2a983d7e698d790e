"""The Trace."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import Trace, all_gradients, fooling_image
from techniques.trace import Recorder

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


@given(steps=st.integers(1, 70), every=st.integers(1, 4), most=st.integers(3, 9))
def test_frames_take_no_more_than_a_bounded_memory(steps, every, most):
    x = np.zeros((2, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("techniques.trace.FRAME_BYTES", most * x.nbytes)
        recorder = Recorder(x, every)
        for step in range(steps + 1):
            recorder.record(x + step, np.full((2, 4), step))
        kept = recorder.arrays(x + steps)
        # And so it is when it is resumed at any step.
        for taken in {1, steps // 2, steps - 1} - {0}:
            first = Recorder(x, every, technique="t")
            for step in range(taken + 1):
                first.checkpoint()
                first.record(x + step, np.full((2, 4), step))
            trace = first.trace(x + taken, *np.zeros((3, 2)))
            second = Recorder(x, every, trace, "t")
            assert second.step == taken
            for step in range(taken, steps + 1):
                second.record(x + step, np.full((2, 4), step))
            assert second.arrays(x + steps)["frame_steps"].tolist() == kept["frame_steps"].tolist()
    at, frames = kept["frame_steps"], kept["frames"]
    assert len(frames) == len(at) <= most
    assert at[0] == 0
    assert at[-1] == steps
    gaps = set(np.diff(at[:-1]).tolist())  # The last comes when it comes.
    assert len(gaps) <= 1
    assert all(gap % every == 0 and (gap // every).bit_count() == 1 for gap in gaps)
    assert np.array_equal(frames[:, 0, 0], at)
    assert np.array_equal(kept["history"][at][:, 0, 0], at)


def test_the_bound_of_memory_is_no_concern_of_short_runs():
    x = np.zeros((1, 3))
    recorder = Recorder(x, True)
    for _ in range(1000):
        recorder.record(x, x)
    assert len(recorder.arrays(x)["frames"]) == 1000


def test_what_is_saved_is_a_copy():
    recorder = Recorder(np.zeros((1, 3)), 0)
    numbers, rng = np.zeros(3), np.random.default_rng(0)
    (first, _) = recorder.begin(numbers, rng)
    numbers += 1
    first += 2
    recorder.checkpoint(numbers, rng)
    numbers += 1
    drawn = rng.random()
    again, same = recorder.begin()
    assert again.tolist() == [1, 1, 1]
    assert same.random() == drawn


def resumed(resume, x=None):
    x = np.array([[1.0, 0.0]]) if x is None else x
    return all_gradients(affine(np.eye(2)), x, 1, lr=0.01, steps=3, resume=resume)


@pytest.mark.parametrize(
    ("resume", "error", "message"),
    [
        (lambda: "trace", TypeError, "expected a trace that all_gradients has returned, got str"),
        (lambda: trace_of(*np.zeros((2, 1, 2))), TypeError, "got Trace"),
        (
            lambda: fooling_image(affine(np.eye(2)), np.array([[1.0, 0.0]]), 1),
            ValueError,
            "resume: expected a trace of all_gradients, got one of fooling_image",
        ),
        (lambda: resumed(None, np.array([[1.0, 0.1]])), ValueError, "began from other inputs"),
        (
            lambda: resumed(None, np.eye(2)),
            ValueError,
            r"inputs: \(2, 2\) .* now there are \(1, 2\)",
        ),
        (lambda: resumed(None, np.array([[1.0, 0.0]], "float32")), ValueError, "of float32, and"),
        (
            lambda: all_gradients(affine(np.eye(2)), np.array([[1.0, 0.0]]), 1, lr=0.01, steps=4),
            ValueError,
            "has taken 4 steps already; got 3 as how many there are to be in all",
        ),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(resume, error, message):
    with pytest.raises(error, match=message):
        resumed(resume())
