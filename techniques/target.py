"""Choosing the target: the class, for each input, that a technique is about."""

from collections.abc import Sequence
from reprlib import repr as short

import numpy as np

from autograd import array_module, to_cpu
from autograd.device import Array

Target = int | Sequence[int] | Array | None


def choose_target(target: Target, scores: Array) -> Array:
    """The target class of each input.

    Args:
        target: None for the highest-scoring class of each input, an int for all, or N ints.
        scores: (N, K), the net's.

    Returns:
        (N,) ints from 0 to K − 1, on the device of the scores.

    Raises:
        ValueError: the target is something else, has another length, or names no class.
    """
    n, classes = scores.shape
    if target is None:
        return scores.argmax(axis=1)
    expected = (
        f"target: expected an int from 0 to {classes - 1} (there are {classes} classes), "
        f"or {n} of them, one for each input"
    )
    try:
        chosen = to_cpu(target) if hasattr(target, "dtype") else np.asarray(target)
    except ValueError:  # A list of lists of several lengths.
        raise ValueError(f"{expected}, got {short(target)}") from None
    if chosen.dtype.kind not in "iu":
        raise ValueError(f"{expected}, got {short(target)}")
    if chosen.shape not in ((), (n,)):
        raise ValueError(f"{expected}, got {short(target)} of shape {chosen.shape}")
    wrong = chosen[(chosen < 0) | (chosen >= classes)]
    if wrong.size:
        raise ValueError(f"{expected}, got {wrong[0]}")
    return array_module(scores).asarray(np.broadcast_to(chosen, n).astype(np.int64))


def best_other(scores: Array, classes: Array) -> Array:
    """The highest-scoring class (N,) among all but `classes` (N,), from the scores (N, K).

    Raises:
        ValueError: there is only one class.
    """
    xp = array_module(scores)
    if scores.shape[1] < 2:
        raise ValueError(f"net(x): expected scores of at least 2 classes, got {scores.shape}")
    return xp.where(xp.arange(scores.shape[1]) == classes[:, None], -xp.inf, scores).argmax(axis=1)
