"""Slopes of a function from its values alone, each with an error bar.

The central difference (F(h) − F(−h)) / 2h is off from the slope F′(0) by about h²F‴/6. So the
differences at h and at h/2 show by their distance how far off they still are, and Richardson's
extrapolation (4·second − first)/3 leaves only an error of order h⁴. Where there is a kink, they
agree as well, on the mean of the slopes to the two sides; but the slopes to the two sides then
differ by as much at h/2 as at h, while on a smooth function they approach each other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Truncation and rounding, about h² and ε/h, are both near 1e-10 for the first. If there is a kink
# within reach of it, a smaller one may not reach so far; the last still has half of the digits.
STEPS = (1e-4, 1e-5, 1e-6, 1e-8)
# A value is rounded some tens of times on its way. A small one may be what is left of larger ones.
ROUNDING = 32 * np.finfo(np.float64).eps
# Slopes that agree to this share are taken as settled. It tells a rule that is wrong by 1e-4 of one
# entry from a right one with a wide margin.
SETTLED = 1e-6

SMOOTH, KINK, UNKNOWN = 0, 1, 2


@dataclass
class Slopes:
    """The slopes of M numbers at one place, each (M,).

    kind: SMOOTH where the slope is between `low` and `high`; KINK where the slopes to the two sides
    differ, and `low` is below the one and `high` above the other; UNKNOWN where there is a jump, a
    pole, or no value, so that `low` and `high` are nan.
    """

    kind: np.ndarray
    low: np.ndarray
    high: np.ndarray


def slopes(f: Callable[[float], np.ndarray]) -> Slopes:
    """The slopes at t = 0 of a function from t to M numbers."""
    middle = f(0.0)
    kind = np.full(middle.shape, UNKNOWN)
    low, high = np.full(middle.shape, np.nan), np.full(middle.shape, np.nan)
    for h in STEPS:
        at = {t: f(t) for t in (-h, -h / 2, h / 2, h)}
        size = np.max([np.abs(middle), *(np.abs(v) for v in at.values())], axis=0)
        rounding = ROUNDING * (size + 0.1 * size.max(initial=0)) / h
        left, right = ((at[t] - middle) / t for t in (-h, h))
        near_left, near_right = ((at[t] - middle) / t for t in (-h / 2, h / 2))
        first, second = (left + right) / 2, (near_left + near_right) / 2
        gap, near_gap = np.abs(right - left), np.abs(near_right - near_left)
        closes = (near_gap < 0.75 * gap) | (near_gap <= SETTLED * np.abs(second) + rounding)
        smooth = closes & settled(first, second, rounding)
        kink = ~closes & settled(left, near_left, rounding) & settled(right, near_right, rounding)
        bar = np.abs(first - second) + rounding
        sides = np.abs(left - near_left) + np.abs(right - near_right) + rounding
        best = (4 * second - first) / 3
        for found, which, below, above in (
            (smooth, SMOOTH, best - bar, best + bar),
            (kink, KINK, np.minimum(left, right) - sides, np.maximum(left, right) + sides),
        ):
            new = found & (kind == UNKNOWN)
            kind[new], low[new], high[new] = which, below[new], above[new]
        if (kind != UNKNOWN).all():
            break
    return Slopes(kind, low, high)


def settled(coarse: np.ndarray, fine: np.ndarray, rounding: np.ndarray) -> np.ndarray:
    """Whether halving the step has left a slope where it was. A nan has not."""
    return np.abs(coarse - fine) <= SETTLED * np.maximum(np.abs(coarse), np.abs(fine)) + rounding
