"""Training on inputs that an adversary has moved: `fit(..., adversary=...)`."""

from functools import partial

import numpy as np
import pytest

from nets import Linear, Module, Sequential, evaluate, fit
from techniques import pgd

EPS = 0.2


def features(n, seed=0):
    """Two classes, told by a feature of size 1, 90 % right, and by 100 of size 0.1, all right."""
    rng = np.random.default_rng(seed)
    Y = rng.integers(0, 2, n)
    sign = (2 * Y - 1)[:, None]
    robust = np.where(rng.random((n, 1)) < 0.9, sign, -sign)
    brittle = 0.1 * sign + 0.02 * rng.standard_normal((n, 100))
    return np.concatenate([robust, brittle], axis=1).astype("float32"), Y


def trained(net=None, data=None, **settings):
    net = Sequential(Linear(101, 2, rng=0)) if net is None else net
    usual = {"epochs": 5, "batch_size": 20, "lr": 0.5, "progress": False}
    history = fit(net, features(400) if data is None else data, **{**usual, **settings})
    return net, history


def robust_accuracy(net, X, Y, eps):
    return 1 - pgd(net, X, Y, eps=eps, bounds=None).success.mean()


ADVERSARY = partial(pgd, eps=EPS, steps=3, confidence=1.0, bounds=None)


def test_it_makes_a_net_robust_that_would_lean_on_features_that_a_small_change_reverses():
    X, Y = features(400, seed=1)
    plain, _ = trained()
    robust, _ = trained(adversary=ADVERSARY)
    assert evaluate(plain, (X, Y)) > 0.99
    assert robust_accuracy(plain, X, Y, EPS) < 0.1
    # The large feature is right in 90 %, of which 400 samples show from 84 to 96 (four errors).
    assert evaluate(robust, (X, Y)) > 0.84
    assert robust_accuracy(robust, X, Y, EPS) > 0.84


def test_the_net_learns_from_what_the_adversary_returns_and_from_nothing_else():
    class Spy(Module):
        def __init__(self):
            self.net = Linear(101, 2, rng=0)
            self.seen = []

        def forward(self, x):
            if self.training:
                self.seen.append(x.data if hasattr(x, "data") else x)
            return self.net(x)

    moved, labels = [], []

    def adversary(net, x, y):
        moved.append(x + 7)
        labels.append(y)
        return moved[-1]

    X, Y = features(60)
    net, _ = trained(Spy(), (X, Y), epochs=2, adversary=adversary)
    assert len(moved) == 6
    assert all(np.array_equal(np.asarray(a), b) for a, b in zip(net.seen, moved, strict=True))
    for epoch in (slice(0, 3), slice(3, 6)):
        x, y = np.concatenate(moved[epoch]) - 7, np.concatenate(labels[epoch])
        order = [abs(X - row).sum(axis=1).argmin() for row in x]
        assert sorted(order) == list(range(60))
        assert np.array_equal(Y[order], y)


def test_an_adversary_that_moves_nothing_changes_nothing():
    (plain, history), (net, other) = trained(), trained(adversary=lambda net, x, y: x)
    assert all(np.array_equal(plain.state_dict()[k], v) for k, v in net.state_dict().items())
    assert history.step_loss == other.step_loss


def test_the_history_is_of_the_moved_samples_and_validation_is_not_moved():
    X, Y = features(400)
    net, history = trained(adversary=lambda net, x, y: 0 * x, validation=(X, Y), epochs=1)
    np.testing.assert_allclose(history.loss, np.log(2), rtol=0.05)  # It can but guess.
    assert history.validation_accuracy == [evaluate(net, (X, Y))]


def test_a_trace_serves_as_its_inputs_do():
    (one, _), (other, _) = (
        trained(adversary=adversary, epochs=1)
        for adversary in (ADVERSARY, lambda net, x, y: ADVERSARY(net, x, y).x)
    )
    assert all(np.array_equal(one.state_dict()[k], v) for k, v in other.state_dict().items())


def test_the_attack_leaves_the_net_in_training_mode():
    modes = []

    class Noted(Linear):
        def forward(self, x):
            modes.append(self.training)
            return super().forward(x)

    trained(Sequential(Noted(101, 2, rng=0)), features(20), adversary=ADVERSARY, epochs=1)
    # Its first sample is looked at; before the step and after each of 4; and then it learns.
    assert modes == [False, *[False] * 5, True]


def test_ctrl_c_during_an_attack_stops_the_training():
    calls = []

    class Pressed(Linear):
        def forward(self, x):
            calls.append(self.training)
            if len(calls) == 30:
                raise KeyboardInterrupt
            return super().forward(x)

    _, history = trained(Sequential(Pressed(101, 2, rng=0)), adversary=ADVERSARY)
    assert history.interrupted
    assert not any(calls[29:])  # It came during an attack, and nothing was learned after it.
    assert len(history.step_loss) == sum(calls)


def test_a_training_against_a_seeded_adversary_is_resumed_with_the_same_bits(tmp_path):
    straight, _ = trained(adversary=ADVERSARY, epochs=3, decay=False)
    for epochs in (1, 3):
        net, _ = trained(
            adversary=ADVERSARY, epochs=epochs, checkpoint=tmp_path / "run.npz", decay=False
        )
    assert all(np.array_equal(straight.state_dict()[k], v) for k, v in net.state_dict().items())


@pytest.mark.parametrize(
    ("adversary", "error", "message"),
    [
        (0.1, TypeError, r"adversary: expected a function of \(net, x, y\), got float"),
        (lambda net, x, y: None, TypeError, "adversary: expected it to return inputs, got NoneTyp"),
        (lambda net, x, y: x[:3], ValueError, r"adversary: expected inputs \(20, 101\) of float32"),
        (lambda net, x, y: x.astype("float64"), ValueError, r"got \(20, 101\) of float64"),
    ],
)
def test_what_is_no_adversary_is_refused(adversary, error, message):
    with pytest.raises(error, match=message):
        trained(adversary=adversary)
