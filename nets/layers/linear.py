"""The affine layer, also called fully connected or dense."""

from autograd import Tensor, linear
from autograd.device import Array

from ..checks import whole
from ..init import Rng, layer_defaults
from ..module import Module


class Linear(Module):
    """x Wᵀ + b: (..., in_features) to (..., out_features).

    Parameters: weight (out_features, in_features), bias (out_features,) or None.

    Raises:
        ValueError: a size is not a whole number >= 1.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, rng: Rng = None):
        shape = (
            whole(out_features, "Linear: out_features"),
            whole(in_features, "Linear: in_features"),
        )
        self.weight, self.bias = layer_defaults(shape, out_features, bias, rng)

    def forward(self, x: Tensor | Array) -> Tensor:
        return linear(x, self.weight, self.bias)
