"""The gradient of the score, with another rule at every ReLU."""

from collections.abc import Callable

from autograd import Tensor, override
from autograd.device import Array

from .arguments import check_inputs
from .model import Net, evaluation, score_gradient, scores
from .target import Target, choose_target


def gradient_with_relu(
    rule: Callable[[Tensor, Tensor], Tensor], net: Net, x: Array, target: Target
) -> Array:
    """∂s_t/∂x, where `rule(g, out)` takes the place of the gradient of out = relu(input).

    Whatever calls the op `relu` is met, a layer or a function, each time that it is used.

    Raises:
        TypeError, ValueError: x or target is not such, or there is no relu on the way.
    """
    check_inputs(x)
    met = 0

    def at_relu(g, out, _input):
        nonlocal met
        met += 1
        return rule(g, out)

    with evaluation(net):
        x = Tensor(x)
        s = scores(net, x)
        with override(relu=at_relu):
            g = score_gradient(s, x, choose_target(target, s.data))
    if not met:
        raise ValueError(
            "net: there is no relu between x and the scores, so there is no rule to change, and "
            "the map would be the plain gradient; see saliency"
        )
    return g
