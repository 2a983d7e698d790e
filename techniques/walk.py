"""The loop in which inputs are moved, step by step, until the net says what is wanted."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from autograd import Tensor, array_module, softmax, to_cpu
from autograd.device import Array

from .arguments import check_inputs, check_whole
from .criterion import Criterion
from .model import Net, evaluation, scores, scores_only
from .norms import flat
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
    technique: str,
    steps: int,
    memory: SimpleNamespace | None = None,
    standstill: str | None = None,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
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
        technique: the name of the function that walks.
        steps: an input that is not done after so many is given up.
        memory: what `move` knows from one step to the next: arrays and Generators, which it may
            change. Those of a trace that is resumed take their place.
        standstill: in words, why an input that `move` leaves where it is would stay there for ever:
            it is given up. None if a later step may still move it.
        frames: see `Trace`.
        progress: show a bar, with how many inputs are done, and the mean probability of the
            classes.
        resume: the Trace to go on from; see `all_gradients`.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    check_whole(steps, "steps")
    xp = array_module(x)
    recorder = Recorder(x, frames, resume, technique)
    memory = memory or SimpleNamespace()
    # Why each has ended, "" while it walks, and after how many steps. They are kept on the CPU, so
    # that a step waits for a GPU once, to learn who is done.
    reason, taken = np.full(len(x), "", object), np.zeros(len(x), int)
    x, latest, classes, reason, taken, known = recorder.begin(x, None, None, reason, taken, memory)
    vars(memory).update(vars(known))  # It is this one that `move` looks into.
    failure = "step limit"
    with evaluation(net), recorder.bar(steps, progress) as bar:
        try:
            for step in range(recorder.step, steps + 1):
                walking = np.flatnonzero(reason == "")
                rows = xp.asarray(walking)
                inputs = Tensor(x[rows])
                s = scores(net, inputs)
                if step == 0:
                    latest, classes = s.data, choose_target(target, s.data)
                latest = latest.copy()
                latest[rows] = s.data
                done = to_cpu(criterion.met(s.data, classes[rows]))
                if done.any():
                    # A sum's rounding depends on the size of the batch. What counts is what the
                    # caller will see, who has the whole batch.
                    done &= to_cpu(criterion.met(scores_only(net, x), classes))[walking]
                reason[walking[done]], taken[walking[done]] = criterion.reason, step
                if progress:
                    p = softmax(latest, axis=1).data[xp.arange(len(x)), classes].mean()
                    arrived = f"{(reason == criterion.reason).sum()} of {len(x)} done"
                    bar.set_postfix_str(f"{arrived}, mean p = {float(p):.3g}", refresh=False)
                if step == steps or done.all():
                    break
                onward = move(step, rows, inputs, s, classes[rows])
                if standstill:
                    still = ~done & to_cpu((flat(onward) == flat(inputs.data)).all(axis=1))
                    reason[walking[still]], taken[walking[still]] = standstill, step
                    done |= still
                    if done.all():
                        break
                recorder.record(x, latest)
                x[xp.asarray(walking[~done])] = onward[xp.asarray(np.flatnonzero(~done))]
                recorder.checkpoint(x, latest, classes, reason, taken, memory)
                bar.update()
        except KeyboardInterrupt:
            if classes is None:
                raise
            failure, latest = "interrupted", scores_only(net, x)
    success = reason == criterion.reason
    if failure == "interrupted":
        success = criterion.met(latest, classes)
    left = reason == ""
    reason[left], taken[left] = failure, recorder.step
    recorder.record(x, latest)
    return recorder.trace(x, success, taken, reason.astype(str))
