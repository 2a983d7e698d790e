"""The classes that a network finds likeliest, as a small table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograd import Tensor, softmax, to_cpu
from autograd.device import Array

from .checks import whole


@dataclass(frozen=True)
class TopK:
    """The k likeliest classes of each of N images, the likeliest first. Printed, it is a table.

    Attributes:
        classes: (N, k) int64.
        names: their names, N lists of k.
        probabilities: (N, k), of all classes and not of these k.
    """

    classes: np.ndarray
    names: list[list[str]]
    probabilities: np.ndarray

    def __str__(self) -> str:
        lines = []
        for i, rows in enumerate(zip(self.classes, self.names, self.probabilities, strict=True)):
            for k, (label, name, p) in enumerate(zip(*rows, strict=True)):
                image = f"image {i}" if k == 0 else ""
                lines.append(f"{image:<10}{p:>7.2%}  {name} ({label})")
        return "\n".join(lines)


def top_k(scores: Array | Tensor, names: Sequence[str], k: int = 5) -> TopK:
    """The k classes of each image with the highest scores, and their probabilities by softmax.

        print(top_k(net(x), IMAGENET_CLASSES))

    Args:
        scores: (N, K), before softmax. Of equal ones, the lower class comes first.
        names: of the K classes.

    Raises:
        TypeError: scores that are no floats.
        ValueError: scores of another shape or with a nan, not one name per class, or a k that is
            not a whole number from 1 to K.
    """
    scores = to_cpu(scores)
    if scores.dtype.kind != "f":
        raise TypeError(f"top_k: scores: expected floats, got {scores.dtype}")
    if scores.ndim != 2 or scores.shape[1] != len(names):
        raise ValueError(
            f"top_k: scores: expected (N, {len(names)}), for as many names, got {scores.shape}"
        )
    if np.isnan(scores).any():
        raise ValueError("top_k: scores: there is a nan")
    if whole(k, "top_k: k") > len(names):
        raise ValueError(f"top_k: k: there are {len(names)} classes, got {k}")
    classes = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    probabilities = np.take_along_axis(softmax(scores, axis=1).data, classes, axis=1)
    return TopK(classes, [[names[label] for label in row] for row in classes], probabilities)
