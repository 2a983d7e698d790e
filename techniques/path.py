"""The path integral: what adds up along the way from a baseline to an input.

∫ f(α) dα from 0 to 1  ≈  Σ_k w_k f(α_k)

Each method of this family says where its points are (`quadrature`, `straight_line`) and what f is
there (`gradients`, times something), and lets `integral` add it up.
"""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from autograd import Tensor, array_module
from autograd.device import Array

from .arguments import check_whole
from .batching import batches
from .layer import scores_and_activation
from .model import Net, score_gradient, scores

RULES = ("gausslegendre", "trapezoid", "left", "middle", "right")


def quadrature(rule: str, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The positions in [0, 1] and the weights, (steps,) each.

    "gausslegendre" is exact for polynomials up to the degree 2·steps − 1. "left", "middle" and
    "right" look at one place of each of `steps` equal pieces. "trapezoid" looks at both ends and
    evenly between them, and the ends weigh half. (Captum's trapezoid weighs 1 − 1/steps in all.)

    Raises:
        ValueError: there is no such rule, or too few steps for it.
    """
    if rule not in RULES:
        raise ValueError(f"rule: expected one of {', '.join(RULES)}, got {rule!r}")
    check_whole(steps, "steps", least=2 if rule == "trapezoid" else 1)
    if rule == "gausslegendre":
        positions, weights = np.polynomial.legendre.leggauss(steps)  # For [−1, 1].
        return (1 + positions) / 2, weights / 2
    if rule == "trapezoid":
        weights = np.full(steps, 1 / (steps - 1))
        weights[[0, -1]] /= 2
        return np.linspace(0, 1, steps), weights
    place = {"left": 0, "middle": 0.5, "right": 1}[rule]
    return (np.arange(steps) + place) / steps, np.full(steps, 1 / steps)


def straight_line(x: Array, baseline: Array, positions: np.ndarray) -> Array:
    """b + α(x − b) for K positions α and N inputs: (K, N, ...)."""
    return baseline + along(positions, x) * (x - baseline)


def along(numbers: np.ndarray, x: Array) -> Array:
    """Numbers (K,), one for each point, as they broadcast against points (K, N, ...) like x."""
    return array_module(x).asarray(numbers.astype(x.dtype)).reshape(-1, *[1] * x.ndim)


def gradients(net: Net, points: Array, target: Array, layer: str | None = None) -> Array:
    """∂s_t/∂x at K points (K, N, ...) for each of N inputs, with targets (N,); shaped like them.

    With a layer it is ∂s_t/∂y instead, for what the layer gives there: (K, N, ...) like y.
    """
    at = Tensor(points.reshape(-1, *points.shape[2:]))
    if layer is None:
        s = scores(net, at)
    else:
        s, at = scores_and_activation(net, at, layer)
    g = score_gradient(s, at, array_module(points).tile(target, len(points)))
    return g.reshape(*points.shape[:2], *g.shape[1:])


def integral(
    terms: Callable[[slice, slice], Array],
    weights: np.ndarray,
    inputs: int,
    batch_size: int,
    progress: bool,
    desc: str = "path",
) -> Array:
    """Σ_k w_k f_k for each input: an integral, or a mean over samples, a few terms at a time.

    Args:
        terms: `terms(rows, some)` gives, for the inputs in the range `rows`, those f_k whose k is
            in the range `some`: an array (K, N, ...).
        weights: w, one for each term.
        inputs: N, how many inputs there are in all.
        batch_size: the most inputs times terms that are asked for at once.
        progress: show a bar.
        desc: what the bar is called.

    Returns:
        (N, ...), with the rest of the shape as `terms` has it.
    """
    sums = {}
    parts = list(batches(inputs, len(weights), batch_size))
    for rows, some in tqdm(parts, desc=desc, disable=not progress):
        f = terms(rows, some)
        xp = array_module(f)
        part = xp.tensordot(xp.asarray(weights[some].astype(f.dtype)), f, 1)
        sums[rows.start] = sums.get(rows.start, 0) + part
    return xp.concatenate(list(sums.values()))
