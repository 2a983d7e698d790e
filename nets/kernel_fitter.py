"""KernelFitter, the smallest net that reads digits."""

from autograd import Tensor
from autograd.device import Array

from .checks import generator
from .init import Rng
from .layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from .module import Module


class KernelFitter(Module):
    """Five 3×3 kernels, and a linear layer that reads what they found: 9,855 parameters.

    Images (N, 1, 28, 28) in [−1, 1] to the scores (N, 10) of the classes, before softmax.

    Args:
        rng: where the first weights come from: a seed, a np.random.Generator, or None.
    """

    def __init__(self, rng: Rng = None):
        rng = generator(rng)
        self.conv = Conv2d(1, 5, 3, padding=1, bias=False, rng=rng)
        self.relu = ReLU()
        self.pool = MaxPool2d(2)
        self.flatten = Flatten()
        self.linear = Linear(5 * 14 * 14, 10, rng=rng)

    def forward(self, x: Tensor | Array) -> Tensor:
        return self.linear(self.flatten(self.pool(self.relu(self.conv(x)))))
