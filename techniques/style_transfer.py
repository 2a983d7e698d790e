"""Style transfer: the content of one picture in the style of another (arXiv 1508.06576)."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from autograd import Tensor, array_module, grad, no_grad, stack, tap
from autograd.device import Array

from .adam import Adam
from .arguments import Bounds, as_bounds, check_inputs, check_number, check_rng, check_whole
from .layer import find_layer
from .model import Net, evaluation
from .style_losses import content_loss, gram_matrix, style_loss, tv_loss
from .trace import Recorder


@dataclass(frozen=True, repr=False, eq=False)
class StyleTrace:
    """N images on their way to the content of one picture and the style of another.

    Attributes:
        start: (N, C, H, W) the images that it began with.
        x: (N, C, H, W) the result, on the same device. Everything else here is a NumPy array.
        history: (T + 1, N, 3) the content, the style and the total-variation loss, with their
            weights, after 0, 1, ..., T steps.
        frames, frame_steps: images on the way, as in a `Trace`, or None.
    """

    start: Array
    x: Array
    history: np.ndarray
    frames: np.ndarray | None = None
    frame_steps: np.ndarray | None = None

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
            f"StyleTrace({len(self.x)} images of {self.x.shape[1:]}, {len(self.history) - 1} "
            f"steps; median losses: {parts})"
        )


def style_transfer(
    net: Net,
    content: Array,
    style: Array,
    *,
    content_layer: str,
    style_layers: Mapping[str, float],
    content_weight: float = 6e-2,
    tv_weight: float = 2e-2,
    start: str | Array = "content",
    steps: int = 200,
    lr: float = 3.0,
    last_lr: float = 0.1,
    last_steps: int = 50,
    bounds: Bounds | None = (-1.5, 1.5),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
) -> StyleTrace:
    """The image that minimises content loss + style loss + total variation, by Adam's descent.

    Gatys et al. 2015 (arXiv 1508.06576); the losses are in style_losses.py. The features of one
    layer say what is where, the Gram matrices of several say which strokes and colours there are.

    The defaults are those of the Stanford course CS231n for SqueezeNet 1.1 and "The Starry Night",
    with content_layer="features.3" and style_layers={"features.1": 300000, "features.4": 1000,
    "features.6": 15, "features.7": 3}. Steps of 3 throw the image from bound to bound, to where no
    small step leads; smaller ones settle it in the end. For these the course has 20 of the 200
    steps, which end at 0.26 of the loss that they began with (the photograph of Tübingen, 192
    pixels high); with 50 it is 0.21. A quarter of the content_weight makes the style plain to see.

    The trap: a smaller loss is not a better picture. With lr = 0.1 throughout it is 0.18, but the
    image has remained the photograph, with a little of the style's texture.

    Cost: a forward and a backward pass per step.

    Args:
        net: a Module of nets, of which only the layers count. Its convolutions alone will do:
            `net.features`, with the names "3", ....
        content: the pictures whose content is wanted (N, C, H, W), as the net takes them.
        style: the pictures whose style is wanted, (N, C, H', W') of any size, or (1, C, H', W') for
            all.
        content_layer: the name of the layer that is to give what it gives for `content`.
        style_layers: {name: w_l}, for each layer that is to have the Gram matrix it has for
            `style`, its weight.
        content_weight, tv_weight: the weights of the other two losses.
        start: where to begin: "content"; "style", if it has the same size; "noise", normal with a
            standard deviation of 1, the same for all images; or an array shaped like `content`. It
            is clipped to the bounds.
        steps: how many.
        lr: Adam's learning rate, which is about the change of every entry in a step.
        last_lr, last_steps: the learning rate of the last so many steps, or of all if there are no
            more. Adam begins anew with them.
        bounds: (low, high) that no entry leaves, numbers or arrays that broadcast to one image,
            (C, 1, 1) for one per colour; or None.
        rng: a seed or a Generator, which draws the noise.
        frames: keep the images after every so many steps (True: every one); see `Trace`.
        progress: show a bar.

    Returns:
        The StyleTrace.

    Raises:
        TypeError, ValueError: an argument is invalid, no layer has such a name, or it gives no
            maps (N, C, h, w); or features of the images have a NaN or Inf.
    """
    check_inputs(content, "content")
    check_inputs(style, "style")
    check_pictures(content, style)
    style = style.astype(content.dtype)
    bounds = as_bounds(bounds, content)
    check_number(content_weight, "content_weight")
    check_number(tv_weight, "tv_weight")
    check_whole(steps, "steps")
    check_number(lr, "lr", above=0)
    check_number(last_lr, "last_lr", above=0)
    check_whole(last_steps, "last_steps", least=0)
    if not isinstance(style_layers, Mapping) or not style_layers:
        raise ValueError(f"style_layers: expected {{name: weight, ...}}, got {style_layers!r}")
    weights = [check_number(w, f"style_layers[{name!r}]") for name, w in style_layers.items()]
    find_layer(net, content_layer, "content_layer")
    for layer in style_layers:
        find_layer(net, layer, "style_layers")
    x = first_images(start, content, style, check_rng(rng))
    if bounds is not None:
        x = x.clip(*bounds)
    recorder = Recorder(x, frames)
    with evaluation(net):
        with no_grad():
            [content_features] = activations(net, Tensor(content), [content_layer])
            grams = [gram_matrix(f) for f in activations(net, Tensor(style), [*style_layers])]
        for wanted in (content_features, *grams):
            if not array_module(wanted.data).isfinite(wanted.data).all():
                raise ValueError("net: its features have a NaN or Inf; are the weights finite?")

        def losses(x: Tensor) -> Tensor:
            features, *style_features = activations(net, x, [content_layer, *style_layers])
            parts = [
                content_loss(features, content_features, content_weight),
                style_loss(style_features, grams, weights),
                tv_loss(x, tv_weight),
            ]
            return stack(parts, axis=1)

        for step in tqdm(range(steps), desc="steps", disable=not progress):
            image = Tensor(x)
            loss = losses(image)
            recorder.keep(x, loss.data)
            last = step >= steps - last_steps
            if step in (0, steps - last_steps):
                adam = Adam()
            x = x - (last_lr if last else lr) * adam.step(grad(loss.sum(), image).data)
            if bounds is not None:
                x = x.clip(*bounds)
        with no_grad():
            recorder.keep(x, losses(Tensor(x)).data)
    return StyleTrace(**recorder.kept(x))


def activations(net: Net, x: Tensor, layers: Sequence[str]) -> list[Tensor]:
    """What each of the layers returns in net(x).

    Raises:
        TypeError, ValueError: as `find_layer`; or a layer ran not once but never, or several times.
    """
    kept = {layer: [] for layer in layers}
    with ExitStack() as taps:
        for layer, found in kept.items():
            taps.enter_context(tap(find_layer(net, layer), found.append))
        net(x)
    for layer, found in kept.items():
        if len(found) != 1:
            raise ValueError(f"layer: {layer!r} ran {len(found)} times in net(x), expected once")
        if found[0].ndim != 4:
            raise ValueError(
                f"layer: expected layers that give maps (N, C, h, w), but {layer!r} gives "
                f"{found[0].shape}"
            )
    return [kept[layer][0] for layer in layers]


def check_pictures(content: Array, style: Array) -> None:
    if content.ndim != 4:
        raise ValueError(f"content: expected images (N, C, H, W), got {content.shape}")
    n, channels = content.shape[:2]
    if style.ndim != 4 or len(style) not in (1, n) or style.shape[1] != channels:
        raise ValueError(
            f"style: expected images ({n} or 1, {channels}, H, W), to go with the content of "
            f"{content.shape}; got {style.shape}"
        )


def first_images(
    start: str | Array, content: Array, style: Array, rng: np.random.Generator
) -> Array:
    """What `start` means, shaped like `content`."""
    xp = array_module(content)
    shape, dtype = content.shape, content.dtype
    if not isinstance(start, str):
        check_inputs(start, "start")
        if start.shape != shape:
            raise ValueError(f"start: expected the shape of content, {shape}, got {start.shape}")
        return start.astype(dtype)
    if start == "content":
        return content
    if start == "noise":
        return xp.asarray(np.broadcast_to(rng.standard_normal(shape[1:]), shape).astype(dtype))
    if start != "style":
        raise ValueError(f'start: expected "content", "style", "noise" or an array, got {start!r}')
    if style.shape[1:] != shape[1:]:
        raise ValueError(
            f'start: "style" needs a style of the size of the content, {shape[1:]}, '
            f"got {style.shape[1:]}"
        )
    return xp.broadcast_to(style, shape)
