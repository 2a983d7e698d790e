"""Ascent: move inputs up the gradient of a score, until the net says what is wanted."""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from autograd import Tensor, array_module, softmax, to_cpu
from autograd.device import Array

from .arguments import Bounds, check_bounds, check_confidence, check_inputs, check_whole
from .model import Net, evaluation, score_gradient, scores, scores_only
from .target import Target, choose_target
from .trace import Recorder, Trace


def ascend(
    net: Net,
    x: Array,
    target: Target,
    move: Callable[[Array, Array, Array], Array],
    *,
    steps: int,
    bounds: Bounds | None,
    confidence: float | None = None,
    frames: int = 0,
    progress: bool = False,
) -> Trace:
    """x ← clip(x + move(start, x, ∂s_t/∂x), bounds) for each input, until it is done.

    An input is done as soon as class t has the highest score, or, if a `confidence` is given, as
    soon as its probability is at least that. The net is asked before the first step and after each
    one. An input that is done never changes again.

    Args:
        net, x, target, confidence, bounds: as for `all_gradients`.
        move: what to add to inputs (M, ...), given where they started and the gradients at them.
        steps: an input that is not done after so many moves is given up.
        frames, progress: see `Trace`; whether to show a bar.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is not such.
    """
    check_inputs(x)
    bounds = check_bounds(bounds, x)
    check_confidence(confidence)
    check_whole(steps, "steps")
    xp = array_module(x)
    recorder = Recorder(x, frames)
    x = x.copy()
    with evaluation(net), tqdm(total=steps, desc="steps", disable=not progress) as bar:
        latest = scores_only(net, x)
        target = choose_target(target, latest)
        # Who walks is kept on the CPU, so that a step waits for a GPU once, to learn who is done.
        success = np.zeros(len(x), bool)
        taken = np.full(len(x), steps)
        walking = np.arange(len(x))
        for step in range(steps + 1):
            rows = xp.asarray(walking)
            inputs = Tensor(x[rows])
            s = scores(net, inputs)
            latest = latest.copy()
            latest[rows] = s.data
            recorder.keep(x, latest)
            done = to_cpu(reached(s.data, target[rows], confidence))
            if done.any():
                # A sum's rounding depends on the size of the batch. What counts is what the caller
                # will see, who has the whole batch.
                done &= to_cpu(reached(scores_only(net, x), target, confidence))[walking]
            success[walking[done]] = True
            taken[walking[done]] = step
            if step == steps or done.all():
                break
            g = score_gradient(s, inputs, target[rows])[xp.asarray(np.flatnonzero(~done))]
            walking = walking[~done]
            rows = xp.asarray(walking)
            moved = x[rows] + move(recorder.start[rows], x[rows], g)
            x[rows] = moved if bounds is None else moved.clip(*bounds)
            bar.update()
    wanted = "target reached" if confidence is None else "confidence reached"
    return recorder.trace(x, success, taken, np.where(success, wanted, "step limit"))


def reached(s: Array, target: Array, confidence: float | None) -> Array:
    """Which rows of the scores (N, K) say what is wanted: (N,) bool."""
    if confidence is None:
        return s.argmax(axis=1) == target
    rows = array_module(s).arange(len(s))
    return softmax(s, axis=1).data[rows, target] >= confidence
