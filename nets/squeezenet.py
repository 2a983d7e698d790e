"""SqueezeNet: AlexNet's accuracy with fifty times fewer weights (Iandola et al., arXiv 1602.07360).

net = squeezenet1_1(weights="imagenet")
"""

from collections.abc import Callable
from functools import partial

from autograd import Tensor, concatenate
from autograd.device import Array

from .init import Rng
from .layers import AdaptiveAvgPool2d, Conv2d, Dropout, Flatten, MaxPool2d, ReLU, Sequential
from .module import Module
from .pretrained import WeightsFrom, build


class Fire(Module):
    """Few channels, from which many are made: (N, in_channels, H, W) to (N, 2·expand, H, W).

    A 1×1 convolution squeezes the channels; half of the new ones are made of these pixel by pixel,
    and half from 3×3 windows (figure 2 of the paper).
    """

    def __init__(self, in_channels: int, squeeze: int, expand: int):
        self.squeeze = Conv2d(in_channels, squeeze, 1)
        self.squeeze_activation = ReLU()
        self.expand1x1 = Conv2d(squeeze, expand, 1)
        self.expand1x1_activation = ReLU()
        self.expand3x3 = Conv2d(squeeze, expand, 3, padding=1)
        self.expand3x3_activation = ReLU()

    def forward(self, x: Tensor | Array) -> Tensor:
        x = self.squeeze_activation(self.squeeze(x))
        each = self.expand1x1_activation(self.expand1x1(x))
        around = self.expand3x3_activation(self.expand3x3(x))
        return concatenate([each, around], axis=1)


class SqueezeNet(Module):
    """Images (N, 3, H, W) to scores (N, classes): a score is the mean of a map over the image.

    The images have 21×21 pixels or more for version 1.0, and 17×17 or more for 1.1. The scores are
    not negative, since a ReLU comes before the mean.

    Args:
        features: makes the layers before the classifier, which give 512 channels.
    """

    def __init__(self, features: Callable[[], Sequential], classes: int, rng: Rng = None):
        self.features = features()
        self.classifier = Sequential(
            Dropout(0.5, rng=rng), Conv2d(512, classes, 1), ReLU(), AdaptiveAvgPool2d(1)
        )

    def forward(self, x: Tensor | Array) -> Tensor:
        return Flatten()(self.classifier(self.features(x)))


def features1_0() -> Sequential:
    """Table 1 of the paper, from conv1 to fire9."""
    return Sequential(
        Conv2d(3, 96, 7, stride=2),
        ReLU(),
        MaxPool2d(3, 2, ceil_mode=True),
        Fire(96, 16, 64),
        Fire(128, 16, 64),
        Fire(128, 32, 128),
        MaxPool2d(3, 2, ceil_mode=True),
        Fire(256, 32, 128),
        Fire(256, 48, 192),
        Fire(384, 48, 192),
        Fire(384, 64, 256),
        MaxPool2d(3, 2, ceil_mode=True),
        Fire(512, 64, 256),
    )


def features1_1() -> Sequential:
    """Version 1.1, of the authors' repository: it pools earlier, and so computes 2.4 times less."""
    return Sequential(
        Conv2d(3, 64, 3, stride=2),
        ReLU(),
        MaxPool2d(3, 2, ceil_mode=True),
        Fire(64, 16, 64),
        Fire(128, 16, 64),
        MaxPool2d(3, 2, ceil_mode=True),
        Fire(128, 32, 128),
        Fire(256, 32, 128),
        MaxPool2d(3, 2, ceil_mode=True),
        Fire(256, 48, 192),
        Fire(384, 48, 192),
        Fire(384, 64, 256),
        Fire(512, 64, 256),
    )


def squeezenet1_0(
    weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None
) -> SqueezeNet:
    """SqueezeNet 1.0: 1,248,424 parameters; for the arguments see `build`."""
    return build("squeezenet1_0", partial(SqueezeNet, features1_0), weights, classes, rng)


def squeezenet1_1(
    weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None
) -> SqueezeNet:
    """SqueezeNet 1.1: 1,235,496 parameters; for the arguments see `build`."""
    return build("squeezenet1_1", partial(SqueezeNet, features1_1), weights, classes, rng)
