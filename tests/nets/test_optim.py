"""Optimisers: the textbook's updates, state that can be stored, and settings that are checked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor
from nets import SGD, Adam

SHAPES = [(2, 3), (), (0,), (4,)]
rates = st.floats(1e-4, 1)
shares = st.floats(0, 0.99)


def parameters(dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return [Tensor(np.asarray(rng.normal(size=shape), dtype)) for shape in SHAPES]


def gradients(steps, seed=1):
    rng = np.random.default_rng(seed)
    return [[rng.normal(size=shape) for shape in SHAPES] for _ in range(steps)]


def run(optimizer, gradients):
    for step in gradients:
        for parameter, g in zip(optimizer.parameters, step, strict=True):
            parameter.grad = Tensor(np.asarray(g, parameter.dtype))
        optimizer.step()
    return [parameter.data for parameter in optimizer.parameters]


@given(lr=rates, momentum=shares, nesterov=st.booleans(), decay=shares, steps=st.integers(1, 6))
def test_sgd_is_the_textbooks(lr, momentum, nesterov, decay, steps):
    nesterov = nesterov and momentum > 0
    expected = []
    for i, parameter in enumerate(parameters()):
        w, v = parameter.data, 0
        for step in gradients(steps):
            g = step[i] + decay * w
            v = momentum * v + g
            w = w - lr * (g + momentum * v if nesterov else v)
        expected.append(w)
    optimizer = SGD(parameters(), lr, momentum, nesterov, decay)
    for w, e in zip(run(optimizer, gradients(steps)), expected, strict=True):
        np.testing.assert_allclose(w, e, rtol=1e-12, atol=1e-12)  # Rounding of float64.


@given(lr=rates, betas=st.tuples(shares, shares), decay=shares, steps=st.integers(1, 6))
def test_adam_is_the_textbooks(lr, betas, decay, steps):
    expected = []
    for i, parameter in enumerate(parameters()):
        w, m, v = parameter.data, 0, 0
        for t, step in enumerate(gradients(steps), start=1):
            g = step[i] + decay * w
            m = betas[0] * m + (1 - betas[0]) * g
            v = betas[1] * v + (1 - betas[1]) * g**2
            m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
            w = w - lr * m_hat / (np.sqrt(v_hat) + 1e-8)
        expected.append(w)
    optimizer = Adam(parameters(), lr, betas, weight_decay=decay)
    for w, e in zip(run(optimizer, gradients(steps)), expected, strict=True):
        # float64, though 1 − βᵗ for β = 0.99 and t = 1 loses two digits.
        np.testing.assert_allclose(w, e, rtol=1e-11, atol=1e-11)


MAKERS = {
    "plain SGD": lambda p: SGD(p, 0.1),
    "momentum": lambda p: SGD(p, 0.1, momentum=0.9),
    "nesterov": lambda p: SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "Adam": lambda p: Adam(p, 0.1),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_optimiser_with_the_state_of_another_goes_on_like_it(make):
    straight = run(make(parameters(np.float32)), gradients(6))
    first = make(parameters(np.float32))
    run(first, gradients(6)[:3])
    state = first.state_dict()
    second = make([Tensor(parameter.data.copy()) for parameter in first.parameters])
    run(first, gradients(6)[3:])  # The state is a copy, so that this makes no difference to it.
    second.load_state_dict(state)
    for w, e in zip(run(second, gradients(6)[3:]), straight, strict=True):
        np.testing.assert_array_equal(w, e)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_float32_stays_float32_and_arrays_are_changed_in_place(make):
    optimizer = make(parameters(np.float32))
    arrays = [parameter.data for parameter in optimizer.parameters]
    for array, w in zip(arrays, run(optimizer, gradients(2)), strict=True):
        assert w is array
        assert w.dtype == np.float32


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_parameter_without_a_gradient_stays_and_its_state_too(make):
    optimizer, alone = make(parameters()), make(parameters()[:1])
    before = [parameter.data.copy() for parameter in optimizer.parameters[1:]]
    for (g, *_), other in zip(gradients(2), (None, 1.0), strict=True):
        for o in (optimizer, alone):
            o.parameters[0].grad = Tensor(g)
            if other and o is optimizer:  # The second parameter makes its first step only now.
                o.parameters[1].grad = Tensor(np.asarray(other))
            o.step()
    np.testing.assert_array_equal(optimizer.parameters[0].data, alone.parameters[0].data)
    for parameter, w in zip(optimizer.parameters[2:], before[1:], strict=True):
        np.testing.assert_array_equal(parameter.data, w)
    late = make(parameters()[1:2])
    late.parameters[0].grad = Tensor(np.asarray(1.0))
    late.step()
    np.testing.assert_array_equal(optimizer.parameters[1].data, late.parameters[0].data)


def test_zero_grad_forgets_the_gradients():
    optimizer = SGD(parameters(), 0.1)
    run(optimizer, gradients(1))
    optimizer.zero_grad()
    assert [parameter.grad for parameter in optimizer.parameters] == [None] * len(SHAPES)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_optimiser_finds_the_bottom_of_a_bowl(make):
    w = Tensor(np.array([3.0, -2.0]))
    optimizer = make([w])
    optimizer.weight_decay = 0  # It would move the bottom.
    for _ in range(500):
        (w * w).sum().backward()
        optimizer.step()
    # Each contracts by a factor of 0.97 or less per step: 0.97⁵⁰⁰ = 2e-7.
    np.testing.assert_allclose(w.data, 0, atol=1e-4)


def test_one_error_names_what_does_not_fit_the_state():
    optimizer = SGD(parameters(), 0.1, momentum=0.9)
    state = optimizer.state_dict()
    assert list(state) == [f"velocity.{i}" for i in range(4)]
    del state["velocity.0"]
    state["velocity.3"] = np.zeros(5)
    state["mean.0"] = np.zeros(1)
    with pytest.raises(ValueError, match="load_state_dict of SGD") as raised:
        optimizer.load_state_dict(state)
    for fault in [
        "missing: velocity.0 (2, 3)",
        "misshapen: velocity.3: expected (4,), got (5,)",
        "unexpected: mean.0 (1,)",
    ]:
        assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: SGD([], 0.1), "SGD: there are no parameters"),
        (lambda p: SGD(p, -0.1), "SGD: lr is out of range: -0.1"),
        (lambda p: SGD(p, float("nan")), "SGD: lr"),
        (lambda p: SGD(p, 0.1, momentum=-1), "SGD: momentum"),
        (lambda p: SGD(p, 0.1, weight_decay=-1), "SGD: weight_decay"),
        (lambda p: SGD(p, 0.1, nesterov=True), "SGD: nesterov without momentum"),
        (lambda p: SGD(p + p[:1], 0.1), "SGD: a parameter is given twice"),
        (lambda p: Adam([]), "Adam: there are no parameters"),
        (lambda p: Adam(p, -1), "Adam: lr"),
        (lambda p: Adam(p, betas=(0.9, 1.0)), "Adam: betas"),
        (lambda p: Adam(p, betas=(0.9,)), "Adam: betas"),
        (lambda p: Adam(p, eps=-1), "Adam: eps"),
        (lambda p: Adam(p, weight_decay=-1), "Adam: weight_decay"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make(parameters())


def test_what_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="SGD: expected Tensors, got ndarray"):
        SGD([np.zeros(3)], 0.1)
