"""Saliency: which entries of the input the score depends on (arXiv 1312.6034)."""

from autograd import Tensor
from autograd.device import Array

from .arguments import check_inputs
from .model import Net, evaluation, score_gradient, scores
from .target import Target, choose_target


def saliency(net: Net, x: Array, target: Target = None, *, signed: bool = False) -> Array:
    """|∂s_t/∂x|: how much the score of class t changes per change of each input entry.

    Simonyan et al. 2013 (arXiv 1312.6034, section 3). Their map of an image is the largest entry
    over the colours, `saliency(net, x).max(axis=1)`. Agrees with Captum's `Saliency(abs=True)`.

    The trap: s_t is the score before softmax. The gradient of the probability is another map. It
    also tells what lowers the other classes, and vanishes where the net is sure.

    Cost: 1 forward and 1 backward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats, for images (N, C, H, W).
        target: the class t: None for the highest-scoring, an int, or N ints.
        signed: give the gradient ∂s_t/∂x itself.

    Returns:
        An array shaped like x, not negative unless `signed`, in units of score per unit of x.

    Raises:
        TypeError, ValueError: x or target is invalid.
    """
    check_inputs(x)
    with evaluation(net):
        x = Tensor(x)
        s = scores(net, x)
        g = score_gradient(s, x, choose_target(target, s.data))
    return g if signed else abs(g)
