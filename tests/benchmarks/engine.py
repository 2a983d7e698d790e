"""The engine by itself: what an op costs, and convolutions of the shapes that nets have."""

from collections.abc import Callable, Iterator

import numpy as np

from autograd import Tensor, conv2d, grad, no_grad

from .peers import installed, pytorch

CHAIN = 100


def op_overhead() -> dict[str, Callable]:
    """A chain of 100 ops on 8 numbers, forward and backward (÷ 100 for one op)"""
    x = np.linspace(-1, 1, 8, dtype=np.float32)
    variable = Tensor(x)

    def ours():
        y = variable
        for _ in range(CHAIN):
            y = y * 1.01
        grad(y.sum(), [variable])

    work = {"backlight": ours}
    if installed("torch"):
        torch = pytorch()
        leaf = torch.from_numpy(x).requires_grad_()

        def theirs():
            y = leaf
            for _ in range(CHAIN):
                y = y * 1.01
            torch.autograd.grad(y.sum(), [leaf])

        work["PyTorch"] = theirs
    return work


# (images, channels, size, kernels, their size, stride, padding), and where it is from.
CONVOLUTIONS = {
    (64, 16, 14, 32, 3, 1, 1): "ConvNet's second",
    (16, 16, 32, 32, 3, 2, 1): "ShapeNet's second",
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
