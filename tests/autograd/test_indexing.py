"""`x[index]` with each kind of index, by example; cases.py draws the rest."""

import numpy as np
import pytest

from autograd import Tensor, grad

X = np.arange(24.0).reshape(2, 3, 4)

INDICES = [
    1,
    -1,
    (0, 2, 3),
    slice(None, None, -1),
    (slice(None), slice(2, None, -2)),
    None,
    (Ellipsis, None, 1),
    Ellipsis,
    (),
    X > 5,
    (slice(None), np.array([True, False, True])),
    np.array([1, 1, 0]),
    [0, 0, 1],
    (0, [[2, 2], [0, 2]]),
    (slice(None), np.array([[0], [0]]), np.array([3, 3])),
    (np.array([0, 0]), slice(None), np.array([1, 1])),
    ([True, False], Ellipsis, [1, 1]),
    np.int64(1),
    (np.array(1), Ellipsis),
    ((0, 0, 1),),
    np.zeros(0, int),
    [],
    range(1),
]


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_an_index_selects_what_numpys_does_and_counts_repeats(index):
    x = Tensor(X)
    y = x[index]
    np.testing.assert_array_equal(y.data, X[index])
    expected = np.zeros(X.shape)
    np.add.at(expected, index, 1)
    np.testing.assert_array_equal(grad(y, x, seed=np.ones(y.shape)).data, expected)


def test_tensors_may_be_indices():
    x = Tensor(X)
    assert (x[Tensor([1, 1])].data == X[[1, 1]]).all()
    assert (x[:, Tensor([2, 2])].data == X[:, [2, 2]]).all()
    assert (x[x > 5].data == X[X > 5]).all()
    assert grad(x[:, Tensor([2, 2])].sum(), x).data.sum() == 16


def test_an_index_out_of_range_names_the_op_and_the_shape():
    with pytest.raises(IndexError, match=r"getitem: .*out of bounds.*\(2, 3, 4\)"):
        Tensor(X)[5]
    with pytest.raises(IndexError, match=r"getitem: too many indices.*\(2, 3, 4\)"):
        Tensor(X)[0, 0, 0, 0]
