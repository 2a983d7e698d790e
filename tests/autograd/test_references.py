"""The ops against the answers of PyTorch, JAX and HIPS autograd in tests/references."""

from functools import cache

import numpy as np
import pytest

from autograd import Tensor, grad, ops

from ..references.reference import arguments, file_of, stored

PEERS = {"torch": "PyTorch", "jax": "JAX", "hips": "HIPS autograd"}
ENTRIES = {(peer, title): entry for peer in PEERS for title, entry in stored(peer).items()}

# What an entry says, each from the one before by differentiation.
ANSWERS = ("out", "first", "second")

# The files keep 12 digits, and both sides sum a few dozen terms of order 1 to 100.
CLOSE = {"rtol": 1e-9, "atol": 1e-9}

# Where a peer differs from Backlight: in which answer first, and how.
DIFFERENCES = {
    ("torch", "elu, at 0"): ("second", "0; ours is α, on the left as its slope is, and JAX's"),
    ("torch", "norm, at 0"): ("second", "nan; ours is 0, as the gradient is"),
    ("torch", "norm, all 0"): ("second", "nan; ours is 0, as the gradient is"),
    ("torch", "power, of 0"): ("second", "nan; ours is finite, as HIPS autograd's"),
    ("torch", "power, of negatives"): ("second", "finite at y = 0; ours is nan, as in log(−1.5)"),
    ("jax", "abs, at 0"): ("first", "1; ours is 0, as PyTorch's"),
    ("jax", "leaky_relu, at 0"): ("first", "the slope on the right; ours is that on the left"),
    ("jax", "clip, at its bounds"): ("first", "½, a tie; ours is 1, as PyTorch's"),
    ("jax", "clip, with one bound"): ("first", "½, a tie; ours is 1, as PyTorch's"),
    ("jax", "norm, at 0"): ("first", "nan; ours is 0, as PyTorch's"),
    ("jax", "norm, all 0"): ("first", "nan; ours is 0, as PyTorch's"),
    ("jax", "power, of 0"): ("first", "nan in 0 to the power 0; ours is 0, as PyTorch's"),
    ("jax", "max_pool2d, minus infinity everywhere"): ("first", "the padding wins; ours never"),
    # Of equal entries JAX's gradient takes the first, as ours; the derivative of that, another.
    ("jax", "max_pool2d, ties and padding"): ("second", "a later one of the equal entries"),
    ("jax", "max_pool2d, overlapping"): ("second", "a later one of the equal entries"),
    ("jax", "resize, nearest to (7, 6)"): ("out", "the pixel ⌊(i + ½)·n/m⌋; ours is ⌊i·n/m⌋"),
    ("jax", "resize, nearest to (3, 2)"): ("out", "the pixel ⌊(i + ½)·n/m⌋; ours is ⌊i·n/m⌋"),
    ("jax", "resize, nearest to (1, 4)"): ("out", "the pixel ⌊(i + ½)·n/m⌋; ours is ⌊i·n/m⌋"),
    ("hips", "relu, at 0"): ("first", "½, a tie: it has no relu but maximum(x, 0); ours is 0"),
    ("hips", "clip, at its bounds"): ("first", "0; ours is 1, as PyTorch's"),
    ("hips", "clip, with one bound"): ("first", "0; ours is 1, as PyTorch's"),
    ("hips", "norm, at 0"): ("first", "nan; ours is 0, as PyTorch's"),
    ("hips", "norm, all 0"): ("first", "nan; ours is 0, as PyTorch's"),
    ("hips", "divide, by 0"): ("second", "nan; ours is the infinity of −x/y², as PyTorch's"),
}

# The ops that take their arrays in another way than by names.
CALLS = {
    "concatenate": lambda x, y, axis: ops.concatenate([x, y], axis),
    "stack": lambda x, y, axis: ops.stack([x, y], axis),
    "split": lambda x, sections, axis: ops.concatenate(ops.split(x, sections, axis)[::-1], axis),
    "einsum": lambda subscripts, **xs: ops.einsum(subscripts, *xs.values()),
}


def op_of(title: str) -> str:
    return title.split(",")[0]


@cache
def ours(peer: str, title: str) -> dict[str, dict]:
    """Backlight's answers to an entry's question, as the entry has them."""
    entry = ENTRIES[peer, title]
    inputs, settings = arguments(entry)
    xs = {name: Tensor(x) for name, x in inputs.items()}
    with np.errstate(all="ignore"):  # At the corners, NumPy warns of what it divides.
        out = CALLS.get(op_of(title), getattr(ops, op_of(title)))(**xs, **settings)
        seed = Tensor(np.array(entry["seed"]))
        first = grad(out, list(xs.values()), seed=seed, create_graph=True)
        h = Tensor(0.0)
        for v, g in zip(entry["directions"].values(), first, strict=True):
            h = h + ops.sum(np.array(v) * g)
        second = grad(h, [*xs.values(), seed])
    return {
        "out": {"": out.data},
        "first": {name: g.data for name, g in zip(xs, first, strict=True)},
        "second": {name: g.data for name, g in zip([*xs, "seed"], second, strict=True)},
    }


def check_agreement(peer: str, title: str, which: str):
    theirs = ENTRIES[peer, title][which]
    theirs = {"": theirs} if which == "out" else theirs
    for name, found in ours(peer, title)[which].items():
        np.testing.assert_allclose(found, theirs[name], **CLOSE, err_msg=name)


def agreements() -> list:
    """All answers, but for those from which on there is a difference."""
    cases = []
    for peer, title in ENTRIES:
        which, _ = DIFFERENCES.get((peer, title), (None, ""))
        for answer in ANSWERS[: ANSWERS.index(which)] if which else ANSWERS:
            cases.append(pytest.param(peer, title, answer, id=f"{peer}: {title}: {answer}"))
    return cases


@pytest.mark.parametrize(("peer", "title", "which"), agreements())
def test_values_gradients_and_second_derivatives_are_the_peers(peer, title, which):
    check_agreement(peer, title, which)


@pytest.mark.parametrize(("peer", "title"), DIFFERENCES, ids=map(": ".join, DIFFERENCES))
def test_where_a_peer_is_said_to_differ_it_does_and_pytorch_agrees_with_ours(peer, title):
    which, _ = DIFFERENCES[peer, title]
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_agreement(peer, title, which)
    if peer != "torch":
        check_agreement("torch", title, which)


def test_where_pytorch_differs_another_peer_agrees_with_ours_or_it_is_the_norm():
    for peer, title in DIFFERENCES:
        others = {("jax", title), ("hips", title)} & (set(ENTRIES) - set(DIFFERENCES))
        assert peer != "torch" or others or op_of(title) == "norm"
    assert ours("torch", "norm, all 0")["second"]["x"].tolist() == [0, 0]
    assert ours("torch", "norm, at 0")["second"]["x"][0].tolist() == [0, 0]


def test_the_peers_were_asked_about_every_op_with_derivatives():
    asked = {op_of(title) for _, title in ENTRIES}
    constant = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
    within_others = {"sum_to", "conv2d_input", "conv2d_weight", "unpool", "batch_statistics"}
    only_a_cast = {"astype"}
    assert asked == set(ops.__all__) - constant - within_others - only_a_cast


@pytest.mark.parametrize("peer", PEERS)
def test_the_stored_answers_are_small(peer):
    assert file_of(peer).stat().st_size < 200_000
