"""Feature ablation: how far the score drops when a region of the input is taken away."""

import numpy as np

from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_whole
from .masked import Game, check_mask, region_map
from .model import Net
from .target import Target


def feature_ablation(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    mask: Array | None = None,
    baseline: Baseline = 0.0,
    batch_size: int = 64,
    progress: bool = False,
) -> Array:
    """s_t(x) − s_t(x with a region as in the baseline), on all entries of that region.

    Agrees with Captum's `FeatureAblation`. With square regions it is `occlusion` with a stride as
    large as the window.

    The trap: regions are taken away one at a time. Of two that say the same, neither is missed, and
    both get little, where `shapley_values` would share.

    Cost: M + 2 forward passes for each input, M being the number of its regions.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        mask: the number of the region of each entry: ints that broadcast to x, from 0 to M − 1 for
            each input. (1, H, W) are regions of all images in all colours, (N, 1, H, W) those of
            each. None: each entry is a region.
        baseline: what is there instead: a number, an array like one input, or an array like x.
        batch_size: the most inputs per forward pass.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid, or the numbers of the mask have gaps.
    """
    check_inputs(x)
    mask = check_mask(mask, x)
    baseline = check_baseline(baseline, x)
    check_whole(batch_size, "batch_size")
    return region_map(net, x, target, baseline, mask, drops, batch_size, progress, "regions")


def drops(game: Game, m: int) -> np.ndarray:
    """v(all) − v(all but j) for each of m regions j: (N, m)."""
    # Variant 0 has all regions on, and variant j + 1 all but j.
    s = game(1 + m, lambda some: np.arange(some.start, some.stop)[:, None] != 1 + np.arange(m))
    return s[:, :1] - s[:, 1:]
