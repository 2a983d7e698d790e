"""What is timed: each row returns, for each library at hand, the same work as a function."""

import importlib.util
from collections.abc import Callable

import numpy as np

from autograd import Tensor, cross_entropy, grad
from nets import SGD, KernelFitter


def installed(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def training_step() -> dict[str, Callable]:
    """KernelFitter, one training step (forward, backward, SGD), batch 64"""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (64, 1, 28, 28)).astype(np.float32)
    y = rng.integers(0, 10, 64)
    net = KernelFitter(rng=0)
    optimizer = SGD(net.parameters(), lr=0.01)

    def ours():
        cross_entropy(net(x), y).backward()
        optimizer.step()

    work = {"backlight": ours}
    if installed("torch"):
        work["PyTorch"] = torch_training_step(x, y)
    return work


def torch_training_step(x: np.ndarray, y: np.ndarray) -> Callable:
    import torch
    from torch import nn

    net = nn.Sequential(
        nn.Conv2d(1, 5, 3, padding=1, bias=False),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(980, 10),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    x, y = torch.from_numpy(x), torch.from_numpy(y)

    def theirs():
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()

    return theirs


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
        import torch

        leaf = torch.from_numpy(x).requires_grad_()

        def theirs():
            y = leaf
            for _ in range(CHAIN):
                y = y * 1.01
            torch.autograd.grad(y.sum(), [leaf])

        work["PyTorch"] = theirs
    return work


ROWS = (training_step, op_overhead)
