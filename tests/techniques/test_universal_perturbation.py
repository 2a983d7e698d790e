"""universal_perturbation: one change for many inputs."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, grad, relu
from techniques import deepfool, norms, universal_perturbation

from .small_nets import MLP, ConvNet, affine, ask, cases, inputs_for, softmax_of

METHODS = {
    "ascent": partial(universal_perturbation, eps=0.3, epochs=3, batch_size=2),
    "ascent l2": partial(universal_perturbation, eps=1.0, norm="l2", epochs=3, batch_size=2),
    "deepfool": partial(universal_perturbation, eps=0.3, method="deepfool", epochs=2, batch_size=2),
    "deepfool l2": partial(
        universal_perturbation, eps=1.0, norm="l2", method="deepfool", epochs=2, batch_size=2
    ),
}
# Of dead ReLUs.
quiet = pytest.mark.filterwarnings("ignore:net.x.. the gradient")
every_method = pytest.mark.parametrize("attack", METHODS.values(), ids=METHODS)


@quiet
@every_method
@given(case=cases(dtypes=("float32", "float64")), high=st.sampled_from([1.0, 1.2]))
def test_all_inputs_get_the_same_change_within_the_ball_and_the_bounds(attack, case, high):
    net, x, _ = case
    trace = attack(net, x, bounds=(-1.0, high), frames=True)
    v = trace.universal
    assert v.shape == x.shape[1:]
    assert v.dtype == trace.x.dtype == x.dtype
    size = norms.l2 if attack.keywords.get("norm") == "l2" else norms.linf
    eps = attack.keywords["eps"]
    assert size(v[None])[0] <= eps * (1 + 8 * np.finfo(x.dtype).eps)  # The rounding of a length.
    assert np.array_equal(trace.x, (x + v).clip(-1, np.asarray(high, x.dtype)))
    for frame in trace.frames:
        assert frame.min() >= -1
        assert frame.max() <= np.asarray(high, x.dtype)
        # The change is added and taken away again.
        assert (size(frame - x) <= eps + 8 * np.finfo(x.dtype).eps).all()


@quiet
@every_method
@given(case=cases(), named=st.booleans())
def test_success_is_what_a_fresh_forward_pass_says(attack, case, named):
    net, x, target = case
    trace = attack(net, x, target if named else None)
    classes = target if named else ask(net, x).argmax(axis=1)
    assert np.array_equal(trace.success, ask(net, trace.x).argmax(axis=1) != classes)
    assert trace.fooling_rate == trace.success.mean()
    reasons = np.where(trace.success, "misclassified", "step limit")
    assert np.array_equal(trace.reason, reasons)
    # In float64, from a forward pass of two inputs at a time.
    np.testing.assert_allclose(trace.history[0], ask(net, x), rtol=0, atol=1e-12)
    np.testing.assert_allclose(trace.history[-1], ask(net, trace.x), rtol=0, atol=1e-12)


def direction(net, x, classes):
    """Of ∂L/∂x / (1 − p_c): the mean over the inputs."""
    rows = np.arange(len(x))
    net.eval()
    t = Tensor(x)
    s = net(t)
    others = s.data.copy()
    others[rows, classes] = -np.inf
    weights = softmax_of(others)
    weights[rows, classes] = -1
    return grad(s, t, seed=weights).data.mean(axis=0)


@quiet
@given(case=cases(), norm=st.sampled_from(["linf", "l2"]), decay=st.sampled_from([0.0, 0.9]))
def test_ascent_goes_up_the_mean_loss_of_each_batch_with_momentum(case, norm, decay):
    net, x, classes = case
    trace = universal_perturbation(
        net, x, classes, eps=0.4, norm=norm, epochs=3, step_size=0.1, decay=decay, batch_size=2,
        bounds=(-1.0, 1.0), rng=5,
    )  # fmt: skip
    rng, v, m = np.random.default_rng(5), np.zeros(x.shape[1:]), 0.0
    for _ in range(trace.steps[0]):
        order = rng.permutation(len(x))
        for rows in (order[i : i + 2] for i in range(0, len(x), 2)):
            g = direction(net, (x[rows] + v).clip(-1, 1), classes[rows])
            m = decay * m + g / max(abs(g).sum(), 1e-300)
            v = v + 0.1 * (np.sign(m) if norm == "linf" else norms.unit(m[None])[0])
            v = v.clip(-0.4, 0.4) if norm == "linf" else v / max(np.linalg.norm(v) / 0.4, 1)
    np.testing.assert_allclose(trace.universal, v, rtol=0, atol=1e-9)


@quiet
@given(case=cases(), epochs=st.integers(1, 3))
def test_deepfool_one_by_one_is_the_algorithm_of_the_paper(case, epochs):
    net, x, _ = case
    trace = universal_perturbation(
        net, x, eps=0.2, method="deepfool", epochs=epochs, batch_size=1, bounds=None, rng=5
    )
    rng, v, own = np.random.default_rng(5), np.zeros_like(x[:1]), ask(net, x).argmax(axis=1)
    for _ in range(epochs):
        for i in rng.permutation(len(x)):
            moved = x[i : i + 1] + v
            if ask(net, moved).argmax() == own[i]:
                v = (v + deepfool(net, moved, bounds=None).perturbation).clip(-0.2, 0.2)
        if (ask(net, x + v).argmax(axis=1) != own).all():
            break
    # The steps of DeepFool, in the rounding of another batch.
    np.testing.assert_allclose(trace.universal, v[0], rtol=0, atol=1e-7)


@pytest.mark.parametrize("method", ["ascent", "deepfool"])
def test_of_a_linear_net_it_is_the_normal_of_the_boundary_and_fools_unseen_inputs(method):
    w = np.array([[0.0, 0.0, 0.0], [3.0, -2.0, 1.0]])
    net = affine(w, np.array([1.0, 0.0]))
    rng = np.random.default_rng(0)
    x, unseen = rng.uniform(-0.3, 0.0, (2, 20, 3)) * np.sign(w[1])  # All far on the side of 0.
    trace = universal_perturbation(net, x, eps=2.0, norm="l2", method=method, bounds=None)
    assert trace.fooling_rate == 1
    cosine = trace.universal @ w[1] / np.linalg.norm(trace.universal) / np.linalg.norm(w[1])
    assert cosine == pytest.approx(1, abs=1e-9)
    assert (ask(net, unseen + trace.universal).argmax(axis=1) == 1).mean() >= 0.9


@every_method
def test_an_epoch_that_fools_enough_is_the_last(attack):
    net = affine([[0.0, 0.0], [1.0, 1.0]], np.array([0.1, 0.0]))
    x = np.array([[0.0, 0.0], [0.02, 0.0], [-5.0, -5.0]])  # The last is too far away.
    how = {"bounds": None, "epochs": 6, "fooling_rate": 0.6, "frames": True}
    trace = attack(net, x, **{**how})
    rates = (trace.history.argmax(axis=2) != 0).mean(axis=1)
    assert rates[-1] >= 0.6
    assert (rates[1:-1] < 0.6).all()
    assert trace.steps.tolist() == [len(rates) - 1] * 3
    assert trace.steps[0] < 6
    assert trace.frames.shape == (len(rates), 3, 2)
    assert attack(net, x, **{**how, "fooling_rate": 0.9}).steps[0] == 6


@every_method
def test_the_seed_determines_the_result(attack):
    net = ConvNet()
    x = inputs_for(net, 9)
    a, b, other = (attack(net, x, rng=rng) for rng in (3, np.random.default_rng(3), 4))
    assert np.array_equal(a.universal, b.universal)
    assert not np.array_equal(a.universal, other.universal)


@every_method
def test_no_forward_pass_has_more_inputs_than_a_batch_and_nothing_is_changed(attack):
    net = ConvNet()
    x = inputs_for(net, 5)
    before, sizes, forward = x.copy(), [], net.forward

    def noted(x, *weights):
        sizes.append(len(x.data))
        return forward(x, *weights)

    net.forward = noted
    attack(net, x)
    assert max(sizes) == 2
    assert np.array_equal(x, before)
    assert net.training


def test_each_colour_can_have_a_radius_of_its_own():
    net = ConvNet()
    eps = np.array([0.05, 0.0]).reshape(2, 1, 1)
    trace = universal_perturbation(net, inputs_for(net, 3), eps=eps, epochs=20)
    assert abs(trace.universal[0]).max() == pytest.approx(0.05, abs=1e-12)
    assert not trace.universal[1].any()


@pytest.mark.parametrize("method", ["ascent", "deepfool"])
def test_ctrl_c_returns_what_was_reached(method):
    pressed = []

    class Pressed(MLP):
        calls = 0

        def __call__(self, x):
            self.calls += 1
            if self.calls == 8:
                pressed.append(1)
                raise KeyboardInterrupt
            return super().__call__(x)

    net = Pressed()
    x = inputs_for(net, 4)
    trace = universal_perturbation(
        net, x, eps=1e-3, method=method, batch_size=2, epochs=9, frames=True
    )
    assert pressed == [1]
    assert set(trace.reason) == {"interrupted"}
    assert np.array_equal(trace.x, (x + trace.universal).clip(-1, 1))
    assert trace.universal.any()
    assert len(trace.history) == trace.steps[0] + 1
    np.testing.assert_allclose(trace.history[-1], ask(net, trace.x), rtol=0, atol=1e-12)
    assert np.array_equal(trace.frames[-1], trace.x)


@every_method
def test_a_gradient_of_zero_is_warned_of(attack):
    def net(x):
        return relu(x - 9) * np.array([0.0, 1.0]) + np.array([0.1, 0.0])

    with pytest.warns(UserWarning, match="0 everywhere"):
        trace = attack(net, np.zeros((3, 1)))
    assert not trace.universal.any()
    assert not trace.success.any()


def test_ctrl_c_before_anything_moved_is_no_gradient_of_zero(recwarn):
    net = MLP()
    x, forward, calls = inputs_for(net, 2), net.forward, []

    def pressed(*args):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return forward(*args)

    net.forward = pressed
    trace = universal_perturbation(net, x, eps=0.1)
    assert trace.reason.tolist() == ["interrupted"] * 2
    assert not recwarn.list


def test_progress_shows_a_bar_with_the_rate(capsys):
    net = MLP()
    universal_perturbation(net, inputs_for(net, 3), eps=1e-9, progress=True)
    assert "0% misclassified" in capsys.readouterr().err
    universal_perturbation(net, inputs_for(net, 3), eps=1e-9)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"eps": -1}, "eps: expected a number > 0, got -1"),
        ({"norm": "l1"}, "norm: expected one of linf, l2"),
        ({"method": "sgd"}, 'method: expected "ascent" or "deepfool", got \'sgd\''),
        ({"epochs": 0}, "epochs: expected a whole number >= 1, got 0"),
        ({"fooling_rate": 1.5}, "fooling_rate: expected a number from 0 to 1, got 1.5"),
        ({"step_size": 0}, "step_size: expected a number > 0, got 0"),
        ({"decay": -1}, "decay: expected a number >= 0, got -1"),
        ({"batch_size": 0}, "batch_size: expected a whole number >= 1, got 0"),
        ({"bounds": (0.0, 1.0)}, "beyond its bounds"),
        ({"rng": "a"}, "rng: expected a seed"),
        ({"target": [0]}, "target: "),
        ({"frames": -1}, "frames: "),
    ],
)
def test_bad_arguments_are_refused_by_name(settings, message):
    net = MLP()
    with pytest.raises(ValueError, match=message):
        universal_perturbation(net, inputs_for(net, 2), **{"eps": 0.1, **settings})
