"""What is asked of Captum and of Backlight, and what is kept of the answers."""

import numpy as np

# The first word is the technique; then come its arguments.
QUESTIONS = {
    "saliency": {},
    "input_x_gradient": {},
    "guided_backprop": {},
    "deconvnet": {},
    "grad_cam": {"relu": False},
    "guided_grad_cam": {"mode": "bilinear"},
    "integrated_gradients": {"baseline": -0.5, "steps": 8, "rule": "gausslegendre"},
    "occlusion": {"baseline": -0.5, "window": 64, "stride": 48},  # The last is cut off at 224.
    "layer_conductance": {"baseline": -0.5, "steps": 8, "rule": "left"},
}
# Of a small net it costs little to ask more.
MORE_QUESTIONS = {
    **QUESTIONS,
    "occlusion": {"baseline": -0.5, "window": 5, "stride": 3},  # The last is cut off at 28.
    "guided_grad_cam nearest": {"mode": "nearest"},
    **{
        f"integrated_gradients {rule}": {"baseline": -0.5, "steps": 8, "rule": rule}
        for rule in ("trapezoid", "left", "middle", "right")
    },
}

# Photographs that are asked about, and the classes: bull mastiff and Egyptian cat, and tiger.
PHOTOS = ("cat_dog.png", "cat_dog.png", "292_n02129604_tiger.JPEG")
PHOTO_TARGETS = (243, 285, 292)
PHOTO_LAYER = "features.12"

SMALL_TARGETS = (3, 7)
SMALL_LAYER = "conv"


def small_images() -> np.ndarray:
    """(2, 1, 28, 28), in [−1, 1] as KernelFitter takes them."""
    return np.random.default_rng(3).uniform(-1, 1, (2, 1, 28, 28))


def kept(name: str, answer: np.ndarray) -> dict[str, np.ndarray]:
    """What is stored of an answer (N, ...), which may be large.

    Of maps at the input's size, one pixel of some, all over the map; and of each map the sum and
    the Euclidean norm. Of the conductance, the sum over each channel.
    """
    if answer.ndim == 4 and name.startswith("layer"):
        return {name: answer.sum(axis=(2, 3)).astype(np.float32)}
    apart = {28: 3, 224: 13}.get(answer.shape[-1], 1)
    flat = answer.reshape(len(answer), -1)
    return {
        name: answer[..., ::apart, ::apart].astype(np.float32),
        f"{name}: sum": flat.sum(axis=1),
        f"{name}: norm": np.linalg.norm(flat, axis=1),
    }
