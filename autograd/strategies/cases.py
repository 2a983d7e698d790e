"""One table: for each op, and each function made of ops, a strategy of calls to it.

A `Case` is a function of Tensors (as far as possible a `partial` of the op, so that a failing
example shows its settings) and the arrays to call it with. All of these are differentiated;
constants are in the partial. The arrays stay away from kinks, ties and poles; kinks.py goes there.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from .. import ops
from ..ops.pooling import avg_unpool2d, pool_at, switches_of, windows_of
from ..ops.shape import pad_constant
from .arrays import (
    arrays,
    broadcastable,
    broadcasting_to,
    distinct_arrays,
    nonempty_shapes,
    shapes,
)
from .settings import axes, conv_settings, indices, poolings, unfoldings


class Case(NamedTuple):
    f: Any
    arrays: list[np.ndarray]

    def __repr__(self) -> str:
        """As it would be called: conv2d(array(...), array(...), stride=(1, 1))."""
        f = self.f if isinstance(self.f, partial) else partial(self.f)
        names = [getattr(part, "__name__", repr(part)) for part in (f.func, *f.args)]
        given = [*names[1:], *map(repr, self.arrays)]
        given += [f"{name}={value!r}" for name, value in f.keywords.items()]
        return f"{names[0]}({', '.join(given)})"


CASES: dict[str, st.SearchStrategy[Case]] = {}


def into(table: dict[str, st.SearchStrategy[Case]]):
    """The decorator that enters a function `(draw) -> (f, *arrays)` into a table, under a name."""

    def case(name: str):
        def enter(make):
            def build(draw):
                f, *inputs = make(draw)
                return Case(f, inputs)

            table[name] = st.composite(build)()
            return make

        return enter

    return case


case = into(CASES)

# Elementwise ------------------------------------------------------------------------------------


def elementwise(op, inputs=1, positive=False, distinct=False, **settings):
    """Enter an op of arrays that broadcast against each other."""

    @case(op.__name__)
    def _(draw):
        these = draw(broadcastable(inputs)) if inputs > 1 else [draw(shapes())]
        chosen = {name: draw(values) for name, values in settings.items()}
        if distinct:
            return partial(op, **chosen), *draw(distinct_arrays(*these))
        return partial(op, **chosen), *(draw(arrays(s, positive=positive)) for s in these)


for op in (ops.exp, ops.sin, ops.cos, ops.tanh, ops.erf, ops.abs, ops.sign, ops.negative):
    elementwise(op)
for op in (ops.relu, ops.sigmoid, ops.softplus, ops.gelu):
    elementwise(op)
for op in (ops.log, ops.sqrt):
    elementwise(op, positive=True)
for op in (ops.add, ops.subtract, ops.multiply, ops.divide):
    elementwise(op, inputs=2)
for op in (ops.maximum, ops.minimum):
    elementwise(op, inputs=2, distinct=True)
elementwise(ops.leaky_relu, slope=st.sampled_from((0.01, 0.3)))
elementwise(ops.elu, alpha=st.sampled_from((1.0, 0.7)))
elementwise(ops.astype, dtype=st.just("float64"))


@case("power")
def _(draw):
    kind = draw(st.sampled_from(("arrays", "number to an array", "array to a number")))
    if kind == "arrays":
        x, y = draw(broadcastable(2))
        return ops.power, draw(arrays(x, positive=True)), draw(arrays(y))
    if kind == "number to an array":
        return partial(ops.power, draw(st.sampled_from((2, 0.5, 1)))), draw(arrays())
    exponent = draw(st.sampled_from((0, 1, 2, 3, -1, -2, 2.0)))
    return partial(power_of, ops.power, exponent), draw(arrays())


def power_of(power, exponent, x):
    return power(x, exponent)


@case("clip")
def _(draw):
    # Magnitudes are 0.3 to 2, so these bounds part the numbers without coming near one. In
    # binary32 they are exact, and promote neither precision.
    shape = draw(shapes())
    bounds = (-0.25, 0.125, np.full(shape, 0.25, np.float32))
    low = draw(st.sampled_from((None, *bounds)))
    high = draw(st.sampled_from(bounds if low is None else (None, *bounds)))
    return partial(ops.clip, low=low, high=high), draw(arrays(shape))


@case("where")
def _(draw):
    condition, x, y = draw(broadcastable(3))
    mask = draw(arrays(condition)) > 0
    return partial(ops.where, mask), draw(arrays(x)), draw(arrays(y))


def masked_by(comparison, x, y):
    """A comparison has no gradient, but what it chooses has."""
    return ops.multiply(comparison(x, y), x)


def enter_comparison(op):
    @case(op.__name__)
    def _(draw):
        return partial(masked_by, op), *draw(distinct_arrays(*draw(broadcastable(2))))


for op in (ops.equal, ops.not_equal, ops.less, ops.less_equal, ops.greater, ops.greater_equal):
    enter_comparison(op)

# Reductions -------------------------------------------------------------------------------------


def enter_reduction(op, nonempty=True):
    @case(op.__name__)
    def _(draw):
        shape = draw(shapes())
        axis = draw(axes(shape, nonempty))
        keepdims = draw(st.booleans())
        return partial(op, axis=axis, keepdims=keepdims), draw(arrays(shape, distinct=True))


enter_reduction(ops.sum, nonempty=False)
for op in (ops.mean, ops.var, ops.max, ops.min, ops.norm, ops.logsumexp):
    enter_reduction(op)


def enter_softmax(op):
    @case(op.__name__)
    def _(draw):
        shape = (*draw(shapes(max_rank=3)), draw(st.integers(0, 4)))
        axis = draw(st.sampled_from(range(len(shape))))
        axis -= len(shape) * draw(st.booleans())
        return partial(op, axis=axis), draw(arrays(shape))


enter_softmax(ops.softmax)
enter_softmax(ops.log_softmax)


@case("cross_entropy")
def _(draw):
    n, k = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    labels = np.array(draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n)))
    # Weights that are exact in binary32 promote neither precision.
    weight = draw(st.sampled_from((None, np.array([0.5, 2, 1.25, 3], np.float32)[:k])))
    settings = {
        "weight": weight,
        "label_smoothing": draw(st.sampled_from((0.0, 0.25, 1.0))),
        "reduction": draw(st.sampled_from(("mean", "sum", "none"))),
    }
    f = partial(cross_entropy_with, ops.cross_entropy, labels, **settings)
    return f, draw(arrays((n, k)))


def cross_entropy_with(cross_entropy, labels, logits, **settings):
    return cross_entropy(logits, labels, **settings)


# Shape ------------------------------------------------------------------------------------------


@case("reshape")
def _(draw):
    shape = draw(shapes())
    size = int(np.prod(shape))
    new = draw(st.permutations(shape))
    new.insert(draw(st.integers(0, len(new))), 1)
    target = draw(st.sampled_from([tuple(new), (size,), (1, size), *([-1, (1, -1)] * (size > 0))]))
    return partial(ops.reshape, shape=target), draw(arrays(shape))


@case("transpose")
def _(draw):
    shape = draw(shapes())
    order = draw(st.permutations(range(len(shape))))
    order = tuple(a - len(shape) * draw(st.booleans()) for a in order)
    return partial(ops.transpose, axes=draw(st.sampled_from((None, order)))), draw(arrays(shape))


@case("moveaxis")
def _(draw):
    shape = draw(shapes(min_rank=1))
    n = draw(st.integers(1, len(shape)))
    places = st.permutations(range(-len(shape), 0)).map(lambda order: tuple(order[:n]))
    source, destination = draw(places), draw(places)
    if n == 1 and draw(st.booleans()):
        source, destination = source[0], destination[0]
    return partial(ops.moveaxis, source=source, destination=destination), draw(arrays(shape))


@case("squeeze")
def _(draw):
    shape = draw(shapes(sides=st.sampled_from((1, 1, 2, 0))))
    ones = [a for a, n in enumerate(shape) if n == 1]
    axis = draw(st.sampled_from((None, tuple(ones), *ones[-1:])))
    return partial(ops.squeeze, axis=axis), draw(arrays(shape))


@case("expand_dims")
def _(draw):
    shape = draw(shapes(max_rank=3))
    n = len(shape)
    axis = draw(st.sampled_from((0, -1, n, (0, -1), (0, n + 1), (-2,))) if n else st.just(0))
    return partial(ops.expand_dims, axis=axis), draw(arrays(shape))


@case("broadcast_to")
def _(draw):
    whole = draw(shapes())
    return partial(ops.broadcast_to, shape=whole), draw(arrays(draw(broadcasting_to(whole))))


@case("sum_to")
def _(draw):
    whole = draw(shapes())
    return partial(ops.sum_to, shape=draw(broadcasting_to(whole))), draw(arrays(whole))


def of_list(op, *xs, **settings):
    return op(xs, **settings)


@case("concatenate")
def _(draw):
    shape = draw(shapes(min_rank=1))
    axis = draw(st.integers(0, len(shape) - 1))
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    parts = [(*shape[:axis], n, *shape[axis + 1 :]) for n in sizes]
    axis -= len(shape) * draw(st.booleans())
    return partial(of_list, ops.concatenate, axis=axis), *(draw(arrays(part)) for part in parts)


@case("stack")
def _(draw):
    shape = draw(shapes(max_rank=3))
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    parts = [draw(arrays(shape)) for _ in range(draw(st.integers(1, 3)))]
    return partial(of_list, ops.stack, axis=axis), *parts


@case("split")
def _(draw):
    shape = draw(shapes(min_rank=1))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    equal = max(1, shape[axis])
    sections = draw(st.sampled_from((1, equal, [1], [0, 2], [1, 1, 2], [2, 5])))
    return partial(rejoined, ops.split, sections, axis), draw(arrays(shape))


def rejoined(split, sections, axis, x):
    """The parts in reverse, so that a gradient put in the wrong part shows."""
    return ops.concatenate(split(x, sections, axis)[::-1], axis)


@case("flip")
def _(draw):
    shape = draw(shapes())
    return partial(ops.flip, axis=draw(axes(shape))), draw(arrays(shape))


@case("roll")
def _(draw):
    shape = draw(shapes())
    axis = draw(axes(shape)) or None  # NumPy's roll has no empty tuple of axes.
    shift = draw(st.integers(-4, 4))
    if isinstance(axis, tuple) and draw(st.booleans()):
        shift = tuple(range(-1, len(axis) - 1))
    return partial(ops.roll, shift=shift, axis=axis), draw(arrays(shape))


@case("pad_constant")
def _(draw):
    shape = draw(shapes())
    widths = [[draw(st.integers(0, 2)), draw(st.integers(0, 2))] for _ in shape]
    return partial(pad_constant, widths=widths, value=0.5), draw(arrays(shape))


@case("pad")
def _(draw):
    mode = draw(st.sampled_from(("constant", "reflect", "symmetric", "edge", "wrap")))
    shape = draw(shapes(min_rank=1) if mode == "constant" else nonempty_shapes(min_rank=1))
    width = st.integers(0, 2)
    each = [draw(st.tuples(width, width)) for _ in shape]
    if mode == "reflect":  # It cannot reach beyond the image.
        each = [tuple(min(w, n - 1) for w in pair) for pair, n in zip(each, shape, strict=True)]
    one = 0 if mode == "reflect" and 1 in shape else 1
    pad_width = draw(st.sampled_from((each, one, (one, 0))))
    return partial(ops.pad, pad_width=pad_width, mode=mode), draw(arrays(shape))


@case("getitem")
def _(draw):
    shape = draw(shapes())
    return partial(ops.getitem, index=draw(indices(shape))), draw(arrays(shape))


@case("scatter")
def _(draw):
    shape = draw(shapes())
    index = draw(indices(shape))
    part = np.zeros(shape)[index].shape
    return partial(ops.scatter, index=index, shape=shape), draw(arrays(part))


# Products ---------------------------------------------------------------------------------------


@case("matmul")
def _(draw):
    batch_x, batch_y = draw(broadcastable(2, max_rank=2))
    n, k, m = (draw(st.sampled_from((2, 3, 1, 2, 3, 0))) for _ in range(3))
    x, y = (*batch_x, n, k), (*batch_y, k, m)
    vector = (k,)
    pairs = (vector, vector), (vector, y), (x, vector), *[(x, y)] * 4
    x, y = draw(st.sampled_from(pairs))
    return ops.matmul, draw(arrays(x)), draw(arrays(y))


@case("linear")
def _(draw):
    i, o = draw(st.sampled_from((2, 3, 1, 0))), draw(st.sampled_from((2, 3, 1, 0)))
    x = (*draw(shapes(max_rank=2)), i)
    bias = [draw(arrays((o,)))] if draw(st.booleans()) else []
    return ops.linear, draw(arrays(x)), draw(arrays((o, i))), *bias


@case("einsum")
def _(draw):
    subscripts = draw(st.sampled_from(EINSUMS))
    sizes = {label: draw(st.sampled_from((2, 3, 1, 2, 0))) for label in "ijk"}
    dots = draw(shapes(max_rank=2))
    parts = []
    for term in subscripts.partition("->")[0].split(","):
        around = draw(broadcasting_to(dots)) if "..." in term else ()
        before, _, after = term.partition("...")
        shape = (*(sizes[c] for c in before), *around, *(sizes[c] for c in after))
        repeats = len(set(term) - {"."}) < len(term.replace("...", ""))
        if not repeats and draw(st.booleans()):  # A size of 1 broadcasts.
            shape = tuple(draw(st.sampled_from((n, n, 1))) for n in shape)
        parts.append(draw(arrays(shape)))
    return partial(ops.einsum, subscripts), *parts


EINSUMS = (
    "ij,jk->ik", "ij,jk", "ij->ji", "ji", "i,i->", "i,j->ij", "ij->", "ij->j", "i->i",  # Explicit,
    "ii", "ii->i", "iij->ji", "iii->i", "iji,j->i",  # with diagonals,
    "ij,k->i", "ij,ij->i", "i,ij,j->", "i,i,i->i", ",i->i",  # with lone labels,
    "...ij,...jk->...ik", "...i->...", "i...->...", "...,i->i...", "i...j,j", "...ii->...i",
)  # fmt: skip


# Windows ----------------------------------------------------------------------------------------


@case("unfold")
def _(draw):
    x, settings = draw(unfoldings())
    return partial(ops.unfold, **settings), draw(arrays(x))


@case("fold")
def _(draw):
    x, settings = draw(unfoldings())
    columns = ops.unfold(np.zeros(x), **settings).shape
    return partial(ops.fold, size=x[2:], **settings), draw(arrays(columns))


@case("conv2d")
def _(draw):
    x, w, settings = draw(conv_settings())
    bias = [draw(arrays(w[:1]))] if draw(st.booleans()) else []
    return partial(ops.conv2d, **settings), draw(arrays(x)), draw(arrays(w)), *bias


@case("conv2d_input")
def _(draw):
    x, w, settings = draw(conv_settings())
    out = ops.conv2d(np.zeros(x), np.zeros(w), **settings).shape
    f = partial(ops.conv2d_input, size=x[2:], **settings)
    return f, draw(arrays(out)), draw(arrays(w))


@case("conv2d_weight")
def _(draw):
    x, w, settings = draw(conv_settings())
    out = ops.conv2d(np.zeros(x), np.zeros(w), **settings).shape
    f = partial(ops.conv2d_weight, kernel=w[2:], **settings)
    return f, draw(arrays(out)), draw(arrays(x))


@case("conv_transpose2d")
def _(draw):
    enlarged, w, settings = draw(conv_settings())
    x = ops.conv2d(np.zeros(enlarged), np.zeros(w), **settings).shape
    bias = [draw(arrays(enlarged[1:2]))] if draw(st.booleans()) else []
    f = partial(ops.conv_transpose2d, output_padding=rest_of(enlarged, x, w, settings), **settings)
    return f, draw(arrays(x)), draw(arrays(w)), *bias


def rest_of(enlarged, x, w, settings) -> tuple[int, ...]:
    """How much further the image reaches than the windows do: the fitting `output_padding`."""
    how = zip(*(settings[name] for name in ("stride", "padding", "dilation")), strict=True)
    return tuple(
        n + 2 * p - (m - 1) * s - d * (k - 1) - 1
        for n, m, k, (s, p, d) in zip(enlarged[2:], x[2:], w[2:], how, strict=True)
    )


@case("max_pool2d")
def _(draw):
    x, settings = draw(poolings())
    return partial(ops.max_pool2d, **settings), draw(arrays(x, distinct=True))


@case("unpool")
def _(draw):
    found, switches, settings = draw(switched())
    f = partial(ops.unpool, switches=switches, size=found[2:], windows=settings)
    return f, draw(arrays(switches.shape))


@case("pool_at")
def _(draw):
    found, switches, settings = draw(switched())
    return partial(pool_at, switches=switches, windows=settings), draw(arrays(found))


@st.composite
def switched(draw):
    """The shape of an image, where max-pooling found its maxima, and how."""
    x, settings = draw(poolings())
    image = draw(arrays(x, distinct=True))
    settings_of_windows = windows_of(x[2:], **settings)
    out = ops.max_pool2d(image, **settings).data
    return x, switches_of(image, out, settings_of_windows), settings_of_windows


@case("avg_pool2d")
def _(draw):
    x, settings = draw(poolings())
    f = partial(ops.avg_pool2d, count_include_pad=draw(st.booleans()), **settings)
    return f, draw(arrays(x))


@case("avg_unpool2d")
def _(draw):
    x, settings = draw(poolings())
    f = partial(avg_unpool2d, size=x[2:], count_include_pad=draw(st.booleans()), **settings)
    return f, draw(arrays(ops.avg_pool2d(np.zeros(x), **settings).shape))


@st.composite
def images(draw):
    """(N, C, H, W) with at least one pixel."""
    return (*draw(shapes(2, 2)), draw(st.integers(1, 5)), draw(st.integers(1, 5)))


@case("adaptive_avg_pool2d")
def _(draw):
    output_size = draw(
        st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 5), st.integers(1, 5)))
    )
    return partial(ops.adaptive_avg_pool2d, output_size=output_size), draw(arrays(draw(images())))


@case("resize")
def _(draw):
    mode, align_corners = draw(
        st.sampled_from((("nearest", False), ("bilinear", False), ("bilinear", True)))
    )
    size = draw(st.one_of(st.integers(1, 6), st.tuples(st.integers(1, 6), st.integers(1, 6))))
    f = partial(ops.resize, size=size, mode=mode, align_corners=align_corners)
    return f, draw(arrays(draw(images())))


@case("resample")
def _(draw):
    # Turned, scaled, sheared and shifted; some of it lies beyond the border.
    entry = st.sampled_from((0.0, 1.0, 0.5, -0.75, 1.25, 0.1))
    matrix = tuple(draw(st.tuples(entry, entry, entry)) for _ in range(2))
    side = st.integers(1, 4)
    size = draw(st.sampled_from((None, draw(side), (draw(side), draw(side)))))
    return partial(ops.resample, matrix=matrix, size=size), draw(arrays(draw(images())))


# Fourier ----------------------------------------------------------------------------------------


@case("rfft2")
def _(draw):
    side = st.integers(1, 5)
    return ops.rfft2, draw(arrays((*draw(shapes(max_rank=2)), draw(side), draw(side))))


@case("irfft2")
def _(draw):
    size = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    shape = (*draw(shapes(max_rank=1)), size[0], size[1] // 2 + 1, 2)
    return partial(ops.irfft2, size=size), draw(arrays(shape))


# Normalisation ----------------------------------------------------------------------------------


@case("batch_norm")
def _(draw):
    in_training = draw(st.booleans())
    x = draw(nonempty_shapes(2) if in_training else shapes(2))
    names = draw(st.sampled_from(([], ["weight"], ["bias"], ["weight", "bias"])))
    names = names if in_training else ["mean", "var", *names]
    # A large eps keeps the higher derivatives moderate where the batch's variance is small.
    f = partial(batch_norm_with, ops.batch_norm, names, eps=0.5)
    return f, draw(arrays(x)), *(draw(arrays(x[1:2], positive=name == "var")) for name in names)


def batch_norm_with(batch_norm, names, x, *parameters, eps):
    return batch_norm(x, **dict(zip(names, parameters, strict=True)), eps=eps)


@case("batch_statistics")
def _(draw):
    f = partial(joined, ops.batch_statistics)
    return f, draw(arrays(draw(nonempty_shapes(min_rank=2))))


def joined(statistics, x):
    return ops.concatenate(statistics(x))
