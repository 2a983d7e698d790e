"""Comparing a gradient with slopes, entry by entry or in random directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .differences import KINK, SMOOTH, UNKNOWN, slopes
from .function import Function
from .report import WORST, Entry

# Up to so many numbers, each is moved alone. In any case all are moved at once in some directions,
# which shows what single entries cannot: a tie that gives each of its entries the whole gradient is
# within the slopes of each alone.
FEW = 64
DIRECTIONS = 4

Place = tuple[str, tuple[int, ...]]


def compare(f: Function, order: int, rng: np.random.Generator) -> list[Entry]:
    """Compare the gradient of `f` with slopes of its values; an Entry for each place compared."""
    places = list(f.places())
    n = len(places)
    u = rng.standard_normal(len(f.values(f.arrays)))
    probe = Probe(f, order, u, f.pull(u))
    together = [np.ones(n), *(signs(np.arange(n), n, rng) for _ in range(DIRECTIONS - 1))]
    entries = [probe.look(direction) for direction in together] if n else []
    if n <= FEW:
        return [probe.look(np.eye(1, n, i)[0], place) for i, place in enumerate(places)] + entries
    if any(entry.verdict == "mismatch" for entry in entries):
        return narrow(probe, np.arange(n), places, rng) or entries
    return entries


def signs(chosen: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """The direction that moves the chosen of n numbers, each up or down at random."""
    direction = np.zeros(n)
    direction[chosen] = rng.choice((-1.0, 1.0), len(chosen))
    return direction


def narrow(
    probe: Probe, chosen: np.ndarray, places: Sequence[Place], rng: np.random.Generator
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
    """Looks at a function's gradient g, for the cotangent u, in one direction after the other."""

    def __init__(self, f: Function, order: int, u: np.ndarray, g: np.ndarray):
        self.f = f
        self.order = order
        self.u = u
        self.g = g

    def look(self, direction: np.ndarray, place: Place | None = None) -> Entry:
        """Compare ⟨g, direction⟩ with the slope of ⟨u, values⟩ in that direction."""
        f = self.f
        step = f.split(direction)

        def values(t: float) -> np.ndarray:
            return f.values([x + t * d for x, d in zip(f.arrays, step, strict=True)])

        s = slopes(values)
        smooth = s.kind == SMOOTH
        # What has a slope is compared all at once, each kink alone, since its sides have their own.
        u = np.where(smooth, self.u, 0)
        low = np.sum(np.where(smooth, np.minimum(u * s.low, u * s.high), 0))
        high = np.sum(np.where(smooth, np.maximum(u * s.low, u * s.high), 0))
        g = self.g if smooth.all() else f.pull(u)
        unknown = (s.kind == UNKNOWN).any()
        entry = self.entry(place, g, direction, low, high, "inconclusive" if unknown else "ok")
        for k in np.flatnonzero(s.kind == KINK):
            if entry.verdict != "mismatch":
                g = f.pull(np.eye(1, len(u), k)[0])
                kink = self.entry(place, g, direction, s.low[k], s.high[k], "kink")
                if not unknown or kink.verdict == "mismatch":
                    entry = kink
        return entry

    def entry(
        self, place: Place | None, g: np.ndarray, direction: np.ndarray, low, high, verdict: str
    ) -> Entry:
        """An Entry with the verdict, or "mismatch" if the gradient is not from low to high."""
        analytic = g @ direction
        # Adding up the products rounds, too, and what should cancel leaves some ε behind.
        slack = 1e-10 * np.abs(g * direction).sum() + 1e-13
        # At a pole, the gradient is inf or nan as well.
        at_pole = verdict == "inconclusive" and not np.isfinite(analytic)
        if not (at_pole or low - slack <= analytic <= high + slack):
            verdict = "mismatch"
        argument, index = place or (None, None)
        return Entry(self.order, argument, index, analytic, low, high, verdict)
