"""Adam's steps."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor
from nets import optim
from techniques.adam import Adam


def test_half_precision_takes_the_steps_of_single():
    g = np.array([[3.0, -2e-3, 1e-4, 0.0], [-1.0, 1e-3, 1e-4, 0.0]], "float16")
    half, single = Adam(), Adam()
    for row in g:
        step = half.step(row)
        assert step.dtype == "float16"
        np.testing.assert_array_equal(step, single.step(row.astype("float32")).astype("float16"))


@given(st.integers(0, 999), st.sampled_from(["float32", "float64"]), st.floats(1e-3, 3))
def test_the_steps_are_those_of_the_optimiser_for_nets(seed, dtype, lr):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3, 4)).astype(dtype)
    parameter = Tensor(x.copy())
    optimizer, adam = optim.Adam([parameter], lr), Adam()
    for _ in range(6):
        g = rng.normal(size=x.shape).astype(dtype)
        parameter.grad = Tensor(g)
        optimizer.step()
        x = x - lr * adam.step(g)
        assert x.dtype == dtype
    # 6 steps, each rounded in another order; the entries are below 10 + 6 · 3.
    np.testing.assert_allclose(x, parameter.data, rtol=0, atol=100 * np.finfo(dtype).eps)


def test_the_first_step_is_the_sign_of_the_gradient_and_zero_stays():
    g = np.array([3.0, -2e-3, 0.0])
    # The ε of 1e-8 is 5e-6 of the smaller gradient.
    np.testing.assert_allclose(Adam().step(g), [1, -1, 0], rtol=1e-5)
