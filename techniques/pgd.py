"""Projected gradient descent: the strongest attack in a ball that uses first derivatives alone."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from autograd.device import Array

from .arguments import Bounds, check_flag, check_inputs, check_rng, check_whole
from .ball import check_size, make_ball
from .loss_ascent import loss_ascent
from .model import Net
from .target import Target
from .trace import Trace


def pgd(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    eps: float | Array,
    norm: str = "linf",
    steps: int = 40,
    step_size: float | Array | None = None,
    random_start: bool = True,
    restarts: int = 1,
    targeted: bool = False,
    confidence: float | None = None,
    bounds: Bounds | None = (-1.0, 1.0),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """x ← P(x + α · sign ∂L/∂x), where P takes x back to the ball ‖x − start‖ ≤ ε and the bounds.

    Madry et al. 2017 (arXiv 1706.06083), with L the cross-entropy −log softmax(s)_t of the class
    that is left, or of the one that is reached, and then the sign is −. With norm="l2" the step is
    α · g/‖g‖₂. `random_start=False` is the basic iterative method of Kurakin et al. 2016 (arXiv
    1607.02533). Agrees with Foolbox's and torchattacks' attacks of these names, which take all the
    steps with each input. Here one that is done stops.

    Three traps. The gradient is small where the net is sure, and must count all the same: in
    float32, 1 − p_t is rounded to 0 where t is 17 ahead, and a defence that only multiplies the
    scores would be none to beat. So its direction is computed without that factor, in
    `loss_direction`. Steps by the sign are no steps of norm L₂, whatever they are called elsewhere.
    And a failure proves nothing: more steps and restarts may still succeed.

    For adversarial training, `confidence=1.0` has every input take all the steps.

    The random start is the same change for all images of a batch, so each moves as it does alone.

    Cost: 1 forward and 1 backward pass for each step of the inputs that are not done, and a forward
    pass of the batch for each step in which one of them arrives.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats within the bounds.
        target: the class t that is left, best the true one: an int, or N ints. None is the
            highest-scoring class. With targeted=True, the class that is to be reached.
        eps: ε, the radius of the ball, in units of x. With "linf" it may be an array that
            broadcasts to one input: (C, 1, 1) for one per colour, 0 for entries that stay.
        norm: "linf", the largest |entry|, or "l2", the Euclidean length.
        steps: the most steps along the gradient that an input takes after a start.
        step_size: α, like eps. None is 2.5 ε / steps, as in the paper's section 5, so that every
            point of the ball is within reach, and there are steps left to move on its rim.
        random_start: begin at a random point of the ball (uniformly), rather than at x.
        restarts: an input that has failed begins again, so often in all.
        targeted: whether t is to be reached, rather than left.
        confidence: None to stop when the highest-scoring class is another (targeted: is t), or a
            number from 0 to 1 to stop when the probability of the others (targeted: of t) is at
            least that.
        bounds: (low, high) that no entry leaves, those of the net's input space, or None. Each is a
            number, or an array that broadcasts to one input.
        rng: a seed or a Generator, for the random starts.
        frames: keep the inputs after every so many steps (True: every one); see `Trace`.
        progress: show a bar, with how many inputs are done.
        resume: as for `all_gradients`; more `restarts` go on as well. (Give the step_size, which
            hangs on `steps` otherwise.)

    Returns:
        The Trace. An input that is there already takes 0 steps. A random start counts as a step.
        An input that failed is as its last start left it.

    Raises:
        TypeError, ValueError: an argument is invalid.

    Warns:
        UserWarning: an input is at its target already, or has a gradient of 0.
    """
    check_inputs(x)
    ball = make_ball(norm, eps, bounds, x)
    check_whole(steps, "steps")
    if step_size is None:
        step_size = 2.5 * ball.eps / steps
    else:
        step_size = check_size(step_size, "step_size", norm, x)
    check_flag(random_start, "random_start")
    check_whole(restarts, "restarts")
    if restarts > 1 and not random_start:
        raise ValueError("restarts: they need random_start=True, else all end alike")
    memory = SimpleNamespace(rng=check_rng(rng))
    period = steps + random_start
    start = x

    def move(step: int, rows: Array, x: Array, uphill: Callable[[], Array]) -> Array:
        if random_start and step % period == 0:
            return ball.sample(start[rows], memory.rng)
        return ball.project(start[rows], x + step_size * ball.steepest(uphill()))

    return loss_ascent(
        net, x, target, move, technique="pgd", steps=restarts * period, memory=memory,
        targeted=targeted, confidence=confidence, frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
