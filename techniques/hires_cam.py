"""HiResCAM: what each place of a layer adds to the score (arXiv 2011.08891)."""

from autograd.device import Array

from .class_activation import Layers, from_gradients
from .model import Net
from .target import Target


def hires_cam(
    net: Net, x: Array, target: Target = None, *, layer: Layers, relu: bool = True
) -> Array:
    """relu(Σ_c ∂s_t/∂A_c ⊙ A_c), with A_c channel c of a layer: input × gradient at that layer.

    Draelos & Carin 2020 (arXiv 2011.08891). Where one linear layer follows, each place
    gets what it truly adds to the score, and without the ReLU the map adds up to the score less
    the bias. Before global average pooling the gradient of a channel is the same at all places, and
    the map is that of `grad_cam`. Agrees with pytorch-grad-cam's `HiResCAM`.

    The trap: of an inner layer it is a linear approximation, as `input_x_gradient` is of the input.
    What follows such a layer is not linear, and then the map does not add up to the score.

    Cost: 1 forward pass, and for each layer 1 backward pass as far as that.

    Args:
        net, x, target, layer, relu: as for `grad_cam`.

    Returns:
        (N, h, w), in units of score; of a list of layers (N, H, W), as for `grad_cam`.

    Raises:
        TypeError, ValueError: as for `grad_cam`.
    """
    return from_gradients(lambda a, g: (g * a).sum(axis=1), net, x, target, layer, relu)
