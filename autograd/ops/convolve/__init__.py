"""The ways to compute a convolution, and which is taken for which shapes.

    definition      readable: a matrix product with the columns of `unfold`
    channels_last   the same, in an order of memory that is faster where there are many channels

Each has three functions, on arrays: `forward`, `input_gradient` and `weight_gradient`. What is
computed is the same to rounding.
"""

from types import ModuleType

from . import channels_last, definition

# With fewer channels, what lies together in memory channels last is too short to be worth it.
MANY = 16


def way(w_shape: tuple[int, ...], groups: int) -> ModuleType:
    """The way to compute a convolution with kernels (O, C/groups, kh, kw), and its gradients."""
    return channels_last if max(w_shape[0] // groups, w_shape[1]) >= MANY else definition
