"""Calls to the ops that have kinks, at the kinks: where max has ties, relu is at 0, and so on.

There the gradient is a convention, and a check can say only that it lies between the slopes to the
two sides.
"""

from functools import partial

from hypothesis import strategies as st

from .. import ops
from .arrays import arrays, broadcastable, shapes
from .cases import Case, into
from .settings import axes, poolings

AT_KINKS: dict[str, st.SearchStrategy[Case]] = {}

SIGNS = (0.0, 1.0, -1.0)


case = into(AT_KINKS)


def elementwise(op, inputs=1, **settings):
    @case(op.__name__)
    def _(draw):
        these = draw(broadcastable(inputs)) if inputs > 1 else [draw(shapes())]
        return partial(op, **settings), *(draw(arrays(shape, among=SIGNS)) for shape in these)


for op in (ops.relu, ops.abs):
    elementwise(op)
elementwise(ops.leaky_relu, slope=0.3)
elementwise(ops.elu, alpha=0.7)
elementwise(ops.clip, low=-1, high=1)
for op in (ops.maximum, ops.minimum):
    elementwise(op, inputs=2)


def reduction(op):
    @case(op.__name__)
    def _(draw):
        shape = draw(shapes())
        return partial(op, axis=draw(axes(shape, nonempty=True))), draw(arrays(shape, among=SIGNS))


for op in (ops.max, ops.min, ops.norm):
    reduction(op)


@case("max_pool2d")
def _(draw):
    x, settings = draw(poolings())
    return partial(ops.max_pool2d, **settings), draw(arrays(x, among=SIGNS))
