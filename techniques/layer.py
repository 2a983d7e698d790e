"""Finding a layer by its name, and what it gives for an input."""

import difflib
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from autograd import Tensor, tap

from .model import Net, check_net, scores


def find_layer(net: Net, layer: str, name: str = "layer") -> Callable:
    """The module of that name in the net.

    Args:
        layer: a dotted name that `net.named_modules()` gives, such as "features.12".
        name: the argument's, for the errors.

    Raises:
        TypeError: the net is none, or has no named modules, or the name is no string.
        ValueError: no module has that name; the error lists the nearest names.
    """
    check_net(net)
    if not hasattr(net, "named_modules"):
        raise TypeError(
            f"{name}: the net, a {type(net).__name__}, has no named_modules() to find a layer in"
        )
    if not isinstance(layer, str):
        raise TypeError(f"{name}: expected a name such as 'features.12', got {layer!r}")
    modules = dict(net.named_modules())
    if layer in modules and layer:
        return modules[layer]
    names = [each for each in modules if each]
    near = difflib.get_close_matches(layer, names, n=5, cutoff=0.4) or names[:10]
    raise ValueError(f"{name}: no layer is named {layer!r}; the nearest: {', '.join(near)}")


def scores_and_activation(net: Net, x: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """net(x), and what the layer returned on the way. Raises as `scores_and_activations` does."""
    s, (activation,) = scores_and_activations(net, x, [layer])
    return s, activation


def scores_and_activations(
    net: Net, x: Tensor, layers: Sequence[str]
) -> tuple[Tensor, list[Tensor]]:
    """net(x), and what each of the layers returned on the way.

    Raises:
        TypeError, ValueError: as `find_layer` and `scores`; or a layer ran not once but never, or
            several times; or it gave no Tensor with a row for each input.
    """
    kept = [[] for _ in layers]
    with ExitStack() as taps:
        for layer, outputs in zip(layers, kept, strict=True):
            taps.enter_context(tap(find_layer(net, layer), outputs.append))
        s = scores(net, x)
    for layer, outputs in zip(layers, kept, strict=True):
        if len(outputs) != 1:
            raise ValueError(f"layer: {layer!r} ran {len(outputs)} times in net(x), expected once")
        (y,) = outputs
        expected = f"layer: expected one that gives a Tensor ({len(x)}, ...), but {layer!r} gives"
        if not isinstance(y, Tensor):
            raise TypeError(f"{expected} {type(y).__name__}")
        if y.shape[:1] != x.shape[:1]:
            raise ValueError(f"{expected} {y.shape}")
    return s, [outputs[0] for outputs in kept]
