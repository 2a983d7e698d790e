"""fgsm, pgd and momentum_fgsm: up the loss, within a ball and the bounds."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, cross_entropy, grad, relu
from techniques import fgsm, momentum_fgsm, norms, pgd

from .small_nets import MLP, ConvNet, affine, ask, cases, inputs_for, softmax_of

ATTACKS = {
    "fgsm": partial(fgsm, eps=0.2),
    "fgsm l2": partial(fgsm, eps=0.5, norm="l2"),
    "pgd": partial(pgd, eps=0.2, steps=6),
    "pgd l2": partial(pgd, eps=0.5, norm="l2", steps=6),
    "pgd restarts": partial(pgd, eps=0.1, steps=3, restarts=3),
    "basic iterative": partial(pgd, eps=0.2, steps=6, random_start=False),
    "momentum": partial(momentum_fgsm, eps=0.2, steps=6),
    "momentum l2": partial(momentum_fgsm, eps=0.5, norm="l2", steps=6),
}
every_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
both_ways = given(case=cases(), targeted=st.booleans())
# Of an input that is at its target, and of dead ReLUs.
quiet = pytest.mark.filterwarnings("ignore:target. inputs", "ignore:net.x.. the gradient")


def radius(attack):
    """The size that the norm of the attack gives to changes, and the largest that it allows."""
    how = attack.keywords
    return (norms.l2 if how.get("norm") == "l2" else norms.linf), how["eps"]


def loss_gradients(net, x, classes):
    if hasattr(net, "eval"):
        net.eval()
    t = Tensor(x)
    return grad(cross_entropy(net(t), np.asarray(classes), reduction="sum"), t).data


def met(scores, classes, targeted):
    return (scores.argmax(axis=1) == classes) == targeted


@quiet
@every_attack
@both_ways
def test_success_is_what_a_fresh_forward_pass_says(attack, case, targeted):
    net, x, classes = case
    trace = attack(net, x, classes, targeted=targeted)
    assert np.array_equal(trace.success, met(ask(net, trace.x), classes, targeted))
    reason = "target reached" if targeted else "misclassified"
    assert trace.reason.tolist() == [reason if ok else "step limit" for ok in trace.success]
    assert np.array_equal(trace.steps == 0, met(ask(net, x), classes, targeted))


@quiet
@every_attack
@given(case=cases(dtypes=("float32", "float64")), high=st.sampled_from([1.0, 1.1, 3.0]))
def test_the_ball_and_the_bounds_are_never_left(attack, case, high):
    net, x, classes = case
    trace = attack(net, x, classes, bounds=(-1.0, high), frames=True)
    size, eps = radius(attack)
    rounding = 8 * np.finfo(x.dtype).eps  # Of start + change, a few units in the last place of 1.
    for frame in (*trace.frames, trace.x):
        assert (size(frame - x) <= eps + rounding).all()
        assert frame.min() >= -1
        assert frame.max() <= np.asarray(high, x.dtype)
    assert trace.x.dtype == x.dtype


@quiet
@every_attack
@both_ways
def test_a_batch_gives_what_its_images_give_one_at_a_time(attack, case, targeted):
    net, x, classes = case
    whole = attack(net, x, classes, targeted=targeted)
    for n in range(len(x)):
        alone = attack(net, x[n : n + 1], int(classes[n]), targeted=targeted)
        assert alone.steps == whole.steps[n]
        assert alone.reason == whole.reason[n]
        # The direction of a step is that of a gradient with another rounding.
        np.testing.assert_allclose(alone.x[0], whole.x[n], rtol=0, atol=1e-9)


@quiet
@every_attack
@both_ways
def test_a_finished_sample_never_changes_again(attack, case, targeted):
    net, x, classes = case
    trace = attack(net, x, classes, targeted=targeted, frames=True)
    for n, taken in enumerate(trace.steps):
        there = met(trace.history[:, n], classes[n], targeted)
        assert not there[:taken].any()
        assert there[taken] == trace.success[n]
        assert (trace.frames[taken:, n] == trace.x[n]).all()


@quiet
@every_attack
def test_without_a_target_the_class_that_the_net_sees_is_left(attack):
    net = MLP()
    x = inputs_for(net, 5)
    seen = ask(net, x).argmax(axis=1)
    plain, named = attack(net, x), attack(net, x, seen)
    assert (plain.steps > 0).all()
    assert np.array_equal(plain.x, named.x)


@quiet
@every_attack
def test_of_two_classes_to_leave_one_is_to_reach_the_other(attack):
    net = affine([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]])
    x = np.random.default_rng(0).uniform(-1, 1, (4, 3))
    seen = ask(net, x).argmax(axis=1)
    left, reached = attack(net, x, seen), attack(net, x, 1 - seen, targeted=True)
    # The two gradients are the same, in another order of summation.
    np.testing.assert_allclose(left.x, reached.x, rtol=0, atol=1e-12)
    assert np.array_equal(left.success, reached.success)


@given(cases(), st.booleans(), st.floats(0.01, 1))
@quiet
def test_fgsm_is_one_step_by_the_sign_of_the_gradient(case, targeted, eps):
    net, x, classes = case
    trace = fgsm(net, x, classes, eps=eps, targeted=targeted)
    g = loss_gradients(net, x, classes) * (-1 if targeted else 1)
    moved = ~met(ask(net, x), classes, targeted)
    clear = (abs(g) > 1e-12) | (g == 0)  # The sign of less is a matter of rounding.
    expected = np.where(moved.reshape(-1, *[1] * (x.ndim - 1)), x + eps * np.sign(g), x)
    np.testing.assert_allclose(trace.x[clear], expected.clip(-1, 1)[clear], rtol=0, atol=1e-14)


@quiet
@given(cases(), st.floats(0.01, 1))
def test_a_step_of_pgd_l2_has_the_length_step_size(case, step_size):
    """Well within the ball: no sign steps, as the "L2" of some is."""
    net, x, classes = case
    trace = pgd(
        net, x, classes, eps=100.0, norm="l2", step_size=step_size, steps=4, random_start=False,
        bounds=None, frames=True,
    )  # fmt: skip
    for step, (a, b) in enumerate(zip(trace.frames, trace.frames[1:], strict=False)):
        g = norms.unit(loss_gradients(net, a, classes))
        going = trace.steps > step
        # Another rounding of a gradient, divided by its length, which may be small.
        np.testing.assert_allclose((b - a)[going], step_size * g[going], rtol=0, atol=1e-9)


@quiet
@given(cases(), st.floats(0, 2), st.sampled_from(["linf", "l2"]))
def test_momentum_adds_up_the_gradients_of_the_way(case, decay, norm):
    net, x, classes = case
    trace = momentum_fgsm(
        net, x, classes, eps=100.0, norm=norm, step_size=0.1, steps=4, decay=decay, bounds=None,
        frames=True,
    )  # fmt: skip
    m = np.zeros_like(x)
    for step, (a, b) in enumerate(zip(trace.frames, trace.frames[1:], strict=False)):
        g = loss_gradients(net, a, classes)
        total = abs(g).reshape(len(g), -1).sum(axis=1)
        m = decay * m + g / np.where(total == 0, 1, total).reshape(-1, *[1] * (x.ndim - 1))
        going = (trace.steps > step).reshape(-1, *[1] * (x.ndim - 1)) & (
            (abs(m) > 1e-9) | (m == 0) | (norm == "l2")
        )
        going = np.broadcast_to(going, x.shape)
        direction = np.sign(m) if norm == "linf" else norms.unit(m)
        np.testing.assert_allclose((b - a)[going], 0.1 * direction[going], rtol=0, atol=1e-9)


@quiet
@given(cases())
def test_momentum_that_decays_at_once_is_the_basic_iterative_method(case):
    net, x, classes = case
    how = {"eps": 0.3, "steps": 5, "step_size": 0.1}
    plain = pgd(net, x, classes, random_start=False, **how)
    assert np.array_equal(momentum_fgsm(net, x, classes, decay=0.0, **how).x, plain.x)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_steps_of_pgd_reach_across_the_ball(norm):
    """2.5 ε in all, so from anywhere in it to its other side."""
    net = affine([[0.0], [1.0]], np.array([1e3, 0.0]))  # Never seen as 1.
    for seed in range(10):
        trace = pgd(net, np.zeros((1, 1)), 0, eps=0.5, norm=norm, steps=7, rng=seed)
        np.testing.assert_allclose(trace.x, 0.5, rtol=1e-12)


@quiet
@given(case=cases(), seed=st.integers(0, 99), more=st.integers(2, 4))
def test_restarts_only_add_successes_and_leave_those_that_were_there(case, seed, more):
    net, x, classes = case
    how = {"eps": 0.05, "steps": 3, "rng": seed}
    once, again = pgd(net, x, classes, **how), pgd(net, x, classes, restarts=more, **how)
    assert np.array_equal(again.x[once.success], once.x[once.success])
    assert again.success[once.success].all()
    assert (again.steps[~again.success] == more * 4).all()


def test_a_restart_begins_at_another_point_of_the_ball():
    """The class changes only to the left of −0.9, and the slope leads to the right of 0."""

    def net(x):
        far = 1e3 * (abs(x + 0.95) - 0.05)
        return far * np.array([1.0, 0.0]) * (x.data < -0.9) + np.array([1.0, 0.0]) * (x + 2)

    x = np.zeros((1, 1))
    once = pgd(net, x, 0, eps=1.0, steps=1, step_size=1e-3)
    assert not once.success.any()
    many = pgd(net, x, 0, eps=1.0, steps=1, step_size=1e-3, restarts=100, frames=True)
    assert many.success.all()
    assert many.steps > 2
    jumps = many.frames[1 : many.steps[0] : 2, 0, 0]
    assert len(set(jumps.tolist())) == len(jumps) > 1


@quiet
@given(cases(), st.integers(0, 99))
def test_the_seed_determines_the_random_start(case, seed):
    net, x, _ = case
    seen = ask(net, x).argmax(axis=1)
    a, b, other = (
        pgd(net, x, seen, eps=0.1, steps=2, step_size=0.01, rng=rng)
        for rng in (seed, np.random.default_rng(seed), seed + 100)
    )
    assert np.array_equal(a.x, b.x)
    assert not np.array_equal(a.x, other.x)


@pytest.mark.parametrize("scale", [61, 1e4])
def test_a_gradient_is_not_too_small_to_count(scale):
    """Where float32 rounds the softmax to 1, or to 1 and 0, so that the loss has no gradient."""
    net = affine(scale * np.array([[2.0, 0.5], [0.0, 1.0]]))
    x = np.array([[1.0, 0.0]], "float32")
    assert softmax_of(ask(net, x))[0, 0] == 1
    for norm in ("linf", "l2"):
        direction = norms.unit if norm == "l2" else np.sign
        trace = fgsm(net, x, 0, eps=0.1, norm=norm)
        expected = 0.1 * direction(np.array([[-2.0, 0.5]]))
        np.testing.assert_allclose(trace.perturbation, expected, rtol=1e-6)
        assert pgd(net, x, 0, eps=1.0, norm=norm).success.all()


@every_attack
def test_a_gradient_of_zero_is_warned_of(attack):
    def net(x):  # Says 0 up to 2, where its ReLU begins.
        return relu(x - 2) * np.array([0.0, 1.0]) + np.array([0.1, 0.0])

    x = np.array([[0.0], [2.05]])
    with pytest.warns(UserWarning, match=r"gradient of the loss was 0 everywhere at inputs \[0\]"):
        trace = attack(net, x, 0, bounds=None)
    assert trace.success.tolist() == [False, True]


@every_attack
def test_a_target_that_is_reached_already_is_warned_of(attack):
    net = affine(np.eye(3))
    x = np.array([[0.1, 0.0, 0.0], [0.0, 0.1, 0.0]])
    with pytest.warns(UserWarning, match=r"target: inputs \[1\] are there already"):
        trace = attack(net, x, 1, targeted=True)
    assert trace.success.all()
    assert (trace.steps > 0).tolist() == [True, False]


@quiet
@given(case=cases(), targeted=st.booleans(), confidence=st.sampled_from([0.0, 0.4, 0.9]))
def test_a_confidence_is_the_probability_of_what_is_wanted(case, targeted, confidence):
    net, x, classes = case
    for attack in (partial(pgd, steps=9), momentum_fgsm):
        trace = attack(net, x, classes, eps=0.5, targeted=targeted, confidence=confidence)
        p = softmax_of(ask(net, trace.x))[np.arange(len(x)), classes]
        assert np.array_equal(trace.success, (p if targeted else 1 - p) >= confidence)
        assert set(trace.reason) <= {"confidence reached", "step limit"}


@quiet
@given(cases())
def test_with_a_confidence_of_1_all_steps_are_taken(case):
    net, x, classes = case
    trace = pgd(net, x, classes, eps=0.1, steps=5, confidence=1.0)
    assert trace.steps.tolist() == [6] * len(x)


def test_each_colour_can_have_a_radius_of_its_own():
    net = ConvNet()
    x = 0.5 * inputs_for(net, 3)
    eps = np.array([0.05, 0.0]).reshape(2, 1, 1)
    for attack in (fgsm, pgd, momentum_fgsm):
        change = abs(attack(net, x, eps=eps).perturbation).max(axis=(0, 2, 3))
        assert not change[1]
        # start + ε − start.
        np.testing.assert_allclose(change[0], 0.05, rtol=1e-12)


def test_ctrl_c_returns_what_was_reached():
    calls = []

    def net(x):
        calls.append(len(x.data))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return affine([[0.0, 0.0], [1.0, 1.0]], np.array([9.0, 0.0]))(x)

    x = np.zeros((2, 2))
    x[1] = 9.0
    trace = pgd(net, x, 0, eps=5.0, step_size=0.1, random_start=False, bounds=None, frames=True)
    assert trace.reason.tolist() == ["interrupted", "misclassified"]
    assert trace.success.tolist() == [False, True]
    # Two at first, both again as one is done, one after a step, and after another one Ctrl-C.
    assert trace.steps.tolist() == [2, 0]
    assert trace.history.shape == (3, 2, 2)
    np.testing.assert_allclose(trace.x[0], 0.2, rtol=1e-12)
    assert np.array_equal(trace.frames[-1], trace.x)


def test_ctrl_c_before_anything_was_reached_is_ctrl_c():
    def net(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pgd(net, np.zeros((1, 2)), eps=1.0)


def test_progress_shows_a_bar_that_says_how_many_are_done(capsys):
    net = MLP()
    pgd(net, inputs_for(net, 2), eps=1e-6, progress=True)
    shown = capsys.readouterr().err
    assert "steps" in shown
    assert "0 of 2 done" in shown
    pgd(net, inputs_for(net, 2), eps=1e-6)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("attack", "settings", "message"),
    [
        (pgd, {"eps": -0.1}, "eps: expected a number > 0, got -0.1"),
        (fgsm, {"eps": -0.1}, "eps: expected a number > 0, got -0.1"),
        (momentum_fgsm, {"eps": 0}, "eps: expected a number > 0, got 0"),
        (pgd, {"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        (momentum_fgsm, {"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        (pgd, {"step_size": 0}, "step_size: expected a number > 0, got 0"),
        (momentum_fgsm, {"step_size": -1.0}, "step_size: expected a number > 0"),
        (pgd, {"step_size": np.ones(7), "norm": "l2"}, "step_size: expected a number with norm="),
        (momentum_fgsm, {"decay": -0.5}, "decay: expected a number >= 0, got -0.5"),
        (pgd, {"restarts": 0}, "restarts: expected a whole number >= 1, got 0"),
        (pgd, {"restarts": 2, "random_start": False}, "restarts: they need random_start=True"),
        (pgd, {"random_start": 1}, "random_start: expected True or False, got 1"),
        (pgd, {"rng": -1}, "rng: expected a seed"),
        (pgd, {"norm": "l1"}, "norm: expected one of linf, l2"),
        (fgsm, {"norm": 2}, "norm: expected one of linf, l2"),
        (pgd, {"targeted": True}, "target: expected the class to reach"),
        (fgsm, {"targeted": "yes"}, "targeted: expected True or False"),
        (pgd, {"target": 4}, "there are 4 classes"),
        (pgd, {"target": [0]}, "target: "),
        (pgd, {"bounds": (0.0, 1.0)}, "beyond its bounds"),
        (momentum_fgsm, {"bounds": (0.0, 1.0)}, "beyond its bounds"),
        (pgd, {"confidence": 2}, "confidence: "),
        (pgd, {"frames": -1}, "frames: "),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(attack, settings, message):
    net = MLP()
    with pytest.raises(ValueError, match=message):
        attack(net, inputs_for(net, 2), **{"eps": 0.1, **settings})


@pytest.mark.parametrize("attack", [fgsm, pgd, momentum_fgsm])
def test_a_net_that_does_not_depend_on_its_input_is_refused(attack):
    with pytest.raises(ValueError, match="the scores are not computed"):
        attack(lambda x: Tensor(np.eye(2)), np.zeros((2, 3)), eps=0.1)


@pytest.mark.parametrize("attack", [fgsm, pgd, momentum_fgsm])
@pytest.mark.parametrize(
    "bad", [[[1.0]], np.zeros(3), np.full((1, 7), np.nan), np.zeros((1, 7), int)]
)
def test_what_is_no_batch_of_floats_is_refused(attack, bad):
    with pytest.raises((TypeError, ValueError), match="x: "):
        attack(MLP(), bad, eps=0.1)
