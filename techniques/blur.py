"""The Gaussian blur."""

import numpy as np

from autograd import array_module
from autograd.device import Array


def gaussian_blur(x: Array, sigma: float) -> Array:
    """Images (N, C, H, W), each pixel replaced by a mean of those around it.

    The weight of a pixel at distance d is exp(−d² / 2σ²), with σ > 0 in pixels. It is the product
    of a weight down and a weight across, so the blur is a matrix product on either side. At the
    border, the weights of what lies outside go to what lies inside.
    """
    xp = array_module(x)
    down, across = (xp.asarray(weights(n, sigma).astype(x.dtype)) for n in x.shape[2:])
    return down @ x @ across.T


def weights(size: int, sigma: float) -> np.ndarray:
    """(size, size): row i holds the weights of all pixels in the mean for pixel i."""
    i = np.arange(size)
    w = np.exp(-(((i[:, None] - i) / sigma) ** 2) / 2)
    return w / w.sum(axis=1, keepdims=True)
