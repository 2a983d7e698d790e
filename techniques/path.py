"""The path integral: what adds up along the way from a baseline to an input.

∫ f(α) dα from 0 to 1  ≈  Σ_k w_k f(α_k)
"""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from autograd import array_module
from autograd.device import Array

from .arguments import check_whole
from .batching import batches

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
    """b + α(x − b) for N inputs and K positions: (K·N, ...), those of the first α first."""
    alpha = array_module(x).asarray(positions.astype(x.dtype))
    points = baseline + alpha.reshape(-1, *[1] * x.ndim) * (x - baseline)
    return points.reshape(-1, *x.shape[1:])


def path_integral(
    part: Callable[[slice, slice], Array], inputs: int, steps: int, batch_size: int, progress: bool
) -> Array:
    """Σ_k w_k f(α_k) for each input, whose terms a function adds up a few at a time.

    Args:
        part: `part(rows, some)` gives, as an array with a row for each of these inputs, the sum of
            the terms k in the range `some`.
        inputs: N, how many inputs there are.
        steps: how many terms.
        batch_size: the most inputs times terms that `part` is asked for at once.
        progress: show a bar.

    Returns:
        (N, ...), the rows that `part` gives.
    """
    sums = {}
    for rows, some in tqdm(
        list(batches(inputs, steps, batch_size)), desc="path", disable=not progress
    ):
        sums[rows.start] = sums.get(rows.start, 0) + part(rows, some)
    sums = list(sums.values())
    return array_module(*sums).concatenate(sums)
