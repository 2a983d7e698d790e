"""Layers: each is its op with the settings it was given, and some more that they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nets
from autograd import Tensor, grad
from nets import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    Identity,
    Linear,
    ReLU,
    Sequential,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(2, 4, 7, 6)).astype(np.float32)


def convolution(op, layer, **settings):
    return op(X, layer.weight, layer.bias, **settings)


conv = Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2, rng=0)
up = ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 0), (1, 2), 2, dilation=(1, 2), rng=0)
straight = Linear(6, 3, rng=0)

CASES = {
    "Conv2d": (
        conv,
        convolution(
            autograd.conv2d, conv, stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2
        ),
    ),
    "ConvTranspose2d": (
        up,
        convolution(
            autograd.conv_transpose2d,
            up,
            stride=(2, 3),
            padding=(1, 0),
            output_padding=(1, 2),
            groups=2,
            dilation=(1, 2),
        ),
    ),
    "Linear": (straight, autograd.linear(X, straight.weight, straight.bias)),
    "ReLU": (nets.ReLU(), autograd.relu(X)),
    "LeakyReLU": (nets.LeakyReLU(0.3), autograd.leaky_relu(X, 0.3)),
    "ELU": (nets.ELU(0.7), autograd.elu(X, 0.7)),
    "GELU": (nets.GELU(), autograd.gelu(X)),
    "Softplus": (nets.Softplus(), autograd.softplus(X)),
    "Sigmoid": (nets.Sigmoid(), autograd.sigmoid(X)),
    "Tanh": (nets.Tanh(), autograd.tanh(X)),
    "Softmax": (nets.Softmax(dim=1), autograd.softmax(X, 1)),
    "MaxPool2d": (
        nets.MaxPool2d((3, 2), 2, 1, ceil_mode=True),
        autograd.max_pool2d(X, (3, 2), 2, 1, True),
    ),
    "MaxPool2d, default stride": (nets.MaxPool2d(2), autograd.max_pool2d(X, 2, 2)),
    "AvgPool2d": (
        nets.AvgPool2d(3, (2, 1), 1, True, False),
        autograd.avg_pool2d(X, 3, (2, 1), 1, True, False),
    ),
    "AdaptiveAvgPool2d": (
        nets.AdaptiveAvgPool2d((3, 2)),
        autograd.adaptive_avg_pool2d(X, (3, 2)),
    ),
    "Flatten": (Flatten(), autograd.reshape(X, (2, 168))),
    "Flatten, from the third axis": (Flatten(2), autograd.reshape(X, (2, 4, 42))),
    "Identity": (Identity(), Tensor(X)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_layer_is_its_op_with_its_settings(case):
    layer, expected = CASES[case]
    for x in (X, Tensor(X)):
        out = layer(x)
        assert out.dtype == np.float32
        np.testing.assert_array_equal(np.asarray(out), expected.data, strict=True)


def test_layers_without_bias_have_none():
    for layer in (Conv2d(2, 3, 1, bias=False), Linear(2, 3, bias=False)):
        assert layer.bias is None
        assert [name for name, _ in layer.named_parameters()] == ["weight"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2d(0, 3, 3), r"Conv2d: in_channels: expected a whole number >= 1, got 0"),
        (lambda: Conv2d(3, 2.0, 3), r"Conv2d: out_channels: .* got 2\.0"),
        (lambda: Conv2d(3, True, 3), r"Conv2d: out_channels: .* got True"),
        (lambda: Conv2d(3, 3, 0), r"Conv2d: kernel_size"),
        (lambda: Conv2d(3, 3, (1, 2, 3)), r"Conv2d: kernel_size"),
        (lambda: Conv2d(3, 3, 3, stride=0), r"Conv2d: stride"),
        (lambda: Conv2d(3, 3, 3, padding=-1), r"Conv2d: padding"),
        (lambda: Conv2d(3, 3, 3, dilation=0), r"Conv2d: dilation"),
        (lambda: Conv2d(4, 6, 3, groups=3), r"groups=3 does not divide in_channels=4"),
        (lambda: ConvTranspose2d(4, 6, 3, groups=4), r"ConvTranspose2d: groups=4 does not divide"),
        (lambda: ConvTranspose2d(4, 6, 3, output_padding=-1), r"ConvTranspose2d: output_padding"),
        (lambda: Linear(-1, 3), r"Linear: in_features"),
        (lambda: Linear(3, 0), r"Linear: out_features"),
        (lambda: nets.MaxPool2d(0), r"MaxPool2d: kernel_size"),
        (lambda: nets.MaxPool2d(2, 0), r"MaxPool2d: stride"),
        (lambda: nets.AvgPool2d(2, padding=-1), r"AvgPool2d: padding"),
        (lambda: nets.AdaptiveAvgPool2d(0), r"AdaptiveAvgPool2d: output_size"),
        (lambda: BatchNorm2d(0), r"BatchNorm2d: num_features"),
        (lambda: BatchNorm2d(3, eps=0), r"BatchNorm2d: eps"),
        (lambda: BatchNorm2d(3, momentum=1.5), r"BatchNorm2d: momentum"),
        (lambda: Dropout(1.0), r"Dropout: p: expected 0 <= p < 1, got 1\.0"),
        (lambda: Dropout(-0.1), r"Dropout: p"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_images_with_the_wrong_channels_are_refused_by_the_op():
    with pytest.raises(ValueError, match=r"conv2d: x \(2, 4, 7, 6\) has 4 channels"):
        Conv2d(3, 5, 3)(X)


def test_layers_with_one_seed_are_equal_and_layers_with_one_generator_are_not():
    first, second = Linear(3, 4, rng=5), Linear(3, 4, rng=5)
    np.testing.assert_array_equal(first.weight.data, second.weight.data)
    generator = np.random.default_rng(5)
    first, second = Linear(3, 4, rng=generator), Linear(3, 4, rng=generator)
    assert not np.array_equal(first.weight.data, second.weight.data)


# Sequential


@given(n=st.integers(0, 6), data=st.data())
def test_a_sequential_is_indexed_and_sliced_like_a_list(n, data):
    layers = [ReLU() for _ in range(n)]
    net = Sequential(*layers)
    assert len(net) == n
    assert list(net) == layers
    chosen = data.draw(st.slices(n))
    assert isinstance(net[chosen], Sequential)
    assert list(net[chosen]) == layers[chosen]
    for i in range(-n, n):
        assert net[i] is layers[i]
    for i in (n, -n - 1):
        with pytest.raises(IndexError):
            net[i]


@given(cut=st.integers(0, 4))
def test_the_two_parts_of_a_sequential_compute_what_the_whole_does(cut):
    net = Sequential(Conv2d(4, 2, 3, rng=0), ReLU(), Flatten(), Linear(40, 3, rng=0))
    np.testing.assert_array_equal(np.asarray(net[cut:](net[:cut](X))), net(X).data)


def test_a_layer_that_stands_in_a_sequential_twice_is_applied_twice():
    double = Linear(2, 2, bias=False)
    double.weight.data = 2 * np.eye(2, dtype=np.float32)
    net = Sequential(double, double)
    np.testing.assert_array_equal(net(np.ones((1, 2), np.float32)).data, [[4, 4]])
    assert len(net.parameters()) == 1


def test_a_sequential_of_something_else_is_refused():
    with pytest.raises(TypeError, match="Sequential: 1: expected a Module, got <function relu"):
        Sequential(ReLU(), autograd.relu)


def test_flatten_takes_an_empty_batch():
    assert Flatten()(X[:0]).shape == (0, 168)


# Dropout


@given(p=st.floats(0, 0.95), seed=st.integers(0, 2**32))
def test_dropout_zeroes_a_share_p_and_scales_the_rest_so_that_the_mean_stays(p, seed):
    n = 10_000
    out = Dropout(p, rng=seed)(np.ones(n, np.float32)).data
    kept = out != 0
    # A binomial number of n entries is kept; with derandomised seeds, 5σ holds for good.
    assert abs(kept.mean() - (1 - p)) <= 5 * np.sqrt(p * (1 - p) / n)
    np.testing.assert_allclose(out[kept], 1 / (1 - p), rtol=1e-6)  # Rounded to float32.


def test_the_gradient_passes_where_dropout_let_the_entry_pass():
    x = Tensor(np.ones((20, 30), np.float32))
    out = Dropout(0.4, rng=0)(x)
    np.testing.assert_array_equal(grad(out.sum(), x).data, out.data)


def test_dropout_draws_anew_each_time_and_the_same_for_the_same_seed():
    ones = np.ones(100, np.float32)
    first, second = Dropout(rng=0), Dropout(rng=0)
    for _ in range(3):
        np.testing.assert_array_equal(first(ones).data, second(ones).data)
    assert not np.array_equal(first(ones).data, first(ones).data)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_keeps_the_dtype_and_does_nothing_in_evaluation(dtype):
    layer, x = Dropout(0.9, rng=0), Tensor(X.astype(dtype))
    assert layer(x).dtype == dtype
    assert layer.eval()(x) is x


# BatchNorm2d


@given(
    channels=st.integers(1, 4),
    momentum=st.floats(0, 1),
    sizes=st.lists(
        st.tuples(*[st.integers(1, 4)] * 3).filter(lambda s: np.prod(s) > 1), max_size=4
    ),
    seed=st.integers(0, 2**32),
)
def test_running_statistics_are_the_moving_averages_of_those_of_the_batches(
    channels, momentum, sizes, seed
):
    rng = np.random.default_rng(seed)
    layer = BatchNorm2d(channels, momentum=momentum)
    mean, var = np.zeros(channels), np.ones(channels)
    for n, h, w in sizes:
        x = rng.normal(3, 2, (n, channels, h, w)).astype(np.float32)
        layer(x)
        mean = (1 - momentum) * mean + momentum * x.mean(axis=(0, 2, 3), dtype=float)
        var = (1 - momentum) * var + momentum * x.var(axis=(0, 2, 3), dtype=float, ddof=1)
    # Numbers of size 10 in float32 (6e-8), added up a few dozen times.
    np.testing.assert_allclose(layer.running_mean, mean, atol=1e-5)
    np.testing.assert_allclose(layer.running_var, var, atol=1e-4)
    assert layer.num_batches_tracked == len(sizes)
    assert layer.running_mean.dtype == layer.running_var.dtype == np.float32


def test_training_normalises_by_the_batch_and_evaluation_by_the_running_statistics():
    layer = BatchNorm2d(4, eps=1e-3)
    layer.weight.data, layer.bias.data = (rng.normal(size=(2, 4)) + 2).astype(np.float32)
    w, b = layer.weight.data[:, None, None], layer.bias.data[:, None, None]
    mean, var = X.mean(axis=(0, 2, 3), keepdims=True), X.var(axis=(0, 2, 3), keepdims=True)
    # Float32 with numbers of size 10: 1e-5 is a dozen roundings.
    np.testing.assert_allclose(layer(X).data, w * (X - mean) / np.sqrt(var + 1e-3) + b, atol=1e-5)
    layer.eval()
    before = layer.state_dict()
    mean, var = layer.running_mean[:, None, None], layer.running_var[:, None, None]
    np.testing.assert_allclose(layer(X).data, w * (X - mean) / np.sqrt(var + 1e-3) + b, atol=1e-5)
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_the_gradient_in_training_knows_that_the_statistics_depend_on_the_batch():
    layer = BatchNorm2d(4)
    x = Tensor(X.astype(np.float64))
    # Whatever x, the outputs of a channel sum to the bias: the gradient of the sum is 0.
    # Its terms are of size 1, so that 1e-12 is a thousand roundings of float64.
    np.testing.assert_allclose(grad(layer(x).sum(), x).data, 0, atol=1e-12)
    assert np.abs(grad(layer.eval()(x).sum(), x).data).max() > 0.1


def test_a_batch_that_does_not_fit_leaves_the_running_statistics_alone():
    layer = BatchNorm2d(3)
    before = layer.state_dict()
    with pytest.raises(ValueError, match=r"batch_norm: weight: expected \(4,\), got \(3,\)"):
        layer(X)
    with pytest.raises(ValueError, match="more than one number per channel"):
        layer(np.ones((1, 3, 1, 1), np.float32))
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_batch_norm_has_torchvisions_names():
    names = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert list(BatchNorm2d(3).state_dict()) == names
