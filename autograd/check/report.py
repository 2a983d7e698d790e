"""What a gradient check found, and a failure explained."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .. import ops
from ..device import on_gpu, to_cpu

WORST = 5  # How many entries a message shows.
SMALL = 40  # Arrays of up to so many numbers are printed.


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
        argument, index: the place; None where all arguments were moved together.
        analytic: the gradient there, for the random cotangent.
        numeric: the slope; at a kink, the mean of the two.
        bar: slopes are right to so much.
        verdict: "ok", "kink", "inconclusive" or "mismatch".
        sides: at a kink, the slopes to the left and to the right.
    """

    order: int
    argument: str | None
    index: tuple[int, ...] | None
    analytic: float
    numeric: float
    bar: float
    verdict: str
    sides: tuple[float, float] | None = None

    @property
    def place(self) -> tuple:
        return self.argument, self.index

    def __str__(self) -> str:
        where = "all numbers moved together"
        if self.argument is not None:
            where = f"{self.argument}{list(self.index)}" if self.index else self.argument
        said = f"{where}: analytic {self.analytic:.8g}"
        if self.sides:
            left, right = self.sides
            return f"{said}, but to the two sides of this kink it is {left:.8g} and {right:.8g}"
        visible = abs(self.numeric) > 10 * self.bar
        ratio = f", ratio {self.analytic / self.numeric:.10g}" if visible else ""
        return f"{said}, numeric {self.numeric:.8g} ± {self.bar:.0e}{ratio}"


@dataclass
class Report:
    """What `check_grad` found.

    Attributes:
        f, arguments, settings, options: the function that was checked, what it was given, and what
            `check_grad` was.
        checked: the names of the arguments whose gradients were checked.
        entries: the places compared.
        faults: what is wrong apart from numbers, in words.
        normal: whether it is wrong for normal random numbers in place of large arrays as well.
    """

    f: Callable
    name: str
    arguments: dict[str, Any]
    settings: dict[str, Any]
    checked: list[str]
    options: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    normal: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many entries have each verdict."""
        found = Counter(entry.verdict for entry in self.entries)
        return {verdict: found[verdict] for verdict in ("ok", "mismatch", "kink", "inconclusive")}

    @property
    def wrong(self) -> bool:
        return bool(self.faults) or self.counts["mismatch"] > 0

    def __str__(self) -> str:
        lines = [self.verdict(), *(f"  {fault}" for fault in self.faults)]
        wrong = [entry for entry in self.entries if entry.verdict == "mismatch"]
        if wrong:
            alone = [entry for entry in wrong if entry.argument is not None]
            worst = sorted(alone or wrong, key=lambda e: -abs(e.analytic - e.numeric))[:WORST]
            lines += ["the worst:", *(f"  {entry}" for entry in worst)]
            lines += [f"hint: {hint}" for hint in hints(self.entries)]
        if self.wrong:
            lines += ["to see it again:", *reproduction(self)]
        return "\n".join(lines)

    def verdict(self) -> str:
        """The first line: what is wrong, or how much was compared."""
        fixed = [name for name in self.arguments if name not in self.checked]
        at = f" ({', '.join(fixed)} held fixed)" if fixed else ""
        wrong = [entry for entry in self.entries if entry.verdict == "mismatch"]
        if not wrong:
            counted = ", ".join(f"{n} {verdict}" for verdict, n in self.counts.items() if n)
            return f"gradient of {self.name}{at}: {counted or 'nothing compared'}"
        order = wrong[0].order
        what = "gradient" if order == 1 else f"gradient's own gradient (order {order})"
        parts = []
        for name in dict.fromkeys(entry.argument for entry in wrong if entry.argument is not None):
            seen = [
                entry for entry in self.entries if entry.order == order and entry.argument == name
            ]
            looked = "" if gathered(seen, np.zeros(len(seen))) is not None else " looked at"
            count = sum(entry.verdict == "mismatch" for entry in seen)
            parts.append(f"{count} of {len(seen)} entries of {name}{looked}")
        where = " and ".join(parts) or "all entries moved together"
        return f"the {what} of {self.name}{at} is wrong: {where}"


def hints(entries: list[Entry]) -> list[str]:
    """What the pattern of the wrong entries looks like, for each argument."""
    order = next(entry.order for entry in entries if entry.verdict == "mismatch")
    entries = [entry for entry in entries if entry.order == order]
    alone = [entry for entry in entries if entry.argument is not None]
    wrong = {entry.argument for entry in alone if entry.verdict == "mismatch"}
    if alone and all(entry.verdict in ("ok", "kink") for entry in alone):
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
    wrong = [entry for entry in entries if entry.verdict == "mismatch"]
    if any(entry.sides for entry in wrong):
        return (
            "at a kink, the gradient lies between the slopes to the two sides, unless several "
            "kinks are added up here (biases of 0, equal pixels): then check at a point off them"
        )
    if len(entries) > 1 and not analytic.any():
        if entries[0].argument.startswith("cotangent"):
            return "the rule loses the history of g: it uses g.data, or NumPy where ops are needed"
        return (
            "the gradient is zero everywhere: a rule is missing or drops a term, or f used the "
            "array of the Tensor (t.data) and so left the graph"
        )
    ratios = [e.analytic / e.numeric for e in wrong if abs(e.numeric) > 100 * e.bar]
    if len(ratios) > 1 and np.ptp(ratios) < 1e-2 * abs(np.median(ratios) - 1):
        factor = np.median(ratios)
        if abs(factor + 1) < 1e-4:
            return "the sign is wrong"
        which = "every" if len(wrong) == len(entries) else "each wrong"
        return f"{which} entry is {factor:.8g} times what it should be: a constant factor"
    a, b = gathered(entries, analytic), gathered(entries, numeric)
    square = a is not None and a.ndim >= 2 and a.shape[-1] == a.shape[-2]
    if square and np.allclose(a.swapaxes(-1, -2), b, rtol=1e-4, atol=100 * bar.max()):
        return "it is transposed, or something was broadcast along the wrong axis"
    if len(wrong) == 1 and len(entries) > 2:
        return "only this entry is wrong: look at borders and corners"
    if len(wrong) > 2:
        return "the ratio is another one in each entry: is a term forgotten, or a factor wrong?"
    return None


def gathered(entries: list[Entry], values: np.ndarray) -> np.ndarray | None:
    """The values as an array of the argument's shape, if every index is among the entries."""
    shape = tuple(
        max(entry.index[i] for entry in entries) + 1 for i in range(len(entries[0].index))
    )
    return values.reshape(shape) if len(values) == np.prod(shape) else None


# Lines to paste -----------------------------------------------------------------------------------


def reproduction(report: Report) -> list[str]:
    """Lines that check the same function at the same place."""
    f, bound = report.f, {}
    if isinstance(f, partial) and not f.args:
        f, bound = f.func, f.keywords
    ours = getattr(ops, report.name, None) is f
    lines = ["import numpy as np", "from autograd import check_grad" + f", {report.name}" * ours]
    name = report.name if report.name.isidentifier() else "f"
    if not ours:
        lines.append(f"{name} = ...  # yours")
    given = []
    for argument, value in report.arguments.items():
        code = as_code(value, f"report.arguments[{argument!r}]", report.normal)
        argument = argument.replace(" ", "_") + "_" * (argument == name)
        lines.append(f"{argument} = {code}")
        given.append(argument)
    for setting, value in {**bound, **report.settings}.items():
        code = as_code(value, f"report.settings[{setting!r}]")
        if "#" in code:
            lines.append(f"{setting} = {code}")
            code = setting
        given.append(f"{setting}={code}")
    given += [f"{option}={value!r}" for option, value in report.options.items()]
    return [f"  {line}" for line in [*lines, f"check_grad({', '.join([name, *given])})"]]


def as_code(value: Any, where: str, normal: bool = False) -> str:
    """A value as Python; of a large array random numbers, if these will do, or where it is."""
    value = to_cpu(value) if on_gpu(value) else value
    if isinstance(value, np.ndarray) and value.size <= SMALL:
        dtype = "bool" if value.dtype == bool else f"np.{value.dtype}"
        numbers = re.sub(r"\b(nan|inf)\b", r"np.\1", str(value.tolist()))
        return f"np.array({numbers}, dtype={dtype})"
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and normal:
        return f"np.random.default_rng(0).normal(size={value.shape}).astype(np.{value.dtype})"
    if is_plain(value):
        return repr(value)
    kind = f"{value.dtype} {value.shape}" if hasattr(value, "dtype") else type(value).__name__
    return f"...  # {kind}: error.{where}"


def is_plain(value: Any) -> bool:
    """Whether Python's repr of a value is Python."""
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | slice)
