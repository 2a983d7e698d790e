"""Where arrays live: on the CPU (NumPy) or on a GPU (CuPy).

This is the only file that imports CuPy. All other code asks an array for its module,
`xp = array_module(x)`, and calls `xp.exp`, `xp.zeros`, ... whichever device `x` is on.
"""

import math
import sys
from types import ModuleType
from typing import Any

import numpy as np

Array = Any  # A numpy.ndarray or a cupy.ndarray.

_default: ModuleType = np


def array_module(*arrays: Array) -> ModuleType:
    """The module whose functions work on these arrays: numpy, or cupy for arrays on a GPU.

    Numbers among them do not count.
    """
    for x in arrays:
        # A NumPy scalar is what NumPy's arithmetic makes of a 0-d array.
        if isinstance(x, (np.ndarray, np.generic)):
            return np
        if on_gpu(x):
            return sys.modules["cupy"]
    raise TypeError(f"expected an array, got {', '.join(type(x).__name__ for x in arrays)}")


def on_gpu(x: Any) -> bool:
    """Whether x is an array on a GPU."""
    cupy = sys.modules.get("cupy")  # Whoever has such an array has imported CuPy.
    return cupy is not None and isinstance(x, cupy.ndarray)


def default_module() -> ModuleType:
    """The module that makes new arrays from Python numbers: numpy until `use("gpu")`."""
    return _default


def use(device: str) -> None:
    """Choose the device ("cpu" or "gpu") on which new arrays are made from Python numbers.

    Arrays that exist stay where they are; move a network with `net.to("gpu")`.

    Raises:
        ValueError: `device` is not a device's name.
        RuntimeError: "gpu" without CuPy, or without a GPU that CuPy can reach.
    """
    global _default
    _default = device_module(device)


def device_module(device: str) -> ModuleType:
    """The array module of a device ("cpu" or "gpu"). Raises as `use` does."""
    if device == "cpu":
        return np
    if device != "gpu":
        raise ValueError(f'device: expected "cpu" or "gpu", got {device!r}')
    try:
        import cupy
    except ImportError:
        raise RuntimeError(
            'device "gpu" needs CuPy: install the extra "gpu", or use "cpu"'
        ) from None
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise RuntimeError(f'device "gpu": CuPy finds no GPU ({error}); use "cpu"') from None
    return cupy


def to_device(x: Array, device: str) -> Array:
    """Array `x` on the device ("cpu" or "gpu"); `x` itself if it is there already."""
    xp = device_module(device)
    return to_cpu(x) if xp is np else xp.asarray(x)


def to_cpu(x: Array) -> np.ndarray:
    """Array (or Tensor) `x` as a NumPy array; no copy if it is one already."""
    x = getattr(x, "_data", x)
    return x.get() if on_gpu(x) else np.asarray(x)


def gpu_memory() -> tuple[int, int] | None:
    """The bytes that CuPy's memory pool holds, in use and in all; None without CuPy imported.

    What is not in use any more is kept for the next arrays.
    """
    cupy = sys.modules.get("cupy")
    if cupy is None:
        return None
    pool = cupy.get_default_memory_pool()
    return pool.used_bytes(), pool.total_bytes()


# NumPy has no error function. Python's is exact, and speed does not matter where it is used.
_erf_each = np.frompyfunc(math.erf, 1, 1)


def erf(x: Array) -> Array:
    """The error function 2/√π ∫₀ˣ exp(−t²) dt of an array, elementwise."""
    if array_module(x) is np:
        return np.asarray(_erf_each(x), dtype=np.result_type(x.dtype, 0.0))
    from cupyx.scipy.special import erf as gpu_erf

    return gpu_erf(x)


def scatter_add(target: Array, index: Any, values: Array) -> None:
    """target[index] += values in place, where an entry named twice is added to twice."""
    array_module(target).add.at(target, index, values)
