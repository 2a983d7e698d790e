"""Tensors: what they are made of, their operators, and how they meet NumPy."""

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad, ops
from autograd.strategies import arrays, broadcastable

BINARY = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
COMPARISONS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)


def test_a_tensor_keeps_the_array_that_it_is_given():
    array = np.ones(3, np.float32)
    assert Tensor(array).data is array


def test_a_tensor_of_numbers():
    assert Tensor(2.0).shape == ()
    assert Tensor([[1.0, 2.0]]).shape == (1, 2)
    assert Tensor([1, 2]).dtype.kind == "i"
    assert Tensor(np.float32(2)).dtype == np.float32


@pytest.mark.parametrize("data", [[1j], "text", None, [None], object()])
def test_what_is_not_real_numbers_is_refused(data):
    with pytest.raises(TypeError, match="Tensor: expected real numbers, got dtype"):
        Tensor(data)


def test_a_tensor_of_a_tensor_is_refused_with_advice():
    with pytest.raises(TypeError, match=r"t\.detach\(\)"):
        Tensor(Tensor(1.0))


@pytest.mark.parametrize("operation", [*BINARY, *COMPARISONS])
@given(data=st.data())
def test_operators_are_numpys_with_a_tensor_on_either_side(operation, data):
    x, y = (data.draw(arrays(s, positive=True)) for s in data.draw(broadcastable(2)))
    expected = np.asarray(operation(x, y))
    for left, right in ((Tensor(x), Tensor(y)), (Tensor(x), y), (x, Tensor(y))):
        out = operation(left, right)
        assert isinstance(out, Tensor)
        np.testing.assert_array_equal(out.data, expected, strict=True)


@pytest.mark.parametrize("operation", [*BINARY, *COMPARISONS])
@pytest.mark.parametrize("number", [2, 0.5, True, np.float64(1.5), np.int64(3)])
def test_operators_take_a_number_on_either_side_and_it_never_promotes(operation, number):
    x = np.array([0.5, 1.5], np.float32)
    plain = number.item() if isinstance(number, np.generic) else number
    for out, expected in (
        (operation(Tensor(x), number), operation(x, plain)),
        (operation(number, Tensor(x)), operation(plain, x)),
    ):
        assert isinstance(out, Tensor)
        np.testing.assert_array_equal(out.data, expected, strict=True)


def test_an_array_of_higher_precision_promotes_as_in_numpy():
    x = Tensor(np.ones(2, np.float32))
    assert (x * np.ones(2)).dtype == np.float64
    assert grad((x * np.ones(2)).sum(), x).dtype == np.float32


def test_matmul_is_an_operator_on_either_side():
    x, y = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    for left, right in ((Tensor(x), Tensor(y)), (Tensor(x), y), (x, Tensor(y))):
        out = left @ right
        assert isinstance(out, Tensor)
        assert (out.data == x @ y).all()


def test_negative_and_absolute_value():
    x = Tensor([-1.0, 2.0])
    assert (-x).data.tolist() == [1, -2]
    assert abs(x).data.tolist() == [1, 2]


def test_the_array_methods_are_the_ops_of_that_name():
    array = np.arange(1.0, 7.0).reshape(2, 3)
    x = Tensor(array)
    for name in ("sum", "mean", "var", "max", "min"):
        for settings in ({}, {"axis": 1}, {"axis": (0, 1), "keepdims": True}):
            out = getattr(x, name)(**settings).data
            np.testing.assert_allclose(out, getattr(array, name)(**settings), rtol=1e-15)
    for name in ("exp", "log", "sqrt", "tanh", "abs"):
        assert (getattr(x, name)().data == getattr(np, name)(array)).all()
    assert x.reshape(3, 2).shape == x.reshape((3, -1)).shape == (3, 2)
    assert x.transpose().shape == x.T.shape == x.transpose(1, 0).shape == (3, 2)
    assert x.transpose((1, 0)).shape == (3, 2)
    assert x.reshape(1, 2, 3).squeeze().shape == (2, 3)
    assert (x.clip(2, 4).data == array.clip(2, 4)).all()
    assert (x.flip(1).data == np.flip(array, 1)).all()
    assert (x.roll(1).data == np.roll(array, 1)).all()
    assert x.reshape(1, 2, 3).moveaxis(0, 2).shape == (2, 3, 1)
    assert x.astype("float32").dtype == np.float32


def test_python_asks_a_tensor_for_its_number():
    assert Tensor(2.5).item() == float(Tensor(2.5)) == 2.5
    assert int(Tensor(2)) == 2
    assert bool(Tensor(0.0)) is False
    assert len(Tensor([1.0, 2.0])) == 2
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))


def test_iterating_gives_tensors_that_are_differentiated():
    x = Tensor([1.0, 2.0])
    first, second = x
    assert grad(first * second, x).data.tolist() == [2, 1]


def test_a_tensor_prints_its_numbers_and_dtype():
    assert repr(Tensor([1.0, 2.5])) == "Tensor([1. , 2.5], dtype=float64)"


def test_tensors_are_hashed_by_identity():
    x, y = Tensor([1.0]), Tensor([1.0])
    assert len({x, y, x}) == 2


def test_a_ufunc_of_a_tensor_is_the_op_of_that_name():
    x = Tensor([1.0, 2.0])
    y = np.exp(x)
    assert isinstance(y, Tensor)
    assert (grad(y.sum(), x).data == np.exp(x.data)).all()
    assert isinstance(np.maximum(np.ones(2), x), Tensor)


@pytest.mark.parametrize("ufunc", [np.arctan, np.square, np.isnan])
def test_a_ufunc_without_an_op_is_refused_with_advice(ufunc):
    with pytest.raises(TypeError, match=f"np.{ufunc.__name__} does not take a Tensor; use an op"):
        ufunc(Tensor([1.0, 2.0]))


def test_a_ufuncs_other_methods_and_arguments_are_refused():
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"np.add does not take a Tensor; use an op, or t\.data"):
        np.add.reduce(x)
    with pytest.raises(TypeError, match=r"np\.exp does not take a Tensor"):
        np.exp(x, where=np.array([True, False]))


def test_writing_a_tensor_into_an_array_is_refused_with_advice():
    array, x = np.ones(2), Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"cannot write a Tensor into an array; .*t\.data"):
        array -= x
    assert array.tolist() == [1, 1]
    array -= x.data
    assert array.tolist() == [0, -1]


def test_assignment_in_place_is_refused_with_advice():
    x = Tensor([1.0, 2.0])
    with pytest.raises(
        TypeError, match=r"cannot be assigned to in place.*x = where\(mask, value, x\)"
    ):
        x[0] = 3.0
    with pytest.raises(TypeError, match="cannot be assigned to in place"):
        x[0] += 3.0
    assert x.data.tolist() == [1, 2]


def test_an_augmented_assignment_makes_another_tensor():
    x = Tensor([1.0, 2.0])
    y = x
    y += 1
    y *= y
    assert x.data.tolist() == [1, 2]
    assert grad(y.sum(), x).data.tolist() == [4, 6]


def test_assigning_data_starts_a_new_variable():
    w = Tensor([1.0, 2.0])
    before = (w * w).sum()
    w.data = np.array([5.0, 6.0])
    assert grad((w * w).sum(), w).data.tolist() == [10, 12]
    assert grad(before, w).data.tolist() == [0, 0]


def test_data_is_updated_in_place_between_steps():
    w = Tensor([1.0, 2.0])
    for expected in ([0.5, 1.0], [0.25, 0.5]):
        (w * w).sum().backward()
        w.data -= 0.25 * w.grad.data
        assert w.data.tolist() == expected


def test_the_data_of_a_result_may_be_assigned_too():
    x = Tensor([1.0])
    h = x * 2
    h.data = np.array([7.0])
    assert grad((h * h).sum(), [x, h])[1].data.tolist() == [14]


@pytest.mark.parametrize("value", [Tensor(1.0), 1.0, [1.0], None])
def test_data_is_an_array_only(value):
    w = Tensor([1.0])
    with pytest.raises(TypeError, match="data: expected an array, got"):
        w.data = value


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_is_a_variable_of_its_own(copied):
    x = Tensor([3.0])
    (x * x).backward()
    other = copied(x)
    (other * 2).backward()
    assert (x.grad.item(), other.grad.item()) == (6, 2)
    assert not np.shares_memory(x.data, other.data)


def test_an_unknown_attribute_is_refused():
    with pytest.raises(AttributeError):
        Tensor(1.0).requires_grad = True


def test_ops_take_arrays_and_numbers_and_return_tensors():
    assert isinstance(ops.exp(np.ones(2)), Tensor)
    assert isinstance(ops.exp(1), Tensor)
    assert isinstance(ops.maximum(1.0, 2.0), Tensor)
    assert ops.add([1.0, 2.0], (3.0, 4.0)).data.tolist() == [4, 6]
    assert isinstance(ops.pad(np.ones(2), 0, mode="reflect"), Tensor)


def test_0d_results_are_arrays():
    x = Tensor(2.0)
    for y in (x * x, x.sum(), x + 1, ops.exp(x), Tensor([1.0, 2.0])[0], ops.matmul([1.0], [2.0])):
        assert isinstance(y.data, np.ndarray)
        assert y.shape == ()
