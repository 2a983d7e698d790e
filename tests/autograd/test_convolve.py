"""Each way to compute a convolution gives what the definition gives."""

import numpy as np
import pytest
from hypothesis import given

from autograd import Tensor, grad, ops
from autograd.ops import windows
from autograd.ops.convolve import (
    by_rows,
    channels_last,
    definition,
    planes,
    way,
    way_to_weights,
    winograd,
)
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


@pytest.mark.parametrize("module", [channels_last, planes])
@pytest.mark.parametrize("in_cache", [1, 60, 2**18])
@given(case=conv_settings())
def test_the_other_ways_are_the_definition(module, in_cache, case):
    arrays = arrays_of(*case)
    with pytest.MonkeyPatch.context() as patch:  # Blocks of a row, of several, and of everything.
        patch.setattr(channels_last, "ROWS", 1)
        for limited in (channels_last, windows):
            patch.setattr(limited, "IN_CACHE", in_cache)
        found = results(module, *arrays, case[2])
    assert_same(found, results(definition, *arrays, case[2]))


@pytest.mark.parametrize("in_cache", [1, 60, 2**18])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 1), (4, 2)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1), (1, 3)])
@pytest.mark.parametrize("size", [(7, 7), (8, 13)])
def test_by_rows_is_the_definition(in_cache, kernel, dilation, size, monkeypatch):
    """In blocks of a row, of several, and of several images."""
    monkeypatch.setattr(by_rows, "ROWS", 1)
    monkeypatch.setattr(by_rows, "IN_CACHE", in_cache)
    for padding in ((0, 0), (1, 0)):
        how = {"stride": (1, 1), "padding": padding, "dilation": dilation, "groups": 1}
        assert by_rows.fits(kernel, **how)
        arrays = arrays_of((3, 2, *size), (4, 2, *kernel), how)
        assert_same(results(by_rows, *arrays, how), results(definition, *arrays, how))


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


@pytest.mark.parametrize("tiles", [1, 5, 1000])
@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (2, 0)])
@pytest.mark.parametrize("size", [(3, 3), (4, 9), (13, 10)])
def test_winograd_is_the_definition(tiles, padding, size, monkeypatch):
    monkeypatch.setattr(winograd, "TILES", tiles)
    how = {"stride": (1, 1), "padding": padding, "dilation": (1, 1), "groups": 1}
    x, w, b, g = arrays_of((2, 3, *size), (4, 3, 3, 3), how)
    assert_same(
        [
            winograd.forward(x, w, b, g.shape[2:], **how),
            winograd.input_gradient(g, w, size, **how),
        ],
        results(definition, x, w, b, g, how)[::2],
    )


def test_winograd_in_float32_is_right_to_five_digits():
    rng = np.random.default_rng(0)
    how = {"stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1}
    x, w = rng.normal(size=(1, 128, 28, 28)), rng.normal(size=(64, 128, 3, 3))
    exact = definition.forward(x, w, None, (28, 28), **how)
    x, w = x.astype(np.float32), w.astype(np.float32)
    error = np.abs(winograd.forward(x, w, None, (28, 28), **how) - exact).max()
    assert error < 2e-5 * np.abs(exact).max()  # Measured: 1e-5.


def test_the_way_is_chosen_by_shape():
    def chosen(*w_shape, size=(32, 32), groups=1, stride=(1, 1), padding=(1, 1), back=False):
        how = {"stride": stride, "padding": padding, "dilation": (1, 1), "groups": groups}
        return way(np.zeros(w_shape), size, back=back, **how)

    def to_weights(*w_shape, stride=(1, 1)):
        how = {"stride": stride, "padding": (1, 1), "dilation": (1, 1), "groups": 1}
        return way_to_weights(w_shape, **how)

    assert chosen(5, 1, 3, 3) is definition
    assert chosen(32, 1, 3, 3, groups=32) is definition
    assert chosen(64, 3, 3, 3) is planes
    assert chosen(64, 16, 3, 3) is channels_last
    assert chosen(64, 64, 3, 3) is winograd
    assert chosen(64, 64, 1, 1) is channels_last
    assert chosen(64, 64, 3, 3, stride=(2, 2)) is channels_last
    assert chosen(64, 64, 3, 3, size=(14, 14)) is by_rows
    assert chosen(64, 64, 3, 3, size=(14, 14), padding=(3, 1)) is channels_last
    assert chosen(64, 16, 3, 3, back=True) is by_rows
    assert chosen(16, 64, 3, 3, back=True) is channels_last
    assert to_weights(64, 64, 3, 3) is by_rows
    assert to_weights(64, 16, 3, 3) is channels_last
    assert to_weights(64, 64, 3, 3, stride=(2, 2)) is channels_last
    assert to_weights(64, 64, 1, 1) is channels_last
