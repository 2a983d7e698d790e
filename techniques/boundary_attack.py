"""The boundary attack: from far beyond the boundary back along it, asking for verdicts alone."""

import warnings
from collections.abc import Callable

import numpy as np

from autograd import array_module, to_cpu
from autograd.device import Array

from . import norms
from .arguments import Bounds, check_box, check_inputs, check_number, check_rng, check_whole
from .criterion import Criterion, check_goal, criterion_for, warn_of_reached
from .model import Net, evaluation, scores_only
from .target import Target, choose_target
from .trace import Recorder, Trace

TRIES = 100  # Random starts.
TINY = 1e-30  # No distance between two inputs.
HALVINGS = 10  # Of the way from x to a start, before the walk begins.
# What share of the points should be on the wanted side, of those around x and of those nearer to
# it; and how fast the lengths of steps adapt to that. The paper says "around 50 %" of the former:
# on MNIST a third came 20 % nearer to x in 1000 steps.
AROUND, TOWARDS, RATE = 0.35, 0.25, 0.05
MOST_AROUND, MOST_TOWARDS = 10, 0.5  # The limits of δ (84 degrees away) and of ε.


def boundary_attack(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    starts: Array | None = None,
    steps: int = 5000,
    around: float = 0.01,
    towards: float = 0.01,
    targeted: bool = False,
    confidence: float | None = None,
    bounds: Bounds | None = (-1.0, 1.0),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """A random walk along the boundary, on the side that is wanted, ever nearer to x.

    From y, at the distance d = ‖y − x‖: a random step of length δ·d, at right angles to y − x, and
    back to the sphere of radius d about x; then ε·d towards x. If the net still says what is
    wanted, this is the next y. δ grows when more than a third of the points on the spheres are on
    the wanted side, and ε when more than a quarter of those nearer to x are; else they shrink.

    Brendel, Rauber & Bethge 2017 (arXiv 1712.04248). Only the verdict is asked for, so that it also
    serves where there are no gradients, or useless ones. Where the paper counts the last verdicts
    to adapt δ and ε, here each verdict changes them a little.

    The traps. It needs a start on the other side; a class that noise is seen as has few. And it is
    slow: distances are those of the other attacks only after thousands of steps. The random numbers
    are the same for all inputs of a batch, so each moves as it does alone.

    Cost: 2 forward passes for each step.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats within the bounds.
        target: the class t that is left: None for the one that the net sees, an int, or N ints.
            With targeted=True, the class that is to be reached.
        starts: for each input another, of which the net says what is wanted: shaped like x. None
            tries noise, up to 100 times, but not if targeted.
        steps: how many all inputs take.
        around, towards: δ and ε to begin with, above 0.
        targeted, confidence: as for `pgd`.
        bounds: (low, high) that no entry leaves; not None.
        rng: a seed or a Generator.
        frames: as for `all_gradients`.
        progress: show a bar, with the mean distance.
        resume: as for `all_gradients`.

    Returns:
        The Trace, which begins at x. Its first step leads to the boundary, on the straight way to
        the start. An input without a start stays at x; one that is there already takes 0 steps.

    Raises:
        TypeError, ValueError: an argument is invalid, or one of `starts` is not as wanted.

    Warns:
        UserWarning: an input is at its target already, or no start was found for it.
    """
    check_inputs(x)
    bounds = check_box(bounds, x)
    if starts is not None:
        check_inputs(starts, "starts")
        if starts.shape != x.shape:
            raise ValueError(f"starts: expected the shape of x, {x.shape}, got {starts.shape}")
        check_box(bounds, starts, "starts")
        starts = starts.astype(x.dtype)
    check_whole(steps, "steps")
    around = check_number(around, "around", above=0)
    towards = check_number(towards, "towards", above=0)
    criterion = criterion_for(targeted, confidence)
    check_goal(target, targeted)
    if targeted and starts is None:
        raise ValueError(
            "starts: expected inputs of the class to reach, as targeted=True; got None"
        )
    rng = check_rng(rng)
    xp = array_module(x)
    recorder, failure = Recorder(x, frames, resume, "boundary_attack"), "step limit"
    with evaluation(net), recorder.bar(steps, progress) as bar:
        s = scores_only(net, x)
        classes = choose_target(target, s)
        there = criterion.met(s, classes)

        def ask(points: Array) -> tuple[Array, Array]:
            s = scores_only(net, points)
            return criterion.met(s, classes), s

        if starts is not None:
            lost = np.flatnonzero(~to_cpu(ask(starts)[0] | there))
            if len(lost):
                raise ValueError(f"starts: {lost.tolist()} are not seen as is wanted")
        d, delta, epsilon = (xp.full(len(x), size, x.dtype) for size in (0, around, towards))
        y, latest, d, delta, epsilon, begun, rng = recorder.begin(
            x, s, d, delta, epsilon, np.ones(len(x), bool), rng
        )
        there_already = to_cpu(there)
        try:
            if recorder.step == 0 and not there_already.all():
                far = starts
                if starts is None:
                    far, begun = random_starts(net, x, classes, criterion, there, bounds, rng)
                far = xp.where(norms.wide(there, x), x, far)
                far = crossing(x, far, lambda points: ask(points)[0])
                s = ask(far)[1]
                if (begun & ~there_already).any():
                    recorder.record(x, latest)
                    y, latest, d = far, s, norms.l2(far - x)
                    recorder.checkpoint(y, latest, d, delta, epsilon, begun, rng)
                    bar.update()
            active = begun & ~there_already
            for _ in range(recorder.step, steps if active.any() else 0):
                eta = xp.asarray(rng.standard_normal(x.shape[1:]).astype(x.dtype))
                sphere = beside(x, y, d, delta, eta).clip(*bounds)
                gap = sphere - x
                # Where the bounds cut something off, the point is nearer than the sphere already.
                rest = ((1 - epsilon) * d / xp.maximum(norms.l2(gap), TINY)).clip(None, 1)
                nearer = (x + norms.wide(rest, x) * gap).clip(*bounds)
                around_met, _ = ask(sphere)
                met, s = ask(nearer)
                distance = norms.l2(nearer - x)
                moves = met & (distance < d)
                delta = delta * xp.exp(RATE * (around_met - AROUND)).astype(x.dtype)
                epsilon = epsilon * xp.exp(RATE * (met - TOWARDS)).astype(x.dtype)
                delta, epsilon = delta.clip(None, MOST_AROUND), epsilon.clip(None, MOST_TOWARDS)
                recorder.record(y, latest)
                y, d = xp.where(norms.wide(moves, x), nearer, y), xp.where(moves, distance, d)
                latest = xp.where(moves[:, None], s, latest)
                recorder.checkpoint(y, latest, d, delta, epsilon, begun, rng)
                if progress:
                    bar.set_postfix_str(f"mean l2 = {float(d.mean()):.3g}", refresh=False)
                bar.update()
        except KeyboardInterrupt:
            failure = "interrupted"
        success = to_cpu(ask(y)[0])
    active = begun & ~there_already
    if targeted:
        warn_of_reached(there_already, stacklevel=3)
    if not begun.all():
        warnings.warn(
            f"starts: none of {TRIES} of noise did for inputs {np.flatnonzero(~begun).tolist()}; "
            "give some",
            stacklevel=2,
        )
    reason = np.where(success, criterion.reason, np.where(begun, failure, "no start"))
    taken = np.where(active, recorder.step, 0)
    recorder.record(y, latest)
    return recorder.trace(y, success, taken, reason)


def random_starts(
    net: Net,
    x: Array,
    classes: Array,
    criterion: Criterion,
    there: Array,
    bounds: Bounds,
    rng: np.random.Generator,
) -> tuple[Array, np.ndarray]:
    """For each input one of noise that meets the criterion, or else itself; and which have one.

    Those that are `there` (N,) need none.
    """
    xp, (low, high) = array_module(x), bounds
    y, found = x, there
    for _ in range(TRIES):
        if found.all():
            break
        shares = xp.asarray(noise(x.shape[1:], rng).astype(x.dtype))
        one = (low + shares * (high - low)).clip(low, high)[None]
        s = scores_only(net, one)
        met = criterion.met(xp.broadcast_to(s, (len(x), s.shape[1])), classes) & ~found
        y, found = xp.where(norms.wide(met, x), one, y), found | met
    return y, to_cpu(found)


def noise(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Blocks of a random size, evenly distributed between two random levels from 0 to 1.

    Noise of one kind alone is often of one class alone, for the net.
    """
    grain = 2 ** rng.integers(0, 1 + int(np.log2(max(shape))))
    blocks = [-(-length // grain) for length in shape[1:]]
    made = rng.uniform(*np.sort(rng.uniform(size=2)), size=(shape[0], *blocks))
    for axis, length in enumerate(shape[1:], start=1):
        made = made.repeat(grain, axis=axis).take(range(length), axis=axis)
    return made


def crossing(x: Array, y: Array, ask: Callable[[Array], Array]) -> Array:
    """The point between each x and its y that is nearest to x of those found by bisection."""
    xp = array_module(x)
    inside, outside = xp.zeros(len(x), x.dtype), xp.ones(len(x), x.dtype)
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        met = ask(x + norms.wide(middle, x) * (y - x))
        inside, outside = xp.where(met, inside, middle), xp.where(met, middle, outside)
    return xp.where(norms.wide(outside, x) == 1, y, x + norms.wide(outside, x) * (y - x))


def beside(x: Array, y: Array, d: Array, delta: Array, eta: Array) -> Array:
    """The points at the distances d (N,) from x, found from y by a step of δ·d along η.

    Of η, which is shaped like an input, what points towards x is taken away.
    """
    gap = y - x
    u = norms.unit(gap)
    along = (norms.flat(u) * eta.reshape(1, -1)).sum(axis=1)
    step = norms.unit(eta - norms.wide(along, x) * u)
    root = array_module(x).sqrt(1 + delta**2)
    return x + (gap + norms.wide(delta * d, x) * step) / norms.wide(root, x)
