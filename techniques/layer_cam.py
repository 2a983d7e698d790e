"""LayerCAM: places whose activation helps the class, at any depth (Jiang et al. 2021)."""

from autograd import array_module
from autograd.device import Array

from .class_activation import Layers, from_gradients
from .model import Net
from .target import Target


def layer_cam(
    net: Net, x: Array, target: Target = None, *, layer: Layers, relu: bool = True
) -> Array:
    """relu(Σ_c relu(∂s_t/∂A_c) ⊙ A_c), with A_c channel c of a layer.

    Jiang et al. 2021, "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization"
    (IEEE Transactions on Image Processing 30). Each place has its own weight, so
    that shallow layers with their fine maps can be used, too; the authors fuse several, as a list
    of layers does here. Agrees with pytorch-grad-cam's `LayerCAM`.

    The trap: what speaks against the class is left out before the sum, not after it. So the map
    also lights up where help and hindrance cancel. In a photograph of a bull mastiff and an
    Egyptian cat, the peak of SqueezeNet's map of the cat is on the dog's head, where Grad-CAM's is
    on the cat.

    Cost: 1 forward pass, and for each layer 1 backward pass as far as that.

    Args:
        net, x, target, layer, relu: as for `grad_cam`. After a ReLU, where A is not negative,
            `relu` has nothing to do.

    Returns:
        (N, h, w), in units of score; of a list of layers (N, H, W), as for `grad_cam`.

    Raises:
        TypeError, ValueError: as for `grad_cam`.
    """
    return from_gradients(weighted_by_helpful_places, net, x, target, layer, relu)


def weighted_by_helpful_places(a: Array, g: Array) -> Array:
    return (array_module(g).maximum(g, 0) * a).sum(axis=1)
