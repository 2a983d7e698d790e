"""What ops take besides arrays: axes, indices, and windows that fit their images."""

from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

COUNTS = st.sampled_from((1, 2, 1, 2, 1, 2, 0))  # Images of a batch, channels of a group.


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
def conv_settings(draw):
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
