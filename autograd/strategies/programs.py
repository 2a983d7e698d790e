"""Random programs, and random small conv-nets: many ops, one after the other."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from .. import ops
from .arrays import arrays

# Smooth ops that keep numbers moderate, so that dozens of them in a row have gradients to compare.
ONE_INPUT = {
    "tanh": ops.tanh,
    "sin": ops.sin,
    "cos": ops.cos,
    "sigmoid": ops.sigmoid,
    "softplus": lambda x: ops.softplus(x) - 1,
    "gelu": ops.gelu,
    "softmax": lambda x: 3 * ops.softmax(x),
    "transpose": lambda x: x.T,
    "flip": lambda x: ops.flip(x, 0),
    "roll": lambda x: ops.roll(x, 1, 1),
    "centred": lambda x: x - x.mean(axis=0, keepdims=True),
    "halved": lambda x: x / 2,
    "rows twice": lambda x: ops.concatenate([x[:1], x[:-1]], 0),
}
TWO_INPUTS = {
    "add": lambda x, y: (x + y) / 2,
    "subtract": lambda x, y: (x - y) / 2,
    "multiply": lambda x, y: x * y / 2,
    "matmul": lambda x, y: x @ y / 3,
    "divide": lambda x, y: x / (1 + y * y),
}
SIDE = 3  # Every value is a square matrix, so that any op takes any value.


@dataclass(frozen=True)
class Program:
    """A function of two 3×3 matrices. Each line names an op and the earlier values it takes."""

    lines: tuple[tuple, ...]

    def __call__(self, x, y):
        values = [x, y]
        for name, *which in self.lines:
            op = ONE_INPUT.get(name) or TWO_INPUTS[name]
            # Counted from the newest, so that a line means the same when earlier ones are dropped.
            values.append(op(*(values[-1 - i % len(values)] for i in which)))
        return values[-1]


@st.composite
def programs(draw, max_lines: int = 30):
    """(program, its two arrays): a `Program` of up to so many ops."""
    back = st.integers(0, 3)
    line = st.one_of(
        st.tuples(st.sampled_from(sorted(ONE_INPUT)), back),
        st.tuples(st.sampled_from(sorted(TWO_INPUTS)), back, back),
    )
    lines = draw(st.lists(line, min_size=1, max_size=max_lines))
    return Program(tuple(lines)), [draw(arrays((SIDE, SIDE))) for _ in range(2)]


@dataclass(frozen=True)
class Net:
    """A small conv-net: convolutions with activations, perhaps a pooling, and a linear layer.

    A function of images (N, C, H, W) and of its parameters, to scores (N, K).
    """

    activations: tuple[str, ...]
    stride: int
    pool: str | None

    def __call__(self, x, *parameters):
        *convolutions, w, b = parameters
        for activation, kernel in zip(self.activations, convolutions, strict=True):
            x = getattr(ops, activation)(ops.conv2d(x, kernel, stride=self.stride, padding=1))
        if self.pool == "max":
            x = ops.max_pool2d(x, 2, ceil_mode=True)
        elif self.pool == "avg":
            x = ops.avg_pool2d(x, 2, ceil_mode=True)
        return ops.linear(ops.mean(x, axis=(2, 3)), w, b)


@st.composite
def nets(draw):
    """(net, its arrays): a small random conv-net, an image batch and the net's parameters."""
    activation = st.sampled_from(("tanh", "gelu", "softplus", "relu"))
    activations = tuple(draw(st.lists(activation, min_size=1, max_size=2)))
    net = Net(activations, draw(st.integers(1, 2)), draw(st.sampled_from((None, "avg", "max"))))
    channels = [draw(st.integers(1, 2)) for _ in range(len(activations) + 1)]
    shapes = [(2, channels[0], 4, draw(st.integers(3, 5)))]
    shapes += [(o, i, 3, 3) for i, o in pairwise(channels)]
    shapes += [(3, channels[-1]), (3,)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return net, [rng.normal(0, 0.7, shape) for shape in shapes]
