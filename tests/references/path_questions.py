"""What is asked of PAIR, Captum, PyTorch and Backlight about paths, layers and noise.

The random numbers are Backlight's on both sides, so that one sample can be compared with another.
"""

import numpy as np

# The first word is the technique; then come its arguments.
CAPTUM = {
    "layer_activation": {},
    "internal_influence": {"baseline": -0.5, "steps": 6, "rule": "gausslegendre"},
    "internal_influence middle": {"baseline": -0.5, "steps": 6, "rule": "middle"},
    "neuron_gradient": {},
    "neuron_conductance": {"baseline": -0.5, "steps": 6, "rule": "gausslegendre"},
    "neuron_conductance right": {"baseline": -0.5, "steps": 6, "rule": "right"},
    "gradient_shap": {"samples": 7, "rng": 3},
    "full_gradient": {},
}
PAIR = {
    "smoothgrad": {"samples": 5, "rng": 4},
    "smoothgrad square": {"samples": 5, "rng": 5, "spread": 0.1, "mode": "square"},
    "blur_integrated_gradients": {"max_sigma": 20.0, "steps": 10, "rule": "left"},
    "guided_integrated_gradients": {"baseline": -0.5, "steps": 10},
    "guided_integrated_gradients far": {
        "baseline": -0.5,
        "steps": 10,
        "fraction": 0.1,
        "max_dist": 0.5,
    },
    "xrai": {"steps": 10},
}

# By net: the classes asked about, a layer, and a unit of it, through which some of the score flows.
TARGETS = {"KernelFitter": (3, 7), "ResNet": (3,), "SqueezeNet": (243,)}
LAYERS = {"KernelFitter": "conv", "ResNet": "layer2", "SqueezeNet": "features.7"}
NEURONS = {"KernelFitter": (0, 20, 15), "ResNet": (5, 4, 6), "SqueezeNet": (225, 6, 14)}
PHOTO = "cat_dog.png"


def baselines(x: np.ndarray) -> np.ndarray:
    """Three for a batch x (N, C, H, W): (3, C, H, W)."""
    return np.random.default_rng(6).uniform(-1, 1, (3, *x.shape[1:]))


def segments(size: tuple[int, int]) -> np.ndarray:
    """Two segmentations, into slanted stripes and into a grid: (2, H, W) ints."""
    height, width = size
    y, x = np.mgrid[:height, :width]
    return np.stack([(x + y) * 7 // (height + width), y * 4 // height * 4 + x * 4 // width])


def kept(name: str, answer: np.ndarray) -> dict[str, np.ndarray]:
    """What is stored of maps (N, ..., H, W): about 14 pixels of a row, and the norm of each map."""
    apart = max(answer.shape[-1] // 14, 1)
    some = answer[..., ::apart, ::apart]
    if some.ndim == 4 and some.shape[1] > 8:  # Some channels of many.
        some = some[:, :: some.shape[1] // 8]
    return {
        name: some.astype(np.float32),
        f"{name}: norm": np.linalg.norm(answer.reshape(len(answer), -1), axis=1),
    }
