"""Guided Grad-CAM: the sharp lines of one method, where the other one looks (arXiv 1610.02391)."""

from autograd import resize
from autograd.device import Array

from .class_activation import Layers
from .grad_cam import grad_cam
from .guided_backprop import guided_backprop
from .model import Net
from .target import Target


def guided_grad_cam(
    net: Net, x: Array, target: Target = None, *, layer: Layers, mode: str = "bilinear"
) -> Array:
    """Guided backpropagation ⊙ Grad-CAM, which is brought to the size of the image.

    Selvaraju et al. 2017 (arXiv 1610.02391, section 3.2). Agrees with Captum's `GuidedGradCam` for
    the same mode; the paper's is "bilinear", Captum's default is "nearest".

    The trap: the lines are those of `guided_backprop`, and no more to be trusted. What speaks for
    the class is said by Grad-CAM alone.

    Cost: 2 forward passes, 1 backward pass, and for each layer 1 as far as that.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets with a ReLU on the way.
        x: images (N, C, H, W) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        layer: as for `grad_cam`.
        mode: how the Grad-CAM of one layer is resized, "bilinear" or "nearest"; see
            `autograd.resize`.

    Returns:
        (N, C, H, W), signed.

    Raises:
        TypeError, ValueError: as for `grad_cam` and `guided_backprop`, or another mode.
    """
    if mode not in ("bilinear", "nearest"):
        raise ValueError(f'mode: expected "bilinear" or "nearest", got {mode!r}')
    cam = grad_cam(net, x, target, layer=layer)[:, None]
    return guided_backprop(net, x, target) * resize(cam, x.shape[2:], mode).data
