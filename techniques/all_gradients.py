"""Across the boundary on all pixels at once."""

from autograd.device import Array

from .arguments import Bounds, check_number
from .ascent import ascend
from .model import Net
from .target import Target
from .trace import Trace


def all_gradients(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    steps: int = 1000,
    lr: float = 0.1,
    confidence: float | None = None,
    bounds: Bounds | None = (-1.0, 1.0),
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """x ← clip(x + lr · ∂s_t/∂x) on every pixel, until the net sees class t.

    Gradient ascent on the score of the target. Changes are small and everywhere, the opposite of
    `one_gradient`.

    The trap: `confidence=0.0` is a value, not "none". Every probability is at least 0, so nothing
    moves. And a confidence below ½ can be reached while another class is still ahead.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats within the bounds.
        target: the class t to reach: an int, or N ints. None is the highest-scoring class, which
            leaves something to do only together with a confidence.
        steps: the most steps that an input takes.
        lr: the step per gradient.
        confidence: None to stop when t has the highest score, or a number from 0 to 1 to stop when
            the softmax of t is at least that.
        bounds: (low, high) that no entry leaves, those of the net's input space, or None. Each is a
            number, or an array that broadcasts to one input: (C, 1, 1) for one per colour.
        frames: keep the inputs after every so many steps (True: every one); see `Trace`.
        progress: show a bar, with how many inputs are done.
        resume: a Trace of the same call, with fewer steps or ended by Ctrl-C. It goes on from where
            that ended, as if it had not, with its history and frames; `steps` counts those taken
            already. The net, the target and the settings must be the same, for they are not
            compared; x is.

    Returns:
        The Trace. An input that is there already takes 0 steps. One whose gradient is 0 everywhere
        stays where it is, without success.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    lr = check_number(lr, "lr", above=0)
    return ascend(
        net, x, target, lambda _start, _x, g: lr * g, technique="all_gradients", steps=steps,
        bounds=bounds, confidence=confidence, frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
