"""Ablation-CAM: channels weighed by how far the score drops without them (Desai et al. 2020)."""

from autograd import Tensor, array_module, tap, to_cpu
from autograd.device import Array

from .arguments import check_inputs, check_whole
from .class_activation import Layers, finished, names_of, scores_and_maps_only, weighted_sum
from .layer import find_layer
from .masked import variant_scores
from .model import Net, evaluation
from .target import Target, choose_target


def ablation_cam(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    layer: Layers,
    relu: bool = True,
    batch_size: int = 64,
    progress: bool = False,
) -> Array:
    """relu(Σ_c w_c A_c), with w_c = (s_t − s_t without channel c) / s_t, and A_c that channel.

    Desai & Ramaswamy 2020 ("Ablation-CAM: Visual Explanations for Deep Convolutional Network via
    Gradient-free Localization", WACV). Without a channel means with zeros in its place.
    Agrees with pytorch-grad-cam's `AblationCAM` after a ReLU; where a layer gives negative numbers,
    that puts −10⁷ in the place of a channel, which is not the paper's.

    Two traps. Channels that stand in for each other get little weight, each of them. And dividing
    by a score below 0 turns the map's sign; a score of 0 is refused.

    Cost: for each image 1 forward pass, and 1 for each channel of each layer.

    Args:
        net, x, target, layer, relu: as for `grad_cam`.
        batch_size: the most images per forward pass.
        progress: show a bar for each layer and image.

    Returns:
        (N, h, w), in units of what the layer gives; of a list of layers (N, H, W), as for
        `grad_cam`.

    Raises:
        TypeError, ValueError: as for `grad_cam`; or the score of the class is 0.
    """
    check_inputs(x)
    check_whole(batch_size, "batch_size")
    xp = array_module(x)
    with evaluation(net):
        s, activations = scores_and_maps_only(net, x, layer, batch_size)
        target = choose_target(target, s)
        score = s[xp.arange(len(x)), target]
        none = to_cpu(score == 0).nonzero()[0]
        if len(none):
            raise ValueError(
                f"target: the score of the class is 0 for the inputs {none.tolist()}, and "
                "Ablation-CAM divides by it"
            )
        cams = []
        for name, a in zip(names_of(layer), activations, strict=True):
            without = xp.concatenate(
                [
                    scores_without_channels(
                        net, name, x[i], a[i], target[i : i + 1], batch_size, progress
                    )
                    for i in range(len(x))
                ]
            )
            cams.append(weighted_sum((score[:, None] - without) / score[:, None], a))
    return finished(cams, x, layer, relu)


def scores_without_channels(
    net: Net, layer: str, image: Array, a: Array, target: Array, batch_size: int, progress: bool
) -> Array:
    """s_t (1, C) of one image, with zeros in place of each channel of what the layer gives, A."""
    xp = array_module(a)
    module = find_layer(net, layer)
    kept = 1 - xp.eye(len(a), dtype=a.dtype)

    def rest(instead: Tensor) -> Tensor:
        """The net with something in place of what the layer gives for the image."""
        with tap(module, lambda _out: instead):
            return net(Tensor(xp.broadcast_to(image, (len(instead), *image.shape))))

    def ablated(_rows: slice, some: slice) -> Array:
        return (kept[some][:, :, None, None] * a)[:, None]

    return variant_scores(rest, a[None], target, len(a), ablated, batch_size, progress, "channels")
