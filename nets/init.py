"""Initialisers: the random numbers that weights start from.

Each returns a float32 array of the given shape, which is (O, I) for a linear layer and
(O, I/groups, kh, kw) for a convolution:

    layer.weight.data = kaiming_normal(layer.weight.shape, rng=0)

The variance is chosen so that a signal keeps its size from layer to layer. It depends on the fan
in, the number of inputs that each output sums over, and on the fan out, the number of outputs that
each input goes to, counted as PyTorch does: without regard to groups. `rng` is a seed, a
np.random.Generator to draw from, or None for other numbers each time.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from autograd import Tensor

from .checks import generator

Shape = tuple[int, ...]
Rng = np.random.Generator | int | None

_drawing = ContextVar("drawing", default=True)


def fans(shape: Shape) -> tuple[int, int]:
    """(fan in, fan out) of weights of a shape.

    Raises:
        ValueError: fewer than two dimensions, as a bias has: its fans are those of its weights.
    """
    if len(shape) < 2:
        raise ValueError(f"fans: expected the shape of weights (O, I, ...), got {shape}")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def uniform(shape: Shape, bound: float, rng: Rng = None) -> np.ndarray:
    """U(−bound, bound)."""
    return generator(rng).uniform(-bound, bound, shape).astype(np.float32)


def normal(shape: Shape, std: float, rng: Rng = None) -> np.ndarray:
    """N(0, std²)."""
    numbers = generator(rng).standard_normal(shape, np.float32)
    numbers *= np.float32(std)
    return numbers


def layer_defaults(
    shape: Shape, outputs: int, bias: bool, rng: Rng = None
) -> tuple[Tensor, Tensor | None]:
    """What layers start from, as in PyTorch: weights, and `outputs` biases, U(±1/√(fan in))."""
    rng, bound = generator(rng), 1 / math.sqrt(fans(shape)[0])

    def start(shape: Shape) -> Tensor:
        return Tensor(uniform(shape, bound, rng) if _drawing.get() else np.zeros(shape, np.float32))

    weight = start(shape)
    return weight, start((outputs,)) if bias else None


@contextmanager
def undrawn() -> Iterator[None]:
    """Within the block, new layers start from zeros, for whoever fills in their numbers afterwards.

    To draw VGG's 138 million, only to overwrite them, would take seconds.
    """
    token = _drawing.set(False)
    try:
        yield
    finally:
        _drawing.reset(token)


def he_initialise(parameters: Iterable[Tensor], rng: Rng = None) -> None:
    """Draw the weights of a network of ReLUs by `kaiming_normal`; its vectors stay as they are.

    (Those are the biases, and the scales of a normalisation.)
    """
    rng = generator(rng)
    for parameter in parameters:
        if parameter.ndim > 1:
            parameter.data = kaiming_normal(parameter.shape, rng)


def kaiming_uniform(shape: Shape, rng: Rng = None) -> np.ndarray:
    """U(±√(6 / fan in)), for layers followed by a ReLU (He et al., arXiv 1502.01852, eq. 10)."""
    return uniform(shape, math.sqrt(6 / fans(shape)[0]), rng)


def kaiming_normal(shape: Shape, rng: Rng = None) -> np.ndarray:
    """N(0, 2 / fan in), for layers followed by a ReLU (He et al., arXiv 1502.01852, eq. 10)."""
    return normal(shape, math.sqrt(2 / fans(shape)[0]), rng)


def xavier_uniform(shape: Shape, rng: Rng = None) -> np.ndarray:
    """U(±√(6 / (fan in + fan out))) (Glorot and Bengio, AISTATS 2010, eq. 16)."""
    return uniform(shape, math.sqrt(6 / sum(fans(shape))), rng)


def xavier_normal(shape: Shape, rng: Rng = None) -> np.ndarray:
    """N(0, 2 / (fan in + fan out)) (Glorot and Bengio, AISTATS 2010, eq. 12)."""
    return normal(shape, math.sqrt(2 / sum(fans(shape))), rng)
