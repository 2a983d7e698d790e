"""The saliency-map attack: the two pixels that speak most for a class, to the bound, and again."""

from math import prod

from autograd import Tensor, array_module, grad
from autograd.device import Array

from . import norms
from .arguments import Bounds, check_box, check_inputs, check_share, check_whole
from .criterion import TARGET_REACHED, warn_of_reached
from .model import Net, check_depends, evaluation, scores_only
from .target import Target, best_other
from .trace import Trace
from .walk import walk

DIRECTIONS = ("both", "up", "down")
PAIRS = 2**22  # So many are weighed at once, which bounds the memory.


def jsma(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    theta: float = 1.0,
    direction: str = "both",
    gamma: float = 0.145,
    candidates: int = 32,
    bounds: Bounds | None = (-1.0, 1.0),
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """In each step two pixels p and q go to their bounds, those of largest −α·β, until class t.

    α = ±∂s_t/∂x_p ± ∂s_t/∂x_q             what the pair does for t
    β = ±Σ_{k≠t} ∂s_k/∂x_p ± Σ_{k≠t} ∂s_k/∂x_q      what it does for all others

    The sign is + for a pixel that goes up, and − for one that goes down. Only pairs with α > 0 > β
    come into question, only pixels that are not at their bound yet, and none goes back. Papernot et
    al. 2015 (arXiv 1511.07528, algorithm 3), there with pixels that all go up or all go down.
    Wiyatno & Xu 2018 (arXiv 1808.07945) weigh both in each step, and so does `direction="both"`:
    of 500 digits of MNIST, each with a class drawn by lot, it carried 98 % there with a
    KernelFitter; "up" 79 %, and "down" 86 %. A pixel here is one entry of the input, so a colour
    image has three at a place.

    The traps. Where no pair has α > 0 > β, nothing can be gained, and such an input is given up.
    (Some implementations then move the first pixel of all.) And there are D²/2 pairs of D pixels,
    too many for all but small images. So only pairs among the `candidates` pixels of largest
    a/‖a‖ − b/‖b‖ are weighed, where a and b are the terms of α and β. Since −αβ is at most a
    multiple of the square of their sum, the best pair is hardly ever missed: with 16, 32 and 300,
    24 digits of MNIST took the same steps, and on photographs 32 gave 97 % and more of the best −αβ
    that was known. (With max|a| and max|b| in place of the lengths, 10 of 80 steps found no pair.)

    Cost: 1 forward and 2 backward passes for each step.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), K >= 2.
        x: inputs (N, ...) of floats within the bounds, each of at least 2 entries.
        target: the class t to reach: an int, or N ints. None is the second in score.
        theta: how far a pixel goes, as a share of the range, above 0, at most 1.
        direction: "up", "down" or "both".
        gamma: the share of an input's entries that may change, above 0, at most 1. The paper's
            14.5 % are what a person does not take for another digit.
        candidates: how many moves are paired, at least 2.
        bounds: (low, high) that no entry leaves; not None.
        frames, progress, resume: as for `all_gradients`; to go on, give a larger gamma.

    Returns:
        The Trace. Its steps are at most γ·D/2, of two pixels each.

    Raises:
        TypeError, ValueError: an argument is invalid.

    Warns:
        UserWarning: an input is at its target already.
    """
    check_inputs(x)
    low, high = check_box(bounds, x)
    size = prod(x.shape[1:])
    if size < 2:
        raise ValueError(f"x: expected inputs of at least 2 entries, to be paired, got {x.shape}")
    if check_share(theta, "theta") == 0:
        raise ValueError(f"theta: expected a number above 0, at most 1, got {theta!r}")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction: expected one of {', '.join(DIRECTIONS)}, got {direction!r}")
    steps = int(check_share(gamma, "gamma") * size / 2)
    if steps == 0:
        raise ValueError(
            f"gamma: {gamma:g} of {size} entries are fewer than the two of one step; "
            f"give at least {2 / size:.2g}"
        )
    candidates = min(check_whole(candidates, "candidates", least=2), 2 * size)
    xp = array_module(x)
    if target is None:
        with evaluation(net):
            s = scores_only(net, x)
        target = best_other(s, s.argmax(axis=1))
    start = norms.flat(x)
    far = xp.broadcast_to(theta * (high - low), x.shape[1:]).reshape(-1).astype(x.dtype)
    change = xp.concatenate([far, -far])  # The moves: each entry's up, then each entry's down.

    def step(_step: int, rows: Array, x: Tensor, s: Tensor, classes: Array) -> Array:
        check_depends(s, x)
        here = xp.arange(len(x.data))
        a = norms.flat(grad(s[here, classes].sum(), x).data)
        b = norms.flat(grad(s.sum(), x).data) - a
        now, begun = norms.flat(x.data), start[rows]
        up = norms.flat(x.data < high) & (now >= begun) & (direction != "down")
        down = norms.flat(x.data > low) & (now <= begun) & (direction != "up")
        both = lambda first, second: xp.concatenate([first, second], axis=1)
        pairs, found = best_pairs(both(a, -a), both(b, -b), both(up, down), candidates)
        moved = now.copy()
        moved[here[:, None], pairs % size] += found[:, None] * change[pairs]
        return moved.reshape(x.shape).clip(low, high)

    trace = walk(
        net, x, target, TARGET_REACHED, step, technique="jsma", steps=steps,
        standstill="no pair found", frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
    warn_of_reached(trace.success & (trace.steps == 0), stacklevel=3)
    return trace


def best_pairs(a: Array, b: Array, free: Array, candidates: int) -> tuple[Array, Array]:
    """The two entries (M, 2) with α > 0 > β and the largest −αβ, and whether there are any: (M,).

    Args:
        a, b: (M, D), the terms of which each α and β has two.
        free: (M, D) bool, which entries are to be paired.
        candidates: of how many of them pairs are weighed.
    """
    xp = array_module(a)
    a, b = norms.unit(a), norms.unit(b)  # So that no product is too large, or rounded to 0.
    promise = xp.where(free, a - b, -xp.inf)
    few = xp.argpartition(-promise, candidates - 1, axis=1)[:, :candidates]
    pairs, found = [], []
    for i in range(0, len(a), rows := max(1, PAIRS // candidates**2)):
        some = few[i : i + rows]
        here = xp.arange(i, i + len(some))[:, None]
        alpha, beta = (each[here, some] for each in (a, b))
        alpha, beta = (each[:, :, None] + each[:, None, :] for each in (alpha, beta))
        able = free[here, some]
        able = able[:, :, None] & able[:, None, :] & ~xp.eye(candidates, dtype=bool)
        gain = xp.where(able & (alpha > 0), -alpha * beta, 0).reshape(len(some), -1)
        best = gain.argmax(axis=1)
        found.append(gain.max(axis=1) > 0)
        pair = xp.stack([best // candidates, best % candidates], axis=1)
        pairs.append(some[here - i, pair])
    return xp.concatenate(pairs), xp.concatenate(found)
