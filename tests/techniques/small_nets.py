"""Small random nets, built from ops alone, and strategies that draw them with inputs."""

import numpy as np
from hypothesis import strategies as st

from autograd import Tensor, conv2d, linear, max_pool2d, relu, reshape

CLASSES = 4


class SmallNet:
    """A net with a mode, as modules have it. It refuses to run in training mode."""

    def __init__(self, *shapes, seed=0, dtype="float64"):
        rng = np.random.default_rng(seed)
        scale = [1 / np.sqrt(np.prod(shape[1:])) for shape in shapes]
        self.weights = [
            Tensor((2 * s * rng.normal(size=shape)).astype(dtype))
            for s, shape in zip(scale, shapes, strict=True)
        ]
        self.train()

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def __call__(self, x):
        assert not self.training, "the net was run in training mode"
        return self.forward(x, *self.weights)


class ConvNet(SmallNet):
    """(N, 2, 6, 5) to (N, 4)."""

    shape = (2, 6, 5)

    def __init__(self, seed=0, dtype="float64"):
        super().__init__((3, 2, 3, 3), (CLASSES, 18), (CLASSES,), seed=seed, dtype=dtype)

    def forward(self, x, kernels, w, b):
        h = max_pool2d(relu(conv2d(x, kernels, padding=1)), 2)
        return linear(reshape(h, (h.shape[0], 18)), w, b)


class MLP(SmallNet):
    """(N, 7) to (N, 4)."""

    shape = (7,)

    def __init__(self, seed=0, dtype="float64"):
        super().__init__((8, 7), (8,), (CLASSES, 8), (CLASSES,), seed=seed, dtype=dtype)

    def forward(self, x, w1, b1, w2, b2):
        return linear(relu(linear(x, w1, b1)), w2, b2)


def affine(w, b=0.0):
    """The net x ↦ W x + b, a plain function."""
    return lambda x: linear(x, np.asarray(w, float)) + b


def inputs_for(net, n, seed=0, dtype="float64"):
    """(n, ...) inputs in [−1, 1]; a few entries lie exactly on the bounds, as in real images."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.3, 1.3, (n, *net.shape)).clip(-1, 1)
    return x.astype(dtype)


@st.composite
def cases(draw, max_inputs=4, dtypes=("float64",)):
    """(net, x, target) with one target for each input."""
    dtype = draw(st.sampled_from(dtypes))
    net = draw(st.sampled_from([ConvNet, MLP]))(draw(st.integers(0, 999)), dtype)
    n = draw(st.integers(1, max_inputs))
    x = inputs_for(net, n, draw(st.integers(0, 999)), dtype)
    target = np.array(draw(st.lists(st.integers(0, CLASSES - 1), min_size=n, max_size=n)))
    return net, x, target


def ask(net, x):
    """The scores of a fresh forward pass in eval mode, as an array."""
    if hasattr(net, "eval"):
        net.eval()
    return net(Tensor(x)).data


def softmax_of(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
