"""Rules swapped for the length of a `with` block."""

import threading

import numpy as np
import pytest

from autograd import Tensor, concatenate, exp, grad, override, relu, sign, sum
from autograd.op import registry


def guided(g, _out, x):
    """Guided backpropagation (arXiv 1412.6806): only what is positive in both directions passes."""
    return g * (g > 0) * (x > 0)


def tenfold(g, _out, _x):
    return g * 10


def slope(y: Tensor, x: Tensor) -> float:
    return grad(y, x).item()


def test_an_override_changes_every_use_of_the_op_and_nothing_else():
    x = Tensor([-1.0, 2.0, 3.0])
    y = sum(relu(relu(x) * np.array([1.0, -1.0, 1.0])) * 5)  # One function, used twice.
    with override(relu=guided):
        assert grad(y, x).data.tolist() == [0, 0, 5]
    with override(relu=lambda g, _out, _x: g):
        assert grad(y, x).data.tolist() == [5, -5, 5]
    assert grad(y, x).data.tolist() == [0, 0, 5]


def test_guided_backpropagation_stops_negative_cotangents():
    x = Tensor([1.0, 2.0])
    y = sum(relu(x) * np.array([-1.0, 1.0]))
    assert grad(y, x).data.tolist() == [-1, 1]
    with override(relu=guided):
        assert grad(y, x).data.tolist() == [0, 1]


def test_an_override_is_resolved_when_the_walk_runs():
    x = Tensor(1.0)
    before = relu(x)
    with override(relu=tenfold):
        within = relu(x)
        assert slope(before, x) == 10
    assert slope(within, x) == 1


def test_backward_follows_an_override():
    x = Tensor(1.0)
    with override(relu=tenfold):
        relu(x).backward()
    assert x.grad.item() == 10


def test_a_rule_may_be_given_for_each_input():
    x, y = Tensor(2.0), Tensor(3.0)
    product = x * y
    with override(multiply={"y": lambda g, _out, _x, _y: g * 100}):
        assert [g.item() for g in grad(product, [x, y])] == [3, 100]


def test_a_rule_may_read_the_ops_settings():
    x = Tensor([1.0, 2.0])
    y = x.sum(axis=0, keepdims=True)
    seen = []

    def rule(g, _out, x, axis, keepdims):
        seen.append((axis, keepdims))
        return g + x * 0

    with override(sum=rule):
        grad(y, x)
    assert seen == [(0, True)]


def test_a_rule_may_return_an_array_or_nothing():
    x = Tensor([1.0, 2.0])
    y = sum(relu(x))
    with override(relu=lambda _g, _out, _x: np.array([7.0, 8.0])):
        assert grad(y, x).data.tolist() == [7, 8]
    with override(relu=lambda _g, _out, _x: None):
        assert grad(y, x).data.tolist() == [0, 0]


def test_an_op_of_many_inputs_has_one_rule_that_knows_the_position():
    x, y = Tensor([1.0]), Tensor([2.0])
    joined = concatenate([x, y])
    with override(concatenate=lambda g, _out, *_xs, position: g[:1] * 0 + position):
        assert [g.item() for g in grad(joined, [x, y], seed=np.ones(2))] == [0, 1]


def test_the_gradient_of_an_overridden_gradient_exists():
    x = Tensor(3.0)
    with override(relu=lambda g, _out, x: g * x * x):
        g = grad(relu(x), x, create_graph=True)
    assert g.item() == 9
    assert slope(g, x) == 6


def test_the_rules_are_restored_when_the_block_ends_or_raises():
    x = Tensor(1.0)
    y = relu(x)
    with override(relu=tenfold):
        pass
    assert slope(y, x) == 1
    with pytest.raises(KeyError), override(relu=tenfold):
        raise KeyError
    assert slope(y, x) == 1


def test_blocks_nest_and_the_innermost_wins():
    x = Tensor(1.0)
    y = relu(exp(x) * 0 + x)
    with override(relu=tenfold):
        with override(relu=lambda g, _out, _x: g * 100):
            assert slope(y, x) == 100
        assert slope(y, x) == 10
        with override(exp=tenfold):
            assert slope(y, x) == 10


def test_threads_do_not_see_each_others_rules():
    x = Tensor(1.0)
    y = relu(x)
    slopes = []
    both_inside = threading.Barrier(2)

    def work(factor):
        with override(relu=lambda g, _out, _x: g * factor):
            both_inside.wait(timeout=60)
            slopes.append((factor, slope(y, x)))
            both_inside.wait(timeout=60)

    threads = [threading.Thread(target=work, args=(factor,)) for factor in (10, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slopes) == [(10, 10), (100, 100)]
    with override(relu=tenfold):
        thread = threading.Thread(target=lambda: slopes.append(slope(y, x)))
        thread.start()
        thread.join()
    assert slopes[-1] == 1


def test_a_rule_may_read_an_input_that_the_graph_did_not_keep():
    x = Tensor([-1.0, 2.0])
    y = sum(relu(x * 3))
    assert y._node.parents[0].inputs == [None]  # relu's own rule reads its output only.
    with override(relu=lambda g, _out, x: g * x):
        assert grad(y, x).data.tolist() == [-9, 18]


def test_a_rule_may_read_an_output_that_the_graph_did_not_keep():
    x = Tensor([1.0, 2.0])
    y = sum(x * 3)
    with override(multiply=lambda g, out, _x, _y: g * out):
        assert grad(y, x).data.tolist() == [3, 6]


def test_unkept_inputs_are_computed_again_along_10000_ops():
    x = Tensor(1.0)
    y = x
    for _ in range(10_000):
        y = y + 1  # Keeps nothing.
    y = relu(y)
    y._node.out = None  # Not even the output, so that all has to be computed again.
    seen = []

    def rule(g, _out, x):
        seen.append(x.item())
        return g

    with override(relu=rule):
        assert slope(y, x) == 1
    assert seen == [10_001]


def test_every_op_of_a_long_chain_may_read_what_was_not_kept():
    x = Tensor(1.0)
    y = x
    for _ in range(10_000):
        y = relu(y)
    with override(relu=lambda g, _out, x: g * x):
        assert slope(y, x) == 1


def test_an_unknown_op_is_refused():
    with (
        pytest.raises(ValueError, match="override: no op is named 'rellu'; there are "),
        override(rellu=guided),
    ):
        pass


def test_an_unknown_input_is_refused():
    with (
        pytest.raises(ValueError, match=r"override: conv2d has the inputs .*, not 'weight'"),
        override(conv2d={"weight": guided}),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("relu", lambda g, out: g),
        ("relu", lambda g, out, x, y: g),
        ("multiply", lambda g, out, x: g),
        ("concatenate", lambda g, out, x: g),
    ],
)
def test_a_rule_that_does_not_fit_the_ops_inputs_is_refused(name, rule):
    with (
        pytest.raises(ValueError, match=rf"rule for {name}: expected the arguments \(g, out, "),
        override(**{name: rule}),
    ):
        pass


def test_nothing_is_swapped_when_one_of_the_rules_is_refused():
    x = Tensor(1.0)
    with pytest.raises(ValueError, match="no op"), override(relu=tenfold, rellu=tenfold):
        pass
    assert slope(relu(x), x) == 1


def test_an_override_of_each_op_is_accepted():
    for name, op in registry.items():
        with override(**{name: {i: lambda g, *_rest, **_settings: g for i in op.inputs}}):
            pass


@pytest.mark.parametrize("rule", [None, 3, "guided"])
def test_what_is_no_function_is_refused(rule):
    with pytest.raises(ValueError, match="override: relu: expected a rule, a function"):  # noqa: SIM117
        with override(relu=rule):
            pass


def test_an_op_without_rules_can_be_given_one():
    x = Tensor([0.5, -0.5])
    y = sign(x)
    with override(sign=lambda g, _out, _x: g):  # The straight-through estimator.
        assert grad(y, x, np.ones(2)).data.tolist() == [1, 1]
    assert grad(y, x, np.ones(2)).data.tolist() == [0, 0]
