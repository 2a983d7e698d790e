"""The nonlinearities of neural networks, elementwise."""

import math

from ..device import Array, array_module
from ..device import erf as erf_of_array
from ..op import op
from .elementary import erf, exp, where


@op
def relu(x: Array) -> Array:
    """max(x, 0), with slope 0 at 0."""
    return array_module(x).maximum(x, 0)


relu.rule(x=lambda g, out, _x: g * (out > 0))


@op
def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where x > 0, else slope · x. At 0 it has the left one of its slopes (JAX: the right)."""
    return array_module(x).where(x > 0, x, slope * x)


leaky_relu.rule(x=lambda g, _out, x, slope: where(x > 0, g, slope * g))


@op
def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where x > 0, else α(eˣ − 1) (arXiv 1511.07289).

    At 0 the slope and the second derivative are those on the left, both α. (PyTorch's second is 0.)
    """
    xp = array_module(x)
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


# For x ≤ 0 the slope is αeˣ; the exponent is held at 0 beyond, where it could overflow.
elu.rule(
    x=lambda g, _out, x, alpha: where(x > 0, g, g * alpha * exp(where(x > 0, 0, x))),
)


@op
def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ)."""
    xp = array_module(x)
    # e⁻ˣ overflows for large −x; log(1 + e⁻ˣ) does not.
    return xp.exp(-xp.logaddexp(xp.zeros_like(x), -x))


sigmoid.rule(x=lambda g, out, _x: g * out * (1 - out))


@op
def softplus(x: Array) -> Array:
    """log(1 + eˣ), the smooth relu."""
    xp = array_module(x)
    return xp.logaddexp(xp.zeros_like(x), x)


softplus.rule(x=lambda g, _out, x: g * sigmoid(x))


@op
def gelu(x: Array) -> Array:
    """x Φ(x), with Φ the normal distribution function (arXiv 1606.08415, the exact form)."""
    return x * (0.5 + 0.5 * erf_of_array(x * math.sqrt(0.5)))


def gelu_rule(g, _out, x):
    density = exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
    return g * (0.5 + 0.5 * erf(x * math.sqrt(0.5)) + x * density)


gelu.rule(x=gelu_rule)
