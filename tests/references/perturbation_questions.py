"""What is asked about perturbations of Captum, of LIME's own code and of Backlight, and kept."""

import numpy as np


def grid(height: int, width: int, rows: int, columns: int) -> np.ndarray:
    """The regions of a grid: (1, height, width) ints."""
    y, x = np.mgrid[:height, :width]
    return (y * rows // height * columns + x * columns // width)[None]


# By net: the technique and its arguments. (Captum's `ShapleyValues` goes through all M! orders.)
SMALL = {
    "feature_ablation": {"baseline": -0.5},
    "feature_ablation of a grid": {"baseline": -0.5, "mask": grid(28, 28, 5, 4)},
    "feature_ablation of a grid each": {
        "baseline": 0.25,
        "mask": np.stack([grid(28, 28, 5, 4), grid(28, 28, 3, 3)]),
    },
    "feature_permutation": {"mask": grid(28, 28, 5, 4)},  # Two images have one way to change.
    "shapley_values": {"baseline": -0.5, "mask": grid(28, 28, 3, 2)},
}
RESNET = {
    "feature_ablation": {"baseline": 0.25, "mask": grid(64, 80, 4, 5)},
    "shapley_values": {"baseline": 0.25, "mask": grid(64, 80, 2, 2)},
}
PHOTOGRAPHS = {
    "feature_ablation": {"baseline": -0.5, "mask": grid(224, 224, 3, 3)},
    "shapley_values": {"baseline": 0.0, "mask": grid(224, 224, 2, 2)},
}
RESNET_TARGET = 3


def kept(answer: np.ndarray) -> np.ndarray:
    """What is stored of maps (N, C, H, W): about 14 pixels of a row."""
    apart = answer.shape[-1] // 14
    return answer[..., ::apart, ::apart]


# The samples of LIME are drawn here, so that both sides fit the same ones.
ON = np.random.default_rng(5).random((200, 8)) < 0.5
ON[0] = True
ON[1] = False


def score(z):
    """A function of 8 features, of which two interact and one does nothing: (V, 8) to (V, 1)."""
    return (
        3 * z[:, :1] - 2 * z[:, 1:2] + 4 * z[:, 2:3] * z[:, 3:4] + 0.1 * z[:, 4:7].sum(1)[:, None]
    )
