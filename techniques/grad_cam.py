"""Grad-CAM: where the channels that speak for the class are active (arXiv 1610.02391)."""

from autograd import Tensor, array_module
from autograd.device import Array

from .arguments import check_inputs
from .layer import scores_and_activation
from .model import Net, evaluation, score_gradient
from .target import Target, choose_target


def grad_cam(net: Net, x: Array, target: Target = None, *, layer: str, relu: bool = True) -> Array:
    """relu(Σ_c w_c A_c), with A_c channel c of a layer and w_c the mean over it of ∂s_t/∂A_c.

    Selvaraju et al. 2017 (arXiv 1610.02391, equations 1 and 2). Agrees with Captum's
    `LayerGradCam`, whose default is no ReLU.

    The trap: the mean over places is right where the score is one, as after global average pooling.
    Before a Flatten, where each place has weights of its own, a channel that speaks for the class
    here and against it there counts with the difference.

    Cost: 1 forward pass, and 1 backward pass as far as the layer.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        x: images (N, C, H, W) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        layer: the name of a layer that gives (N, C, h, w), most often the last such one.
        relu: set to 0 what speaks against the class.

    Returns:
        (N, h, w), in units of score; `autograd.resize(cam[:, None], (H, W))` brings it to the
        image's size.

    Raises:
        TypeError, ValueError: an argument is not such, no layer has that name, or it gives no maps.
    """
    check_inputs(x)
    with evaluation(net):
        s, activation = scores_and_activation(net, Tensor(x), layer)
        if activation.ndim != 4:
            raise ValueError(
                f"layer: expected one that gives maps (N, C, h, w), but {layer!r} gives "
                f"{activation.shape}"
            )
        g = score_gradient(s, activation, choose_target(target, s.data))
    weights = g.mean(axis=(2, 3), keepdims=True)
    cam = (weights * activation.data).sum(axis=1)
    return array_module(cam).maximum(cam, 0) if relu else cam
