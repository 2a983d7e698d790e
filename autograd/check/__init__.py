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

from ..device import Array
from ..tensor import Tensor
from ..walk import RuleError
from .compare import compare
from .function import Function
from .report import Entry, GradientError, Report
from .structure import asymmetry, linear_faults, structural_faults

__all__ = ["check_grad", "GradientError", "Report", "Entry"]


# At a pole NumPy would warn, where the report says "inconclusive".
@np.errstate(all="ignore")
def check_grad(
    f: Callable[..., Tensor | Sequence[Tensor]],
    *arrays: Array,
    order: int = 1,
    linear: bool = False,
    rng: int | np.random.Generator = 0,
    raises: bool = True,
    **settings: Any,
) -> Report:
    """Check the gradients of `f` at `arrays`, up to an order, against its own values.

    Args:
        f: a function of Tensors that returns a Tensor, or several.
        arrays: where to check. Those of floats become Tensors, and the gradient at each is checked;
            the others are handed to `f` as they are.
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
        inconclusive: no slope can be seen, at a jump or a pole;
        mismatch: neither.

    Raises:
        GradientError: a gradient is wrong. It says where, by how much, and what it looks like.
        TypeError: no array of floats, or `f` returns something other than Tensors.
    """
    rng = np.random.default_rng(rng)
    f = Function.of(f, arrays, settings)
    report = Report(f, order)
    try:
        report.faults += structural_faults(f, rng)
        if linear:
            report.faults += linear_faults(f, rng)
        level = f.in_float64()
        for n in range(1, order + 1):
            report.entries += compare(level, n, rng)
            if report.wrong:
                break  # A wrong gradient makes its own gradient wrong, which explains nothing.
            if n < order:
                level = level.gradient(rng)
                report.faults += asymmetry(level, rng)
    except RuleError as error:
        report.faults.append(str(error))
    if raises and report.wrong:
        raise GradientError(report)
    return report
