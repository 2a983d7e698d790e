"""The engine by itself: what an op costs, and convolutions of the shapes that nets have."""

from collections.abc import Callable, Iterator

import numpy as np

from autograd import Tensor, conv2d, grad, no_grad

from .peers import import_dezero, installed, pytorch

CHAIN = 100


def op_overhead() -> dict[str, Callable]:
    """A chain of 100 ops on 8 numbers, forward and backward (÷ 100 for one op)"""
    x = np.linspace(-1, 1, 8, dtype=np.float32)
    makers = {
        "backlight": ("numpy", backlight_chain),
        "PyTorch": ("torch", torch_chain),
        "JAX": ("jax", jax_chain),
        "MyGrad": ("mygrad", mygrad_chain),
        "DeZero": ("dezero", dezero_chain),
    }
    return {name: make(x) for name, (library, make) in makers.items() if installed(library)}


def chain(y):
    for _ in range(CHAIN):
        y = y * 1.01
    return y


def backlight_chain(x: np.ndarray) -> Callable:
    variable = Tensor(x)
    return lambda: grad(chain(variable).sum(), [variable])


def torch_chain(x: np.ndarray) -> Callable:
    torch = pytorch()
    leaf = torch.from_numpy(x).requires_grad_()
    return lambda: torch.autograd.grad(chain(leaf).sum(), [leaf])


def jax_chain(x: np.ndarray) -> Callable:
    """Op by op: `jit` would make a single one of the whole chain."""
    import jax

    gradient = jax.grad(lambda x: chain(x).sum())
    array = jax.numpy.asarray(x)
    return lambda: jax.block_until_ready(gradient(array))


def mygrad_chain(x: np.ndarray) -> Callable:
    import mygrad

    variable = mygrad.tensor(x)
    return lambda: chain(variable).sum().backward()


def dezero_chain(x: np.ndarray) -> Callable:
    dezero = import_dezero()
    variable = dezero.Variable(x)

    def step():
        variable.cleargrad()
        dezero.functions.sum(chain(variable)).backward()

    return step


# (images, channels, size, kernels, their size, stride, padding), and where it is from.
CONVOLUTIONS = {
    (64, 16, 14, 32, 3, 1, 1): "ConvNet's second",
    (16, 8, 32, 24, 3, 1, 1): "ShapeNet's second",
    (1, 3, 224, 64, 3, 2, 0): "SqueezeNet's first",
    (1, 16, 55, 64, 3, 1, 1): "SqueezeNet's fire 2, expand",
    (1, 512, 13, 1000, 1, 1, 0): "SqueezeNet's last",
    (1, 64, 224, 64, 3, 1, 1): "VGG's second",
    (1, 256, 56, 256, 3, 1, 1): "VGG's sixth",
    (1, 512, 14, 512, 3, 1, 1): "VGG's last",
    (1, 128, 28, 128, 3, 1, 1): "ResNet-18's, of 128 channels",
}


def convolutions() -> Iterator[Callable]:
    """A row for each convolution's forward, and its gradients at the input and at the kernels."""
    for shape, origin in CONVOLUTIONS.items():
        for what in ("forward", "input gradient", "weight gradient"):
            row = lambda shape=shape, what=what: convolution(*shape, what)
            row.__doc__ = f"conv {shape}, {origin}: {what}"
            yield row


def convolution(n, c, size, o, kernel, stride, padding, what: str) -> dict[str, Callable]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, c, size, size)).astype(np.float32)
    w = rng.normal(size=(o, c, kernel, kernel)).astype(np.float32)
    how = {"stride": stride, "padding": padding}
    # As it comes from another layer: the output of a convolution, in its order in memory.
    if c >= 16:
        x = conv2d(x, np.eye(c, dtype=np.float32)[:, :, None, None]).data
    variables = {"input gradient": Tensor(x), "weight gradient": Tensor(w)}
    at = variables.get(what)

    def forward():
        with no_grad():
            return conv2d(x, w, **how)

    if at is None:
        work = {"backlight": forward}
    else:
        y = conv2d(at if what == "input gradient" else x, w if at.data is not w else at, **how)
        g = y.data.copy(order="K")
        work = {"backlight": lambda: grad(y, at, g)}
    if installed("torch"):
        work["PyTorch"] = torch_convolution(np.ascontiguousarray(x), w, how, what)
    return work


def torch_convolution(x: np.ndarray, w: np.ndarray, how: dict, what: str) -> Callable:
    torch = pytorch()
    conv = torch.nn.functional.conv2d
    x, w = torch.from_numpy(x), torch.from_numpy(w)
    if what == "forward":
        return lambda: conv(x, w, **how)
    at = (x if what == "input gradient" else w).requires_grad_()
    y = conv(x, w, **how)
    g = y.detach().clone()
    return lambda: torch.autograd.grad(y, at, g, retain_graph=True)


ROWS = [op_overhead, *convolutions()]
