"""deepfool, carlini_wagner and jsma, one_pixel and boundary_attack: across by little."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import relu
from techniques import (
    boundary_attack,
    carlini_wagner,
    deepfool,
    jsma,
    norms,
    one_pixel,
)
from techniques.boundary_attack import beside
from techniques.jsma import best_pairs

from .small_nets import ConvNet, affine, ask, cases, inputs_for, softmax_of

cw = partial(carlini_wagner, rounds=3, steps=20, lr=0.1)
LEAVE = {
    "deepfool": deepfool,
    "carlini_wagner": cw,
    "boundary_attack": partial(boundary_attack, steps=20),
}
every_leaving = pytest.mark.parametrize("attack", LEAVE.values(), ids=LEAVE)
REACH = {
    "carlini_wagner": partial(cw, targeted=True),
    "deepfool": partial(deepfool, targeted=True),
    "jsma": partial(jsma, gamma=1.0),
}
every_reaching = pytest.mark.parametrize("attack", REACH.values(), ids=REACH)
EVERY = {**LEAVE, **{f"{name} to": attack for name, attack in REACH.items()}}
every_attack = pytest.mark.parametrize("attack", EVERY.values(), ids=EVERY)
# Of inputs that are at their target, of dead ReLUs, and of noise that is seen as one class only.
quiet = pytest.mark.filterwarnings(
    "ignore:target. inputs", "ignore:net.x.. the gradient", "ignore:starts. none"
)
few = settings(max_examples=15)


def images(n=3, seed=2, dtype="float64"):
    net = ConvNet(seed, dtype)
    return net, inputs_for(net, n, seed, dtype)


def evolve(net, x, target=None, **how):
    how = {"population": 12, "steps": 5, "bounds": (-1, 1), **how}
    return one_pixel(net, x, target, **how)


def wanted(attack, scores, classes):
    targeted = attack in REACH.values()
    return (scores.argmax(axis=1) == classes) == targeted


@quiet
@every_attack
@few
@given(case=cases(dtypes=("float32", "float64")))
def test_success_is_what_a_fresh_forward_pass_says(attack, case):
    net, x, classes = case
    trace = attack(net, x, classes)
    assert np.array_equal(trace.success, wanted(attack, ask(net, trace.x), classes))
    begun = ~np.isin(trace.reason, ["no start", "no pair found"])
    assert np.array_equal((trace.steps == 0)[begun], wanted(attack, ask(net, x), classes)[begun])
    reason = "target reached" if attack in REACH.values() else "misclassified"
    assert np.array_equal(trace.reason == reason, trace.success)
    assert set(trace.reason[begun]) <= {reason, "step limit"}
    assert np.array_equal(trace.start, x)


@quiet
@every_attack
@few
@given(case=cases(dtypes=("float32", "float64")), high=st.sampled_from([1.0, 1.1, 3.0]))
def test_the_bounds_are_never_left(attack, case, high):
    net, x, classes = case
    trace = attack(net, x, classes, bounds=(-1.0, high), frames=True)
    for frame in (*trace.frames, trace.x):
        assert frame.min() >= -1
        assert frame.max() <= np.asarray(high, x.dtype)
    assert trace.x.dtype == x.dtype


@quiet
@pytest.mark.parametrize(
    "attack", [*EVERY.values(), evolve, partial(boundary_attack, steps=5, around=3.0)]
)
def test_the_net_is_never_asked_about_what_is_beyond_the_bounds(attack):
    net, x = images()
    net.eval()
    asked = []

    def seen(v):
        asked.append(abs(v.data).max())
        return net(v)

    attack(seen, x, 1)
    # Of 1. The tanh's stretching is rounded.
    assert max(asked) <= 1 + 4 * np.finfo(float).eps


@quiet
@every_attack
@few
@given(case=cases())
def test_a_batch_gives_what_its_images_give_one_at_a_time(attack, case):
    net, x, classes = case
    whole = attack(net, x, classes)
    for n in range(len(x)):
        alone = attack(net, x[n : n + 1], int(classes[n]))
        assert alone.success == whole.success[n]
        # Float64's rounding of a sum, 1e-16, grown by up to 60 steps of Adam or of a random walk.
        np.testing.assert_allclose(alone.x[0], whole.x[n], rtol=0, atol=1e-8)


@quiet
@every_attack
@few
@given(case=cases())
def test_history_holds_the_scores_of_the_frames(attack, case):
    net, x, classes = case
    trace = attack(net, x, classes, frames=True)
    assert trace.history.shape == (trace.steps.max() + 1, len(x), 4)
    assert np.array_equal(trace.frames[0], x)
    assert np.array_equal(trace.frames[-1], trace.x)
    for frame, scores in zip(trace.frames, trace.history, strict=True):
        # Scores below 100, from sums of at most 30 terms.
        np.testing.assert_allclose(scores, ask(net, frame), rtol=0, atol=1e-11)


@quiet
@every_leaving
def test_without_a_target_the_class_that_the_net_sees_is_left(attack):
    net, x = images()
    seen = ask(net, x).argmax(axis=1)
    assert np.array_equal(attack(net, x).x, attack(net, x, seen).x)
    assert attack(net, x).success.all()


@every_reaching
def test_a_target_that_is_reached_already_is_warned_of(attack):
    net, x = images()
    seen = ask(net, x).argmax(axis=1)
    with pytest.warns(UserWarning, match=r"target: inputs \[0, 1, 2\] are there already") as said:
        trace = attack(net, x, seen)
    assert said[0].filename == __file__ or attack is REACH["carlini_wagner"]
    assert trace.steps.tolist() == [0, 0, 0]
    assert np.array_equal(trace.x, x)


@pytest.mark.parametrize("attack", [one_pixel, boundary_attack])
def test_searches_warn_of_a_target_that_is_reached_already_too(attack):
    net, x = images()
    seen = ask(net, x).argmax(axis=1)
    how = {"starts": x} if attack is boundary_attack else {}
    with pytest.warns(UserWarning, match=r"inputs \[0, 1, 2\] are there already") as said:
        trace = attack(net, x, seen, targeted=True, **how)
    assert said[0].filename == __file__
    assert trace.steps.tolist() == [0, 0, 0]
    assert np.array_equal(trace.x, x)


def deaf(x):
    return x * 0 + np.array([1.0, 0.0, 0.0])


@pytest.mark.parametrize("how", [{}, {"target": 2, "targeted": True}])
def test_where_there_is_no_boundary_deepfool_warns_and_nothing_moves(how):
    x = np.zeros((2, 3))
    with pytest.warns(UserWarning, match=r"gradient of the scores' .* inputs \[0, 1\]") as said:
        trace = deepfool(deaf, x, steps=3, **how)
    assert said[0].filename == __file__
    assert np.array_equal(trace.x, x)
    assert trace.reason.tolist() == ["step limit"] * 2


@pytest.mark.parametrize(
    ("attack", "reason"),
    [(partial(cw, targeted=True), "step limit"), (partial(jsma, gamma=1.0), "no pair found")],
    ids=["cw", "jsma"],
)
def test_a_gradient_of_zero_moves_nothing_and_makes_no_nan(attack, reason):
    x = np.zeros((2, 3))
    trace = attack(deaf, x, 2)
    assert np.array_equal(trace.x, x)
    assert trace.reason.tolist() == [reason] * 2
    assert len(trace.history) == trace.steps.max() + 1


@pytest.mark.parametrize("attack", [deepfool, partial(jsma, gamma=1.0)], ids=["deepfool", "jsma"])
@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_the_unit_of_the_scores_is_of_no_account(attack, scale):
    """Squares and products of such gradients are 0, or infinite, in float32."""
    net, x = images(dtype="float32")
    net.eval()
    classes = ask(net, x).argsort(axis=1)[:, -2] if attack is not deepfool else None
    plain = attack(net, x, classes)
    scaled = attack(lambda v: net(v) * np.float32(scale), x, classes)
    assert plain.success.all()
    assert np.array_equal(scaled.steps, plain.steps)
    # The rounding of some steps.
    np.testing.assert_allclose(scaled.x, plain.x, rtol=0, atol=1e-5)


# deepfool ----------------------------------------------------------------------------------------


@given(seed=st.integers(0, 999), overshoot=st.floats(0.01, 0.5))
def test_on_a_linear_net_deepfool_goes_straight_to_the_nearest_boundary(seed, overshoot):
    rng = np.random.default_rng(seed)
    w, b, x = rng.normal(size=(4, 6)), rng.normal(size=4), rng.normal(size=(1, 6))
    trace = deepfool(affine(w, b), x, overshoot=overshoot, bounds=None)
    s = (w @ x[0]) + b
    c = s.argmax()
    others = [k for k in range(4) if k != c]
    distance = min((s[c] - s[k]) / np.linalg.norm(w[c] - w[k]) for k in others)
    assert trace.success.all()
    assert trace.steps.tolist() == [1]
    # The boundary's distance and the authors' 1e-4, and the overshoot of both.
    np.testing.assert_allclose(trace.l2, (1 + overshoot) * (distance + 1e-4), rtol=1e-9)


@given(seed=st.integers(0, 999), overshoot=st.floats(0.01, 0.5))
def test_on_a_linear_net_of_two_classes_targeted_is_the_projection_and_what_leaving_the_other_is(
    seed, overshoot
):
    rng = np.random.default_rng(seed)
    w, b, x = rng.normal(size=(2, 6)), rng.normal(size=2), rng.normal(size=(1, 6))
    s = (w @ x[0]) + b
    how = {"overshoot": overshoot, "bounds": None}
    trace = deepfool(affine(w, b), x, int(s.argmin()), targeted=True, **how)
    assert trace.steps.tolist() == [1]
    distance = abs(s[0] - s[1]) / np.linalg.norm(w[0] - w[1])
    np.testing.assert_allclose(trace.l2, (1 + overshoot) * (distance + 1e-4), rtol=1e-9)
    assert np.array_equal(trace.x, deepfool(affine(w, b), x, **how).x)


def test_targeted_goes_to_its_class_and_not_to_the_nearest():
    # The boundary with class 2 is nearer than that with class 1.
    w = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 50.0]])
    net, x = affine(w, np.array([1.0, 0.0, -2.0])), np.zeros((1, 2))
    trace = deepfool(net, x, 1, targeted=True, bounds=None)
    assert ask(net, trace.x).argmax(axis=1) == 1
    assert trace.reason.tolist() == ["target reached"]
    np.testing.assert_allclose(trace.x, [[1.02 * (1 + 1e-4), 0]], rtol=1e-12)


@given(seed=st.integers(0, 999))
def test_targeted_arrives_where_other_classes_lie_between(seed):
    rng = np.random.default_rng(seed)
    w, b, x = rng.normal(size=(4, 6)), rng.normal(size=4), rng.normal(size=(3, 6))
    net = affine(w, b)
    last = ask(net, x).argmin(axis=1)
    trace = deepfool(net, x, last, targeted=True, bounds=None)
    assert trace.success.all()
    assert np.array_equal(ask(net, trace.x).argmax(axis=1), last)


def test_the_overshoot_does_not_add_up():
    def net(x):  # A boundary at 1, that looks farther away from nearer places.
        return (x * x * x - 1) * np.array([0.0, 1.0])

    trace = deepfool(net, np.array([[0.6]]), overshoot=0.2, bounds=None, frames=True)
    assert trace.success.all()
    steps = [frame[0, 0] for frame in trace.frames]
    total = 0.0
    for at, then in pairwise(steps):
        total += (1 - at**3) / (3 * at**2) + 1e-4
        np.testing.assert_allclose(then, 0.6 + 1.2 * total, rtol=1e-9)


def test_candidates_are_the_classes_of_highest_score():
    # The nearest boundary is that with class 2, whose score is lowest.
    w = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 50.0]])
    net, x = affine(w, np.array([1.0, 0.0, -2.0])), np.zeros((1, 2))
    assert ask(net, deepfool(net, x, bounds=None).x).argmax(axis=1) == 2
    assert ask(net, deepfool(net, x, candidates=2, bounds=None).x).argmax(axis=1) == 1


def test_of_equal_scores_deepfool_leaves_the_one_that_counts():
    net = affine(np.eye(2))
    trace = deepfool(net, np.zeros((1, 2)))
    assert trace.success.all()
    assert 0 < trace.l2 < 1e-3


# carlini_wagner ----------------------------------------------------------------------------------


def test_on_a_linear_net_carlini_and_wagner_find_the_shortest_way():
    w = np.array([[0.0, 0.0], [1.0, 2.0]])
    x = np.array([[0.1, -0.3]])
    trace = carlini_wagner(affine(w), x, rounds=12, steps=150, lr=0.02)
    # The boundary is 0.5/√5 away. The search ends within 1 % of it, a descent no nearer.
    np.testing.assert_allclose(trace.l2, 0.5 / np.sqrt(5), rtol=0.01)


@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_an_input_at_the_edge_of_the_box_can_still_move(edge):
    net = affine(np.array([[0.0, 0.0], [-edge, -edge]]), np.array([0.0, 0.5]))
    x = np.full((1, 2), edge)
    trace = carlini_wagner(net, x, rounds=9, steps=200, lr=0.05)
    assert trace.success.all()
    # 1.5/√2, within the 1 % as above.
    np.testing.assert_allclose(trace.l2, 1.5 / np.sqrt(2), rtol=0.01)


@quiet
@few
@given(case=cases(), kappa=st.sampled_from([0.0, 0.5, 2.0]), targeted=st.booleans())
def test_kappa_is_the_lead_of_what_is_wanted(case, kappa, targeted):
    net, x, classes = case
    trace = cw(net, x, classes, kappa=kappa, targeted=targeted)
    s = ask(net, trace.x)
    own = s[np.arange(len(x)), classes]
    others = np.where(np.arange(4) == classes[:, None], -np.inf, s).max(axis=1)
    lead = own - others if targeted else others - own
    assert (lead[trace.success] >= kappa).all()
    assert (lead[~trace.success] < kappa).all()


@quiet
@few
@given(case=cases())
def test_more_rounds_never_take_an_input_farther_away(case):
    net, x, classes = case
    trace = cw(net, x, classes, frames=True)
    there = np.array([wanted(cw, ask(net, frame), classes) for frame in trace.frames])
    lengths = np.array([norms.l2(frame - x) for frame in trace.frames])
    for n in range(len(x)):
        mine = lengths[there[:, n], n]
        assert (np.diff(mine) <= 0).all()


# jsma --------------------------------------------------------------------------------------------


@quiet
@few
@given(case=cases(), direction=st.sampled_from(["up", "down", "both"]), gamma=st.floats(0.3, 1))
def test_two_entries_move_in_each_step_and_never_back(case, direction, gamma):
    net, x, classes = case
    trace = jsma(net, x, classes, direction=direction, gamma=gamma, frames=True, theta=0.75)
    moves = np.diff(trace.frames, axis=0).reshape(-1, len(x), x[0].size)
    assert ((moves != 0).sum(axis=2) <= 2).all()
    assert (trace.l0 <= gamma * x[0].size).all()
    assert not ((moves > 0).any(axis=0) & (moves < 0).any(axis=0)).any()
    if direction != "both":
        assert (moves >= 0 if direction == "up" else moves <= 0).all()


def test_a_pixel_that_went_too_far_stays_there():
    def net(x):  # Tops at 0.4 of the first two entries.
        top = -5 * abs(x[:, :2] - 0.4).sum(axis=1, keepdims=True)
        return top * np.array([-1.0, 1.0]) + np.array([99.0, 0.0])

    trace = jsma(net, np.zeros((1, 4)), 1, theta=0.5, gamma=1.0)
    assert trace.reason.tolist() == ["no pair found"]
    assert trace.x.tolist() == [[1, 1, 0, 0]]


def test_an_input_is_given_up_where_no_pair_is_left_and_others_go_on():
    sizes = []

    def net(x):  # Class 1 above 1.25. The third entry counts, but has no slope, as the others.
        sizes.append(len(x.data))
        total = x[:, :2].sum(axis=1, keepdims=True) + x.data[:, 2:3]
        return total * np.array([-1.0, 1.0]) + np.array([2.5, 0.0])

    x = np.zeros((2, 10))
    x[0, 2], x[1, :2] = -0.9, -0.9
    trace = jsma(net, x, 1, theta=0.25, gamma=1.0, frames=True)
    assert trace.reason.tolist() == ["no pair found", "target reached"]
    assert trace.success.tolist() == [False, True]
    assert trace.steps.tolist() == [2, 4]
    assert trace.x[0, :3].tolist() == [1, 1, -0.9]
    assert (trace.frames[2:, 0] == trace.x[0]).all()
    assert len(trace.history) == 5
    assert sizes == [2, 2, 2, 1, 1, 2]  # In the end, what the whole batch says.
    part = jsma(net, x, 1, theta=0.25, gamma=0.6, frames=True)
    assert part.reason.tolist() == ["no pair found", "step limit"]
    more = jsma(net, x, 1, theta=0.25, gamma=1.0, frames=True, resume=part)
    assert np.array_equal(more.frames, trace.frames)
    assert more.reason.tolist() == trace.reason.tolist()


def test_a_pair_is_found_where_an_entry_stands_out():
    """And where what raises a score raises the others too, as in a photograph."""
    rng = np.random.default_rng(0)
    b = rng.normal(size=(1, 20000))
    a = b + 0.3 * rng.normal(size=b.shape)
    a[0, 0], b[0, 0] = 100.0, 30.0
    (pair,), (found,) = best_pairs(a, b, np.ones(b.shape, bool), 32)
    assert found
    assert a[0, pair].sum() > 0 > b[0, pair].sum()


@given(seed=st.integers(0, 999), size=st.integers(2, 9))
def test_the_best_pair_is_the_best_of_all_pairs(seed, size):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 3, size))
    free = rng.random((3, size)) < 0.7
    pairs, found = best_pairs(a, b, free, size)
    for n in range(3):
        gains = {
            (p, q): -(a[n, p] + a[n, q]) * (b[n, p] + b[n, q])
            for p in range(size)
            for q in range(p)
            if free[n, [p, q]].all() and a[n, p] + a[n, q] > 0 > b[n, p] + b[n, q]
        }
        assert found[n] == bool(gains)
        if gains:
            p, q = sorted(pairs[n], reverse=True)
            np.testing.assert_allclose(gains[p, q], max(gains.values()), rtol=1e-12)


def test_without_a_target_jsma_reaches_the_second_class():
    net, x = images()
    second = ask(net, x).argsort(axis=1)[:, -2]
    trace = jsma(net, x, gamma=1.0)
    assert np.array_equal(trace.x, jsma(net, x, second, gamma=1.0).x)
    assert trace.l0.any()


# one_pixel ---------------------------------------------------------------------------------------


@quiet
@few
@given(seed=st.integers(0, 99), pixels=st.integers(1, 3), targeted=st.booleans())
def test_only_so_many_pixels_change_and_within_the_bounds(seed, pixels, targeted):
    net, x = images(4, seed, "float32")
    trace = evolve(net, x, 1, pixels=pixels, targeted=targeted, rng=seed, frames=True)
    for frame in trace.frames:
        assert ((frame != x).any(axis=1).sum(axis=(1, 2)) <= pixels).all()
        assert abs(frame).max() <= 1
    assert np.array_equal(trace.success, (ask(net, trace.x).argmax(axis=1) == 1) == targeted)
    assert trace.x.dtype == np.float32


@quiet
@given(seed=st.integers(0, 99), targeted=st.booleans())
def test_each_generation_is_at_least_as_good_as_the_last(seed, targeted):
    net, x = images(3, seed)
    trace = evolve(net, x, 1, targeted=targeted, confidence=1.0, rng=seed)
    p = np.array([softmax_of(s)[:, 1] for s in trace.history[1:]])
    gained = np.diff(p if targeted else -p, axis=0)
    assert (gained >= -1e-12).all()  # Rounding of a probability in another batch.


@quiet
def test_evolution_finds_the_pixel_that_decides():
    def net(x):  # Only the red of the pixel (4, 3) counts.
        deciding = x[:, 0:1, 4, 3:4].reshape(len(x.data), 1)
        return deciding * np.array([0.0, 1.0]) + np.array([0.5, 0.0])

    x = np.zeros((2, 3, 6, 5))
    trace = one_pixel(net, x, population=60, steps=30)
    assert trace.success.all()
    changed = (trace.x != x).any(axis=1)
    assert changed[:, 4, 3].all()
    assert changed.sum() == 2


@quiet
@few
@given(seed=st.integers(0, 99))
def test_an_image_fares_in_a_batch_as_it_does_alone(seed):
    net, x = images(3, seed)
    whole = evolve(net, x, rng=seed, batch_size=7)
    for n in range(3):
        alone = evolve(net, x[n : n + 1], rng=seed)
        assert np.array_equal(alone.x[0], whole.x[n])
        assert alone.steps == whole.steps[n]


# boundary_attack ---------------------------------------------------------------------------------


@quiet
@few
@given(case=cases(), seed=st.integers(0, 99))
def test_the_walk_comes_ever_nearer_and_stays_on_the_wanted_side(case, seed):
    net, x, classes = case
    trace = boundary_attack(net, x, classes, steps=30, rng=seed, frames=True)
    lengths = np.array([norms.l2(frame - x) for frame in trace.frames[1:]])
    assert (np.diff(lengths, axis=0) <= 0).all()
    begun = trace.reason != "no start"
    assert (trace.history[1:].argmax(axis=2) != classes)[:, begun].all()


@given(seed=st.integers(0, 999), delta=st.floats(1e-4, 10))
def test_a_step_beside_keeps_the_distance(seed, delta):
    x, y, eta = np.random.default_rng(seed).normal(size=(3, 2, 6))
    d = norms.l2(y - x)
    point = beside(x, y, d, np.full(2, delta), eta[0])
    np.testing.assert_allclose(norms.l2(point - x), d, rtol=1e-9)
    # The angle that a step of δ·d leads away by.
    cosine = ((point - x) * (y - x)).sum(axis=1) / d**2
    np.testing.assert_allclose(cosine, 1 / np.sqrt(1 + delta**2), rtol=1e-9)


def test_the_boundary_attack_finds_the_nearest_point_of_a_plane():
    net = affine(np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), np.array([0.25, 0.0]))
    trace = boundary_attack(net, np.zeros((1, 3)), steps=1500)
    np.testing.assert_allclose(trace.l2, 0.25, rtol=0.01)  # 1 %: what 1500 steps have left.


def test_starts_may_be_given_and_are_reached_from_the_input():
    net = affine(np.eye(3))
    x, starts = np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])
    trace = boundary_attack(net, x, 2, starts=starts, targeted=True, steps=400)
    assert ask(net, trace.x).argmax(axis=1) == 2
    assert trace.l2 < 0.8  # √½ = 0.71 is the nearest; the way to the start crosses at that, too.


def test_an_input_that_is_alone_in_its_class_is_come_as_near_to_as_can_be():
    """All around is on the wanted side, so that steps would grow for ever."""

    def net(x):
        return abs(x).sum(axis=1, keepdims=True) * np.array([0.0, 1.0], "float32")

    trace = boundary_attack(net, np.zeros((1, 3), "float32"), steps=2000)
    assert trace.success.all()
    assert trace.l2 < 1e-10


def test_an_input_for_which_noise_does_not_do_is_warned_of():
    net = affine(np.zeros((2, 3)), np.array([1.0, 0.0]))
    with pytest.warns(UserWarning, match=r"starts: none .* inputs \[0\]; give some") as said:
        trace = boundary_attack(net, np.zeros((1, 3)), steps=3)
    assert said[0].filename == __file__
    assert trace.reason.tolist() == ["no start"]
    assert trace.steps.tolist() == [0]
    assert not trace.x.any()


# All ---------------------------------------------------------------------------------------------


@quiet
@pytest.mark.parametrize("attack", [partial(boundary_attack, steps=20), evolve])
def test_the_seed_determines_what_is_drawn(attack):
    net, x = images()
    first, again, other = (attack(net, x, rng=seed).x for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("attack", [cw, partial(boundary_attack, steps=50)], ids=["cw", "boundary"])
@pytest.mark.parametrize("after", [30, 60])
def test_ctrl_c_returns_what_was_reached(attack, after):
    net, x = images()
    calls = []

    def interrupted(v):
        calls.append(0)
        if len(calls) == after:
            raise KeyboardInterrupt
        return net(v)

    net.eval()
    trace = attack(interrupted, x)
    assert len(trace.history) == trace.steps.max() + 1
    scores = ask(net, trace.x)
    assert np.array_equal(trace.success, scores.argmax(axis=1) != ask(net, x).argmax(axis=1))
    np.testing.assert_allclose(trace.history[-1], scores, rtol=0, atol=1e-11)


@pytest.mark.parametrize("attack", [cw, partial(boundary_attack, steps=3), deepfool, jsma])
def test_progress_shows_a_bar(attack, capsys):
    net, x = images()
    attack(net, x, progress=True)
    assert "%" in capsys.readouterr().err


X = np.array([[0.5, 0.0, -0.5], [0.0, 0.9, 0.1]])
PICTURE = np.zeros((1, 2, 6, 5))


@pytest.mark.parametrize(
    ("attack", "how", "message"),
    [
        (deepfool, {"candidates": 1}, "candidates: expected a whole number >= 2, got 1"),
        (deepfool, {"overshoot": -0.1}, "overshoot: expected a number >= 0"),
        (deepfool, {"steps": 0}, "steps: expected a whole number >= 1, got 0"),
        (deepfool, {"targeted": True}, "target: expected the class to reach"),
        (deepfool, {"targeted": 1}, "targeted: expected True or False"),
        (deepfool, {"bounds": (-0.1, 1)}, r"x: has -0.5 at \[0, 2\], beyond"),
        (carlini_wagner, {"kappa": -1}, "kappa: expected a number >= 0"),
        (carlini_wagner, {"rounds": 0}, "rounds: expected a whole number >= 1"),
        (carlini_wagner, {"steps": 0}, "steps: expected a whole number >= 1"),
        (carlini_wagner, {"lr": 0}, "lr: expected a number > 0"),
        (carlini_wagner, {"c": 0}, "c: expected a number > 0"),
        (carlini_wagner, {"bounds": None}, r"bounds: expected \(low, high\), the range"),
        (carlini_wagner, {"bounds": (-0.1, 1)}, r"x: has -0.5 at \[0, 2\], beyond"),
        (carlini_wagner, {"targeted": True}, "target: expected the class to reach"),
        (carlini_wagner, {"targeted": "yes"}, "targeted: expected"),
        (jsma, {"theta": 0}, "theta: expected a number above 0, at most 1, got 0"),
        (jsma, {"theta": -1.0}, "theta: expected a number from 0 to 1"),
        (jsma, {"direction": "left"}, "direction: expected one of both, up, down, got 'left'"),
        (jsma, {"gamma": 0}, "gamma: 0 of 3 entries are fewer than the two of one step; give at"),
        (jsma, {"gamma": 1.5}, "gamma: expected a number from 0 to 1"),
        (jsma, {"candidates": 1, "gamma": 1}, "candidates: expected a whole number >= 2"),
        (jsma, {"bounds": None}, r"bounds: expected \(low, high\), the range"),
        (one_pixel, {"pixels": 0}, "pixels: expected a whole number from 1 to 30, got 0"),
        (one_pixel, {"pixels": 31}, "pixels: expected a whole number from 1 to 30, got 31"),
        (one_pixel, {"population": 1}, "population: expected a whole number >= 2"),
        (one_pixel, {"steps": 0}, "steps: expected a whole number >= 1"),
        (one_pixel, {"scale": 0}, "scale: expected a number > 0"),
        (one_pixel, {"batch_size": 0}, "batch_size: expected a whole number >= 1"),
        (one_pixel, {"confidence": 2}, "confidence: expected"),
        (one_pixel, {"bounds": None}, r"bounds: expected \(low, high\), the range"),
        (one_pixel, {"targeted": True}, "target: expected the class to reach"),
        (one_pixel, {"rng": "one"}, "rng: expected a seed"),
        (boundary_attack, {"steps": 0}, "steps: expected a whole number >= 1"),
        (boundary_attack, {"around": 0}, "around: expected a number > 0"),
        (boundary_attack, {"towards": 0}, "towards: expected a number > 0"),
        (boundary_attack, {"bounds": None}, r"bounds: expected \(low, high\), the range"),
        (boundary_attack, {"targeted": True}, "target: expected the class to reach"),
        (boundary_attack, {"targeted": True, "target": 1}, "starts: expected inputs of the class"),
        (boundary_attack, {"starts": X[:1]}, r"starts: expected the shape of x, \(2, 3\)"),
        (boundary_attack, {"starts": X}, r"starts: \[0, 1\] are not seen as is wanted"),
        (boundary_attack, {"starts": 3 * X[::-1]}, "starts: has .*, beyond its bounds"),
    ],
)
def test_bad_arguments_are_refused_by_name(attack, how, message):
    net, x = (affine(np.eye(3)), X) if attack is not one_pixel else (ConvNet(), PICTURE)
    with pytest.raises(ValueError, match=message):
        attack(net, x, **how)


ALL = [deepfool, carlini_wagner, jsma, one_pixel, boundary_attack]


@pytest.mark.parametrize("attack", ALL)
@pytest.mark.parametrize(
    ("x", "error"),
    [
        (X.tolist(), TypeError),
        (X.astype(int), TypeError),
        (X[0], ValueError),
        (X * np.nan, ValueError),
    ],
)
def test_what_is_no_batch_of_inputs_is_refused(attack, x, error):
    with pytest.raises(error, match=r"^x: "):
        attack(affine(np.eye(3)), x)


def test_one_pixel_is_about_images():
    with pytest.raises(ValueError, match=r"x: expected images \(N, C, H, W\), got \(2, 3\)"):
        one_pixel(affine(np.eye(3)), X)


def test_a_pair_needs_two_entries():
    with pytest.raises(ValueError, match="x: expected inputs of at least 2 entries"):
        jsma(affine(np.ones((2, 1))), np.zeros((1, 1)), 1)


@pytest.mark.parametrize("attack", [deepfool, carlini_wagner, jsma])
def test_a_net_of_one_class_is_refused(attack):
    with pytest.raises(ValueError, match=r"at least 2 classes, got \(2, 1\)"):
        attack(affine(np.ones((1, 3))), X, **({"gamma": 1.0} if attack is jsma else {}))


@pytest.mark.parametrize("attack", [deepfool, carlini_wagner, jsma])
def test_a_net_that_does_not_depend_on_its_input_is_refused(attack):
    def net(x):
        return relu(affine(np.eye(3))(x.detach()))

    with pytest.raises(ValueError, match="scores are not computed, by ops"):
        attack(net, X, **({"gamma": 1.0} if attack is jsma else {}))
