"""The convolution layer and its transpose."""

from autograd import Tensor, conv2d, conv_transpose2d
from autograd.device import Array
from autograd.ops.windows import Pair, pair

from ..checks import whole
from ..init import Rng, layer_defaults
from ..module import Module


class Conv2d(Module):
    """2-d convolution: (N, in_channels, H, W) to (N, out_channels, H', W'); see `conv2d`.

    Parameters: weight (out_channels, in_channels/groups, kh, kw), bias (out_channels,) or None.

    Args:
        kernel_size, stride, padding, dilation: an int, or (vertical, horizontal).

    Raises:
        ValueError: a setting out of range, or groups that do not divide both numbers of channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: Rng = None,
    ):
        check_channels("Conv2d", in_channels, out_channels, groups)
        self.stride = pair(stride, "Conv2d: stride")
        self.padding = pair(padding, "Conv2d: padding", least=0)
        self.dilation = pair(dilation, "Conv2d: dilation")
        self.groups = groups
        shape = (out_channels, in_channels // groups, *pair(kernel_size, "Conv2d: kernel_size"))
        self.weight, self.bias = layer_defaults(shape, out_channels, bias, rng)

    def forward(self, x: Tensor | Array) -> Tensor:
        return conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )


class ConvTranspose2d(Module):
    """The transpose of a convolution, which enlarges images; see `conv_transpose2d`.

    Parameters: weight (in_channels, out_channels/groups, kh, kw), bias (out_channels,) or None.

    Args:
        kernel_size, stride, padding, output_padding, dilation: an int, or (vertical, horizontal).

    Raises:
        ValueError: a setting out of range, or groups that do not divide both numbers of channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        output_padding: Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Pair = 1,
        *,
        rng: Rng = None,
    ):
        check_channels("ConvTranspose2d", in_channels, out_channels, groups)
        self.stride = pair(stride, "ConvTranspose2d: stride")
        self.padding = pair(padding, "ConvTranspose2d: padding", least=0)
        self.output_padding = pair(output_padding, "ConvTranspose2d: output_padding", least=0)
        self.dilation = pair(dilation, "ConvTranspose2d: dilation")
        self.groups = groups
        kernel = pair(kernel_size, "ConvTranspose2d: kernel_size")
        shape = (in_channels, out_channels // groups, *kernel)
        self.weight, self.bias = layer_defaults(shape, out_channels, bias, rng)

    def forward(self, x: Tensor | Array) -> Tensor:
        return conv_transpose2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=self.output_padding,
            dilation=self.dilation,
            groups=self.groups,
        )


def check_channels(layer: str, in_channels: int, out_channels: int, groups: int) -> None:
    whole(in_channels, f"{layer}: in_channels")
    whole(out_channels, f"{layer}: out_channels")
    whole(groups, f"{layer}: groups")
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"{layer}: groups={groups} does not divide in_channels={in_channels} and "
            f"out_channels={out_channels}"
        )
