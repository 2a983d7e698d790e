"""Integrated gradients: the slope, averaged over the way from a baseline (arXiv 1703.01365)."""

from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_whole
from .model import Net, evaluation, scores_only
from .path import gradients, integral, quadrature, straight_line
from .target import Target, choose_target


def integrated_gradients(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    baseline: Baseline = 0.0,
    steps: int = 50,
    rule: str = "gausslegendre",
    batch_size: int = 8,
    progress: bool = False,
) -> Array:
    """(x − b) ⊙ ∫ ∂s_t(b + α(x − b))/∂x dα, α from 0 to 1: each entry's share in the score.

    Sundararajan et al. 2017 (arXiv 1703.01365, section 3). The integral is Σ_k w_k ∂s_t/∂x at the
    points α_k of a rule of quadrature. Completeness: the shares add up to s_t(x) − s_t(b), as far
    as the rule is exact. Agrees with Captum's `IntegratedGradients`, but for its trapezoid, whose
    weights do not add up to 1.

    Two traps. The picture is one of x against b: what looks like the baseline gets nothing. And
    along the path of a deep net thousands of ReLUs and max-poolings switch. The slope jumps with
    them, so more steps help slowly, and rounding that turns one switch changes the map: by up to
    1 % between float32 and float64.

    Cost: `steps` forward and backward passes for each input, and 1 forward pass.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        baseline: b, where nothing is to be seen: a number, an array like one input, or an array
            like x.
        steps: at how many points of the path the gradient is taken.
        rule: "gausslegendre", "trapezoid", "left", "middle" or "right"; see `quadrature`.
        batch_size: the most points per forward pass.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_inputs(x)
    baseline = check_baseline(baseline, x)
    positions, weights = quadrature(rule, steps)
    check_whole(batch_size, "batch_size")
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))

        def terms(rows: slice, some: slice) -> Array:
            points = straight_line(x[rows], baseline[rows], positions[some])
            return gradients(net, points, target[rows])

        mean = integral(terms, weights, len(x), batch_size, progress)
    return (x - baseline) * mean
