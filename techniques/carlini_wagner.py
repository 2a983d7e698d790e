"""Carlini and Wagner's attack: the shortest change that does it, by descent and by search."""

from math import atanh

import numpy as np
from tqdm import tqdm

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
# up to a limit; and a descent is over where a tenth of its steps has gained less than 0.01 %.
GROWTH, LARGEST = 10, 1e10
GAIN = 1e-4


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

    Cost: at most rounds · steps forward and backward passes.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), K >= 2.
        x: inputs (N, ...) of floats within the bounds.
        target: the class t that is left: None for the one that the net sees, an int, or N ints.
            With targeted=True, the class that is to be reached.
        kappa: κ, the confidence: the lead that is wanted, at least 0.
        rounds: how many values of c are tried.
        steps: Adam's, in each round. An input for which the loss stalls ends its round sooner.
        lr: Adam's learning rate.
        c: the c of the first round.
        targeted: whether t is to be reached, rather than left.
        bounds: (low, high) that no entry leaves; not None.
        frames, progress: as for `all_gradients`.

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
    recorder = Recorder(x, frames)
    best, nearest = x.copy(), xp.full(len(x), xp.inf, x.dtype)
    with evaluation(net), tqdm(total=rounds, desc="rounds", disable=not progress) as bar:
        s = scores_only(net, x)
        recorder.keep(x, s)
        classes = choose_target(target, s)

        def met(s: Array) -> np.ndarray:
            far = lead(Tensor(s), classes, targeted).data >= kappa
            return to_cpu(far & criterion.met(s, classes))

        there = met(s)
        failure = "step limit"
        rows = xp.asarray(np.flatnonzero(~there))
        lower, upper = xp.zeros(len(rows), x.dtype), xp.full(len(rows), xp.inf, x.dtype)
        weight = xp.full(len(rows), c, x.dtype)
        try:
            for _ in range(rounds if len(rows) else 0):
                did = descend(
                    net, x, classes, rows, weight, best, nearest,
                    kappa=kappa, steps=steps, lr=lr, targeted=targeted, bounds=bounds,
                )  # fmt: skip
                upper = xp.where(did, xp.minimum(upper, weight), upper)
                lower = xp.where(did, lower, xp.maximum(lower, weight))
                larger = (weight * GROWTH).clip(None, LARGEST)
                weight = xp.where(xp.isinf(upper), larger, (lower + upper) / 2)
                latest = scores_only(net, best)
                recorder.keep(best, latest)
                bar.set_postfix_str(f"{met(latest).sum()} of {len(x)} done", refresh=False)
                bar.update()
        except KeyboardInterrupt:
            recorder.keep(best, scores_only(net, best))
            failure = "interrupted"
        success = met(recorder.history[-1])
    if targeted:
        warn_of_reached(there, stacklevel=3)
    reason = np.where(success, criterion.reason, failure)
    taken = np.where(there, 0, len(recorder.history) - 1)
    return recorder.trace(best, success, taken, reason)


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
    going, before = xp.arange(len(rows)), xp.full(len(rows), xp.inf, x.dtype)
    for step in range(steps):
        v, here = Tensor(w), rows[going]
        moved = middle + half * (tanh(v) / EDGE)
        s = scores(net, moved)
        check_depends(s, v)
        ahead = lead(s, classes[here], targeted)
        distance = ((moved - x[here]) ** 2).reshape(len(here), -1).sum(axis=1)
        loss = distance + weight[going] * relu(kappa - ahead)
        # Scores are rounded otherwise in a batch of another size, and must still do it then.
        rounding = 64 * xp.finfo(s.dtype).eps * abs(s.data).max(axis=1)
        found = ahead.data >= kappa + rounding
        did[going] |= found
        nearer = found & (distance.data < nearest[here])
        nearest[here] = xp.where(nearer, distance.data, nearest[here])
        wide = norms.wide(nearer, x)
        best[here] = xp.where(wide, moved.data.clip(low, high), best[here])
        g = grad(loss.sum(), v).data
        if step % max(1, steps // 10) == 0:
            gained = np.flatnonzero(to_cpu(loss.data < (1 - GAIN) * before[going]))
            if len(gained) == 0:
                break
            gained = xp.asarray(gained)
            before[going] = loss.data
            going, w, g = going[gained], w[gained], g[gained]
            if step:
                adam.mean, adam.square = adam.mean[gained], adam.square[gained]
        w = (w - lr * adam.step(g)).clip(-limit, limit)
    return did


def lead(s: Tensor, classes: Array, targeted: bool) -> Tensor:
    """How far another class is ahead of this one, or this one of the others: (N,)."""
    here = array_module(s.data).arange(len(s.data))
    ahead = s[here, classes] - s[here, best_other(s.data, classes)]
    return ahead if targeted else -ahead
