"""Neuron conductance: what each entry gives to the score through one unit (arXiv 1805.12233)."""

from autograd import Tensor, array_module
from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_whole
from .layer import find_layer, scores_and_activation
from .model import Net, evaluation, score_gradient, scores_only
from .neuron_gradient import Neuron, check_neuron, neuron_slope
from .path import integral, quadrature, straight_line
from .target import Target, choose_target


def neuron_conductance(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    layer: str,
    neuron: Neuron,
    baseline: Baseline = 0.0,
    steps: int = 50,
    rule: str = "gausslegendre",
    batch_size: int = 8,
    progress: bool = False,
) -> Array:
    """(x − b) ⊙ ∫ ∂s_t/∂y_j · ∂y_j/∂x dα, on the way from b straight to x, of unit j of a layer.

    Dhamdhere et al. 2018 (arXiv 1805.12233, section 3). By the chain rule, the maps of all units
    of a layer add up to `integrated_gradients`; and each adds up to what `layer_conductance` says
    of its unit, as far as the rule is exact. Agrees with Captum's `NeuronConductance`, but for the
    trapezoid, its default, whose weights add up to 1 − 1/steps.

    The trap: a unit counts only while it is on. One that switches on near the end of the way gets
    a map made of very few points.

    Cost: `steps` forward and backward passes for each input, and 1 forward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), a Module of nets.
        layer, neuron: as for `neuron_gradient`.
        x, target, baseline, steps, rule, batch_size, progress: as for `integrated_gradients`.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid, no layer has that name, or it has no such
            unit.
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
            at = Tensor(points.reshape(-1, *x.shape[1:]))
            s, y = scores_and_activation(net, at, layer)
            j = check_neuron(neuron, y.shape[1:])
            g = score_gradient(s, y, array_module(x).tile(target[rows], len(points)))
            return neuron_slope(y, at, j, g[(slice(None), *j)]).reshape(points.shape)

        mean = integral(terms, weights, len(x), batch_size, progress)
    return (x - baseline) * mean
