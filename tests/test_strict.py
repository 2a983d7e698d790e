"""The stand-in for CuPy is as strict as it says; else the tests that use it would prove nothing."""

import numpy as np
import pytest

from autograd import Tensor, add

from . import strict

xp = strict.cupy
HERE = np.arange(4, dtype=np.float32)
X = xp.asarray(HERE)
MASK, ROWS = HERE > 1, np.array([0, 2])


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: np.asarray(X),
        lambda: np.array([X, X]),
        lambda: HERE[X.astype(int)],
        lambda: HERE.__setitem__(slice(None), X),
        lambda: np.exp(X),
        lambda: np.sum(X),
        lambda: np.maximum(X, 0),
        lambda: X + HERE,
        lambda: HERE * X,
        lambda: HERE.copy().__iadd__(X),
        lambda: X.copy().__iadd__(HERE),
        lambda: X @ HERE,
        lambda: X < HERE,
        lambda: X * [1, 2, 3, 4],
        lambda: X * (1, 2, 3, 4),
        lambda: X[ROWS],
        lambda: X[MASK],
        lambda: X[[0, 2]],
        lambda: X.__setitem__(slice(2), HERE[:2]),
        lambda: X.__setitem__(MASK, 0),
        lambda: X.clip(HERE, None),
        lambda: X.take([0, 2]),
        lambda: xp.maximum(X, HERE),
        lambda: xp.exp(X, out=HERE.copy()),
        lambda: xp.exp([1.0, 2.0]),
        lambda: xp.sum([1.0, 2.0]),
        lambda: xp.where(MASK, X, 0),
        lambda: xp.where(True, X, 0),
        lambda: xp.where(X > 1, HERE, 0),
        lambda: xp.concatenate([X, HERE]),
        lambda: xp.stack([HERE]),
        lambda: xp.einsum("i,i->", X, HERE),
        lambda: xp.zeros_like(HERE),
        lambda: xp.zeros(X.sum()),
        lambda: xp.add.at(X, ROWS, 1),
        lambda: xp.add.at(xp.arange(3), xp.arange(2), 1),  # Not into 64-bit integers.
        lambda: range(xp.arange(3)[1]),
        lambda: hash(X),
    ],
)
def test_what_a_gpu_refuses_is_refused(mistake):
    with pytest.raises(TypeError):
        mistake()


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: X * np.float64(2),
        lambda: X * xp.asarray(2.0),
        lambda: X / xp.arange(1, 5),
        lambda: xp.maximum(X, np.float64(0)),
        lambda: xp.concatenate([X, xp.zeros(2)]),
        lambda: xp.where(X > 1, X, xp.zeros(4)),
        lambda: np.sqrt(2) * X,
    ],
)
def test_float64_comes_only_where_it_is_asked_for(mistake):
    with pytest.raises(TypeError, match="float32 became float64, which nobody asked for"):
        mistake()
    assert X.astype(np.float64).dtype == X.sum(dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("name", ["frompyfunc", "geomspace", "errstate", "random"])
def test_a_function_that_is_not_in_the_list_is_named(name):
    with pytest.raises(AttributeError, match=f"{name}: not in the stand-in for cupy"):
        getattr(xp, name)


def test_an_attribute_that_is_not_in_the_list_is_named():
    with pytest.raises(AttributeError, match="__array_namespace__: the stand-in"):
        X.__array_namespace__()


@pytest.mark.parametrize(
    "result",
    [
        X.sum(),
        X.max(axis=0),
        X[1],
        xp.argmax(X),
        xp.linalg.norm(X),
        X.any(),
        2 * X,
        np.float32(2) * X,
        xp.maximum(X, 0, out=X.copy()),
        xp.where(X > 1, X, 0),
        xp.einsum("i,i->", X, X),
        X[xp.asarray(ROWS)],
        X.reshape(2, 2).T[0],
    ],
)
def test_results_are_arrays_of_the_gpu(result):
    assert type(result) is strict.ndarray
    assert result.dtype in (np.float32, np.int64, bool)


def test_a_tensor_beside_an_array_is_added_by_its_op():
    assert isinstance(X + Tensor(X), Tensor)
    assert (add(X, Tensor(X)).data == 2 * X).all()


def test_moving_copies():
    there = xp.asarray(HERE)
    there += 1
    assert HERE[0] == 0
    back = there.get()
    back += 1
    assert float(there[0]) == 1


@pytest.mark.parametrize(
    ("count", "work"),
    [
        (0, lambda: xp.exp(X).sum() + len(X)),
        (0, lambda: X[1:] * X[xp.asarray(ROWS)][0]),
        (1, lambda: X.get()),
        (1, lambda: X[0].item()),
        (1, lambda: X.tolist()),
        (1, lambda: float(X.sum())),
        (1, lambda: int(X.argmax())),
        (1, lambda: "some" if (X > 0).any() else "none"),
        (1, lambda: f"{X.sum():.3f}"),
        (1, lambda: X[X > 1]),
        (1, lambda: X.copy().__setitem__(X > 1, 0)),
        (1, lambda: xp.flatnonzero(X)),
        (4, lambda: [float(entry) for entry in X]),
    ],
)
def test_what_asks_for_a_number_waits(count, work):
    strict.waits.clear()
    work()
    assert strict.waits.total() == count
    assert all(line.startswith("tests/test_strict.py:") for line in strict.waits)


def test_cupy_has_all_that_the_stand_in_has():
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
    for ours, theirs, names in [
        (xp, cupy, strict.VALUES | strict.MAKERS | strict.FUNCTIONS | {"ndarray"}),
        (xp.linalg, cupy.linalg, strict.LINALG),
        (xp.fft, cupy.fft, strict.FFT),
        (X, cupy.ndarray, strict.ATTRIBUTES | strict.METHODS | {"get", "item", "tolist"}),
    ]:
        assert [name for name in sorted(names) if not hasattr(theirs, name)] == []
        assert [name for name in sorted(names) if not hasattr(ours, name)] == []
    assert not hasattr(cupy.ndarray, "__array_namespace__")
