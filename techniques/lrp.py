"""Layer-wise relevance propagation: the score, handed down from layer to layer.

Bach et al. 2015 (10.1371/journal.pone.0130140). lrp_rules.py has the rules for the layers.
"""

from collections.abc import Mapping
from typing import Any

from autograd import Tensor, array_module, conv2d, linear
from autograd.device import Array
from autograd.tensor import Node

from .arguments import check_inputs
from .layer import find_layer
from .lrp_rules import COMPOSITES, RULES, Composite, LayerRule, epsilon_gamma_box, z_box
from .model import Net, evaluation, scores
from .relevance import Relevance
from .rules import (
    ELEMENTWISE,
    LINEAR,
    MAXIMA,
    MINIMA,
    MOVES,
    PRODUCTS,
    SUMS,
    check_ops,
    nodes_between,
    one_hot,
    walk_back,
)
from .target import Target, choose_target

# The ops that are layers, for which rules are chosen, and the kind that a composite calls them by.
KINDS = {"conv2d": conv2d, "conv2d_input": conv2d, "linear": linear, "matmul": linear}


def lrp(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    rule: str | LayerRule | Mapping = "epsilon",
    swallowed: bool = False,
) -> Array | tuple[Array, Array]:
    """The relevance of each entry: its part of the score s_t, as rules hand it down from the top.

    Bach et al. 2015 (10.1371/journal.pone.0130140). The score is the relevance of the output, and
    every op hands the relevance R of its output down to its inputs:

    - a convolution or linear layer by the `rule` that is chosen for it; see lrp_rules.py;
    - what is elementwise, and a product with a constant, as it is;
    - what moves entries, to where they came from; a maximum, to the entry that won;
    - any other sum (a residual block's, an average), to each term in proportion to it;
    - batch normalisation right after a layer is a part of it, which scales w and b ("canonised");
      elsewhere, it is such a sum of the scaled x and the shift.

    Conservation: the relevance adds up to the score, but for what is `swallowed` by biases (the
    shift of batch normalisation is one), by ε, and where a rule finds nothing to share it among.
    Agrees with zennit and its canonised composites, and for "epsilon" with Captum's `LRP`, but for
    numbers that are to keep denominators from 0: here only `epsilon` has one, and zennit has 1e-6
    everywhere, and divides by √(1 + eps) still where batch normalisation was.

    The trap: there are many rules, and each has its picture. "epsilon" alone is input × gradient on
    a ReLU net, but for biases, and as noisy; the more a rule favours positive terms, the smoother
    the map, and the less it tells one class from another. And see how much the biases have
    swallowed, before believing what is left.

    Cost: 1 forward pass; then every layer is run forward again, 2 times for "epsilon" and up to 5
    times for others, and back once for each of a rule's terms, of which there are at most 4.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        rule: a rule for all layers, such as "gamma" or `lrp_rules.gamma(0.5)`; a composite by name,
            such as "epsilon_plus_flat"; or a composite as a dictionary, whose keys say which
            layers: a name such as "features.3", also of what several layers are in; a place, 0 for
            the first layer that is run and −1 for the last; or `autograd.conv2d` or
            `autograd.linear` for all of that kind. If several fit, the name goes first, the longest
            of them, then the place.
        swallowed: return what was swallowed, too.

    Returns:
        An array shaped like x, signed, in units of score; with `swallowed`, also (N,) of how much
        of each score has arrived nowhere.

    Raises:
        TypeError, ValueError: an argument is invalid; a layer has no rule, or a rule no layer; or
            the net has an op between x and the scores for which there is none, such as softmax, a
            product of two things that depend on x, or an op of your own.
    """
    check_inputs(x)
    composite = as_composite(rule, net)
    with evaluation(net):
        x = Tensor(x)
        s = scores(net, x)
        start = one_hot(choose_target(target, s.data), s) * s.data
        between = nodes_between(x, s)
        check_ops(between, is_known, "lrp")
        lost = array_module(start).zeros_like(start[:, 0])
        walk = Relevance(between, rules_of_layers(composite, net, between), lost)
        relevance = walk_back(s, x, start, walk.overrides())
    return (relevance, lost) if swallowed else relevance


def is_known(name: str, inputs: list[int]) -> bool:
    """Whether relevance goes back through an op of which these inputs depend on x."""
    if name in ELEMENTWISE | LINEAR | {"divide"}:
        return inputs == [0]
    if name in PRODUCTS:
        return len(inputs) == 1
    return name in MOVES | SUMS | MAXIMA | MINIMA


def as_composite(rule: Any, net: Net) -> Composite:
    """The argument `rule` as a dictionary of rules.

    Raises:
        TypeError, ValueError: it is none; or a key is no name of a layer, no place and no kind.
    """
    if isinstance(rule, str) and rule in COMPOSITES:
        return COMPOSITES[rule]
    if not isinstance(rule, Mapping):
        return dict.fromkeys(KINDS.values(), as_rule(rule))
    for key in rule:
        if isinstance(key, str):
            find_layer(net, key, "rule")
        elif key not in KINDS.values() and (not isinstance(key, int) or isinstance(key, bool)):
            raise TypeError(
                "rule: expected as keys the names of layers, their places 0, 1, ..., and the kinds "
                f"autograd.conv2d and autograd.linear; got {key!r}"
            )
    return {key: as_rule(each) for key, each in rule.items()}


def as_rule(rule: Any) -> LayerRule:
    """A rule by its name, with the settings that it has by itself; or the rule that it is.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(rule, str):
        if rule not in RULES:
            raise ValueError(
                f"rule: expected one of {', '.join([*RULES, *COMPOSITES])}, or of lrp_rules "
                f"z_box(low, high) or epsilon_gamma_box(low, high); got {rule!r}"
            )
        return RULES[rule]()
    if not callable(rule) or rule in (*RULES.values(), z_box, epsilon_gamma_box):
        hint = f"; call it, {rule.__name__}(...)" if callable(rule) else ""
        raise TypeError(f"rule: expected a rule or its name, got {rule!r}{hint}")
    return rule


def rules_of_layers(
    composite: Composite, net: Net, between: Mapping[Node, list[int]]
) -> dict[Node, LayerRule]:
    """The rule of each layer that is run between x and the scores.

    A layer is known by its array of weights, wherever these are used.

    Raises:
        ValueError: a layer has no rule, or a name or place in the composite means no layer.
    """
    parameters = net.named_parameters() if hasattr(net, "named_parameters") else ()
    names = {id(parameter.data): name for name, parameter in parameters}
    layers = [
        (node, names.get(id(node.input_array(1 - i)), ""))
        for node, (i, *_) in between.items()
        # A product with an array, no parameter, is a sum like another, such as an average.
        if node.op.name in KINDS and (node.op.name != "matmul" or node.parents[1 - i])
    ]
    rules, meant = {}, set(KINDS.values())
    for place, (node, name) in enumerate(layers):
        keys = [*modules_around(name), place, place - len(layers), KINDS[node.op.name]]
        fitting = [key for key in keys if key in composite]
        if not fitting:
            raise ValueError(
                f"rule: there is none for layer {place}, {name or 'which has no name'}, "
                f"a {node.op.name}"
            )
        rules[node] = composite[fitting[0]]
        meant.update(fitting)
    if composite.keys() - meant:
        raise ValueError(
            f"rule: no layer with weights is at {sorted(composite.keys() - meant, key=str)}; there "
            f"are {len(layers)}: {', '.join(name for _, name in layers if name)}"
        )
    return rules


def modules_around(parameter: str) -> list[str]:
    """The names of the modules that a parameter is in, the innermost first."""
    parts = parameter.split(".")
    return [".".join(parts[:k]) for k in range(len(parts) - 1, 0, -1)]
