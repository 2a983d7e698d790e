"""Finding the op that made the first NaN or Inf."""

import os
import sys
from pathlib import Path

from .device import array_module
from .observer import Observer
from .tensor import Node, Tensor

ENGINE = str(Path(__file__).parent) + os.sep


class anomaly(Observer):
    """Within the block, the first NaN or Inf raises an error that names its op and line.

    Both directions are watched: an op that makes a NaN, or an Inf out of finite inputs, and a rule
    that does; and a NaN among what an op is given. It costs a pass over every array, so use it to
    look for a fault.

    Raises:
        FloatingPointError: naming the op, what it made, and the line that applied the op.
    """

    in_rule = False

    def forward(self, apply, args: tuple, kwargs: dict) -> Tensor:
        out = super().forward(apply, args, kwargs)
        site = calling_line()
        if out._node is not None:
            out._node.site = site
        if self.in_rule:  # Its faults are the rule's.
            return out
        fault = fault_in(out)
        given = [fault_in(x) for x in (*args, *kwargs.values())]
        name = apply.op.name
        if "nan" in given:
            raise FloatingPointError(f"{name} was given nan, at {site}")
        # An Inf that came from an Inf, put in to mask with say, is no fault.
        if fault == "nan" or (fault and not any(given)):
            raise FloatingPointError(f"{name} made the first {fault}, at {site}")
        return out

    def backward(self, node: Node, i: int, g: Tensor) -> Tensor | None:
        self.in_rule = True
        try:
            result = super().backward(node, i, g)
        finally:
            self.in_rule = False
        fault = fault_in(result)
        given = fault_in(g)
        if (fault == "nan" and given != "nan") or (fault and not given):
            name = node.op.inputs[node.op.slot(i)]
            raise FloatingPointError(
                f"the gradient of {node.op.name} at its input {name} made the first {fault}; "
                f"{node.op.name} was applied at {node.site or 'a line outside of anomaly()'}"
            )
        return result


def fault_in(x) -> str | None:
    """ "nan" or "inf" if x is a Tensor or an array that has one."""
    x = x._data if isinstance(x, Tensor) else x
    if getattr(getattr(x, "dtype", None), "kind", "") != "f":
        return None
    xp = array_module(x)
    if xp.isnan(x).any():
        return "nan"
    return "inf" if xp.isinf(x).any() else None


def calling_line() -> str:
    """The innermost line of the call stack that is not the engine's own."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(ENGINE):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
