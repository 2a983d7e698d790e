"""KernelSHAP: Shapley values as the best linear fit (arXiv 1705.07874)."""

from math import comb

import numpy as np

from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_rng, check_whole
from .masked import Game, check_mask, region_map, subsets
from .model import Net
from .target import Target


def kernel_shap(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    mask: Array | None = None,
    baseline: Baseline = 0.0,
    samples: int = 1000,
    batch_size: int = 64,
    rng: int | np.random.Generator = 0,
    progress: bool = False,
) -> Array:
    """The φ that minimises Σ_S π(|S|) (v(S) − v(∅) − Σ_{j∈S} φ_j)², with Σφ = v(all) − v(∅).

    v(S) is s_t of the input whose regions S are as in x and the others as in the baseline. Lundberg
    & Lee 2017 (arXiv 1705.07874, theorem 2): with π(k) = (M − 1) / (C(M, k) k (M − k)) and the sum
    over all sets S, the φ are the Shapley values. So they are here if there are no more than
    `samples` sets, not counting the two ends; for the default of 1000, if M ≤ 9. Otherwise sets are
    drawn as often as π says, and with each the set of the others, which makes the error smaller
    (Covert & Lee 2021, arXiv 2012.01536); it falls as 1/√samples.

    Completeness holds however few the samples. The authors give the two ends a weight so large that
    it nearly holds; here it is built in. Each region first gets an equal share of the score's
    change, and what is fitted is the rest, by numbers that add up to 0.

    The trap: as for `shapley_values`; and with few more sets than regions, the fit is noise.

    Cost: samples + 3 forward passes for each input; 2ᴹ + 1 if these are no more.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        mask: the regions, as for `feature_ablation`. None: each entry is a region.
        baseline: what is there in place of a region: a number, an array like one input, or an array
            like x.
        samples: how many sets, at least 2 for each region; the same ones for all inputs of as many
            regions. The last of an odd number has no partner and is left out.
        batch_size: the most inputs per forward pass.
        rng: a seed or a Generator.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score. All entries of a region have its value.

    Raises:
        TypeError, ValueError: an argument is invalid, or there are too few samples for the
            regions.
    """
    check_inputs(x)
    mask = check_mask(mask, x)
    baseline = check_baseline(baseline, x)
    check_whole(batch_size, "batch_size")
    check_whole(samples, "samples")
    most = int(mask.max()) + 1
    if samples < 2 * most and not enumerable(most, samples):
        raise ValueError(
            f"samples: expected at least 2 for each of {most} regions, got {samples}; "
            "or give a mask of fewer regions"
        )
    seed = check_rng(rng).integers(2**63)

    def values(game: Game, m: int) -> np.ndarray:
        sets, weight = all_sets(m) if enumerable(m, samples) else drawn_sets(m, samples, seed)
        on = np.concatenate([np.zeros((1, m), bool), np.ones((1, m), bool), sets])
        s = game(len(on), on.__getitem__)
        change = s[:, 1:2] - s[:, :1]
        share = sets.mean(axis=1)
        rest = s[:, 2:] - s[:, :1] - share * change
        root = np.sqrt(weight)[:, None]
        # The rows of the left side add up to 0, and so do the shortest solutions, which these are.
        fitted = np.linalg.lstsq(root * (sets - share[:, None]), root * rest.T, rcond=None)[0]
        return change / m + fitted.T

    return region_map(net, x, target, baseline, mask, values, batch_size, progress, "regions on")


def enumerable(m: int, samples: int) -> bool:
    """Whether there are no more than so many sets of some, but not all, of m regions."""
    return 2**m - 2 <= samples


def all_sets(m: int) -> tuple[np.ndarray, np.ndarray]:
    """All sets of some, but not all, of m regions: (2ᵐ − 2, m) bool; and their π (2ᵐ − 2,)."""
    sets = subsets(m)[1:-1]
    by_size = np.array([0] + [(m - 1) / (comb(m, k) * k * (m - k)) for k in range(1, m)])
    return sets, by_size[sets.sum(axis=1)]


def drawn_sets(m: int, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random sets of m regions, drawn as often as π says, so that each of them weighs 1."""
    rng = np.random.default_rng(seed)
    k = np.arange(1, m)
    often = 1 / (k * (m - k))  # π(k) times the C(m, k) sets of the size, but for a factor.
    size = rng.choice(k, samples // 2, p=often / often.sum())
    place = rng.permuted(np.tile(np.arange(m), (samples // 2, 1)), axis=1)
    sets = place < size[:, None]
    sets = np.concatenate([sets, ~sets])
    return sets, np.ones(len(sets))
