"""The ways to compute a convolution, and which is taken for which shapes.

    definition      readable: a matrix product with the columns of `unfold`
    channels_last   the same, in an order of memory that is faster where there are many channels
    planes          the same for images of few channels, such as pictures
    winograd        3×3 kernels with fewer multiplications, for many channels and large images

Each has functions of arrays: `forward`, `input_gradient` and, but for winograd, `weight_gradient`.
What they compute is the same to rounding.
"""

from types import ModuleType

from ...device import Array
from . import channels_last, definition, planes, winograd

# With fewer channels, what lies together in memory channels last is too short to be worth it.
MANY = 16
# And with fewer than these, a window is copied faster along its rows.
FEW = 8


def way(w: Array, size: tuple[int, int], *, groups: int, **how: tuple) -> ModuleType:
    """The way to convolve with kernels w (O, C/groups, kh, kw), or to go back through that.

    `size` is that of the result; `how` is stride, padding and dilation, a pair each.
    """
    if winograd.fits(w, size, groups=groups, **how):
        return winograd
    return way_to_weights(w.shape, groups)


def way_to_weights(w_shape: tuple[int, ...], groups: int) -> ModuleType:
    """The way to compute the gradient at kernels (O, C/groups, kh, kw) of that shape."""
    kernels, channels = w_shape[0] // groups, w_shape[1]
    if channels >= FEW and max(kernels, channels) >= MANY:
        return channels_last
    return planes if kernels >= MANY else definition
