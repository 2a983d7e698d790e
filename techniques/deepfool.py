"""DeepFool: the nearest boundary, if the net were linear, again and again (arXiv 1511.04599)."""

import warnings

import numpy as np

from autograd import Tensor, array_module, grad, to_cpu
from autograd.device import Array

from . import norms
from .arguments import Bounds, check_bounds, check_inputs, check_number, check_whole
from .criterion import MISCLASSIFIED
from .model import Net, check_depends
from .target import Target
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
    bounds: Bounds | None = (-1.0, 1.0),
    frames: int = 0,
    progress: bool = False,
) -> Trace:
    """x ← clip(x₀ + (1 + η) Σ r), until the net sees another class than c.

    Each step r leads to the nearest of the boundaries with other classes k, as they would lie if
    the net were linear:

    r = |s_k − s_c| / ‖w_k‖² · w_k     with w_k = ∇(s_k − s_c), and k such that ‖r‖ is smallest

    Moosavi-Dezfooli, Fawzi & Frossard 2016 (arXiv 1511.04599, algorithm 2), for the Euclidean
    length. It has no step size to be chosen, and its change is short: an estimate of how far away
    the boundary is. The results are those of Foolbox's `L2DeepFoolAttack`.

    The traps. The overshoot η is for the sum of all steps and applied once to it; if each step
    overshot, the excess would add up. What the bounds cut off is missing to the boundary, and the
    next steps have to make up for it. And where no score depends on the input, no boundary is near:
    such an input stays where it is, and ends without success at the step limit.

    Cost: 1 forward and `candidates` − 1 backward passes for each step.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats within the bounds.
        target: the class c to leave: None for the one that the net sees, an int, or N ints. An
            input that the net sees as another class takes 0 steps.
        candidates: only the boundaries between so many classes of highest score are looked at, c
            included, at least 2.
        overshoot: η.
        steps: the most steps that an input takes.
        bounds, frames, progress: as for `all_gradients`.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is invalid, or the net knows only one class.

    Warns:
        UserWarning: an input has no boundary near it.
    """
    check_inputs(x)
    bounds = check_bounds(bounds, x)
    candidates = check_whole(candidates, "candidates", least=2)
    overshoot = check_number(overshoot, "overshoot")
    xp = array_module(x)
    start, total = x, xp.zeros_like(x)
    nowhere = xp.zeros(len(x), bool)  # Whether there is no boundary; read at the end, not to wait.

    def step(_step: int, rows: Array, x: Tensor, s: Tensor, classes: Array) -> Array:
        way, length = nearest(x, s, classes, candidates)
        nowhere[rows] = ~xp.isfinite(length)
        # Where two scores are almost equal, a step would be lost in rounding.
        length = xp.where(xp.isfinite(length), length + BEYOND, 0).astype(way.dtype)
        total[rows] += norms.wide(length, way) * way
        moved = start[rows] + (1 + overshoot) * total[rows]
        return moved if bounds is None else moved.clip(*bounds)

    trace = walk(net, x, target, MISCLASSIFIED, step, steps=steps, frames=frames, progress=progress)
    stuck = np.flatnonzero(to_cpu(nowhere) & ~trace.success)
    if len(stuck):
        warnings.warn(
            f"net(x): the gradient of the scores' differences is 0 everywhere at inputs "
            f"{stuck.tolist()}, which cannot be moved by it",
            stacklevel=2,
        )
    return trace


def nearest(x: Tensor, s: Tensor, classes: Array, candidates: int) -> tuple[Array, Array]:
    """Where to go from x (M, ...), the w_k/‖w_k‖, and how far, ‖r‖ (M,), infinite for nowhere.

    Raises:
        ValueError: the scores s (M, K) are not computed from x, or are of one class.
    """
    check_depends(s, x)
    if s.shape[1] < 2:
        raise ValueError(f"net(x): expected scores of at least 2 classes, got {s.shape}")
    xp = array_module(x.data)
    here = xp.arange(len(x.data))
    ranked = xp.where(xp.arange(s.shape[1]) == classes[:, None], xp.inf, s.data).argsort(axis=1)
    length, way = xp.full(len(x.data), xp.inf, x.dtype), xp.zeros_like(x.data)
    for k in ranked[:, -candidates:-1].T:
        ahead = s[here, k] - s[here, classes]
        w = grad(ahead.sum(), x).data
        slope = norms.l2(w)
        far = xp.where(slope > 0, abs(ahead.data) / xp.where(slope > 0, slope, 1), xp.inf)
        nearer = far < length
        length = xp.where(nearer, far, length)
        way = xp.where(norms.wide(nearer, w), norms.unit(w), way)
    return way, length
