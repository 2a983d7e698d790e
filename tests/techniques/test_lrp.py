"""Layer-wise relevance propagation: its rules, where they go, and what is lost on the way."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, conv2d, grad, linear, relu, softmax, to_cpu, to_device
from autograd.device import device_module
from autograd.op import registry
from autograd.strategies import nets
from nets import Module
from nets.layers import AvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from nets.resnet import BasicBlock
from techniques import deeplift, input_x_gradient, lrp
from techniques.lrp_rules import (
    COMPOSITES,
    RULES,
    alpha_beta,
    epsilon,
    epsilon_gamma_box,
    flat,
    gamma,
    w_squared,
    z_box,
    z_plus,
)

from .layered import images, layered
from .small_nets import affine

# Sums of a few hundred terms, in float64 (rounding 1e-16), relative to the sum of their sizes. A
# rule divides, which may make of 1e-16 as much more as the terms are larger than their sum.
ROUNDING = 1e-9
ALL_RULES = {**{name: name for name in (*RULES, *COMPOSITES)}, "box": epsilon_gamma_box(-9, 9)}
every_rule = pytest.mark.parametrize("rule", ALL_RULES.values(), ids=ALL_RULES)


# One layer, and the rules' formulas with its matrix -----------------------------------------------


def positive(x):
    return np.maximum(x, 0)


def negative(x):
    return np.minimum(x, 0)


def by_epsilon(x, w, b, eps=1e-6):
    z = x @ w + b
    return x * w.T / (z + eps * np.sign(z))[:, None]


def by_alpha_beta(x, w, b, alpha=2.0, beta=1.0):
    terms = x * w.T
    up, down = (part(terms).sum(axis=1) + part(b) for part in (positive, negative))
    up, down = (np.where(z == 0, 1, z) for z in (up, down))  # Where there is nothing to divide.
    return (alpha * positive(terms).T / up - beta * negative(terms).T / down).T


def by_gamma(x, w, b, gamma=0.25):
    terms, z = x * w.T, x @ w + b
    rows = []
    for term, of_b, of_z in zip(terms, b, z, strict=True):
        part = positive if of_z > 0 else negative
        rows.append((term + gamma * part(term)) / (of_z + gamma * (part(term).sum() + part(of_b))))
    return np.array(rows)


def by_box(x, w, b, low=-9, high=7):
    terms = x * w.T - low * positive(w).T - high * negative(w).T
    return terms / terms.sum(axis=1, keepdims=True)


# Name: (rule, formula). A formula gives the part (J, I) of each output's relevance to each input.
FORMULAS = {
    "epsilon": (epsilon(), by_epsilon),
    "epsilon, large": (epsilon(0.5), partial(by_epsilon, eps=0.5)),
    "epsilon of 0": (epsilon(0), partial(by_epsilon, eps=0)),
    "gamma": (gamma(), by_gamma),
    "gamma, large": (gamma(3.0), partial(by_gamma, gamma=3.0)),
    "alpha_beta": (alpha_beta(), by_alpha_beta),
    "alpha_beta, more": (alpha_beta(4.5, 3.5), partial(by_alpha_beta, alpha=4.5, beta=3.5)),
    "z_plus": (z_plus(), partial(by_alpha_beta, alpha=1, beta=0)),
    "flat": (flat(), lambda x, w, b: (w != 0).T / (w != 0).sum(axis=0)[:, None]),
    "w_squared": (w_squared(), lambda x, w, b: w.T**2 / (w.T**2).sum(axis=1, keepdims=True)),
    "z_box": (z_box(-9, 7), by_box),
}


def a_linear_layer(rng):
    w, b = rng.normal(size=(4, 6)), rng.normal(size=4)
    return (lambda x: linear(x, w, b)), (6,)


def a_product_with_a_matrix(rng):
    w = Tensor(rng.normal(size=(6, 4)))
    return (lambda x: x @ w), (6,)


def a_matrix_times_a_vector(rng):
    w = Tensor(rng.normal(size=(4, 6)))
    return (lambda x: (w @ x.reshape(-1, 6, 1)).reshape(-1, 4)), (6,)


def a_convolution(rng):
    w, b = rng.normal(size=(4, 1, 3, 2)), rng.normal(size=4)

    def net(x):
        out = conv2d(x, w, b, stride=(2, 1), padding=1, groups=2)
        return out.reshape(len(out), -1)

    return net, (2, 3, 4)


def a_transposed_convolution(rng):
    w = rng.normal(size=(2, 3, 2, 2))

    def net(x):
        out = autograd.conv_transpose2d(x, w, stride=2)
        return out.reshape(len(out), -1)

    return net, (2, 2, 2)


LAYERS = (
    a_linear_layer,
    a_product_with_a_matrix,
    a_matrix_times_a_vector,
    a_convolution,
    a_transposed_convolution,
)


@pytest.mark.parametrize("rule", FORMULAS)
@pytest.mark.parametrize("make", LAYERS)
@settings(max_examples=10)
@given(st.integers(0, 99))
def test_a_rule_is_its_formula_with_the_layers_matrix(make, rule, seed):
    rng = np.random.default_rng(seed)
    net, shape = make(rng)
    x = rng.normal(size=(1, *shape))
    variable = Tensor(x)
    z = net(variable)
    j = z.shape[1]
    matrix = np.stack([grad(net(variable)[0, k], variable).data.ravel() for k in range(j)], axis=1)
    b = net(Tensor(0 * x)).data[0]
    of_rule, formula = FORMULAS[rule]
    expected = formula(x.ravel(), matrix, b) * z.data.T
    # One input with every score as the target in turn.
    found, lost = lrp(net, np.repeat(x, j, axis=0), range(j), rule=of_rule, swallowed=True)
    scale = abs(expected).sum(axis=1)
    error = abs(found.reshape(j, -1) - expected).sum(axis=1)
    assert (error <= ROUNDING * scale).all()
    missing = z.data[0] - expected.sum(axis=1)
    assert (abs(lost - missing) <= ROUNDING * (scale + abs(z.data[0]))).all()


# Whole nets ---------------------------------------------------------------------------------------


def assert_conserved(net, x, rule, target=0):
    found, lost = lrp(net, x, target, rule=rule, swallowed=True)
    net = net.eval() if hasattr(net, "eval") else net
    s = net(Tensor(x)).data[:, target]
    scale = abs(found.reshape(len(x), -1)).sum(axis=1) + abs(lost) + abs(s)
    assert (abs(found.reshape(len(x), -1).sum(axis=1) + lost - s) <= ROUNDING * scale).all()
    return found, lost


@every_rule
@given(nets())
def test_the_relevance_and_what_was_swallowed_add_up_to_the_score(rule, case):
    net, (x, *parameters) = case
    assert_conserved(lambda t: net(t, *parameters), x, rule)


def wide(seed: int = 0) -> Module:
    """A net with all that relevance has to go through."""
    rng = np.random.default_rng(seed)
    net = Sequential(
        *(Conv2d(2, 4, 3, padding=1, rng=rng), BatchNorm2d(4), ReLU(), MaxPool2d(3, 2, 1)),
        *(Fork(rng), BasicBlock(8, 6, 2), BatchNorm2d(6), AvgPool2d(2, ceil_mode=True)),
        *(Flatten(), Linear(6, 4, rng=rng)),
    )
    for _, module in net.named_modules():
        for parameter in vars(module).values():
            if isinstance(parameter, Tensor):
                parameter.data = parameter.data.astype(np.float64)
        if isinstance(module, BatchNorm2d):
            n = len(module.running_mean)
            module.running_mean, module.running_var = rng.normal(size=n), rng.uniform(0.5, 2, n)
            module.weight.data, module.bias.data = rng.uniform(0.5, 2, n), rng.normal(size=n)
    return net


class Fork(Module):
    """Two convolutions side by side, joined and scaled, with a constant added."""

    def __init__(self, rng):
        self.one, self.other = Conv2d(4, 4, 1, rng=rng), Conv2d(4, 4, 3, padding=1, rng=rng)

    def forward(self, x):
        joined = autograd.concatenate([relu(self.one(x)), relu(self.other(x))], axis=1)
        return autograd.tanh(joined * 0.5 + 0.25)


@every_rule
@settings(max_examples=10)
@given(st.integers(0, 99))
def test_it_is_conserved_through_all_kinds_of_layers(rule, seed):
    assert_conserved(wide(seed), images(2, seed), rule)


@given(nets())
def test_without_biases_epsilon_is_input_x_gradient_and_deeplift_on_relu_nets(case):
    made, (x, *parameters) = case
    net = type(made)(("relu",) * len(made.activations), made.stride, made.pool)
    parameters[-1] = 0 * parameters[-1]

    def f(t):
        return net(t, *parameters)

    found, lost = lrp(f, x, 1, rule=epsilon(0), swallowed=True)
    scale = abs(found).sum()
    np.testing.assert_allclose(found, input_x_gradient(f, x, 1), rtol=0, atol=ROUNDING * scale)
    np.testing.assert_allclose(found, deeplift(f, x, 1), rtol=0, atol=ROUNDING * scale)
    assert (abs(lost) <= ROUNDING * scale).all()


def test_a_bias_swallows_its_part():
    x = np.array([[1.0, 2.0]])
    found, lost = lrp(affine(np.array([[3.0, 4.0]])), x, rule=epsilon(0), swallowed=True)
    assert found.tolist() == [[3, 8]]
    assert lost.tolist() == [0]
    found, lost = lrp(lambda x: linear(x, np.array([[3.0, 4.0]]), np.array([11.0])), x,
                      rule=epsilon(0), swallowed=True)  # fmt: skip
    np.testing.assert_allclose(found, [[3, 8]], rtol=1e-15)
    np.testing.assert_allclose(lost, [11], rtol=1e-15)


@every_rule
def test_batch_normalisation_is_a_part_of_the_layer_before_it(rule):
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 2, 5, 5)), rng.normal(size=(4, 2, 3, 3)), rng.normal(size=4)
    mean, var, scale, shift = rng.normal(size=4), *rng.uniform(0.5, 2, (2, 4)), rng.normal(size=4)
    v, c = rng.normal(size=(3, 4)), rng.normal(size=3)
    last = rng.normal(size=3), *rng.uniform(0.5, 2, (2, 3)), rng.normal(size=3)

    def by_parts(x):
        h = autograd.batch_norm(conv2d(x, w, b), mean, var, scale, shift)
        return autograd.batch_norm(linear(relu(h).mean(axis=(2, 3)), v, c), *last)

    def merged(w, b, mean, var, scale, shift):
        s = scale / np.sqrt(var + 1e-5)
        return w * s.reshape(-1, *[1] * (w.ndim - 1)), (b - mean) * s + shift

    def as_one(x):
        h = conv2d(x, *merged(w, b, mean, var, scale, shift))
        return linear(relu(h).mean(axis=(2, 3)), *merged(v, c, *last))

    found, lost = lrp(by_parts, x, 1, rule=rule, swallowed=True)
    expected, lost_too = lrp(as_one, x, 1, rule=rule, swallowed=True)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(lost, lost_too, rtol=1e-9, atol=1e-12)


def test_a_layer_that_is_used_beside_its_normalisation_is_not_merged():
    rng = np.random.default_rng(0)
    w, mean, var = rng.normal(size=(4, 3)), rng.normal(size=4), rng.uniform(0.5, 2, 4)
    scale = 1 / np.sqrt(var + 1e-5)

    def net(x):
        h = linear(x, w)
        return autograd.batch_norm(h, mean, var) + h

    x = rng.normal(size=(3, 3))
    found, _ = assert_conserved(net, x, "z_plus")
    expected = lrp(lambda x: linear(x, w) * (scale + 1) - mean * scale, x, 0, rule="z_plus")
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_an_average_is_no_layer_also_where_it_is_a_product_with_a_matrix():
    x = np.array([[[[1.0, 2.0], [0.0, 5.0]]]])
    for rule in ("flat", "epsilon"):
        found = lrp(lambda x: autograd.adaptive_avg_pool2d(x, 1).reshape(-1, 1), x, 0, rule=rule)
        np.testing.assert_allclose(found, x / 4, rtol=1e-12)


@every_rule
def test_layers_and_functions_used_once_or_twice_are_met(rule):
    layer, x = Linear(3, 3, rng=0), np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    net = Sequential(layer, ReLU(), layer, ReLU(), Linear(3, 4, rng=1))
    w, b, v, c = layer.weight, layer.bias, net[4].weight, net[4].bias

    def by_functions(x):
        return linear(relu(linear(relu(linear(x, w, b)), w, b)), v, c)

    assert np.array_equal(lrp(net, x, 1, rule=rule), lrp(by_functions, x, 1, rule=rule))


# Composites ---------------------------------------------------------------------------------------


def test_a_name_goes_before_a_place_and_that_before_a_kind():
    net, x = layered(), images(2)  # Its layers are "0" and "5", convolutions, and "8", linear.
    expected = lrp(net, x, 1, rule={"0": flat(), "5": gamma(), "8": epsilon()})
    for composite in (
        {0: flat(), 1: gamma(), 2: epsilon()},
        {-3: flat(), -2: gamma(), -1: epsilon()},
        {0: flat(), conv2d: gamma(), linear: epsilon()},
        {0: w_squared(), "0": flat(), conv2d: "gamma", linear: "epsilon"},
        {0: flat(), "5": gamma(), conv2d: z_plus(), linear: epsilon()},
        {0: flat(), 1: gamma(), conv2d: z_plus(), linear: epsilon()},
    ):
        assert np.array_equal(lrp(net, x, 1, rule=composite), expected)
    assert not np.array_equal(lrp(net, x, 1, rule="epsilon"), expected)


def test_the_name_of_what_several_layers_are_in_means_them_all():
    net, x = Sequential(layered()[:7], layered()[7:]), images(2)
    within = lrp(net, x, 1, rule={"0": z_plus(), "1": epsilon()})
    assert np.array_equal(within, lrp(net, x, 1, rule="epsilon_plus"))
    inner = lrp(net, x, 1, rule={"0": z_plus(), "0.0": flat(), "1": epsilon()})
    assert np.array_equal(inner, lrp(net, x, 1, rule="epsilon_plus_flat"))


EPSILON_PLUS = COMPOSITES["epsilon_plus"]


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        ("delta", ValueError, "rule: expected one of epsilon, gamma.*epsilon_plus.*got 'delta'"),
        ("z_box", ValueError, r"z_box\(low, high\) or .*; got 'z_box'"),
        (None, TypeError, "rule: expected a rule or its name, got None"),
        (gamma, TypeError, r"call it, gamma\(\.\.\.\)"),
        (epsilon_gamma_box, TypeError, r"call it, epsilon_gamma_box\(\.\.\.\)"),
        (lambda _layer, _r: None, ValueError, r"LRP rule gave NoneType.* x, \(2, 10\)"),
        (lambda _layer, r: r, ValueError, r"LRP rule gave \(2, 4\).* x, \(2, 10\)"),
        ({"0": 0.25}, TypeError, "rule: expected a rule or its name, got 0.25"),
        ({"features": "flat"}, ValueError, "rule: no layer is named 'features'"),
        ({relu: "flat"}, TypeError, "rule: expected as keys the names of layers.*got <function"),
        ({True: "flat"}, TypeError, "rule: expected as keys.*got True"),
        ({conv2d: "flat"}, ValueError, r"rule: there is none for layer 2, 8\.weight, a linear"),
        ({}, ValueError, r"rule: there is none for layer 0, 0\.weight, a conv2d"),
        ({3: "flat", **EPSILON_PLUS}, ValueError, r"no layer with weights is at \[3\]"),
        ({"2": "flat", **EPSILON_PLUS}, ValueError, r"at \['2'\]; there are 3: 0.w"),
        (z_box(-1, 1), ValueError, r"bounds=\(-1, 1\)"),
        (z_box(1, -1), ValueError, "expected .*low < high"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused(rule, error, message):
    with pytest.raises(error, match=message):
        lrp(layered(), images(2), 1, rule=rule)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: epsilon(-1), "eps: expected a number >= 0, got -1"),
        (lambda: gamma(np.nan), "gamma: expected a number >= 0"),
        (lambda: alpha_beta(2, 2), "expected alpha − beta = 1, got 2 and 2"),
        (lambda: alpha_beta(0.5, -0.5), "beta: expected a number >= 0"),
    ],
)
def test_a_wrong_setting_of_a_rule_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (softmax, "lrp has no rule for softmax as used"),
        (lambda x: x * x, "lrp has no rule for multiply"),
        (lambda x: x / x, "lrp has no rule for divide"),
        (lambda x: linear(x, np.eye(2)) @ x.T, "lrp has no rule for matmul"),
        (lambda x: Tensor(np.ones((len(x), 2))), "the scores do not depend on x"),
    ],
)
def test_a_net_that_it_does_not_know_is_refused(net, message):
    with pytest.raises(ValueError, match=message):
        lrp(net, np.array([[1.0, -2.0]]), 0)


@every_rule
def test_every_rule_gives_the_same_on_every_device(rule, device):
    net, x = wide(), images(3)
    expected = lrp(net, x, 1, rule=rule, swallowed=True)
    found = lrp(net.to(device), to_device(x, device), 1, rule=rule, swallowed=True)
    for there, here in zip(found, expected, strict=True):
        assert isinstance(there, device_module(device).ndarray)
        np.testing.assert_allclose(to_cpu(there), here, rtol=1e-9, atol=1e-9 * abs(here).max())


# How often each layer is run again, by rule: forward, backward.
RUNS = {
    "epsilon": (2, 1), "z_plus": (3, 2), "flat": (2, 1), "w_squared": (2, 1),
    "alpha_beta": (5, 4), "gamma": (5, 4),
}  # fmt: skip


@pytest.mark.parametrize("rule", RUNS)
def test_each_layer_is_run_again_as_often_as_it_says(rule, monkeypatch):
    runs = {"forward": 0, "backward": 0}

    def counted(f, which):
        def run(*args, **how):
            runs[which] += 1
            return f(*args, **how)

        return run

    op = registry["conv2d"]
    monkeypatch.setattr(op, "forward", counted(op.forward, "forward"))
    monkeypatch.setattr(op.rules[0], "function", counted(op.rules[0].function, "backward"))
    w = np.random.default_rng(0).normal(size=(4, 2, 3, 3))
    lrp(lambda x: relu(conv2d(x, w)).sum(axis=(2, 3)), images(2), 1, rule=rule)
    assert tuple(runs.values()) == RUNS[rule]
