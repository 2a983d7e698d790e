"""Gradient rules damaged in the standard ways, and whether the tests notice.

    python -m tests.autograd.mutations

prints the table: a line for each rule, a column for each way. test_mutations.py holds that no cell
of it says "missed".
"""

from collections.abc import Callable, Iterator

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

from autograd import abs, check_grad, erf, exp, max_pool2d, override, sum, where
from autograd.op import Rule, registry
from autograd.ops.pooling import max_pool_rule
from autograd.ops.reductions import like_reduced, share_among_ties
from autograd.strategies import CASES
from autograd.tensor import Tensor

from . import test_corners
from .test_ops import EXAMPLES

RULES = {
    (op.name, name): rule
    for op in registry.values()
    for name, rule in zip(op.inputs, op.rules, strict=True)
    if rule is not None
}

# The damages that any rule can have -------------------------------------------------------------


def scaled(g: Tensor, _shape) -> Tensor:
    return g * 1.001


def sign_flipped(g: Tensor, _shape) -> Tensor:
    return -g


def largest_entry_lost(g: Tensor, _shape) -> Tensor:
    return g * (abs(g).data < abs(g).data.max(initial=0))


def argument_dropped(_g: Tensor, _shape) -> None:
    return None


def transposed(g: Tensor, _shape) -> Tensor:
    """The last two axes exchanged, in an array of the old shape: the shape does not tell."""
    order = [*range(g.ndim - 2), g.ndim - 1, g.ndim - 2]
    return g.transpose(order).reshape(g.shape) if g.ndim > 1 else g


def first_of_the_copies(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Where an input was broadcast, the cotangent at one of its copies instead of their sum."""
    if g.size == 0:
        return g
    g = g[(0,) * (g.ndim - len(shape))]
    return g[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


DAMAGES = {
    "× 1.001": scaled,
    "wrong sign": sign_flipped,
    "largest entry lost": largest_entry_lost,
    "argument dropped": argument_dropped,
    "transposed": transposed,
    "not un-broadcast": first_of_the_copies,
}

# Biases and the like have one axis: nothing to transpose.
VECTORS = {
    *(("linear", "b"), ("conv2d", "b")),
    *(("batch_norm", name) for name in ("mean", "var", "weight", "bias")),
}


def applies(damage: str, name: str, input_name: str) -> bool:
    if damage == "transposed":
        return (name, input_name) not in VECTORS
    return damage != "not un-broadcast" or registry[name].broadcasts


def damaged(rule: Rule, damage: Callable) -> Callable:
    """The rule, with the damage done to its result."""

    def result(args, known, settings):
        known = {**settings, **known}
        wanted = {*(settings if rule.all_settings else rule.settings), *rule.knows}
        g = rule.function(*args, **{name: known[name] for name in wanted})
        return damage(g, known["input_shape"])

    def planted(*args, input_shape, **settings):
        return result(args, {"input_shape": input_shape}, settings)

    def planted_for_any_number_of_inputs(*args, input_shape, position, **settings):
        return result(args, {"input_shape": input_shape, "position": position}, settings)

    return planted_for_any_number_of_inputs if "position" in rule.knows else planted


# Damages to single rules ------------------------------------------------------------------------

# Rules of several terms or branches, each without one of them: for the input x.
TERMS_LOST = {
    ("tanh", "without the square"): lambda g, _out, _x: g,
    ("sigmoid", "without the square"): lambda g, out, _x: g * out,
    ("gelu", "without the density"): lambda g, _out, x: g * 0.5 * (1 + erf(x * 0.5**0.5)),
    ("gelu", "without the distribution"): lambda g, _out, x: (
        g * x * exp(-0.5 * x * x) / (2 * np.pi) ** 0.5
    ),
    ("elu", "without the negative branch"): lambda g, _out, x: g * (x > 0),
    ("elu", "without the positive branch"): lambda g, out, x, alpha: g * (out + alpha) * (x < 0),
    ("leaky_relu", "without the negative branch"): lambda g, _out, x: g * (x > 0),
    ("leaky_relu", "without the positive branch"): lambda g, _out, x, slope: g * slope * (x < 0),
    ("clip", "without the upper bound"): lambda g, _out, x, low: (
        g if low is None else g * (x > low)
    ),
    ("clip", "without the lower bound"): lambda g, _out, x, high: (
        g if high is None else g * (x < high)
    ),
    ("softmax", "without the sum"): lambda g, out, _x: g * out,
    ("softmax", "without the product"): lambda g, out, _x, axis: (
        -out * sum(g * out, axis, keepdims=True)
    ),
    ("log_softmax", "without the sum"): lambda g, _out, _x: g,
}


def whole_to_each(g, out, x, axis):
    return like_reduced(g, x.shape, axis) * (x == like_reduced(out, x.shape, axis))


def to_the_first(g, _out, x, axis):
    x = x.data - 1e-9 * np.arange(x.size).reshape(x.shape)
    return share_among_ties(g, Tensor(x.max(axis=axis)), Tensor(x), axis)


def to_the_last_of_the_window(g, _out, x, **how):
    x = x.data + 1e-9 * np.arange(x.size).reshape(x.shape)
    return max_pool_rule(g, max_pool2d(x, **how), Tensor(x), **how)


# Rules with another convention at a kink, a tie or a pole: for one or both of the inputs.
WRONG_TIES = {
    ("relu", "slope 1 at 0"): lambda g, _out, x: g * (x >= 0),
    ("abs", "slope 1 at 0"): lambda g, _out, x: where(x >= 0, g, -g),
    ("leaky_relu", "slope 1 at 0"): lambda g, _out, x, slope: where(x >= 0, g, slope * g),
    ("elu", "slope 1 at 0"): lambda g, out, x, alpha: where(x >= 0, g, g * (out + alpha)),
    ("clip", "slope 0 at the bounds"): lambda g, _out, x, low, high: (
        g * (x > (-np.inf if low is None else low)) * (x < (np.inf if high is None else high))
    ),
    ("max", "all to each"): whole_to_each,
    ("min", "all to each"): whole_to_each,
    ("max", "all to the first"): to_the_first,
    ("maximum", "all to each"): {
        "x": lambda g, _out, x, y: g * (x >= y),
        "y": lambda g, _out, x, y: g * (y >= x),
    },
    ("minimum", "all to each"): {
        "x": lambda g, _out, x, y: g * (x <= y),
        "y": lambda g, _out, x, y: g * (y <= x),
    },
    ("maximum", "all to x"): {
        "x": lambda g, _out, x, y: g * (x >= y),
        "y": lambda g, _out, x, y: g * (y > x),
    },
    ("max_pool2d", "to the last"): to_the_last_of_the_window,
    ("norm", "nan at 0"): lambda g, out, x, axis: (
        like_reduced(g, x.shape, axis) * x / like_reduced(out, x.shape, axis)
    ),
    ("power", "nan at 0"): lambda g, _out, x, y: g * y * x ** (y - 1),
}

# Whether the tests notice ------------------------------------------------------------------------

# Where any slope between those to the two sides would do, a test says which one it is.
CONVENTIONS = {
    "relu": test_corners.test_relu_and_abs_have_slope_0_at_0,
    "abs": test_corners.test_relu_and_abs_have_slope_0_at_0,
    "leaky_relu": test_corners.test_leaky_relu_and_elu_have_their_left_slope_at_0,
    "elu": test_corners.test_leaky_relu_and_elu_have_their_left_slope_at_0,
    "clip": test_corners.test_clip_passes_the_gradient_at_its_bounds,
    "max": test_corners.test_ties_in_a_max_or_min_reduction_split_the_gradient_equally,
    "min": test_corners.test_ties_in_a_max_or_min_reduction_split_the_gradient_equally,
    "maximum": test_corners.test_ties_in_maximum_and_minimum_give_half_to_each,
    "minimum": test_corners.test_ties_in_maximum_and_minimum_give_half_to_each,
    "max_pool2d": test_corners.test_ties_in_max_pooling_go_to_the_first_row_by_row,
    "norm": test_corners.test_the_norm_has_gradient_0_at_0,
    "power": test_corners.test_power_is_differentiable_at_0_and_constant_for_exponent_0,
}


def gradient_test(name: str) -> Callable:
    """What test_ops.py does with an op, without its search for a small example."""

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(CASES[name])
    def run(case):
        check_grad(case.f, *case.arrays, order=2)

    return run


def fails(test: Callable) -> bool:
    try:
        with np.errstate(all="ignore"):
            test()
    except AssertionError:
        return True
    return False


def noticed(name: str, rules: Callable | dict[str, Callable], at_kinks: bool = False) -> bool:
    """Whether a test of the op fails while it has these rules."""
    tests = [gradient_test(name)]
    if at_kinks:
        tests.insert(0, CONVENTIONS[name])  # It is the shorter one.
    with override(**{name: rules}):
        return any(fails(test) for test in tests)


def noticed_damage(name: str, input_name: str, damage: str) -> bool:
    planted = damaged(RULES[name, input_name], DAMAGES[damage])
    return noticed(name, {input_name: planted})


def lines() -> Iterator[str]:
    """The table, line by line."""
    titles = list(DAMAGES)
    first = max(len(f"{name}: {input_name}") for name, input_name in RULES)
    yield " " * first + "".join(f"  {title}" for title in titles)
    for name, input_name in sorted(RULES):
        cells = (
            said(noticed_damage(name, input_name, title))
            if applies(title, name, input_name)
            else "-"
            for title in titles
        )
        line = f"{name}: {input_name}".ljust(first)
        yield line + "".join(
            f"  {cell:^{len(title)}}" for cell, title in zip(cells, titles, strict=True)
        )
    for table, at_kinks in ((TERMS_LOST, False), (WRONG_TIES, True)):
        yield ""
        for (name, what), rules in table.items():
            yield f"{name}, {what}: {said(noticed(name, rules, at_kinks))}"


def said(is_noticed: bool) -> str:
    return "seen" if is_noticed else "MISSED"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
