"""check_grad: is this gradient the gradient of that function?

    check_grad(lambda x, w: conv2d(x, w, stride=2), x, w, order=2)

A function's gradient is compared with slopes of its own values (differences.py), for a random
cotangent: that sees every entry of the Jacobian, where a sum of the outputs hides whatever cancels
in it. What can be said without differences is said as well (structure.py), and a failure is
explained (report.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor
from ..walk import RuleError
from .compare import compare
from .function import Function, named_arguments
from .report import SMALL, Entry, GradientError, Report
from .structure import asymmetry, linear_faults, precision_faults, structural_faults

__all__ = ["check_grad", "GradientError", "Report", "Entry"]


# At a pole NumPy would warn, where the report says "inconclusive".
@np.errstate(all="ignore")
def check_grad(
    f: Callable[..., Tensor | Sequence[Tensor]],
    *arrays: Any,
    order: int = 1,
    linear: bool = False,
    rng: int | np.random.Generator = 0,
    raises: bool = True,
    **settings: Any,
) -> Report:
    """Check the gradients of `f` at `arrays`, up to an order, against its own values.

    A net is a function of its parameters, too, if they are put into it:

        def loss(w):
            net.linear.weight = w
            return cross_entropy(net(x), labels)

        check_grad(loss, net.linear.weight)

    Args:
        f: a function of Tensors that returns a Tensor, or several.
        arrays: where to check. Those of floats (arrays, Tensors, Python's numbers and lists) become
            Tensors, and the gradient at each is checked; all else is handed to `f` as it is.
        order: 2 checks the gradient of the gradient as well, and that the Hessian is symmetric; and
            so on.
        linear: check also that `f` is linear, and that its gradient is its transpose:
            ⟨f(x), u⟩ = ⟨x, gradient for u⟩, to rounding and without differences.
        rng: a seed or a Generator, for the cotangents and directions.
        raises: raise a GradientError if anything is wrong; else only report it.
        settings: keyword arguments for `f`.

    Returns:
        The Report. It counts the entries (or directions) that are
        ok: equal to the slope within its error bar;
        kink: the slopes to the two sides differ, and the gradient lies between them;
        inconclusive: no slope can be seen, at a jump or a pole, or for rounding;
        mismatch: neither.
        Up to 64 numbers are moved one by one; of more, all together, and only if something is
        wrong, halves of them until the place is found. Then a wrong entry is seen if it is wrong by
        more than about 1e-6 of what all others together contribute. In float32, gradients may be
        off by 0.1 % of the largest. An output that is far smaller than another is not seen beside
        it: check them one at a time.

    Raises:
        GradientError: a gradient is wrong, or nothing could be compared. It says where, by how
            much, and what it looks like.
        TypeError: no array of floats, or `f` returns something other than Tensors.
        ValueError: an order that is no whole number from 1 on, or `f` changes its outputs' shapes.
    """
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise ValueError(f"check_grad: order: expected a whole number >= 1, got {order!r}")
    if isinstance(rng, np.random.Generator):
        rng = int(rng.integers(2**32))  # A seed, so that the report can name it.
    function = Function.of(f, named_arguments(f, arrays), settings)
    report = Report(f, function.name, named_arguments(f, arrays), settings, function.names)
    options = {"order": (order, 1), "linear": (linear, False), "rng": (rng, 0)}
    report.options = {name: given for name, (given, usual) in options.items() if given is not usual}
    look(function, report, order, linear, rng)
    if report.wrong:
        like_it = function.with_normal_numbers(above=SMALL)
        trial = Report(f, function.name, {}, {}, [])
        look(like_it, trial, order, linear, rng)
        report.normal = trial.wrong
        if raises:
            raise GradientError(report)
    return report


def look(f: Function, report: Report, order: int, linear: bool, rng) -> None:
    """Fill the report with what is found at f, until something is wrong."""
    rng = np.random.default_rng(rng)
    try:
        report.faults += structural_faults(f, rng)
        if linear:
            report.faults += linear_faults(f, rng)
        level = f.in_float64()
        for n in range(1, order + 1):
            report.entries += compare(level, n, rng)
            if report.wrong:
                return  # A wrong gradient makes its own gradient wrong, which explains nothing.
            if n < order:
                gradient = level.gradient(rng)
                report.faults += asymmetry(gradient, len(level.arrays), rng)
                level = gradient
        counts = report.counts
        if counts["inconclusive"] and not counts["ok"] + counts["kink"]:
            report.faults.append(
                "nothing could be compared: f has no slopes here, or rounding hides them"
            )
        elif not counts["kink"] + counts["inconclusive"]:
            # At a kink, one precision may be on the one side and the other on the other.
            report.faults += precision_faults(f, rng)
    except RuleError as error:
        report.faults.append(str(error))
