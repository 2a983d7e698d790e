"""The network ops and the corners against PyTorch's answers in tests/references/torch.json."""

import json
from pathlib import Path

import numpy as np
import pytest

from autograd import Tensor, grad, ops, sum

FILE = Path(__file__).parents[1] / "references" / "torch.json"
ENTRIES = json.loads(FILE.read_text(encoding="utf-8"))

# The file keeps 12 digits, and both sides sum a few dozen terms of order 1 to 100.
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def called(title: str):
    """The op's inputs by name as Tensors, and its output."""
    entry = ENTRIES[title]
    settings = {name: constant(name, value) for name, value in entry["settings"].items()}
    xs = {name: Tensor(np.array(x)) for name, x in entry["inputs"].items()}
    with np.errstate(all="ignore"):  # At the corners, NumPy warns of what it divides.
        return xs, getattr(ops, title.split(",")[0])(**xs, **settings)


def constant(name: str, value):
    if name in ("labels", "weight", "mean", "var"):
        return np.array(value)
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("title", ENTRIES)
def test_values_are_pytorchs(title):
    _, out = called(title)
    np.testing.assert_allclose(out.data, ENTRIES[title]["out"], **CLOSE)


@pytest.mark.parametrize("title", ENTRIES)
def test_gradients_are_pytorchs(title):
    xs, out = called(title)
    with np.errstate(all="ignore"):
        found = grad(out, list(xs.values()), seed=np.array(ENTRIES[title]["seed"]))
    for name, g in zip(xs, found, strict=True):
        np.testing.assert_allclose(g.data, ENTRIES[title]["first"][name], **CLOSE, err_msg=name)


@pytest.mark.parametrize("title", [title for title, entry in ENTRIES.items() if "second" in entry])
def test_second_derivatives_are_pytorchs(title):
    xs, out = called(title)
    seed = Tensor(np.array(ENTRIES[title]["seed"]))
    first = grad(out, list(xs.values()), seed=seed, create_graph=True)
    h = Tensor(0.0)
    for name, g in zip(xs, first, strict=True):
        h = h + sum(g * np.array(ENTRIES[title]["directions"][name]))
    xs["seed"] = seed
    for name, g in zip(xs, grad(h, list(xs.values())), strict=True):
        np.testing.assert_allclose(g.data, ENTRIES[title]["second"][name], **CLOSE, err_msg=name)


def test_the_stored_answers_are_from_every_network_op_and_small():
    about = {title.split(",")[0] for title in ENTRIES}
    assert about >= {"conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", "resize"}
    assert about >= {"adaptive_avg_pool2d", "batch_norm", "cross_entropy", "softmax", "log_softmax"}
    assert FILE.stat().st_size < 200_000
