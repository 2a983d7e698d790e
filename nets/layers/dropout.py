"""Dropout (Srivastava et al., JMLR 2014)."""

import numpy as np

from autograd import Tensor, array_module, multiply
from autograd.device import Array

from ..checks import generator
from ..init import Rng
from ..module import Module


class Dropout(Module):
    """In training, each entry is zeroed with probability p and the others are divided by 1 − p.

    So its expectation stays what it is in evaluation, where nothing is dropped.

    Args:
        p: in [0, 1).
        rng: the layer draws from it at every call in training.

    Raises:
        ValueError: p is out of range.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng = None):
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p: expected 0 <= p < 1, got {p}")
        self.p = p
        self.rng = generator(rng)

    def forward(self, x: Tensor | Array) -> Tensor:
        if not self.training:
            return x
        kept = self.rng.random(x.shape, np.float32) >= self.p
        scale = (kept / (1 - self.p)).astype(x.dtype)
        xp = array_module(x.data if isinstance(x, Tensor) else x)
        return multiply(x, xp.asarray(scale))
