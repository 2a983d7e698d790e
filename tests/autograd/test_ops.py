"""Every op: its derivatives, its values where there is a model for them, and its precision."""

import math
from functools import partial
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from autograd import Tensor, check_grad, grad, ops, walk
from autograd.op import registry
from autograd.strategies import AT_KINKS, CASES

from . import definitions

# For each op; with 50, a damage of test_mutations.py goes unnoticed.
EXAMPLES = 60

erf = np.vectorize(math.erf, otypes=[float])


def softmax(x, axis):
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


# What the values of an op must be: NumPy's function of that name, a formula, or the definition.
MODELS = {
    **{getattr(ops, name): getattr(np, name) for name in ops.__all__ if hasattr(np, name)},
    **{getattr(ops, name): f for name, f in vars(definitions).items() if name in ops.__all__},
    ops.clip: lambda x, low, high: np.clip(x, low, high),
    ops.reshape: lambda x, shape: x.reshape(shape),
    ops.getitem: lambda x, index: x[index],
    ops.astype: lambda x, dtype: x.astype(dtype),
    ops.erf: erf,
    ops.relu: lambda x: np.where(x > 0, x, 0),
    ops.leaky_relu: lambda x, slope: np.where(x > 0, x, slope * x),
    ops.elu: lambda x, alpha: np.where(x > 0, x, alpha * (np.exp(x) - 1)),
    ops.sigmoid: lambda x: 1 / (1 + np.exp(-x)),
    ops.softplus: lambda x: np.log(1 + np.exp(x)),
    ops.gelu: lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
    ops.norm: lambda x, **over: np.sqrt(np.square(x).sum(**over)),
    ops.logsumexp: lambda x, **over: np.log(np.exp(x).sum(**over)),
    ops.softmax: softmax,
    ops.log_softmax: lambda x, axis: np.log(softmax(x, axis)),
    ops.linear: lambda x, w, b=0: x @ w.T + b,
}

MODELLED = [name for name in ops.__all__ if getattr(ops, name) in MODELS]


def model_of(f):
    """The same call, with the model in place of the op."""

    def swapped(part):
        return MODELS.get(part, part) if callable(part) else part

    if not isinstance(f, partial):
        return swapped(f)
    return partial(swapped(f.func), *map(swapped, f.args), **f.keywords)


def test_the_table_has_every_op_and_every_public_function():
    assert set(registry) | set(ops.__all__) == set(CASES)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_first_and_second_derivatives_are_those_of_the_values(name, data):
    f, arrays = data.draw(CASES[name])
    check_grad(f, *arrays, order=2)


@pytest.mark.parametrize("name", AT_KINKS)
@given(data=st.data())
def test_at_a_kink_the_derivatives_are_between_the_slopes_to_its_sides(name, data):
    f, arrays = data.draw(AT_KINKS[name])
    check_grad(f, *arrays, order=2)


@pytest.mark.parametrize("name", AT_KINKS)
def test_the_table_of_kinks_has_kinks(name):
    find(AT_KINKS[name], lambda case: check_grad(case.f, *case.arrays).counts["kink"] > 0)


@pytest.mark.parametrize("name", MODELLED)
@given(data=st.data())
def test_values_and_shapes_are_those_of_the_model(name, data):
    f, arrays = data.draw(CASES[name])
    expected = np.asarray(model_of(f)(*arrays))
    # Sums of at most a few hundred terms of order 1, added in another order.
    np.testing.assert_allclose(f(*arrays).data, expected, rtol=1e-12, atol=1e-12, strict=True)


def test_only_the_partners_of_linear_ops_have_no_model():
    # They are known by ⟨A x, y⟩ = ⟨x, Aᵀ y⟩: test_adjoints.py.
    partners = {"sum_to", "scatter", "fold", "conv2d_input", "conv2d_weight", "unpool"}
    assert set(ops.__all__) - set(MODELLED) == partners


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"astype"}))
@given(data=st.data())
def test_float32_stays_float32_within_the_op_and_within_its_rule(name, data):
    f, arrays = data.draw(CASES[name])
    xs = [Tensor(x.astype(np.float32)) for x in arrays]
    out = f(*xs)
    assert out.dtype == np.float32
    # The walk would cast a promoted cotangent back, and hide it.
    with patch.object(walk, "astype", side_effect=AssertionError("a rule promoted its cotangent")):
        seed = np.ones(out.shape, np.float32)
        for g in grad(out, xs, seed=seed):
            assert g.dtype == np.float32
