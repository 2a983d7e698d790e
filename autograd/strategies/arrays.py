"""Arrays and shapes. Everything fits by construction, so that no example is thrown away."""

import math
from itertools import count

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

# Sizes of 1 and 0 are corners; most axes have 2 or 3 entries, so that most arrays are not empty.
SIDES = st.sampled_from((2, 3, 1, 2, 3, 1, 2, 3, 2, 0))


def shapes(min_rank: int = 0, max_rank: int = 4, sides=SIDES):
    """Shapes, from 0-d up; sizes of 1 and 0 among them."""
    # Each rank as often as another; of lists with any number of entries, most would be short.
    ranks = st.integers(min_rank, max_rank)
    return ranks.flatmap(lambda rank: st.tuples(*[sides] * rank))


def nonempty_shapes(min_rank: int = 0, max_rank: int = 4):
    """Shapes without a size of 0."""
    return shapes(min_rank, max_rank, st.integers(1, 3))


def dtypes():
    """The names of the floating types that gradients are computed in."""
    return st.sampled_from(("float64", "float32"))


def arrays(
    shape: tuple | None = None,
    positive: bool = False,
    distinct: bool = False,
    kinks: tuple = (0.0,),
    ties: bool = False,
    among: tuple = (),
    dtype: str = "float64",
):
    """Floats from −2 to 2, in C order or another; some arrays are read-only, as views are.

    None is near 0, unless other `kinks` are given: their sizes are 0.3 to 2. No number is large,
    infinite or nan, and about one array in ten is empty.

    Args:
        shape: that of the array; any, of 0 to 4 axes, if not given.
        positive: from 0 to 2 instead.
        distinct: no two of them near each other, so that a largest one is not in doubt.
        kinks: numbers that they keep a distance of 0.3 from, however slightly a check moves them.
        ties: only two different numbers, so that many are equal.
        among: these numbers and no others, to be at a kink itself; then of the above only the shape
            counts.
        dtype: the type of the floats.

    Raises:
        ValueError: the shape is none, the dtype is not one of floats, or the kinks leave no room.
    """
    if shape is not None and not (
        isinstance(shape, tuple) and all(isinstance(n, int) and n >= 0 for n in shape)
    ):
        raise ValueError(f"arrays: shape: expected a tuple of whole numbers, got {shape!r}")
    if np.dtype(dtype).kind != "f":
        raise ValueError(f"arrays: dtype: expected one of floats, got {dtype!r}")
    if among and (positive or distinct or ties):
        raise ValueError(
            "arrays: among: these numbers cannot be positive, distinct or tied as well"
        )
    room(positive, kinks)
    return drawn_array(shape, positive, distinct, kinks, ties, among, dtype)


@st.composite
def drawn_array(draw, shape, positive, distinct, kinks, ties, among, dtype):
    shape = draw(shapes()) if shape is None else shape
    if among:
        x = draw(st_numpy.arrays(dtype, shape, elements=st.sampled_from(among), fill=st.nothing()))
        return draw(laid_out(x, repeats=True))
    (x,) = numbers(draw, [shape], positive, kinks)
    if ties and x.size:
        x = x.flat[np.arange(x.size) % 2].reshape(shape)
    return draw(laid_out(x.astype(dtype), repeats=not distinct))


@st.composite
def distinct_arrays(draw, *shapes):
    """Arrays of the shapes, no two of whose entries are near each other."""
    return [draw(laid_out(x, repeats=False)) for x in numbers(draw, shapes)]


DISTANCE = 0.3


def room(positive: bool, kinks: tuple) -> tuple[np.ndarray, np.ndarray]:
    """What the kinks leave of the interval: where its pieces start, and how long they are."""
    if not isinstance(kinks, tuple | list):
        raise ValueError(f"arrays: kinks: expected a tuple of numbers, got {kinks!r}")
    edges = np.array([0.0 if positive else -2.0, *np.repeat(sorted(kinks), 2), 2.0])
    edges[1:-1] += np.tile([-DISTANCE, DISTANCE], len(kinks))
    starts, ends = np.clip(edges[::2], edges[0], 2), np.clip(edges[1::2], edges[0], 2)
    lengths = np.maximum(ends - np.maximum.accumulate(starts), 0)
    if not lengths.any():
        raise ValueError(f"arrays: kinks: {kinks} leave no room between {edges[0]:g} and 2")
    return starts, lengths


def numbers(draw, shapes, positive: bool = False, kinks: tuple = (0.0,)) -> list[np.ndarray]:
    """Arrays whose numbers are points of a grid, shaken by half its spacing, in random order."""
    # A seed each, so that two arrays of one example are not alike, however simple it is.
    drawn_before = draw(st.shared(st.builds(count), key="arrays of an example"))
    rng = np.random.default_rng([draw(st.integers(0, 2**32 - 1)), next(drawn_before)])
    sizes = [math.prod(shape) for shape in shapes]
    total = sum(sizes)
    starts, lengths = room(positive, kinks)
    spacing = lengths.sum() / (total + 1)
    along = spacing * (np.arange(total) + rng.uniform(0.25, 0.75, total))
    before = np.cumsum(lengths) - lengths  # The pieces are laid end to end.
    piece = np.searchsorted(before, along, side="right") - 1
    points = rng.permutation(starts[piece] + along - before[piece])
    # Few digits are easier to read. A grid of this spacing has room for them.
    points = points.round(2) if spacing > 0.1 else points
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
    # One of them is whole, or there would often be nothing for the others to be broadcast to.
    full = draw(st.integers(0, n))
    return [whole if i == full else draw(broadcasting_to(whole)) for i in range(n)]


@st.composite
def broadcasting_to(draw, shape: tuple):
    """A shape that broadcasts to the given one."""
    missing = draw(st.integers(0, len(shape)))
    return tuple(draw(st.sampled_from((size, size, 1))) for size in shape[missing:])
