"""The layers and channels that flags name, checked before any training, and what they see."""

from collections.abc import Sequence

import numpy as np

import nets
from nets import AdaptiveAvgPool2d, Conv2d, Flatten, KernelFitter, Linear, MaxPool2d, Module
from nets.shape_net import ShapeNet
from techniques import layer_activation
from techniques.layer import find_layer


def untrained(name: str) -> Module:
    """A net with its first weights."""
    made = {"kernel_fitter": KernelFitter, "shape_net": ShapeNet}.get(name)
    return (made or getattr(nets, name))(rng=0)


def outputs(
    name: str, layers: Sequence[str], size: tuple[int, int], flag: str
) -> dict[str, tuple[int, ...]]:
    """The shapes (C, h, w) or (C,) of what layers of a net give for an image (H, W).

    Args:
        flag: the one that the size comes from, for the error.

    Raises:
        ValueError: the net has no such layer, or takes no images of this size.
    """
    net = untrained(name)
    for layer in layers:
        find_layer(net, layer, "--layer")
    x = np.zeros((1, 1 if name == "kernel_fitter" else 3, *size), np.float32)
    try:
        return {layer: layer_activation(net, x, layer=layer).shape[1:] for layer in layers}
    except ValueError as error:
        raise ValueError(
            f"{flag}: {name} takes no images of {size[0]}×{size[1]}: {error}"
        ) from None


def check_channels(flag: str, channels: Sequence[int], given: dict[str, tuple[int, ...]]) -> None:
    """Every channel must be one of each layer; `given` is what `outputs` says of the layers.

    Raises:
        ValueError: otherwise.
    """
    for layer, (count, *_) in given.items():
        for channel in channels:
            if not 0 <= channel < count:
                raise ValueError(
                    f"{flag}: {layer} has the channels 0 to {count - 1}, got {channel}"
                )


def window(net: Module, layer: str) -> tuple[int, int, int] | None:
    """What a unit of a layer sees: the pixels from step · i − before on, as many as the size.

    For row (or column) i of the layer's map, in a net whose layers follow one another, and with
    square windows. Of convolutions side by side, as in SqueezeNet, one alone is more than 1×1.

    Returns:
        (size, step, before); or None if it sees the whole image.
    """
    size, step, before = 1, 1, 0
    inside = False
    for name, module in net.named_modules():
        if inside and not name.startswith(f"{layer}."):
            break
        inside = inside or name == layer
        if isinstance(module, AdaptiveAvgPool2d | Flatten | Linear):
            return None
        if isinstance(module, Conv2d | MaxPool2d):
            conv = isinstance(module, Conv2d)
            kernel = module.weight.shape[2] if conv else module.kernel_size[0]
            size += step * (kernel - 1)
            before += step * module.padding[0]
            step *= module.stride[0]
    return size, step, before


def seen(picture: np.ndarray, sight: tuple[int, int, int] | None, i: int, j: int) -> np.ndarray:
    """The part of a picture (H, W, C) that the unit in row i and column j sees; grey is beyond it.

    Args:
        sight: as `window` gives it.
    """
    if sight is None:
        return picture
    size, step, before = sight
    framed = np.pad(picture, ((size, size), (size, size), (0, 0)), constant_values=0.5)
    top, left = (size + step * k - before for k in (i, j))
    return framed[top : top + size, left : left + size]
