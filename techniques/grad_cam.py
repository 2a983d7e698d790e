"""Grad-CAM: where the channels that speak for the class are active (arXiv 1610.02391)."""

from autograd.device import Array

from .class_activation import Layers, from_gradients, weighted_sum
from .model import Net
from .target import Target


def grad_cam(
    net: Net, x: Array, target: Target = None, *, layer: Layers, relu: bool = True
) -> Array:
    """relu(Σ_c w_c A_c), with A_c channel c of a layer and w_c the mean over it of ∂s_t/∂A_c.

    Selvaraju et al. 2017 (arXiv 1610.02391, equations 1 and 2). Agrees with Captum's
    `LayerGradCam`, whose default is no ReLU, and with pytorch-grad-cam's `GradCAM`.

    The trap: the mean over places is right where the score is one, as after global average pooling.
    Before a Flatten, where each place has weights of its own, a channel that speaks for the class
    here and against it there counts with the difference. `hires_cam` weighs each place.

    Cost: 1 forward pass, and for each layer 1 backward pass as far as that.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        x: images (N, C, H, W) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        layer: the name of a layer that gives (N, C, h, w), most often the last such one; or a list
            of names, whose maps are fused: each is brought to the range [0, 1] (min to max) and to
            the size of the images, and the mean is taken, as in pytorch-grad-cam.
        relu: set to 0 what speaks against the class, in the finished map of each layer.

    Returns:
        (N, h, w), in units of score; `autograd.resize(cam[:, None], (H, W))` brings it to the
        image's size. Of a list of layers (N, H, W), in [0, 1].

    Raises:
        TypeError, ValueError: an argument is invalid, no layer has that name, it gives no maps, or
            the scores do not depend on it.
    """
    return from_gradients(weighted_by_means, net, x, target, layer, relu)


def weighted_by_means(a: Array, g: Array) -> Array:
    return weighted_sum(g.mean(axis=(2, 3)), a)
