"""VGG: nothing but 3×3 convolutions, and many of them (Simonyan and Zisserman, arXiv 1409.1556).

net = vgg16(weights="imagenet")
"""

from functools import partial

from autograd import Tensor
from autograd.device import Array

from .init import Rng
from .layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
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

# Table 1 of the paper, whose rows are blocks between two poolings. A row's convolutions all have so
# many channels; how many convolutions there are is told by the net's column.
CHANNELS = (64, 128, 256, 512, 512)
CONVOLUTIONS = {
    "A": (1, 1, 2, 2, 2),
    "B": (2, 2, 2, 2, 2),
    "D": (2, 2, 3, 3, 3),
    "E": (2, 2, 4, 4, 4),
}


class VGG(Module):
    """Images (N, 3, H, W), of 32×32 pixels or more, to scores (N, classes).

    Args:
        column: of table 1: "A", "B", "D" or "E".
        batch_norm: whether each convolution is followed by batch normalisation, which was invented
            a year later.
    """

    def __init__(self, column: str, batch_norm: bool, classes: int, rng: Rng = None):
        layers: list[Module] = []
        before = 3
        for channels, convolutions in zip(CHANNELS, CONVOLUTIONS[column], strict=True):
            for _ in range(convolutions):
                layers.append(Conv2d(before, channels, 3, padding=1))
                if batch_norm:
                    layers.append(BatchNorm2d(channels))
                layers.append(ReLU())
                before = channels
            layers.append(MaxPool2d(2))
        self.features = Sequential(*layers)
        self.avgpool = AdaptiveAvgPool2d(7)
        self.classifier = Sequential(
            Linear(512 * 7 * 7, 4096),
            ReLU(),
            Dropout(0.5, rng=rng),
            Linear(4096, 4096),
            ReLU(),
            Dropout(0.5, rng=rng),
            Linear(4096, classes),
        )

    def forward(self, x: Tensor | Array) -> Tensor:
        return self.classifier(Flatten()(self.avgpool(self.features(x))))


def vgg11(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-11, column A: 132,863,336 parameters; for the arguments see `build`."""
    return build("vgg11", partial(VGG, "A", False), weights, classes, rng)


def vgg13(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-13, column B: 133,047,848 parameters; for the arguments see `build`."""
    return build("vgg13", partial(VGG, "B", False), weights, classes, rng)


def vgg16(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-16, column D: 138,357,544 parameters; for the arguments see `build`."""
    return build("vgg16", partial(VGG, "D", False), weights, classes, rng)


def vgg19(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-19, column E: 143,667,240 parameters; for the arguments see `build`."""
    return build("vgg19", partial(VGG, "E", False), weights, classes, rng)


def vgg11_bn(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-11 with batch normalisation: 132,868,840 parameters; for the arguments see `build`."""
    return build("vgg11_bn", partial(VGG, "A", True), weights, classes, rng)


def vgg13_bn(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-13 with batch normalisation: 133,053,736 parameters; for the arguments see `build`."""
    return build("vgg13_bn", partial(VGG, "B", True), weights, classes, rng)


def vgg16_bn(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-16 with batch normalisation: 138,365,992 parameters; for the arguments see `build`."""
    return build("vgg16_bn", partial(VGG, "D", True), weights, classes, rng)


def vgg19_bn(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> VGG:
    """VGG-19 with batch normalisation: 143,678,248 parameters; for the arguments see `build`."""
    return build("vgg19_bn", partial(VGG, "E", True), weights, classes, rng)
