"""Runs that end early, by fewer steps or by Ctrl-C: what they return, and how they go on."""

import numpy as np
import pytest

from autograd import to_device
from nets.layers import AdaptiveAvgPool2d, Conv2d, Flatten, Linear, ReLU, Sequential
from techniques import (
    activation_maximization,
    all_gradients,
    boundary_attack,
    carlini_wagner,
    class_visualization,
    deep_dream,
    deepfool,
    feature_inversion,
    fooling_image,
    fourier_image,
    jsma,
    meaningful_perturbation,
    momentum_fgsm,
    objectives,
    one_gradient,
    one_pixel,
    pgd,
    universal_perturbation,
)

from .. import strict
from .small_nets import ask

CLASSES, SHAPE = 4, (3, 7, 6)


class Interruptible(Sequential):
    """(N, 3, H, W) to (N, 4), in float64; it is interrupted when asked for the n-th time."""

    left = None

    def forward(self, x):
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return super().forward(x)


def net_of(left: int | None = None) -> Interruptible:
    rng = np.random.default_rng(3)
    net = Interruptible(
        *(Conv2d(3, 5, 3, padding=1, rng=rng), ReLU(), Conv2d(5, 6, 3, padding=1, rng=rng), ReLU()),
        *(AdaptiveAvgPool2d(1), Flatten(), Linear(6, CLASSES, rng=rng)),
    )
    for parameter in net.parameters():
        parameter.data = 3 * parameter.data.astype(float)
    net.left = left
    return net


X = np.random.default_rng(1).uniform(-0.9, 0.9, (3, *SHAPE))
SEEN = ask(net_of(), X).argmax(axis=1)
OTHER = (SEEN + 1) % CLASSES
IMAGE = fourier_image((2, *SHAPE), rng=4)
MASK = {"scale": 2, "smooth": 0.7, "blur": 1.5, "jitter": 2}

# A run of n steps, rounds, epochs or restarts, whatever the technique counts. In most no input is
# done before; in momentum_fgsm's they arrive after 0, 2 and 4 steps.
RUNS = {
    "all_gradients": lambda net, n, **how: all_gradients(net, X, OTHER, steps=n, lr=0.2, **how),
    "one_gradient": lambda net, n, **how: one_gradient(net, X, OTHER, k=3, steps=n, **how),
    "fooling_image": lambda net, n, **how: fooling_image(net, X, OTHER, steps=n, lr=0.1, **how),
    "pgd": lambda net, n, **how: pgd(
        net, X, OTHER, eps=0.2, steps=n, step_size=0.01, targeted=True, **how
    ),
    "pgd restarts": lambda net, n, **how: pgd(
        net, X, eps=0.01, steps=1, step_size=0.005, restarts=n, **how
    ),
    "momentum_fgsm": lambda net, n, **how: momentum_fgsm(
        net, X, eps=1.0, steps=n, step_size=0.05, confidence=0.6, **how
    ),
    "deepfool": lambda net, n, **how: deepfool(net, X, overshoot=0, steps=n, **how),
    "deepfool targeted": lambda net, n, **how: deepfool(
        net, X, OTHER, overshoot=0, steps=n, targeted=True, **how
    ),
    "jsma": lambda net, n, **how: jsma(net, X, OTHER, theta=0.1, gamma=2.01 * n / X[0].size, **how),
    "one_pixel": lambda net, n, **how: one_pixel(
        net, X, steps=n, population=8, confidence=0.99, **how
    ),
    "carlini_wagner": lambda net, n, **how: carlini_wagner(
        net, X, rounds=n, steps=12, lr=0.2, c=1.0, **how
    ),
    "boundary_attack": lambda net, n, **how: boundary_attack(net, X, steps=4 * n, **how),
    "universal ascent": lambda net, n, **how: universal_perturbation(
        net, X, eps=0.05, epochs=n, batch_size=1, **how
    ),
    "universal deepfool": lambda net, n, **how: universal_perturbation(
        net, X, eps=0.05, epochs=n, batch_size=2, method="deepfool", **how
    ),
    "class_visualization": lambda net, n, **how: class_visualization(
        net, X, OTHER, steps=n, lr=0.05, optimizer="adam", jitter=2, blur=0.5, blur_every=4, **how
    ),
    "activation_maximization": lambda net, n, **how: activation_maximization(
        net, objectives.channel("3", 1), IMAGE, steps=n, **how
    ),
    "deep_dream": lambda net, n, **how: deep_dream(
        net, X, layer="1", octaves=1, steps=n, jitter=2, **how
    ),
    "feature_inversion": lambda net, n, **how: feature_inversion(net, X, layer="1", steps=n, **how),
    "meaningful_perturbation": lambda net, n, **how: meaningful_perturbation(
        net, X, steps=n, **MASK, **how
    ),
}
every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)


def dream(net, steps, **how):
    """In three octaves, so that fewer steps are not the beginning of more."""
    return deep_dream(net, X, layer="1", octaves=3, steps=steps, jitter=2, **how)


quiet = pytest.mark.filterwarnings("ignore:net.x.. the gradient", "ignore:starts. none")
FEW, ALL = 3, 8


def assert_the_same(found, expected):
    for name, value in vars(expected).items():
        if name != "state":
            assert np.array_equal(getattr(found, name), value), name


@quiet
@every_run
def test_a_run_that_goes_on_is_one_run(run):
    whole = run(net_of(), ALL, frames=2)
    part = run(net_of(), FEW, frames=2)
    assert part.steps.max() < whole.steps.max()
    for _ in range(2):  # It takes nothing away from what it goes on from.
        assert_the_same(run(net_of(), ALL, frames=2, resume=part), whole)
    again = run(net_of(), FEW + 1, resume=part, frames=2)
    assert_the_same(run(net_of(), ALL, resume=again, frames=2), whole)


@quiet
@pytest.mark.parametrize("run", [*RUNS.values(), dream], ids=[*RUNS, "octaves"])
@pytest.mark.parametrize("share", [0.4, 0.5, 0.6, 0.75, 0.9])
def test_ctrl_c_returns_what_was_reached_and_what_goes_on_from_there_is_one_run(run, share):
    counting = net_of(-1)
    whole = run(counting, ALL, frames=2)
    asked = -1 - counting.left
    net = net_of(round(share * asked))
    stopped = run(net, ALL, frames=2)
    assert "interrupted" in stopped.reason[~stopped.success] or stopped.success.all()
    assert 0 < stopped.steps.max() <= whole.steps.max()
    assert len(stopped.history) == stopped.steps.max() + 1
    assert np.array_equal(stopped.frames[-1], stopped.x)
    assert (stopped.x != stopped.start).any()
    if stopped.history.shape[1:] == (len(X), CLASSES):
        # Scores below 100, from sums of at most 126 terms.
        np.testing.assert_allclose(stopped.history[-1], ask(net, stopped.x), rtol=0, atol=1e-10)
    assert_the_same(run(net_of(), ALL, frames=2, resume=stopped), whole)


def test_a_dream_that_has_gone_through_its_octaves_goes_on_in_the_last():
    part = dream(net_of(), 2)
    more = dream(net_of(), 4, resume=part)
    assert more.steps.tolist() == [3 * 2 + 2] * len(X)
    assert np.array_equal(more.history[:6], part.history[:6])
    assert (more.history[-1] > part.history[-1]).all()


def test_a_target_that_was_chosen_by_the_first_run_is_that_of_the_next():
    """The class that the net sees in x, not the one that it sees where the run goes on."""
    how = {"eps": 0.5, "step_size": 0.05, "confidence": 0.999, "random_start": False}
    part = pgd(net_of(), X, steps=8, **how)
    assert (part.history[-1].argmax(axis=1) != SEEN).any()
    more = pgd(net_of(), X, steps=20, resume=part, **how)
    assert_the_same(more, pgd(net_of(), X, SEEN, steps=20, **how))


def test_a_trace_of_the_gpu_does_not_go_on_with_inputs_of_the_cpu():
    with strict.installed():
        net, x = net_of().to("gpu"), to_device(X, "gpu")
        part = all_gradients(net, x, to_device(OTHER, "gpu"), steps=FEW)
        with pytest.raises(ValueError, match="the trace is on another device than the inputs"):
            all_gradients(net, X, OTHER, steps=ALL, resume=part)


# What each bar shows beside the steps: how many are done, or the score that is to grow or to fall.
SHOWN = {
    **dict.fromkeys(RUNS, "mean p = "),
    "carlini_wagner": "mean l2 = ",
    "boundary_attack": "mean l2 = ",
    "universal ascent": "% misclassified",
    "universal deepfool": "% misclassified",
    "class_visualization": "score=",
    "activation_maximization": "objective=",
    "deep_dream": "objective=",
    "feature_inversion": "objective=",
}


@quiet
@pytest.mark.parametrize("name", RUNS)
def test_a_bar_shows_the_score_and_where_a_run_goes_on(name, capsys):
    RUNS[name](net_of(), FEW)
    assert capsys.readouterr().err == ""
    part = RUNS[name](net_of(), FEW, progress=True)
    assert SHOWN[name] in capsys.readouterr().err
    RUNS[name](net_of(), ALL, resume=part, progress=True)
    first = capsys.readouterr().err.strip().splitlines()[0]
    assert "%|" in first
    assert " 0%|" not in first
