"""Guided backpropagation: only what is active and helps may pass a ReLU (arXiv 1412.6806)."""

from autograd.device import Array

from .model import Net
from .relu_rule import gradient_with_relu
from .target import Target


def guided_backprop(net: Net, x: Array, target: Target = None) -> Array:
    """The gradient ∂s_t/∂x, with g ⊙ [g > 0] ⊙ [x > 0] for the gradient g at every ReLU of x.

    Springenberg et al. 2015 (arXiv 1412.6806, section 3.4 and figure 1). What goes back is stopped
    where the unit is off, as in the gradient, and also where it would lower the score. Agrees with
    Captum's `GuidedBackprop`, which misses a ReLU that is called as a function.

    The trap: the maps are sharp because they restore the edges of the image, and hang little on the
    class and on the weights of the upper layers (Adebayo et al. 2018, arXiv 1810.03292). Only the
    op `relu` is met, not `maximum(x, 0)` nor another nonlinearity.

    Cost: 1 forward and 1 backward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), with a ReLU on the way.
        x, target: as for `saliency`.

    Returns:
        An array shaped like x, signed.

    Raises:
        TypeError, ValueError: x or target is invalid, or the net has no ReLU on the way.
    """
    return gradient_with_relu(lambda g, out: g * (g > 0) * (out > 0), net, x, target)
