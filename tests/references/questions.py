"""What JAX and HIPS autograd are asked: what PyTorch was, and about the ops that NumPy has."""

from collections.abc import Iterator

import numpy as np
from reference import numbers, stored


def questions() -> Iterator[tuple[str, dict]]:
    """Titles and questions; PyTorch's with the cotangents that it was asked with."""
    yield from stored("torch").items()
    for family in (elementwise, reductions, moving_entries, products):
        for title, inputs, settings in family():
            yield title, {"inputs": inputs, "settings": settings}


def elementwise():
    for name in ("exp", "sin", "cos", "tanh", "abs", "sign"):
        yield name, {"x": numbers(5)}, {}
    for name in ("log", "sqrt"):
        yield name, {"x": np.abs(numbers(5))}, {}
    for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum"):
        yield f"{name}, broadcasting", {"x": numbers(2, 1), "y": numbers(3)}, {}
    yield "log_softmax, of minus infinity", {"x": [1.0, -np.inf, 2.0]}, {"axis": 0}
    yield "negative", {"x": numbers(3)}, {}
    yield "power", {"x": np.abs(numbers(2, 1)), "y": numbers(3)}, {}
    for exponent in (3, -2, 0.5):
        yield f"power, to the {exponent}", {"x": np.abs(numbers(3))}, {"y": exponent}
    for exponent in (0, 1, 2):
        yield f"power, of 0 to the {exponent}", {"x": [0.0, -1.5]}, {"y": exponent}
    yield "power, of negatives to the 3", {"x": -np.abs(numbers(3))}, {"y": 3}
    condition = [[True, False, True], [False, True, False]]
    yield "where", {"x": numbers(2, 3), "y": numbers(2, 3)}, {"condition": condition}
    yield "clip", {"x": numbers(6)}, {"low": -0.6, "high": 0.4}


def reductions():
    for name in ("sum", "mean", "var", "max", "min", "norm", "logsumexp"):
        yield f"{name}, over all", {"x": numbers(2, 3)}, {}
        yield f"{name}, over an axis", {"x": numbers(2, 3)}, {"axis": -1}
        yield f"{name}, over two, kept", {"x": numbers(2, 2, 3)}, {"axis": (0, 2), "keepdims": True}
    yield "var, of a sample", {"x": numbers(2, 3)}, {"axis": 0, "ddof": 1}


def moving_entries():
    yield "reshape", {"x": numbers(2, 3)}, {"shape": (3, -1)}
    yield "transpose", {"x": numbers(2, 1, 3)}, {"axes": (2, 0, 1)}
    yield "moveaxis", {"x": numbers(2, 1, 3)}, {"source": 0, "destination": -1}
    yield "squeeze", {"x": numbers(2, 1, 3)}, {"axis": 1}
    yield "expand_dims", {"x": numbers(2, 3)}, {"axis": 1}
    yield "broadcast_to", {"x": numbers(2, 1)}, {"shape": (2, 2, 3)}
    yield "concatenate", {"x": numbers(2, 1), "y": numbers(2, 2)}, {"axis": 1}
    yield "stack", {"x": numbers(2, 3), "y": numbers(2, 3)}, {"axis": -1}
    yield "split", {"x": numbers(2, 5)}, {"sections": (1, 4), "axis": 1}
    yield "flip", {"x": numbers(2, 3)}, {"axis": 1}
    yield "roll", {"x": numbers(2, 3)}, {"shift": 2, "axis": 1}
    yield "pad", {"x": numbers(2, 3)}, {"pad_width": ((1, 0), (2, 1))}
    yield "pad, symmetric", {"x": numbers(2, 3)}, {"pad_width": (1, 2), "mode": "symmetric"}
    steps = [{"slice": [None, None, -1]}, {"slice": [1, None, 2]}]
    for title, index in {
        "slices": steps,
        "an index twice": [[0, 2, 2, -1]],
        "two arrays": [[0, 1, 1], [2, 0, 0]],
        "an array and a slice": [[1, 1], steps[1]],
        "a mask": [[True, False, True]],
    }.items():
        yield f"getitem, {title}", {"x": numbers(3, 4)}, {"index": index}
    yield (
        "scatter, an index twice",
        {"x": numbers(4, 2)},
        {"index": [[0, 2, 2, -1]], "shape": (3, 2)},
    )


def products():
    for x, y in [((2, 3), (3, 2)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 1, 2, 3), (2, 3, 1))]:
        yield f"matmul, {x} @ {y}", {"x": numbers(*x), "y": numbers(*y)}, {}
    for subscripts, *shapes in [
        ("ij,jk->ik", (2, 3), (3, 2)),
        ("ii->i", (3, 3)),
        ("ii", (3, 3)),
        ("ij->j", (2, 3)),
        ("i,j,ij->j", (2,), (3,), (2, 3)),
        ("...ij,...j->i...", (2, 2, 3), (2, 3)),
    ]:
        inputs = {f"x{n}": numbers(*shape) for n, shape in enumerate(shapes)}
        yield f"einsum, {subscripts}", inputs, {"subscripts": subscripts}
