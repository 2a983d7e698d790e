"""The class activation map: the score, place by place (arXiv 1512.04150)."""

from collections.abc import Callable
from contextlib import ExitStack

from autograd import Tensor, array_module, tap
from autograd.device import Array

from .arguments import check_inputs
from .class_activation import finished, scores_and_maps, weighted_sum
from .layer import find_layer
from .model import Net, evaluation
from .target import Target, choose_target


def cam(net: Net, x: Array, target: Target = None, *, layer: str, relu: bool = True) -> Array:
    """relu(Σ_c w_tc A_c), with A_c channel c of a layer and w the weights of the last linear layer.

    Zhou et al. 2016 (arXiv 1512.04150, equation 2). Of a net that ends in global average pooling
    and a linear layer, the score is a mean of scores, one for each place: s_t is the mean of the
    map before the ReLU, plus the bias, which the paper leaves out, too. `grad_cam` with the same
    layer gives this map divided by h·w.

    Where the linear layer comes before the pooling, as a 1×1 convolution (SqueezeNet, arXiv
    1312.4400), its weights are meant. A ReLU between the two leaves s_t the mean of
    relu(map + bias), so the map need not be like Grad-CAM's, which sees only the places where
    that ReLU is on.

    The trap: `layer` gives the maps of which the means are taken, so there is one choice for it.
    Every other net is refused; `grad_cam` is the map's generalisation to those.

    Cost: 1 forward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        x, target, relu: as for `grad_cam`.
        layer: the name of the last layer before the pooling, or before the 1×1 convolution.

    Returns:
        (N, h, w), in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid, no layer has that name or it gives no maps,
            or the net does not end as described, right behind that layer.
    """
    check_inputs(x)
    find_layer(net, layer)
    ran = []  # The modules with weights.
    with evaluation(net), ExitStack() as taps:
        for _, module in net.named_modules():
            if hasattr(module, "weight"):
                taps.enter_context(tap(module, lambda _out, module=module: ran.append(module)))
        s, (a,) = scores_and_maps(net, Tensor(x), layer)
    s, a = s.data, a.data
    target = choose_target(target, s)
    shape = (s.shape[1], a.shape[1])
    head = ran[-1] if ran and ran[-1].weight.shape in (shape, (*shape, 1, 1)) else None
    if head is None or not is_mean_of_places(s, a, head, target):
        raise ValueError(
            "net: expected one that ends in global average pooling and a linear layer, or a 1×1 "
            f"convolution and the pooling, right behind {layer!r}; grad_cam takes any net"
        )
    cam = weighted_sum(head.weight.data.reshape(shape)[target], a)
    return finished([cam], x, layer, relu)


def is_mean_of_places(s: Array, a: Array, head: Callable, target: Array) -> bool:
    """Whether s_t is the mean over the places of Σ_c w_tc A_c + b_t, or of the ReLU of that."""
    xp = array_module(a)
    w = head.weight.data.reshape(s.shape[1], a.shape[1])[target]
    b = 0 if head.bias is None else head.bias.data[target][:, None, None]
    places = weighted_sum(w, a) + b
    score = s[xp.arange(len(s)), target]
    # Far above what rounding does to these sums, and far below what another kind of net does.
    tolerance = xp.finfo(a.dtype).eps ** 0.5 * (weighted_sum(abs(w), abs(a)) + abs(b)).max()
    return any(
        bool((abs(each.mean(axis=(1, 2)) - score) <= tolerance).all())
        for each in (places, xp.maximum(places, 0))
    )
