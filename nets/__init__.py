"""Backlight's networks: what they are made of, how they are trained, and data to train them on.

    from nets import KernelFitter, digits, evaluate, fit

    train, test = digits()
    net = KernelFitter(rng=0)
    fit(net, train, epochs=5, batch_size=64, lr=0.2)
    evaluate(net, test)

To read it: kernel_fitter.py (a network), module.py (what a network is), layers/ (its parts, one op
each), optim.py and train.py (how it learns), data/ (what from). Then alexnet.py, vgg.py,
squeezenet.py and resnet.py, the networks that there are ImageNet weights for, and weights/.
"""

import autograd

if not hasattr(autograd, "array_module"):
    raise ImportError(
        f"{autograd!r} is not Backlight's, but another package of the same name: "
        "install Backlight into a fresh virtual environment"
    )

from .kernel_fitter import KernelFitter
from .shape_net import ShapeNet
from .alexnet import alexnet
from .vgg import vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn
from .squeezenet import squeezenet1_0, squeezenet1_1
from .resnet import resnet18, resnet34, resnet50
from .module import Module
from .layers import *  # noqa: F403
from .optim import SGD, Adam, Optimizer
from .train import evaluate, fit
from .history import History
from .weights import load_weights, save_weights
from .data import IMAGENET_CLASSES, deprocess, load_image, preprocess
from .data import cifar10, digits, fashion_mnist, mnist, shapes
from .top_k import top_k
from . import layers as _layers

__all__ = [
    "KernelFitter",
    "ShapeNet",
    "alexnet",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "vgg11_bn",
    "vgg13_bn",
    "vgg16_bn",
    "vgg19_bn",
    "squeezenet1_0",
    "squeezenet1_1",
    "resnet18",
    "resnet34",
    "resnet50",
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
    "shapes",
    "mnist",
    "fashion_mnist",
    "cifar10",
    "load_image",
    "preprocess",
    "deprocess",
    "IMAGENET_CLASSES",
    "top_k",
]
