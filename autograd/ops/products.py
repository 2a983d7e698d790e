"""Matrix products, and einsum, of which they are cases."""

import string

import numpy as np

from ..device import Array, array_module
from ..op import op
from .reductions import sum
from .shape import broadcast_to, expand_dims, reshape, squeeze, transpose


@op(broadcasts=True)
def matmul(x: Array, y: Array) -> Array:
    """x @ y over the last two axes; the axes before them broadcast, and a 1-d input is a vector.

    Raises:
        ValueError: an input of 0 dimensions, or sizes that do not fit.
    """
    if np.ndim(x) == 0 or np.ndim(y) == 0:
        raise ValueError(f"matmul: {np.shape(x)} @ {np.shape(y)}: both need at least 1 dimension")
    inner_x, inner_y = x.shape[-1], y.shape[-2:][0]
    if inner_x != inner_y:
        raise ValueError(
            f"matmul: {x.shape} @ {y.shape}: inner sizes {inner_x} and {inner_y} differ"
        )
    return array_module(x, y).matmul(x, y)


def swap(x):
    """The last two axes exchanged; a vector, a row, becomes a column."""
    if x.ndim == 1:
        return expand_dims(x, 1)
    return transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def as_product_of_matrices(g, x, y):
    """g with the axes that matmul dropped because x or y was a vector."""
    if y.ndim == 1:
        g = expand_dims(g, -1)
    return expand_dims(g, -2) if x.ndim == 1 else g


def matmul_rule_x(g, _out, x, y):
    row = expand_dims(y, 0) if y.ndim == 1 else swap(y)
    return matmul(as_product_of_matrices(g, x, y), row)


def matmul_rule_y(g, _out, x, y):
    gy = matmul(swap(x), as_product_of_matrices(g, x, y))
    return squeeze(gy, -1) if y.ndim == 1 else gy


matmul.rule(x=matmul_rule_x, y=matmul_rule_y)


@op
def linear(x: Array, w: Array, b: Array | None = None) -> Array:
    """The affine map x Wᵀ + b.

    Args:
        x: (..., I).
        w: (O, I).
        b: (O,), or None.

    Returns:
        (..., O).

    Raises:
        ValueError: sizes that do not fit.
    """
    if w.ndim != 2 or x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise ValueError(f"linear: expected x (..., I) and w (O, I), got {x.shape} and {w.shape}")
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"linear: b: expected {w.shape[:1]}, got {b.shape}")
    out = x @ w.T
    if b is not None:
        out += b
    return out


def rows(x):
    """x as a matrix of row vectors."""
    return reshape(x, (int(np.prod(x.shape[:-1])), x.shape[-1]))


linear.rule(
    x=lambda g, _out, _x, w, _b: matmul(g, w),
    w=lambda g, _out, x, _w, _b: matmul(swap(rows(g)), rows(x)),
    b=lambda g, _out, _x, _w, _b: sum(rows(g), axis=0),
)


@op(broadcasts=True)
def einsum_(*xs: Array, subscripts: str) -> Array:
    """The sum of products that explicit `subscripts` describe, without repeated or lone labels."""
    return array_module(*xs).einsum(subscripts, *xs, optimize=len(xs) > 2)


def einsum_rule(g, _out, *xs, subscripts, position):
    # ∂/∂x of Σ out·x·others: exchange the labels of out and x.
    inputs, output = subscripts.split("->")
    labels = inputs.split(",")
    others = [i for i in range(len(xs)) if i != position]
    exchanged = ",".join([output, *(labels[i] for i in others)]) + "->" + labels[position]
    gx = einsum_(g, *(xs[i] for i in others), subscripts=exchanged)
    # Along a label that is summed and has size 1 in the others, all entries of x get the same.
    whole = np.broadcast_shapes(gx.shape, xs[position].shape)
    return gx if gx.shape == whole else broadcast_to(gx, whole)


einsum_.rule(xs=einsum_rule)


def einsum(subscripts: str, *operands):
    """Einstein summation with NumPy's notation: "ij,jk->ik", "...ij->...ji", "ii", ...

    Raises:
        ValueError: the subscripts do not fit the operands.
    """
    operands = [x if hasattr(x, "shape") else np.asarray(x) for x in operands]
    labels, output = explicit(subscripts, [len(x.shape) for x in operands])
    # The gradient rule exchanges labels, so that each must stand once in its operand and once
    # somewhere else. A repeated label, a diagonal, becomes a product with the identity, and a label
    # that stands nowhere else, a sum, a product with ones.
    factors, fresh = [], iter(unused_letters(labels))
    for n, x in enumerate(operands):
        dtype = getattr(x, "_data", x).dtype
        xp = array_module(getattr(x, "_data", x))
        for axis, label in enumerate(labels[n]):
            if label in labels[n][:axis]:
                new = next(fresh)
                labels[n] = labels[n][:axis] + new + labels[n][axis + 1 :]
                factors.append((label + new, xp.eye(x.shape[axis], dtype=dtype)))
        for axis, label in enumerate(labels[n]):
            elsewhere = "".join([*labels[:n], *labels[n + 1 :], output, *(f for f, _ in factors)])
            if label not in elsewhere:
                factors.append((label, xp.ones(x.shape[axis], dtype)))
    labels += [label for label, _ in factors]
    try:
        return einsum_(
            *operands,
            *(factor for _, factor in factors),
            subscripts=",".join(labels) + "->" + output,
        )
    except ValueError as error:
        reason = str(error).removeprefix("einsum: ")
        raise ValueError(f"einsum: {subscripts!r}: {reason}") from None


def explicit(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """Subscripts as one string of letters per operand and one for the output, without "..."."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ranks):
        raise ValueError(f"einsum: {subscripts!r} names {len(terms)} operands, got {len(ranks)}")
    if not set(subscripts) <= set(string.ascii_letters + ",.-> "):
        raise ValueError(f"einsum: {subscripts!r} has characters that are no labels")
    spare = unused_letters([inputs, output])
    widths = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    for term, rank, width in zip(terms, ranks, widths, strict=True):
        if width < 0 or (width > 0 and "..." not in term):
            raise ValueError(f"einsum: {subscripts!r}: {term!r} does not fit {rank} dimensions")
    # The dots stand for axes counted from the right, as in broadcasting.
    widest = spare[: max(widths, default=0)]
    labels = [
        term.replace("...", widest[len(widest) - width :])
        for term, width in zip(terms, widths, strict=True)
    ]
    if arrow:
        output = output.replace("...", widest)
    else:
        once = [c for c in sorted(set("".join(terms)) - {"."}) if "".join(terms).count(c) == 1]
        output = widest + "".join(once)
    if len(set(output)) < len(output) or not set(output) <= set("".join(labels)):
        raise ValueError(f"einsum: {subscripts!r}: the output repeats or invents a label")
    return labels, output


def unused_letters(labels: list[str]) -> str:
    used = set("".join(labels))
    return "".join(c for c in string.ascii_letters if c not in used)
