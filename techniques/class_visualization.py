"""What a class looks like to the net (arXiv 1312.6034)."""

from contextlib import suppress
from math import prod, sqrt

import numpy as np

from autograd import Tensor, array_module
from autograd.device import Array

from .adam import Adam
from .arguments import (
    Bounds,
    as_entries,
    check_bounds,
    check_inputs,
    check_number,
    check_rng,
    check_whole,
    within,
)
from .blur import gaussian_blur
from .criterion import TARGET_REACHED
from .model import Net, evaluation, score_gradient, scores, scores_only
from .norms import unit
from .target import Target, choose_target
from .trace import Recorder, Trace


def class_visualization(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    steps: int = 100,
    optimizer: str = "normalized",
    lr: float | None = None,
    l2: float = 1e-3,
    mean: float | Array = 0.0,
    jitter: int = 0,
    blur: float = 0.0,
    blur_every: int = 10,
    bounds: Bounds | None = (-1.0, 1.0),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """argmax_I s_c(I) − λ‖I‖², an image that maximises the score of class c, by ascent from x.

    Simonyan et al. 2013 (arXiv 1312.6034, section 2). The helps towards pictures that people can
    read are those of Yosinski et al. 2015 (arXiv 1506.06579) as the course CS231n uses them: on
    3×224×224, lr=25, l2=1e-3, steps=100, jitter=16, blur=0.5, blur_every=10. For several classes at
    once, start from several images: `class_visualization(net, noise, range(10))`.

    The paper starts from zeros, and adds the mean of the training images afterwards, for its nets
    take images less that mean, as do those for ImageNet: to them zeros are the mean image, and
    `deprocess` adds it. Where a net takes images as they are, the same is to start from x = mean
    with `mean=mean`. The paper's other start is noise.

    Two traps. Zeros can be a dead start: in a net without biases every ReLU is off at x = 0, so the
    gradient is 0 and nothing moves; then start from noise. And the picture shows what raises the
    score, which need not be what examples of the class look like.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: the images to start from (N, ...), within the bounds: zeros, noise, a photograph.
        target: the class c: an int, or N ints; None for the one that the net sees in x.
        steps: how many, for every image.
        optimizer: what a step is, with g the gradient of what is maximised: "normalized",
            lr · g/‖g‖₂, of the same length for every image, or 0 where g is; "sgd", lr · g;
            "adam", Adam's (arXiv 1412.6980), with the paper's settings.
        lr: the learning rate. None is, for "normalized", CS231n's 25, scaled with the root of the
            number of entries D, 25·√(D / (3·224²)); for "sgd" 1; for "adam" 0.05.
        l2: λ.
        mean: I is x − mean: a number, or an array that broadcasts to one image.
        jitter: in each step the images are rolled by up to so many pixels, down or up, right or
            left, and rolled back after it. The shift is the same for the whole batch.
        blur: the σ, in pixels, of a Gaussian blur after the first step and every `blur_every`-th
            from there; 0 for none.
        bounds: (low, high) that no entry leaves, numbers or arrays that broadcast to one image,
            (C, 1, 1) for one per colour; or None.
        rng: a seed or a Generator, which draws the jitter.
        frames: keep the images after every so many steps (True: every one); see `Trace`.
        progress: show a bar, with the mean score of the classes.
        resume: as for `all_gradients`.

    Returns:
        The Trace. All images take all the steps, so every reason is "step limit", or "interrupted"
        after Ctrl-C, which returns what was reached. `success` says whether c has the highest score
        in the end. The rows of `history`, but for the last, are the scores of the images as the
        jitter has shifted them.

    Raises:
        TypeError, ValueError: an argument is invalid, or jitter or blur for what is no image.
    """
    check_inputs(x)
    bounds = check_bounds(bounds, x)
    mean = as_entries(mean, x, "mean")
    if not array_module(mean).isfinite(mean).all():
        raise ValueError("mean: has a NaN or Inf")
    check_whole(steps, "steps")
    usual_lr = {
        "normalized": 25 * sqrt(prod(x.shape[1:]) / (3 * 224**2)),
        "sgd": 1.0,
        "adam": 0.05,
    }
    if optimizer not in list(usual_lr):
        raise ValueError(f"optimizer: expected one of {list(usual_lr)}, got {optimizer!r}")
    lr = usual_lr[optimizer] if lr is None else check_number(lr, "lr", above=0)
    l2 = check_number(l2, "l2")
    jitter = check_whole(jitter, "jitter", least=0)
    blur = check_number(blur, "blur")
    check_whole(blur_every, "blur_every")
    if (jitter or blur) and x.ndim != 4:
        raise ValueError(f"jitter, blur: only for images (N, C, H, W), got x of shape {x.shape}")
    rng = check_rng(rng)
    xp = array_module(x)
    recorder = Recorder(x, frames, resume, "class_visualization")
    with evaluation(net), recorder.bar(steps, progress) as bar:
        target = choose_target(target, scores_only(net, x))
        rows = xp.arange(len(x))
        x, adam, rng = recorder.begin(x, Adam(), rng)
        step_along = {"normalized": unit, "sgd": lambda g: g, "adam": adam.step}[optimizer]
        with suppress(KeyboardInterrupt):
            for step in range(recorder.step, steps):
                down, right = rng.integers(-jitter, jitter + 1, 2).tolist()
                shifted = Tensor(xp.roll(x, (down, right), (-2, -1)))
                s = scores(net, shifted)
                g = score_gradient(s, shifted, target)
                if progress:
                    bar.set_postfix(
                        score=f"{float(s.data[rows, target].mean()):.4g}", refresh=False
                    )
                g = xp.roll(g, (-down, -right), (-2, -1)) - 2 * l2 * (x - mean)
                moved = x + lr * step_along(g)
                if blur and step % blur_every == 0:
                    moved = gaussian_blur(moved, blur)
                recorder.record(x, s.data)
                x = within(moved, bounds)
                recorder.checkpoint(x, adam, rng)
                bar.update()
        n, taken = len(x), recorder.step
        last = scores_only(net, x)
        recorder.record(x, last)
    reason = "step limit" if taken == steps else "interrupted"
    return recorder.trace(
        x, TARGET_REACHED.met(last, target), np.full(n, taken), np.full(n, reason)
    )
