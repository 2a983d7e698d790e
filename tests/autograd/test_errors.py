"""Errors name the op, the argument and the shapes, in one line."""

import re

import numpy as np
import pytest

from autograd import Tensor, ops


def t(*shape: int) -> Tensor:
    return Tensor(np.ones(shape))


# In a message, … stands for anything.
MESSAGES = [
    # Products.
    (
        lambda: t(64, 980) @ t(900, 10),
        "matmul: (64, 980) @ (900, 10): inner sizes 980 and 900 differ",
    ),
    (lambda: t(3) @ t(4, 2), "matmul: (3,) @ (4, 2): inner sizes 3 and 4 differ"),
    # No address space holds the result, so that it is refused before any memory is touched.
    (
        lambda: ops.exp(ops.broadcast_to(t(1), (2**45,))),
        "exp: …(35184372088832,)); take fewer images at a time (batch_size)",
    ),
    (lambda: t(3, 2) @ t(3), "matmul: (3, 2) @ (3,): inner sizes 2 and 3 differ"),
    (lambda: t() @ t(3), "matmul: () @ (3,): both need at least 1 dimension"),
    (lambda: t(3) @ 2, "matmul: (3,) @ (): both need at least 1 dimension"),
    (lambda: t(2, 1, 3) @ t(3, 3, 1), "matmul: …(2, 1, 3), (3, 3, 1)"),
    (lambda: ops.linear(t(2, 3), t(4, 5)), "linear: …(2, 3) and (4, 5)"),
    (lambda: ops.linear(t(2, 3), t(4, 3), t(3)), "linear: b: expected (4,), got (3,)"),
    (lambda: ops.einsum("ij,jk->ik", t(2, 3), t(4, 5)), "einsum: 'ij,jk->ik': …(2, 3), (4, 5)"),
    (lambda: ops.einsum("ij", t(2)), "einsum: 'ij': 'ij' does not fit 1 dimensions"),
    (lambda: ops.einsum("ij,jk", t(2, 2)), "einsum: 'ij,jk' names 2 operands, got 1"),
    (
        lambda: ops.einsum("ij->ik", t(2, 2)),
        "einsum: 'ij->ik': the output repeats or invents a label",
    ),
    (
        lambda: ops.einsum("ij->ii", t(2, 2)),
        "einsum: 'ij->ii': the output repeats or invents a label",
    ),
    (lambda: ops.einsum("i1", t(2, 2)), "einsum: 'i1' has characters that are no labels"),
    # Elementwise.
    (lambda: t(2, 3) + t(4), "add: …(2, 3), (4,)"),
    (lambda: ops.where(t(2) > 0, t(3), 0), "where: …(2,), (3,)"),
    (lambda: ops.broadcast_to(t(2), (3, 4)), "broadcast_to: …(2,)"),
    # Shape.
    (lambda: t(2, 3).reshape(4, 2), "reshape: …(2, 3)"),
    (lambda: t(2, 3).transpose(0, 0), "transpose: …(2, 3)"),
    (lambda: t(2, 3).moveaxis(2, 0), "moveaxis: …(2, 3)"),
    (lambda: ops.squeeze(t(2, 3), 0), "squeeze: …(2, 3)"),
    (lambda: ops.expand_dims(t(2, 3), 4), "expand_dims: …(2, 3)"),
    (lambda: ops.concatenate([t(2, 3), t(2, 4)]), "concatenate: …(2, 3), (2, 4)"),
    (lambda: ops.stack([t(2, 3), t(2, 4)]), "stack: …(2, 3), (2, 4)"),
    (lambda: ops.split(t(5), 2), "split: size 5 does not divide into 2 equal sections"),
    (lambda: ops.split(t(5), 2, axis=1), "split: …(5,)"),
    (lambda: ops.flip(t(2, 3), 2), "flip: …(2, 3)"),
    (lambda: ops.roll(t(2, 3), 1, 2), "roll: …(2, 3)"),
    (lambda: ops.pad(t(2, 3), [1, 2, 3]), "pad: pad_width [1, 2, 3] does not fit 2 axes"),
    (lambda: ops.pad(t(2, 3), -1), "pad: pad_width must not be negative, got -1"),
    (
        lambda: ops.pad(t(2, 3), 2, mode="reflect"),
        "pad: reflect by [2, 2] is too wide for axis 0 of size 2",
    ),
    (lambda: ops.pad(t(2, 3), 2, mode="mirror"), "pad: unknown mode 'mirror'"),
    # Reductions.
    (lambda: t(2, 3).sum(axis=2), "sum: …(2, 3)"),
    (lambda: t(2, 3).mean(axis=2), "mean: …(2, 3)"),
    (lambda: t(2, 3).var(axis=(0, -3)), "var: …(2, 3)"),
    (lambda: t(2, 0).max(), "max: …(2, 0)"),
    (lambda: ops.softmax(t(2, 3), axis=2), "softmax: …(2, 3)"),
    # Windows.
    (
        lambda: ops.conv2d(t(3, 8, 8), t(4, 3, 3, 3)),
        "conv2d: x: expected (N, C, H, W), got (3, 8, 8)",
    ),
    (
        lambda: ops.conv2d(t(1, 3, 8, 8), t(4, 3)),
        "conv2d: w: expected (O, C/groups, kh, kw), got (4, 3)",
    ),
    (
        lambda: ops.conv2d(t(1, 3, 8, 8), t(4, 2, 3, 3)),
        "conv2d: x (1, 3, 8, 8) has 3 channels, but w (4, 2, 3, 3) with groups=1 expects 2",
    ),
    (
        lambda: ops.conv2d(t(1, 3, 8, 8), t(4, 1, 3, 3), groups=2),
        "conv2d: groups=2 does not divide 3 input and 4 output channels",
    ),
    (lambda: ops.conv2d(t(1, 3, 8, 8), t(4, 3, 3, 3), t(3)), "conv2d: b: expected (4,), got (3,)"),
    (
        lambda: ops.conv2d(t(1, 3, 2, 8), t(4, 3, 3, 3)),
        "conv2d: a window of (3, 3) does not fit into the padded image of (2, 8)…(1, 3, 2, 8)",
    ),
    (
        lambda: ops.conv2d(t(1, 3, 8, 8), t(4, 3, 3, 3), stride=0),
        "conv2d: stride: expected an int >= 1, or two, got 0",
    ),
    (
        lambda: ops.conv2d(t(1, 3, 8, 8), t(4, 3, 3, 3), padding=(1, 2, 3)),
        "conv2d: padding: expected an int >= 0, or two, got (1, 2, 3)",
    ),
    (
        lambda: ops.conv2d(t(1, 3, 8, 8), t(4, 3, 3, 3), dilation=1.5),
        "conv2d: dilation: expected an int >= 1, or two, got 1.5",
    ),
    (lambda: ops.conv2d(t(1, 3, 8, 8), 3), "conv2d: w: expected (O, C/groups, kh, kw), got ()"),
    (
        lambda: ops.conv_transpose2d(t(1, 3, 8, 8), t(4, 2, 3, 3)),
        "conv_transpose2d: …(1, 3, 8, 8) and (4, 2, 3, 3)",
    ),
    (
        lambda: ops.conv_transpose2d(t(1, 3, 8, 8), t(3, 2, 3, 3), output_padding=1),
        "conv_transpose2d: output_padding 1 must be less than the stride 1 or the dilation 1",
    ),
    (
        lambda: ops.conv_transpose2d(t(1, 3, 8, 8), t(3, 2, 3, 3), groups=2),
        "conv_transpose2d: groups=2 does not divide 3",
    ),
    (lambda: ops.max_pool2d(t(8, 8), 2), "max_pool2d: x: expected (N, C, H, W), got (8, 8)"),
    (
        lambda: ops.max_pool2d(t(1, 1, 2, 2), 3),
        "max_pool2d: a window of (3, 3) does not fit into the padded image of (2, 2)",
    ),
    (
        lambda: ops.avg_pool2d(t(1, 1, 8, 8), 2, padding=2),
        "avg_pool2d: padding (2, 2) is more than half of the kernel (2, 2)",
    ),
    (
        lambda: ops.max_pool2d(t(1, 1, 8, 8), 0),
        "max_pool2d: kernel: expected an int >= 1, or two, got 0",
    ),
    (
        lambda: ops.avg_pool2d(t(1, 1, 8, 8), 2, "same"),
        "avg_pool2d: stride: expected an int >= 1, or two",
    ),
    (
        lambda: ops.adaptive_avg_pool2d(t(8, 8), 2),
        "adaptive_avg_pool2d: x: expected (N, C, H, W), got (8, 8)",
    ),
    (
        lambda: ops.adaptive_avg_pool2d(t(1, 1, 8, 8), 0),
        "adaptive_avg_pool2d: output_size: expected an int >= 1, or two, got 0",
    ),
    (lambda: ops.resize(t(8, 8), 2), "resize: x: expected (N, C, H, W), not empty, got (8, 8)"),
    (lambda: ops.resize(t(1, 1, 8, 8), 0), "resize: size: expected an int >= 1, or two, got 0"),
    (
        lambda: ops.resize(t(1, 1, 8, 8), 2, "cubic"),
        'resize: mode: expected "bilinear" or "nearest", got',
    ),
    (
        lambda: ops.resize(t(1, 1, 8, 8), 2, "nearest", align_corners=True),
        "resize: align_corners is only for bilinear",
    ),
    (lambda: ops.unfold(t(8, 8), 2), "unfold: x: expected (N, C, H, W), got (8, 8)"),
    (lambda: ops.fold(t(1, 4, 5), (3, 3), 2), "fold: x: expected (N, C·4, 4), got (1, 4, 5)"),
    # Normalisation and loss.
    (lambda: ops.batch_norm(t(3)), "batch_norm: x: expected (N, C, ...), got (3,)"),
    (lambda: ops.batch_norm(t(2, 3), t(3)), "batch_norm: give both mean and var, or neither"),
    (lambda: ops.batch_norm(t(2, 3), weight=t(2)), "batch_norm: weight: expected (3,), got (2,)"),
    (
        lambda: ops.cross_entropy(t(4, 3), np.zeros(5, int)),
        "cross_entropy: expected logits (N, K) and labels (N,), got (4, 3) and (5,)",
    ),
    (
        lambda: ops.cross_entropy(t(2, 3), np.array([0, 3])),
        "cross_entropy: labels: 3 is not one of 3 classes",
    ),
    (
        lambda: ops.cross_entropy(t(2, 3), np.array([0, -1])),
        "cross_entropy: labels: -1 is not one of 3 classes",
    ),
    (
        lambda: ops.cross_entropy(t(2, 3), np.zeros(2)),
        "cross_entropy: labels: expected integers, got float64",
    ),
    (
        lambda: ops.cross_entropy(t(2, 3), np.array([0, 1]), weight=np.ones(2)),
        "cross_entropy: weight: expected (3,), got (2,)",
    ),
    (
        lambda: ops.cross_entropy(t(2, 3), np.array([0, 1]), label_smoothing=1.5),
        "cross_entropy: label_smoothing: 1.5 is not in [0, 1]",
    ),
    (
        lambda: ops.cross_entropy(t(2, 3), np.array([0, 1]), reduction="average"),
        'cross_entropy: reduction: expected "mean", "sum" or "none", got',
    ),
    # Arguments.
    (lambda: ops.exp(), "exp: missing a required argument: 'x'"),
    (lambda: ops.exp(t(2), t(2)), "exp: too many positional arguments"),
    (lambda: ops.sum(t(2), axes=0), "sum: got an unexpected keyword argument 'axes'"),
    (lambda: t(2) + "text", "add: expected a Tensor, an array or a number, got str"),
    (lambda: t(2) * 1j, "multiply: expected a Tensor, an array or a number, got complex"),
    (lambda: ops.exp(None), "exp: "),
]


@pytest.mark.parametrize(("call", "message"), MESSAGES, ids=[message for _, message in MESSAGES])
def test_the_message_is(call, message):
    with pytest.raises((ValueError, TypeError, IndexError, MemoryError)) as caught:
        call()
    pattern = ".*".join(map(re.escape, message.split("…")))
    assert re.match(pattern, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_message_of_a_mismatched_matmul_is_exactly_this():
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        t(64, 980) @ t(900, 10)
    assert str(caught.value) == "matmul: (64, 980) @ (900, 10): inner sizes 980 and 900 differ"
