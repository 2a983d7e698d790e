"""Layers that compute nothing."""

import math

from autograd import Tensor, reshape
from autograd.device import Array

from ..module import Module


class Flatten(Module):
    """The axes from `start_dim` on become one: (N, C, H, W) to (N, C·H·W)."""

    def __init__(self, start_dim: int = 1):
        self.start_dim = start_dim

    def forward(self, x: Tensor | Array) -> Tensor:
        kept, merged = x.shape[: self.start_dim], x.shape[self.start_dim :]
        return reshape(x, (*kept, math.prod(merged)))


class Identity(Module):
    """x itself, where a layer is expected and nothing should happen."""

    def forward(self, x: Tensor | Array) -> Tensor | Array:
        return x
