"""The deconvnet: a ReLU on the way back in place of the ReLU's gradient (arXiv 1311.2901)."""

from autograd.device import Array

from .model import Net
from .relu_rule import gradient_with_relu
from .target import Target


def deconvnet(net: Net, x: Array, target: Target = None) -> Array:
    """The gradient ∂s_t/∂x, with g ⊙ [g > 0] for the gradient g at every ReLU.

    Zeiler & Fergus 2014 (arXiv 1311.2901, section 2.1), who build a second net that runs the first
    one backwards. Its transposed filters and its unpooling with switches are the gradients of
    convolution and max-pooling, and its ReLU is the one difference. Agrees with Captum's
    `Deconvolution`, which misses a ReLU that is called as a function.

    The trap: whether a unit was on in the image does not matter at a ReLU. So the image comes in
    only through the switches of the max-poolings, and without these the map does not depend on it.

    Cost: 1 forward and 1 backward pass.

    Args:
        net, x, target: as for `guided_backprop`.

    Returns:
        An array shaped like x, signed.

    Raises:
        TypeError, ValueError: x or target is invalid, or the net has no ReLU on the way.
    """
    return gradient_with_relu(lambda g, _out: g * (g > 0), net, x, target)
