"""The criterion: what is wanted of an input that is moved, asked of the net's scores."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograd import array_module, softmax
from autograd.device import Array

from .arguments import check_confidence, check_flag
from .target import Target


@dataclass(frozen=True)
class Criterion:
    """Whether scores say what is wanted.

    Attributes:
        reason: in words, what has happened when it is met.
        met: maps scores (N, K) and classes (N,), one for each input, to (N,) bool.
    """

    reason: str
    met: Callable[[Array, Array], Array]


MISCLASSIFIED = Criterion("misclassified", lambda s, classes: s.argmax(axis=1) != classes)
TARGET_REACHED = Criterion("target reached", lambda s, classes: s.argmax(axis=1) == classes)


def confidence_reached(confidence: float, targeted: bool = True) -> Criterion:
    """The probability of the class, or with targeted=False of all others, is at least so much."""

    def met(s: Array, classes: Array) -> Array:
        p = softmax(s, axis=1).data[array_module(s).arange(len(s)), classes]
        return (p if targeted else 1 - p) >= confidence

    return Criterion("confidence reached", met)


def criterion_for(targeted: bool, confidence: float | None = None) -> Criterion:
    """To be seen as the class, or as another one; with a confidence, to be seen so that surely.

    Raises:
        ValueError: the confidence is neither None nor from 0 to 1, or `targeted` is no bool.
    """
    check_flag(targeted, "targeted")
    check_confidence(confidence)
    if confidence is not None:
        return confidence_reached(confidence, targeted)
    return TARGET_REACHED if targeted else MISCLASSIFIED


def check_goal(target: Target, targeted: bool) -> None:
    """What is to be reached must be named; what is to be left may be what the net sees.

    Raises:
        ValueError: `targeted`, but no target.
    """
    if targeted and target is None:
        raise ValueError("target: expected the class to reach, as targeted=True; got None")


def warn_of_reached(there: np.ndarray, stacklevel: int = 4) -> None:
    """Warn of inputs that were `there` (N,) bool, at their target, before they were moved.

    The warning shows the line that called the technique: with 4, by way of `loss_ascent`.
    """
    if there.any():
        warnings.warn(
            f"target: inputs {np.flatnonzero(there).tolist()} are there already, and not moved",
            stacklevel=stacklevel,
        )


def warn_of_stuck(stuck: np.ndarray, what: str, stacklevel: int = 4) -> None:
    """Warn of inputs that are `stuck` (N,) bool, since the gradient of `what` was 0 there.

    The `stacklevel` is that of `warn_of_reached`.
    """
    if stuck.any():
        warnings.warn(
            f"net(x): the gradient of {what} was 0 everywhere at inputs "
            f"{np.flatnonzero(stuck).tolist()}, which cannot be moved by it there",
            stacklevel=stacklevel,
        )
