"""What a layer gives: the numbers that the later layers see of an input."""

from autograd import Tensor, array_module, no_grad
from autograd.device import Array

from .arguments import check_inputs, check_whole
from .layer import find_layer, scores_and_activation
from .model import Net, evaluation


def layer_activation(net: Net, x: Array, *, layer: str, batch_size: int = 64) -> Array:
    """y, what the layer gives for x in eval mode. Agrees with Captum's `LayerActivation`.

    The trap: a unit that is strongly active need not matter to any score. Which do is said by
    `layer_conductance` and `internal_influence`.

    Cost: 1 forward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        x: inputs (N, ...) of floats.
        layer: the name of a layer, such as "features.12".
        batch_size: the most inputs per forward pass.

    Returns:
        An array shaped like what the layer gives, (N, ...).

    Raises:
        TypeError, ValueError: an argument is invalid, or no layer has that name.
    """
    check_inputs(x)
    check_whole(batch_size, "batch_size")
    find_layer(net, layer)
    with evaluation(net):
        return activations(net, x, layer, batch_size)


def activations(net: Net, x: Array, layer: str, batch_size: int) -> Array:
    """What the layer gives for inputs (M, ...), `batch_size` of them at a time."""
    with no_grad():
        parts = [
            scores_and_activation(net, Tensor(x[i : i + batch_size]), layer)[1].data
            for i in range(0, len(x), batch_size)
        ]
    return array_module(x).concatenate(parts)
