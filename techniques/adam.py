"""Adam: steps of about the same length in every entry (arXiv 1412.6980, algorithm 1)."""

import numpy as np

from autograd import array_module
from autograd.device import Array

# The paper's. In nets, whose Adam moves parameters, they are settings.
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


class Adam:
    """Turns the gradients at an array, one after another, into steps.

    m ← β₁ m + (1 − β₁) g
    v ← β₂ v + (1 − β₂) g²
    step = m̂ / (√v̂ + ε)       with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at the t-th gradient

    The first step is the sign of the gradient, and no later one is much longer than 1 per entry, so
    that a learning rate of 0.05 moves an entry by about 0.05, whatever the scale of the loss.
    """

    def __init__(self):
        self.mean = self.square = self.count = 0

    def step(self, g: Array) -> Array:
        """The step along the gradients g, shaped like them; times lr, it is to be taken."""
        # Half precision has no room for ε, nor for the squares of small numbers.
        dtype, g = g.dtype, g.astype(np.promote_types(g.dtype, np.float32), copy=False)
        self.count += 1
        self.mean = BETA1 * self.mean + (1 - BETA1) * g
        self.square = BETA2 * self.square + (1 - BETA2) * g * g
        mean = self.mean / (1 - BETA1**self.count)
        square = self.square / (1 - BETA2**self.count)
        return (mean / (array_module(g).sqrt(square) + EPS)).astype(dtype, copy=False)
