"""Feature permutation: what a region is worth if it may be another input's (arXiv 1801.01489)."""

import numpy as np
from tqdm import tqdm

from autograd import array_module
from autograd.device import Array

from .arguments import check_inputs, check_rng, check_whole
from .feature_ablation import feature_ablation
from .model import Net
from .target import Target


def feature_permutation(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    mask: Array | None = None,
    samples: int = 10,
    batch_size: int = 64,
    rng: int | np.random.Generator = 0,
    progress: bool = False,
) -> Array:
    """s_t(x) − s_t(x with a region as in another input of the batch), a mean over random others.

    Fisher et al. 2018 (arXiv 1801.01489, section 3), after Breiman's forests: what stands in for a
    region is real, and only its connection with the rest is lost. It is `feature_ablation` with the
    other input as the baseline. Each time, the inputs are put into a circle, and each gets the
    values of the one before. Agrees with Captum's `FeaturePermutation`, but for its permutations,
    which may leave some inputs where they are, with a drop of 0.

    Fisher et al. ask how important a region is for a net: the mean of the maps over the batch.

    The trap: the map of an input depends on what else is in the batch. And a region may fit so
    badly into another input that the net has never seen the like.

    Cost: samples · (M + 2) forward passes for each input, M being the number of its regions.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: at least two inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        mask: the regions, as for `feature_ablation`. None: each entry is a region.
        samples: how many circles.
        batch_size: the most inputs per forward pass.
        rng: a seed or a Generator.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid, or there is no other input.
    """
    check_inputs(x)
    if len(x) == 1:
        raise ValueError("x: expected at least two inputs, to exchange values between, got 1")
    check_whole(samples, "samples")
    rng = check_rng(rng)
    xp = array_module(x)
    total = xp.zeros_like(x)
    before = np.empty(len(x), int)
    for _ in tqdm(range(samples), desc="permutations", disable=not progress):
        circle = rng.permutation(len(x))
        before[circle] = np.roll(circle, 1)
        other = x[xp.asarray(before)]
        total += feature_ablation(net, x, target, mask=mask, baseline=other, batch_size=batch_size)
    return total / samples
