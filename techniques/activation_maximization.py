"""What a unit wants to see: an objective, an image by its parameters, and transformations."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from autograd import Tensor, grad, no_grad, override, to_cpu, where
from autograd.device import Array

from .adam import Adam
from .arguments import check_number, check_rng, check_whole
from .model import Net, depends, evaluation
from .norms import flat, wide
from .objectives import Objective, check_objective
from .parameterizations import Parameterization
from .trace import Recorder, Trace
from .transformations import Transformation, jitter, pad, random_rotate, random_scale


def usual_transformations(size: tuple[int, int]) -> tuple[Transformation, ...]:
    """Lucid's, for images of 128 pixels and more; smaller ones are shifted by less.

    Its jitter cuts a margin off where this one rolls, and so shifts by half as much.
    """
    share = min(1, min(size) / 128)
    return (
        pad(round(12 * share)),
        jitter(round(8 * share)),
        random_scale(0.9, 1.1),
        random_rotate(10),
        jitter(round(4 * share)),
    )


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class FeatureTrace(Trace):
    """A Trace of N images on their way to what an objective wants.

    Attributes:
        parameters: those of the result; `image.at(trace.parameters)` goes on from there.
        success: (N,) bool, whether the objective is larger than at the start.
        history: (T + 1, N) the objective after 0, 1, ..., T steps: of the images as the
            transformations have left them, but in the last row, of the images themselves.
        reason: (N,) "step limit", or "interrupted" by Ctrl-C.
    """

    parameters: Array

    def __repr__(self) -> str:
        before, after = (np.median(self.history[i]) for i in (0, -1))
        return (
            f"FeatureTrace({len(self.x)} images of {self.x.shape[1:]}, {self.steps[0]} steps, "
            f"{self.reason[0]}; median objective {before:.4g} → {after:.4g})"
        )


def feature_trace(recorder: Recorder, x: Array, parameters: Array, reason: str) -> FeatureTrace:
    """The FeatureTrace of the result x, which the recorder has seen last."""
    kept = recorder.arrays(x)
    history = kept["history"]
    return FeatureTrace(
        **kept,
        success=history[-1] > history[0],
        steps=np.full(len(x), len(history) - 1),
        reason=np.full(len(x), reason),
        state=recorder.state,
        parameters=parameters,
    )


def activation_maximization(
    net: Net,
    objective: Objective,
    image: Parameterization,
    *,
    transformations: Sequence[Transformation] | None = None,
    steps: int = 256,
    lr: float = 0.05,
    redirect: int = 16,
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: FeatureTrace | None = None,
) -> FeatureTrace:
    """argmax over parameters p of objective(net(transformed(image(p)))), by Adam's ascent.

    Erhan et al. 2009 began it; the parts are those of Olah et al. 2017 (10.23915/distill.00007):

        activation_maximization(
            net,
            objectives.channel("features.7", range(16)),
            fourier_image((16, 3, 224, 224), bounds=bounds),
        )

    A unit behind a ReLU that is off has no gradient to go by. So in the first steps, of an image
    for which a ReLU would stop all that comes back, it lets through what would raise it (Lucid's
    redirected ReLU).

    Two traps. The image shows an extreme, which need not be what the unit answers to among real
    images. And a large value is no proof of a good picture: without transformations the values are
    larger and the pictures noise.

    Cost: a forward and a backward pass for each step.

    Args:
        net: maps a Tensor (N, C, H, W) to scores (N, K), a Module of nets.
        objective: what is to be large; see objectives.py.
        image: where to start, and what a step moves: `pixel_image` or `fourier_image`.
        transformations: drawn anew for each step, and applied one after another. What comes out
            larger than the image is cut to its size, in the middle. () for none; None for much
            those of Lucid: a frame of zeros, up to 12 pixels of jitter, a tenth of scale, and 10
            degrees.
        steps: how many.
        lr: Adam's learning rate, in units of the parameters.
        redirect: in how many of the first steps dead ReLUs are redirected.
        rng: a seed or a Generator, which draws the transformations.
        frames: keep the images after every so many steps (True: every one); see `Trace`.
        progress: show a bar, with the mean of the objective.
        resume: a trace of the same call, with fewer steps or ended by Ctrl-C, to go on from as if
            it had not ended; see `all_gradients`. (With `image.at(trace.parameters)` another
            ascent begins there.)

    Returns:
        The FeatureTrace. Ctrl-C ends the ascent, and what was reached until then is returned.

    Raises:
        TypeError, ValueError: an argument is invalid; there is no such layer; or the objective's
            gradient at the start is 0 everywhere, or does not depend on the image.
    """
    check_objective(objective, net)
    if not isinstance(image, Parameterization):
        raise TypeError(
            f"image: expected pixel_image(...) or fourier_image(...), got {type(image).__name__}"
        )
    check_transformations(transformations)
    check_whole(steps, "steps")
    lr = check_number(lr, "lr", above=0)
    redirect = check_whole(redirect, "redirect", least=0)
    rng = check_rng(rng)
    with no_grad():
        x = image.image(Tensor(image.parameters)).data
    if transformations is None:
        transformations = usual_transformations(x.shape[2:])
    recorder = Recorder(x, frames, resume, "activation_maximization")
    reason = "step limit"
    p, adam, rng = recorder.begin(image.parameters, Adam(), rng)
    with evaluation(net), recorder.bar(steps, progress) as bar:
        try:
            for step in range(recorder.step, steps):
                parameters = Tensor(p)
                x = image.image(parameters)
                values = objective.of(net, x, transformed(x, transformations, rng))
                with override(relu=redirected) if step < redirect else nullcontext():
                    g = gradient(values, parameters)
                if step == 0:
                    check_moves(g)
                if progress:
                    bar.set_postfix(objective=f"{float(values.data.mean()):.4g}", refresh=False)
                moved = p + lr * adam.step(g)
                recorder.record(x.data, values.data)
                p = moved
                recorder.checkpoint(p, adam, rng)
                bar.update()
        except KeyboardInterrupt:
            reason = "interrupted"
        with no_grad():
            x = image.image(Tensor(p))
            recorder.record(x.data, objective.of(net, x).data)
    return feature_trace(recorder, x.data, p, reason)


def check_transformations(transformations: Sequence[Transformation] | None) -> None:
    if transformations is None:
        return
    if not isinstance(transformations, Sequence) or not all(map(callable, transformations)):
        raise TypeError(
            f"transformations: expected a sequence such as (jitter(4),), got {transformations!r}"
        )


def transformed(
    x: Tensor, transformations: Sequence[Transformation], rng: np.random.Generator
) -> Tensor:
    """The images after all transformations, of the size that they had."""
    height, width = x.shape[2:]
    for change in transformations:
        x = change(x, rng)
    top, left = (max(0, n - m) // 2 for n, m in zip(x.shape[2:], (height, width), strict=True))
    return x[:, :, top : top + height, left : left + width]


def redirected(g: Tensor, out: Tensor, _input: Tensor) -> Tensor:
    """ReLU's rule, but if it stops all of an image's gradient, what would raise it goes through."""
    through = g * (out > 0)
    alive = wide(flat(through.data != 0).any(axis=1), g)
    return where(alive, through, g * (g > 0))


def gradient(values: Tensor, x: Tensor) -> Array:
    """∂Σvalues/∂x.

    Raises:
        ValueError: the values were not computed from x.
    """
    if not depends(values, x):
        raise ValueError("objective: it is not computed, by ops, from the image")
    return grad(values.sum(), x).data


def check_moves(g: Array) -> None:
    """The gradient must not be 0 everywhere in an image, nor have a NaN.

    Raises:
        ValueError: it is.
    """
    size = to_cpu(abs(flat(g)).max(axis=1))
    still = np.flatnonzero(~(size > 0))
    if still.size:
        raise ValueError(
            f"objective: at the start its gradient is 0 everywhere, or NaN, for the images "
            f"{still.tolist()}: is the unit off? Start from other noise or a photograph, or ask "
            "a layer before the ReLU"
        )
