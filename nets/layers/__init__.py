"""Layers: modules with one op each, and with PyTorch's names and constructor arguments.

Those that draw random numbers take `rng`: a seed, a np.random.Generator, or None for other numbers
each time. Layers given the same seed draw the same numbers; to make a whole network from one seed,
give one Generator to all of its layers.
"""

from .sequential import Sequential
from .linear import Linear
from .convolution import Conv2d, ConvTranspose2d
from .activations import ReLU, LeakyReLU, ELU, GELU, Softplus, Sigmoid, Tanh, Softmax
from .pooling import MaxPool2d, AvgPool2d, AdaptiveAvgPool2d
from .normalisation import BatchNorm2d
from .dropout import Dropout
from .shape import Flatten, Identity

__all__ = [
    "Sequential",
    "Linear",
    "Conv2d",
    "ConvTranspose2d",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "GELU",
    "Softplus",
    "Sigmoid",
    "Tanh",
    "Softmax",
    "MaxPool2d",
    "AvgPool2d",
    "AdaptiveAvgPool2d",
    "BatchNorm2d",
    "Dropout",
    "Flatten",
    "Identity",
]
