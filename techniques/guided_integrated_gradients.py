"""Guided integrated gradients: a path around the large gradients (arXiv 2106.09788)."""

import numpy as np
from tqdm import trange

from autograd import array_module, to_cpu
from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_share, check_whole
from .model import Net, evaluation, scores_only
from .path import gradients
from .target import Target, choose_target

# How near a path must come to the length that it is to have, as a share of it.
NEAR = 1e-9


def guided_integrated_gradients(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    baseline: Baseline = 0.0,
    steps: int = 200,
    fraction: float = 0.25,
    max_dist: float = 0.02,
    batch_size: int = 8,
    progress: bool = False,
) -> Array:
    """Σ_k ∂s_t(x_k)/∂x ⊙ (x_{k+1} − x_k) on a path from b to x that avoids large gradients.

    Kapishnikov et al. 2021 (arXiv 2106.09788). In each step the entries of smallest |∂s_t/∂x| go
    on, so many that the L1 distance to x falls by the same amount every time. None may be further
    than `max_dist` from the straight line; with 0 it is `integrated_gradients` with the rule
    "left". Completeness: the shares add up to s_t(x) − s_t(b), up to an error that falls with the
    number of steps, but slowly where ReLUs turn. Agrees with PAIR's `GuidedIG`.

    The trap: the path depends on the net. So entries that play the same part need not get the same
    share, and where two gradients are nearly equal, rounding decides which goes first.

    Cost: `steps` forward and backward passes for each input, one after the other, and 1 forward
    pass. Which entries go is decided on the CPU.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        baseline: b, as for `integrated_gradients`.
        steps: how many.
        fraction: how large a part of an input's entries, from 0 to 1, goes at a time, before the
            next ones are looked at.
        max_dist: how far an entry may be from the straight line, as a part of its way from 0 to 1.
        batch_size: the most inputs per forward pass.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    baseline = check_baseline(baseline, x)
    check_whole(steps, "steps")
    check_share(fraction, "fraction")
    check_share(max_dist, "max_dist")
    check_whole(batch_size, "batch_size")
    xp = array_module(x)
    # The path is kept in float64, whatever the net's precision.
    end, start = (np.array(to_cpu(each), np.float64) for each in (x, baseline))
    point, shares = start.copy(), np.zeros_like(start)
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))
        for step in trange(steps, desc="path", disable=not progress):
            here = xp.asarray(point.astype(x.dtype))
            slopes = [
                gradients(net, here[None, i : i + batch_size], target[i : i + batch_size])[0]
                for i in range(0, len(x), batch_size)
            ]
            g = to_cpu(xp.concatenate(slopes)).astype(np.float64)
            if np.isnan(g).any():
                raise ValueError("net: the gradient has a NaN; autograd.anomaly() finds where")
            for n in range(len(x)):
                gone = (step + 1) / steps
                reached = advanced(point[n], start[n], end[n], abs(g[n]), gone, fraction, max_dist)
                shares[n] += g[n] * (reached - point[n])
                point[n] = reached
    return xp.asarray(shares.astype(x.dtype))


def advanced(
    point: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    size: np.ndarray,
    gone: float,
    fraction: float,
    max_dist: float,
) -> np.ndarray:
    """The next point of one input's path, as far from the end as `gone` of the straight line is.

    Args:
        point: where the path is, between start and end.
        size: the |gradient| of each entry there.
        gone: which part of the L1 distance from start to end shall lie behind.
        fraction, max_dist: as for `guided_integrated_gradients`.
    """
    way = end - start
    last = start + max(gone - max_dist, 0) * way  # No entry may lag behind this,
    first = start + min(gone + max_dist, 1) * way  # nor be ahead of this.
    point = np.where(abs(point - start) < abs(last - start), last, point)
    total = abs(way).sum()
    rank = int(fraction * (point.size - 1))
    while (excess := abs(end - point).sum() - (1 - gone) * total) > NEAR * total:
        size = np.where(point == first, np.inf, size)  # These have gone as far as they may.
        chosen = size <= np.partition(size, rank, axis=None)[rank]
        room = abs(first - point)[chosen].sum()
        if excess >= room:
            point[chosen] = first[chosen]
        else:
            point[chosen] += excess / room * (first - point)[chosen]
    return point
