"""Batch normalisation as a layer, which gathers the statistics for evaluation."""

import numpy as np

from autograd import Tensor, batch_norm, batch_statistics
from autograd.device import Array

from ..checks import whole
from ..module import Module


class BatchNorm2d(Module):
    """Each channel of x (N, C, H, W) moved to mean 0 and scaled to variance 1 (arXiv 1502.03167).

    In training the mean and variance are the batch's, and a running average of them is kept; in
    evaluation they are that average. As in PyTorch, the running variance is the unbiased one.

    Parameters: weight (C,), from 1, and bias (C,), from 0, applied after normalising.
    Buffers: running_mean (C,), running_var (C,), num_batches_tracked ().

    Args:
        num_features: C.
        eps: added to the variance.
        momentum: the weight of the newest batch in the running average.

    Raises:
        ValueError: a setting out of range; in training, a batch with one number per channel.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1):
        channels = whole(num_features, "BatchNorm2d: num_features")
        if not eps > 0:
            raise ValueError(f"BatchNorm2d: eps: expected more than 0, got {eps}")
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm2d: momentum: expected 0 to 1, got {momentum}")
        self.eps = eps
        self.momentum = momentum
        self.weight = Tensor(np.ones(channels, np.float32))
        self.bias = Tensor(np.zeros(channels, np.float32))
        self.running_mean = np.zeros(channels, np.float32)
        self.running_var = np.ones(channels, np.float32)
        self.num_batches_tracked = np.array(0)

    def forward(self, x: Tensor | Array) -> Tensor:
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = batch_statistics(x)
        out = batch_norm(x, mean, var, self.weight, self.bias, eps=self.eps)
        if self.training:
            self.track(mean.data, var.data, numbers=out.size // mean.size)
        return out

    def track(self, mean: Array, var: Array, numbers: int) -> None:
        """Take a batch's statistics, over so many `numbers` per channel, into the running ones."""
        if numbers < 2:
            raise ValueError("BatchNorm2d: training needs more than one number per channel")
        unbiased = var * (numbers / (numbers - 1))
        # New arrays: a graph recorded in evaluation holds the old ones.
        self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
        self.running_var = self.running_var + self.momentum * (unbiased - self.running_var)
        self.num_batches_tracked += 1
