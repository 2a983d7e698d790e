"""SmoothGrad: any map, averaged over noisy copies of the input (arXiv 1706.03825)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import array_module
from autograd.device import Array

from .arguments import check_inputs, check_number, check_rng, check_whole
from .model import Net, evaluation, scores_only
from .norms import flat, wide
from .path import integral
from .saliency import saliency
from .target import Target, choose_target

MODES = ("mean", "square", "variance")


def smoothgrad(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    method: Callable[..., Array] = saliency,
    samples: int = 25,
    spread: float = 0.15,
    mode: str = "mean",
    rng: int | np.random.Generator = 0,
    batch_size: int = 8,
    progress: bool = False,
    **settings: Any,
) -> Array:
    """The mean of method(net, x + n) over Gaussian noise n of size σ = spread · (max x − min x).

    Smilkov et al. 2017 (arXiv 1706.03825), whose noise is from 10 to 20 % of the range of each
    image. `mode` says what is kept of the maps: their "mean", the mean of their "square"
    (SmoothGrad-squared, Hooker et al. 2018, arXiv 1806.10758), or their "variance" (VarGrad,
    Adebayo et al. 2018, arXiv 1810.03292). Agrees with PAIR's `GetSmoothedMask` and, for the same
    σ, with Captum's `NoiseTunnel`, in expectation. Without noise, the mean is the plain method.

    The traps. The class is that of the image itself, and chosen once: noise may well change the
    verdict. The mean of a map without sign, as `saliency` is, does not shrink where gradients of
    opposite signs cancel; the paper (and PAIR) averages the gradient itself, `signed=True`, and
    takes its size for the picture. And with much noise the copies are no images any more, and the
    map is of what the net makes of noise.

    The same noise is added to all images of a batch, so each gets the map that it gets alone.

    Cost: `samples` times that of the method for each input, and 1 forward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        method: any function `method(net, x, target, **settings)` that gives an array (N, ...).
        samples: how many noisy copies. The error of the mean is as 1/√samples.
        spread: σ as a share of the range of each input.
        mode: "mean", "square" or "variance".
        rng: a seed or a Generator, for the noise.
        batch_size: the most noisy copies that the method is given at once. (If the method has a
            `batch_size` of its own, `functools.partial` sets it.)
        progress: show a bar.
        settings: what else the method takes, the same for all inputs, such as `layer` for a CAM.

    Returns:
        An array like what the method returns; squared in the modes "square" and "variance".

    Raises:
        TypeError, ValueError: an argument is invalid, or the method does not give a map for each
            input.
    """
    check_inputs(x)
    if not callable(method):
        raise TypeError(f"method: expected a function, got {type(method).__name__}")
    check_whole(samples, "samples")
    check_number(spread, "spread")
    if mode not in MODES:
        raise ValueError(f"mode: expected one of {', '.join(MODES)}, got {mode!r}")
    # A seed for each sample, so that no noise need be kept from one part of the batch to the next.
    seeds = check_rng(rng).integers(2**63, size=samples)
    check_whole(batch_size, "batch_size")
    xp = array_module(x)
    sigma = spread * wide(flat(x).max(axis=1) - flat(x).min(axis=1), x)
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))

        def moments(rows: slice, some: slice) -> Array:
            """The maps of these samples and their squares: (K, N, 2, ...)."""
            noise = [
                np.random.default_rng(seed).standard_normal((1, *x.shape[1:]))
                for seed in seeds[some]
            ]
            copies = x[rows] + sigma[rows] * xp.asarray(np.stack(noise).astype(x.dtype))
            copies = copies.reshape(-1, *x.shape[1:])
            maps = method(net, copies, xp.tile(target[rows], len(noise)), **settings)
            if getattr(maps, "shape", ())[:1] != (len(copies),):
                got = getattr(maps, "shape", type(maps).__name__)
                raise ValueError(f"method: expected an array ({len(copies)}, ...), got {got}")
            maps = maps.reshape(len(noise), -1, *maps.shape[1:]).astype("float64")
            return xp.stack([maps, maps**2], axis=2)

        weights = np.full(samples, 1 / samples)
        both = integral(moments, weights, len(x), batch_size, progress, "samples")
    mean, square = both[:, 0], both[:, 1]
    variance = xp.maximum(square - mean**2, 0)  # Rounding may take it below.
    return {"mean": mean, "square": square, "variance": variance}[mode].astype(x.dtype)
