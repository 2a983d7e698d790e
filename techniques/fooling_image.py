"""A fooling image: the shortest way to another class, in steps of one length."""

from math import prod, sqrt

from autograd.device import Array

from .arguments import Bounds, check_inputs, check_number
from .ascent import ascend
from .model import Net
from .norms import unit
from .target import Target
from .trace import Trace


def fooling_image(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    steps: int = 100,
    lr: float | None = None,
    bounds: Bounds | None = None,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """x ← x + lr · g/‖g‖₂ with g = ∂s_t/∂x, until the net sees class t.

    From the assignments of the Stanford course CS231n: at most 100 steps of length 1, on images of
    3×224×224. Lengths grow with the root of the number of entries D. Without an lr the step is ten
    times as long, 10·√(D / (3·224²)), to arrive soon.

    Two traps. So long a step overshoots. Of 30 walks of photographs through SqueezeNet 1.1 all
    arrived, in 4 steps (the median), but with a grain that one can see where a photograph is plain:
    the largest change was 46/255. With lr=1 it was 18/255, which one cannot, after 13 steps; one
    walk needed 102. And g can be 0, where every ReLU on the way is off, and 0/0 is NaN. Such an
    input stays where it is, and ends without success at the step limit.

    Args:
        lr: the Euclidean length of a step, or None for the one above.
        bounds: None, as in the course, or (low, high) that no entry leaves; see `all_gradients`.
        net, x, target, steps, frames, progress, resume: as for `all_gradients`.

    Returns:
        The Trace.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    if lr is None:
        lr = 10 * sqrt(prod(x.shape[1:]) / (3 * 224**2))
    lr = check_number(lr, "lr", above=0)
    return ascend(
        net, x, target, lambda _start, _x, g: lr * unit(g), technique="fooling_image",
        steps=steps, bounds=bounds, frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
