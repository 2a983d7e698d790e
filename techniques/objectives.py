"""What is to be large: objectives of feature visualisation, which add and multiply.

    from techniques import activation_maximization, objectives

    wanted = objectives.channel("features.7", 12) + 0.1 * objectives.diversity("features.7")

An objective is a number for each image. It may read what layers give, the scores, and the image
itself; with the minus sign it is a penalty. After Olah et al. 2017 (10.23915/distill.00007) and
their library Lucid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import numpy as np

from autograd import Tensor, abs, array_module, mean, norm, reshape, sum, to_cpu
from autograd.device import Array

from .arguments import check_inputs, check_number
from .layer import find_layer, scores_and_activations
from .model import Net
from .neuron_gradient import Neuron, check_neuron
from .style_losses import check_maps, gram_matrix, tv_loss
from .target import Target, choose_target


class Seen(NamedTuple):
    """What an objective may read: N images, and what the net made of them.

    Attributes:
        image: (N, C, H, W), before they were jittered, turned or scaled; the net saw them after.
        scores: (N, K).
        layers: {name: what the layer gave, (N, ...)}, of the layers that the objective names.
    """

    image: Tensor
    scores: Tensor
    layers: dict[str, Tensor]


@dataclass(frozen=True)
class Objective:
    """A number for each image: the layers that it reads, and `value(seen)`, a Tensor (N,).

    Objectives, and numbers, can be added, subtracted and multiplied.
    """

    layers: tuple[str, ...]
    value: Callable[[Seen], Tensor]

    def __add__(self, other: Objective | float) -> Objective:
        return combined(self, other, lambda a, b: a + b)

    def __mul__(self, other: Objective | float) -> Objective:
        return combined(self, other, lambda a, b: a * b)

    def __sub__(self, other: Objective | float) -> Objective:
        return combined(self, other, lambda a, b: a - b)

    def __rsub__(self, other: float) -> Objective:
        return -self + other

    def __neg__(self) -> Objective:
        return self * -1

    __radd__, __rmul__ = __add__, __mul__

    def of(self, net: Net, image: Tensor, shown: Tensor | None = None) -> Tensor:
        """The value (N,) for images, of which the net is `shown` what became of them, if given.

        Raises:
            TypeError, ValueError: the net has no such layer, or the objective does not fit it.
        """
        s, outputs = scores_and_activations(net, image if shown is None else shown, self.layers)
        return self.value(Seen(image, s, dict(zip(self.layers, outputs, strict=True))))


def combined(a: Objective, b: Objective | float, operation: Callable) -> Objective:
    if isinstance(b, Objective):
        layers = tuple(dict.fromkeys(a.layers + b.layers))
        return Objective(layers, lambda seen: operation(a.value(seen), b.value(seen)))
    if not isinstance(b, Real):
        raise TypeError(f"expected an objective or a number beside an objective, got {b!r}")
    return Objective(a.layers, lambda seen: operation(a.value(seen), b))


def check_objective(objective: Objective, net: Net) -> None:
    """`objective` must be one, and the net have its layers.

    Raises:
        TypeError, ValueError: otherwise; for an unknown layer the error lists the nearest names.
    """
    if not isinstance(objective, Objective):
        raise TypeError(
            "objective: expected one of techniques.objectives, such as "
            f'objectives.channel("features.7", 12), got {objective!r}'
        )
    for name in objective.layers:
        find_layer(net, name)


# Of the net --------------------------------------------------------------------------------------


def class_score(target: Target) -> Objective:
    """s_c, the score of class c before softmax.

    Args:
        target: c, an int for all images, or one for each.
    """
    if target is None:
        raise ValueError("class_score: target: expected a class, an int, or one for each image")

    def value(seen: Seen) -> Tensor:
        xp = array_module(seen.scores.data)
        rows = xp.arange(len(seen.scores.data))
        return seen.scores[rows, choose_target(target, seen.scores.data)]

    return Objective((), value)


def channel(layer: str, channel: int | Sequence[int]) -> Objective:
    """The mean of a channel over its map: a texture, or a part of things, all over the image.

    Args:
        layer: the name of a layer that gives (N, C, ...), such as "features.7".
        channel: which of the C, an int for all images, or one for each.
    """

    def value(seen: Seen) -> Tensor:
        a = seen.layers[layer]
        n, count = a.shape[:2]
        chosen = to_cpu(channel) if hasattr(channel, "dtype") else np.asarray(channel)
        if chosen.dtype.kind not in "iu" or chosen.shape not in ((), (n,)):
            raise ValueError(
                f"channel: expected an int, or {n} of them, one for each image, got {channel!r}"
            )
        if chosen.size and not 0 <= chosen.min() <= chosen.max() < count:
            raise ValueError(
                f"channel: {layer!r} has the channels 0 to {count - 1}, got {channel!r}"
            )
        xp = array_module(a.data)
        of_each = a[xp.arange(n), xp.asarray(np.broadcast_to(chosen, n))]
        return mean(reshape(of_each, (n, -1)), axis=1)

    return Objective(named(layer, "channel"), value)


def neuron(layer: str, neuron: Neuron) -> Objective:
    """What a single unit gives: what it wants to see, where it looks.

    Args:
        layer: the name of a layer.
        neuron: (channel, row, column) in a layer of maps (N, C, h, w), or a channel alone, of which
            the unit in the middle is meant; an int in a layer of vectors.
    """

    def value(seen: Seen) -> Tensor:
        a = seen.layers[layer]
        maps_alone = a.ndim == 4 and not isinstance(neuron, Sequence)
        place = (neuron, a.shape[2] // 2, a.shape[3] // 2) if maps_alone else neuron
        return a[(slice(None), *check_neuron(place, a.shape[1:]))]

    return Objective(named(layer, "neuron"), value)


def layer(layer: str) -> Objective:
    """The mean of a layer's squares, over all its channels: more of whatever it sees."""

    def value(seen: Seen) -> Tensor:
        a = seen.layers[layer]
        return mean(reshape(a, (len(a.data), -1)) ** 2, axis=1)

    return Objective(named(layer, "layer"), value)


def direction(layer: str, vector: Array) -> Objective:
    """The mean over the map of ⟨a, v⟩, for the channels a of each place: a mixture of channels.

    Args:
        layer: the name of a layer that gives (N, C, ...).
        vector: v, an array (C,) of numbers.
    """
    vector = to_cpu(vector)
    if vector.ndim != 1 or vector.dtype.kind not in "iuf" or not np.isfinite(vector).all():
        raise ValueError(
            f"direction: vector: expected (C,) finite numbers, got {vector.dtype} {vector.shape}"
        )

    def value(seen: Seen) -> Tensor:
        a = seen.layers[layer]
        if a.ndim < 2 or a.shape[1] != len(vector):
            raise ValueError(
                f"direction: vector: {layer!r} gives {a.shape}, expected {a.shape[1]} numbers, "
                f"one for each channel, got {len(vector)}"
            )
        v = array_module(a.data).asarray(vector.astype(a.dtype))
        places = mean(reshape(a, (*a.shape[:2], -1)), axis=2)
        return places @ v

    return Objective(named(layer, "direction"), value)


def diversity(layer: str) -> Objective:
    """Minus the mean cosine between an image's Gram matrix and those of the others of the batch.

    Added to another objective it makes the images of a batch show its different sides. It is the
    one objective that depends on the whole batch.

    Args:
        layer: the name of a layer that gives maps (N, C, h, w), with N at least 2.
    """

    def value(seen: Seen) -> Tensor:
        a = seen.layers[layer]
        n = len(a.data)
        if n < 2:
            raise ValueError("diversity: expected a batch of at least 2 images, got 1")
        check_maps(a, f"diversity: layer {layer!r}")
        gram = reshape(gram_matrix(a), (n, -1))
        # Of an image in which the layer is off, everything is 0.
        size = norm(gram, axis=1, keepdims=True)
        unit = gram / (size + (size.data == 0))
        others = sum(unit, axis=0, keepdims=True) - unit
        return -sum(unit * others, axis=1) / (n - 1)

    return Objective(named(layer, "diversity"), value)


def likeness(layer: str, wanted: Array) -> Objective:
    """−‖Φ − Φ₀‖² / ‖Φ₀‖², how nearly a layer gives what it gave for something else.

    The loss of arXiv 1412.0035 (equation 2), with the minus sign.

    Args:
        layer: the name of the layer.
        wanted: Φ₀, an array like what the layer gives for the batch or for one image of it, as
            `layer_activation` returns it.
    """
    check_inputs(wanted, "likeness: wanted")
    size = (wanted**2).reshape(len(wanted), -1).sum(axis=1)
    if not (size > 0).all():
        raise ValueError(f"likeness: layer {layer!r} is wanted to give only zeros")

    def value(seen: Seen) -> Tensor:
        a = seen.layers[layer]
        if wanted.shape not in (a.shape, (1, *a.shape[1:])):
            raise ValueError(
                f"likeness: wanted: expected what {layer!r} gives, {a.shape}, got {wanted.shape}"
            )
        return -sum(reshape((a - wanted) ** 2, (len(a.data), -1)), axis=1) / size

    return Objective(named(layer, "likeness"), value)


# Of the image itself -----------------------------------------------------------------------------


def roughness() -> Objective:
    """Σ (differences of neighbours)² / (H·W), down and right: the total variation with β = 2.

    A penalty: `channel(...) - 0.1 * roughness()`. See arXiv 1412.0035, section 3.2.
    """
    return Objective((), lambda seen: tv_loss(seen.image) / (seen.image[0, 0].size))


def extremeness(alpha: float = 6.0) -> Objective:
    """The mean of |x|^α over the image, which keeps entries from growing far beyond 1.

    A penalty: the α-norm of arXiv 1412.0035, section 3.2, where α is 6.
    """
    alpha = check_number(alpha, "extremeness: alpha", above=1)

    def value(seen: Seen) -> Tensor:
        x = reshape(seen.image, (len(seen.image.data), -1))
        return mean(abs(x) ** alpha, axis=1)

    return Objective((), value)


def named(layer: str, objective: str) -> tuple[str]:
    if not isinstance(layer, str) or not layer:
        raise TypeError(
            f"{objective}: expected the name of a layer, such as 'features.7', got {layer!r}"
        )
    return (layer,)
