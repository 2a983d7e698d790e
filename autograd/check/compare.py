"""Comparing a gradient with slopes, entry by entry or in random directions."""

from __future__ import annotations

import numpy as np

from .differences import KINK, SMOOTH, UNKNOWN, jitter_of, slopes
from .function import Function, flat
from .report import WORST, Entry

# Up to so many numbers, each is moved alone. In any case all are moved at once in some directions,
# which shows what single entries cannot: a tie that gives each of its entries the whole gradient is
# within the slopes of each alone.
FEW = 64
DIRECTIONS = 4
# Each kink takes a walk of its own. So many are enough to see what a rule does there.
KINKS = 32
# A slope that is not known to this share of the largest one tells nothing.
VISIBLE = 1e-3
# An output whose slope is not known, but below this share of the largest, counts as flat.
NEGLIGIBLE = 1e-8

Place = tuple[str, tuple[int, ...]]


def compare(f: Function, order: int, rng: np.random.Generator) -> list[Entry]:
    """Compare the gradient of `f` with slopes of its values; an Entry for each place compared."""
    places = list(f.places())
    n = len(places)
    if n == 0:
        return []
    probe = Probe(f, order, rng)
    together = [np.ones(n), *(signs(np.arange(n), n, rng) for _ in range(DIRECTIONS - 1))]
    entries = [probe.look(direction) for direction in together]
    if n <= FEW:
        return [probe.look(unit(n, i), place) for i, place in enumerate(places)] + entries
    if any(entry.verdict == "mismatch" for entry in entries):
        # Some more, taken at random, show whether the wrong ones are the exception.
        others = [probe.look(unit(n, i), places[i]) for i in rng.choice(n, FEW, replace=False)]
        wrong = narrow(probe, np.arange(n), places, rng)
        found = {entry.place: entry for entry in [*others, *wrong]}
        return [*found.values(), *entries]
    return entries


def unit(n: int, i: int) -> np.ndarray:
    """The direction (n,) that moves only number i."""
    return np.eye(1, n, i)[0]


def signs(chosen: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """The direction (n,) that moves the chosen numbers, each up or down at random."""
    direction = np.zeros(n)
    direction[chosen] = rng.choice((-1.0, 1.0), len(chosen))
    return direction


def narrow(
    probe: Probe, chosen: np.ndarray, places: list[Place], rng: np.random.Generator
) -> list[Entry]:
    """The wrong entries among the `chosen`, found by halving; no more than a report shows."""
    place = places[chosen[0]] if len(chosen) == 1 else None
    entry = probe.look(signs(chosen, len(places), rng), place)
    if entry.verdict != "mismatch":
        return []
    if place is not None:
        return [entry]
    found = []
    for half in np.array_split(chosen, 2):
        if len(found) < WORST:
            found += narrow(probe, half, places, rng)
    return found


class Probe:
    """Looks at the gradient of `f`, for a random cotangent, in one direction after the other.

    Attributes:
        middle: the values of `f` (M,).
        u, g: the cotangent (M,) and the gradient (N,).
        steps: how far each of the N numbers moves for a step of 1: from 1 on, with its size.
        jitter: how far rounding throws the M values off.
        reach: the largest of the N numbers.
        scale: the largest slope, or what one could be where all are 0; 0 for a function that is 0
            as far as can be seen.
    """

    def __init__(self, f: Function, order: int, rng: np.random.Generator):
        sizes = np.abs(flat(f.arrays))
        self.f = f
        self.order = order
        self.middle = f.values(f.arrays)
        self.u = rng.standard_normal(len(self.middle))
        self.g = f.flat_vjp(self.u)
        # A power of two, so that a step is as exact as it was.
        self.steps = 2 ** np.floor(np.log2(np.where(sizes > 1, sizes, 1)))
        self.jitter = jitter_of(self.line(self.steps * rng.choice((-1.0, 1.0), len(sizes))))
        self.reach = largest(sizes)
        far = f.values([x + d for x, d in zip(f.arrays, f.split(self.steps), strict=True)])
        self.scale = largest(self.g * self.steps) or largest(self.u * self.middle) or largest(far)

    def line(self, direction: np.ndarray):
        """The values of `f` as a function of t, at the arrays plus t times the direction."""
        step = self.f.split(direction)
        return lambda t: self.f.values(
            [x + t * d for x, d in zip(self.f.arrays, step, strict=True)]
        )

    def look(self, direction: np.ndarray, place: Place | None = None) -> Entry:
        """Compare ⟨g, direction⟩ with the slope of ⟨u, values⟩ in that direction."""
        direction = direction * self.steps
        s = slopes(self.line(direction), self.middle, self.jitter, self.reach)
        flat = (s.kind == UNKNOWN) & (s.bar <= NEGLIGIBLE * self.scale)
        s.kind[flat], s.slope[flat] = SMOOTH, 0
        smooth = s.kind == SMOOTH
        u = np.where(smooth, self.u, 0)
        g = self.g if smooth.all() else self.f.flat_vjp(u)
        bars = np.abs(u * s.bar)[smooth]
        # Errors are independent, so they add up as their squares do; a factor for those that
        # are not. Where that is more than their sum, the sum is.
        bar = min(bars.sum(), 4 * np.sqrt((bars**2).sum()))
        slope = (u * s.slope)[smooth].sum()
        entry = self.entry(g, direction, place, slope, slope, bar)
        seen = smooth | (s.kind == KINK)
        unknown = (s.kind == UNKNOWN).any() or (len(seen) > 0 and not seen.any())
        # At a pole, the gradient is inf or nan as well.
        at_pole = not seen.all() and not np.isfinite(entry.analytic)
        if at_pole or (unknown and entry.verdict == "ok"):
            entry.verdict = "inconclusive"
        # The slopes to one side may not be added up: each output has its own left and right.
        for k in np.flatnonzero(s.kind == KINK)[:KINKS]:
            if entry.verdict == "mismatch":
                break
            g = self.f.flat_vjp(unit(len(u), k))
            kink = self.entry(g, direction, place, s.left[k], s.right[k], s.bar[k])
            if kink.verdict == "mismatch" or not unknown:
                entry = kink
        return entry

    def entry(self, g, direction, place: Place | None, left, right, bar) -> Entry:
        """An Entry that compares ⟨g, direction⟩ with the slopes to the left and to the right."""
        moved = direction != 0
        products = g[moved] * direction[moved]
        analytic = products.sum()
        # Adding up the products rounds, too, and what should cancel leaves some ε behind. The
        # extrapolation of a single slope is not trusted beyond its seventh digit.
        slack = bar + 1e-10 * np.abs(products).sum() + 1e-13 * self.scale
        slack += 1e-7 * np.abs(analytic) if place else 0
        numeric = (left + right) / 2
        verdict = "ok" if left == right else "kink"
        if not min(left, right) - slack <= analytic <= max(left, right) + slack:
            verdict = "mismatch"
        elif self.scale and bar > VISIBLE * max(np.abs([left, right, self.scale])):
            verdict = "inconclusive"
        size = direction[moved][0] if place else 1.0
        sides = None if left == right else (left / size, right / size)
        argument, index = place or (None, None)
        return Entry(
            self.order, argument, index, analytic / size, numeric / size, bar / np.abs(size),
            verdict, sides,
        )  # fmt: skip


def largest(x: np.ndarray) -> float:
    """The largest absolute value of what is finite, or 0."""
    return np.max(np.abs(x), initial=0, where=np.isfinite(x))
