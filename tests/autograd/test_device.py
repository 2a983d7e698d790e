"""Where arrays live. A stand-in for CuPy shows what is asked of it; no GPU is needed."""

import importlib.util
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from autograd import Tensor, array_module, to_cpu, to_device, use
from autograd.device import default_module

without_cupy = pytest.mark.skipif(
    importlib.util.find_spec("cupy") is not None, reason="CuPy is installed"
)


@pytest.fixture(autouse=True)
def _cpu_afterwards():
    yield
    use("cpu")


class FakeArray:
    """As much of a cupy.ndarray as moving needs."""

    def __init__(self, array):
        self.array = array

    def get(self):
        return self.array

    def __array_namespace__(self):
        return sys.modules["cupy"]


def fake_cupy(error=None):
    """As much of CuPy as `use` and `to_device` ask for; with `error`, it finds no GPU."""

    class CUDARuntimeError(RuntimeError):
        pass

    def count_devices():
        if error:
            raise CUDARuntimeError(error)
        return 1

    runtime = SimpleNamespace(getDeviceCount=count_devices, CUDARuntimeError=CUDARuntimeError)
    return SimpleNamespace(cuda=SimpleNamespace(runtime=runtime), asarray=FakeArray)


@without_cupy
def test_the_gpu_without_cupy_gives_one_clear_line():
    for call in (lambda: use("gpu"), lambda: to_device(np.ones(2), "gpu")):
        with pytest.raises(RuntimeError) as caught:
            call()
        assert str(caught.value) == 'device "gpu" needs CuPy: install the extra "gpu", or use "cpu"'
        assert caught.value.__suppress_context__


def test_cupy_without_a_gpu_gives_one_clear_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy("no CUDA-capable device is detected"))
    with pytest.raises(RuntimeError, match=r"CuPy finds no GPU \(no CUDA-capable.*; use \"cpu\"$"):
        use("gpu")
    assert default_module() is np


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match='device: expected "cpu" or "gpu", got \'tpu\''):
        use("tpu")


def test_use_chooses_where_new_arrays_are_made(monkeypatch):
    cupy = fake_cupy()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    use("gpu")
    assert default_module() is cupy
    use("cpu")
    assert isinstance(Tensor([1.0]).data, np.ndarray)


def test_arrays_move_there_and_back(monkeypatch):
    cupy = fake_cupy()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    x = np.ones(2)
    there = to_device(x, "gpu")
    assert isinstance(there, FakeArray)
    assert array_module(there) is cupy
    assert to_cpu(there) is x
    assert to_device(there, "cpu") is x


def test_what_is_on_the_cpu_stays_without_a_copy():
    x = np.ones(2)
    assert to_cpu(x) is x
    assert to_device(x, "cpu") is x
    assert to_cpu(Tensor(x)) is x
    assert to_cpu([1.0]).tolist() == [1]


def test_the_array_module_is_that_of_the_first_array():
    assert array_module(np.ones(2)) is np
    assert array_module(2.0, np.ones(2)) is np
    with pytest.raises(TypeError, match="expected an array, got float, list"):
        array_module(2.0, [1.0])
