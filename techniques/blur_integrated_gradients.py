"""Blur integrated gradients: the slope, averaged while an image gets sharp (arXiv 2004.03383)."""

import numpy as np

from autograd import array_module
from autograd.device import Array

from .arguments import check_images, check_number, check_whole
from .model import Net, evaluation, scores_only
from .path import gradients, integral, quadrature
from .target import Target, choose_target


def blur_integrated_gradients(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    max_sigma: float = 50.0,
    steps: int = 100,
    rule: str = "gausslegendre",
    batch_size: int = 8,
    progress: bool = False,
) -> Array:
    """−∫ ∂s_t(L)/∂L ⊙ ∂L/∂σ dσ from 0 to max_sigma, with L the image under a blur of size σ.

    Xu et al. 2020 (arXiv 2004.03383). Details come in from coarse to fine, so there is
    no baseline of one colour to choose. Completeness: the shares add up to s_t(x) − s_t(L) at
    max_sigma, as far as the rule is exact. Agrees with PAIR's `BlurIG` for the rule "left", if PAIR
    is given a step of 1e-5 for its difference that stands for ∂L/∂σ. With its own step, 0.01, it is
    off by about 1 %.

    The trap: the blurred image is still something to see, and what can be told from it, such as
    the colour of the sky, gets nothing.

    Cost: `steps` forward and backward passes for each image, and 1 forward pass.

    Args:
        net: maps a Tensor (N, C, H, W) to scores (N, K).
        x: images (N, C, H, W) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        max_sigma: where the path begins, in pixels.
        steps: at how many σ the gradient is taken.
        rule: "gausslegendre", "trapezoid", "left", "middle" or "right"; see `quadrature`.
        batch_size: the most images per forward pass.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_images(x)
    max_sigma = check_number(max_sigma, "max_sigma", above=0)
    positions, weights = quadrature(rule, steps)
    check_whole(batch_size, "batch_size")
    xp = array_module(x)
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))

        def terms(rows: slice, some: slice) -> Array:
            blurs = [blurred(x[rows], max_sigma * position) for position in positions[some]]
            points, change = (xp.stack(each) for each in zip(*blurs, strict=True))
            return -gradients(net, points, target[rows]) * change

        return integral(terms, max_sigma * weights, len(x), batch_size, progress)


def blurred(x: Array, sigma: float) -> tuple[Array, Array]:
    """L, the images (N, C, H, W) under a Gaussian blur of size σ, and ∂L/∂σ.

    Outside of an image are zeros, as in the paper and in PAIR: a large blur fades to 0.
    """
    xp = array_module(x)
    (down, more_down), (across, more_across) = (
        [xp.asarray(w.astype(x.dtype)) for w in kernel(n, sigma)] for n in x.shape[2:]
    )
    half = down @ x
    return half @ across.T, more_down @ x @ across.T + half @ more_across.T


def kernel(size: int, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """(size, size) weights of all pixels (columns) in the mean for each pixel, and their ∂/∂σ.

    The weight at distance d is e(d) / Σ e, with e(d) = exp(−d²/2σ²) for |d| up to 4σ, where SciPy
    and with it PAIR cut it off. The sum is over all whole d, also beyond the image.
    """
    if sigma == 0:
        return np.eye(size), np.zeros((size, size))
    reach = int(4 * sigma + 0.5)
    whole = np.arange(-reach, reach + 1.0)
    i = np.arange(size)
    total, more = (each.sum() for each in bell(whole, sigma))
    e, slope = (each * (abs(i - i[:, None]) <= reach) for each in bell(i - i[:, None], sigma))
    return e / total, (slope - e * more / total) / total


def bell(d: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """exp(−d²/2σ²) and its ∂/∂σ."""
    e = np.exp(-((d / sigma) ** 2) / 2)
    return e, e * d**2 / sigma**3
