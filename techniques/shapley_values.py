"""Shapley values: the score, shared fairly among the regions of the input."""

from math import comb

import numpy as np

from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_rng, check_whole
from .masked import Game, check_mask, region_map, subsets
from .model import Net
from .target import Target

MOST = 12  # Regions, of which there are 4096 sets.


def shapley_values(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    mask: Array | None = None,
    baseline: Baseline = 0.0,
    samples: int = 25,
    exact: bool = False,
    batch_size: int = 64,
    rng: int | np.random.Generator = 0,
    progress: bool = False,
) -> Array:
    """φ_j = the mean of v(S ∪ j) − v(S), S being the regions before j in a random order.

    Here v(S) is s_t of the input whose regions S are as in x and the others as in the baseline.
    Shapley 1953; Castro et al. 2009 (10.1016/j.cor.2008.04.004) for a mean over sampled orders,
    whose error falls as 1/√samples. `exact=True` takes the mean over all orders, each set S of k of
    the M − 1 other regions being before j with probability k! (M − 1 − k)! / M!. Completeness:
    either way, the values of the regions add up to s_t(x) − s_t(baseline). Agrees with Captum's
    `ShapleyValues`; sampled, as its `ShapleyValueSampling`.

    The trap: fair is what Shapley's axioms say, for the regions and the baseline that you chose.
    Most of the sets show the net inputs unlike any that it knows.

    Cost: samples · (M − 1) + 3 forward passes for each input, M being the number of its regions;
    exact, 2ᴹ + 1.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        mask: the regions, as for `feature_ablation`. None: each entry is a region.
        baseline: what is there in place of a region: a number, an array like one input, or an array
            like x.
        samples: how many orders, the same ones for all inputs of as many regions.
        exact: all orders, of at most 12 regions.
        batch_size: the most inputs per forward pass.
        rng: a seed or a Generator.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score. All entries of a region have its value.

    Raises:
        TypeError, ValueError: an argument is invalid, or there are too many regions for all
            orders.
    """
    check_inputs(x)
    mask = check_mask(mask, x)
    baseline = check_baseline(baseline, x)
    check_whole(samples, "samples")
    check_whole(batch_size, "batch_size")
    if exact and mask.max() >= MOST:
        raise ValueError(
            f"exact: only for at most {MOST} regions, got {int(mask.max()) + 1}; "
            "give a mask of fewer, or sample"
        )
    seed = check_rng(rng).integers(2**63)

    def values(game: Game, m: int) -> np.ndarray:
        return over_all_orders(game, m) if exact else over_samples(game, m, samples, seed)

    return region_map(net, x, target, baseline, mask, values, batch_size, progress, "regions on")


def over_all_orders(game: Game, m: int) -> np.ndarray:
    """Σ_S P(S before j) · (v(S ∪ j) − v(S)) for each of m regions j: (N, m)."""
    on = subsets(m)
    # By |S|. No S without j has all m regions, nor has any −1: index −1 means m.
    probability = np.array([1 / (m * comb(m - 1, k)) for k in range(m)] + [0])
    size = on.sum(axis=1, keepdims=True)
    return game(len(on), on.__getitem__) @ np.where(on, probability[size - 1], -probability[size])


def over_samples(game: Game, m: int, samples: int, seed: int) -> np.ndarray:
    """The mean of v(S ∪ j) − v(S) over random orders, for each of m regions j: (N, m)."""
    # The place of each region in each order: also a random order.
    place = np.random.default_rng(seed).permuted(np.tile(np.arange(m), (samples, 1)), axis=1)
    # After none and all regions, the variants of an order have its first 1, ..., m − 1 on.
    order = np.concatenate([[0, 0], np.repeat(np.arange(samples), m - 1)])
    first = np.concatenate([[0, m], np.tile(np.arange(1, m), samples)])
    s = game(len(order), lambda some: place[order[some]] < first[some, None])
    ends = np.broadcast_to(s[:, None, :2], (len(s), samples, 2))
    between = s[:, 2:].reshape(len(s), samples, m - 1)
    gains = np.diff(np.concatenate([ends[..., :1], between, ends[..., 1:]], axis=2))
    return np.take_along_axis(gains, place[None], axis=2).mean(axis=1)
