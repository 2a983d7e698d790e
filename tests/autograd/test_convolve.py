"""Each way to compute a convolution gives what the definition gives."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, grad, ops
from autograd.ops import windows
from autograd.ops.convolve import channels_last, definition, way
from autograd.ops.windows import output_size
from autograd.strategies import conv_settings


def arrays_of(x_shape, w_shape, settings):
    how = {name: value for name, value in settings.items() if name != "groups"}
    size = output_size(x_shape[2:], w_shape[2:], **how)
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[0])
    return x, w, b, rng.normal(size=(x_shape[0], w_shape[0], *size))


def results(module, x, w, b, g, settings):
    return [
        module.forward(x, w, b, g.shape[2:], **settings),
        module.forward(x, w, None, g.shape[2:], **settings),
        module.input_gradient(g, w, x.shape[2:], **settings),
        module.weight_gradient(g, x, w.shape[2:], **settings),
    ]


def assert_same(found, expected):
    for a, b in zip(found, expected, strict=True):
        # Sums of at most a few hundred products of order 1, added in another order.
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12, strict=True)


@pytest.mark.parametrize("in_cache", [1, 60, 2**18])
@given(case=conv_settings())
def test_channels_last_is_the_definition(in_cache, case):
    arrays = arrays_of(*case)
    with pytest.MonkeyPatch.context() as patch:  # Blocks of a row, of several, and of everything.
        patch.setattr(channels_last, "ROWS", 1)
        for module in (channels_last, windows):
            patch.setattr(module, "IN_CACHE", in_cache)
        found = results(channels_last, *arrays, case[2])
    assert_same(found, results(definition, *arrays, case[2]))


@given(case=conv_settings())
def test_the_order_in_memory_changes_nothing(case):
    x, w, b, g = arrays_of(*case)
    last = [np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) for a in (x, g)]
    found = results(channels_last, last[0], w, b, last[1], case[2])
    assert_same(found, results(definition, x, w, b, g, case[2]))


def test_channels_stay_last_through_a_net():
    x, w = np.ones((2, 3, 9, 9)), np.ones((16, 3, 3, 3))
    y = ops.relu(ops.conv2d(x, w))
    for z in (y, ops.max_pool2d(y, 2), ops.avg_pool2d(y, 2), ops.concatenate([y, y], axis=1)):
        assert z.data.transpose(0, 2, 3, 1).flags.c_contiguous
    variable = Tensor(y.data)
    out = ops.max_pool2d(variable, 3, 2)
    [g] = grad(out, [variable], seed=np.ones(out.shape), create_graph=True)
    assert g.shape == y.shape


def test_many_channels_go_last_and_few_do_not():
    assert way((5, 1, 3, 3), 1) is definition
    assert way((64, 3, 3, 3), 1) is channels_last
    assert way((32, 1, 3, 3), 32) is definition
