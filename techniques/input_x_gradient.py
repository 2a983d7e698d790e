"""Input × gradient: what each entry adds to the score, as far as the slope tells."""

from autograd import Tensor
from autograd.device import Array

from .arguments import check_inputs
from .model import Net, evaluation, score_gradient, scores
from .target import Target, choose_target


def input_x_gradient(net: Net, x: Array, target: Target = None) -> Array:
    """x ⊙ ∂s_t/∂x: the slope of the score of class t times how far each entry is from 0.

    Shrikumar et al. 2016 (arXiv 1605.01713). Of a linear net without biases it is the
    exact share of each entry in the score. Agrees with Captum's `InputXGradient`.

    The trap: 0 is whatever the net's input space takes for it, after normalisation a middling grey.
    Such pixels get 0, however much the class hangs on them.

    Cost: 1 forward and 1 backward pass.

    Args:
        net, x, target: as for `saliency`.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: x or target is invalid.
    """
    check_inputs(x)
    with evaluation(net):
        variable = Tensor(x)
        s = scores(net, variable)
        return x * score_gradient(s, variable, choose_target(target, s.data))
