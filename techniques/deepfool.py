"""DeepFool: the nearest boundary, if the net were linear, again and again (arXiv 1511.04599)."""

from types import SimpleNamespace

from autograd import Tensor, array_module, grad, to_cpu
from autograd.device import Array

from . import norms
from .arguments import Bounds, check_bounds, check_inputs, check_number, check_whole, within
from .criterion import check_goal, criterion_for, warn_of_reached, warn_of_stuck
from .model import Net, check_depends
from .target import Target, best_other
from .trace import Trace
from .walk import walk

BEYOND = 1e-4  # Added to the length of each step, as in the authors' code (deepfool.py).


def deepfool(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    candidates: int = 10,
    overshoot: float = 0.02,
    steps: int = 50,
    targeted: bool = False,
    bounds: Bounds | None = (-1.0, 1.0),
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """x ← clip(x₀ + (1 + η) Σ r), until the net sees another class than c.

    Each step r leads to the nearest of the boundaries with other classes k, as they would lie if
    the net were linear:

    r = |s_k − s_c| / ‖w_k‖² · w_k     with w_k = ∇(s_k − s_c), and k such that ‖r‖ is smallest

    With targeted=True it is to see class t, and only the boundary to it counts: k is t, and c is,
    at each step, the class of the highest score of all others.

    Moosavi-Dezfooli, Fawzi & Frossard 2016 (arXiv 1511.04599, algorithm 2), for the Euclidean
    length; `targeted` is not in the paper. It has no step size to be chosen, and its change is
    short: an estimate of how far away the boundary is. The results are those of Foolbox's
    `L2DeepFoolAttack`.

    The traps. The overshoot η is for the sum of all steps and applied once to it; if each step
    overshot, the excess would add up. What the bounds cut off is missing to the boundary, and the
    next steps have to make up for it. And where no score depends on the input, no boundary is near:
    such an input stays where it is, and ends without success at the step limit.

    Cost: 1 forward and `candidates` − 1 backward passes for each step; 1 if targeted.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats within the bounds.
        target: the class c to leave: None for the one that the net sees, an int, or N ints. An
            input that the net sees as another class takes 0 steps. With targeted=True, the class t
            that is to be reached.
        candidates: only the boundaries between so many classes of highest score are looked at, c
            included, at least 2. Of no account if targeted.
        overshoot: η.
        steps: the most steps that an input takes.
        targeted: whether t is to be reached, rather than c left.
        bounds, frames, progress, resume: as for `all_gradients`.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is invalid, or the net knows only one class.

    Warns:
        UserWarning: an input has no boundary near it, or is at its target already.
    """
    check_inputs(x)
    bounds = check_bounds(bounds, x)
    candidates = check_whole(candidates, "candidates", least=2)
    overshoot = check_number(overshoot, "overshoot")
    criterion = criterion_for(targeted)
    check_goal(target, targeted)
    xp, start = array_module(x), x
    # The sum of the r; and who has no boundary, which is read at the end, not to wait.
    memory = SimpleNamespace(total=xp.zeros_like(x), stuck=xp.zeros(len(x), bool))

    def step(_step: int, rows: Array, x: Tensor, s: Tensor, classes: Array) -> Array:
        if targeted:
            way, length = nearest(x, s, best_other(s.data, classes), classes[:, None])
        else:
            way, length = nearest(x, s, classes, highest_others(s.data, classes, candidates - 1))
        memory.stuck[rows] = ~xp.isfinite(length)
        # Where two scores are almost equal, a step would be lost in rounding.
        length = xp.where(xp.isfinite(length), length + BEYOND, 0).astype(way.dtype)
        memory.total[rows] += norms.wide(length, way) * way
        moved = start[rows] + (1 + overshoot) * memory.total[rows]
        return within(moved, bounds)

    trace = walk(
        net, x, target, criterion, step, technique="deepfool", steps=steps, memory=memory,
        frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
    if targeted:
        warn_of_reached(trace.steps == 0, stacklevel=3)
    stuck = to_cpu(memory.stuck) & ~trace.success
    warn_of_stuck(stuck, "the scores' differences", stacklevel=3)
    return trace


def highest_others(s: Array, classes: Array, count: int) -> Array:
    """The classes of the highest scores (M, K), without `classes` (M,): (M, count) or fewer.

    Raises:
        ValueError: there is only one class.
    """
    if s.shape[1] < 2:
        raise ValueError(f"net(x): expected scores of at least 2 classes, got {s.shape}")
    xp = array_module(s)
    ranked = xp.where(xp.arange(s.shape[1]) == classes[:, None], xp.inf, s).argsort(axis=1)
    return ranked[:, -count - 1 : -1]


def nearest(x: Tensor, s: Tensor, classes: Array, others: Array) -> tuple[Array, Array]:
    """Where to go from x (M, ...), the w_k/‖w_k‖, and how far, ‖r‖ (M,), infinite for nowhere.

    Args:
        x, s: the inputs, and their scores (M, K).
        classes: c, (M,).
        others: the k that come into question, (M, any number).

    Raises:
        ValueError: the scores are not computed from x.
    """
    check_depends(s, x)
    xp = array_module(x.data)
    here = xp.arange(len(x.data))
    length, way = xp.full(len(x.data), xp.inf, x.dtype), xp.zeros_like(x.data)
    for k in others.T:
        ahead = s[here, k] - s[here, classes]
        w = grad(ahead.sum(), x).data
        up = norms.unit(w)
        slope = (norms.flat(w) * norms.flat(up)).sum(axis=1)  # ‖w‖, whose squares may underflow.
        far = xp.where(slope > 0, abs(ahead.data) / xp.where(slope > 0, slope, 1), xp.inf)
        nearer = far < length
        length = xp.where(nearer, far, length)
        way = xp.where(norms.wide(nearer, w), up, way)
    return way, length
