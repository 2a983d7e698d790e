"""`grad` and `backward`: what they return, what they visit, and what they refuse."""

import numpy as np
import pytest

from autograd import Tensor, conv2d, exp, grad, linear, no_grad, op, override, relu, sum
from autograd.op import registry


@pytest.fixture
def counted():
    """An op y = 2x that notes each call of its rule."""

    @op
    def doubled(x):
        return 2 * x

    calls = []

    def rule(g, _out, _x):
        calls.append(g.shape)
        return 2 * g

    doubled.rule(x=rule)
    yield doubled, calls
    del registry["doubled"]


def test_the_gradient_of_a_leaf():
    x = Tensor([1.0, 2.0, 3.0])
    (g,) = grad((x * x).sum(), [x])
    assert g.data.tolist() == [2, 4, 6]


def test_the_gradient_of_an_intermediate_tensor():
    x = Tensor([1.0, 2.0])
    h = x * 3
    at_x, at_h = grad((h * h).sum(), [x, h])
    assert at_h.data.tolist() == [6, 12]
    assert at_x.data.tolist() == [18, 36]


def test_the_gradient_of_y_at_y_is_the_seed():
    y = Tensor([1.0, 2.0]) * 3
    assert grad(y, y, seed=np.array([5.0, 7.0])).data.tolist() == [5, 7]


def test_one_tensor_instead_of_a_sequence_gives_one_gradient():
    x = Tensor(3.0)
    assert isinstance(grad(x * x, x), Tensor)
    assert isinstance(grad(x * x, [x]), list)


def test_a_tensor_asked_for_twice_gets_its_gradient_twice():
    x = Tensor(3.0)
    first, second = grad(x * x, [x, x])
    assert first.item() == second.item() == 6
    assert not np.shares_memory(first.data, second.data)


def test_a_seed_is_the_cotangent_of_y():
    x = Tensor([1.0, 2.0])
    seed = np.array([10.0, 100.0])
    assert grad(x * x, x, seed=seed).data.tolist() == [20, 400]
    assert grad(x * x, x, seed=Tensor(seed)).data.tolist() == [20, 400]
    assert grad(x * x, x, seed=[10, 100]).data.tolist() == [20, 400]


def test_y_of_size_1_needs_no_seed_whatever_its_rank():
    x = Tensor([[2.0]])
    assert grad(x * x, x).data.tolist() == [[4]]


def test_what_y_does_not_depend_on_has_gradient_zeros():
    x, unused = Tensor(1.0), Tensor(np.ones((2, 3), np.float32))
    g = grad(x * x, [x, unused])[1]
    assert g.shape == (2, 3)
    assert g.dtype == np.float32
    assert not g.data.any()


def test_what_comes_after_y_has_gradient_zeros():
    y = Tensor(2.0) * 3
    later = y * y
    assert grad(y, later).item() == 0


def test_nothing_is_changed_by_grad():
    x = Tensor([1.0, 2.0])
    before = x.data.copy()
    y = (exp(x) * x).sum()
    first, again = grad(y, x), grad(y, x)
    assert x.grad is None
    assert (first.data == again.data).all()
    assert (x.data == before).all()


def test_create_graph_gives_derivatives_of_any_order():
    x = Tensor(2.0)
    derivative = x**5
    for expected in (80, 160, 240, 240, 120, 0):
        derivative = grad(derivative, x, create_graph=True)
        assert derivative.item() == pytest.approx(expected)


def test_create_graph_differentiates_through_the_seed():
    x, u = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    for y in (x * 5, x + 5):  # The rule of + hands the seed through as it is.
        g = grad(y, x, seed=u, create_graph=True)
        assert (grad(g, u, seed=np.ones(2)).data == grad(y, x, seed=np.ones(2)).data).all()


def test_without_create_graph_a_gradient_has_no_history():
    x, u = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    for y in (x * x, x + 5, x):
        g = grad(y, x, seed=u)
        assert not grad(g, [x], seed=np.ones(2))[0].data.any()
        assert not grad(g, [u], seed=np.ones(2))[0].data.any()


def test_a_gradient_penalty_trains():
    """∂/∂w of ‖∂f/∂x‖², as in WGAN-GP: a mixed second derivative."""
    x, w = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    g = grad((x * x * w).sum(), x, create_graph=True)
    assert grad((g * g).sum(), w).data.tolist() == [2 * 4 * 3, 2 * 16 * 4]  # (2xw)² → 8x²w


def test_only_the_rules_between_xs_and_y_run():
    image, kernel = Tensor(np.ones((1, 1, 4, 4))), Tensor(np.ones((1, 1, 3, 3)))
    weight, bias = Tensor(np.ones((2, 4))), Tensor(np.ones(2))
    y = linear(conv2d(image, kernel).reshape(1, 4), weight, bias).sum()
    ran = []

    def watched(name, rule):
        def run(g, out, *inputs, **settings):
            ran.append(name)
            return rule(g, out, *inputs, **settings)

        return run

    rules = {
        name: {
            i: watched(f"{name} at {i}", rule.function)
            for i, rule in zip(registry[name].inputs, registry[name].rules, strict=True)
        }
        for name in ("conv2d", "linear")
    }
    with override(**rules):
        grad(y, image)
        assert ran == ["linear at x", "conv2d at x"]
        ran.clear()
        grad(y, weight)
        assert ran == ["linear at w"]
        ran.clear()
        grad(y, [image, kernel])
        assert sorted(ran) == ["conv2d at w", "conv2d at x", "linear at x"]


def test_constants_are_not_differentiated(counted):
    doubled, calls = counted
    x = Tensor(3.0)
    y = x * doubled(np.array(2.0)) * doubled(Tensor(2.0).data)
    grad(y, x)
    assert calls == []


def test_a_shared_subgraph_is_walked_once(counted):
    doubled, calls = counted
    x = Tensor(1.0)
    h = doubled(x)
    for _ in range(20):
        h = h + h  # 2²⁰ paths.
    assert grad(h, x).item() == 2**21
    assert calls == [()]


def test_a_chain_of_10000_ops():
    x = Tensor(1.0)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    assert grad(y, x).item() == pytest.approx(1.0001**10_000)
    y.backward()
    assert x.grad.item() == pytest.approx(1.0001**10_000)


def test_a_chain_of_10000_ops_twice():
    x = Tensor(1.0)
    y = x * x
    for _ in range(10_000):
        y = y * 1.0
    g = grad(y, x, create_graph=True)
    assert grad(g, x).item() == 2


def test_one_tensor_used_a_thousand_times():
    x = Tensor([1.0, 2.0])
    y = x * 0
    for k in range(1000):
        y = y + x * k
    assert grad(y.sum(), x).data.tolist() == [999 * 500] * 2


def test_a_diamond_adds_up_its_paths():
    x = Tensor(3.0)
    left, right = x * x, x * 5
    assert grad(left * right, x).item() == 3 * 5 * 3**2


def test_an_op_given_one_tensor_twice():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    total = np.ones((2, 2))
    expected = total @ x.data.T + x.data.T @ total
    assert (grad((x @ x).sum(), x).data == expected).all()


def test_no_grad_records_nothing():
    x = Tensor(3.0)
    with no_grad():
        y = x * x
    assert grad(y * x, x).item() == 9


def test_no_grad_ends_when_it_raises():
    x = Tensor(3.0)
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert grad(x * x, x).item() == 6


def test_backward_fills_the_leaves_only():
    x, w = Tensor(3.0), Tensor(2.0)
    h = x * w
    y = h * h
    y.backward()
    assert x.grad.item() == 24
    assert w.grad.item() == 36
    assert h.grad is None
    assert y.grad is None


def test_backward_replaces_what_it_left_before():
    x = Tensor(3.0)
    (x * x).backward()
    (x * 2).backward()
    assert x.grad.item() == 2


def test_backward_takes_a_seed():
    x = Tensor([1.0, 2.0])
    (x * x).backward(np.array([1.0, 10.0]))
    assert x.grad.data.tolist() == [2, 40]


def test_backward_leaves_no_history_in_the_gradients():
    x = Tensor(3.0)
    (x * x).backward()
    assert grad(x.grad, x).item() == 0


def test_detach_cuts_the_history():
    x = Tensor(3.0)
    h = x * x
    cut = h.detach()
    assert grad(cut * x, x).item() == 9
    assert grad(cut * x, cut).item() == 3
    assert np.shares_memory(cut.data, h.data)


@pytest.mark.parametrize("f", [lambda x: x * 1, lambda x: x + 1, lambda x: x.reshape(2, 3), relu])
def test_gradients_are_arrays_of_their_own(f):
    x, y = Tensor(np.ones((3, 2))), Tensor(np.ones((3, 2)))
    out = f(x) + f(y)
    seed = np.ones(out.shape)
    gx, gy, g_out = (g.data for g in grad(out, [x, y, out], seed=seed))
    others = [seed, x.data, y.data, out.data]
    for g in (gx, gy, g_out):
        assert g.flags.writeable
        assert g.flags.c_contiguous
        assert not any(np.shares_memory(g, other) for other in others)
        others.append(g)


def test_the_seed_is_not_the_gradient_nor_changed():
    x = Tensor([1.0, 2.0])
    seed = np.array([1.0, 1.0])
    g = grad(x + 1, x, seed=seed)
    g.data[...] = 9
    assert seed.tolist() == [1, 1]


def test_a_gradient_of_a_broadcast_input_is_writable():
    x = Tensor(np.ones((2, 3)))
    g = grad(x.sum(), x).data
    g += 1
    assert (g == 2).all()


def test_a_gradient_has_its_own_tensors_dtype_in_mixed_precision():
    single, double = Tensor(np.ones(3, np.float32)), Tensor(np.ones(3))
    y = (single * double).sum()
    assert y.dtype == np.float64
    at_single, at_double = grad(y, [single, double])
    assert at_single.dtype == np.float32
    assert at_double.dtype == np.float64
    second = grad(sum(grad(exp(y), single, create_graph=True)), [single, double])
    assert [g.dtype for g in second] == [np.float32, np.float64]


def test_a_seed_of_another_precision_is_cast_to_ys():
    x = Tensor(np.ones(3, np.float32))
    assert grad(x * x, x, seed=np.ones(3)).dtype == np.float32


def test_integers_take_part_as_constants():
    x, indices = Tensor([1.0, 2.0, 3.0]), Tensor(np.array([2, 2, 0]))
    y = (x[indices] * indices).sum()
    assert grad(y, x).data.tolist() == [0, 0, 4]


def test_the_gradient_of_an_integer_tensor_is_refused():
    n, x = Tensor([1, 2]), Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="grad: xs: expected floats, got a Tensor of int64"):
        grad((x * n).sum(), n)
    with pytest.raises(TypeError, match="grad: y: expected floats, got a Tensor of int64"):
        grad(n.sum(), x)
    with pytest.raises(TypeError, match="grad: y: expected floats, got a Tensor of bool"):
        grad(x.sum() > 1, x)


def test_the_gradient_of_a_constant_is_refused():
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="grad: xs: expected a Tensor, got ndarray"):
        grad(x.sum(), [np.ones(2)])
    with pytest.raises(TypeError, match="grad: y: expected a Tensor, got float"):
        grad(3.0, x)


def test_the_gradient_of_a_function_is_refused_with_advice():
    x = Tensor(1.0)
    with pytest.raises(TypeError, match=r"y is a function; call it first, grad\(f\(x\), \[x\]\)"):
        grad(exp, [x])


def test_a_missing_or_misshapen_seed_is_refused():
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"y has shape \(2,\); give a seed of that shape"):
        grad(x * x, x)
    with pytest.raises(ValueError, match=r"seed has shape \(3,\), but y has \(2,\)"):
        grad(x * x, x, seed=np.ones(3))


def test_a_rule_that_returns_another_shape_is_named():
    x = Tensor([1.0, 2.0])
    y = relu(x).sum()
    with (
        override(relu=lambda g, _out, _x: g.sum()),
        pytest.raises(
            ValueError, match=r"rule for relu: returned shape \(\) for its input x of \(2,\)"
        ),
    ):
        grad(y, x)


def test_the_tensors_may_come_from_an_iterator():
    x = Tensor([1.0, 2.0])
    (g,) = grad(x.sum(), (t for t in [x]))
    assert g.data.tolist() == [1, 1]
    with pytest.raises(TypeError, match="grad: xs: expected Tensors, got NoneType"):
        grad(x.sum(), None)
