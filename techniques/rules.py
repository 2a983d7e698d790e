"""Going back from a score with other rules than the gradient's.

guided_backprop, deconvnet    another rule at every ReLU
deeplift                      another rule at everything that is not linear
lrp                           another rule at everything that does more than move entries

The walk is the engine's own, within `override`. So whatever calls an op is met, a layer or a
function, each time that it is used.
"""

from collections.abc import Callable, Mapping
from functools import partial

from autograd import Tensor, array_module, grad, override
from autograd.device import Array
from autograd.op import registry
from autograd.tensor import Node, node_of
from autograd.walk import history

# What ops do to the entries of their inputs, as far as other rules need to know. LINEAR are those
# that are so in their first input.
MOVES = {"reshape", "transpose", "broadcast_to", "concatenate", "flip", "roll", "pad_constant"}
MOVES |= {"getitem", "where", "astype", "pool_at"}
SUMS = {"add", "subtract", "sum", "sum_to", "scatter", "avg_pool2d", "avg_unpool2d", "unpool"}
PRODUCTS = {"multiply", "matmul", "einsum"}
MAXIMA = {"max_pool2d", "max", "maximum"}
MINIMA = {"min", "minimum"}
LINEAR = {"conv2d", "conv2d_input", "linear", "batch_norm", "negative"}
ELEMENTWISE = {"relu", "leaky_relu", "elu", "gelu", "softplus", "sigmoid", "tanh", "erf", "clip"}
ELEMENTWISE |= {"exp", "log", "sqrt", "sin", "cos", "abs", "power"}


def nodes_between(x: Tensor, s: Tensor) -> dict[Node, list[int]]:
    """The ops through which s depends on x, in their order, and through which of their inputs.

    Raises:
        ValueError: s does not depend on x.
    """
    between = {node_of(x): []}
    for node in history(node_of(s)):
        inputs = [i for i, parent in enumerate(node.parents) if parent in between]
        if inputs:
            between[node] = inputs
    del between[node_of(x)]
    if not between:
        raise ValueError("net: the scores do not depend on x")
    return between


def check_ops(
    between: Mapping[Node, list[int]], known: Callable[[str, list[int]], bool], method: str
) -> None:
    """Every op must be `known`, which is asked with its name and which inputs depend on x.

    Raises:
        ValueError: there are others; the error names them.
    """
    unknown = {node.op.name for node, inputs in between.items() if not known(node.op.name, inputs)}
    if unknown:
        raise ValueError(
            f"net: {method} has no rule for {', '.join(sorted(unknown))} as used between x and the "
            f"scores; see help({method}) for what it knows"
        )


def at_every_input(rules: Mapping[str, Callable]) -> dict[str, dict[str, Callable]]:
    """For `override`: at each input i of each op that is named, its `rule(i, g, out, *inputs)`."""
    found = {}
    for name, rule in rules.items():
        op = registry[name]
        found[name] = {each: partial(rule, i) for i, each in enumerate(op.inputs)}
        if op.variadic:
            found[name] = {op.inputs[0]: partial(at_position, rule)}
    return found


def at_position(rule: Callable, g: Tensor, out: Tensor, *inputs: Tensor, position: int):
    """The rule of an op that has any number of inputs."""
    return rule(position, g, out, *inputs)


def own_rule(i: int, g: Array | Tensor, out: Tensor) -> Array:
    """What the op that made `out` says itself: the cotangent of its input i, given that of out."""
    node = node_of(out)
    g = g if isinstance(g, Tensor) else Tensor(g)
    return node.op.rules[node.op.slot(i)](node, i, g).data


def walk_back(s: Tensor, x: Tensor, start: Array, rules: Mapping) -> Array:
    """What arrives at x, when the walk starts from the scores s (N, K) with `start`, (N, K)."""
    with override(**rules):
        return grad(s, x, start).data


def one_hot(target: Array, s: Tensor) -> Array:
    """(N, K): 1 at each target, else 0. To start with, it makes a gradient that of s_t."""
    classes = array_module(s.data).arange(s.shape[1])
    return (target[:, None] == classes).astype(s.dtype)
