"""⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for the linear ops: exact but for rounding, whatever x and y are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, check_grad, grad, ops
from autograd.ops.pooling import avg_unpool2d, pool_at
from autograd.ops.shape import inside
from autograd.strategies import CASES

LINEAR_IN_THEIR_FIRST_INPUT = (
    *("add", "subtract", "negative", "multiply", "divide", "astype", "where"),
    *("sum", "mean", "reshape", "transpose", "moveaxis", "squeeze", "expand_dims", "broadcast_to"),
    *("sum_to", "concatenate", "stack", "split", "flip", "roll", "pad_constant", "pad"),
    *("getitem", "scatter", "matmul", "linear", "einsum", "unfold", "fold", "conv2d"),
    *("conv2d_input", "conv2d_weight", "conv_transpose2d", "unpool", "pool_at", "avg_pool2d"),
    *("avg_unpool2d", "adaptive_avg_pool2d", "resize", "resample", "rfft2", "irfft2"),
)

# The transposes by name: (y, x, the op's settings, its other arrays) -> Aᵀ y.
TRANSPOSES = {
    "conv2d": lambda y, x, how, w, *_b: ops.conv2d_input(y, w, x.shape[2:], **how),
    "conv2d_input": lambda y, g, how, w: ops.conv2d(y, w, **without(how, "size")),
    "conv2d_weight": lambda y, g, how, x: ops.conv2d(x, y, **without(how, "kernel")),
    "conv_transpose2d": lambda y, x, how, w, *_b: ops.conv2d(
        y, w, **without(how, "output_padding")
    ),
    "unfold": lambda y, x, how: ops.fold(y, x.shape[2:], **how),
    "fold": lambda y, x, how: ops.unfold(y, **without(how, "size")),
    "getitem": lambda y, x, how: ops.scatter(y, shape=x.shape, **how),
    "scatter": lambda y, x, how: ops.getitem(y, how["index"]),
    "pad_constant": lambda y, x, how: ops.getitem(y, inside(how["widths"], x.shape)),
    "broadcast_to": lambda y, x, how: ops.sum_to(y, x.shape),
    "sum_to": lambda y, x, how: ops.broadcast_to(y, x.shape),
    "avg_pool2d": lambda y, x, how: avg_unpool2d(y, x.shape[2:], **how),
    "avg_unpool2d": lambda y, x, how: ops.avg_pool2d(y, **without(how, "size")),
    "unpool": lambda y, x, how: pool_at(y, **without(how, "size")),
    "pool_at": lambda y, x, how: ops.unpool(y, size=x.shape[2:], **how),
    "reshape": lambda y, x, how: ops.reshape(y, x.shape),
    "moveaxis": lambda y, x, how: ops.moveaxis(y, how["destination"], how["source"]),
    "flip": lambda y, x, how: ops.flip(y, **how),
}


def without(settings: dict, name: str) -> dict:
    return {key: value for key, value in settings.items() if key != name}


def assert_adjoint(ax, y, x, aty):
    """Both inner products have at most a few hundred terms of order 1, which rounding moves."""
    np.testing.assert_allclose((ax * y).sum(), (x * aty).sum(), rtol=1e-11, atol=1e-11)


def linear_part(f, x, *rest):
    """f(x) − f(0), in which a bias or a padding value is gone, and a random y of its shape."""
    ax = f(x, *rest).data - f(np.zeros(x.shape), *rest).data
    return ax, np.random.default_rng(0).standard_normal(ax.shape)


@pytest.mark.parametrize("name", TRANSPOSES)
@given(data=st.data())
def test_the_partner_of_a_linear_op_is_its_transpose(name, data):
    f, (x, *rest) = data.draw(CASES[name])
    ax, y = linear_part(f, x, *rest)
    assert_adjoint(ax, y, x, TRANSPOSES[name](y, x, f.keywords, *rest).data)


@pytest.mark.parametrize("name", LINEAR_IN_THEIR_FIRST_INPUT)
@given(data=st.data())
def test_the_gradient_of_a_linear_op_is_its_transpose(name, data):
    f, (x, *rest) = data.draw(CASES[name])
    ax, y = linear_part(f, x, *rest)
    variable = Tensor(x)
    aty = grad(f(variable, *rest), variable, seed=y)
    assert_adjoint(ax, y, x, aty.data)


@given(data=st.data())
def test_convolution_is_as_linear_in_the_kernel(data):
    f, (x, w, *_) = data.draw(CASES["conv2d"])
    out = f(x, w).data
    y = np.random.default_rng(0).standard_normal(out.shape)
    assert_adjoint(out, y, w, ops.conv2d_weight(y, x, w.shape[2:], **f.keywords).data)


@pytest.mark.parametrize("name", ["conv2d", "conv2d_weight", "linear", "einsum", "multiply"])
@settings(max_examples=3)
@given(data=st.data())
def test_families_are_closed_so_that_third_derivatives_exist(name, data):
    f, arrays = data.draw(CASES[name])
    check_grad(f, *arrays, order=3)
