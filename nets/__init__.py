"""Backlight's networks: what they are made of, how they are trained, and data to train them on.

    from nets import KernelFitter, digits, evaluate, fit

    train, test = digits()
    net = KernelFitter(rng=0)
    fit(net, train, epochs=5, batch_size=64, lr=0.2)
    evaluate(net, test)

To read it: kernel_fitter.py (a network), module.py (what a network is), layers/ (its parts, one op
each), optim.py and train.py (how it learns), data/ (what from).
"""

import autograd

if not hasattr(autograd, "array_module"):
    raise ImportError(
        f"{autograd!r} is not Backlight's, but another package of the same name: "
        "install Backlight into a fresh virtual environment"
    )

from .kernel_fitter import KernelFitter
from .module import Module
from .layers import *  # noqa: F403
from .optim import SGD, Adam, Optimizer
from .train import evaluate, fit
from .history import History
from .weights import load_weights, save_weights
from .data import cifar10, digits, fashion_mnist, mnist
from . import layers as _layers

__all__ = [
    "KernelFitter",
    "Module",
    *_layers.__all__,
    "fit",
    "evaluate",
    "History",
    "SGD",
    "Adam",
    "Optimizer",
    "load_weights",
    "save_weights",
    "digits",
    "mnist",
    "fashion_mnist",
    "cifar10",
]
