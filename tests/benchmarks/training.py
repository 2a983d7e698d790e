"""Training small classifiers: a step of two nets in every library, and an epoch of ShapeNet.

In a step, a net is a list of 3×3 kernels, each followed by a ReLU and a max-pool, and a linear
layer; it is forward, backward and SGD, with a batch of 64.
"""

from collections.abc import Callable

import numpy as np

from autograd import Tensor, conv2d, cross_entropy, linear, max_pool2d, relu
from nets import SGD, Adam, fit
from nets.data import shapes
from nets.shape_net import ShapeNet

from .peers import import_dezero, installed, pytorch

BATCH, LR = 64, 0.01
Parameters = list[np.ndarray]


def kernel_fitter() -> dict[str, Callable]:
    """KernelFitter, a training step"""
    return steps(kernels=[(5, 1)])


def conv_net() -> dict[str, Callable]:
    """ConvNet (conv 1→16→32), a training step"""
    return steps(kernels=[(16, 1), (32, 16)])


def steps(kernels: list[tuple[int, int]]) -> dict[str, Callable]:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (BATCH, 1, 28, 28)).astype(np.float32)
    y = rng.integers(0, 10, BATCH)
    side = 28 // 2 ** len(kernels)
    shapes = [(o, c, 3, 3) for o, c in kernels] + [(10, kernels[-1][0] * side * side), (10,)]
    parameters = [rng.normal(0, 0.05, shape).astype(np.float32) for shape in shapes]
    makers = {
        "backlight": ("numpy", backlight),
        "PyTorch": ("torch", torch_step),
        "JAX jit": ("jax", jax_step),
        "MyGrad": ("mygrad", mygrad_step),
        "DeZero": ("dezero", dezero_step),
    }
    return {
        name: make(x, y, [p.copy() for p in parameters])
        for name, (library, make) in makers.items()
        if installed(library)
    }


def backlight(x: np.ndarray, y: np.ndarray, parameters: Parameters) -> Callable:
    *kernels, w, b = parameters = [Tensor(p) for p in parameters]
    optimizer = SGD(parameters, lr=LR)

    def step():
        h = x
        for kernel in kernels:
            h = max_pool2d(relu(conv2d(h, kernel, padding=1)), 2)
        cross_entropy(linear(h.reshape(BATCH, -1), w, b), y).backward()
        optimizer.step()

    return step


def torch_step(x: np.ndarray, y: np.ndarray, parameters: Parameters) -> Callable:
    torch = pytorch()
    f = torch.nn.functional
    *kernels, w, b = parameters = [torch.from_numpy(p).requires_grad_() for p in parameters]
    optimizer = torch.optim.SGD(parameters, lr=LR)
    x, y = torch.from_numpy(x), torch.from_numpy(y)

    def step():
        optimizer.zero_grad()
        h = x
        for kernel in kernels:
            h = f.max_pool2d(f.relu(f.conv2d(h, kernel, padding=1)), 2)
        f.cross_entropy(f.linear(h.flatten(1), w, b), y).backward()
        optimizer.step()

    return step


def jax_step(x: np.ndarray, y: np.ndarray, parameters: Parameters) -> Callable:
    import jax
    from jax import numpy as jnp

    def loss(parameters):
        *kernels, w, b = parameters
        h = x
        for kernel in kernels:
            h = jax.nn.relu(jax.lax.conv(h, kernel, (1, 1), "SAME"))
            h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        scores = jax.nn.log_softmax(h.reshape(BATCH, -1) @ w.T + b)
        return -scores[jnp.arange(BATCH), y].mean()

    update = jax.jit(
        lambda parameters: [
            p - LR * g for p, g in zip(parameters, jax.grad(loss)(parameters), strict=True)
        ]
    )
    state = [[jnp.asarray(p) for p in parameters]]

    def step():
        state[0] = jax.block_until_ready(update(state[0]))

    return step


def mygrad_step(x: np.ndarray, y: np.ndarray, parameters: Parameters) -> Callable:
    import mygrad
    from mygrad.nnet.activations import relu
    from mygrad.nnet.layers import conv_nd, max_pool
    from mygrad.nnet.losses import softmax_crossentropy

    *kernels, w, b = parameters = [mygrad.tensor(p) for p in parameters]

    def step():
        h = x
        for kernel in kernels:
            h = max_pool(relu(conv_nd(h, kernel, stride=1, padding=1)), (2, 2), 2)
        loss = softmax_crossentropy(mygrad.matmul(h.reshape(BATCH, -1), w.T) + b, y)
        loss.backward()
        for p in parameters:
            p.data -= LR * p.grad

    return step


def dezero_step(x: np.ndarray, y: np.ndarray, parameters: Parameters) -> Callable:
    dezero = import_dezero()
    f = dezero.functions
    *kernels, w, b = parameters = [dezero.Parameter(p) for p in parameters]

    def step():
        h = x
        for kernel in kernels:
            h = f.pooling(f.relu(f.conv2d_simple(h, kernel, pad=1)), 2, 2)
        loss = f.softmax_cross_entropy(f.linear(h.reshape(BATCH, -1), w.T, b), y)
        for p in parameters:
            p.cleargrad()
        loss.backward()
        for p in parameters:
            p.data -= LR * p.grad.data

    return step


def shape_net() -> dict[str, Callable]:
    """ShapeNet, an epoch of 320 scenes (batch 16, Adam)"""
    (x, y), _ = shapes(train=320, test=10)
    net = ShapeNet(rng=0)
    optimizer = Adam(net.parameters(), lr=4e-3)
    how = {"epochs": 1, "batch_size": 16, "progress": False}
    work = {"backlight": lambda: fit(net, (x, y), optimizer=optimizer, **how)}
    if installed("torch"):
        work["PyTorch"] = torch_epoch(x, y)
    return work


def torch_epoch(x: np.ndarray, y: np.ndarray) -> Callable:
    torch = pytorch()
    nn = torch.nn
    net = nn.Sequential(
        *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(24, 48, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(48, 64, 3, padding=1), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    x, y = torch.from_numpy(x), torch.from_numpy(y)

    def epoch():
        for rows in torch.randperm(len(x)).split(16):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()

    return epoch


ROWS = [kernel_fitter, conv_net, shape_net]
