"""Training: what `fit` does to a net, what it reports, and that it can be stopped and resumed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor, cross_entropy, no_grad
from nets import (
    SGD,
    Adam,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    History,
    Linear,
    Module,
    ReLU,
    Sequential,
    evaluate,
    fit,
    load_weights,
    save_weights,
)


def samples(n=40, seed=0):
    """Two classes of 4×4 images: the left half is brighter than the right, or darker."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 1, 4, 4)).astype(np.float32)
    Y = rng.integers(0, 2, n)
    X[:, :, :, :2] += np.where(Y == 0, 1, -1)[:, None, None, None]
    return X, Y


def small_net(seed=0):
    """A net with parameters, buffers and random numbers of its own."""
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 3, 3, rng=rng),
        BatchNorm2d(3),
        ReLU(),
        Flatten(),
        Dropout(0.2, rng=rng),
        Linear(12, 2, rng=rng),
    )


def linear_net(seed=0):
    return Sequential(Flatten(), Linear(16, 2, rng=seed))


def same(net, other):
    state, other = net.state_dict(), other.state_dict()
    return list(state) == list(other) and all(np.array_equal(state[k], other[k]) for k in state)


def quick(net, data=None, **settings):
    """fit without a bar, and with settings that most tests here do not mind."""
    usual = {"epochs": 2, "batch_size": 16, "decay": False, "progress": False}
    if "optimizer" not in settings:
        usual["lr"] = 0.1
    return fit(net, samples() if data is None else data, **{**usual, **settings})


class Interrupt:
    """A loss during whose n-th computation somebody presses Ctrl-C."""

    def __init__(self, n):
        self.left = n

    def __call__(self, scores, labels):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return cross_entropy(scores, labels)


class Spy(Module):
    """A net that notes the first pixel of each sample that it is trained on."""

    def __init__(self):
        self.net = linear_net()
        self.seen = []

    def forward(self, x):
        if self.training:
            self.seen += [*x[:, 0, 0, 0]]
        return self.net(x)


# What it does


def test_a_net_learns_what_can_be_learned():
    net = linear_net()
    assert evaluate(net, samples(200, seed=1)) < 0.9
    quick(net, samples(400), epochs=5)
    # The brightness of the halves differs by 2 ± 0.5: 4σ, so that one test sample of 30,000 fails.
    assert evaluate(net, samples(200, seed=1)) > 0.98


def test_an_epoch_shows_every_sample_once_and_in_a_new_order():
    net, (X, Y) = Spy(), samples(40)
    quick(net, (X, Y), epochs=3)
    epochs = np.reshape(net.seen, (3, 40))
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), np.sort(X[:, 0, 0, 0]))
    assert len(np.unique(epochs, axis=0)) == 3


def test_a_step_is_the_optimisers_step_down_the_mean_loss_of_the_batch():
    net, twin, (X, Y) = linear_net(), linear_net(), samples(16)
    quick(net, (X, Y), epochs=1, lr=0.3)
    cross_entropy(twin(X), Y).backward()
    for parameter, other in zip(net.parameters(), twin.parameters(), strict=True):
        # The same sum in another order: a few roundings of float32.
        np.testing.assert_allclose(
            parameter.data, other.data - 0.3 * other.grad.data, rtol=1e-5, atol=1e-6
        )


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    nets = [small_net() for _ in range(3)]
    for net, seed in zip(nets, (0, 0, 1), strict=True):
        quick(net, seed=seed)
    assert same(nets[0], nets[1])
    assert not same(nets[0], nets[2])


def test_float64_images_are_trained_on_in_the_precision_of_the_net():
    X, Y = samples()
    nets = linear_net(), linear_net()
    quick(nets[0], (X, Y))
    quick(nets[1], (X.astype(np.float64), Y.astype(np.uint8)))
    assert same(*nets)
    assert nets[1].parameters()[0].dtype == np.float32


def test_an_optimiser_given_is_used_and_lr_replaces_its_own():
    nets = linear_net(), linear_net(), linear_net()
    quick(nets[0], optimizer=Adam(nets[0].parameters(), lr=0.01))
    quick(nets[1], optimizer=Adam(nets[1].parameters(), lr=5), lr=0.01)
    quick(nets[2], lr=0.01)
    assert same(nets[0], nets[1])
    assert not same(nets[0], nets[2])


def test_with_decay_the_learning_rate_falls_in_a_straight_line_to_0_and_is_then_as_before():
    net, rates = linear_net(), []
    optimizer = SGD(net.parameters(), 0.6)
    step, optimizer.step = optimizer.step, lambda: (rates.append(optimizer.lr), step())
    quick(net, optimizer=optimizer, decay=True)
    np.testing.assert_allclose(rates, [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], rtol=1e-12)  # Rounding.
    assert optimizer.lr == 0.6


def test_a_parameter_that_a_batch_does_not_use_is_not_moved_by_an_old_gradient():
    class Fickle(Module):
        def __init__(self):
            self.net = linear_net()
            self.scale = Tensor(np.ones((), np.float32))
            self.scales = []

        def forward(self, x):
            self.scales += [self.scale.data.item()] if self.training else []
            return self.net(x) * self.scale if len(self.scales) == 1 else self.net(x)

    net = Fickle()
    quick(net)
    assert net.scales[0] != net.scales[1]
    assert set(net.scales[1:]) == {net.scale.data.item()}


def test_training_mode_reigns_during_fit_and_afterwards_each_modules_own():
    net = Sequential(Spy(), BatchNorm2d(2).eval()).eval()
    quick(net)
    assert len(net[0].seen) == 80
    assert net[1].num_batches_tracked == 6
    assert not any(module.training for _, module in net.named_modules())


# What it reports


def test_the_history_has_the_losses_and_accuracies_as_the_net_saw_the_samples():
    net, scores, labels = linear_net(), [], []

    def noted_loss(s, y):
        scores.append(s.data)
        labels.append(y)
        return cross_entropy(s, y)

    history = quick(net, loss=noted_loss, validation=samples(30, seed=1))
    assert isinstance(history, History)
    losses = [cross_entropy(Tensor(s), y).item() for s, y in zip(scores, labels, strict=True)]
    assert history.step_loss == losses
    for epoch in (0, 1):
        steps = slice(3 * epoch, 3 * epoch + 3)  # 16 + 16 + 8 samples.
        mean = np.average(losses[steps], weights=[16, 16, 8])
        assert history.loss[epoch] == pytest.approx(mean, rel=1e-12)  # Rounding of float64.
        hits = np.concatenate(scores[steps]).argmax(axis=1) == np.concatenate(labels[steps])
        assert history.accuracy[epoch] == hits.mean()
    assert len(history.step_loss) == 6
    assert history.validation_accuracy[-1] == evaluate(net, samples(30, seed=1))
    assert history.seconds > 0
    assert not history.interrupted


def test_the_bar_shows_epoch_loss_and_accuracies_and_can_be_switched_off(capsys):
    history = quick(linear_net(), progress=True, validation=samples(30))
    shown = capsys.readouterr().err
    for part in [
        "epoch 1/2",
        "epoch 2/2",
        "3/3",
        f"validation {history.validation_accuracy[1]:.2%}",
    ]:
        assert part in shown
    assert f"loss {history.loss[1]:.4f}, accuracy {history.accuracy[1]:.2%}" in shown
    quick(linear_net(), progress=False)
    assert capsys.readouterr().err == ""


# Validation


@given(seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_with_validation_the_net_ends_as_it_was_in_its_best_epoch(seed):
    X, Y = samples(30, seed=seed)
    wrong = np.where(np.arange(30) < 15, Y, 1 - Y)  # So that learning more is not always better.
    net, twin = small_net(), small_net()
    history = quick(net, epochs=4, lr=0.5, validation=(X, wrong))
    best = history.best_epoch
    assert best == 1 + history.validation_accuracy.index(max(history.validation_accuracy))
    quick(twin, epochs=best, lr=0.5)
    assert same(net, twin)
    assert evaluate(net, (X, wrong)) == max(history.validation_accuracy)


def test_without_validation_there_is_no_best_epoch_and_the_last_weights_stay():
    assert quick(small_net()).best_epoch is None


# Stopping and resuming


def test_ctrl_c_in_an_epoch_keeps_what_was_learned_and_says_so():
    net, press = small_net(), Interrupt(6)
    states = []

    def noted_loss(scores, labels):
        states.append(net.state_dict())
        return press(scores, labels)

    history = quick(net, epochs=9, loss=noted_loss)
    assert history.interrupted
    assert len(history.step_loss) == 5
    assert len(history.loss) == len(history.accuracy) == 2
    # The epoch's three batches have 16, 16 and 8 samples; two of them were done.
    assert history.loss[1] == pytest.approx(np.mean(history.step_loss[3:]), rel=1e-12)
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, states[-1][name])
    assert not np.array_equal(states[-1]["5.weight"], states[3]["5.weight"])
    assert all(module.training for _, module in net.named_modules())


def test_ctrl_c_measures_what_was_done_of_the_epoch_and_keeps_the_best():
    net, other = small_net(), samples(30, seed=1)
    history = quick(net, epochs=9, loss=Interrupt(6), validation=other)
    assert len(history.validation_accuracy) == 2
    assert evaluate(net, other) == max(history.validation_accuracy)


def test_ctrl_c_at_the_first_step_gives_an_empty_history_and_an_untouched_net():
    net = linear_net()
    history = quick(net, loss=Interrupt(1))
    assert history == History(interrupted=True)
    assert same(net, linear_net())


def test_ctrl_c_between_epochs_does_not_count_an_epoch_twice(tmp_path, monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nets.train.save_checkpoint", press)
    history = quick(linear_net(), checkpoint=tmp_path / "run.npz")
    assert history.interrupted
    assert len(history.loss) == 1


OPTIMIZERS = {
    "SGD": lambda net: SGD(net.parameters(), 0.1),
    "momentum": lambda net: SGD(net.parameters(), 0.1, momentum=0.9, nesterov=True),
    "Adam": lambda net: Adam(net.parameters(), 0.01),
}


def events(history):
    return {name: value for name, value in vars(history).items() if name != "seconds"}


@given(
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    stop=st.integers(1, 12),
    validation=st.booleans(),
    decay=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_a_training_that_was_stopped_anywhere_and_resumed_gives_the_bits_of_one_that_was_not(
    optimizer, stop, validation, decay, seed, tmp_path_factory
):
    path = tmp_path_factory.mktemp("run") / "run.npz"
    settings = {
        "epochs": 4,
        "seed": seed,
        "decay": decay,
        "validation": samples(30, seed=1) if validation else None,
    }

    def train(net, **more):
        return quick(net, optimizer=OPTIMIZERS[optimizer](net), **settings, **more)

    straight = small_net()
    expected = train(straight)
    stopped = train(small_net(), checkpoint=path, loss=Interrupt(stop))
    assert stopped.interrupted
    # As a new process would: other first weights, other random numbers.
    resumed = small_net(seed=9)
    history = train(resumed, checkpoint=path) if path.exists() else None
    assert path.exists() == (stop > 3)  # After the first epoch's three steps.
    if history:
        assert same(resumed, straight)
        assert events(history) == events(expected)


def test_a_finished_training_can_be_given_more_epochs(tmp_path):
    path = tmp_path / "run.npz"
    straight, net, again = linear_net(), linear_net(), linear_net()
    quick(straight, epochs=3)
    quick(net, epochs=2, checkpoint=path)
    history = quick(again, epochs=2, checkpoint=path, loss=Interrupt(1))  # Nothing is left to do.
    assert not history.interrupted
    assert same(net, again)
    quick(net, epochs=3, checkpoint=path)
    assert same(net, straight)


def test_random_numbers_of_another_kind_are_resumed_too(tmp_path):
    path = tmp_path / "run.npz"
    nets = []
    for _ in range(3):
        rng = np.random.Generator(np.random.MT19937(5))  # Its state has an array in it.
        nets.append(Sequential(Flatten(), Dropout(rng=rng), Linear(16, 2, rng=0)))
    quick(nets[0], epochs=2)
    quick(nets[1], epochs=1, checkpoint=path)
    quick(nets[2], epochs=2, checkpoint=path)
    assert same(nets[0], nets[2])


def test_a_checkpoint_is_an_npz_of_numbers_and_no_other_file_is_left(tmp_path):
    path = tmp_path / "run.npz"
    net = small_net()
    quick(net, checkpoint=path, validation=samples(30))
    weights = load_weights(path)
    assert {name.partition("/")[0] for name in weights} == {"net", "best", "progress"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_of_another_training_is_refused_and_the_net_is_untouched(tmp_path):
    path = tmp_path / "run.npz"
    quick(linear_net(), checkpoint=path)
    net = linear_net(seed=1)
    for change in [
        {"batch_size": 8},
        {"data": samples(50)},
        {"optimizer": Adam(net.parameters(), 0.1)},
    ]:
        with pytest.raises(ValueError, match=r"run\.npz: .* belongs to another training"):
            quick(net, checkpoint=path, **change)
    for other, message in [
        (Sequential(Flatten(), Linear(16, 3)), r"misshapen: 1\.weight"),
        (Sequential(Flatten(), Linear(16, 2), Dropout()), "belongs to another training"),
    ]:
        before = other.state_dict()
        with pytest.raises(ValueError, match=message):
            quick(other, checkpoint=path)
        for name, array in other.state_dict().items():
            np.testing.assert_array_equal(array, before[name])
    save_weights(path, linear_net().state_dict())
    with pytest.raises(ValueError, match=r"run\.npz: not a checkpoint"):
        quick(net, checkpoint=path)
    assert same(net, linear_net(seed=1))


# What it refuses


X, Y = samples()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"data": (X, Y[:-1])}, ValueError, r"data: .* got \(40, 1, 4, 4\) and \(39,\)"),
        ({"data": (X[:0], Y[:0])}, ValueError, r"N >= 1, got \(0, 1, 4, 4\)"),
        ({"data": (X, Y[:, None])}, ValueError, r"and \(40, 1\)"),
        (
            {"data": (X, Y + 1)},
            ValueError,
            r"data: Y: the net knows the classes 0 to 1, got 1 to 2",
        ),
        ({"data": (X, Y - 1)}, ValueError, r"got -1 to 0"),
        ({"data": (X, Y.astype(float))}, TypeError, r"Y of integers, got float32, float64"),
        ({"data": ((X * 9).astype(np.uint8), Y)}, TypeError, r"X of floats .* got uint8"),
        ({"data": (X.tolist(), Y)}, TypeError, r"data: .* got list, int64"),
        ({"data": X}, TypeError, r"data: expected a pair of arrays \(X, Y\), got ndarray"),
        ({"data": (X[:, :, :3], Y)}, ValueError, r"linear: expected x"),
        ({"validation": (X, Y + 1)}, ValueError, r"validation: Y"),
        ({"validation": (X, Y[:-1])}, ValueError, r"validation: expected"),
        ({"epochs": 0}, ValueError, r"epochs: expected a whole number >= 1, got 0"),
        ({"epochs": 1.5}, ValueError, r"epochs: .* got 1\.5"),
        ({"batch_size": 0}, ValueError, r"batch_size: expected a whole number >= 1, got 0"),
        ({"lr": 0}, ValueError, r"lr: expected a number > 0, got 0"),
        ({"lr": -1.0}, ValueError, r"lr: .* got -1\.0"),
        ({"lr": math.nan}, ValueError, r"lr: .* got nan"),
        ({"lr": math.inf}, ValueError, r"lr: .* got inf"),
        ({"lr": None}, ValueError, r"lr: expected a learning rate, or an optimizer"),
        ({"optimizer": SGD([Tensor(1.0)], 1)}, ValueError, r"optimizer: it holds no parameter of"),
        ({"checkpoint": "run.pth"}, ValueError, r"run\.pth: .* ends in \.npz"),
        ({"checkpoint": "nowhere/run.npz"}, FileNotFoundError, r"there is no folder nowhere"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_changed(change, error, message):
    net = linear_net()
    with pytest.raises(error, match=message):
        quick(net, loss=Interrupt(1), **change)
    assert same(net, linear_net())


def test_a_net_that_gives_no_scores_is_refused():
    with pytest.raises(ValueError, match=r"gives scores \(N, K\), got \(1, 3, 2, 2\)"):
        quick(Sequential(Conv2d(1, 3, 3)))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_training_and_says_where(bad):
    net, calls = linear_net(), []

    def broken(scores, labels):
        calls.append(1)
        return cross_entropy(scores, labels) + (bad if len(calls) == 5 else 0)

    with pytest.raises(FloatingPointError, match=rf"epoch 2/9: the loss became {bad} at batch 2"):
        quick(net, epochs=9, loss=broken)
    assert len(calls) <= 6  # Not later than at the end of the epoch.
    assert net.training


# evaluate


def test_evaluate_is_the_share_of_hits_in_evaluation_mode_and_changes_nothing():
    net, (X, Y) = small_net(), samples(50)
    quick(net)
    before = net.state_dict()
    with no_grad(), net.in_mode(training=False):
        hits = (net(X).data.argmax(axis=1) == Y).mean()
    for batch_size in (1, 7, 50, 1000):
        accuracy = evaluate(net, (X, Y), batch_size=batch_size)
        assert type(accuracy) is float
        assert accuracy == hits
    assert net.training
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_to_evaluate_a_score_that_is_nan_is_no_hit():
    net = linear_net()
    X0, Y0 = X.copy(), np.zeros_like(Y)
    X0[::2] = np.nan
    found = evaluate(net, (X0[1::2], Y0[1::2])) * len(Y0[1::2])
    assert evaluate(net, (X0, Y0)) == found / len(Y0)
    assert evaluate(net, (X0[::2], Y0[::2])) == 0


def test_evaluate_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="data: Y: the net knows the classes 0 to 1"):
        evaluate(linear_net(), (X, Y + 1))
    with pytest.raises(ValueError, match="batch_size"):
        evaluate(linear_net(), (X, Y), batch_size=0)


def test_it_trains_inside_of_no_grad_too():
    net, twin = linear_net(), linear_net()
    quick(net, epochs=1)
    with no_grad():
        quick(twin, epochs=1)
    assert same(net, twin)
