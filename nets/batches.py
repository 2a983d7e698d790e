"""Samples to train on or to measure with: their checks, and their batches."""

from collections.abc import Iterator

import numpy as np

from autograd import array_module, no_grad, to_device
from autograd.device import Array, on_gpu

from .data.samples import Samples
from .module import Module


def check_samples(name: str, data: Samples, net: Module) -> Samples:
    """X and Y, if they fit each other and the net, which is asked about the first sample.

    Raises:
        TypeError: not two arrays, X not of floats, or Y not of integers.
        ValueError: shapes that do not fit, no samples, or a class that the net has no score for.
    """
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"{name}: expected a pair of arrays (X, Y), got {type(data).__name__}")
    X, Y = data
    kinds = [getattr(array, "dtype", type(array).__name__) for array in data]
    if [getattr(kind, "kind", "") for kind in kinds] not in (["f", "i"], ["f", "u"]):
        raise TypeError(
            f"{name}: expected X of floats and Y of integers, got {kinds[0]}, {kinds[1]}"
        )
    if len(Y.shape) != 1 or X.shape[:1] != Y.shape or len(Y) == 0:
        raise ValueError(
            f"{name}: expected X (N, ...) and Y (N,) with N >= 1, got {X.shape} and {Y.shape}"
        )
    with no_grad(), net.in_mode(training=False):
        x, _ = next(batches(net, X, Y, batch_size=1))
        scores = net(x)
    if len(scores.shape) != 2:
        raise ValueError(f"{name}: expected a net that gives scores (N, K), got {scores.shape}")
    classes = scores.shape[1]
    if not 0 <= Y.min() <= Y.max() < classes:
        raise ValueError(
            f"{name}: Y: the net knows the classes 0 to {classes - 1}, got {Y.min()} to {Y.max()}"
        )
    return X, Y


def batches(
    net: Module, X: Array, Y: Array, batch_size: int, order: np.ndarray | None = None
) -> Iterator[Samples]:
    """(x, y) for each batch, on the device of the net's parameters and in their precision."""
    weights = next((parameter.data for parameter in net.parameters()), X)
    device = "gpu" if on_gpu(weights) else "cpu"
    for start in range(0, len(Y), batch_size):
        rows = slice(start, start + batch_size)
        if order is not None:
            rows = array_module(X).asarray(order[rows])
        x = to_device(X[rows], device).astype(weights.dtype, copy=False)
        yield x, to_device(Y[rows], device)
