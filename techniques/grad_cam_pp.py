"""Grad-CAM++: channels weighed by the places that help the class (arXiv 1710.11063)."""

from autograd import array_module
from autograd.device import Array

from .class_activation import Layers, from_gradients, weighted_sum
from .model import Net
from .target import Target


def grad_cam_pp(
    net: Net, x: Array, target: Target = None, *, layer: Layers, relu: bool = True
) -> Array:
    """relu(Σ_c w_c A_c), with w_c = Σ α_c ⊙ relu(g_c) over the places, and g_c = ∂s_t/∂A_c.

    α_c = g_c² / (2 g_c² + S_c g_c³), with S_c the sum of A_c over the places, and 0 where g_c is 0.

    Chattopadhyay et al. 2018 (arXiv 1710.11063, equations 7 and 19), for a class with several
    objects: where Grad-CAM's mean is small if a channel helps in few places, here they count fully.
    The class's score in the paper is exp(s_t), whose gradient is exp(s_t) times ours: the paper's
    map is exp(s_t) times this one. α is computed as 1 / (2 + S_c g_c), which is the same.

    pytorch-grad-cam's `GradCAMPlusPlus` adds 10⁻⁶ to the divisor of α. On real nets g² is smaller
    than that, so that its α is next to g² · 10⁶, and its map another one; here there is no such
    term.

    Two traps. No weight is negative, so no channel speaks against the class, and the map is less
    about it than Grad-CAM's; see `layer_cam`. And it is meant for what comes out of a ReLU: where A
    has negative numbers, S_c can be negative, and α has a pole at g_c = −2 / S_c.

    Cost: 1 forward pass, and for each layer 1 backward pass as far as that.

    Args:
        net, x, target, layer, relu: as for `grad_cam`.

    Returns:
        (N, h, w), in units of score; of a list of layers (N, H, W), as for `grad_cam`.

    Raises:
        TypeError, ValueError: as for `grad_cam`.
    """
    return from_gradients(weighted_by_coefficients, net, x, target, layer, relu)


def weighted_by_coefficients(a: Array, g: Array) -> Array:
    helpful = array_module(g).maximum(g, 0)
    # Where g is not positive, relu(g) is 0 and α does not matter; with g = 0 there it is 1/2.
    alpha = 1 / (2 + a.sum(axis=(2, 3), keepdims=True) * helpful)
    return weighted_sum((alpha * helpful).sum(axis=(2, 3)), a)
