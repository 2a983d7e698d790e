"""check_grad: it sees what is wrong, says what it looks like, and does not cry wolf."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import GradientError, Tensor, check_grad, ops, override
from autograd import op as new_op
from autograd.op import registry
from autograd.strategies import arrays, nets, programs
from nets import Linear

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
    report = check_grad(ops.sign, np.array([0.0, 1.0]))
    assert report.counts["inconclusive"] > 0
    assert report.counts["ok"] > 0


def test_several_outputs_constants_keywords_and_integers_are_taken():
    labels = np.array([0, 2])

    def f(x, labels, scale=1.0):
        return [ops.cross_entropy(x, labels) * scale, x > 0, ops.sum(x * x)]

    report = check_grad(f, X, labels, scale=2.0, order=2)
    assert report.counts["ok"] > 0
    assert report.checked == ["x"]


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
    assert "is wrong: 1 of" in said
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
        assert "the gradient's own gradient (order 2) of exp is wrong" in message(
            ops.exp, X, order=2
        )


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
        (lambda x: np.exp(x.data), [X], "is ndarray, expected a Tensor"),
    ],
)
def test_what_cannot_be_checked_is_refused(f, inputs, said):
    with pytest.raises(TypeError, match=said):
        check_grad(f, *inputs)


# What a closer look found -------------------------------------------------------------------------


def op_with(forward, rule):
    """A new op of one input x, to be taken out of the registry after use."""
    made = new_op(forward)
    made.rule(x=rule)
    return made


@pytest.fixture(autouse=True)
def _registry():
    """Whatever ops a test defines are gone after it."""
    before = dict(registry)
    yield
    registry.clear()
    registry.update(before)


def log_of(x):
    return np.log(x)


def squared(x):
    return x * x


def cubed(x):
    return x * x * x


@pytest.mark.parametrize(
    ("forward", "rule", "x"),
    [
        (log_of, lambda g, _out, x: 3 * g / x, [0.0, 1.0, 2.0]),  # Beside an infinite output,
        (squared, lambda g, _out, x: 3 * g * x, [1e10, 2e10]),  # far from 0,
        (cubed, lambda g, _out, _x: g, [0.0, 0.0, 0.0]),  # where the slope is 0,
        (squared, lambda g, _out, x: 2.1 * g * x, [1e-9, 2e-9]),  # and near 0;
        (lambda x: x * (1 - x), lambda g, _out, x: g * 0, [0.0]),  # and no gradient, at a root.
    ],
)
def test_a_wrong_rule_is_seen(forward, rule, x):
    message(op_with(forward, rule), np.array(x))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (ops.softmax, np.array([0, 20, 10], np.float32)),
        (lambda x: ops.cross_entropy(x, np.array([1])), np.array([[0.0, 20.0, 10.0]])),
        (lambda x: x - x.mean(), 100 + 0.01 * RNG.normal(size=9)),
        (ops.sqrt, np.array([0.0, 1.0])),
        (ops.sin, np.array([1e8, 1.0])),
        (lambda x: x * x * x, np.zeros(3)),
        (lambda x: ops.relu(x) ** 2, np.zeros(3)),
        (lambda x: ops.relu(x - 0.1), np.array([0.1, 1], np.float32)),
        (lambda x: x * 1e-14, X),
        # A faint kink on a curve.
        (lambda x: x * x + x + 1e-5 * ops.relu(x), np.zeros(3)),
        (lambda x: x + 1e-6 * ops.relu(x), np.zeros(2)),
        # Among many slopes, a few that are lost in rounding.
        (ops.gelu, 5 * np.random.default_rng(0).normal(size=100)),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_a_right_gradient_raises_no_false_alarm(f, x, order):
    check_grad(f, x, order=order)


def test_what_nobody_could_see_does_not_pass():
    assert "nothing could be compared" in message(ops.sign, np.zeros(3))
    certain = np.array([[0.0, 40.0, 10.0]])  # All digits of the loss are lost.
    said = message(lambda x: ops.cross_entropy(x, np.array([1])), certain)
    assert "nothing could be compared" in said


def test_nan_in_float32_or_in_another_memory_order_only_is_seen():
    def nan_unless(condition):
        return lambda g, _out, x: g * 2 * x * (1 if condition(x.data) else np.nan)

    contiguous = op_with(squared, nan_unless(lambda x: x.flags.c_contiguous))
    assert "for arrays transposed in memory" in message(contiguous, X)
    forwards = op_with(squared, nan_unless(lambda x: all(s >= 0 for s in x.strides)))
    assert "for arrays backwards in memory" in message(forwards, X)
    double = op_with(squared, nan_unless(lambda x: x.dtype == np.float64))
    assert "float32" in message(double, X.astype(np.float32))


def test_a_rule_that_keeps_a_buffer_is_noticed():
    buffer = np.zeros(3)

    def rule(g, _out, x):
        buffer[:] = 2 * g.data * x.data
        return Tensor(buffer)

    assert "does a rule keep a buffer?" in message(op_with(squared, rule), Y)


def test_what_is_kept_between_calls_is_noticed():
    seen = []

    def squared_and_seen(x):
        seen.append(x)
        return x * x

    last_seen = op_with(squared_and_seen, lambda g, _out, _x: g * 2 * seen[-1])
    assert "another call between f and its gradient" in message(last_seen, Y)

    buffer = np.zeros(3)
    into_buffer = op_with(
        lambda x: np.square(x, out=buffer, casting="unsafe"), lambda g, _out, x: g * 2 * x
    )
    assert "another call changed what the first had returned" in message(into_buffer, Y)


def test_an_argument_of_integers_is_said_to_be_held_fixed():
    assert "(y held fixed)" in str(check_grad(ops.multiply, Y, np.array([1, 2, 3])))


def test_what_is_no_array_is_handed_on_as_it_is():
    x, w = RNG.normal(size=(1, 2, 3, 3)), RNG.normal(size=(2, 2, 2, 2))
    assert check_grad(ops.conv2d, x, w, None).checked == ["x", "w"]
    assert check_grad(lambda x, i: x[i], Y, slice(1, None)).checked == ["x"]
    assert check_grad(lambda x, k: x * k, [1.0, 2.0], 3).checked == ["x"]
    assert check_grad(ops.exp, 0.5).counts["ok"] > 0


def test_the_parameters_of_a_module_are_named_and_can_be_checked():
    net = Linear(3, 2, rng=0)

    def loss(w):
        net.weight = w
        return ops.cross_entropy(net(X), np.array([0, 1]))

    assert check_grad(net, X).checked == ["x"]
    assert check_grad(loss, net.weight, order=2).checked == ["w"]


def test_an_error_in_a_rule_names_the_rule():
    broken = op_with(squared, lambda g, _out, x: ops.matmul(g, x))
    assert "rule for squared: input x: matmul: " in message(broken, X)


def test_a_function_may_refuse_what_only_the_checker_gives_it():
    def picky(x, y):
        if np.array_equal(x.data, y.data) or len(set(map(tuple, x.data))) < len(x.data):
            raise KeyError("not these")
        return x * y

    check_grad(picky, X, X + 1)


@pytest.mark.parametrize("order", [0, -1, 1.5, "2", None, True])
def test_an_order_that_is_no_whole_number_is_refused(order):
    with pytest.raises(ValueError, match="order: expected a whole number >= 1"):
        check_grad(ops.exp, X, order=order)


def test_outputs_that_change_their_shape_are_refused():
    calls = []

    def growing(x):
        calls.append(0)
        return ops.concatenate([x] * len(calls))

    with pytest.raises(ValueError, match="they may not change in number or shape"):
        check_grad(growing, Y)


def test_of_many_entries_a_hint_says_every_only_if_all_are_wrong():
    row = np.ones((10, 20))
    row[3] = 2
    with damaged("exp", "x", lambda g: g * row):
        said = message(ops.exp, RNG.normal(size=(10, 20)))
    assert "x[3, " in said
    assert "hint: x: each wrong entry is 2 times what it should be" in said


def test_a_forgotten_term_has_a_hint():
    with override(tanh=lambda g, _out, _x: g):
        assert "is a term forgotten" in message(ops.tanh, X)


def test_lines_to_paste_name_the_seed_of_a_generator():
    with damaged("exp", "x", lambda g: g * 2):
        said = message(ops.exp, Y, rng=np.random.default_rng(3))
    seed = np.random.default_rng(3).integers(2**32)
    assert f"check_grad(exp, x, rng={seed})" in said


def test_where_lines_to_paste_need_something_of_the_users_they_say_so():
    labels = np.array([0, 2])

    def my_loss(x, labels, weight=None):
        return Tensor(x.data.sum()) * 1.0

    said = message(my_loss, X, labels, weight=np.ones(3), order=2, rng=3)
    assert "my_loss = ...  # yours" in said
    assert "labels = np.array([0, 2], dtype=np.int64)" in said
    assert (
        said.endswith(
            "my_loss(x, labels, weight=np.array([1.0, 1.0, 1.0], dtype=np.float64), order=2, rng=3)"
        )
        or "weight=np.array([1.0, 1.0, 1.0], dtype=np.float64), order=2, rng=3)" in said
    )


def test_lines_for_a_large_array_have_random_numbers_only_if_these_fail_as_well():
    with damaged("exp", "x", lambda g: 1.5 * g):
        assert "normal(size=(50,))" in message(ops.exp, np.zeros(50))
    with override(relu=lambda g, _out, x: g * (x > 0) + 5 * g * (x == 0)):
        assert "error.report.arguments['x']" in message(ops.relu, np.zeros(50))
