"""One change for all images (arXiv 1610.08401)."""

import warnings
from dataclasses import dataclass, field, replace

import numpy as np

from autograd import Tensor, array_module, to_cpu
from autograd.device import Array

from .arguments import Bounds, check_inputs, check_number, check_rng, check_share, check_whole
from .ball import check_size, make_ball
from .criterion import MISCLASSIFIED
from .deepfool import deepfool
from .loss_ascent import loss_direction
from .model import Net, evaluation, scores, scores_only
from .norms import flat, nonzero
from .target import Target, choose_target
from .trace import Recorder, Trace


@dataclass(frozen=True, repr=False, eq=False)
class UniversalTrace(Trace):
    """A Trace of N inputs with the change that they have in common.

    Attributes:
        universal: (...) the change v, like one input. Inputs that were not among the N are moved by
            it as these: `(x + trace.universal).clip(low, high)`.
        others: see `Trace`. A step is an epoch.
    """

    universal: Array = field(kw_only=True)

    @property
    def fooling_rate(self) -> float:
        """The share of the inputs that are misclassified, from 0 to 1."""
        return float(self.success.mean())


def universal_perturbation(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    eps: float | Array,
    norm: str = "linf",
    method: str = "ascent",
    epochs: int = 5,
    fooling_rate: float = 1.0,
    step_size: float | Array | None = None,
    decay: float = 0.9,
    batch_size: int = 16,
    bounds: Bounds | None = (-1.0, 1.0),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: UniversalTrace | None = None,
) -> UniversalTrace:
    """v with ‖v‖ ≤ ε, such that the net misclassifies x + v for most of the inputs x.

    Moosavi-Dezfooli et al. 2016 (arXiv 1610.08401), who find that v fools the net on other images
    of the same kind as well, and to some degree other nets. From v = 0, for each batch:

    - method="deepfool" is theirs (algorithm 1, when batch_size=1): v ← P(v + Σ r), with r the
      shortest way, by `deepfool`, to another class for each x + v that is not misclassified yet.
    - method="ascent": m ← μ m + g/‖g‖₁ and v ← P(v + α · sign m), or with "l2" α · m/‖m‖₂, where
      g = Σ ∂L/∂x at the x + v, each as `pgd` takes it. So `momentum_fgsm` for many images at once.

    The traps. The shortest ways are short, and add up slowly: they need thousands of images. (After
    80 crops of 22 photographs, with ε = 10/255 and SqueezeNet 1.1, v was at a tenth of ε.) The mean
    gradient of a batch is about its images; the momentum makes v be about others, too. (After 25
    batches of 16 crops, 15 of 22 photographs that were held out were misclassified, and without
    momentum 8.) Few views are learned by heart: 4 of each of 22 photographs gave a v that changed
    the verdict on 48 % of views of others, and 20 of each one on 77 to 91 % (three splits; random
    signs of that size on 32 to 43 %). So measure the rate on others than v was made with.

    Cost: for each epoch 1 forward and 1 backward pass for each input, and 1 forward pass to see
    what is misclassified; with "deepfool" some ten times as much.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats within the bounds, the more varied the better: several crops of
            each photograph.
        target: the class that is left: an int, or N ints. None is the one that the net sees in x,
            so that to be misclassified is to change the net's mind.
        eps: ε, the most that v is; see `pgd`.
        norm: "linf" or "l2".
        method: "ascent" or "deepfool".
        epochs: how often the inputs are gone through, in another order each time.
        fooling_rate: an epoch after which this share of x is misclassified is the last.
        step_size: α, for "ascent". None is ε / 10.
        decay: μ, for "ascent".
        batch_size: the inputs that v is changed for at once, and the most per forward pass.
        bounds: (low, high) that no entry of an x + v leaves, or None; see `pgd`.
        rng: a seed or a Generator, for the order of the inputs.
        frames: keep the inputs after every so many epochs; see `Trace`.
        progress: show a bar, with the share that is misclassified.
        resume: as for `all_gradients`; to go on, give more `epochs`. An epoch that Ctrl-C ended
            counts as one in what is returned, and goes on where it was.

    Returns:
        The UniversalTrace. Its history has the scores after each epoch. Ctrl-C ends it, and what
        was reached until then is returned.

    Raises:
        TypeError, ValueError: an argument is invalid.

    Warns:
        UserWarning: v is 0, since every gradient was.
    """
    check_inputs(x)
    ball = make_ball(norm, eps, bounds, x)
    if method not in ("ascent", "deepfool"):
        raise ValueError(f'method: expected "ascent" or "deepfool", got {method!r}')
    check_whole(epochs, "epochs")
    check_share(fooling_rate, "fooling_rate")
    step_size = ball.eps / 10 if step_size is None else check_size(step_size, "step_size", norm, x)
    decay = check_number(decay, "decay")
    check_whole(batch_size, "batch_size")
    rng = check_rng(rng)
    xp = array_module(x)
    recorder, failure = Recorder(x, frames, resume, "universal_perturbation"), "step limit"
    around_0 = replace(ball, bounds=None)  # They are for x + v.
    zero = xp.zeros_like(x[:1])
    per_epoch = -(-len(x) // batch_size)
    v, m, latest, classes, done, order, rng = recorder.begin(zero, zero, None, None, 0, None, rng)
    bar = recorder.bar(epochs * per_epoch, progress, "batches", done)
    with evaluation(net), bar:

        def look() -> Array:
            """The scores of all inputs with v."""
            return scores_only(net, ball.within(x + v), batch_size)

        def fooled() -> float:
            return float(MISCLASSIFIED.met(latest, classes).mean())

        if latest is None:
            latest = look()
            classes = choose_target(target, latest)
        try:
            for batch in range(done, epochs * per_epoch):
                if batch % per_epoch == 0:
                    if batch and fooled() >= fooling_rate:
                        break
                    recorder.record(ball.within(x + v), latest)
                    order = rng.permutation(len(x))
                i = batch % per_epoch * batch_size
                rows = xp.asarray(order[i : i + batch_size])
                moved = ball.within(x[rows] + v)
                if method == "ascent":
                    g = mean_direction(net, moved, classes[rows])
                    m = decay * m + g / nonzero(abs(flat(g)).sum(axis=1), g)
                    step = step_size * ball.steepest(m)
                else:
                    step = shortest_ways(net, moved, classes[rows])
                v = around_0.project(zero, v + step)
                if (batch + 1) % per_epoch == 0:
                    latest = look()
                    bar.set_postfix_str(f"{fooled():.0%} misclassified", refresh=False)
                recorder.checkpoint(v, m, latest, classes, batch + 1, order, rng)
                bar.update()
        except KeyboardInterrupt:
            failure, latest = "interrupted", look()
    epoch = recorder.step
    recorder.record(ball.within(x + v), latest)
    success = to_cpu(MISCLASSIFIED.met(latest, classes))
    if failure == "step limit" and not v.any() and not success.all():
        warnings.warn(
            "net(x): the gradients were 0 everywhere, and so is the universal perturbation",
            stacklevel=2,
        )
    return UniversalTrace(
        **recorder.arrays(ball.within(x + v)),
        success=success,
        steps=np.full(len(x), epoch),
        reason=np.where(success, MISCLASSIFIED.reason, failure),
        state=recorder.state,
        universal=v[0],
    )


def mean_direction(net: Net, x: Array, classes: Array) -> Array:
    """The mean over inputs (M, ...) of the way up their loss: (1, ...)."""
    inputs = Tensor(x)
    return loss_direction(scores(net, inputs), inputs, classes).mean(axis=0, keepdims=True)


def shortest_ways(net: Net, x: Array, classes: Array) -> Array:
    """The sum of the shortest ways from inputs (M, ...) out of their classes: (1, ...).

    Raises:
        KeyboardInterrupt: it was pressed meanwhile.
    """
    trace = deepfool(net, x, classes, bounds=None)
    if "interrupted" in trace.reason:
        raise KeyboardInterrupt
    return trace.perturbation.sum(axis=0, keepdims=True)
