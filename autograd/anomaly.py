"""Finding the op that made the first NaN or Inf."""

import sys
from contextlib import contextmanager
from pathlib import Path

from .device import array_module
from .tensor import Node, Tensor, state

ENGINE = str(Path(__file__).parent)


@contextmanager
def anomaly():
    """Within the block, the first NaN or Inf raises an error that names its op and line.

    Both directions are watched: an op whose output has a NaN or Inf, and a rule that returns one
    for a finite cotangent. It costs a pass over every array, so use it to look for a fault.

    Raises:
        FloatingPointError: naming the op, what it made, and the line that applied the op.
    """
    before, state.anomaly = state.anomaly, Watch()
    try:
        yield
    finally:
        state.anomaly = before


class Watch:
    """What `anomaly()` does after each op and around each rule."""

    in_rule = False

    def forward(self, op, inputs, out, node: Node | None) -> None:
        site = calling_line()
        if node is not None:
            node.site = site
        if self.in_rule:  # Its faults are the rule's.
            return
        fault = fault_in(out)
        given = [fault_in(x._data if isinstance(x, Tensor) else x) for x in inputs]
        if "nan" in given:
            raise FloatingPointError(f"{op.name} was given nan, at {site}")
        # An Inf that the user put in, to mask with, is no fault.
        if fault and not any(given):
            raise FloatingPointError(f"{op.name} made the first {fault}, at {site}")

    def backward(self, rule, node: Node, i: int, g: Tensor):
        self.in_rule = True
        try:
            result = rule(node, i, g)
        finally:
            self.in_rule = False
        fault = fault_in(getattr(result, "_data", result))
        if fault and not fault_in(g._data):
            name = node.op.inputs[node.op.slot(i)]
            raise FloatingPointError(
                f"the gradient of {node.op.name} at its input {name} made the first {fault}; "
                f"{node.op.name} was applied at {node.site or 'a line outside of anomaly()'}"
            )
        return result


def fault_in(x) -> str | None:
    """ "nan" or "inf" if the array has one."""
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
