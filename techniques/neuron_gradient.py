"""The gradient of one unit inside the net: what excites it."""

from collections.abc import Sequence

from autograd import Tensor, array_module, grad
from autograd.device import Array

from .arguments import check_inputs, check_whole
from .layer import find_layer, scores_and_activation
from .model import Net, depends, evaluation

Neuron = int | Sequence[int] | Array


def neuron_gradient(net: Net, x: Array, *, layer: str, neuron: Neuron) -> Array:
    """∂y_j/∂x: how much unit j of a layer changes per change of each input entry.

    Signed: where it is positive, more of the input excites the unit. Agrees with Captum's
    `NeuronGradient`.

    The trap: of a unit that is off behind its ReLU it is 0 everywhere. Ask for the layer before
    the ReLU, and see with `layer_activation` what is on.

    Cost: 1 forward pass, and 1 backward pass from the layer on.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        x: inputs (N, ...) of floats.
        layer: the name of a layer, such as "features.12".
        neuron: which number of those that the layer gives for an input: (channel, row, column) in
            a layer of maps (N, C, h, w), and an int in one of vectors.

    Returns:
        An array shaped like x, in units of y per unit of x.

    Raises:
        TypeError, ValueError: an argument is invalid, no layer has that name, it has no such
            unit, or what it gives does not depend on x.
    """
    check_inputs(x)
    find_layer(net, layer)
    with evaluation(net):
        x = Tensor(x)
        y = scores_and_activation(net, x, layer)[1]
        return neuron_slope(y, x, neuron, array_module(y.data).ones(len(y), y.dtype))


def neuron_slope(y: Tensor, x: Tensor, neuron: Neuron, times: Array) -> Array:
    """∂y_j/∂x of each input, times a number (N,) of its own, for y (N, ...) computed from x.

    Raises:
        ValueError: y has no unit j, or was not computed from x.
    """
    if not depends(y, x):
        raise ValueError("layer: what it gives does not depend on x, so each slope would be 0")
    seed = array_module(y.data).zeros_like(y.data)
    seed[(slice(None), *check_neuron(neuron, y.shape[1:]))] = times
    return grad(y, x, seed).data


def check_neuron(neuron: Neuron, shape: tuple[int, ...]) -> tuple[int, ...]:
    """`neuron` as the index of one number in an array of that shape.

    Raises:
        ValueError: it is none.
    """
    several = isinstance(neuron, Sequence) or getattr(neuron, "ndim", 0) == 1
    index = tuple(neuron) if several else (neuron,)
    if len(index) != len(shape):
        raise ValueError(
            "neuron: expected the place of a number in what the layer gives for an input, an int "
            f"for each axis of {shape}; got {neuron!r}"
        )
    return tuple(
        check_whole(i, "neuron", least=0, most=size - 1)
        for i, size in zip(index, shape, strict=True)
    )
