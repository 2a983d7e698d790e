"""How much of a map lies where it should."""

import numpy as np

from autograd import resize


def inside(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The share of each map's positive relevance that lies on the object: (N,), from 0 to 1.

    The relevance of a pixel is the sum over its colours, and a map of fewer pixels is enlarged
    bilinearly. A map that is positive nowhere has the share 0. A map that says nothing, the same
    everywhere, has the share of the image that is object.

    Args:
        maps: (N, C, H, W) or (N, h, w).
        masks: (N, H, W), True on the object.
    """
    maps = maps.sum(axis=1) if maps.ndim == 4 else maps
    helpful = resize(maps[:, None], masks.shape[1:]).data[:, 0].clip(0)
    total = helpful.sum(axis=(1, 2))
    return (helpful * masks).sum(axis=(1, 2)) / np.where(total > 0, total, 1)
