"""check_grad: it sees what is wrong, says what it looks like, and does not cry wolf."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import GradientError, Tensor, check_grad, ops, override
from autograd import op as new_op
from autograd.op import registry
from autograd.strategies import arrays, nets, programs

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 3)), RNG.normal(size=(3,))


def message(f, *arrays, **settings) -> str:
    with pytest.raises(GradientError) as error:
        check_grad(f, *arrays, **settings)
    return str(error.value)


# What is right ------------------------------------------------------------------------------------


@given(programs())
def test_a_program_of_dozens_of_ops_is_right_to_second_order(case):
    program, matrices = case
    assert not check_grad(program, *matrices, order=2).wrong


@given(nets())
def test_a_small_net_is_right_at_its_input_and_its_parameters(case):
    net, inputs = case
    assert not check_grad(net, *inputs).wrong


@pytest.mark.parametrize(
    ("f", "kinks"),
    [
        (ops.relu, (0.0,)),
        (ops.abs, (0.0,)),
        (ops.leaky_relu, (0.0,)),
        (ops.max, (1.0, 1.0)),
        (ops.min, (1.0, 1.0, 1.0)),
        (lambda x: ops.clip(x, -1, 1), (1.0, -1.0)),
        (lambda x: ops.maximum(x, np.ones(3)), (1.0,)),
        (lambda x: ops.max_pool2d(x.reshape(1, 1, 1, 3), (1, 3)), (1.0, 1.0, 1.0)),
        (ops.norm, (0.0, 0.0, 0.0)),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_a_kink_is_told_from_a_mistake(f, kinks, order):
    x = np.array([*kinks, 0.5, -0.7, 0.2])[:3]
    report = check_grad(f, x, order=order)
    assert report.counts["kink"] > 0
    assert not report.wrong


@given(arrays(ties=True), st.sampled_from((ops.max, ops.min, ops.relu, ops.abs)))
def test_ties_and_zeros_raise_no_false_alarm(x, f):
    if x.size:
        check_grad(f, np.round(x), order=2)


def test_a_pole_and_a_jump_are_inconclusive_and_no_mistake():
    assert check_grad(ops.log, np.array([0.0, 1.0])).counts["inconclusive"] > 0
    assert check_grad(ops.sign, np.array([0.0, 1.0])).counts["inconclusive"] > 0


def test_several_outputs_constants_keywords_and_integers_are_taken():
    labels = np.array([0, 2])

    def f(x, labels, scale=1.0):
        return [ops.cross_entropy(x, labels) * scale, x > 0, ops.sum(x * x)]

    report = check_grad(f, X, labels, scale=2.0, order=2)
    assert report.counts["ok"] > 0
    assert report.function.names == ["x"]


@given(st.sampled_from([(), (0,), (2, 0), (3, 0, 2)]))
def test_empty_and_0d_arrays_are_taken(shape):
    check_grad(ops.exp, np.ones(shape), order=2)


def test_float32_is_compared_with_float64():
    assert not check_grad(ops.softmax, X.astype(np.float32), order=2).wrong


def test_linear_functions_are_their_gradients_transposes():
    assert not check_grad(ops.flip, X, linear=True).wrong
    assert "f is not linear" in message(ops.exp, X, linear=True)


# What is wrong ------------------------------------------------------------------------------------


def damaged(name, input_name, damage):
    op = registry[name]
    rule = op.rules[op.inputs.index(input_name)].function

    def planted(*args, **settings):
        return damage(rule(*args, **settings))

    planted.__wrapped__ = rule
    return override(**{name: {input_name: planted}})


def test_an_error_of_a_ten_thousandth_in_one_entry_is_found_and_located():
    x, w = RNG.normal(size=(2, 3, 8, 7)), RNG.normal(size=(4, 3, 3, 2))
    factors = np.ones(w.shape)
    factors[1, 2, 0, 1] = 1.0001
    with damaged("conv2d", "w", lambda g: g * factors):
        said = message(ops.conv2d, x, w)
    assert "is wrong at 1 places" in said
    assert "w[1, 2, 0, 1]: analytic" in said
    assert "ratio 1.0001" in said


@pytest.mark.parametrize(
    ("damage", "hint"),
    [
        (lambda g: g * 2, "x: every entry is 2 times what it should be: a constant factor"),
        (lambda g: -g, "x: the sign is wrong"),
        (lambda g: g * 0, "x: the gradient is zero everywhere"),
        (lambda g: g.T, "x: it is transposed"),
    ],
)
def test_the_pattern_of_a_mistake_is_named(damage, hint):
    with damaged("matmul", "x", damage):
        assert f"hint: {hint}" in message(ops.matmul, RNG.normal(size=(3, 3)), np.eye(3) + 1)


def test_a_missing_sum_over_a_broadcast_axis_is_named():
    @new_op
    def scaled(x, y):
        return x * y

    scaled.rule(x=lambda g, _out, _x, y: g * y, y=lambda g, _out, x, _y: g * x)
    said = message(scaled, X, Y)
    assert "rule for scaled: returned shape (2, 3) for its input y of (3,)" in said
    assert "@op(broadcasts=True)" in said
    del registry["scaled"]


def test_a_tie_that_gives_every_entry_the_whole_gradient_is_seen():
    def whole(g, out, x):
        return g * (x == out)

    with override(max=whole):
        assert "in a tie, each get the whole gradient" in message(ops.max, np.ones(2))


def test_leaving_the_graph_is_named():
    def f(x):
        return x * 0 + np.exp(x.data)

    assert "used the array of the Tensor (t.data)" in message(f, X)


def test_a_wrong_second_derivative_is_seen_though_the_first_is_right():
    with damaged("exp", "x", lambda g: Tensor(g.data)):  # The history is lost.
        check_grad(ops.exp, X)
        assert "the gradient's own gradient (order 2) is wrong" in message(ops.exp, X, order=2)


def test_random_numbers_are_noticed():
    rng = np.random.default_rng(0)
    assert "does f draw random numbers?" in message(lambda x: x * rng.normal(size=3), Y)


def test_a_rule_that_changes_its_cotangent_is_noticed():
    def vandal(g, _out, _x):
        g.data[...] = 0
        return g

    with override(negative=vandal):
        assert "changed its cotangent g in place" in message(ops.negative, X)


def test_a_function_that_changes_its_input_is_noticed():
    def f(x):
        x.data[0] = 7
        return x * 2

    assert "x was changed in place" in message(f, Y.copy())


def test_a_rule_that_is_not_linear_in_the_cotangent_is_noticed():
    with damaged("exp", "x", lambda g: g * g):
        assert "is not linear in the cotangent" in message(ops.exp, X)


def test_a_rule_that_forgets_the_cotangent_is_noticed():
    with override(exp=lambda _g, out, _x: out):
        assert "not zero for a zero cotangent" in message(ops.exp, X)


# What is said -------------------------------------------------------------------------------------


def test_a_report_can_be_read_instead_of_raised():
    with damaged("exp", "x", lambda g: 1.001 * g):
        report = check_grad(ops.exp, Y, raises=False)
    assert report.wrong
    assert report.counts["mismatch"] >= 3
    assert isinstance(GradientError(report), AssertionError)
    worst = report.entries[0]
    assert (worst.argument, worst.index) == ("x", (0,))
    assert worst.analytic == pytest.approx(1.001 * worst.numeric)


def test_the_lines_to_paste_reproduce_the_failure():
    with damaged("multiply", "x", lambda g: 1.5 * g):
        said = message(ops.multiply, X, Y)
        lines = [line.strip() for line in said.partition("to see it again:\n")[2].splitlines()]
        with pytest.raises(GradientError) as again:
            exec("\n".join(lines), {})
    assert str(again.value) == said


@pytest.mark.parametrize(
    ("f", "inputs", "said"),
    [
        (ops.exp, [np.array([1, 2])], "expected at least one array of floats"),
        (lambda x: np.exp(x.data), [X], "returned ndarray, expected a Tensor"),
    ],
)
def test_what_cannot_be_checked_is_refused(f, inputs, said):
    with pytest.raises(TypeError, match=said):
        check_grad(f, *inputs)
