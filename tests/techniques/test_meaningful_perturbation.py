"""Meaningful perturbation: what the mask covers, what the trace says, and the objective."""

import numpy as np
import pytest

from autograd import Tensor, softmax
from autograd.check import check_grad
from nets import load_image, preprocess, squeezenet1_1
from techniques import meaningful_perturbation
from techniques.blur import gaussian_blur
from techniques.meaningful_perturbation import variation

from .layered import CLASSES, SHAPE, images, layered
from .small_nets import ask, softmax_of

TARGET = [2, 0, 1]
SMALL = {"steps": 12, "scale": 2, "smooth": 0.7, "blur": 1.5, "jitter": 1}


def perturb(net=None, x=None, target=TARGET, **settings):
    net = net or layered()
    x = images(3) if x is None else x
    return meaningful_perturbation(net, x, target, **{**SMALL, **settings})


def bright_corner(x):
    """Scores (N, 2): 2 times the mean of the upper left quarter, and 0."""
    corner = x[:, :, :8, :8].mean(axis=(1, 2, 3)).reshape(-1, 1)
    return corner * np.array([[2.0, 0.0]])


ONES = np.ones((1, 1, 16, 16))
IN_CORNER = {"baseline": 0.0, "steps": 60, "scale": 2, "smooth": 0.5, "jitter": 0, "l1": 2e-3}


def test_deleting_covers_what_the_score_depends_on_and_nothing_else():
    trace = meaningful_perturbation(bright_corner, ONES, 0, **IN_CORNER)
    assert trace.mask[0, :7, :7].max() < 0.1  # The variation makes the way up to 1 a slope.
    assert min(trace.mask[0, 12:, :].min(), trace.mask[0, :, 12:].min()) > 0.75


def test_preserving_keeps_what_the_score_depends_on_and_nothing_else():
    trace = meaningful_perturbation(bright_corner, ONES, 0, goal="preserve", **IN_CORNER)
    assert trace.mask[0, :7, :7].min() > 0.85
    assert max(trace.mask[0, 12:, :].max(), trace.mask[0, :, 12:].max()) < 0.15
    assert trace.success.all()


def test_a_heavier_area_covers_less_and_a_heavier_variation_is_smoother():
    areas = [1 - perturb(l1=l1).mask.mean() for l1 in (0, 1e-2, 1)]
    assert areas[0] > areas[1] > areas[2] == 0
    rough, smooth = (
        float(variation(Tensor(perturb(tv=tv, smooth=0.1).mask[:, None]), 2).data)
        for tv in (0, 0.5)
    )
    assert smooth < rough / 2


def test_the_first_step_is_adams_against_the_gradient_of_the_objective():
    """From ones, where the variation has no slope: the signs of −λ₁ + ∂p/∂m, seen numerically."""
    net, x = layered().eval(), images(1)
    how = {"baseline": 0.0, "scale": 1, "smooth": 0.1, "jitter": 0, "l1": 1e-3}
    mask = meaningful_perturbation(net, x, 1, steps=1, **how).mask[0]
    p = softmax_of(ask(net, x))[0, 1]
    for row, column in np.ndindex(SHAPE[1:]):
        moved = x.copy()
        moved[0, :, row, column] *= 1 - 1e-6
        slope = (p - softmax_of(ask(net, moved))[0, 1]) / 1e-6 - 1e-3
        # A blur of so little width leaves each pixel with itself.
        assert mask[row, column] == pytest.approx(0.9 if slope > 0 else 1.0, abs=1e-4)


def test_the_variation_is_the_sum_of_the_powers_of_neighbours_differences():
    mask = np.array([[[[0.0, 1.0], [0.5, 0.25]]], [[[1.0, 1.0], [1.0, 1.0]]]])
    expected = 0.5**3 + 0.75**3 + 1.0**3 + 0.25**3
    assert float(variation(Tensor(mask), 3).data) == pytest.approx(expected, rel=1e-12)
    check_grad(lambda m: variation(m, 3), mask[:1])


@pytest.mark.parametrize("goal", ["delete", "preserve"])
def test_the_result_is_the_image_mixed_with_the_baseline_by_the_mask(goal):
    net, x = layered(), images(3)
    trace = perturb(net, x, goal=goal, baseline=0.25)
    mask = trace.mask[:, None]
    assert trace.mask.shape == (3, *SHAPE[1:])
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert mask.min() < 0.9
    np.testing.assert_allclose(trace.x, mask * x + (1 - mask) * 0.25, rtol=0, atol=1e-12)
    # And what the trace says of it is so.
    s = ask(net.eval(), trace.x)
    np.testing.assert_allclose(trace.history[-1], s, rtol=0, atol=1e-12)
    assert trace.history.shape == (13, 3, CLASSES)
    seen = s.argmax(axis=1) == TARGET
    assert np.array_equal(trace.success, seen if goal == "preserve" else ~seen)
    assert trace.steps.tolist() == [12] * 3
    assert set(trace.reason) == {"step limit"}
    assert repr(trace).startswith("MaskTrace(3 inputs of (2, 6, 5), ")
    # The probability has gone where it should.
    p = softmax(trace.history, axis=2).data[:, np.arange(3), TARGET]
    assert ((p[-1] > p[0]) if goal == "preserve" else (p[-1] < p[0])).any()


def test_without_a_baseline_it_is_the_blurred_image():
    x = images(3)
    assert np.array_equal(perturb(x=x).x, perturb(x=x, baseline=gaussian_blur(x, 1.5)).x)


def test_a_batch_gives_what_its_images_give_one_at_a_time():
    x, whole = images(3), perturb()
    for n in range(3):
        alone = perturb(x=x[n : n + 1], target=TARGET[n])
        # Adam's steps of 0.1 are little sensitive to rounding.
        np.testing.assert_allclose(alone.mask[0], whole.mask[n], rtol=0, atol=1e-9)


def test_the_seed_determines_the_result():
    assert np.array_equal(perturb(rng=3).mask, perturb(rng=np.random.default_rng(3)).mask)
    assert not np.array_equal(perturb(rng=3).mask, perturb(rng=4).mask)
    assert np.array_equal(perturb(rng=3, jitter=0).mask, perturb(rng=4, jitter=0).mask)


def test_nothing_is_changed_and_the_net_is_run_in_eval_mode():
    net, x = layered().train(), images(3)
    state, before = net.state_dict(), x.copy()
    in_training = perturb(net, x)
    assert net.training
    assert np.array_equal(x, before)
    assert all(np.array_equal(state[name], array) for name, array in net.state_dict().items())
    assert np.array_equal(perturb(net.eval(), x).mask, in_training.mask)


def test_float32_stays_float32_and_frames_are_kept():
    x = images(3).astype("float32")
    trace = meaningful_perturbation(lambda x: x[:, :, 0, :2].sum(axis=1), x, 1, frames=5, **SMALL)
    assert trace.mask.dtype == trace.x.dtype == np.float32
    assert trace.frame_steps.tolist() == [0, 5, 10, 12]
    assert np.array_equal(trace.frames[-1], trace.x)


def test_it_makes_as_many_passes_as_it_says(capsys):
    net, asked = layered(), []

    def counting(x):
        asked.append(len(x))
        return net(x)

    meaningful_perturbation(counting, images(3), **SMALL, progress=True)
    assert asked == [3] * (12 + 2)
    assert "100%" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"goal": "destroy"}, 'goal: expected "delete" or "preserve", got \'destroy\''),
        ({"blur": 0}, "blur: expected a number > 0"),
        ({"smooth": 0}, "smooth: expected a number > 0"),
        ({"steps": 0}, "steps: expected a whole number >= 1"),
        ({"lr": 0}, "lr: expected a number > 0"),
        ({"l1": -1}, "l1: expected a number >= 0"),
        ({"tv": -1}, "tv: expected a number >= 0"),
        ({"beta": 0.5}, "beta: expected a number >= 1, got 0.5"),
        ({"scale": 0}, "scale: expected a whole number >= 1"),
        ({"jitter": -1}, "jitter: expected a whole number >= 0"),
        ({"rng": -1}, "rng: expected a seed"),
        ({"frames": -1}, "frames: expected a whole number"),
        ({"baseline": np.zeros((6, 5))}, r"baseline: .*got \(6, 5\)"),
        ({"x": np.ones((3, 7))}, r"x: expected images \(N, C, H, W\), got \(3, 7\)"),
        ({"x": images(3) * np.nan}, "x: has a NaN"),
        ({"target": 4}, "target: .*4 classes"),
    ],
)
def test_a_wrong_argument_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        perturb(**settings)


def test_the_dogs_head_is_what_deletes_the_dog(data_folder):
    weights = data_folder / "weights" / "squeezenet1_1.npz"
    photo = data_folder / "photos" / "cat_dog.png"
    for file in (weights, photo):
        if not file.is_file():
            pytest.skip(f"no {file}")
    net, x = squeezenet1_1(weights), preprocess(load_image(photo))
    trace = meaningful_perturbation(net, x, 243, steps=80)
    p = softmax_of(trace.history[:, 0])[:, 243]
    assert p[-1] < p[0] / 20
    assert trace.success.all()
    # A box around the dog's head, in the preprocessed photograph.
    head = trace.mask[0, :90, 65:150].mean()
    rest = (trace.mask[0].sum() - 90 * 85 * head) / (224**2 - 90 * 85)
    assert head < 0.6
    assert rest > 0.7
