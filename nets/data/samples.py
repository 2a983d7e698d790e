"""From bytes on disk to what a network trains on: pixels in [−1, 1] and labels 0 to 9."""

from pathlib import Path

import numpy as np

Samples = tuple[np.ndarray, np.ndarray]  # X float32 (N, C, H, W) in [−1, 1]; Y int64 (N,)
CLASSES = 10  # every data set that is read from files here has ten


def scale_pixels(pixels: np.ndarray) -> np.ndarray:
    """Bytes 0…255 of any shape as float32 in [−1, 1]: 0 becomes −1, and 255 becomes +1 exactly."""
    scaled = pixels.astype(np.float32)
    scaled /= 127.5  # in place: CIFAR-10 as float32 is 600 MB, once is enough
    scaled -= 1
    return scaled


def check_labels(labels: np.ndarray, path: Path) -> np.ndarray:
    """The bytes (N,) read from `path` as int64 labels; ValueError if one is no class 0…9."""
    wrong = np.flatnonzero(labels >= CLASSES)
    if wrong.size:
        raise ValueError(
            f"{path}: item {wrong[0]} has label {labels[wrong[0]]}, expected 0 to {CLASSES - 1}"
        )
    return labels.astype(np.int64)
