"""Images by other numbers than their pixels, in which steps have another shape.

A gradient step on pixels makes noise. The same step on the image's spectrum, scaled so that low
frequencies count more, and on colours that vary independently of each other, makes forms. The
image that is the best is the same; the way there, and so where it ends, is not.

After Olah et al. 2017 (10.23915/distill.00007, "Preconditioning and Parameterization").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod, sqrt
from reprlib import repr as short

import numpy as np

from autograd import Tensor, array_module, irfft2, matmul, reshape, rfft2, sigmoid, to_cpu
from autograd.device import Array

from .arguments import (
    Bounds,
    as_bounds,
    check_bounds,
    check_flag,
    check_images,
    check_inputs,
    check_number,
    check_rng,
    check_whole,
)
from .style_losses import check_maps

# Colours of photographs from three numbers that vary independently of each other: brightness, blue
# to red, magenta to green. A square root of the covariance of ImageNet's colours, as published with
# Lucid (github.com/tensorflow/lucid, lucid/optvis/param/color.py), over its longest column.
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOURS /= sqrt(max((COLOURS**2).sum(axis=0)))

# An entry on a bound would need an infinite parameter.
NEAREST = 1 / 256


@dataclass(frozen=True, eq=False)
class Parameterization:
    """Images as a function of parameters.

    Attributes:
        parameters: the array to start from. It says where everything is computed, and in which
            precision.
        image: makes the images, a Tensor (N, C, H, W), from parameters, a Tensor like that.
    """

    parameters: Array
    image: Callable[[Tensor], Tensor]

    def at(self, parameters: Array) -> "Parameterization":
        """The same with other parameters.

        `image.at(trace.parameters)` goes on from a trace, and
        `image.at(to_device(image.parameters, "gpu"))` goes to a GPU.

        Raises:
            TypeError, ValueError: they are no finite floats, or for images of another shape.
        """
        check_inputs(parameters, "parameters")
        if parameters.shape[1:] != self.parameters.shape[1:]:
            raise ValueError(
                f"parameters: expected them like those of the start, {self.parameters.shape}, got "
                f"{parameters.shape}"
            )
        return replace(self, parameters=parameters)


def pixel_image(
    start: Sequence[int] | Array,
    *,
    sd: float = 0.01,
    bounds: Bounds | None = (-1.0, 1.0),
    decorrelated: bool = False,
    rng: int | np.random.Generator = 0,
) -> Parameterization:
    """Images by their pixels: low + (high − low) · sigmoid(parameters).

    Args:
        start: the shape (N, C, H, W) of images to start from noise, or images to start from, within
            the bounds.
        sd: the standard deviation of the noise, in units of the parameters.
        bounds: (low, high) between which the sigmoid keeps every entry, finite numbers or arrays
            of them that broadcast to one image; None for no sigmoid.
        decorrelated: whether the parameters are uncorrelated colours, of which `decorrelate` makes
            red, green and blue before the sigmoid.
        rng: a seed or a Generator, which draws the noise.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    sd, rng = check_number(sd, "sd"), check_rng(rng)
    y, shape, image = beginning(start, bounds, decorrelated)
    if y is None:
        y = (sd * rng.standard_normal(shape)).astype(np.float32)
    return Parameterization(y, image)


def fourier_image(
    start: Sequence[int] | Array,
    *,
    sd: float = 0.01,
    decay: float = 1.0,
    bounds: Bounds | None = (-1.0, 1.0),
    decorrelated: bool | None = None,
    rng: int | np.random.Generator = 0,
) -> Parameterization:
    """Images by their spectrum: irfft2(parameters / f^decay), and then as in `pixel_image`.

    The amplitudes of photographs fall as 1/f with the frequency f, so that with decay 1 all
    parameters of a photograph are of about the same size. Frequencies are in cycles per pixel; the
    mean, whose frequency is 0, counts as the lowest above it.

    The trap: a spectrum does not say whether the width is odd. Lucid keeps a column more for an odd
    width, w//2 + 2, and cuts a column of pixels off; here the size is given to `irfft2`, for which
    w//2 + 1 are enough.

    Args:
        start, sd, bounds, rng: as for `pixel_image`; the noise is that of the spectrum.
        decay: the exponent. A larger one makes larger forms and stronger colours; with 1.25 one
            recognises more of SqueezeNet's classes.
        decorrelated: as for `pixel_image`; None: if there are three colours.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    sd, decay, rng = check_number(sd, "sd"), check_number(decay, "decay"), check_rng(rng)
    y, (n, channels, *size), image_from = beginning(start, bounds, decorrelated)
    amplitude = amplitudes(size, decay)[..., None]

    def image(parameters: Tensor) -> Tensor:
        return image_from(irfft2(parameters * placed(amplitude, parameters.data), tuple(size)))

    if y is None:
        noise = sd * rng.standard_normal((n, channels, size[0], size[1] // 2 + 1, 2))
        return Parameterization(noise.astype(np.float32), image)
    return Parameterization(rfft2(y).data / placed(amplitude, y), image)


def beginning(
    start: Sequence[int] | Array, bounds: Bounds | None, decorrelated: bool | None
) -> tuple[Array | None, tuple[int, ...], Callable[[Tensor], Tensor]]:
    """What the images to start from are made of, or None; their shape; and what makes them of it.

    Raises:
        TypeError, ValueError: start or the bounds are none, or there are not three colours to mix.
    """
    if isinstance(start, Sequence):
        if len(start) != 4:
            raise ValueError(
                "start: expected images or their shape (N, C, H, W), got a "
                f"{type(start).__name__} of {len(start)}"
            )
        shape = tuple(check_whole(n, "start") for n in start)
        bounds = as_bounds(bounds, np.broadcast_to(np.float32(0), shape))
    else:
        check_images(start, "start")
        shape, bounds = start.shape, check_bounds(bounds, start, "start")
    if bounds is not None and not all(np.isfinite(to_cpu(bound)).all() for bound in bounds):
        raise ValueError(f"bounds: expected finite numbers, or None; got {short(bounds)}")
    decorrelated = shape[1] == 3 if decorrelated is None else decorrelated
    check_flag(decorrelated, "decorrelated")
    if decorrelated and shape[1] != 3:
        raise ValueError(f"decorrelated: expected images of 3 colours, got {shape}")
    y = None
    if not isinstance(start, Sequence):
        y = start if bounds is None else logit(start, *bounds)
        if decorrelated:
            y = decorrelate(y, inverse=True).data
    return y, shape, partial(image_of, decorrelated, bounds and tuple(map(to_cpu, bounds)))


def image_of(decorrelated: bool, bounds: Bounds | None, y: Tensor) -> Tensor:
    """The images (N, C, H, W) from numbers of any size for each entry."""
    y = decorrelate(y) if decorrelated else y
    if bounds is None:
        return y
    low, high = (placed(bound, y.data) for bound in bounds)
    return low + (high - low) * sigmoid(y)


def placed(constant: np.ndarray, like: Array) -> Array:
    """A constant of the dtype and on the device of another array."""
    return array_module(like).asarray(constant.astype(like.dtype))


def amplitudes(size: tuple[int, int], decay: float) -> np.ndarray:
    """What each frequency is multiplied by: (H, W//2 + 1).

    √(HW) makes up for the 1/(HW) of the inverse transform. The quarter is Lucid's; with it, a step
    of 0.05 moves an entry by one or two hundredths of its range.
    """
    height, width = size
    f = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    return sqrt(prod(size)) / np.maximum(f, 1 / max(size)) ** decay / 4


def decorrelate(x: Tensor | Array, inverse: bool = False) -> Tensor:
    """Colours from three numbers that vary independently of each other, as in photographs.

    The red, green and blue of photographs go together. The three numbers are brightness, which
    varies the most, blue to red, and magenta to green; a step of the same size in each is one that
    photographs might take.

    Args:
        x: (N, 3, H, W).
        inverse: the three numbers from the colours instead.

    Raises:
        TypeError, ValueError: x is not (N, 3, H, W) of floats.
    """
    check_maps(x, "decorrelate: x")
    if x.shape[1] != 3:
        raise ValueError(f"decorrelate: x: expected (N, 3, H, W), got {x.shape}")
    matrix = placed(np.linalg.inv(COLOURS) if inverse else COLOURS, getattr(x, "_data", x))
    return reshape(matmul(matrix, reshape(x, (*x.shape[:2], -1))), x.shape)


def logit(x: Array, low: Array, high: Array) -> Array:
    """The inverse of low + (high − low) · sigmoid(·), for x (N, ...) between them."""
    share = ((x - low) / (high - low)).clip(NEAREST, 1 - NEAREST)
    return array_module(x).log(share / (1 - share))
