"""The shortest crossing: where the straight way to a counterfactual leaves an input's class."""

from dataclasses import dataclass
from math import ceil, log2

import numpy as np
from tqdm import tqdm

from autograd import array_module, to_cpu
from autograd.device import Array

from . import norms
from .arguments import check_inputs, check_number, check_whole
from .model import Net, evaluation, scores_only


@dataclass(frozen=True, repr=False, eq=False)
class Crossing:
    """N inputs just before and just after they change their class.

    Attributes:
        start: (N, ...) the inputs, as an array of their own.
        before: (N, ...) the last point found that still has the input's class.
        after: (N, ...) the first point found that does not. It is at most the tolerance away.
        position: (N,) where `after` lies between the input (0) and its counterfactual (1).
        classes: (N, 2) int, the class before and the class after.
    """

    start: Array
    before: Array
    after: Array
    position: np.ndarray
    classes: np.ndarray

    @property
    def difference(self) -> Array:
        """after − start: (N, ...), the change that crosses."""
        return self.after - self.start

    @property
    def pixels(self) -> Array:
        """Which entries differ between `start` and `after`: (N, ...) bool."""
        return self.difference != 0

    @property
    def distance(self) -> np.ndarray:
        """The Euclidean length of the difference: (N,)."""
        return to_cpu(norms.l2(self.difference))

    def __repr__(self) -> str:
        changes = ", ".join(f"{a}→{b}" for a, b in self.classes[:5].tolist())
        return (
            f"Crossing({len(self.classes)} inputs of {self.start.shape[1:]}: {changes}"
            f"{', ...' if len(self.classes) > 5 else ''}; median position "
            f"{np.median(self.position):.3g}, distance {np.median(self.distance):.3g})"
        )


def shortest_crossing(
    net: Net,
    x: Array,
    counterfactual: Array,
    *,
    samples: int = 32,
    tolerance: float = 1e-3,
    batch_size: int = 256,
    progress: bool = False,
) -> Crossing:
    """The point on the boundary between each input and its counterfactual, by bisection.

    On x + α(c − x), find an α at which the class is still that of x and a larger one at which it is
    not; then halve the interval until its ends are no further apart than the tolerance.

    The trap: the class can change more than once on the way, and bisection finds any one of the
    changes. So the segment is first looked at in `samples` evenly spaced places, and what is halved
    is the interval that ends at the first of them with another class. A class that comes and goes
    between two places is missed. What lies behind the crossing need not be the class of the
    counterfactual.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        counterfactual: for each input another, of another class, such as the result of a walk:
            shaped like x.
        samples: the places looked at.
        tolerance: the largest Euclidean distance between `before` and `after`, in units of x; if it
            is finer than the rounding of x, then as near as the rounding lets them be.
        batch_size: the most inputs per forward pass.
        progress: show a bar.

    Returns:
        The Crossing.

    Raises:
        TypeError, ValueError: an argument is invalid, or an input and its counterfactual have the
            same class.
    """
    check_inputs(x)
    check_inputs(counterfactual, "counterfactual")
    if counterfactual.shape != x.shape:
        raise ValueError(
            f"counterfactual: expected the shape of x, {x.shape}, got {counterfactual.shape}"
        )
    check_whole(samples, "samples")
    check_number(tolerance, "tolerance", above=0)
    check_whole(batch_size, "batch_size")
    xp = array_module(x)
    counterfactual = counterfactual.astype(x.dtype)
    origin = x.astype(np.float64)  # As the positions are.
    way = counterfactual.astype(np.float64) - origin

    def point(position: Array) -> Array:
        """x + α(c − x) for the positions α (N,)."""
        alpha = norms.wide(position, x)
        between = (origin + alpha * way).astype(x.dtype)
        return xp.where(alpha == 1, counterfactual, between)  # The sum can miss it by rounding.

    def classes(points: Array) -> Array:
        return scores_only(net, points, batch_size).argmax(axis=1)

    with evaluation(net):
        own = classes(x)
        same = xp.flatnonzero(own == classes(counterfactual))
        if len(same):
            raise ValueError(
                f"counterfactual: expected another class than that of x, but inputs "
                f"{same.tolist()} have classes {own[same].tolist()} at both ends"
            )
        length = norms.l2(way)
        halvings = ceil(log2(max(1, float(length.max()) / (samples * tolerance))))
        with tqdm(total=samples - 1 + halvings, desc="crossing", disable=not progress) as bar:
            first = xp.full(len(x), samples)
            for i in range(samples - 1, 0, -1):
                crossed = classes(point(xp.full(len(x), i / samples))) != own
                first = xp.where(crossed, i, first)
                bar.update()
            inside, outside = (first - 1) / samples, first / samples
            for _ in range(halvings):
                middle = (inside + outside) / 2
                crossed = classes(point(middle)) != own
                wide = (outside - inside) * length > tolerance
                inside = xp.where(wide & ~crossed, middle, inside)
                outside = xp.where(wide & crossed, middle, outside)
                bar.update()
        before, after = point(inside), point(outside)
        pairs = xp.stack([own, classes(after)], axis=1)
    return Crossing(x.copy(), before, after, to_cpu(outside), to_cpu(pairs))
