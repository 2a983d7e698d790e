"""Ascent: move inputs up the gradient of a score, until the net says what is wanted."""

from collections.abc import Callable

from autograd import Tensor
from autograd.device import Array

from .arguments import Bounds, check_bounds, check_inputs, within
from .criterion import criterion_for
from .model import Net, score_gradient
from .target import Target
from .trace import Trace
from .walk import walk


def ascend(
    net: Net,
    x: Array,
    target: Target,
    move: Callable[[Array, Array, Array], Array],
    *,
    technique: str,
    steps: int,
    bounds: Bounds | None,
    confidence: float | None = None,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """x ← clip(x + move(start, x, ∂s_t/∂x), bounds) for each input, until it is done.

    An input is done as soon as class t has the highest score, or, if a `confidence` is given, as
    soon as its probability is at least that.

    Args:
        net, x, target, confidence, bounds: as for `all_gradients`.
        move: what to add to inputs (M, ...), given where they started and the gradients at them.
        technique: the name of the function that ascends.
        steps: an input that is not done after so many moves is given up.
        frames, progress, resume: as for `all_gradients`.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    bounds = check_bounds(bounds, x)
    start = x

    def ascent(_step: int, rows: Array, x: Tensor, s: Tensor, classes: Array) -> Array:
        moved = x.data + move(start[rows], x.data, score_gradient(s, x, classes))
        return within(moved, bounds)

    return walk(
        net, x, target, criterion_for(True, confidence), ascent,
        technique=technique, steps=steps, frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
