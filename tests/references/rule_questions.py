"""What is asked of zennit and Captum about lrp and deeplift, and what is kept of the answers.

The nets are KernelFitter; "VGG" and "ResNet", small ones with batch normalisation, pooling, dropout
and residual blocks; the same without max-pooling, with which Captum's DeepLift is right; and
SqueezeNet with ImageNet's weights.
"""

import numpy as np

# Names of rules and of composites. "box" is epsilon_gamma_box with the bounds below.
RULES = ("epsilon", "epsilon 0.25", "gamma", "alpha_beta", "z_plus", "flat", "w_squared")
COMPOSITES = ("epsilon_plus", "epsilon_plus_flat", "epsilon_alpha2_beta1")
COMPOSITES += ("epsilon_alpha2_beta1_flat", "box")
LOW, HIGH = -3.0, 3.0

TARGETS = (3, 7)
SHAPES = {"KernelFitter": (2, 1, 28, 28), "VGG": (2, 3, 16, 12), "ResNet": (2, 3, 16, 12)}
PHOTO, PHOTO_TARGET = "cat_dog.png", 243  # Bull mastiff.
BASELINES = (0.0, -0.5)
# zennit merges batch normalisation into the layer before it, but then divides by √(1 + eps) still.
BATCH_NORM_EPS = 1e-12


def small_images(net: str) -> np.ndarray:
    """(2, ...) in [−1, 1]."""
    return np.random.default_rng(3).uniform(-1, 1, SHAPES[net.partition(",")[0]])


def kept(answer: np.ndarray) -> np.ndarray:
    """(N, ...): some pixels of a map (N, C, H, W), in float32."""
    apart = {28: 2, 224: 13}.get(answer.shape[-1], 2)
    return answer[..., ::apart, ::apart].astype(np.float32)
