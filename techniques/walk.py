"""The loop in which inputs are moved, step by step, until the net says what is wanted."""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from autograd import Tensor, array_module, to_cpu
from autograd.device import Array

from .arguments import check_inputs, check_whole
from .criterion import Criterion
from .model import Net, evaluation, scores, scores_only
from .target import Target, choose_target
from .trace import Recorder, Trace

# move(step, rows, x, s, classes): where those of the N inputs go that `rows` (M,) names, (M, ...).
# x (M, ...) and their scores s (M, K) are Tensors; classes (M,), and what is returned, are arrays.
Move = Callable[[int, Array, Tensor, Tensor, Array], Array]


def walk(
    net: Net,
    x: Array,
    target: Target,
    criterion: Criterion,
    move: Move,
    *,
    steps: int,
    frames: int = 0,
    progress: bool = False,
) -> Trace:
    """x ← move(x) for each input, until the criterion is met.

    The net is asked before the first step and after each one. An input that is done never changes
    again. Ctrl-C ends the walk, and what was reached until then is returned.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the classes that the criterion is about; None for those that the net sees in x.
        criterion: what is wanted.
        move: where inputs go. It is called for each step, which are counted from 0. It may also be
            asked about inputs that are done, and is then not heeded.
        steps: an input that is not done after so many is given up.
        frames: see `Trace`.
        progress: show a bar, with how many inputs are done.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    check_whole(steps, "steps")
    xp = array_module(x)
    recorder = Recorder(x, frames)
    # Who walks is kept on the CPU, so that a step waits for a GPU once, to learn who is done.
    walking = np.arange(len(x))
    success = np.zeros(len(x), bool)
    taken = np.full(len(x), steps)
    reason = np.full(len(x), "step limit", dtype=object)
    with evaluation(net), tqdm(total=steps, desc="steps", disable=not progress) as bar:
        try:
            for step in range(steps + 1):
                rows = xp.asarray(walking)
                inputs = Tensor(x[rows])
                s = scores(net, inputs)
                if step == 0:
                    latest, classes = s.data, choose_target(target, s.data)
                latest = latest.copy()
                latest[rows] = s.data
                recorder.keep(x, latest)
                done = to_cpu(criterion.met(s.data, classes[rows]))
                if done.any():
                    # A sum's rounding depends on the size of the batch. What counts is what the
                    # caller will see, who has the whole batch.
                    done &= to_cpu(criterion.met(scores_only(net, x), classes))[walking]
                arrived = walking[done]
                success[arrived], taken[arrived], reason[arrived] = True, step, criterion.reason
                if step == steps or done.all():
                    break
                moved = move(step, rows, inputs, s, classes[rows])
                walking = walking[~done]
                x = x.copy()  # The recorder has the other.
                x[xp.asarray(walking)] = moved[xp.asarray(np.flatnonzero(~done))]
                bar.set_postfix_str(f"{success.sum()} of {len(x)} done", refresh=False)
                bar.update()
        except KeyboardInterrupt:
            if not recorder.history:
                raise
            x = recorder.latest
            taken[walking], reason[walking] = len(recorder.history) - 1, "interrupted"
            success = to_cpu(criterion.met(scores_only(net, x), classes))
    return recorder.trace(x, success, taken, reason.astype(str))
