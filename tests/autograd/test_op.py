"""Adding an op: what `@op` makes of a function, and how its rules are called."""

import numpy as np
import pytest

from autograd import Tensor, array_module, check_grad, grad, op
from autograd.op import registry
from autograd.ops import scatter


@pytest.fixture(autouse=True)
def _no_op_stays():
    before = set(registry)
    yield
    for name in set(registry) - before:
        del registry[name]


def make_cube():
    @op
    def cube(x):
        """x³."""
        return x**3

    cube.rule(x=lambda g, _out, x: g * 3 * x * x)
    return cube


def test_a_function_and_one_rule_make_an_op():
    cube = make_cube()
    check_grad(cube, np.array([[0.5, -1.0], [2.0, 0.0]]), order=3)
    assert cube.__name__ == "cube"
    assert cube.__doc__ == "x³."
    assert registry["cube"] is cube.op


def test_a_broadcasting_op_declares_it_and_its_rules_need_not_care():
    @op(broadcasts=True)
    def hypotenuse(x, y):
        return array_module(x, y).sqrt(x * x + y * y)

    hypotenuse.rule(x=lambda g, out, x, _y: g * x / out, y=lambda g, out, _x, y: g * y / out)
    check_grad(hypotenuse, np.array([[1.0], [2.0]]), np.array([3.0, 4.0, 5.0]), order=2)
    x = Tensor(3.0)
    assert grad(hypotenuse(x, 4), x).item() == 0.6


def test_a_rule_is_given_the_settings_that_it_names():
    seen = []

    @op
    def scaled(x, factor, offset=1.0, *, twice=False):
        return (x * factor + offset) * (2 if twice else 1)

    def rule(g, _out, _x, twice, factor):
        seen.append((factor, twice))
        return g * factor * (2 if twice else 1)

    scaled.rule(x=rule)
    x = Tensor(1.0)
    assert grad(scaled(x, 5.0), x).item() == 5
    assert grad(scaled(x, factor=5.0, twice=True), x).item() == 10
    assert seen == [(5.0, False), (5.0, True)]


def test_a_rule_with_stars_is_given_all_settings():
    seen = {}

    @op
    def shifted(x, by, twice=False):
        return x + by

    shifted.rule(x=lambda g, _out, _x, **how: seen.update(how) or g)
    x = Tensor(1.0)
    grad(shifted(x, 2), x)
    assert seen == {"by": 2, "twice": False}


def test_an_input_left_out_is_none_and_a_number_stays_a_number():
    seen = []

    @op
    def plus(x, y, z=None):
        return x + y if z is None else x + y + z

    plus.rule(
        x=lambda g, out, x, y, z: seen.append((type(out), type(x), type(y), z)) or g,
        y=lambda g, _out, _x, _y, _z: g,
        z=lambda g, _out, _x, _y, _z: g,
    )
    x = Tensor(1.0)
    assert grad(plus(x, 2), x).item() == 1
    assert seen == [(Tensor, Tensor, int, None)]


def test_arrays_that_no_rule_reads_are_not_kept_and_come_as_none():
    seen = []

    @op
    def tripled(x):
        return 3 * x

    tripled.rule(x=lambda g, _out, _x: seen.append((_out, _x)) or 3 * g)
    y = tripled(Tensor(2.0))
    assert y._node.out is None
    assert y._node.inputs == [None]
    grad(tripled(x := Tensor(2.0)), x)
    assert seen == [(None, None)]


def test_an_output_that_a_rule_reads_is_not_computed_again():
    runs = []

    @op
    def root(x):
        runs.append(x.shape)
        return x**0.5

    root.rule(x=lambda g, out, _x: 0.5 * g / out)
    x = Tensor(4.0)
    assert grad(root(x), x).item() == 0.25
    assert runs == [()]


def test_an_op_of_many_inputs_has_one_rule_for_all():
    @op
    def total(*xs):
        out = xs[0].copy()
        for x in xs[1:]:
            out += x
        return out

    total.rule(xs=lambda g, _out, *_xs, position: g * (position + 1))
    xs = [Tensor(1.0), Tensor(2.0), Tensor(3.0)]
    assert [g.item() for g in grad(total(*xs), xs)] == [1, 2, 3]


def test_an_op_whose_inputs_have_no_rule_records_nothing():
    @op
    def rounded(x):
        return array_module(x).round(x)

    rounded.rule(x=None)
    x = Tensor(1.6)
    assert rounded(x).item() == 2
    assert grad(rounded(x) * x, x).item() == 2


def test_a_result_that_is_not_float_has_no_gradient():
    @op
    def positive(x):
        return x > 0

    positive.rule(x=lambda g, _out, _x: g)
    assert positive(Tensor(1.0))._node is None


def test_rules_are_for_the_leading_arguments_in_order():
    @op
    def three(x, y, z):
        return x + y + z

    with pytest.raises(TypeError, match=r"three: rules for \['y'\], but the arguments are"):
        three.rule(y=lambda g, _out, _y: g)


def test_a_rule_that_does_not_fit_is_refused_at_once():
    @op
    def two(x, y):
        return x + y

    with pytest.raises(
        ValueError,
        match=r"rule for two: expected the arguments \(g, out, x, y\), got \(g, out, x\)",
    ):
        two.rule(x=lambda g, out, x: g, y=None)


def test_two_ops_of_one_name_are_refused():
    def relu(x):
        return x

    with pytest.raises(ValueError, match="op: there is one named 'relu' already"):
        op(relu)


def test_an_op_can_be_defined_again_where_it_was_defined():
    make_cube()
    cube = make_cube()
    x = Tensor(2.0)
    assert grad(cube(x), x).item() == 12


def test_an_error_within_an_op_names_it_and_the_shapes():
    @op
    def picky(x):
        raise ValueError("I do not like it")

    picky.rule(x=None)
    with pytest.raises(ValueError, match=r"^picky: I do not like it \(shapes given: \(2, 3\)\)$"):
        picky(np.ones((2, 3)))


def test_a_forgotten_rule_is_an_error_and_not_a_zero():
    @op
    def forgetful(x, y):
        return x * y

    forgetful.rule(x=lambda g, out, _x, y: g * y)
    with pytest.raises(TypeError, match="forgetful: y is a setting, which has no gradient rule"):
        forgetful(Tensor([1.0]), Tensor([2.0]))


def test_a_setting_may_be_named_like_what_rules_of_other_ops_are_told():
    @op
    def picked(x, position):
        return x[position]

    picked.rule(
        x=lambda g, _out, _x, position, input_shape: scatter(g, position, input_shape),
    )
    x = Tensor([1.0, 2.0, 3.0])
    assert grad(picked(x, 2), x).data.tolist() == [0, 0, 1]


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_the_order_in_which_a_power_is_differentiated_twice_is_free(exponent):
    x, y = Tensor(2.0), Tensor(exponent)
    at_x, at_y = grad(x**y, [x, y], create_graph=True)
    assert grad(at_x, y).item() == pytest.approx(grad(at_y, x).item(), rel=1e-12)
