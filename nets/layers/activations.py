"""The nonlinearities as layers, to be put into a Sequential."""

from autograd import Tensor, elu, gelu, leaky_relu, relu, sigmoid, softmax, softplus, tanh
from autograd.device import Array

from ..module import Module


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Tensor | Array) -> Tensor:
        return relu(x)


class LeakyReLU(Module):
    """x where x > 0, else negative_slope · x."""

    def __init__(self, negative_slope: float = 0.01):
        self.negative_slope = negative_slope

    def forward(self, x: Tensor | Array) -> Tensor:
        return leaky_relu(x, self.negative_slope)


class ELU(Module):
    """x where x > 0, else alpha · (eˣ − 1)."""

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha

    def forward(self, x: Tensor | Array) -> Tensor:
        return elu(x, self.alpha)


class GELU(Module):
    """x Φ(x), with Φ the normal distribution function."""

    def forward(self, x: Tensor | Array) -> Tensor:
        return gelu(x)


class Softplus(Module):
    """log(1 + eˣ)."""

    def forward(self, x: Tensor | Array) -> Tensor:
        return softplus(x)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ)."""

    def forward(self, x: Tensor | Array) -> Tensor:
        return sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, x: Tensor | Array) -> Tensor:
        return tanh(x)


class Softmax(Module):
    """eˣ / Σ eˣ along the axis `dim`.

    Not for the end of a classifier: `cross_entropy` and the techniques take the scores before it.
    """

    def __init__(self, dim: int = -1):
        self.dim = dim

    def forward(self, x: Tensor | Array) -> Tensor:
        return softmax(x, self.dim)
