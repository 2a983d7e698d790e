"""The ways to compute a convolution, and which is taken for which shapes.

    definition      readable: a matrix product with the columns of `unfold`
    channels_last   the same, in an order of memory that is faster where there are many channels
    by_rows         the same with fewer copies and more sums, where not more channels come out
    planes          the same for images of few channels, such as pictures
    winograd        3×3 kernels with fewer multiplications, for many channels and large images

Each has functions of arrays: `forward`, `input_gradient` and, but for winograd, `weight_gradient`.
What they compute is the same to rounding.
"""

from types import ModuleType

from ...device import Array
from . import by_rows, channels_last, definition, planes, winograd

# With fewer channels, what lies together in memory channels last is too short to be worth it.
MANY = 16
# And with fewer than these, a window is copied faster along its rows.
FEW = 8


def way(
    w: Array, size: tuple[int, int], *, back: bool = False, groups: int, **how: tuple
) -> ModuleType:
    """The way to convolve with kernels w (O, C/groups, kh, kw), or to go `back` through that.

    `size` is that of the result; `how` is stride, padding and dilation, a pair each.
    """
    if winograd.fits(w, size, groups=groups, **how):
        return winograd
    outputs, inputs = w.shape[:2][::-1] if back else w.shape[:2]
    few = outputs <= inputs
    return for_shape(w.shape, few, groups=groups, **how)


def way_to_weights(w_shape: tuple[int, ...], *, groups: int, **how: tuple) -> ModuleType:
    """The way to compute the gradient at kernels (O, C/groups, kh, kw) of that shape."""
    few = w_shape[0] <= 2 * w_shape[1]
    return for_shape(w_shape, few, groups=groups, **how)


def for_shape(w_shape: tuple[int, ...], few: bool, *, groups: int, **how: tuple) -> ModuleType:
    """The way for kernels of that shape, where few or many channels come out, for those put in."""
    kernels, channels = w_shape[0] // groups, w_shape[1]
    if channels >= FEW and max(kernels, channels) >= MANY:
        fewer_copies = few and by_rows.fits(w_shape[2:], groups=groups, **how)
        return by_rows if fewer_copies else channels_last
    return planes if kernels >= MANY else definition
