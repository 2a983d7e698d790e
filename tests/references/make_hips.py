"""What HIPS autograd says: values, first and second derivatives, in hips.json beside this script.

Its package is named `autograd` like Backlight's: it goes into an environment of its own, without
Backlight. (Run by its path, a script sees its own folder and not the one it is started from.)

    pip install "autograd[scipy]"
    python tests/references/make_hips.py
"""

import warnings

import autograd.numpy as np
from autograd.builtins import tuple as tuple_
from autograd.scipy import special
from autograd.scipy.signal import convolve
from questions import questions
from reference import answer, write

from autograd import make_vjp


def vjp(f, *xs):
    gradients, out = make_vjp(f, argnum=tuple(range(len(xs))))(*xs)
    return out, lambda cotangent: tuple_(gradients(cotangent))


def conv2d(x, w, b):
    """Convolution, which turns the kernels by 180°, with kernels turned by 180°."""
    out = convolve(x, w[:, :, ::-1, ::-1], axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
    return out + np.reshape(b, (-1, 1, 1))


# HIPS autograd's functions, with Backlight's arguments.
HIPS = {
    **{name: getattr(np, name) for name in (
        "exp", "log", "sqrt", "sin", "cos", "tanh", "abs", "sign", "maximum", "minimum", "add",
        "subtract", "multiply", "divide", "negative", "sum", "mean", "var", "max", "min",
        "reshape", "transpose", "moveaxis", "squeeze", "expand_dims", "roll", "matmul",
    )},
    "power": lambda x, y: np.power(x, y),
    "relu": lambda x: np.maximum(x, 0),
    "erf": special.erf,
    "sigmoid": special.expit,
    "logsumexp": special.logsumexp,
    "softplus": lambda x: np.logaddexp(x, 0),
    "where": lambda x, y, condition: np.where(condition, x, y),
    "clip": lambda x, low, high: np.clip(x, low, high),
    "norm": np.linalg.norm,
    "concatenate": lambda x, y, axis: np.concatenate([x, y], axis),
    "stack": lambda x, y, axis: np.stack([x, y], axis),
    "split": lambda x, sections, axis: np.concatenate(np.split(x, sections, axis)[::-1], axis),
    "pad": lambda x, pad_width: np.pad(x, pad_width, "constant"),
    "getitem": lambda x, index: x[index],
    "einsum": lambda *xs, subscripts: np.einsum(subscripts, *xs),
    "conv2d": conv2d,
}  # fmt: skip


# It has neither of these settings, and of these forms of its functions no derivative.
SETTINGS = ("groups", "mode")
FORMS = ("norm, over two, kept", "einsum, ii->i", "einsum, ii")


if __name__ == "__main__":
    # At the corners, NumPy warns of what it divides and `make_vjp` of what is constant.
    warnings.simplefilter("ignore")
    entries = {}
    for title, question in questions():
        f = HIPS.get(title.split(",")[0])
        if f and title not in FORMS and not any(s in question["settings"] for s in SETTINGS):
            entries[title] = answer(question, f, vjp)
    write("hips", entries)
