"""Slopes of a function from its values alone, each with an error bar.

The central difference (F(h) − F(−h)) / 2h is off from the slope F′(0) by about h²F‴/6. So the
differences at h and at h/2 show by their distance how far off they still are, and Richardson's
extrapolation (4·second − first)/3 leaves only an error of order h⁴. Where there is a kink, they
agree as well, on the mean of the slopes to the two sides; but the slopes to the two sides then
differ by as much at h/2 as at h, while on a smooth function by half as much.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Truncation and rounding, about h² and ε/h, are both near 1e-10 for the first. If there is a kink
# within reach of it, a smaller one may not reach so far; the last still has half of the digits.
# Powers of two, since x ± h is then exact where x has few digits.
STEPS = (2.0**-13, 2.0**-17, 2.0**-20, 2.0**-27)
# Every value is rounded at least once; `jitter` measures how much more.
ROUNDING = 4 * np.finfo(np.float64).eps
# How many standard deviations of the jitter a bar has. The estimate itself may be off by a factor.
DEVIATIONS = 8
# Slopes that agree to this share are taken as settled. It tells a rule that is wrong by 1e-4 of one
# entry from a right one with a wide margin.
SETTLED = 1e-6

SMOOTH, KINK, UNKNOWN, ABSENT = range(4)

Line = Callable[[float], np.ndarray]  # From t to M numbers.


@dataclass
class Slopes:
    """The slopes of M numbers at one place, each (M,).

    kind: SMOOTH where there is one slope, KINK where there are two, UNKNOWN at a jump or a pole,
        and ABSENT where the function is inf or nan all around.
    slope: at SMOOTH, that one.
    left, right: at KINK, those to the two sides.
    bar: each of them is right to so much; at UNKNOWN, what slopes there may be are no steeper, or
        nan.
    """

    kind: np.ndarray
    slope: np.ndarray
    left: np.ndarray
    right: np.ndarray
    bar: np.ndarray


def slopes(f: Line, middle: np.ndarray, jitter: np.ndarray, reach: float) -> Slopes:
    """The slopes of f at t = 0, where its values are `middle` (M,), and jitter by so much (M,).

    `reach` is the size of the numbers that they are made of. Where values do not change at all,
    a change may be lost in the rounding of those.
    """
    found = Slopes(np.full(middle.shape, UNKNOWN), *np.full((4, *middle.shape), np.nan))
    vanishing = np.full(middle.shape, True)
    for h in STEPS:
        at = {t: f(t) for t in (-h, -h / 2, h / 2, h)}
        if h == STEPS[0]:
            same = [(v == middle) | (np.isnan(v) & np.isnan(middle)) for v in at.values()]
            found.kind[~np.isfinite(middle) & np.all(same, axis=0)] = ABSENT
        size = np.max([np.abs(v) for v in (middle, *at.values())], axis=0)
        still = np.all([v == middle for v in at.values()], axis=0)
        rounding = (ROUNDING * np.where(still, reach, size) + DEVIATIONS * jitter) / h
        left, right = ((at[t] - middle) / t for t in (-h, h))
        near_left, near_right = ((at[t] - middle) / t for t in (-h / 2, h / 2))
        first, second = (left + right) / 2, (near_left + near_right) / 2

        # On a smooth function the gap between the sides halves with h, so that nothing remains of
        # it at h = 0; at a kink there remains what the slopes differ by.
        gap = np.abs(2 * (near_right - near_left) - (right - left))
        closes = gap <= SETTLED * np.abs(second) + rounding
        # Where the slope is 0, as of x³ at 0, no share of it is small enough. But it halves, or
        # more, from step to step.
        vanishing &= (0.1 * np.abs(first) < np.abs(second)) & (np.abs(second) < 0.6 * np.abs(first))
        settles = settled(first, second, rounding) | (vanishing & (h == STEPS[-1]))

        new = closes & settles & (found.kind == UNKNOWN)
        found.kind[new] = SMOOTH
        found.slope[new] = ((4 * second - first) / 3)[new]
        found.bar[new] = (np.abs(first - second) + gap + rounding)[new]

        sides = settled(left, near_left, rounding) & settled(right, near_right, rounding)
        new = ~closes & sides & (found.kind == UNKNOWN)
        found.kind[new] = KINK
        found.left[new], found.right[new] = left[new], right[new]
        changes = np.maximum(np.abs(left - near_left), np.abs(right - near_right))
        found.bar[new] = (changes + rounding)[new]

        unknown = found.kind == UNKNOWN
        steepest = np.max(np.abs([left, right, near_left, near_right]), axis=0)
        found.bar[unknown] = np.fmin(found.bar, steepest)[unknown]
        if not unknown.any():
            break
    return found


def settled(coarse: np.ndarray, fine: np.ndarray, rounding: np.ndarray) -> np.ndarray:
    """Whether halving the step has left a slope where it was. A nan has not."""
    return np.abs(coarse - fine) <= SETTLED * np.maximum(np.abs(coarse), np.abs(fine)) + rounding


def jitter_of(f: Line) -> np.ndarray:
    """How far rounding throws the values of f off, as standard deviations (M,); 0 for an inf.

    Values so close to each other would lie on a straight line, and their fourth differences be 0.
    Independent errors of variance 1 give these the variance 1 + 16 + 36 + 16 + 1 (Moré and Wild,
    "Estimating computational noise", 2011).
    """
    # To one side of t = 0, where a kink may be.
    values = np.stack([f(STEPS[0] + 2.0**-36 * i) for i in range(16)])
    fourth = np.diff(values, 4, axis=0)
    return np.nan_to_num(np.sqrt((fourth**2).mean(axis=0) / 70), posinf=0)
