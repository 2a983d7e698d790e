"""What is asked about class activation maps of pytorch-grad-cam and of Backlight, and what is kept.

The nets are KernelFitter, ResNet-18 with seeded weights, and SqueezeNet with ImageNet's.
"""

import numpy as np

# After a ReLU.
LAYERS = {"KernelFitter": "relu", "ResNet": "layer1", "SqueezeNet": "features.12"}
# The maps of several, fused.
SEVERAL = {
    "KernelFitter": ["conv", "relu"],
    "ResNet": ["layer1", "layer2"],
    "SqueezeNet": ["features.7", "features.12"],
}
# For the techniques that ask about each channel of the photographs: a layer with 16.
FEW_CHANNELS = "features.3.squeeze_activation"
BEFORE_RELU = "layer1.1.bn2"  # Of ResNet.

FROM_GRADIENTS = ("grad_cam", "grad_cam_pp", "hires_cam", "layer_cam", "xgrad_cam")
ASK_EACH_CHANNEL = ("score_cam", "ablation_cam")
QUESTIONS = (*FROM_GRADIENTS, "eigen_cam", *ASK_EACH_CHANNEL)
OF_RESNET = ("score_cam with corners aligned", "ablation_cam before the ReLU")

TARGETS = {"KernelFitter": (3, 7), "ResNet": (3,), "SqueezeNet": (243, 285)}
PHOTO = "cat_dog.png"  # Bull mastiff and Egyptian cat.


def layer_of(question: str, net: str) -> str:
    if "before the ReLU" in question:
        return BEFORE_RELU
    few = net == "SqueezeNet" and question in ASK_EACH_CHANNEL
    return FEW_CHANNELS if few else LAYERS[net]


def small_images() -> np.ndarray:
    """(2, 1, 28, 28), in [−1, 1] as KernelFitter takes them."""
    return np.random.default_rng(3).uniform(-1, 1, (2, 1, 28, 28))


def kept(answer: np.ndarray) -> np.ndarray:
    """What is stored of maps (N, h, w): about 14 pixels of a row."""
    apart = max(1, answer.shape[-1] // 14)
    return answer[:, ::apart, ::apart].astype(np.float32)
