"""Conductance: how much of the score flows through each unit of a layer (arXiv 1805.12233)."""

import numpy as np

from autograd import array_module
from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_whole
from .layer import find_layer
from .layer_activation import activations
from .model import Net, evaluation, scores_only
from .path import gradients, integral, quadrature, straight_line
from .target import Target, choose_target


def layer_conductance(
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
    """∫ ∂s_t/∂y ⊙ dy, with y what the layer gives while the input goes from b straight to x.

    Dhamdhere et al. 2018 (arXiv 1805.12233). A rule of quadrature cuts the path into pieces around
    its points α_k, and the integral is the sum of ∂s_t/∂y at α_k ⊙ (y at the end of the piece − y
    at its beginning), as Shrikumar et al. 2018 propose (arXiv 1807.09946). With the input itself
    for a layer, it is `integrated_gradients`.

    Completeness: over a whole layer, the conductance adds up to s_t(x) − s_t(b), as far as the rule
    is exact; to rounding if only linear layers follow. Captum's `LayerConductance` begins at the
    first α and ends at the last, so that its sum lacks both ends of the path.

    The trap: completeness is of all the units that the score is computed from. Where something goes
    past the layer, as in a residual block, its share is missing.

    Cost: for each input and step, 2 forward passes and 1 backward pass as far as the layer; besides
    2 forward passes for each input, and 1 more for each further batch of its steps.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        layer: the name of a layer, such as "features.12".
        x, target, baseline, steps, rule, batch_size, progress: as for `integrated_gradients`.

    Returns:
        An array shaped like what the layer gives, (N, ...), signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid, or no layer has that name.
    """
    check_inputs(x)
    baseline = check_baseline(baseline, x)
    positions, weights = quadrature(rule, steps)
    # The weights are positive and their sum is 1, so they cut the path into a piece for each step.
    cuts = np.concatenate([[0], np.cumsum(weights)])
    check_whole(batch_size, "batch_size")
    find_layer(net, layer)
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))

        def terms(rows: slice, some: slice) -> Array:
            ends = cuts[some.start : some.stop + 1]
            y = straight_line(x[rows], baseline[rows], ends)
            y = activations(net, y.reshape(-1, *x.shape[1:]), layer, batch_size)
            change = array_module(y).diff(y.reshape(len(ends), -1, *y.shape[1:]), axis=0)
            points = straight_line(x[rows], baseline[rows], positions[some])
            return gradients(net, points, target[rows], layer) * change

        return integral(terms, np.ones(steps), len(x), batch_size, progress)
