"""XGrad-CAM: Grad-CAM with the mean taken where the channel is active (arXiv 2008.02312)."""

from autograd.device import Array

from .class_activation import Layers, from_gradients, weighted_sum
from .model import Net
from .target import Target


def xgrad_cam(
    net: Net, x: Array, target: Target = None, *, layer: Layers, relu: bool = True
) -> Array:
    """relu(Σ_c w_c A_c), with w_c = Σ g_c ⊙ A_c / Σ A_c over the places, and g_c = ∂s_t/∂A_c.

    Fu et al. 2020 (arXiv 2008.02312). The weights are those for which the map comes
    nearest to two axioms: without the ReLU it adds up to Σ g ⊙ A, as that of `hires_cam` does,
    which is the score less the biases if only ReLUs, poolings and linear layers follow. Before
    global average pooling it is the map of `grad_cam`. Agrees with pytorch-grad-cam's `XGradCAM`,
    which adds 10⁻⁷ to the divisor.

    The trap: a channel that is 0 everywhere has weight 0 here. One whose sum is nearly 0 because
    positive and negative cancel, as there are before a ReLU or after a batch normalisation, gets an
    arbitrarily large weight: ask for a layer after its ReLU.

    Cost: 1 forward pass, and for each layer 1 backward pass as far as that.

    Args:
        net, x, target, layer, relu: as for `grad_cam`.

    Returns:
        (N, h, w), in units of score; of a list of layers (N, H, W), as for `grad_cam`.

    Raises:
        TypeError, ValueError: as for `grad_cam`.
    """
    return from_gradients(weighted_by_active_means, net, x, target, layer, relu)


def weighted_by_active_means(a: Array, g: Array) -> Array:
    total = a.sum(axis=(2, 3))
    shares = (g * a).sum(axis=(2, 3)) / (total + (total == 0))
    return weighted_sum(shares * (total != 0), a)
