"""Where arrays live. What runs there is tested in tests/test_devices.py."""

import sys

import numpy as np
import pytest

from autograd import Tensor, array_module, to_cpu, to_device, use
from autograd.device import default_module, device_module

from .. import strict


@pytest.fixture(autouse=True)
def _cpu_afterwards():
    yield
    use("cpu")


def test_the_gpu_without_cupy_gives_one_clear_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)  # As if it were not installed.
    for call in (lambda: use("gpu"), lambda: to_device(np.ones(2), "gpu")):
        with pytest.raises(RuntimeError) as caught:
            call()
        assert str(caught.value) == 'device "gpu" needs CuPy: install the extra "gpu", or use "cpu"'
        assert caught.value.__suppress_context__


def test_cupy_without_a_gpu_gives_one_clear_line(monkeypatch):
    def count_devices():
        raise strict.CUDARuntimeError("no CUDA-capable device is detected")

    monkeypatch.setattr(strict.cupy.cuda.runtime, "getDeviceCount", count_devices)
    with (
        strict.installed(),
        pytest.raises(RuntimeError, match=r"CuPy finds no GPU \(no CUDA-capable.*; use \"cpu\"$"),
    ):
        use("gpu")
    assert default_module() is np


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match='device: expected "cpu" or "gpu", got \'tpu\''):
        use("tpu")


def test_use_chooses_where_new_arrays_are_made(device):
    use(device)
    assert default_module() is device_module(device)
    assert type(Tensor([1.0]).data) is device_module(device).ndarray
    use("cpu")
    assert type(Tensor([1.0]).data) is np.ndarray


def test_arrays_move_there_and_back(device):
    x = np.ones(2)
    there = to_device(x, device)
    assert array_module(2.0, there) is device_module(device)
    assert to_device(there, device) is there
    for back in (to_cpu(there), to_cpu(Tensor(there)), to_device(there, "cpu")):
        assert type(back) is np.ndarray
        np.testing.assert_array_equal(back, x)


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
