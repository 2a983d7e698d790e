"""A stand-in for CuPy, to see on any machine whether code would run on a GPU, and how well.

Its arrays hold NumPy's, so that the numbers are the same, and are as strict as those of CuPy 14:

- They never become NumPy arrays by themselves: `.get()` is the way out, `asarray` the way in.
- NumPy arrays and lists are refused beside them: in operators, arguments and assignments.
- Reductions and indexing give 0-d arrays, never numbers. (Numbers may stand beside arrays.)
- There are the functions, methods and attributes below, which CuPy has, and no others.

In three things it is stricter, where CuPy helps itself at a cost that nobody sees. NumPy's
functions do not take its arrays (CuPy answers `np.exp(x)`, but not if x may be of either kind).
NumPy arrays and lists are no indices (CuPy copies them to the GPU each time). And a float32 array
that becomes float64 without being asked to is an error.

Where Python waits for the GPU, because it asks for a number, is counted in `waits`.
"""

import math
import sys
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

waits: Counter[str] = Counter()  # By the line that waited: "techniques/ascent.py:61".


def names(text: str) -> set[str]:
    return set(text.split())


ATTRIBUTES = names("T base dtype flags imag itemsize nbytes ndim real shape size strides")
METHODS = names(
    """
    all any argmax argmin argpartition argsort astype clip conj copy cumprod cumsum diagonal dot
    fill flatten max mean min partition prod ravel repeat reshape round searchsorted sort
    squeeze std sum swapaxes take trace transpose var view
    """
)
VALUES = names(
    """
    bool_ complex128 complex64 e finfo float16 float32 float64 iinfo inf int16 int32 int64 int8
    nan newaxis pi uint16 uint32 uint64 uint8
    """
)
MAKERS = names("array asarray arange empty eye full identity linspace logspace ones tri zeros")
FUNCTIONS = names(
    """
    abs absolute add all allclose amax amin angle any append arccos arccosh arcsin arcsinh
    arctan arctan2 arctanh argmax argmin argpartition argsort argwhere around array_equal
    array_split ascontiguousarray astype atleast_1d atleast_2d atleast_3d average bincount
    bitwise_and bitwise_not bitwise_or bitwise_xor broadcast_arrays broadcast_to cbrt ceil clip
    column_stack concatenate conj convolve copy copysign copyto corrcoef correlate cos cosh
    count_nonzero cov cross cumprod cumsum deg2rad diag diagflat diagonal diff digitize divide
    divmod dot dsplit dstack einsum empty_like equal exp exp2 expand_dims expm1 fabs flatnonzero
    flip fliplr flipud floor floor_divide fmax fmin fmod full_like gradient greater
    greater_equal histogram hsplit hstack hypot imag inner interp invert isclose isfinite isin
    isinf isnan kron less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and
    logical_not logical_or logical_xor matmul max maximum may_share_memory mean median meshgrid
    min minimum mod moveaxis multiply nan_to_num nanmax nanmean nanmin nansum ndim negative
    nextafter nonzero not_equal ones_like outer pad percentile permute_dims positive power prod
    promote_types ptp put_along_axis quantile rad2deg ravel real reciprocal remainder repeat
    reshape result_type rint roll rollaxis rot90 round searchsorted shape shares_memory sign
    signbit sin sinc sinh size sort split sqrt square squeeze stack std subtract sum swapaxes
    take take_along_axis tan tanh tensordot tile trace transpose trapezoid tril triu true_divide
    trunc unique unravel_index vander var vdot vsplit vstack where zeros_like
    """
)
LINALG = names(
    """
    cholesky cond det eigh eigvalsh inv lstsq matrix_power matrix_rank norm pinv qr slogdet
    solve svd
    """
)
FFT = names(
    """
    fft fft2 fftfreq fftn fftshift ifft ifft2 ifftn ifftshift irfft irfft2 irfftn rfft rfft2
    rfftfreq rfftn
    """
)

# The ways in: from NumPy arrays, and lists of numbers.
WAYS_IN = (np.array, np.asarray)
# These take a list: of arrays to join, of the sizes of a shape, of axes.
TAKE_LISTS = names(
    """
    array_split broadcast_to column_stack concatenate dstack hstack irfft2 pad reshape split
    stack transpose vstack
    """
)
# The size of what these return depends on the numbers in the array.
WAIT = names("argwhere array_equal flatnonzero nonzero unique")
# What CUDA can add to atomically, as `add.at` must.
ADDABLE = {np.dtype(kind) for kind in ("f2", "f4", "f8", "i4", "u4", "u8")}


class ndarray:
    """A NumPy array that has been moved to a GPU, as it were."""

    __slots__ = ("_moved",)
    __hash__ = None
    __array_ufunc__ = None  # NumPy's operators leave the work to ours, and its ufuncs refuse.

    def __init__(self, array: np.ndarray):
        self._moved = array

    def get(self) -> np.ndarray:
        wait()
        return self._moved.copy()

    def item(self):
        return self.get().item()

    def tolist(self):
        return self.get().tolist()

    def __bool__(self):
        return bool(self.get())

    def __int__(self):
        return int(self.get())

    def __float__(self):
        return float(self.get())

    def __format__(self, spec):
        return format(self.get(), spec)

    def __repr__(self):
        return f"strict {self._moved!r}"

    def __len__(self):
        return len(self._moved)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        return wrapped(self._moved[place(index)])

    def __setitem__(self, index, value):
        self._moved[place(index)] = inside(value)

    def __getattr__(self, name):
        if name in ATTRIBUTES:
            return wrapped(getattr(self._moved, name))
        if name in METHODS:
            return partial(call, getattr(np.ndarray, name), self)
        raise AttributeError(f"{name}: the stand-in for CuPy's arrays has no such attribute")

    def __array__(self, dtype=None, copy=None):
        raise TypeError("an array on the GPU does not become NumPy's by itself: use .get()")

    def __array_function__(self, function, types, args, kwargs):
        if function in (np.ndim, np.shape):  # They ask for no numbers.
            return function(self._moved)
        raise TypeError(f"np.{function.__name__} of an array on the GPU: use its array_module")


def operator(name: str):
    function = getattr(np.ndarray, name)

    def apply(self, *others):
        # A Tensor's own operator answers, even to the right of an array.
        if any(hasattr(x, "_node") for x in others):
            return NotImplemented
        return entrywise(function, self, *others)

    return apply


def in_place(name: str):
    function = getattr(np.ndarray, name)

    def apply(self, other):
        with np.errstate(all="ignore"):
            function(self._moved, inside(other))
        return self

    return apply


for name in names("add sub mul truediv floordiv mod pow and or xor"):
    setattr(ndarray, f"__{name}__", operator(f"__{name}__"))
    setattr(ndarray, f"__r{name}__", operator(f"__r{name}__"))
    setattr(ndarray, f"__i{name}__", in_place(f"__i{name}__"))
for name in names("matmul rmatmul neg pos abs invert eq ne lt le gt ge"):
    setattr(ndarray, f"__{name}__", operator(f"__{name}__"))


def wait() -> None:
    """Count a wait for the GPU, on the account of the line that asked."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ or frame.f_code.co_name == "to_cpu":
        frame = frame.f_back
    waits[f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{frame.f_lineno}"] += 1


def inside(x, lists: bool = False):
    """An argument as NumPy's function takes it: in place of an array of ours, the one it holds."""
    if isinstance(x, ndarray):
        return x._moved
    if isinstance(x, np.ndarray):
        raise TypeError(f"NumPy's array of {x.shape} where one on the GPU is needed")
    if isinstance(x, list) and not lists:
        raise TypeError(f"the list {x!r} where an array on the GPU is needed")
    return type(x)(inside(y, lists) for y in x) if type(x) in (list, tuple) else x


def place(index):
    """An index as NumPy takes it."""
    for i in index if isinstance(index, tuple) else (index,):
        if isinstance(i, ndarray) and i.dtype == bool:
            wait()  # How many entries are meant?
    return inside(index)


def wrapped(result):
    """What NumPy's function returned, with arrays of ours for arrays, and for single entries."""
    if isinstance(result, np.ndarray | np.generic):
        return ndarray(np.asarray(result))
    if isinstance(result, tuple):  # What svd gives has names, too.
        return tuple(map(wrapped, result))
    return list(map(wrapped, result)) if type(result) is list else result


def call(function, *args, **kwargs):
    """NumPy's function of arrays of ours."""
    lists = function.__name__ in TAKE_LISTS
    args = inside(args, lists)
    with np.errstate(all="ignore"):  # A GPU does not warn.
        result = function(*args, **{name: inside(x, lists) for name, x in kwargs.items()})
    given = {getattr(x, "dtype", None) for x in flat(args)}
    made = {getattr(x, "dtype", None) for x in flat(result)}
    asked = function.__name__ in ("astype", "view") or "dtype" in kwargs
    if not asked and np.dtype("f4") in given and made & {np.dtype("f8"), np.dtype("c16")}:
        raise TypeError(f"{function.__name__}: float32 became float64, which nobody asked for")
    return wrapped(result)


def entrywise(function, *args, **kwargs):
    """`call` for functions of which each argument is an array or a number."""
    if any(isinstance(x, tuple) for x in args):
        raise TypeError(f"{function.__name__}: a tuple where an array on the GPU is needed")
    return call(function, *args, **kwargs)


def flat(x) -> list:
    return [z for y in x for z in flat(y)] if isinstance(x, list | tuple) else [x]


class Ufunc:
    """A function that works entry by entry."""

    def __init__(self, function: np.ufunc):
        self.function = function

    def __call__(self, *args, **kwargs) -> ndarray:
        return entrywise(self.function, *args, **kwargs)

    def at(self, target: ndarray, index, values) -> None:
        if target.dtype not in ADDABLE:
            raise TypeError(f"{self.function.__name__}.at: not into {target.dtype}")
        self.function.at(inside(target), place(index), inside(values))


def whole(function):
    """A function of whole arrays: the first argument, beside a name as einsum's, must be one."""

    def apply(*args, **kwargs):
        first = next((x for x in args if not isinstance(x, str)), None)
        if not all(isinstance(x, ndarray) for x in flat(first)):
            raise TypeError(f"{function.__name__}: {first!r} where an array on the GPU is needed")
        if function.__name__ in WAIT or (function is np.where and len(args) == 1):
            wait()
        return call(function, *args, **kwargs)

    return apply


def maker(function):
    """A function that makes an array from numbers."""

    def apply(*args, **kwargs) -> ndarray:
        first = args[0]
        if function in WAYS_IN and isinstance(first, np.ndarray):
            args = (first.copy(), *args[1:])
        elif function in (*WAYS_IN, np.full):
            args = inside(args, lists=True)
        elif any(isinstance(x, ndarray) for x in flat(args)):
            raise TypeError(f"{function.__name__}: an array where a number is needed")
        array = np.asarray(function(*args, **kwargs))
        if array.dtype.kind not in "biufc":
            raise ValueError(f"{function.__name__}: CuPy has no {array.dtype}")
        return first if array is getattr(first, "_moved", None) else ndarray(array)

    return apply


class Module(ModuleType):
    """A module with those of NumPy's functions that CuPy has."""

    def __init__(self, name: str, numpy: ModuleType, functions: set[str]):
        super().__init__(name)
        self._numpy = numpy
        self._functions = functions

    def __getattr__(self, name):
        if name not in self._functions:
            raise AttributeError(
                f"{name}: not in the stand-in for {self.__name__}; "
                "if CuPy has it, enter it into tests/strict.py"
            )
        value = getattr(self._numpy, name)
        if name in VALUES:
            return value
        if name in MAKERS:
            return maker(value)
        return Ufunc(value) if isinstance(value, np.ufunc) else whole(value)


class CUDARuntimeError(RuntimeError):
    """What CuPy raises where there is no GPU."""


cupy = Module("cupy", np, VALUES | MAKERS | FUNCTIONS)
cupy.ndarray = ndarray
cupy.lib = SimpleNamespace(
    stride_tricks=Module(
        "cupy.lib.stride_tricks", np.lib.stride_tricks, names("as_strided sliding_window_view")
    )
)
cupy.linalg = Module("cupy.linalg", np.linalg, LINALG)
cupy.fft = Module("cupy.fft", np.fft, FFT)
cupy.cuda = SimpleNamespace(
    runtime=SimpleNamespace(getDeviceCount=lambda: 1, CUDARuntimeError=CUDARuntimeError)
)
# There is no pool: NumPy has the memory.
cupy.get_default_memory_pool = lambda: SimpleNamespace(
    used_bytes=lambda: 3 * 2**20, total_bytes=lambda: 5 * 2**20
)


def erf(x: ndarray) -> ndarray:
    """`cupyx.scipy.special.erf`."""
    return ndarray(np.vectorize(math.erf, otypes=[x.dtype])(inside(x)))


@contextmanager
def installed():
    """Within the block, the stand-in is what `import cupy` gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", cupy)
        patch.setitem(sys.modules, "cupyx.scipy.special", SimpleNamespace(erf=erf))
        yield
