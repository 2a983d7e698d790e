"""What an image is to become: how far it is from it, by the layers of a net."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from math import prod

import numpy as np

from autograd import Tensor, adaptive_avg_pool2d, array_module, grad, no_grad, stack, tap, to_cpu
from autograd.device import Array

from .layer import find_layer
from .model import Net
from .style_losses import content_loss, gram_matrix, style_loss, tv_loss
from .style_pictures import Style


class Goal:
    """The content of one picture, the styles of others, and little variation.

    The features of the content, and the Gram matrices of the styles, are computed once.

    Args:
        net: a Module of nets in eval mode.
        content: (N, C, H, W).
        styles: one or more.
        content_layer: the name of a layer.
        style_layers: {name: weight}.
        content_weight, tv_weight: the weights of the other losses.

    Raises:
        ValueError: a layer gives no maps, or not once; a style does not go through the net; or
            features have a NaN or Inf.
    """

    def __init__(
        self,
        net: Net,
        content: Array,
        styles: Sequence[Style],
        content_layer: str,
        style_layers: Mapping[str, float],
        content_weight: float,
        tv_weight: float,
    ):
        self.net, self.styles, self.size = net, styles, content.shape[2:]
        self.layers = [content_layer, *style_layers]
        self.layer_weights = [*style_layers.values()]
        self.content_weight, self.tv_weight = content_weight, tv_weight
        with no_grad():
            self.content, *features = activations(net, Tensor(content), self.layers)
            sizes = [f.shape[2:] for f in features]
            self.masks = [masks_at(sizes, style.mask) for style in styles]
            self.grams = [self.grams_of(style) for style in styles]
        for wanted in (self.content, *(gram for grams in self.grams for gram in grams)):
            if not array_module(wanted.data).isfinite(wanted.data).all():
                raise ValueError("net: its features have a NaN or Inf; are the weights finite?")

    def grams_of(self, style: Style) -> list[Tensor]:
        """The Gram matrices of a style's picture, one for each layer."""
        try:
            features = activations(self.net, Tensor(style.picture), self.layers[1:], stop=True)
        except ValueError as error:  # The content went through.
            raise ValueError(
                f"style: a picture of {style.picture.shape} does not go through the net: {error}"
            ) from None
        masks = masks_at([f.shape[2:] for f in features], style.source_mask)
        return [gram_matrix(f, mask) for f, mask in zip(features, masks, strict=True)]

    def losses(self, x: Tensor) -> Tensor:
        """The content, style and total-variation losses of images like the content: (N, 3)."""
        content, *features = activations(self.net, x, self.layers, stop=True)
        style = 0
        for each, grams, masks in zip(self.styles, self.grams, self.masks, strict=True):
            style = style + each.weight * style_loss(features, grams, self.layer_weights, masks)
        parts = [
            content_loss(content, self.content, self.content_weight),
            style,
            tv_loss(x, self.tv_weight),
        ]
        return stack(parts, axis=1)


def masks_at(sizes: Sequence[tuple[int, int]], mask: Array | None) -> list[Array | None]:
    """A mask at each of the sizes, as the mean of what it is in each cell; None stays None."""
    if mask is None:
        return [None] * len(sizes)
    return [adaptive_avg_pool2d(mask, size).data for size in sizes]


def warn_of_small(goal: Goal, stacklevel: int) -> None:
    """Warn of pictures of which a unit of the coarsest layer sees all: they have no statistics."""
    for style in goal.styles:
        x = Tensor(style.picture[:1])
        features = activations(goal.net, x, goal.layers[1:], stop=True)
        layer, f = min(
            zip(goal.layers[1:], features, strict=True), key=lambda pair: prod(pair[1].shape[2:])
        )
        *_, height, width = f.shape
        g = to_cpu(grad(f[0, :, height // 2, width // 2].sum(), x).data[0]).any(axis=0)
        # At the borders, units with a stride may not reach the last pixels.
        if all(
            extent(g.any(axis=axis)) > size - size / units
            for axis, size, units in zip((1, 0), g.shape, (height, width), strict=True)
        ):
            warnings.warn(
                f"style: a unit of {layer!r} sees all of a picture of {g.shape} pixels, so that "
                "its Gram matrix tells the picture rather than its style; take a larger one",
                stacklevel=stacklevel,
            )


def extent(seen: np.ndarray) -> int:
    """From the first True to the last, in pixels."""
    places = np.flatnonzero(seen)
    return places[-1] - places[0] + 1 if places.size else 0


class Enough(Exception):
    """The last layer that is asked for has run: what comes after it need not be computed."""


def activations(net: Net, x: Tensor, layers: Sequence[str], *, stop: bool = False) -> list[Tensor]:
    """What each of the layers returns in net(x).

    Args:
        stop: as soon as all have run, without looking whether one will run again.

    Raises:
        TypeError, ValueError: as `find_layer`; or a layer ran not once but never, or several times.
    """
    kept = {layer: [] for layer in layers}

    def keep(layer: str, y: Tensor) -> None:
        kept[layer].append(y)
        if stop and all(kept.values()):
            raise Enough

    with suppress(Enough), ExitStack() as taps:
        for layer in kept:
            taps.enter_context(tap(find_layer(net, layer), partial(keep, layer)))
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
