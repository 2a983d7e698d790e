"""The gradient of the score, with another rule at every ReLU."""

from collections.abc import Callable

from autograd import Tensor
from autograd.device import Array

from .arguments import check_inputs
from .model import Net, evaluation, scores
from .rules import nodes_between, one_hot, walk_back
from .target import Target, choose_target


def gradient_with_relu(
    rule: Callable[[Tensor, Tensor], Tensor], net: Net, x: Array, target: Target
) -> Array:
    """∂s_t/∂x, where `rule(g, out)` takes the place of the gradient of out = relu(input).

    Raises:
        TypeError, ValueError: x or target is invalid, or there is no relu on the way.
    """
    check_inputs(x)
    with evaluation(net):
        x = Tensor(x)
        s = scores(net, x)
        start = one_hot(choose_target(target, s.data), s)
        if not any(node.op.name == "relu" for node in nodes_between(x, s)):
            raise ValueError(
                "net: there is no relu between x and the scores, so there is no rule to change, "
                "and the map would be the plain gradient; see saliency"
            )
        return walk_back(s, x, start, {"relu": lambda g, out, _input: rule(g, out)})
