"""Hypothesis strategies for property-testing gradients: what ops take, and ops themselves.

    from hypothesis import given
    from autograd import check_grad
    from autograd.strategies import arrays

    @given(arrays())
    def test_my_loss(x):
        check_grad(my_loss, x, order=2)

Everything fits by construction, so that no example is thrown away. This is the only part of the
engine that needs Hypothesis (the extra "test").
"""

from hypothesis import strategies as _st

from .arrays import arrays, broadcastable, broadcasting_to, distinct_arrays, dtypes, shapes
from .settings import axes, conv_settings, indices, poolings, unfoldings
from .cases import CASES, Case
from .kinks import AT_KINKS
from .programs import Net, Program, nets, programs

__all__ = [
    "arrays",
    "distinct_arrays",
    "shapes",
    "broadcastable",
    "broadcasting_to",
    "dtypes",
    "axes",
    "indices",
    "conv_settings",
    "unfoldings",
    "poolings",
    "ops",
    "Case",
    "CASES",
    "AT_KINKS",
    "programs",
    "Program",
    "nets",
    "Net",
]


def ops():
    """A call of any op, or of any function made of ops: a `Case` (f, arrays)."""
    return _st.sampled_from(sorted(CASES)).flatmap(CASES.__getitem__)
