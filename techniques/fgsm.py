"""Across the boundary in a single step (arXiv 1412.6572)."""

from autograd.device import Array

from .arguments import Bounds
from .model import Net
from .pgd import pgd
from .target import Target
from .trace import Trace


def fgsm(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    eps: float | Array,
    norm: str = "linf",
    targeted: bool = False,
    bounds: Bounds | None = (-1.0, 1.0),
    frames: int = 0,
) -> Trace:
    """clip(x + ε · sign ∂L/∂x, bounds): the fast gradient sign method.

    Goodfellow et al. 2014 (arXiv 1412.6572, section 4), with L the cross-entropy −log softmax(s)_t
    of the class that is left, or of the one that is reached, and then the sign is −. With
    norm="l2" the step is ε · g/‖g‖₂. Agrees with Foolbox's and torchattacks' `FGSM`. It is `pgd`
    with one step.

    The trap: one step goes all the way to the rim of the ball, or stays. An input that was seen as
    another class on the way there, and is seen rightly again at the rim, counts as a failure.

    Cost: at most 4 forward passes and 1 backward pass.

    Args:
        eps: the length of the step, in units of x; see `pgd`.
        net, x, target, norm, targeted, bounds, frames: as for `pgd`.

    Returns:
        The Trace. An input that is there already takes 0 steps.

    Raises:
        TypeError, ValueError: an argument is invalid.

    Warns:
        UserWarning: an input is at its target already, or has a gradient of 0.
    """
    return pgd(
        net, x, target, eps=eps, norm=norm, steps=1, step_size=eps, random_start=False,
        targeted=targeted, bounds=bounds, frames=frames,
    )  # fmt: skip
