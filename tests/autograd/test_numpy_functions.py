"""NumPy's functions of a Tensor: the op of that name answers, and nothing loses its gradient."""

import numpy as np
import pytest

from autograd import Tensor, grad
from autograd import sum as total

MASK = np.array([True, False, True])


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: np.where(MASK, 3 * x, 0), [3, 0, 3]),
        (lambda x: np.clip(x, -1.5, 1.5), [1, 0, 0]),
        (lambda x: np.concatenate([x, 2 * x]), [3, 3, 3]),
        (lambda x: np.stack([x, x], axis=1), [2, 2, 2]),
        (lambda x: np.sum(x, axis=0), [1, 1, 1]),
        (lambda x: np.abs(x), [1, -1, 1]),
        (lambda x: np.true_divide(x, 2), [0.5, 0.5, 0.5]),
    ],
)
def test_a_function_that_has_an_op_keeps_the_gradient(f, slope):
    x = Tensor([1.0, -2.0, 3.0])
    y = f(x)
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(grad(total(y), x).data, slope)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.cumsum(x),
        lambda x: np.sort(x),
        lambda x: np.tile(x, 2),
        lambda x: np.dot(x, x),
    ],
)
def test_a_function_that_has_none_is_refused(f):
    with pytest.raises(TypeError, match=r"np\.\w+ does not take a Tensor; use an op, or t\.data"):
        f(Tensor([1.0, 2.0]))


def test_questions_about_numbers_are_answered():
    x = Tensor([1.0, 2.0])
    assert np.allclose(x, [1, 2])
    assert np.array_equal(x, x)
    assert np.shape(x) == (2,)


def test_a_function_of_a_submodule_may_mean_something_else_and_is_refused():
    with pytest.raises(TypeError, match=r"numpy\.linalg\.norm does not take a Tensor"):
        np.linalg.norm(Tensor([[3.0, 4.0]]), 1)
