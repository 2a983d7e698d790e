"""Class activation maps: tap a layer, weigh its channels, add them up.

A (N, C, h, w), what a layer gives  →  weights, of channels or of places  →  Σ_c w_c A_c (N, h, w)

The members of the family differ in their weights alone. Each is a function of A and of the gradient
∂s_t/∂A there (`from_gradients`), or asks the net more questions.
"""

from collections.abc import Callable, Sequence

from autograd import Tensor, array_module, resize
from autograd.device import Array

from .arguments import check_inputs
from .layer import scores_and_activations
from .model import Net, depends, evaluation, score_gradient
from .target import Target, choose_target

Layers = str | Sequence[str]  # The name of a layer, or of several, whose maps are fused.


def from_gradients(
    make: Callable[[Array, Array], Array],
    net: Net,
    x: Array,
    target: Target,
    layer: Layers,
    relu: bool,
) -> Array:
    """The map that `make(A, g)` gives for A, what the layer gives, and g = ∂s_t/∂A.

    Args:
        make: gives (N, h, w) for A and g, (N, C, h, w) each.
        net, x, target, layer, relu: as for `grad_cam`.

    Raises:
        TypeError, ValueError: as `grad_cam` does.
    """
    check_inputs(x)
    with evaluation(net):
        s, activations = scores_and_maps(net, Tensor(x), layer)
        target = choose_target(target, s.data)
        cams = [make(a.data, score_gradient(s, a, target)) for a in activations]
    return finished(cams, x, layer, relu)


def scores_and_maps(net: Net, x: Tensor, layer: Layers) -> tuple[Tensor, list[Tensor]]:
    """net(x), and for each layer the maps (N, C, h, w) that it gave on the way.

    Raises:
        TypeError, ValueError: there is no layer of that name, it gives no maps, it did not run
            once, or the scores do not depend on it; or several are to be fused of what is no image.
    """
    layers = names_of(layer)
    if isinstance(layer, list | tuple) and x.ndim != 4:
        raise ValueError(
            "layer: the maps of several layers are fused at the size of the images (N, C, H, W), "
            f"but x is {x.shape}"
        )
    s, activations = scores_and_activations(net, x, layers)
    for name, a in zip(layers, activations, strict=True):
        if a.ndim != 4:
            raise ValueError(
                f"layer: expected one that gives maps (N, C, h, w), but {name!r} gives {a.shape}"
            )
        if not depends(s, a):
            raise ValueError(
                f"layer: the scores do not depend on what {name!r} gives, so no map of it tells "
                "anything about them"
            )
    return s, activations


def scores_and_maps_only(
    net: Net, x: Array, layer: Layers, batch_size: int
) -> tuple[Array, list[Array]]:
    """The same as arrays, `batch_size` inputs at a time."""
    scores, *activations = zip(
        *(
            [out.data for out in (s, *maps)]
            for i in range(0, len(x), batch_size)
            for s, maps in [scores_and_maps(net, Tensor(x[i : i + batch_size]), layer)]
        ),
        strict=True,
    )
    xp = array_module(x)
    return xp.concatenate(scores), [xp.concatenate(parts) for parts in activations]


def names_of(layer: Layers) -> list[str]:
    """The name, or the names, as a list.

    Raises:
        ValueError: it is an empty list.
    """
    if not isinstance(layer, list | tuple):
        return [layer]
    if not layer:
        raise ValueError("layer: expected a name or a list of names, got an empty list")
    return list(layer)


def weighted_sum(weights: Array, a: Array) -> Array:
    """Σ_c w_c A_c (N, h, w), for weights (N, C) and A (N, C, h, w)."""
    return (weights[:, :, None, None] * a).sum(axis=1)


def finished(cams: list[Array], x: Array, layer: Layers, relu: bool) -> Array:
    """The maps (N, h, w) of the layers as the techniques return them; see `grad_cam`."""
    xp = array_module(x)
    if relu:
        cams = [xp.maximum(cam, 0) for cam in cams]
    if not isinstance(layer, list | tuple):
        return cams[0]
    return sum(resize(unit_range(cam)[:, None], x.shape[2:]).data[:, 0] for cam in cams) / len(cams)


def unit_range(maps: Array) -> Array:
    """Maps (..., h, w), each shifted and scaled to go from 0 to 1; a constant one becomes zeros."""
    low = maps.min(axis=(-2, -1), keepdims=True)
    extent = maps.max(axis=(-2, -1), keepdims=True) - low
    return (maps - low) / (extent + (extent == 0))
