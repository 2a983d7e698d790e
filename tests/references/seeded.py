"""Weights that both sides of a comparison draw for themselves, so that no file need hold them."""

import math
from collections.abc import Mapping

import numpy as np

ROWS = 64


def seeded_weights(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """{name: array} for the shapes of a network's state dict, in whatever order these come.

    They let no signal die out from layer to layer. Of a matrix only the first rows are drawn, since
    VGG's have a hundred million numbers; the others are zeros.
    """
    rng = np.random.default_rng(0)
    weights = {}
    for name, shape in sorted(shapes.items()):
        x = np.zeros(shape, np.float32)
        drawn = x[:ROWS] if x.ndim == 2 else x
        drawn[...] = rng.standard_normal(drawn.shape, np.float32)
        if x.ndim == 2:
            drawn *= math.sqrt(2 / ROWS)
        elif x.ndim == 4:
            drawn *= math.sqrt(2 / math.prod(shape[1:]))
        elif name.endswith("running_var"):
            x = 1 + abs(x) / 10
        elif name.endswith("weight"):  # The scale of a normalisation.
            x = 1 + x / 10
        else:
            x /= 10
        weights[name] = x
    return weights


def seeded_image() -> np.ndarray:
    """(1, 3, 64, 80), the smallest that all of the networks take, and not square."""
    return np.random.default_rng(1).standard_normal((1, 3, 64, 80), np.float32)


def seeded_photo(height: int, width: int) -> np.ndarray:
    """(height, width, 3) of bytes: waves in each colour, and some noise."""
    y, x = np.mgrid[:height, :width][..., None]
    waves = np.sin(x / [7, 11, 17] + y / [13, 5, 9])
    noise = np.random.default_rng(2).uniform(-30, 30, waves.shape)
    return (127 + 95 * waves + noise).astype(np.uint8)
