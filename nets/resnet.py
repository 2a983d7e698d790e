"""ResNet: blocks that add to their input what they make of it (He et al., arXiv 1512.03385).

net = resnet50(weights="imagenet")
"""

from autograd import Tensor
from autograd.device import Array

from .init import Rng
from .layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from .module import Module
from .pretrained import WeightsFrom, build


class BasicBlock(Module):
    """Two 3×3 convolutions beside a shortcut (figure 5 of the paper, on the left).

    (N, in_channels, H, W) to (N, channels, H/stride, W/stride).
    """

    expansion = 1

    def __init__(self, in_channels: int, channels: int, stride: int):
        self.conv1 = Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = BatchNorm2d(channels)
        self.relu = ReLU()
        self.conv2 = Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = BatchNorm2d(channels)
        self.downsample = shortcut(in_channels, channels, stride)

    def forward(self, x: Tensor | Array) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + self.downsample(x))


class Bottleneck(Module):
    """A 3×3 convolution on few channels, beside a shortcut of many (figure 5, on the right).

    (N, in_channels, H, W) to (N, 4·channels, H/stride, W/stride). The stride is the 3×3
    convolution's, as in torchvision; in the paper it is the first one's.
    """

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int):
        many = self.expansion * channels
        self.conv1 = Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = BatchNorm2d(channels)
        self.conv2 = Conv2d(channels, channels, 3, stride, padding=1, bias=False)
        self.bn2 = BatchNorm2d(channels)
        self.conv3 = Conv2d(channels, many, 1, bias=False)
        self.bn3 = BatchNorm2d(many)
        self.relu = ReLU()
        self.downsample = shortcut(in_channels, many, stride)

    def forward(self, x: Tensor | Array) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + self.downsample(x))


def shortcut(in_channels: int, out_channels: int, stride: int) -> Module:
    """What leads past a block: the input itself, or a projection where the shape changes."""
    if stride == 1 and in_channels == out_channels:
        return Identity()
    return Sequential(
        Conv2d(in_channels, out_channels, 1, stride, bias=False), BatchNorm2d(out_channels)
    )


class ResNet(Module):
    """Images (N, 3, H, W) to scores (N, classes).

    Args:
        block: what conv2_x to conv5_x of table 1 are made of.
        counts: how many blocks each of them has. They are called layer1 to layer4 here.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        counts: tuple[int, int, int, int],
        classes: int,
    ):
        self.conv1 = Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = BatchNorm2d(64)
        self.relu = ReLU()
        self.maxpool = MaxPool2d(3, 2, padding=1)
        self.layer1 = blocks(block, counts[0], 64, 64, stride=1)
        self.layer2 = blocks(block, counts[1], 64 * block.expansion, 128, stride=2)
        self.layer3 = blocks(block, counts[2], 128 * block.expansion, 256, stride=2)
        self.layer4 = blocks(block, counts[3], 256 * block.expansion, 512, stride=2)
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(512 * block.expansion, classes)

    def forward(self, x: Tensor | Array) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(Flatten()(self.avgpool(x)))


def blocks(
    block: type[BasicBlock] | type[Bottleneck],
    count: int,
    in_channels: int,
    channels: int,
    stride: int,
) -> Sequential:
    """So many blocks; the first takes the stride, and its input has its own number of channels."""
    first = block(in_channels, channels, stride)
    rest = [block(channels * block.expansion, channels, 1) for _ in range(count - 1)]
    return Sequential(first, *rest)


def resnet(
    name: str,
    block: type[BasicBlock] | type[Bottleneck],
    counts: tuple[int, int, int, int],
    weights: WeightsFrom,
    classes: int,
    rng: Rng,
) -> ResNet:
    def make(classes: int, _: Rng) -> ResNet:  # Without dropout, nothing in it is random.
        return ResNet(block, counts, classes)

    return build(name, make, weights, classes, rng)


def resnet18(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> ResNet:
    """ResNet-18: 11,689,512 parameters; for the arguments see `build`."""
    return resnet("resnet18", BasicBlock, (2, 2, 2, 2), weights, classes, rng)


def resnet34(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> ResNet:
    """ResNet-34: 21,797,672 parameters; for the arguments see `build`."""
    return resnet("resnet34", BasicBlock, (3, 4, 6, 3), weights, classes, rng)


def resnet50(weights: WeightsFrom = None, *, classes: int = 1000, rng: Rng = None) -> ResNet:
    """ResNet-50: 25,557,032 parameters; for the arguments see `build`."""
    return resnet("resnet50", Bottleneck, (3, 4, 6, 3), weights, classes, rng)
