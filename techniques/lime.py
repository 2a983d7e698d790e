"""LIME: a linear model of the net, around one input (arXiv 1602.04938)."""

from collections.abc import Callable

import numpy as np

from autograd.device import Array

from .arguments import (
    Baseline,
    check_baseline,
    check_inputs,
    check_number,
    check_rng,
    check_whole,
)
from .masked import Game, check_mask, region_map
from .model import Net
from .superpixels import superpixels
from .target import Target

Fit = Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]


def lime(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    mask: Array | None = None,
    segments: int = 50,
    baseline: Baseline = 0.0,
    samples: int = 1000,
    model: str = "ridge",
    alpha: float | None = None,
    kernel_width: float = 0.25,
    batch_size: int = 64,
    rng: int | np.random.Generator = 0,
    progress: bool = False,
) -> Array:
    """β of the linear model s_t ≈ b + Σ_j β_j z_j, z_j being 1 if region j is on, and 0 if off.

    Ribeiro et al. 2016 (arXiv 1602.04938, section 3.4). On is as in x, and off as in the baseline,
    each with probability ½. A sample z weighs w = exp(−d² / 2σ²), d being its cosine distance from
    x, which is 1 − √(the share of regions that are on); x itself is the first sample. The β
    minimise, with whatever intercept b is best,

        "ridge":  Σ_i w_i (s_i − b − β·z_i)² + α Σ_j β_j²
        "lasso":  Σ_i w_i (s_i − b − β·z_i)² / 2Σ_i w_i + α Σ_j |β_j|

    Kernel, width and ridge are those of the authors' code for images, and the fit agrees with
    theirs. (They model the probability, and show what is off in the mean colour of its region.) The
    lasso is Captum's.

    The trap: it is the slope of another function, averaged over inputs of which half is gone. The
    regions, the baseline and σ all have a say in it, and so has chance: compare two seeds. And a
    score before softmax counts what speaks for many classes: for SqueezeNet, in a photograph of a
    dog and a cat, the dog's face is the best region for the cat, too. What tells t from the others
    is shown by `lime(lambda x: log_softmax(net(x), axis=1), ...)`, with the net in eval mode.

    Cost: samples + 1 forward passes for each input.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        mask: the regions, as for `feature_ablation`. None: the `superpixels` of images
            (N, C, H, W); of other inputs, each entry is a region.
        segments: about how many superpixels.
        baseline: what is there in place of a region: a number, an array like one input, or an array
            like x.
        samples: how many, the same ones for all inputs of as many regions.
        model: "ridge", or "lasso", which leaves many regions at 0.
        alpha: α > 0. None: 1 for ridge, and 0.01 for lasso, in units of score.
        kernel_width: σ > 0.
        batch_size: the most inputs per forward pass.
        rng: a seed or a Generator.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score. All entries of a region have its β.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    if model not in list(MODELS):  # What has no hash is not in it, either.
        raise ValueError(f"model: expected one of {', '.join(MODELS)}, got {model!r}")
    fit, usual = MODELS[model]
    alpha = usual if alpha is None else check_number(alpha, "alpha", above=0)
    check_number(kernel_width, "kernel_width", above=0)
    check_whole(samples, "samples")
    check_whole(segments, "segments")
    if mask is None and x.ndim == 4:
        mask = superpixels(x, segments)
    mask = check_mask(mask, x)
    baseline = check_baseline(baseline, x)
    check_whole(batch_size, "batch_size")
    seed = check_rng(rng).integers(2**63)

    def values(game: Game, m: int) -> np.ndarray:
        on = np.random.default_rng(seed).random((samples, m)) < 0.5
        on[0] = True
        return surrogate(on, game(samples, on.__getitem__), fit, alpha, kernel_width)

    return region_map(net, x, target, baseline, mask, values, batch_size, progress, "samples")


def surrogate(on: np.ndarray, s: np.ndarray, fit: Fit, alpha: float, width: float) -> np.ndarray:
    """β (N, M) of the linear models of the scores s (N, V), given which regions are on: (V, M)."""
    distance = 1 - np.sqrt(on.mean(axis=1))
    weight = np.exp(-(distance**2) / (2 * width**2))
    z = on - np.average(on, axis=0, weights=weight)  # Then Σ w z = 0, and no b changes the best β.
    return fit(weight * z.T @ z, weight * z.T @ s.T, weight.sum(), alpha).T


def ridge(zz: np.ndarray, zs: np.ndarray, _weight: float, alpha: float) -> np.ndarray:
    """β (M, N), given Σ w z zᵀ (M, M) and Σ w z s (M, N)."""
    return np.linalg.solve(zz + alpha * np.eye(len(zz)), zs)


def lasso(zz: np.ndarray, zs: np.ndarray, weight: float, alpha: float) -> np.ndarray:
    """β (M, N), by coordinate descent: each β_j is made the best for the others, over and over.

    Given are Σ w z zᵀ (M, M), Σ w z s (M, N) and Σ w.
    """
    zz, zs = zz / weight, zs / weight
    beta = np.zeros_like(zs)
    for _ in range(1000):
        before = beta.copy()
        for j in np.flatnonzero(zz.diagonal() > 0):  # A region that is always on explains nothing.
            pull = zs[j] - zz[j] @ beta + zz[j, j] * beta[j]
            beta[j] = (pull - pull.clip(-alpha, alpha)) / zz[j, j]
        if abs(beta - before).max() <= 1e-9 * abs(beta).max():
            break
    return beta


MODELS = {"ridge": (ridge, 1.0), "lasso": (lasso, 0.01)}
