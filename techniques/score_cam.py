"""Score-CAM: channels weighed by the score of what they show of the image (arXiv 1910.01279)."""

from autograd import resize, softmax
from autograd.device import Array

from .arguments import check_images, check_whole
from .class_activation import Layers, finished, scores_and_maps_only, unit_range, weighted_sum
from .masked import variant_scores
from .model import Net, evaluation
from .target import Target, choose_target


def score_cam(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    layer: Layers,
    relu: bool = True,
    batch_size: int = 64,
    progress: bool = False,
) -> Array:
    """relu(Σ_c w_c A_c), with w the softmax over channels of s_t(x ⊙ H_c).

    H_c is channel c of a layer, A_c, enlarged to the image's size, and then shifted and scaled to
    go from 0 to 1 (0 everywhere, if A_c is constant).

    Wang et al. 2020 (arXiv 1910.01279, algorithm 1). The paper subtracts the score of a baseline,
    zeros, from each s_t(x ⊙ H_c), which does not change the softmax. pytorch-grad-cam's `ScoreCAM`
    enlarges such that the corner pixels' centres coincide, unlike the authors' program, and adds
    10⁻⁸ to the extent; but for these, they agree.

    Three traps. Scores differ by several units, so that the softmax gives most of the weight to a
    few channels. Even a channel that shows nothing keeps a positive weight, so none speaks against
    the class. And what a mask hides is 0, which the net sees as something, most often as grey.

    Cost: for each image 1 forward pass, and 1 for each channel of each layer.

    Args:
        net, x, target, layer, relu: as for `grad_cam`.
        batch_size: the most images per forward pass.
        progress: show a bar.

    Returns:
        (N, h, w), in units of what the layer gives; of a list of layers (N, H, W), as for
        `grad_cam`.

    Raises:
        TypeError, ValueError: as for `grad_cam`.
    """
    check_images(x)
    check_whole(batch_size, "batch_size")
    with evaluation(net):
        s, activations = scores_and_maps_only(net, x, layer, batch_size)
        target = choose_target(target, s)

        def weights(a: Array) -> Array:
            def shown(rows: slice, some: slice) -> Array:
                masks = unit_range(resize(a[rows, some], x.shape[2:]).data)
                return masks.swapaxes(0, 1)[:, :, None] * x[rows]

            channels = a.shape[1]
            s = variant_scores(
                net, x, target, channels, shown, batch_size, progress, desc="channels"
            )
            return softmax(s, axis=1).data

        cams = [weighted_sum(weights(a), a) for a in activations]
    return finished(cams, x, layer, relu)
