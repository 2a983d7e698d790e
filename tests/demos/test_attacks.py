"""The sheet of all attacks, and the accuracy that is left for each size of a change."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

import techniques
from demos import accuracy_curve, attacks, draw
from demos.accuracy_curve import NOISE, accuracy_within, lengths, random_noise
from demos.attack_list import ATTACKS, Case
from demos.classifier import Classifier
from demos.images import DATA
from nets import KernelFitter, digits, fit
from techniques import deepfool, fgsm, pgd

ALL = {label: attack for group in ATTACKS.values() for label, attack in group.items()}


@pytest.fixture(scope="module")
def shown():
    train, (x, y) = digits(train=600, test=200)
    net = KernelFitter(rng=0)
    fit(net, train, epochs=4, batch_size=32, lr=0.2, progress=False)
    net.eval()
    return Classifier(net, "kernel_fitter", "digits", DATA["digits"], "relu", "cpu", x, y)


@pytest.fixture
def drawn(monkeypatch):
    """What is given to the pictures, by the names of their files, in place of these."""
    given = {}

    def instead(what, path, *rest, **how):
        given[path.stem] = what
        return path

    monkeypatch.setattr(draw, "sheet", instead)
    monkeypatch.setattr(draw, "accuracy", instead)
    return given


def case_of(shown, label=9, **how):
    how = {"target": None, "eps": 0.2, "eps_l2": 4.0, "others": shown.x[:40], **how}
    return Case(shown, shown.examples(label, 1), **how, quick=True)


def test_every_attack_of_the_library_is_there():
    names = techniques.__all__
    first, last = names.index("all_gradients"), names.index("boundary_attack")
    functions = {name for name in names[first : last + 1] if name.islower()}
    assert functions == set(attacks.NAMES)


def test_the_page_says_of_each_attack_what_its_trace_says(shown, drawn, monkeypatch, tmp_path):
    traces = {}
    for group in ATTACKS.values():
        for label, attack in group.items():

            def ask(case, label=label, ask=attack.ask):
                traces[label] = ask(case)
                return traces[label]

            changed = attacks.Attack(ask, attack.seeks, attack.source, attack.step, attack.lacks)
            monkeypatch.setitem(group, label, changed)
    page = attacks.page(shown, shown.examples(9, 1), tmp_path, quick=True)
    first, *panels = [panel for group in drawn["attacks_kernel_fitter"].values() for panel in group]
    assert first.title == "the image\n" + shown.verdicts(shown.examples(9, 1))[0]
    assert list(traces) == list(ALL)
    lines = page.listings[0][1].splitlines()
    for label, moved, change, line in zip(ALL, panels[::2], panels[1::2], lines[1:], strict=True):
        trace = traces[label]
        verdict = shown.verdicts(trace.x)[0]
        outcome = verdict if trace.success[0] else f"failed: {verdict}"
        assert moved.title == f"{label}\n{outcome}"
        np.testing.assert_array_equal(moved.picture, shown.pictures(trace.x)[0])
        assert moved.note.startswith(f"{trace.steps[0]} {ALL[label].step}")
        numbers = f"L0 {trace.l0[0]}, L2 {trace.l2[0]:.3g}\nL∞ {trace.linf[0]:.3g} "
        assert change.note.startswith(numbers)
        assert line.startswith(f"{label} ")
        assert outcome in line
        assert f" {trace.l0[0]} " in line
    assert "Look for:" in page.text
    assert "How it misleads:" in page.text
    assert page.command == "python -m demos.attacks --data digits --from 9"


def test_a_change_too_small_is_shown_as_a_failure(shown, drawn, tmp_path):
    x = shown.examples(9, 1)
    names = ("fgsm", "pgd")
    page = attacks.page(shown, x, tmp_path, names=names, eps=0.001, eps_l2=0.001, quick=True)
    panels = [panel for group in drawn["attacks_kernel_fitter"].values() for panel in group]
    verdict = shown.verdicts(x)[0].split(":")[0]
    for panel in panels[1::2]:
        assert f"failed: {verdict}" in panel.title
    assert page.listings[0][1].count("failed: ") == len(panels[1::2]) == 4  # Three of pgd.


def test_whoever_goes_to_a_class_of_ones_choice_arrives_there_and_the_others_are_left_out(shown):
    case = case_of(shown, target=3, eps=0.4, eps_l2=9.0)
    moved = attacks.move(case, attacks.NAMES)
    assert set(ALL) - set(moved) == {"universal_perturbation"}
    assert "universal_perturbation is left out: it goes to no class" in attacks.text(case)
    for label, one in moved.items():
        seen = shown.classes(one.trace.x)[0] == 3
        assert one.done == seen, label
    # These have no limit that they could meet, or a large one.
    sure = {"all_gradients", "fooling_image", "pgd", "pgd, L2", "deepfool", "boundary_attack"}
    assert all(moved[label].done for label in sure)
    none = case_of(shown, target=3, others=shown.x[:0])
    assert "boundary_attack" not in attacks.move(none, ("boundary_attack",))
    assert "boundary_attack is left out: it needs an image" in attacks.text(none)


def test_what_8_bits_make_of_a_verdict_is_told(shown):
    told = []
    for label in range(10):
        case = case_of(shown, label)
        for one in attacks.move(case, ("deepfool", "carlini_wagner", "boundary_attack")).values():
            grey = np.rint((one.trace.x + 1) * 127.5) / 127.5 - 1
            rounded = grey.astype(np.float32)
            here, there = shown.classes(np.concatenate([one.trace.x, rounded]))
            assert one.in_8_bits == ("the same" if here == there else shown.verdicts(rounded)[0])
            assert one.levels == pytest.approx(127.5 * one.trace.linf[0], rel=1e-4)  # In float32.
            told.append(one.in_8_bits)
    assert 0 < told.count("the same") < len(told)  # They end on the boundary itself.


def test_the_change_made_for_other_images_is_within_its_ball(shown):
    trace = ALL["universal_perturbation"].ask(case_of(shown, eps=0.3))
    assert 0.5 < trace.linf[0] <= 0.6 + 1e-6  # Of the range of 2, from −1 to 1.
    assert trace.success[0] == (shown.classes(trace.x)[0] != shown.classes(trace.start)[0])


def test_a_ring_lies_around_one_place_and_around_no_two():
    change = np.zeros((56, 56, 3))
    change[20, 30, 1] = 0.5
    mask = attacks.ring(change)
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (16, 24, 26, 34)
    change[0, 0, 0] = 0.1
    assert attacks.ring(change) is None
    assert attacks.ring(np.zeros((9, 9, 1))) is None


def test_accuracy_is_what_the_attacks_leave(shown):
    x, y, eps = shown.x[:60], shown.y[:60], np.array([0, 0.1, 0.25])
    clean = (shown.classes(x) == y).mean()
    for norm, unit in (("linf", 2.0), ("l2", 20.0)):
        grid = eps if norm == "linf" else eps * unit
        found = accuracy_within(shown, x, y, norm, grid, steps=10, seed=3)
        assert list(found) == [NOISE, "fgsm", "momentum_fgsm", "pgd"]
        assert all(shares[0] == clean for shares in found.values())
        for i in (1, 2):
            budget = {"eps": eps[i] * unit, "norm": norm}
            failed = ~fgsm(shown.net, x, y, **budget).success
            assert found["fgsm"][i] == failed.mean()
        # Of the first ε all are asked, and of the second those that are left.
        first = pgd(shown.net, x, y, eps=eps[1] * unit, norm=norm, steps=10, rng=3)
        left = ~first.success
        assert found["pgd"][1] == left.mean()
        second = pgd(shown.net, x[left], y[left], eps=eps[2] * unit, norm=norm, steps=10, rng=3)
        assert found["pgd"][2] == (~second.success).sum() / len(x)
        noisy = (x + eps[2] * unit * random_noise(x.shape, norm, 3)).clip(-1, 1)
        kept = (shown.classes(noisy) == y) & (shown.classes(x) == y)
        assert found[NOISE][2] == kept.mean()
        # The point of it: as much noise does less.
        assert found["pgd"][2] < found[NOISE][2] - 0.3


def test_of_a_larger_size_only_those_are_asked_who_withstood_the_smaller(shown, monkeypatch):
    asked = []

    def every_second(net, x, y, **how):
        asked.append(len(x))
        return SimpleNamespace(success=np.arange(len(x)) % 2 == 0)

    monkeypatch.setattr(accuracy_curve, "SEARCHES", {"some": every_second})
    x, y = shown.x[:16], shown.classes(shown.x[:16])
    found = accuracy_within(shown, x, y, "linf", np.array([0, 0.1, 0.2, 0.3]), steps=1)
    assert asked == [16, 8, 4]
    assert found["some"].tolist() == [1, 0.5, 0.25, 0.125]


def test_noise_is_as_large_as_its_norm_allows():
    assert set(np.unique(random_noise((3, 2, 4, 4), "linf", 0))) == {-1, 1}
    directions = random_noise((3, 2, 4, 4), "l2", 0)
    # In float32.
    np.testing.assert_allclose((directions**2).sum(axis=(1, 2, 3)), 1, rtol=1e-5)
    assert not np.allclose(directions[0], directions[1])


def test_a_length_is_0_where_the_net_is_wrong_and_infinite_where_nothing_was_found(shown):
    x, y = shown.x[:20], shown.classes(shown.x[:20])
    y[0] = (y[0] + 1) % 10
    found = lengths(shown, x, y, deepfool)
    trace = deepfool(shown.net, x, y)
    np.testing.assert_array_equal(found, trace.l2)
    assert found[0] == 0
    assert (found[1:] > 0).all()
    still = lengths(shown, x, y, deepfool, steps=1)
    assert np.isinf(still[~deepfool(shown.net, x, y, steps=1).success]).all()
    assert np.isinf(still).any()


def test_curves_are_drawn_over_their_sizes(monkeypatch, tmp_path):
    figures = []
    whole = Figure.savefig

    def noting(figure, *args, **how):
        figures.append(figure)
        whole(figure, *args, **how)

    monkeypatch.setattr(Figure, "savefig", noting)
    half = draw.Accuracy(
        *("L2", "ε", np.array([0.0, 1.0, 2.0])),
        shares={"noise": np.array([1, 1, 0.9]), "pgd": np.array([1, 0.5, 0])},
        lengths={"deepfool": np.array([0.0, 0.5, 1.5, np.inf])},
        above=(2.0, "twice"),
        marked=0.75,
    )
    draw.accuracy([half], tmp_path / "accuracy.png", "A title", "right", "noise")
    (figure,) = figures
    (ax,) = figure.axes
    noise, pgd_line, deepfool_line, marked = ax.lines
    assert [line.get_linestyle() for line in (noise, pgd_line, deepfool_line)] == ["--", "-", "-"]
    assert len({line.get_color() for line in (noise, pgd_line, deepfool_line)}) == 3
    np.testing.assert_array_equal(noise.get_ydata(), [1, 1, 0.9])
    np.testing.assert_array_equal(pgd_line.get_ydata(), [1, 0.5, 0])
    for eps, share in ((0.25, 0.75), (1.0, 0.5), (1.9, 0.25)):
        assert np.interp(eps, *deepfool_line.get_data()) == share
    assert set(marked.get_xdata()) == {0.75}
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["noise", "pgd", "deepfool"]
    assert ax.child_axes[0].get_xlim() == (0, 4)
