"""Batch normalisation (arXiv 1502.03167)."""

from ..device import Array, array_module
from ..op import op
from .reductions import mean as mean_of
from .reductions import sum
from .reductions import var as var_of


def batch_norm(x, mean=None, var=None, weight=None, bias=None, *, eps: float = 1e-5):
    """weight · (x − mean) / √(var + eps) + bias, channel by channel.

    For evaluation, give the `mean` and `var` that were gathered in training. Without them they are
    the batch's own, as in training: Tensors computed from x, through which the gradient finds its
    way like through any other.

    Args:
        x: (N, C, ...).
        mean, var: (C,) each, or None both.
        weight, bias: (C,) each, or None for 1 and 0.
        eps: added to the variance.

    Raises:
        ValueError: x has no channels, or a statistic or parameter is not one number per channel.
    """
    if len(x.shape) < 2:
        raise ValueError(f"batch_norm: x: expected (N, C, ...), got {x.shape}")
    if (mean is None) != (var is None):
        raise ValueError("batch_norm: give both mean and var, or neither")
    for name, value in {"mean": mean, "var": var, "weight": weight, "bias": bias}.items():
        if value is not None and value.shape != x.shape[1:2]:
            raise ValueError(f"batch_norm: {name}: expected {x.shape[1:2]}, got {value.shape}")
    if mean is None:
        mean, var = batch_statistics(x)
    return batch_norm_(x, mean, var, weight, bias, eps)


def batch_statistics(x):
    """The mean and the (biased) variance of each channel of x (N, C, ...): (C,) each."""
    axes = (0, *range(2, len(x.shape)))
    return mean_of(x, axes), var_of(x, axes)


@op
def batch_norm_(
    x: Array, mean: Array, var: Array, weight: Array | None, bias: Array | None, eps: float
) -> Array:
    """`batch_norm` with its statistics given."""
    scale = 1 / array_module(x).sqrt(var + eps)
    if weight is not None:
        scale = scale * weight
    out = x - per_channel(mean, x)
    out *= per_channel(scale, x)
    if bias is not None:
        out += per_channel(bias, x)
    return out


def per_channel(v, x):
    """(C,) as it broadcasts against x (N, C, ...)."""
    return v.reshape((-1,) + (1,) * (len(x.shape) - 2))


def over_channel(v):
    """(N, C, ...) summed to (C,)."""
    return sum(v, (0, *range(2, v.ndim)))


def scale_of(var, weight, eps):
    scale = (var + eps) ** -0.5
    return scale if weight is None else scale * weight


batch_norm_.rule(
    x=lambda g, _out, x, _mean, var, weight, _bias, eps: (
        g * per_channel(scale_of(var, weight, eps), x)
    ),
    mean=lambda g, _out, _x, _mean, var, weight, _bias, eps: (
        -over_channel(g) * scale_of(var, weight, eps)
    ),
    var=lambda g, _out, x, mean, var, weight, _bias, eps: (
        over_channel(g * (x - per_channel(mean, x)))
        * scale_of(var, weight, eps)
        * -0.5
        / (var + eps)
    ),
    weight=lambda g, _out, x, mean, var, _weight, _bias, eps: (
        over_channel(g * (x - per_channel(mean, x))) * scale_of(var, None, eps)
    ),
    bias=lambda g, _out, _x, _mean, _var, _weight, _bias, eps: over_channel(g),
)
