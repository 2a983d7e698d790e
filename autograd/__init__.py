"""Backlight's engine: reverse-mode automatic differentiation of NumPy (or CuPy) arrays.

    from autograd import Tensor, grad

    x = Tensor([1.0, 2.0, 3.0])
    y = (x * x).sum()
    (g,) = grad(y, [x])  # [2, 4, 6]

Several ops have names of Python's own functions, as in NumPy: sum, max, min, abs. So import what
you need by name, or write `import autograd`, rather than `from autograd import *`.

To read it: tensor.py (an array and where it came from), op.py (a function and its gradient rules),
ops/ (all of them; begin with elementary.py), walk.py (the chain rule).
"""

from .allocator import keep_freed_memory
from .tensor import Tensor
from .walk import grad, no_grad
from .override import override
from .tap import tap
from .anomaly import anomaly
from .profile import profile
from .draw import draw
from .device import array_module, to_cpu, to_device, use
from .op import op
from . import operators as _operators  # Attaches the operators to Tensor.
from .check import GradientError, check_grad
from .ops import *  # noqa: F403
from . import ops as _ops

keep_freed_memory()

__all__ = [
    "Tensor",
    "grad",
    "no_grad",
    "override",
    "tap",
    "anomaly",
    "profile",
    "draw",
    "use",
    "to_cpu",
    "to_device",
    "array_module",
    "op",
    "check_grad",
    "GradientError",
    *_ops.__all__,
]
