"""AlexNet (Krizhevsky, Sutskever and Hinton, 2012), in the form of arXiv 1404.5997.

    net = alexnet(weights="imagenet")

The first paper spreads the channels over two GPUs; this is the net of the second, which has one
column of 64, 192, 384, 256 and 256 channels, and no local response normalisation.
"""

from autograd import Tensor
from autograd.device import Array

from .init import Rng
from .layers import (
    AdaptiveAvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from .module import Module
from .pretrained import WeightsFrom, build


class AlexNet(Module):
    """Images (N, 3, H, W), of 63×63 pixels or more, to scores (N, classes)."""

    def __init__(self, classes: int, rng: Rng = None):
        self.features = Sequential(
            Conv2d(3, 64, 11, stride=4, padding=2),
            ReLU(),
            MaxPool2d(3, 2),
            Conv2d(64, 192, 5, padding=2),
            ReLU(),
            MaxPool2d(3, 2),
            Conv2d(192, 384, 3, padding=1),
            ReLU(),
            Conv2d(384, 256, 3, padding=1),
            ReLU(),
            Conv2d(256, 256, 3, padding=1),
            ReLU(),
            MaxPool2d(3, 2),
        )
        self.avgpool = AdaptiveAvgPool2d(6)
        self.classifier = Sequential(
            Dropout(0.5, rng=rng),
            Linear(256 * 6 * 6, 4096),
            ReLU(),
            Dropout(0.5, rng=rng),
            Linear(4096, 4096),
            ReLU(),
            Linear(4096, classes),
        )

    def forward(self, x: Tensor | Array) -> Tensor:
        return self.classifier(Flatten()(self.avgpool(self.features(x))))


def alexnet(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> AlexNet:
    """AlexNet: 61,100,840 parameters; for the arguments see `build`."""
    return build("alexnet", AlexNet, weights, classes, rng)
