"""all_gradients, one_gradient and fooling_image: inputs walked across the boundary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad
from techniques import all_gradients, fooling_image, one_gradient

from .small_nets import MLP, affine, ask, cases, inputs_for, softmax_of

WALKS = {
    "all_gradients": all_gradients,
    "one_gradient": lambda *args, **how: one_gradient(*args, k=2, **how),
    "fooling_image": fooling_image,
}
every_walk = pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
confident_walk = pytest.mark.parametrize("walk", [all_gradients, one_gradient])
confidences = st.sampled_from([None, 0.0, 0.3, 0.7, 0.95])


def reached(scores, target, confidence=None):
    if confidence is None:
        return scores.argmax(axis=1) == target
    return softmax_of(scores)[np.arange(len(scores)), target] >= confidence


def gradients(net, x, target):
    net.eval()
    t = Tensor(x)
    s = net(t)
    return grad(s[np.arange(len(x)), target].sum(), t).data


@every_walk
@given(case=cases(dtypes=("float32", "float64")))
def test_success_is_what_a_fresh_forward_pass_says(walk, case):
    net, x, target = case
    trace = walk(net, x, target, steps=30)
    assert np.array_equal(trace.success, reached(ask(net, trace.x), target))
    assert np.array_equal(trace.success, trace.reason == "target reached")
    assert np.array_equal(~trace.success, trace.reason == "step limit")
    assert (trace.steps[~trace.success] == 30).all()


@confident_walk
@given(case=cases(), confidence=confidences)
def test_success_with_a_confidence_is_what_a_fresh_forward_pass_says(walk, case, confidence):
    net, x, target = case
    trace = walk(net, x, target, steps=30, confidence=confidence)
    fresh = ask(net, trace.x)
    assert np.array_equal(trace.success, reached(fresh, target, confidence))
    wanted = "target reached" if confidence is None else "confidence reached"
    assert np.array_equal(trace.success, trace.reason == wanted)


@every_walk
@given(case=cases())
def test_the_walk_stops_after_the_first_step_that_arrives(walk, case):
    net, x, target = case
    trace = walk(net, x, target, steps=30)
    for n, taken in enumerate(trace.steps):
        there = trace.history[:, n].argmax(axis=1) == target[n]
        assert not there[:taken].any()
        assert there[taken] == trace.success[n]


@every_walk
@given(case=cases())
def test_a_finished_sample_never_changes_again(walk, case):
    net, x, target = case
    trace = walk(net, x, target, steps=30, frames=True)
    for n, taken in enumerate(trace.steps):
        assert (trace.frames[taken:, n] == trace.x[n]).all()
        assert (trace.history[taken:, n] == trace.history[taken, n]).all()
        moved = (trace.frames[1 : taken + 1, n] != trace.frames[:taken, n]).any(
            axis=tuple(range(1, x.ndim))
        )
        stuck = ~gradients(net, trace.frames[:taken, n], target[n]).any() if taken else False
        assert moved.any() or taken == 0 or stuck


@every_walk
@given(case=cases(dtypes=("float32", "float64")))
def test_history_holds_the_scores_of_the_frames(walk, case):
    net, x, target = case
    trace = walk(net, x, target, steps=10, frames=True)
    assert trace.history.shape == (trace.steps.max() + 1, len(x), 4)
    assert np.array_equal(trace.frames[0], x)
    assert np.array_equal(trace.frames[-1], trace.x)
    for frame, scores in zip(trace.frames, trace.history, strict=True):
        # Scores below 100, from sums of at most 30 terms.
        np.testing.assert_allclose(
            scores, ask(net, frame), rtol=0, atol=1e3 * np.finfo(x.dtype).eps
        )


@every_walk
@given(case=cases())
def test_a_batch_gives_what_its_images_give_one_at_a_time(walk, case):
    net, x, target = case
    whole = walk(net, x, target, steps=30)
    for n in range(len(x)):
        alone = walk(net, x[n : n + 1], int(target[n]), steps=30)
        assert alone.steps == whole.steps[n]
        assert alone.reason == whole.reason[n]
        # 30 steps of at most 10 units, each off by the rounding of a gradient.
        np.testing.assert_allclose(alone.x[0], whole.x[n], rtol=0, atol=1e-11)


@every_walk
@given(case=cases(dtypes=("float32", "float64")), reach=st.sampled_from([1.0, 1.1, 3.0]))
def test_the_bounds_are_never_left(walk, case, reach):
    net, x, target = case
    trace = walk(net, x, target, steps=20, lr=2.0, bounds=(-1.0, reach), frames=True)
    assert trace.frames.min() >= -1
    assert trace.frames.max() <= np.asarray(reach, x.dtype)
    assert trace.x.dtype == x.dtype


@every_walk
def test_an_input_that_is_there_already_takes_no_step(walk):
    net = MLP()
    x = inputs_for(net, 3)
    trace = walk(net, x, ask(net, x).argmax(axis=1))
    assert trace.steps.tolist() == [0, 0, 0]
    assert trace.success.all()
    assert np.array_equal(trace.x, x)
    assert len(trace.history) == 1


@every_walk
def test_without_a_target_there_is_nothing_to_do(walk):
    net = MLP()
    assert walk(net, inputs_for(net, 3)).steps.tolist() == [0, 0, 0]


@every_walk
def test_a_gradient_of_zero_moves_nothing_and_makes_no_nan(walk):
    def deaf(x):
        return x * 0 + np.array([1.0, 0.0, 0.0])

    x = np.zeros((2, 3))
    trace = walk(deaf, x, 2, steps=5)
    assert np.array_equal(trace.x, x)
    assert trace.reason.tolist() == ["step limit"] * 2
    assert not trace.success.any()


@every_walk
def test_what_counts_are_the_scores_of_the_whole_batch(walk):
    """Rounding depends on the size of a batch. This net exaggerates that."""
    w = np.eye(3)

    def net(x):
        return affine(w)(x) + np.array([0.0, 0.0, 0.0 if len(x.data) == 2 else 100.0])

    x = np.array([[0.1, 0.0, 0.09], [0.5, 0.0, -0.5]])  # The first arrives long before the other.
    trace = walk(net, x, 2, steps=50)
    assert np.array_equal(trace.success, reached(ask(net, trace.x), 2))
    assert trace.success.all()


@confident_walk
def test_a_confidence_of_zero_is_a_value_that_is_reached_at_once(walk):
    net = affine(np.eye(3))
    trace = walk(net, np.array([[1.0, 0.0, 0.0]]), 2, confidence=0.0)
    assert trace.steps.tolist() == [0]
    assert trace.reason.tolist() == ["confidence reached"]


@confident_walk
def test_a_confidence_takes_more_than_the_highest_score(walk):
    net = affine(3 * np.eye(2))
    x = np.array([[0.2, 0.0]])
    plain, sure = walk(net, x, 1, lr=0.1), walk(net, x, 1, lr=0.1, confidence=0.9)
    assert 0 < plain.steps < sure.steps
    assert softmax_of(ask(net, sure.x))[0, 1] >= 0.9 > softmax_of(ask(net, plain.x))[0, 1]


@given(cases(), st.floats(0.01, 1))
def test_all_gradients_moves_by_the_clipped_gradient(case, lr):
    net, x, target = case
    trace = all_gradients(net, x, target, lr=lr, steps=10, frames=True)
    for before, after, step in zip(trace.frames, trace.frames[1:], range(10), strict=False):
        going = trace.steps > step
        expected = np.clip(before + lr * gradients(net, before, target), -1, 1)
        # One step of at most 10 units, in another order of summation.
        np.testing.assert_allclose(after[going], expected[going], rtol=0, atol=1e-12)


@given(cases(), st.integers(1, 7), st.floats(0.05, 0.5))
def test_one_gradient_moves_exactly_the_k_largest_that_can_move(case, k, lr):
    net, x, target = case
    trace = one_gradient(net, x, target, k=k, lr=lr, steps=20, frames=True)
    for step, (before, after) in enumerate(zip(trace.frames, trace.frames[1:], strict=False)):
        g = gradients(net, before, target)
        for n in np.flatnonzero(trace.steps > step):
            a, b, slope = before[n].ravel(), after[n].ravel(), g[n].ravel()
            able = np.where(slope > 0, a < 1, a > -1) & (abs(slope) > 1e-9)
            moved = a != b
            # Exactly k of them, or all that can move if those are fewer.
            assert moved.sum() == min(k, able.sum())
            np.testing.assert_allclose(
                b[moved], np.clip(a + lr * slope, -1, 1)[moved], rtol=0, atol=1e-12
            )
            onward = able & (slope * (a - x[n].ravel()) >= 0)
            if onward.sum() >= k:
                assert onward[moved].all()
                left = abs(slope)[onward & ~moved]
                # The order of equal slopes is a matter of rounding.
                assert abs(slope)[moved].min() >= left.max(initial=0) - 1e-12


@given(cases(), st.integers(1, 3), st.integers(1, 6))
def test_one_gradient_changes_no_more_than_k_entries_per_step(case, k, steps):
    net, x, target = case
    trace = one_gradient(net, x, target, k=k, steps=steps)
    assert (trace.l0 <= k * trace.steps).all()


@given(cases())
def test_one_gradient_with_every_entry_is_all_gradients(case):
    net, x, target = case
    few = one_gradient(net, x, target, k=x[0].size, steps=30, lr=0.1)
    every = all_gradients(net, x, target, steps=30, lr=0.1)
    assert np.array_equal(few.x, every.x)
    assert np.array_equal(few.steps, every.steps)


def test_one_gradient_passes_over_an_entry_that_its_bound_holds():
    # The first entry has the largest slope, but lies at its bound.
    net = affine([[0.0, 0.0], [5.0, 1.0]], np.array([5.5, 0.0]))
    trace = one_gradient(net, np.array([[1.0, 0.0]]), 1)
    assert trace.success.all()
    assert trace.l0.tolist() == [1]


def test_one_gradient_does_not_go_to_and_fro_at_a_kink():
    def net(x):  # A ridge at 0 in the first entry, steeper than the slope of the second.
        ridge = -5 * abs(x[:, 0:1])
        return ridge * np.array([0.0, 1.0]) + x[:, 1:] * np.array([0.0, 1.0]) + np.array([0.5, 0.0])

    trace = one_gradient(net, np.array([[0.01, 0.0]]), 1, steps=100, lr=0.1)
    assert trace.success.all()


@given(cases())
def test_a_step_of_fooling_image_has_the_length_lr(case):
    net, x, target = case
    trace = fooling_image(net, x, target, lr=0.5, steps=5, frames=True)
    lengths = np.linalg.norm(np.diff(trace.frames, axis=0).reshape(-1, len(x), x[0].size), axis=2)
    for n, taken in enumerate(trace.steps):
        slopes = gradients(net, trace.frames[:taken, n], target[n]).reshape(taken, x[0].size)
        expected = 0.5 * slopes.any(axis=1)
        np.testing.assert_allclose(lengths[:taken, n], expected, rtol=0, atol=1e-12)


def test_fooling_image_scales_its_step_with_the_root_of_the_size():
    def net(x):  # Only the class of the first entry's sign matters.
        first = x.reshape(len(x.data), -1)[:, :1]
        return first * np.array([0.0, 1.0]) + np.array([1e6, 0.0])

    large = fooling_image(net, np.zeros((1, 3, 224, 224)), 1, steps=1)
    small = fooling_image(net, np.zeros((1, 1, 28, 28)), 1, steps=1)
    # Ten times CS231n's length for 3×224×224; 192 times fewer entries.
    np.testing.assert_allclose(large.l2, 10, rtol=1e-12)
    np.testing.assert_allclose(small.l2, 10 / np.sqrt(192), rtol=1e-12)


def test_fooling_image_follows_a_gradient_whose_squares_underflow():
    net = affine([[0.0, 0.0], [0.0, 1e-200]], np.array([1e-201, 0.0]))
    trace = fooling_image(net, np.zeros((1, 2)), 1, lr=0.2)
    assert trace.x.tolist() == [[0, 0.2]]


def test_progress_shows_a_bar(capsys):
    net = MLP()
    all_gradients(net, inputs_for(net, 1), 0, progress=True)
    assert "steps" in capsys.readouterr().err
    all_gradients(net, inputs_for(net, 1), 0)
    assert capsys.readouterr().err == ""
