"""What a gradient check found, and a failure explained."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .. import ops
from ..device import to_cpu

if TYPE_CHECKING:
    from .function import Function

WORST = 5  # How many entries a message shows.


class GradientError(AssertionError):
    """A gradient is wrong. The message says where and by how much; `report` has the rest."""

    def __init__(self, report: Report):
        super().__init__(str(report))
        self.report = report


@dataclass
class Entry:
    """One place where a gradient was compared with slopes of the function's values.

    Attributes:
        order: 1 for the gradient, 2 for the gradient of the gradient, ...
        argument, index: the place; None for a random direction through all arguments.
        analytic: the gradient there, for the random cotangent.
        low, high: the slope is between these; at a kink, they are the slopes to the two sides.
        verdict: "ok", "kink", "inconclusive" or "mismatch".
    """

    order: int
    argument: str | None
    index: tuple[int, ...] | None
    analytic: float
    low: float
    high: float
    verdict: str

    @property
    def numeric(self) -> float:
        return (self.low + self.high) / 2

    @property
    def bar(self) -> float:
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        place = "in a random direction"
        if self.argument is not None:
            place = f"{self.argument}{list(self.index)}" if self.index else self.argument
        ratio = (
            f", ratio {self.analytic / self.numeric:.6g}" if self.analytic * self.numeric else ""
        )
        return (
            f"{place}: analytic {self.analytic:.8g}, numeric {self.numeric:.8g} ± {self.bar:.1g}"
            f"{ratio}"
        )


@dataclass
class Report:
    """What `check_grad` found.

    Attributes:
        function: the function that was checked, at its arrays.
        order: up to which it was to be checked.
        entries: the places compared.
        faults: what is wrong apart from numbers, in words.
    """

    function: Function
    order: int = 1
    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many entries have each verdict."""
        found = Counter(entry.verdict for entry in self.entries)
        return {verdict: found[verdict] for verdict in ("ok", "mismatch", "kink", "inconclusive")}

    @property
    def wrong(self) -> bool:
        return bool(self.faults) or self.counts["mismatch"] > 0

    def __str__(self) -> str:
        counted = ", ".join(f"{n} {verdict}" for verdict, n in self.counts.items() if n)
        lines = [f"gradient of {self.function.name}: {counted or 'nothing compared'}"]
        lines += [f"  {fault}" for fault in self.faults]
        wrong = [entry for entry in self.entries if entry.verdict == "mismatch"]
        if wrong:
            # A direction says little to who can look at an entry.
            worst = sorted(wrong, key=lambda e: (e.index is None, -abs(e.analytic - e.numeric)))
            worst = worst[:WORST]
            order = worst[0].order
            what = "the gradient" if order == 1 else f"the gradient's own gradient (order {order})"
            lines.append(f"{what} is wrong at {len(wrong)} places; the worst:")
            lines += [f"  {entry}" for entry in worst]
            lines += [f"hint: {hint}" for hint in hints(self.entries)]
        if self.wrong:
            lines += ["to see it again:", *reproduction(self)]
        return "\n".join(lines)


def hints(entries: list[Entry]) -> list[str]:
    """What the pattern of the wrong entries looks like, for each argument."""
    order = next(entry.order for entry in entries if entry.verdict == "mismatch")
    entries = [entry for entry in entries if entry.order == order]
    alone = [entry for entry in entries if entry.argument is not None]
    wrong = {entry.argument for entry in alone if entry.verdict == "mismatch"}
    if alone and not wrong:
        return [
            "each entry alone is right, but not all moved together: do equal entries, in a tie, "
            "each get the whole gradient?"
        ]
    found = []
    for argument in dict.fromkeys(entry.argument for entry in alone):
        hint = hint_for([entry for entry in alone if entry.argument == argument])
        if argument in wrong and hint:
            found.append(f"{argument}: {hint}")
    return found


def hint_for(entries: list[Entry]) -> str | None:
    analytic = np.array([entry.analytic for entry in entries])
    numeric = np.array([entry.numeric for entry in entries])
    bar = np.array([entry.bar for entry in entries])
    if len(entries) > 1 and not analytic.any():
        return (
            "the gradient is zero everywhere: a rule is missing or drops a term, or f used the "
            "array of the Tensor (t.data) and so left the graph"
        )
    large = np.abs(numeric) > 100 * bar
    if large.sum() > 1:
        ratios = analytic[large] / numeric[large]
        factor = np.median(ratios)
        if np.ptp(ratios) < 1e-4 * abs(factor):
            if abs(factor + 1) < 1e-4:
                return "the sign is wrong"
            return f"every entry is {factor:.6g} times what it should be: a constant factor"
    a, b = gathered(entries, analytic), gathered(entries, numeric)
    square = a is not None and a.ndim >= 2 and a.shape[-1] == a.shape[-2]
    if square and np.allclose(a.swapaxes(-1, -2), b, rtol=1e-4, atol=100 * bar.max()):
        return "it is transposed"
    if len(entries) > 2 and sum(entry.verdict == "mismatch" for entry in entries) == 1:
        return "only this entry is wrong: look at borders and corners"
    return None


def gathered(entries: list[Entry], values: np.ndarray) -> np.ndarray | None:
    """The values as an array of the argument's shape, if every index is among the entries."""
    shape = tuple(
        max(entry.index[i] for entry in entries) + 1 for i in range(len(entries[0].index))
    )
    return values.reshape(shape) if len(values) == np.prod(shape) else None


def reproduction(report: Report) -> list[str]:
    """Lines to paste that check the same function at the same place."""
    f = report.function
    lines = ["  import numpy as np", "  from autograd import check_grad"]
    if f.name in ops.__all__:
        lines[1] += f", {f.name}"
    names = []
    for name, array in zip(f.names, f.arrays, strict=True):
        names.append(name.replace(" ", "_"))
        array = to_cpu(array)
        if array.size <= 40:
            numbers = f"np.array({array.tolist()}, dtype=np.{array.dtype})"
        else:  # Whatever the numbers, a wrong rule is wrong.
            numbers = (
                f"np.random.default_rng(0).normal(size={array.shape}).astype(np.{array.dtype})"
            )
        lines.append(f"  {names[-1]} = {numbers}")
    name = f.name if f.name.isidentifier() else "f"
    settings = [f"{key}={value!r}" for key, value in f.settings.items()]
    order = [f"order={report.order}"] if report.order > 1 else []
    return [*lines, f"  check_grad({', '.join([name, *names, *settings, *order])})"]
