"""Expected gradients: integrated gradients over a set of baselines (arXiv 1906.10670)."""

import numpy as np

from autograd import array_module
from autograd.device import Array

from .arguments import Baseline, check_baselines, check_inputs, check_rng, check_whole
from .model import Net, evaluation, scores_only
from .path import along, gradients, integral
from .target import Target, choose_target


def gradient_shap(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    baselines: Baseline,
    samples: int = 50,
    rng: int | np.random.Generator = 0,
    batch_size: int = 8,
    progress: bool = False,
) -> Array:
    """The mean of (x − b) ⊙ ∂s_t(b + α(x − b))/∂x, for b of a set and α of [0, 1], drawn by lot.

    Erion et al. 2019 (arXiv 1906.10670), in the library SHAP and here under the name
    of GradientSHAP. In expectation it is the mean of `integrated_gradients` over the baselines,
    so that no single one of them must stand for "nothing to be seen". Completeness, in
    expectation: the shares add up to s_t(x) less the mean of s_t(b). Agrees with Captum's
    `GradientShap` on the same draws. (Its noise on the input is `smoothgrad`'s, which takes
    `method=gradient_shap`.)

    The trap: it is a random number. Its error falls as 1/√samples, and is largest where baselines
    differ most from each other; `integrated_gradients` with one baseline has no such error.

    The same draws serve all inputs of a batch, so each gets the map that it gets alone.

    Cost: `samples` forward and backward passes for each input, and 1 forward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        baselines: the set (B, ...) from which b is drawn, such as some images of the training
            data; or one of them, a number or an array like one input.
        samples: how many pairs of b and α.
        rng: a seed or a Generator, for the draws.
        batch_size: the most points per forward pass.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    baselines = check_baselines(baselines, x)
    check_whole(samples, "samples")
    which, positions = draws(rng, len(baselines), samples)
    check_whole(batch_size, "batch_size")
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))

        def terms(rows: slice, some: slice) -> Array:
            start = baselines[array_module(x).asarray(which[some])][:, None]
            change = x[rows] - start
            points = start + along(positions[some], x[rows]) * change
            return gradients(net, points, target[rows]) * change

        weights = np.full(samples, 1 / samples)
        return integral(terms, weights, len(x), batch_size, progress, "samples")


def draws(
    rng: int | np.random.Generator, baselines: int, samples: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which of so many baselines, and how far from it to the input: (samples,) of each."""
    rng = check_rng(rng)
    return rng.integers(baselines, size=samples), rng.uniform(size=samples)
