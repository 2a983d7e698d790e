"""Carlini and Wagner's attack: the shortest change that does it, by descent and by search."""

from math import atanh

import numpy as np

from autograd import Tensor, array_module, grad, relu, tanh, to_cpu
from autograd.device import Array

from . import norms
from .adam import Adam
from .arguments import Bounds, check_box, check_inputs, check_number, check_whole
from .criterion import check_goal, criterion_for, warn_of_reached
from .model import Net, check_depends, evaluation, scores, scores_only
from .target import Target, best_other, choose_target
from .trace import Recorder, Trace

EDGE = 0.99  # Where on the tanh the bounds are.
# The authors' (nn_robust_attacks, l2_attack.py): c grows by this factor as long as it is too small,
# up to a limit.
GROWTH, LARGEST = 10, 1e10


def carlini_wagner(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    kappa: float = 0.0,
    rounds: int = 9,
    steps: int = 1000,
    lr: float = 0.01,
    c: float = 0.01,
    targeted: bool = False,
    bounds: Bounds | None = (-1.0, 1.0),
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """argmin_x' ‖x' − x‖² + c · max(0, κ − lead(x')), with the smallest c that will do.

    lead = max_{k≠t} s_k − s_t, how far another class is ahead of t; with targeted=True −lead, how
    far t is ahead of all others. x' = tanh(w)/0.99, stretched to the bounds, so that w is free;
    Adam moves it. Each round starts from x with another c: larger by a factor 10 until the first
    success, then halving the interval between a c that failed and one that did it. Of all x' on the
    way that did it, the nearest counts.

    Carlini & Wagner 2016 (arXiv 1608.04644, section V, with f₆), for the Euclidean length. The
    changes are shorter than those of `deepfool`, at many times the cost.

    The traps. At the edge of a tanh that ends at the bounds there is no slope, so black and white
    pixels cannot move: elsewhere x is pressed into the range by 10⁻⁶, and then they move after some
    500 steps. Here the tanh is cut off at ±0.99, where its slope is 0.02. `kappa` is no
    probability, but a difference of scores. And where no score depends on the input, nothing is
    found, and the input stays.

    The authors end a round where a tenth of its steps has gained nothing. But the first of Adam's
    steps may lead up, and come down later: on four photographs the changes were 1.7 times as long
    with that rule, so every round takes its steps.

    Cost: rounds · steps forward and backward passes.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), K >= 2.
        x: inputs (N, ...) of floats within the bounds.
        target: the class t that is left: None for the one that the net sees, an int, or N ints.
            With targeted=True, the class that is to be reached.
        kappa: κ, the confidence: the lead that is wanted, at least 0.
        rounds: how many values of c are tried.
        steps: Adam's, in each round.
        lr: Adam's learning rate.
        c: the c of the first round.
        targeted: whether t is to be reached, rather than left.
        bounds: (low, high) that no entry leaves; not None.
        frames: as for `all_gradients`.
        progress: show a bar, with how many inputs are done, and the mean length of their changes.
        resume: as for `all_gradients`; to go on, give more `rounds`. What was found in a round that
            Ctrl-C ended is in x, but the round is done again.

    Returns:
        The Trace, in which a step is a round: `history` and `frames` show the nearest x' so far,
        or x. An input that failed is as it was; one that is there already takes 0 steps.

    Raises:
        TypeError, ValueError: an argument is invalid.

    Warns:
        UserWarning: an input is at its target already.
    """
    check_inputs(x)
    bounds = check_box(bounds, x)
    kappa = check_number(kappa, "kappa")
    check_whole(rounds, "rounds")
    check_whole(steps, "steps")
    lr = check_number(lr, "lr", above=0)
    c = check_number(c, "c", above=0)
    criterion = criterion_for(targeted)
    check_goal(target, targeted)
    xp = array_module(x)
    recorder, failure = Recorder(x, frames, resume, "carlini_wagner"), "step limit"
    with evaluation(net), recorder.bar(rounds, progress, "rounds") as bar:
        s = scores_only(net, x)
        classes = choose_target(target, s)

        def met(s: Array) -> np.ndarray:
            far = lead(Tensor(s), classes, targeted).data >= kappa
            return to_cpu(far & criterion.met(s, classes))

        there = met(s)
        rows = xp.asarray(np.flatnonzero(~there))
        best, nearest, latest, lower, upper, weight = recorder.begin(
            x.copy(), xp.full(len(x), xp.inf, x.dtype), s,
            xp.zeros(len(rows), x.dtype), xp.full(len(rows), xp.inf, x.dtype),
            xp.full(len(rows), c, x.dtype),
        )  # fmt: skip
        try:
            for _ in range(recorder.step, rounds if len(rows) else 0):
                recorder.record(best, latest)
                did = descend(
                    net, x, classes, rows, weight, best, nearest,
                    kappa=kappa, steps=steps, lr=lr, targeted=targeted, bounds=bounds,
                )  # fmt: skip
                upper = xp.where(did, xp.minimum(upper, weight), upper)
                lower = xp.where(did, lower, xp.maximum(lower, weight))
                larger = (weight * GROWTH).clip(None, LARGEST)
                weight = xp.where(xp.isinf(upper), larger, (lower + upper) / 2)
                latest = scores_only(net, best)
                recorder.checkpoint(best, nearest, latest, lower, upper, weight)
                if progress:
                    done = to_cpu(nearest)[np.isfinite(to_cpu(nearest))]
                    l2 = f", mean l2 = {np.sqrt(done).mean():.3g}" if len(done) else ""
                    bar.set_postfix_str(f"{met(latest).sum()} of {len(x)} done{l2}", refresh=False)
                bar.update()
        except KeyboardInterrupt:
            failure, latest = "interrupted", scores_only(net, best)
        taken = np.where(there, 0, recorder.step)
        recorder.record(best, latest)
        success = met(latest)
    if targeted:
        warn_of_reached(there, stacklevel=3)
    return recorder.trace(best, success, taken, np.where(success, criterion.reason, failure))


def descend(
    net: Net, x: Array, classes: Array, rows: Array, weight: Array, best: Array, nearest: Array,
    *, kappa: float, steps: int, lr: float, targeted: bool, bounds: Bounds,
) -> Array:  # fmt: skip
    """One descent of those of the inputs x that `rows` (M,) names, with c = `weight` (M,).

    What is found goes into `best` (N, ...) and its squared distance into `nearest` (N,), where it
    is nearer than what is there.

    Returns:
        Which of the rows did what is wanted on the way: (M,) bool.
    """
    xp = array_module(x)
    low, high = bounds
    middle, half = (high + low) / 2, (high - low) / 2
    w = xp.arctanh(((x[rows] - middle) / half).clip(-1, 1) * EDGE)
    limit = atanh(EDGE)
    adam = Adam()
    did = xp.zeros(len(rows), bool)
    for _ in range(steps):
        v = Tensor(w)
        moved = middle + half * (tanh(v) / EDGE)
        s = scores(net, moved)
        check_depends(s, v)
        ahead = lead(s, classes[rows], targeted)
        distance = ((moved - x[rows]) ** 2).reshape(len(rows), -1).sum(axis=1)
        loss = distance + weight * relu(kappa - ahead)
        # Scores are rounded otherwise in a batch of another size, and must still do it then.
        rounding = 64 * xp.finfo(s.dtype).eps * abs(s.data).max(axis=1)
        found = ahead.data >= kappa + rounding
        did |= found
        nearer = found & (distance.data < nearest[rows])
        nearest[rows] = xp.where(nearer, distance.data, nearest[rows])
        best[rows] = xp.where(norms.wide(nearer, x), moved.data.clip(low, high), best[rows])
        w = (w - lr * adam.step(grad(loss.sum(), v).data)).clip(-limit, limit)
    return did


def lead(s: Tensor, classes: Array, targeted: bool) -> Tensor:
    """How far another class is ahead of this one, or this one of the others: (N,)."""
    here = array_module(s.data).arange(len(s.data))
    ahead = s[here, classes] - s[here, best_other(s.data, classes)]
    return ahead if targeted else -ahead
