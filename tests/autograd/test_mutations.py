"""The gradient test of each op fails when the op has a wrong rule."""

from functools import wraps

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from autograd import abs, check_grad, erf, exp, override, sum
from autograd.op import registry
from autograd.strategies import CASES
from autograd.tensor import Tensor

RULES = {
    (op.name, name): rule
    for op in registry.values()
    for name, rule in zip(op.inputs, op.rules, strict=True)
}

# There is no rule to damage: these are constant in the input but for jumps.
WITHOUT_GRADIENT = {
    *(("sign", "x"), ("where", "condition")),
    *(("equal", "x"), ("equal", "y"), ("not_equal", "x"), ("not_equal", "y")),
    *(("less", "x"), ("less", "y"), ("less_equal", "x"), ("less_equal", "y")),
    *(("greater", "x"), ("greater", "y"), ("greater_equal", "x"), ("greater_equal", "y")),
}


def gradient_test(name: str):
    """What test_ops.py does with an op, on fewer examples, and without a search for a small one."""

    @settings(
        max_examples=12,
        phases=[Phase.generate],
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(CASES[name])
    def run(case):
        check_grad(case.f, *case.arrays, order=2)

    return run


def fails_with(name: str, input_name: str, rule) -> bool:
    """Whether the gradient test of an op fails when an input of the op has this rule."""
    with override(**{name: {input_name: rule}}):
        try:
            gradient_test(name)()
        except AssertionError:
            return True
    return False


def scaled(g: Tensor) -> Tensor:
    return g * 1.001


def sign_flipped(g: Tensor) -> Tensor:
    return -g


def without_its_largest_entry(g: Tensor) -> Tensor:
    return g * (abs(g).data < abs(g).data.max(initial=0))


@pytest.mark.parametrize("damage", [scaled, sign_flipped, without_its_largest_entry])
@pytest.mark.parametrize(
    ("name", "input_name"), [key for key in RULES if key not in WITHOUT_GRADIENT]
)
def test_a_rule_damaged_in_its_result_is_caught(name, input_name, damage):
    rule = RULES[name, input_name].function

    @wraps(rule)
    def planted(*args, **settings):
        return damage(rule(*args, **settings))

    assert fails_with(name, input_name, planted)


# Rules of several terms or branches, each without one of them.
TERM_DROPPED = {
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


@pytest.mark.parametrize(("name", "loss"), TERM_DROPPED)
def test_a_rule_without_one_of_its_terms_is_caught(name, loss):
    assert fails_with(name, "x", TERM_DROPPED[name, loss])


def test_the_gradient_test_passes_when_nothing_is_damaged():
    for name in {name for name, _ in RULES}:
        gradient_test(name)()


def test_only_ops_that_are_constant_but_for_jumps_have_no_rule_to_damage():
    assert {key for key, rule in RULES.items() if rule is None} == WITHOUT_GRADIENT
