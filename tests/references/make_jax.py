"""What JAX says: values and first and second derivatives, in jax.json beside this script.

    pip install ".[peers]"
    python tests/references/make_jax.py

Pooling and batch normalisation, which JAX has not by these names, are made of what it has.
"""

import math

import jax
from jax import lax, nn
from jax import numpy as jnp
from jax.scipy.special import logsumexp
from questions import questions
from reference import answer, write

jax.config.update("jax_enable_x64", True)

IMAGES = ("NCHW", "OIHW", "NCHW")


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def both_ends(padding):
    return [(p, p) for p in pair(padding)]


def conv2d(x, w, b=0, *, stride=1, padding=0, dilation=1, groups=1):
    out = lax.conv_general_dilated(
        x, w, pair(stride), both_ends(padding),
        rhs_dilation=pair(dilation), feature_group_count=groups, dimension_numbers=IMAGES,
    )  # fmt: skip
    return out + jnp.reshape(b, (-1, 1, 1))


def conv_transpose2d(x, w, b, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """A convolution of x spread out by the stride, with the kernels turned by 180°."""
    c, o, *kernel = w.shape
    w = w.reshape(groups, c // groups, o, *kernel).swapaxes(1, 2)
    w = jnp.flip(w.reshape(groups * o, c // groups, *kernel), (2, 3))
    each = zip(kernel, pair(dilation), pair(padding), pair(output_padding), strict=True)
    ends = [(d * (k - 1) - p, d * (k - 1) - p + e) for k, d, p, e in each]
    out = lax.conv_general_dilated(
        x, w, (1, 1), ends, lhs_dilation=pair(stride),
        rhs_dilation=pair(dilation), feature_group_count=groups, dimension_numbers=IMAGES,
    )  # fmt: skip
    return out + jnp.reshape(b, (-1, 1, 1))


def unfold(x, kernel, stride=1, padding=0, dilation=1):
    columns = lax.conv_general_dilated_patches(
        x, pair(kernel), pair(stride), both_ends(padding), rhs_dilation=pair(dilation)
    )
    return columns.reshape(*columns.shape[:2], -1)


def over_windows(reduce, start, x, kernel, stride=None, padding=0):
    stride = kernel if stride is None else stride
    ends = [(0, 0), (0, 0), *both_ends(padding)]
    return lax.reduce_window(x, start, reduce, (1, 1, *pair(kernel)), (1, 1, *pair(stride)), ends)


def max_pool2d(x, kernel, **how):
    return over_windows(lax.max, -jnp.inf, x, kernel, **how)


def avg_pool2d(x, kernel, count_include_pad=True, **how):
    ones = over_windows(lax.add, 0.0, jnp.ones_like(x), kernel, **how)
    count = math.prod(pair(kernel)) if count_include_pad else ones
    return over_windows(lax.add, 0.0, x, kernel, **how) / count


def resize(x, size, mode, align_corners=False):
    method = {"bilinear": "linear", "nearest": "nearest"}[mode]
    return jax.image.resize(x, (*x.shape[:2], *size), method, antialias=False)


def batch_norm(x, weight=1, bias=0, mean=None, var=None, eps=1e-5):
    channels = (-1,) + (1,) * (x.ndim - 2)
    if mean is not None:
        mean, var = mean.reshape(channels), var.reshape(channels)
    axes = (0, *range(2, x.ndim))
    out = nn.standardize(x, axes, mean=mean, variance=var, epsilon=eps)
    return out * jnp.reshape(weight, channels) + jnp.reshape(bias, channels)


# JAX's functions, with Backlight's arguments.
JAX = {
    **{name: getattr(jnp, name) for name in (
        "exp", "log", "sqrt", "sin", "cos", "tanh", "abs", "sign", "maximum", "minimum", "add",
        "subtract", "multiply", "divide", "negative", "sum", "mean", "var", "max", "min",
        "reshape", "transpose", "moveaxis", "squeeze", "expand_dims", "broadcast_to", "flip",
        "roll", "pad", "matmul",
    )},
    **{name: getattr(nn, name) for name in (
        "relu", "elu", "sigmoid", "softplus", "softmax", "log_softmax"
    )},
    "power": lambda x, y: jnp.power(x, y),
    "erf": lax.erf,
    "leaky_relu": lambda x, slope=0.01: nn.leaky_relu(x, slope),
    "gelu": lambda x: nn.gelu(x, approximate=False),
    "where": lambda x, y, condition: jnp.where(condition, x, y),
    "clip": lambda x, low, high: jnp.clip(x, low, high),
    "norm": jnp.linalg.norm,
    "logsumexp": logsumexp,
    "concatenate": lambda x, y, axis: jnp.concatenate([x, y], axis),
    "stack": lambda x, y, axis: jnp.stack([x, y], axis),
    "split": lambda x, sections, axis: jnp.concatenate(jnp.split(x, sections, axis)[::-1], axis),
    "getitem": lambda x, index: x[index],
    "scatter": lambda x, index, shape: jnp.zeros(shape).at[index].add(x),
    "einsum": lambda *xs, subscripts: jnp.einsum(subscripts, *xs),
    "linear": lambda x, w, b: x @ w.T + b,
    "conv2d": conv2d,
    "conv_transpose2d": conv_transpose2d,
    "unfold": unfold,
    "max_pool2d": max_pool2d,
    "avg_pool2d": avg_pool2d,
    "resize": resize,
    "batch_norm": batch_norm,
}  # fmt: skip


if __name__ == "__main__":
    entries = {}
    for title, question in questions():
        f, settings = JAX.get(title.split(",")[0]), question["settings"]
        # JAX has neither of these settings.
        if f and not settings.get("ceil_mode") and not settings.get("align_corners"):
            entries[title] = answer(question, f, jax.vjp, jnp.asarray)
    write("jax", entries)
