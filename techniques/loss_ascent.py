"""Moving inputs by the gradient of the loss: the part that FGSM, PGD and momentum share."""

from collections.abc import Callable
from types import SimpleNamespace

from autograd import Tensor, array_module, grad, softmax, to_cpu
from autograd.device import Array

from .criterion import check_goal, criterion_for, warn_of_reached, warn_of_stuck
from .model import Net, check_depends
from .norms import flat
from .target import Target
from .trace import Trace
from .walk import walk


def loss_ascent(
    net: Net,
    x: Array,
    target: Target,
    move: Callable[[int, Array, Array, Callable[[], Array]], Array],
    *,
    technique: str,
    steps: int,
    memory: SimpleNamespace,
    targeted: bool,
    confidence: float | None = None,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """A `walk` up the cross-entropy of class t, or down if t is to be reached.

    Args:
        net, x, target, targeted, confidence, frames, progress, resume: as for `pgd`.
        move: move(step, rows, x, uphill) -> (M, ...), where inputs x (M, ...) go, those of the
            batch that `rows` names. `uphill()` computes `loss_direction` at them, or its opposite
            if t is to be reached.
        technique: the name of the function that ascends.
        steps: the most moves.
        memory: what `move` knows from one step to the next; see `walk`.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is invalid.

    Warns:
        UserWarning: an input is at its target already, or a gradient is 0 everywhere.
    """
    criterion = criterion_for(targeted, confidence)
    check_goal(target, targeted)
    xp = array_module(x)
    memory.stuck = xp.zeros(len(x), bool)  # Where a gradient was 0; read at the end, not to wait.

    def climb(step: int, rows: Array, x: Tensor, s: Tensor, classes: Array) -> Array:
        def uphill() -> Array:
            g = loss_direction(s, x, classes)
            memory.stuck[rows] |= ~flat(g).any(axis=1)
            return -g if targeted else g

        return move(step, rows, x.data, uphill)

    trace = walk(
        net, x, target, criterion, climb, technique=technique, steps=steps, memory=memory,
        frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
    if targeted:
        warn_of_reached(trace.steps == 0)
    warn_of_stuck(to_cpu(memory.stuck) & ~trace.success, "the loss")
    return trace


def loss_direction(s: Tensor, x: Tensor, classes: Array) -> Array:
    """∂L/∂x / (1 − p_c), shaped like x, where L is the cross-entropy −log p_c of each input.

    With p = softmax(s) it is Σ qₖ ∂(sₖ − s_c)/∂x over the classes k ≠ c, where q is the softmax of
    their scores. What it leaves out does not change the direction, but is rounded to 0 where the
    net is sure, and all of the gradient with it.

    Raises:
        ValueError: the scores were not computed from x, or are of one class alone.
    """
    check_depends(s, x)
    if s.shape[1] == 1:
        raise ValueError("net(x): expected scores of two classes or more, got one: it is all there")
    at = array_module(s.data).arange(len(s.data)), classes
    others = s.data.copy()
    others[at] = -float("inf")
    weights = softmax(others, axis=1).data
    weights[at] = -1
    return grad(s, x, seed=weights).data
