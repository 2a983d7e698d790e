"""Hypothesis strategies for what ops take: arrays, shapes, axes, indices, window settings.

Everything fits by construction, so that no example is thrown away.
"""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

# Sizes of 1 and 0 are corners; most axes have 2 or 3 entries, so that most arrays are not empty.
SIDES = st.sampled_from((2, 3, 1, 2, 3, 1, 2, 3, 2, 0))
COUNTS = st.sampled_from((2, 1, 2, 1, 2, 1, 0))  # Images of a batch, channels of a group.


def shapes(min_rank: int = 0, max_rank: int = 4, sides=SIDES):
    return st.lists(sides, min_size=min_rank, max_size=max_rank).map(tuple)


def nonempty_shapes(min_rank: int = 0, max_rank: int = 4):
    return shapes(min_rank, max_rank, st.integers(1, 3))


@st.composite
def arrays(draw, shape=None, positive: bool = False, distinct: bool = False):
    """Floats of magnitude 0.3 to 2, so away from 0; `distinct` ones are also away from ties."""
    shape = draw(shapes()) if shape is None else shape
    return draw(laid_out(numbers(draw, [shape], positive)[0], repeats=not distinct))


@st.composite
def distinct_arrays(draw, *shapes):
    """Arrays of the shapes, no two of whose entries are near each other."""
    return [draw(laid_out(x, repeats=False)) for x in numbers(draw, shapes, positive=False)]


def numbers(draw, shapes, positive: bool) -> list[np.ndarray]:
    """The points of a grid, shaken by half its spacing, in random order and of random sign."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = [math.prod(shape) for shape in shapes]
    total = sum(sizes)
    spacing = (2 - 0.3) / (total + 1)
    points = 0.3 + spacing * (np.arange(total) + rng.uniform(0, 0.5, total))
    points = rng.permutation(points) * (1 if positive else rng.choice([-1, 1], total))
    parts = np.split(points, np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


@st.composite
def laid_out(draw, x: np.ndarray, repeats: bool):
    """The same numbers in another memory order; with `repeats`, maybe an axis of stride 0."""
    layouts = ["C", "transposed", "reversed", "every other", *(["stride 0"] if repeats else [])]
    layout = draw(st.sampled_from(layouts)) if x.ndim else "C"
    if layout == "transposed":
        return x.T.copy().T
    if layout == "reversed":
        return np.flip(np.flip(x).copy())
    if layout == "every other":
        return np.repeat(x, 2, axis=-1)[..., ::2]
    if layout == "stride 0" and x.size:
        axis = draw(st.integers(0, x.ndim - 1))
        return np.broadcast_to(x.take([0], axis), x.shape)
    return x


@st.composite
def broadcastable(draw, n: int, max_rank: int = 4):
    """n shapes that broadcast against each other, of different ranks and with sizes of 1."""
    whole = draw(shapes(max_rank=max_rank))
    return [draw(broadcasting_to(whole)) for _ in range(n)]


@st.composite
def broadcasting_to(draw, shape: tuple):
    """A shape that broadcasts to the given one."""
    missing = draw(st.integers(0, len(shape)))
    return tuple(draw(st.sampled_from((size, size, 1))) for size in shape[missing:])


@st.composite
def axes(draw, shape: tuple, nonempty: bool = False):
    """A reduction's `axis`: None, an int, or a tuple; if `nonempty`, only axes of size > 0."""
    allowed = [a for a, size in enumerate(shape) if size or not nonempty]
    # Every axis has two names: counted from the front, and from the back.
    one = [st.sampled_from((a, a - len(shape))) for a in allowed]
    several = st.sets(st.integers(0, max(0, len(one) - 1)), max_size=len(one))
    kinds = [several.flatmap(lambda chosen: st.tuples(*(one[i] for i in chosen)))]
    if one:
        kinds.append(st.one_of(one))
    if len(allowed) == len(shape):
        kinds.append(st.none())
    return draw(st.one_of(kinds))


def indices(shape: tuple):
    """An index: slices, ints, None and Ellipsis; a boolean mask; integer arrays with repeats."""
    basic = st_numpy.basic_indices(shape, allow_newaxis=True, max_dims=5)
    return st.one_of(basic, masks(shape), integer_arrays(shape)) if shape else basic


@st.composite
def masks(draw, shape: tuple):
    """A boolean mask over some consecutive axes."""
    first = draw(st.integers(0, len(shape) - 1))
    last = draw(st.integers(first, len(shape) - 1))
    mask = draw(st_numpy.arrays(bool, shape[first : last + 1]))
    return (slice(None),) * first + (mask,) if first else mask


@st.composite
def integer_arrays(draw, shape: tuple):
    """Integer arrays that broadcast against each other, among slices, a None and an Ellipsis."""
    index = []
    for size in shape:
        entry = st.slices(size)
        if size:
            integers = st_numpy.arrays(
                int,
                st.sampled_from([(2,), (3, 1), (3, 2)]),
                elements=st.integers(-size, size - 1),
                fill=st.nothing(),
            )
            entry = st.one_of(entry, integers)
        index.append(draw(entry))
    if draw(st.booleans()):
        index[-1] = Ellipsis
    if draw(st.booleans()):
        index.insert(draw(st.integers(0, len(index))), None)
    return tuple(index)


@st.composite
def windowed_axis(draw, padding: int | None = None, dilation: int = 1, ceil_mode: bool = False):
    """(size, kernel, stride, padding, dilation) of an axis: a window fits, and may leave a rest.

    The padding is up to `padding`, or half of the kernel. With `ceil_mode` the window may overhang.
    """
    k, s, d = (draw(st.integers(1, most)) for most in (3, 3, dilation))
    p = draw(st.integers(0, k // 2 if padding is None else padding))
    steps, rest = draw(st.integers(0, 1)), draw(st.integers(1 - s if ceil_mode else 0, s - 1))
    return max(1, d * (k - 1) + 1 - 2 * p + s * steps + rest), k, s, p, d


@st.composite
def convolutions(draw):
    """The shapes of x (N, C, H, W) and of w (O, C/groups, kh, kw), and settings that fit them."""
    axis = windowed_axis(padding=2, dilation=2)
    size, kernel, stride, padding, dilation = zip(draw(axis), draw(axis), strict=True)
    groups = draw(st.integers(1, 2))
    n, c, o = (draw(COUNTS) for _ in range(3))
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return (n, c * groups, *size), (o * groups, c, *kernel), settings


@st.composite
def unfoldings(draw):
    """The shape of x (N, C, H, W), and settings of `unfold` that fit it."""
    axis = windowed_axis(padding=2, dilation=2)
    size, kernel, stride, padding, dilation = zip(draw(axis), draw(axis), strict=True)
    settings = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    return (draw(COUNTS), draw(COUNTS), *size), settings


@st.composite
def poolings(draw):
    """The shape of x (N, C, H, W), and settings of pooling that fit it: overlapping, padded, ..."""
    ceil_mode = draw(st.booleans())
    axis = windowed_axis(ceil_mode=ceil_mode)
    size, kernel, stride, padding, _ = zip(draw(axis), draw(axis), strict=True)
    settings = {
        "kernel": kernel,
        "stride": draw(st.sampled_from((stride, None))),
        "padding": padding,
        "ceil_mode": ceil_mode,
    }
    return (draw(COUNTS), draw(COUNTS), *size), settings
