"""The cross-entropy, the loss of a classifier."""

import numpy as np

from ..device import Array, array_module
from ..tensor import Tensor
from .elementary import where
from .reductions import mean, sum
from .softmax import log_softmax


def cross_entropy(
    logits,
    labels: Array,
    *,
    weight: Array | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
):
    """−Σₖ wₖ qₖ log softmax(logits)ₖ, where q is the target distribution of each sample.

    q is 1 − s + s/K at the label and s/K elsewhere (arXiv 1512.00567, section 7); the mean over a
    batch divides by Σₙ w of the samples' labels, as in PyTorch.

    Args:
        logits: (N, K) scores before softmax.
        labels: (N,) integers from 0 to K − 1, moved to the device of the logits.
        weight: (K,) class weights w (default: ones), moved there too.
        label_smoothing: s in [0, 1].
        reduction: "mean", "sum", or "none" for the (N,) losses.

    Raises:
        ValueError: shapes that do not fit, or a label, smoothing or reduction out of range. Labels
            on a GPU are not looked at, because that would wait for it.
        TypeError: labels that are not integers.
    """
    labels = getattr(labels, "_data", labels)
    if isinstance(weight, Tensor):
        raise TypeError("cross_entropy: weight is a constant: give its array, t.data")
    labels = np.asarray(labels) if isinstance(labels, list | tuple) else labels
    if len(logits.shape) != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(
            f"cross_entropy: expected logits (N, K) and labels (N,), "
            f"got {logits.shape} and {labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy: labels: expected integers, got {labels.dtype}")
    classes = logits.shape[1]
    if (
        isinstance(labels, np.ndarray)
        and labels.size
        and not 0 <= labels.min() <= labels.max() < classes
    ):
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(f"cross_entropy: labels: {wrong} is not one of {classes} classes")
    if weight is not None and weight.shape != (classes,):
        raise ValueError(f"cross_entropy: weight: expected ({classes},), got {weight.shape}")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing: {label_smoothing} is not in [0, 1]")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f'cross_entropy: reduction: expected "mean", "sum" or "none", got {reduction!r}'
        )

    xp = array_module(getattr(logits, "_data", logits))
    labels = xp.asarray(labels)
    is_label = labels[:, None] == xp.arange(classes)
    target = is_label.astype(logits.dtype)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    if weight is not None:
        weight = xp.asarray(weight, logits.dtype)
        target = target * weight
    # A class without weight in the target does not count, even where its logit is −inf.
    losses = -sum(where(target != 0, log_softmax(logits, axis=1), 0) * target, axis=1)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return sum(losses)
    return mean(losses) if weight is None else sum(losses) / weight[labels].sum()
