"""The fast gradient sign method in several steps, with momentum (arXiv 1710.06081)."""

from collections.abc import Callable
from types import SimpleNamespace

from autograd import array_module
from autograd.device import Array

from .arguments import Bounds, check_inputs, check_number, check_whole
from .ball import check_size, make_ball
from .loss_ascent import loss_ascent
from .model import Net
from .norms import flat, nonzero
from .target import Target
from .trace import Trace


def momentum_fgsm(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    eps: float | Array,
    norm: str = "linf",
    steps: int = 10,
    step_size: float | Array | None = None,
    decay: float = 1.0,
    targeted: bool = False,
    confidence: float | None = None,
    bounds: Bounds | None = (-1.0, 1.0),
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """m ← μ m + g/‖g‖₁,  x ← P(x + α · sign m), with g = ∂L/∂x and P as for `pgd`.

    Dong et al. 2017 (arXiv 1710.06081, algorithm 1, and equation 9 for norm="l2", α · m/‖m‖₂). The
    sum of the gradients on the way points where they agree, which carries the change over to other
    nets better than the last one alone. Agrees with torchattacks' `MIFGSM`, which divides g by the
    mean of |g| rather than by its sum: the sign of m is the same. With μ = 0 it is `pgd` without a
    random start.

    The trap: momentum also carries an input past the place where it would have crossed. To fool the
    net at hand, `pgd` is at least as good.

    Cost: as for `pgd`.

    Args:
        steps: the most steps that an input takes.
        step_size: α. None is ε / steps, as in the paper: every step the same way just reaches the
            rim of the ball.
        decay: μ.
        net, x, target, eps, norm, targeted, confidence, bounds, frames, progress, resume: as for
            `pgd`.

    Returns:
        The Trace. An input that is there already takes 0 steps.

    Raises:
        TypeError, ValueError: an argument is invalid.

    Warns:
        UserWarning: an input is at its target already, or has a gradient of 0.
    """
    check_inputs(x)
    ball = make_ball(norm, eps, bounds, x)
    check_whole(steps, "steps")
    if step_size is None:
        step_size = ball.eps / steps
    else:
        step_size = check_size(step_size, "step_size", norm, x)
    decay = check_number(decay, "decay")
    start, memory = x, SimpleNamespace(momentum=array_module(x).zeros_like(x))

    def move(_step: int, rows: Array, x: Array, uphill: Callable[[], Array]) -> Array:
        g = uphill()
        m = decay * memory.momentum[rows] + g / nonzero(abs(flat(g)).sum(axis=1), g)
        memory.momentum[rows] = m
        return ball.project(start[rows], x + step_size * ball.steepest(m))

    return loss_ascent(
        net, x, target, move, technique="momentum_fgsm", steps=steps, memory=memory,
        targeted=targeted, confidence=confidence, frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
