"""Internal influence: the slope at a layer, averaged over a path (arXiv 1802.03788)."""

from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_whole
from .layer import find_layer
from .model import Net, evaluation, scores_only
from .path import gradients, integral, quadrature, straight_line
from .target import Target, choose_target


def internal_influence(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    layer: str,
    baseline: Baseline = 0.0,
    steps: int = 50,
    rule: str = "gausslegendre",
    batch_size: int = 8,
    progress: bool = False,
) -> Array:
    """∫ ∂s_t/∂y dα, with y what the layer gives while the input goes from b straight to x.

    Leino et al. 2018 (arXiv 1802.03788, definition 1), with inputs spread evenly between b and x
    for the distribution of interest. Agrees with Captum's `InternalInfluence`, but for its
    trapezoid, whose weights do not add up to 1.

    The trap: it says what a unit would do if it were more active, and not what it does. A unit
    that is off all the way may have a large influence. Times the change of y on the way, piece by
    piece, it becomes `layer_conductance`.

    Cost: for each input and step 1 forward pass, and 1 backward pass as far as the layer; besides
    1 forward pass for each input.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        layer: the name of a layer, such as "features.12".
        x, target, baseline, steps, rule, batch_size, progress: as for `integrated_gradients`.

    Returns:
        An array shaped like what the layer gives, (N, ...), signed, in units of score per unit of
        y.

    Raises:
        TypeError, ValueError: an argument is invalid, or no layer has that name.
    """
    check_inputs(x)
    baseline = check_baseline(baseline, x)
    positions, weights = quadrature(rule, steps)
    check_whole(batch_size, "batch_size")
    find_layer(net, layer)
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))

        def terms(rows: slice, some: slice) -> Array:
            points = straight_line(x[rows], baseline[rows], positions[some])
            return gradients(net, points, target[rows], layer)

        return integral(terms, weights, len(x), batch_size, progress)
