"""Pooling layers: (N, C, H, W) to (N, C, H', W'). A size is an int, or (vertical, horizontal)."""

from autograd import Tensor, adaptive_avg_pool2d, avg_pool2d, max_pool2d
from autograd.device import Array
from autograd.ops.windows import Pair, pair

from ..module import Module


class MaxPool2d(Module):
    """The largest entry of each window; see `max_pool2d`.

    Raises:
        ValueError: a setting out of range.
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        *,
        ceil_mode: bool = False,
    ):
        self.kernel_size = pair(kernel_size, "MaxPool2d: kernel_size")
        self.stride = self.kernel_size if stride is None else pair(stride, "MaxPool2d: stride")
        self.padding = pair(padding, "MaxPool2d: padding", least=0)
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor | Array) -> Tensor:
        return max_pool2d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode)


class AvgPool2d(Module):
    """The mean entry of each window; see `avg_pool2d`.

    Raises:
        ValueError: a setting out of range.
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):
        self.kernel_size = pair(kernel_size, "AvgPool2d: kernel_size")
        self.stride = self.kernel_size if stride is None else pair(stride, "AvgPool2d: stride")
        self.padding = pair(padding, "AvgPool2d: padding", least=0)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, x: Tensor | Array) -> Tensor:
        return avg_pool2d(
            x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )


class AdaptiveAvgPool2d(Module):
    """The mean over a grid of output_size cells, whatever the size of the image.

    Raises:
        ValueError: output_size is not one or two whole numbers >= 1.
    """

    def __init__(self, output_size: Pair):
        self.output_size = pair(output_size, "AdaptiveAvgPool2d: output_size")

    def forward(self, x: Tensor | Array) -> Tensor:
        return adaptive_avg_pool2d(x, self.output_size)
