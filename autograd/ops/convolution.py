"""Convolution, forward and backward; how it is computed is in convolve/.

    conv2d         out = W ∗ x
    conv2d_input   the gradient at x: linear in ∂out and in W
    conv2d_weight  the gradient at W: linear in ∂out and in x

Each of the three is linear in each of its two arrays, and its gradients are the other two. So
derivatives of any order stay among them.
"""

import numpy as np

from ..device import Array
from ..op import op
from .convolve import way, way_to_weights
from .reductions import sum
from .shape import pad_constant
from .windows import Pair, check_image, output_size, pair


def geometry(op_name: str, stride: Pair, padding: Pair, dilation: Pair) -> dict[str, tuple]:
    return {
        "stride": pair(stride, f"{op_name}: stride"),
        "padding": pair(padding, f"{op_name}: padding", least=0),
        "dilation": pair(dilation, f"{op_name}: dilation"),
    }


@op
def conv2d(
    x: Array,
    w: Array,
    b: Array | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """2-d convolution (cross-correlation, as everywhere in the field).

    out[n, o, r, c] = b[o] + Σ_{i, u, v} w[o, i, u, v] · x[n, i, s·r + d·u − p, s·c + d·v − p]

    where i runs over the channels of o's group.

    Args:
        x: images (N, C, H, W).
        w: kernels (O, C/groups, kh, kw).
        b: biases (O,), or None.
        stride, padding, dilation: an int, or (vertical, horizontal). The padding is zeros.
        groups: the channels fall into this many groups, each with its own O/groups kernels.

    Returns:
        (N, O, H', W') with H' = ⌊(H + 2p − d(kh − 1) − 1)/s⌋ + 1.

    Raises:
        ValueError: shapes or settings that do not fit each other.
    """
    check_image(x, "conv2d")
    if np.ndim(w) != 4:
        raise ValueError(f"conv2d: w: expected (O, C/groups, kh, kw), got {np.shape(w)}")
    if not isinstance(groups, int) or groups < 1 or x.shape[1] % groups or w.shape[0] % groups:
        raise ValueError(
            f"conv2d: groups={groups} does not divide {x.shape[1]} input and {w.shape[0]} "
            "output channels"
        )
    if x.shape[1] != w.shape[1] * groups:
        raise ValueError(
            f"conv2d: x {x.shape} has {x.shape[1]} channels, but w {w.shape} with groups={groups} "
            f"expects {w.shape[1] * groups}"
        )
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"conv2d: b: expected {w.shape[:1]}, got {b.shape}")
    how = geometry("conv2d", stride, padding, dilation)
    size = output_size(x.shape[2:], w.shape[2:], **how)
    how["groups"] = groups
    return way(w, size, **how).forward(x, w, b, size, **how)


@op
def conv2d_input(
    g: Array,
    w: Array,
    size: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """The gradient of `conv2d` at an input of (H, W) = size, for the cotangent g (N, O, H', W')."""
    how = geometry("conv2d_input", stride, padding, dilation)
    how["groups"] = groups
    return way(w, size, back=True, **how).input_gradient(g, w, size, **how)


@op
def conv2d_weight(
    g: Array,
    x: Array,
    kernel: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """The gradient of `conv2d` at kernels of (kh, kw) = kernel, for the cotangent g as above."""
    how = geometry("conv2d_weight", stride, padding, dilation)
    how["groups"] = groups
    w_shape = (g.shape[1], x.shape[1] // groups, *kernel)
    return way_to_weights(w_shape, **how).weight_gradient(g, x, kernel, **how)


conv2d.rule(
    x=lambda g, _out, x, w, _b, **how: conv2d_input(g, w, x.shape[2:], **how),
    w=lambda g, _out, x, w, _b, **how: conv2d_weight(g, x, w.shape[2:], **how),
    b=lambda g, _out, _x, _w, _b: sum(g, axis=(0, 2, 3)),
)
conv2d_input.rule(
    g=lambda u, _out, _g, w, size, **how: conv2d(u, w, **how),
    w=lambda u, _out, g, w, size, **how: conv2d_weight(g, u, w.shape[2:], **how),
)
conv2d_weight.rule(
    g=lambda u, _out, _g, x, kernel, **how: conv2d(x, u, **how),
    x=lambda u, _out, g, x, kernel, **how: conv2d_input(g, u, x.shape[2:], **how),
)


def conv_transpose2d(
    x,
    w,
    b=None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
):
    """The transpose of `conv2d`, which enlarges images: "deconvolution".

    Args:
        x: (N, C, H, W).
        w: (C, O/groups, kh, kw).
        b: (O,), or None.
        stride, padding, dilation, groups: those of the convolution that this is the transpose of.
        output_padding: rows and columns added below and on the right, to choose among the sizes
            that the convolution maps to (H, W); less than the stride or the dilation.

    Returns:
        (N, O, H', W') with H' = (H − 1)s − 2p + d(kh − 1) + output_padding + 1.

    Raises:
        ValueError: shapes or settings that do not fit each other.
    """
    if len(x.shape) != 4 or len(w.shape) != 4 or x.shape[1] != w.shape[0]:
        raise ValueError(
            "conv_transpose2d: expected x (N, C, H, W) and w (C, O/groups, kh, kw), "
            f"got {x.shape} and {w.shape}"
        )
    if not isinstance(groups, int | np.integer) or groups < 1 or x.shape[1] % groups:
        raise ValueError(
            f"conv_transpose2d: groups={groups} does not divide {x.shape[1]} input channels"
        )
    how = geometry("conv_transpose2d", stride, padding, dilation)
    extra = pair(output_padding, "conv_transpose2d: output_padding", least=0)
    for e, s, d in zip(extra, how["stride"], how["dilation"], strict=True):
        if e >= s and e >= d:
            raise ValueError(
                f"conv_transpose2d: output_padding {output_padding} must be less than the stride "
                f"{stride} or the dilation {dilation}"
            )
    # The image that all windows cover, of which the padding is cut off.
    covered = tuple(
        (n - 1) * s + d * (k - 1) + 1
        for n, k, s, d in zip(x.shape[2:], w.shape[2:], how["stride"], how["dilation"], strict=True)
    )
    size = tuple(n - 2 * p + e for n, p, e in zip(covered, how["padding"], extra, strict=True))
    if min(size) < 1:
        raise ValueError(f"conv_transpose2d: padding {padding} leaves an output of {size}")
    (top, left), how["padding"] = how["padding"], (0, 0)
    out = conv2d_input(x, w, covered, groups=int(groups), **how)
    if any(extra):
        out = pad_constant(out, [[0, 0], [0, 0], [0, extra[0]], [0, extra[1]]])
    if size != out.shape[2:]:
        out = out[:, :, top : top + size[0], left : left + size[1]]
    if b is None:
        return out
    if b.shape != out.shape[1:2]:
        raise ValueError(f"conv_transpose2d: b: expected {out.shape[1:2]}, got {b.shape}")
    return out + b.reshape(-1, 1, 1)
