"""Style transfer: the content of one picture in the style of another (arXiv 1508.06576)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograd import Tensor, grad, no_grad
from autograd.device import Array

from .adam import Adam
from .arguments import Bounds, as_bounds, check_images, check_number, check_rng, check_whole, within
from .colors import colors_for
from .layer import find_layer
from .lbfgs import LBFGS, Found
from .model import Net, evaluation
from .scales import sized
from .style_goal import warn_of_small
from .style_pictures import check_styles
from .style_scales import check_scales, first_images, goals_at
from .trace import Recorder, Trace


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class StyleTrace(Trace):
    """A Trace of N images on their way to the content of one picture and the style of another.

    Attributes:
        start: (N, C, H, W) the images that it began with; with several scales, enlarged.
        success: (N,) bool, whether the loss is less than at the start (of the last scale).
        reason: (N,) "step limit", or "interrupted" by Ctrl-C.
        history: (T + 1, N, 3) the content, the style and the total-variation loss, with their
            weights, after 0, 1, ..., T steps. Each scale has its own.
    """

    @property
    def loss(self) -> np.ndarray:
        """(T + 1, N) the sum of the three, which is what was minimised."""
        return self.history.sum(axis=2)

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{name} {before:.4g} → {after:.4g}"
            for name, before, after in zip(
                ("content", "style", "tv"),
                np.median(self.history[0], axis=0),
                np.median(self.history[-1], axis=0),
                strict=True,
            )
        )
        return (
            f"StyleTrace({len(self.x)} images of {self.x.shape[1:]}, {self.steps[0]} steps, "
            f"{self.reason[0]}; median losses: {parts})"
        )


def style_transfer(
    net: Net,
    content: Array,
    style: Array | Sequence[Array],
    *,
    content_layer: str,
    style_layers: Mapping[str, float],
    style_weights: Sequence[float] | None = None,
    content_weight: float = 6e-2,
    tv_weight: float = 2e-2,
    style_mask: Array | Sequence[Array | None] | None = None,
    source_mask: Array | Sequence[Array | None] | None = None,
    preserve_color: bool | str = False,
    start: str | Array = "content",
    scales: int = 1,
    optimizer: str = "adam",
    steps: int = 200,
    lr: float = 3.0,
    last_lr: float = 0.1,
    last_steps: int = 50,
    bounds: Bounds | None = (-1.5, 1.5),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: StyleTrace | None = None,
) -> StyleTrace:
    """The image that minimises content loss + style loss + total variation.

    Gatys et al. 2015 (arXiv 1508.06576); the losses are in style_losses.py. The features of one
    layer say what is where, the Gram matrices of several say which strokes and colours there are.

    The defaults are those of the Stanford course CS231n for SqueezeNet 1.1 and "The Starry Night",
    with content_layer="features.3" and style_layers={"features.1": 300000, "features.4": 1000,
    "features.6": 15, "features.7": 3}. Adam's steps of 3 throw the image from bound to bound, to
    where no small step leads; smaller ones settle it in the end. For these the course has 20 of the
    200 steps, which end at 0.26 of the loss that they began with (the photograph of Tübingen, 192
    pixels high); with 50 it is 0.21. A quarter of the content_weight makes the style plain to see.
    L-BFGS, which the authors take in 2016 (10.1109/CVPR.2016.265), needs no learning rate, and
    comes lower.

    The trap: a smaller loss is not a better picture. With lr = 0.1 throughout it is 0.18, but the
    image has remained the photograph, with a little of the style's texture. So it does with L-BFGS,
    unless it begins with noise.

    Cost: a forward and a backward pass, as far as the last of the layers, per step; with L-BFGS
    sometimes more. With `scales`, the passes of each scale cost a quarter of the next one's.

    Args:
        net: a Module of nets, of which only the layers count. Its convolutions alone will do:
            `net.features`, with the names "3", ....
        content: the pictures whose content is wanted (N, C, H, W), as the net takes them.
        style: the pictures whose style is wanted, (N, C, H', W') of any size, or (1, C, H', W') for
            all; or a sequence of such, whose losses are added.
        content_layer: the name of the layer that is to give what it gives for `content`.
        style_layers: {name: w_l}, for each layer that is to have the Gram matrix it has for
            `style`, its weight.
        style_weights: for each of several styles, by what its loss is multiplied; None for the mean
            of them.
        content_weight, tv_weight: the weights of the other two losses.
        style_mask: where in the content the style applies: an array (N or 1, 1, H, W) in [0, 1], by
            which the features are multiplied before the Gram matrix is made of them; None for
            everywhere; or a sequence, with one for each style. What a mask leaves out has no style,
            but the units of a layer see across its border.
        source_mask: the same in the style's own picture: which part of it is the style.
        preserve_color: whose colours the result has. False: the style's. True or "luminance": those
            of the content, of which only the brightness changes; the net sees everything in grey,
            and the bounds may cut colours off in the end. "histogram": the style's, after they were
            given the mean and the covariance of the content's. See colors.py.
        start: where to begin: "content"; "style", if it has the same size (of several, the first);
            "noise", normal with a standard deviation of 1, the same for all images; or an array
            shaped like `content`. It is clipped to the bounds.
        scales: how many sizes to run through, each twice the one before, up to that of the content,
            for large images: a net sees strokes of a size, however large the image is. What was
            reached at one is enlarged to begin the next.
        optimizer: "adam" or "lbfgs"; see adam.py and lbfgs.py.
        steps: how many at each scale.
        lr: Adam's learning rate, which is about the change of every entry in a step.
        last_lr, last_steps: the learning rate of the last so many steps, or of all if there are no
            more, and of all scales but the smallest. Adam begins anew with them.
        bounds: (low, high) that no entry leaves, numbers or arrays that broadcast to one image,
            (C, 1, 1) for one per colour; or None.
        rng: a seed or a Generator, which draws the noise.
        frames: keep the images after every so many steps (True: every one); see `Trace`.
        progress: show a bar, with the mean loss.
        resume: as for `all_gradients`, a trace of as many scales. Where it had gone through all
            steps, more are taken at the last scale, with the learning rate of its last ones.

    Returns:
        The StyleTrace. Ctrl-C ends the descent, and what was reached until then is returned.

    Raises:
        TypeError, ValueError: an argument is invalid, no layer has such a name, or it gives no
            maps (N, C, h, w); a style's picture is too small for the layers; or features of the
            pictures have a NaN or Inf.

    Warns:
        UserWarning: a style's picture is no larger than what one unit sees.
    """
    check_images(content, "content")
    styles = check_styles(style, style_weights, style_mask, source_mask, content)
    bounds = as_bounds(bounds, content)
    scales = check_scales(scales, content, bounds)
    check_number(content_weight, "content_weight")
    check_number(tv_weight, "tv_weight")
    if optimizer not in ("adam", "lbfgs"):
        raise ValueError(f'optimizer: expected "adam" or "lbfgs", got {optimizer!r}')
    check_whole(steps, "steps")
    check_number(lr, "lr", above=0)
    check_number(last_lr, "last_lr", above=0)
    check_whole(last_steps, "last_steps", least=0)
    if not isinstance(style_layers, Mapping) or not style_layers:
        raise ValueError(f"style_layers: expected {{name: weight, ...}}, got {style_layers!r}")
    for name, weight in style_layers.items():
        check_number(weight, f"style_layers[{name!r}]")
        find_layer(net, name, "style_layers")
    find_layer(net, content_layer, "content_layer")
    colors = colors_for(preserve_color, content, styles, bounds)
    first = first_images(start, content, colors.styles[0].picture, scales, check_rng(rng))
    first = colors.moved(first)
    recorder, reason = Recorder(colors.shown(first), frames, resume, "style_transfer"), "step limit"
    asked = {"scales": scales, "optimizer": optimizer, "preserve_color": preserve_color}
    before, scale, taken, z, descent = recorder.begin(asked, scales - 1, 0, first, None)
    if before != asked:
        raise ValueError(f"resume: expected a trace of {asked}, got one of {before}")
    with evaluation(net), recorder.bar(scales * steps, progress) as bar:
        layers = (content_layer, style_layers)
        goals = goals_at(scales, net, colors, *layers, content_weight, tv_weight)
        warn_of_small(goals[0], stacklevel=3)

        def evaluate(z: Array) -> Found:
            """The losses (N, 3), and the gradient of their sum, at the present scale."""
            moved = Tensor(z)
            losses = goals[scale].losses(colors.seen(moved))
            return losses.data, grad(losses.sum(), moved).data

        found = None
        try:
            while scale or taken < steps:
                if taken >= steps:
                    z, found = sized(z, goals[scale - 1].size), None
                    scale, taken = scale - 1, 0
                found = found or evaluate(z)
                if optimizer == "lbfgs" and taken == 0:
                    descent = LBFGS(colors.bounds)
                elif optimizer == "adam" and taken in (0, steps - last_steps):
                    # Large steps would undo what the smaller scales have reached.
                    large = scale == scales - 1 and taken < steps - last_steps
                    descent = AdamDescent(lr if large else last_lr, colors.bounds)
                moved, there = descent.step(z, found, evaluate)
                if progress:
                    bar.set_postfix(loss=f"{float(found[0].sum(axis=1).mean()):.4g}", refresh=False)
                recorder.record(colors.shown(z), found[0])
                z, found, taken = moved, there, taken + 1
                recorder.checkpoint(asked, scale, taken, z, descent)
                bar.update()
        except KeyboardInterrupt:
            reason = "interrupted"
        with no_grad():
            losses = goals[scale].losses(colors.seen(Tensor(z))).data if found is None else found[0]
        x = colors.shown(z)
        recorder.record(x, losses)
    kept = recorder.arrays(x)
    loss = kept["history"].sum(axis=2)
    return StyleTrace(
        **kept,
        success=loss[-1] < loss[-1 - taken],
        steps=np.full(len(x), len(loss) - 1),
        reason=np.full(len(x), reason),
        state=recorder.state,
    )


class AdamDescent:
    """Adam's steps with one learning rate, within bounds; as for `LBFGS`, a step at a time."""

    def __init__(self, lr: float, bounds: Bounds | None):
        self.lr, self.bounds, self.adam = lr, bounds, Adam()

    def step(
        self, x: Array, found: Found, _evaluate: Callable[[Array], Found]
    ) -> tuple[Array, None]:
        """The inputs after a step, and None for what is found there, which it need not know."""
        return within(x - self.lr * self.adam.step(found[1]), self.bounds), None
