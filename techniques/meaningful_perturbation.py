"""Meaningful perturbation: blur as little as possible, and the class is gone (arXiv 1704.03296)."""

from dataclasses import dataclass

import numpy as np

from autograd import Tensor, abs, array_module, grad, matmul, resize, softmax, to_cpu
from autograd.device import Array

from .adam import Adam
from .arguments import Baseline, check_baseline, check_images, check_number, check_rng, check_whole
from .blur import gaussian_blur, weights
from .criterion import TARGET_REACHED
from .model import Net, check_depends, evaluation, scores, scores_only
from .target import Target, choose_target
from .trace import Recorder, Trace


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class MaskTrace(Trace):
    """A Trace of images of which a part was replaced, and the mask that says which part.

    Attributes:
        mask: (N, H, W) from 1, where an image is left as it was, to 0, where the baseline has taken
            its place; on the same device as x.
    """

    mask: Array


def meaningful_perturbation(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    goal: str = "delete",
    baseline: Baseline | None = None,
    blur: float = 10.0,
    steps: int = 300,
    lr: float = 0.1,
    l1: float = 1e-4,
    tv: float = 1e-2,
    beta: float = 3.0,
    scale: int = 8,
    smooth: float = 5.0,
    jitter: int = 3,
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: MaskTrace | None = None,
) -> MaskTrace:
    """argmin_m λ₁‖1 − m‖₁ + λ₂ Σ|∇m|^β + p_t(M ⊙ x + (1 − M) ⊙ b), the mask that deletes class t.

    M is the mask m, of few pixels from 0 to 1, enlarged and blurred; b is the image, blurred so far
    that nothing is to be seen in it, and p_t the probability, softmax(s)_t. With goal "preserve" it
    is the mask that keeps the class: argmin_m λ₁‖m‖₁ + λ₂ Σ|∇m|^β − p_t.

    Fong & Vedaldi 2017 (arXiv 1704.03296, equation 4), whose settings for images of 224×224 are the
    defaults (section 4.3). In three things this is simpler. The paper blurs each place by as much
    as its mask says; here two images are mixed, which is the same at 0 and at 1. Its mask starts as
    a disc; here it starts as ones, from which SqueezeNet's came out the same. And its shift is
    that of the image under the mask, in each step another; here so, too, but at the border it
    rolls around.

    Three traps. The probability also falls when another class rises, so the mask may cover what
    speaks against others. It is a property of the blur, as well, since a part whose blur looks like
    the class is not deleted. And where the net does not see the class, there is next to nothing to
    delete: ask what preserves it.

    Cost: 1 forward and 1 backward pass for each step, and 2 forward passes.

    Args:
        net: maps a Tensor (N, C, H, W) to scores (N, K).
        x: images (N, C, H, W).
        target: the class t: None for the highest-scoring, an int, or N ints.
        goal: "delete" or "preserve".
        baseline: b: None for the blurred image, or a number, an array like one image or like x.
        blur: the σ, in pixels, of the Gaussian that makes b.
        steps: how many, by Adam (arXiv 1412.6980), each followed by clipping m to [0, 1]. The
            first ones cover too much, and what need not be covered comes back slowly.
        lr: Adam's learning rate.
        l1, tv: λ₁ and λ₂. The sums are over the pixels of m.
        beta: β, at least 1.
        scale: a pixel of the mask is so many pixels of the image high and wide.
        smooth: the σ, in pixels, of the Gaussian that blurs the enlarged mask.
        jitter: in each step the image and b are rolled by 0 to so many pixels, down and right,
            under the mask. The shift is the same for the whole batch.
        rng: a seed or a Generator, which draws the jitter.
        frames: keep the perturbed images after every so many steps (True: each); see `Trace`.
        progress: show a bar, with the mean probability of the classes.
        resume: as for `all_gradients`.

    Returns:
        The MaskTrace: `mask` is M, and `x` the image perturbed with it. All images take all the
        steps, so every reason is "step limit", or "interrupted" after Ctrl-C, which returns what
        was reached. `success` says whether t is not, or with "preserve"
        is, the highest-scoring class in the end. The rows of `history`, but for the last, are the
        scores with the jitter.

    Raises:
        TypeError, ValueError: an argument is invalid, x is no batch of images, or the scores do
            not depend on x.
    """
    check_images(x)
    if goal not in ("delete", "preserve"):
        raise ValueError(f'goal: expected "delete" or "preserve", got {goal!r}')
    blur = check_number(blur, "blur", above=0)
    b = gaussian_blur(x, blur) if baseline is None else check_baseline(baseline, x)
    check_whole(steps, "steps")
    lr = check_number(lr, "lr", above=0)
    l1 = check_number(l1, "l1")
    tv = check_number(tv, "tv")
    if check_number(beta, "beta") < 1:
        raise ValueError(f"beta: expected a number >= 1, got {beta!r}")
    scale = check_whole(scale, "scale")
    smooth = check_number(smooth, "smooth", above=0)
    jitter = check_whole(jitter, "jitter", least=0)
    rng = check_rng(rng)
    xp = array_module(x)
    n, _, *size = x.shape
    rows = xp.arange(n)
    down, across = (xp.asarray(weights(length, smooth).astype(x.dtype)) for length in size)
    sign = 1 if goal == "delete" else -1

    def enlarged(m: Tensor) -> Tensor:
        return matmul(matmul(down, resize(m, size)), across.T)

    m = xp.ones((n, 1, *(-(-length // scale) for length in size)), x.dtype)
    recorder, reason = Recorder(x, frames, resume, "meaningful_perturbation"), "step limit"
    m, adam, rng = recorder.begin(m, Adam(), rng)
    with evaluation(net), recorder.bar(steps, progress) as bar:
        target = choose_target(target, scores_only(net, x))
        try:
            for _ in range(recorder.step, steps):
                mask = Tensor(m)
                shift = tuple(rng.integers(0, jitter + 1, 2).tolist())
                image, instead = (xp.roll(each, shift, (-2, -1)) for each in (x, b))
                perturbed = instead + enlarged(mask) * (image - instead)
                s = scores(net, perturbed)
                check_depends(s, mask)
                area = (1 - mask).sum() if goal == "delete" else mask.sum()
                p = softmax(s, axis=1)[rows, target].sum()
                if progress:
                    bar.set_postfix_str(f"mean p = {float(p.data) / n:.3g}", refresh=False)
                loss = l1 * area + tv * variation(mask, beta) + sign * p
                moved = (m - lr * adam.step(grad(loss, mask).data)).clip(0, 1)
                recorder.record(perturbed.data, s.data)
                m = moved
                recorder.checkpoint(m, adam, rng)
                bar.update()
        except KeyboardInterrupt:
            reason = "interrupted"
        taken = recorder.step
        mask = enlarged(Tensor(m)).data.clip(0, 1)  # Rounding may pass them.
        perturbed = b + mask * (x - b)
        last = scores_only(net, perturbed)
        recorder.record(perturbed, last)
    seen = TARGET_REACHED.met(last, target)
    return MaskTrace(
        **recorder.arrays(perturbed),
        success=to_cpu(~seen if goal == "delete" else seen),
        steps=np.full(n, taken),
        reason=np.full(n, reason),
        state=recorder.state,
        mask=mask[:, 0],
    )


def variation(mask: Tensor, beta: float) -> Tensor:
    """Σ |differences of neighbours|^β, down and right, over all masks (N, 1, h, w)."""
    down = abs(mask[:, :, 1:, :] - mask[:, :, :-1, :])
    right = abs(mask[:, :, :, 1:] - mask[:, :, :, :-1])
    return (down**beta).sum() + (right**beta).sum()
