"""Eigen-CAM: the pattern that most of a layer shares, whatever the class (arXiv 2008.00299)."""

from autograd import Tensor, array_module
from autograd.device import Array

from .arguments import check_inputs
from .class_activation import Layers, finished, scores_and_maps
from .model import Net, evaluation
from .target import Target, choose_target


def eigen_cam(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    layer: Layers,
    centred: bool = False,
    relu: bool = True,
) -> Array:
    """relu(Σ_c v_c A_c), with v the first principal direction of the channels of A over its places.

    Muhammad & Yeasin 2020 (arXiv 2008.00299, section III): of the matrix with a row for each place
    and a column for each channel, v is the first right singular vector. The singular value
    decomposition leaves the sign open. Here the entry of the map with the largest size is positive.

    The paper does not centre. Then what a channel gives everywhere counts, and after a ReLU, where
    A is not negative, neither v nor the map is. pytorch-grad-cam's `EigenCAM` subtracts the mean of
    each channel, which is what `centred` does, and takes the sign that it gets: before its ReLU,
    some of its maps are those of here with the sign turned.

    The trap: there is no class in it, nor a gradient. It shows what dominates the layer, which is
    the net's opinion only as far as the layer is about the class.

    Cost: 1 forward pass, and a singular value decomposition of each image's (h·w, C) matrix.

    Args:
        net, x, layer, relu: as for `grad_cam`.
        target: makes no difference; it is there, and checked, so that all maps are called alike.
        centred: subtract from each channel its mean over the places, in the map as well.

    Returns:
        (N, h, w), in units of what the layer gives; of a list of layers (N, H, W), as for
        `grad_cam`.

    Raises:
        TypeError, ValueError: as for `grad_cam`.
    """
    check_inputs(x)
    with evaluation(net):
        s, activations = scores_and_maps(net, Tensor(x), layer)
        choose_target(target, s.data)
    return finished([principal_map(a.data, centred) for a in activations], x, layer, relu)


def principal_map(a: Array, centred: bool) -> Array:
    """(N, h, w): A (N, C, h, w), or A less the means, on the first principal direction."""
    xp = array_module(a)
    n, channels, *size = a.shape
    places = a.reshape(n, channels, -1).swapaxes(1, 2)
    if centred:
        places = places - places.mean(axis=1, keepdims=True)
    direction = xp.linalg.svd(places, full_matrices=False)[2][:, :1]
    cam = (places * direction).sum(axis=2)
    sign = xp.where(cam.max(axis=1) >= -cam.min(axis=1), 1, -1).astype(a.dtype)
    return (sign[:, None] * cam).reshape(n, *size)
