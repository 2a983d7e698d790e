"""Python's operators and the array methods of a Tensor: each is an op."""

from . import ops
from .tensor import Tensor

BINARY = {
    "add": ops.add,
    "sub": ops.subtract,
    "mul": ops.multiply,
    "truediv": ops.divide,
    "pow": ops.power,
    "matmul": ops.matmul,
}

COMPARISONS = {
    "eq": ops.equal,
    "ne": ops.not_equal,
    "lt": ops.less,
    "le": ops.less_equal,
    "gt": ops.greater,
    "ge": ops.greater_equal,
}

METHODS = (
    *(ops.exp, ops.log, ops.sqrt, ops.tanh, ops.abs, ops.clip, ops.sum, ops.mean, ops.var),
    *(ops.max, ops.min, ops.moveaxis, ops.squeeze, ops.flip, ops.roll, ops.astype),
)


def reflected(op):
    return lambda x, y: op(y, x)


def reshape(x, *shape):
    """x.reshape(2, 3) or x.reshape((2, 3)); one size may be −1."""
    return ops.reshape(x, shape[0] if len(shape) == 1 else shape)


def transpose(x, *axes):
    """x.transpose(1, 0), x.transpose((1, 0)) or x.transpose() for the axes in reverse."""
    return ops.transpose(x, axes[0] if len(axes) == 1 else axes or None)


# What NumPy calls otherwise.
NUMPY_NAMES = {"absolute": "abs", "true_divide": "divide"}
# Questions about numbers, whose answers need no gradient.
QUESTIONS = {"allclose", "array_equal", "isclose", "shape", "ndim", "size"}


def array_ufunc(_self, ufunc, method, *inputs, out=None, **kwargs):
    """For NumPy's `array + tensor` and `np.exp(tensor)`, the op of that name answers."""
    if out is not None:
        raise TypeError(
            f"np.{ufunc.__name__} cannot write a Tensor into an array; use the numbers, t.data"
        )
    if method != "__call__" or kwargs:
        raise TypeError(f"np.{ufunc.__name__} does not take a Tensor; use an op, or t.data")
    return op_for(ufunc.__name__)(*inputs)


def array_function(_self, function, _types, args, kwargs):
    """For NumPy's `np.where(mask, tensor, 0)` and the like, too."""
    if function.__name__ in QUESTIONS:
        args = [x._data if isinstance(x, Tensor) else x for x in args]
        return function(*args, **kwargs)
    if function.__module__ != "numpy":  # np.linalg.norm(x, 1) means another norm than ours.
        raise TypeError(
            f"{function.__module__}.{function.__name__} does not take a Tensor; use an op"
        )
    return op_for(function.__name__)(*args, **kwargs)


def op_for(name: str):
    """The op or function that answers for NumPy's of that name."""
    function = getattr(ops, NUMPY_NAMES.get(name, name), None)
    if not callable(function):
        raise TypeError(f"np.{name} does not take a Tensor; use an op, or t.data")
    return function


for name, op in BINARY.items():
    setattr(Tensor, f"__{name}__", op)
    setattr(Tensor, f"__r{name}__", reflected(op))
for name, op in COMPARISONS.items():
    setattr(Tensor, f"__{name}__", op)
for op in METHODS:
    setattr(Tensor, op.__name__, op)
Tensor.__neg__ = ops.negative
Tensor.__pos__ = lambda x: x
Tensor.__abs__ = ops.abs
Tensor.__getitem__ = ops.getitem
Tensor.__array_ufunc__ = array_ufunc
Tensor.__array_function__ = array_function
Tensor.__hash__ = object.__hash__  # By identity, although == compares entries.
Tensor.reshape = reshape
Tensor.transpose = transpose
Tensor.T = property(ops.transpose)
