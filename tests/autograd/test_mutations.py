"""The gradient tests fail when an op has a wrong rule. mutations.py has the ways of being wrong."""

import pytest

from autograd.op import registry

from .mutations import (
    DAMAGES,
    RULES,
    TERMS_LOST,
    WRONG_TIES,
    applies,
    damaged,
    noticed,
    noticed_damage,
)

# There is no rule to damage: these are constant in the input but for jumps.
WITHOUT_GRADIENT = {
    *(("sign", "x"), ("where", "condition")),
    *(("equal", "x"), ("equal", "y"), ("not_equal", "x"), ("not_equal", "y")),
    *(("less", "x"), ("less", "y"), ("less_equal", "x"), ("less_equal", "y")),
    *(("greater", "x"), ("greater", "y"), ("greater_equal", "x"), ("greater_equal", "y")),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("name", "input_name"), RULES)
def test_a_damaged_rule_is_noticed(name, input_name, damage):
    if applies(damage, name, input_name):
        assert noticed_damage(name, input_name, damage)


@pytest.mark.parametrize(("name", "what"), TERMS_LOST)
def test_a_rule_without_one_of_its_terms_is_noticed(name, what):
    assert noticed(name, TERMS_LOST[name, what])


@pytest.mark.parametrize(("name", "what"), WRONG_TIES)
def test_a_wrong_convention_at_a_kink_or_a_pole_is_noticed(name, what):
    assert noticed(name, WRONG_TIES[name, what], at_kinks=True)


@pytest.mark.parametrize(
    ("name", "input_name"), [("add", "x"), ("sum", "x"), ("concatenate", "xs"), ("conv2d", "w")]
)
def test_nothing_is_noticed_where_nothing_is_damaged(name, input_name):
    same = damaged(RULES[name, input_name], lambda g, _shape: g)
    assert not noticed(name, {input_name: same})


def test_only_ops_that_are_constant_but_for_jumps_have_no_rule_to_damage():
    everything = {(op.name, name) for op in registry.values() for name in op.inputs}
    assert everything - RULES.keys() == WITHOUT_GRADIENT
