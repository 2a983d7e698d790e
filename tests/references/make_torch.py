"""What PyTorch says: values and first and second derivatives, in torch.json beside this script.

    pip install ".[peers]"
    python tests/references/make_torch.py

It runs before make_jax.py and make_hips.py, which ask the same again.
"""

from functools import partial

import numpy as np
import torch
from reference import answer, numbers, write
from torch.nn import functional as F

PAD_MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def tensor(constant):
    return None if constant is None else torch.as_tensor(constant)


# PyTorch's functions, with Backlight's arguments.
TORCH = {
    "conv2d": lambda x, w, b=None, **how: F.conv2d(x, w, b, **how),
    "conv_transpose2d": lambda x, w, b=None, **how: F.conv_transpose2d(x, w, b, **how),
    "unfold": lambda x, kernel, **how: F.unfold(x, kernel, **how),
    "fold": lambda x, size, kernel, **how: F.fold(x, size, kernel, **how),
    "linear": lambda x, w, b: F.linear(x, w, b),
    "max_pool2d": lambda x, kernel, **how: F.max_pool2d(x, kernel, **how),
    "avg_pool2d": lambda x, kernel, **how: F.avg_pool2d(x, kernel, **how),
    "adaptive_avg_pool2d": lambda x, output_size: F.adaptive_avg_pool2d(x, output_size),
    "resize": lambda x, size, mode, align_corners=None: F.interpolate(
        x, size, mode=mode, align_corners=align_corners
    ),
    "batch_norm": lambda x, weight=None, bias=None, mean=None, var=None, **how: F.batch_norm(
        x, tensor(mean), tensor(var), weight, bias, training=mean is None, **how
    ),
    "cross_entropy": lambda logits, labels, weight=None, **how: F.cross_entropy(
        logits, tensor(labels), tensor(weight), **how
    ),
    "softmax": lambda x, axis: F.softmax(x, axis),
    "log_softmax": lambda x, axis: F.log_softmax(x, axis),
    "logsumexp": lambda x, axis: torch.logsumexp(x, axis),
    "gelu": F.gelu,
    "elu": lambda x, alpha=1.0: F.elu(x, alpha),
    "leaky_relu": lambda x, slope=0.01: F.leaky_relu(x, slope),
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "erf": torch.erf,
    "var": lambda x, axis, ddof: torch.var(x, axis, correction=ddof),
    "norm": lambda x, axis=None: torch.linalg.vector_norm(x, dim=axis),
    "max": lambda x, axis: torch.amax(x, axis),
    "min": lambda x, axis: torch.amin(x, axis),
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "clip": lambda x, low, high: torch.clamp(x, low, high),
    "abs": torch.abs,
    "sign": torch.sign,
    "sqrt": torch.sqrt,
    "log": torch.log,
    "divide": torch.divide,
    "power": torch.pow,
    "pad": lambda x, pad_width, mode: F.pad(
        x, [w for pair in pad_width[:1:-1] for w in pair], PAD_MODES[mode]
    ),
}


def resample(x, matrix, size):
    """Its coordinates run from −1 to 1 over the image, and the one to the right comes first."""
    down, right = matrix
    (h, w), (rows, cols) = x.shape[2:], size
    theta = [
        [right[1] * cols / w, right[0] * rows / w, right[2] * 2 / w],
        [down[1] * cols / h, down[0] * rows / h, down[2] * 2 / h],
    ]
    shape = (*x.shape[:2], *size)
    grid = F.affine_grid(torch.tensor([theta] * len(x), dtype=x.dtype), shape, align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


TORCH |= {
    "resample": resample,
    "rfft2": lambda x: torch.view_as_real(torch.fft.rfft2(x)),
    "irfft2": lambda x, size: torch.fft.irfft2(torch.view_as_complex(x), size),
}

entries = {}


def vjp(f, *xs):
    out, gradients = torch.func.vjp(f, *xs)
    # A gradient of zeros may come without memory; a copy of it has some.
    return out, lambda seed: tuple(g.clone() for g in gradients(seed))


def enter(title: str, *, settings: dict | None = None, directions: dict | None = None, **inputs):
    """Write down what PyTorch makes of a call."""
    question = {"inputs": inputs, "settings": settings or {}, "directions": directions}
    array = partial(torch.as_tensor, dtype=torch.float64)
    entries[title] = answer(question, TORCH[title.split(",")[0]], vjp, array)


def corner(title: str, *, settings: dict | None = None, **inputs):
    """`enter`, in the directions 1/32, 3/32, 5/32, ..."""
    directions = {
        name: (2 * np.arange(np.size(x)) + 1).reshape(np.shape(x)) / 32
        for name, x in inputs.items()
    }
    enter(title, settings=settings, directions=directions, **inputs)


def network_ops():
    enter("conv2d", x=numbers(2, 2, 4, 5), w=numbers(2, 2, 3, 2), b=numbers(2))
    enter(
        "conv2d, nothing square",
        x=numbers(1, 4, 6, 5), w=numbers(2, 2, 2, 3), b=numbers(2),
        settings={"stride": (2, 1), "padding": (1, 2), "dilation": (2, 1), "groups": 2},
    )  # fmt: skip
    enter(
        "conv2d, depthwise",
        x=numbers(1, 3, 4, 4), w=numbers(3, 1, 3, 3), settings={"padding": 1, "groups": 3},
    )  # fmt: skip
    enter("conv_transpose2d", x=numbers(2, 2, 3, 2), w=numbers(2, 1, 2, 3), b=numbers(1))
    enter(
        "conv_transpose2d, nothing square",
        x=numbers(1, 2, 2, 3), w=numbers(2, 2, 3, 2), b=numbers(4),
        settings={
            "stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2), "dilation": (1, 2),
            "groups": 2,
        },
    )  # fmt: skip
    windows = {"kernel": (2, 3), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    enter("unfold", x=numbers(1, 2, 3, 5), settings=windows)
    enter("fold", x=numbers(1, 12, 2), settings={"size": (3, 5), **windows})
    enter("linear", x=numbers(2, 3), w=numbers(4, 3), b=numbers(4))

    for title, settings in {
        "": {"kernel": 2},
        ", overlapping": {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 1)},
        ", ceil_mode": {"kernel": (2, 3), "stride": (3, 2), "padding": (0, 1), "ceil_mode": True},
        ", ceil_mode and no window within": {"kernel": (6, 2), "stride": 3, "ceil_mode": True},
    }.items():
        enter("max_pool2d" + title, x=numbers(1, 2, 5, 4), settings=settings)
        for count in (True, False):
            enter(
                f"avg_pool2d{title}, counting the padding: {count}",
                x=numbers(1, 1, 5, 4),
                settings={**settings, "count_include_pad": count},
            )
    for size in (1, (3, 2), (7, 5)):
        enter(
            f"adaptive_avg_pool2d, to {size}",
            x=numbers(1, 2, 5, 4), settings={"output_size": size},
        )  # fmt: skip
    for size in ((7, 6), (3, 2), (1, 4)):
        for how in (
            {"mode": "nearest"},
            {"mode": "bilinear", "align_corners": False},
            {"mode": "bilinear", "align_corners": True},
        ):
            enter(
                f"resize, {' '.join(map(str, how.values()))} to {size}",
                x=numbers(1, 1, 4, 5), settings={"size": size, **how},
            )  # fmt: skip
    for mode in PAD_MODES:
        widths = ((0, 0), (0, 0), (1, 2), (2, 0))
        enter(f"pad, {mode}", x=numbers(1, 1, 3, 4), settings={"pad_width": widths, "mode": mode})

    enter("batch_norm, in training", x=numbers(3, 2, 2, 2), weight=numbers(2), bias=numbers(2))
    enter("batch_norm, in training without parameters", x=numbers(4, 2), settings={"eps": 0.1})
    enter(
        "batch_norm, in evaluation",
        x=numbers(2, 2, 2), weight=numbers(2), bias=numbers(2),
        settings={"mean": [0.5, -0.25], "var": [1.5, 0.75]},
    )  # fmt: skip


def losses_and_activations():
    labels, weight = [2, 0, 2], [0.5, 2.0, 1.25]
    for title, settings in {
        "": {},
        ", weighted": {"weight": weight},
        ", smoothed": {"label_smoothing": 0.1},
        ", weighted and smoothed": {"weight": weight, "label_smoothing": 0.1},
        ", summed": {"weight": weight, "label_smoothing": 0.1, "reduction": "sum"},
        ", each": {"weight": weight, "label_smoothing": 0.1, "reduction": "none"},
    }.items():
        enter(
            "cross_entropy" + title, logits=numbers(3, 3), settings={"labels": labels, **settings}
        )
    for name in ("softmax", "log_softmax", "logsumexp"):
        enter(name, x=numbers(2, 3), settings={"axis": 1})
    for name in ("gelu", "elu", "leaky_relu", "relu", "sigmoid", "softplus", "erf"):
        enter(name, x=numbers(6))
    enter("elu, steeper", x=numbers(6), settings={"alpha": 0.7})
    enter("var", x=numbers(3, 4), settings={"axis": 1, "ddof": 1})
    enter("norm", x=numbers(3, 2), settings={"axis": 1})


def corners():
    inf = float("inf")
    at_zero = [-1.0, 0.0, 1.0]
    for name in ("relu", "abs", "sign", "leaky_relu", "elu"):
        corner(f"{name}, at 0", x=at_zero)
    ties = [[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 2.0, 2.0]]
    for name in ("max", "min"):
        corner(f"{name}, ties", x=ties, settings={"axis": 1})
        corner(f"{name}, ties over all", x=ties, settings={"axis": (0, 1)})
    for name in ("maximum", "minimum"):
        corner(f"{name}, ties", x=[1.0, 2.0, 3.0], y=[2.0, 2.0, 2.0])
    image = [[[[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]]]
    corner("max_pool2d, ties", x=image, settings={"kernel": 2, "stride": 1})
    corner("max_pool2d, ties and padding", x=image, settings={"kernel": 2, "padding": 1})
    corner(
        "max_pool2d, minus infinity everywhere",
        x=[[[[-inf, -inf], [-inf, -inf]]]], settings={"kernel": 2, "padding": 1},
    )  # fmt: skip
    corner("clip, at its bounds", x=[-2.0, -1, 0, 1, 2], settings={"low": -1, "high": 1})
    corner("clip, with one bound", x=[-2.0, -1, 0], settings={"low": -1, "high": None})
    corner("norm, at 0", x=[[0.0, 0.0], [3.0, 4.0]], settings={"axis": 1})
    corner("norm, all 0", x=[0.0, 0.0])
    corner("log, at 0", x=[0.0, -1.0, 1.0])
    corner("sqrt, at 0", x=[0.0, 1.0])
    corner("divide, by 0", x=[1.0, -1.0, 0.0], y=[0.0, 0.0, 0.0])
    corner("power, of 0", x=[0.0, 0.0, 0.0, 0.0], y=[0.0, 1.0, 2.0, 3.0])
    corner("power, of negatives", x=[-1.5, -1.5, -1.5], y=[0.0, 1.0, 2.0])
    corner("softmax, of minus infinity", x=[1.0, -inf, 2.0], settings={"axis": 0})
    corner("logsumexp, of minus infinity", x=[1.0, -inf, 2.0], settings={"axis": 0})
    corner("logsumexp, of only minus infinity", x=[-inf, -inf], settings={"axis": 0})
    masked = [[1.0, -inf, 2.0], [-inf, 0.5, 0.0]]
    corner("cross_entropy, of masked logits", logits=masked, settings={"labels": [2, 1]})


def resampling_and_spectra():
    for title, matrix, size in (
        ("turned", [[0.8, -0.6, 0.0], [0.6, 0.8, 0.0]], (4, 5)),
        ("sheared and shifted", [[1.0, 0.25, 0.5], [0.0, 1.0, -1.25]], (4, 5)),
        ("doubled", [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]], (8, 10)),
        ("to another size", [[1.3, 0.0, 0.2], [-0.4, 0.7, 0.0]], (3, 6)),
    ):
        settings = {"matrix": matrix, "size": size}
        enter(f"resample, {title}", x=numbers(2, 1, 4, 5), settings=settings)
    for height, width in ((3, 4), (4, 3), (2, 1)):
        enter(f"rfft2, of {height}×{width}", x=numbers(2, height, width))
        enter(
            f"irfft2, to {height}×{width}",
            x=numbers(2, height, width // 2 + 1, 2), settings={"size": (height, width)},
        )  # fmt: skip


if __name__ == "__main__":
    network_ops()
    losses_and_activations()
    corners()
    resampling_and_spectra()
    write("torch", entries)
