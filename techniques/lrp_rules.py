"""The rules of layer-wise relevance propagation, and what named composites make of them.

In a linear layer, z_j = Σ_i x_i w_ij + b_j, every rule says what z_ij each input adds to an output,
as the rule sees it. Then the input gets its share of the relevance R_j of every output:

    R_i = Σ_j z_ij / z_j R_j    with z_j = Σ_i z_ij + b_j

What is the bias's share arrives nowhere: it is swallowed. Below, x⁺ is max(x, 0) and x⁻ is
min(x, 0).
"""

from collections.abc import Callable

from autograd import conv2d, linear
from autograd.device import Array

from .arguments import check_bounds, check_number
from .relevance import Layer

# From a layer, and the relevance of its output, to that of its input.
LayerRule = Callable[[Layer, Array], Array]
Composite = dict[str | int | Callable, LayerRule]


def positive(x: Array) -> Array:
    return x * (x > 0)


def negative(x: Array) -> Array:
    return x * (x < 0)


def epsilon(eps: float = 1e-6) -> LayerRule:
    """R_i = Σ_j x_i w_ij / (z_j + ε sign z_j) R_j, so that small z_j do not make it explode.

    Bach et al. 2015 (10.1371/journal.pone.0130140, eq. 58). The larger ε, the more is swallowed.
    With ε = 0 it is the rule of eq. 56, "LRP-0". The default is zennit's.
    """
    eps = check_number(eps, "eps")

    def rule(layer, r):
        return layer.share(r, (layer.x, layer.w), bias=layer.b, eps=eps)

    return rule


def z_plus() -> LayerRule:
    """R_i = Σ_j (x_i w_ij)⁺ / z_j⁺ R_j: the inputs that speak for an output share its relevance.

    Montavon et al. 2017 (arXiv 1512.02479, section 4), for x ≥ 0. With the bias, as
    `alpha_beta(1, 0)`, which it is.
    """
    return alpha_beta(1, 0)


def alpha_beta(alpha: float = 2.0, beta: float = 1.0) -> LayerRule:
    """R_i = Σ_j (α (x_i w_ij)⁺ / z_j⁺ − β (x_i w_ij)⁻ / z_j⁻) R_j, with α − β = 1.

    Bach et al. 2015 (10.1371/journal.pone.0130140, eq. 60). z_j⁺ and z_j⁻ are the sums of the
    positive and of the negative terms, the bias among them.

    Raises:
        ValueError: α or β is negative, or α − β is not 1.
    """
    alpha, beta = check_number(alpha, "alpha"), check_number(beta, "beta")
    if abs(alpha - beta - 1) > 1e-9:
        raise ValueError(f"alpha, beta: expected alpha − beta = 1, got {alpha:g} and {beta:g}")

    def rule(layer, r):
        x, w, b = layer.x, layer.w, layer.b
        for_it = ((positive(x), positive(w)), (negative(x), negative(w)))
        against = ((positive(x), negative(w)), (negative(x), positive(w)))
        relevance = layer.share(alpha * r, *for_it, bias=positive(b))
        if beta:
            relevance = relevance + layer.share(-beta * r, *against, bias=negative(b))
        return relevance

    return rule


def gamma(gamma: float = 0.25) -> LayerRule:
    """R_i = Σ_j (x_i w_ij + γ (x_i w_ij)⁺) / (z_j + γ z_j⁺) R_j where z_j > 0.

    Montavon et al. 2019 ("Layer-wise relevance propagation: an overview", section 10.2.1), for
    x ≥ 0. Where z_j < 0, γ favours the negative terms instead, as in zennit, whose default γ this
    is. It lies between epsilon (γ = 0) and z_plus (γ = ∞).
    """
    gamma = check_number(gamma, "gamma")

    def rule(layer, r):
        x, w, b = layer.x, layer.w, layer.b
        up, down = w + gamma * positive(w), w + gamma * negative(w)
        if_up = ((positive(x), up), (negative(x), down))
        if_down = ((positive(x), down), (negative(x), up))
        r_up, r_down = r * (layer.z > 0), r * (layer.z <= 0)
        b_up, b_down = b + gamma * positive(b), b + gamma * negative(b)
        return layer.share(r_up, *if_up, bias=b_up) + layer.share(r_down, *if_down, bias=b_down)

    return rule


def flat() -> LayerRule:
    """R_i = Σ_j 1 / (Σ_i 1) R_j: evenly among all inputs of an output, whatever they are.

    Lapuschkin et al. 2019 (10.1038/s41467-019-08987-4, methods). In the first layer, it spreads
    relevance over the receptive field.
    """

    def rule(layer, r):
        return layer.share(r, (0 * layer.x + 1, 0 * layer.w + 1))

    return rule


def w_squared() -> LayerRule:
    """R_i = Σ_j w_ij² / (Σ_i w_ij²) R_j: for inputs that may be anything.

    Montavon et al. 2017 (arXiv 1512.02479, section 4). (zennit's has b² among the terms, unless
    it is told to leave the bias out.)
    """

    def rule(layer, r):
        return layer.share(r, (0 * layer.x + 1, layer.w**2))

    return rule


def z_box(low: Array | float, high: Array | float) -> LayerRule:
    """R_i = Σ_j z_ij / (Σ_i z_ij) R_j with z_ij = x_i w_ij − l w_ij⁺ − h w_ij⁻, for l ≤ x ≤ h.

    Montavon et al. 2017 (arXiv 1512.02479, section 4): for pixels, which are bounded.

    Args:
        low, high: l and h: numbers, or arrays that broadcast to one input, such as (C, 1, 1).
    """

    def rule(layer, r):
        x, w = layer.x, layer.w
        low_x, high_x = (bound + 0 * x for bound in check_bounds((low, high), x))
        return layer.share(r, (x, w), (-low_x, positive(w)), (-high_x, negative(w)))

    return rule


RULES = {
    "epsilon": epsilon,
    "gamma": gamma,
    "alpha_beta": alpha_beta,
    "z_plus": z_plus,
    "flat": flat,
    "w_squared": w_squared,
}


def epsilon_gamma_box(low: Array | float, high: Array | float) -> Composite:
    """z_box in the first layer, gamma in the other convolutions, epsilon in the linear layers."""
    return {0: z_box(low, high), conv2d: gamma(), linear: epsilon()}


# Named as zennit names them, and Montavon et al. 2019 (section 10.3) give the reasons.
COMPOSITES = {
    "epsilon_plus": {conv2d: z_plus(), linear: epsilon()},
    "epsilon_plus_flat": {0: flat(), conv2d: z_plus(), linear: epsilon()},
    "epsilon_alpha2_beta1": {conv2d: alpha_beta(2, 1), linear: epsilon()},
    "epsilon_alpha2_beta1_flat": {0: flat(), conv2d: alpha_beta(2, 1), linear: epsilon()},
}
