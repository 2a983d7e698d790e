"""RISE: the mean score of the random masks that leave a pixel in sight (arXiv 1806.07421)."""

from collections.abc import Callable
from math import ceil

import numpy as np

from autograd import array_module
from autograd.device import Array
from autograd.ops.resizing import interpolation

from .arguments import Baseline, check_baseline, check_inputs, check_number, check_rng, check_whole
from .masked import variant_scores
from .model import Net, evaluation, scores_only
from .target import Target, choose_target


def rise(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    samples: int = 4000,
    cells: int = 7,
    keep: float = 0.5,
    baseline: Baseline = 0.0,
    batch_size: int = 64,
    rng: int | np.random.Generator = 0,
    progress: bool = False,
) -> Array:
    """Σ_i s_t(x ⊙ m_i + b ⊙ (1 − m_i)) m_i / Σ_i m_i, for random masks m_i from 0 to 1.

    Petsiuk et al. 2018 (arXiv 1806.07421, section 3.2). A mask is a grid of `cells` × `cells`
    numbers, each 1 with probability p = `keep` and otherwise 0, enlarged bilinearly by one cell
    more than it takes to cover the input, and shifted by a random part of a cell. The net is only
    asked for scores.

    The paper divides by samples · p, the mean of Σ_i m_i (equation 6; so does the authors' code).
    That is the same in the limit; but with few samples, each pixel also gets the score times how
    much oftener than the others it happened to be seen, and scores before softmax can be large.
    Divided by Σ_i m_i itself, a constant score gives a constant map.

    The trap: a pixel has the mean score of what is shown with it, which is nothing by itself:
    compare the pixels of one map. It is never finer than a cell, and what needs several cells to be
    seen is seldom shown. The error falls only as 1/√samples.

    Cost: samples + 1 forward passes for each input.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats. Of images (N, C, H, W), all colours have the same mask.
        target: the class t: None for the highest-scoring, an int, or N ints.
        samples: how many masks, the same ones for all inputs.
        cells: of the grid, along each axis.
        keep: p, between 0 and 1.
        baseline: b, what is there in place of a pixel: a number, an array like one input, or an
            array like x. The authors' is 0.
        batch_size: the most inputs per forward pass.
        rng: a seed or a Generator.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score, the same for all colours.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    check_whole(samples, "samples")
    check_whole(cells, "cells")
    if check_number(keep, "keep", above=0) >= 1:
        raise ValueError(f"keep: expected a number between 0 and 1, got {keep!r}")
    baseline = check_baseline(baseline, x)
    check_whole(batch_size, "batch_size")
    masks = random_masks(x, samples, cells, keep, check_rng(rng))
    xp = array_module(x)

    def shown(rows: slice, some: slice) -> Array:
        m = masks(some)[:, None]
        return m * x[rows] + (1 - m) * baseline[rows]

    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))
        s = variant_scores(net, x, target, samples, shown, batch_size, progress, desc="masks")
    total = shares = 0
    for i in range(0, samples, batch_size):
        some = slice(i, i + batch_size)
        total = total + xp.tensordot(s[:, some].astype(x.dtype), masks(some), 1)
        shares = shares + masks(some).sum(axis=0)
    # A pixel that no mask shows, as there may be if they are few, gets 0.
    return xp.zeros_like(x) + total / xp.where(shares > 0, shares, 1)


def random_masks(
    x: Array, samples: int, cells: int, keep: float, rng: np.random.Generator
) -> Callable[[slice], Array]:
    """A function that makes the masks of a range: (len(some), ...), each broadcasts to one input.

    What is kept is only what was drawn, since all masks of images take a lot of memory.
    """
    xp = array_module(x)
    colours = x.ndim == 4
    sizes = x.shape[2:] if colours else x.shape[1:]
    grid = rng.random((samples, *[cells] * len(sizes))) < keep
    axes = []  # Of each axis: how it is enlarged, and which pixels of that are taken.
    for size in sizes:
        cell = ceil(size / cells)
        enlarged = interpolation((cells + 1) * cell, cells, "bilinear", False).astype(x.dtype)
        shift = rng.integers(cell, size=(samples, 1))
        axes.append((xp.asarray(enlarged), shift + np.arange(size)))

    def masks(some: slice) -> Array:
        m = xp.asarray(grid[some].astype(x.dtype))
        for enlarged, pixels in axes:  # Each in turn is the first, and becomes the last.
            rest = m.shape[2:]
            m = enlarged[xp.asarray(pixels[some])] @ m.reshape(*m.shape[:2], -1)
            m = xp.moveaxis(m.reshape(*m.shape[:2], *rest), 1, -1)
        return m[:, None] if colours else m

    return masks
