"""A net that was trained against an attack beside one that was not: the table is what it says."""

import argparse
import re

import numpy as np
import pytest
from PIL import Image

from demos import draw, robust
from demos.classifier import classifier
from nets import evaluate
from techniques import fgsm, pgd

pytestmark = pytest.mark.usefixtures("quick")


def line(net="kernel_fitter", **more) -> argparse.Namespace:
    usual = {"net": net, "data": None, "weights": None, "quick": True, "seed": 0, "device": "cpu"}
    return argparse.Namespace(**{**usual, **more})


@pytest.fixture
def nets():
    plain = classifier(line())
    return {
        "plain": plain,
        "robust": robust.trained_against(plain, robust.adversary(line()), line()),
    }


def test_the_table_says_what_evaluate_and_the_attacks_say(nets):
    plain = nets["plain"]
    x, y, eps = plain.x[:40], plain.y[:40], 0.15
    rows = robust.measured(nets, x, y, eps)
    for i, shown in enumerate(nets.values()):
        found = {
            "all 300 as they are": evaluate(shown.net, (shown.x, shown.y)),
            "the first 40 as they are": evaluate(shown.net, (x, y)),
            "fgsm, 0.15": 1 - fgsm(shown.net, x, y, eps=0.3).success.mean(),
        }
        for size in (0.05, 0.1, 0.15, 0.2, 0.25):  # Of the range of 2, from −1 to 1.
            trace = pgd(shown.net, x, y, eps=2 * size, steps=robust.STEPS)
            found[f"pgd, {size}"] = 1 - trace.success.mean()
        # An image is 2.5 %, and on the edge a rounding of ε decides.
        for row, share in found.items():
            assert rows[row][i] == pytest.approx(share, abs=0.026), row
    assert rows["pgd, 0.15"][1] > rows["pgd, 0.15"][0] + 0.3
    for i in (0, 1):
        # A stronger attack finds no less, and noise and the other net's attack find less.
        assert rows["pgd, 0.15, 20 steps, 2 starts"][i] <= rows["pgd, 0.15"][i] + 0.026
        assert rows["pgd, 0.15"][i] <= rows["fgsm, 0.15"][i] + 0.026
        assert rows["pgd, 0.15"][i] < rows["pgd on the other net, 0.15"][i]
        assert rows["fgsm, 0.15"][i] < rows["random noise, 0.15"][i]
    told = robust.table(rows, ["plain", "robust"]).splitlines()
    assert len(told) == 1 + len(rows)
    assert re.search(rf"^fgsm, 0\.15 .* {100 * rows['fgsm, 0.15'][1]:.1f} %$", told[4])


def test_its_training_is_taken_up_and_leaves_the_plain_net_alone(nets, monkeypatch):
    plain = nets["plain"]
    assert evaluate(plain.net, (plain.x, plain.y)) == plain.accuracy

    def step(self):
        raise AssertionError("the net was trained again")

    monkeypatch.setattr("nets.SGD.step", step)
    again = robust.trained_against(plain, robust.adversary(line()), line())
    for name, weights in nets["robust"].net.state_dict().items():
        assert np.array_equal(again.net.state_dict()[name], weights)
        assert not np.array_equal(plain.net.state_dict()[name], weights)
    with pytest.raises(AssertionError, match="trained again"):
        robust.trained_against(plain, robust.adversary(line(eps=0.1)), line())


def test_the_flags_say_what_it_is_trained_against():
    usual = robust.adversary(line(quick=False))
    assert usual == robust.ADVERSARIES["kernel_fitter"]
    asked = robust.adversary(line(eps=0.1, steps=7, epochs=4))
    assert (asked.eps, asked.steps, asked.epochs, asked.lr) == (0.1, 7, 4, usual.lr)
    assert robust.adversary(line("shape_net")).epochs == 1  # With --quick.


def test_its_run_on_scenes_writes_a_page_with_the_maps_of_both_nets(tmp_path, monkeypatch):
    drawn = {}  # That such pictures can be drawn is seen in the gallery's test.

    def instead(rows, path, *rest, **how):
        drawn[path.stem] = rows
        Image.new("RGB", (9, 9)).save(path)
        return path

    monkeypatch.setattr(draw, "panels", instead)
    monkeypatch.setattr(draw, "accuracy", instead)
    robust.main(["--quick", "--net", "shape_net", "--out", str(tmp_path)])
    page = (tmp_path / "robust_shape_net.html").read_text("utf-8")
    stem = "robust_shape_net"
    pictures = [f"{stem}{end}" for end in ("", "_gradients", "_examples", "_classes")]
    assert re.findall(r'<img src="(\w+)\.png"', page) == pictures
    assert "|gradient| on the object" in page
    assert "pgd, 12/255, 20 steps" in page
    assert list(drawn[f"{stem}_examples"])[1:] == [
        f"{net}, {eps}" for eps in ("12/255", "24/255") for net in ("plain", "robust")
    ]
    (curves,) = drawn[stem]
    told = [row for row in page.splitlines() if re.match(r"the first|pgd, \S+ +\d+\.", row)]
    for name, share in (("plain", -4), ("robust", -2)):
        assert [100 * each for each in curves.shares[name]] == pytest.approx(
            [float(row.split()[share]) for row in told], abs=0.06
        )
    assert curves.marked == curves.eps[3] == pytest.approx(12)
    plain, hardened = (drawn[f"{stem}_gradients"][f"{net}, ±"] for net in ("plain", "robust"))
    assert all(panel.signed for panel in (*plain, *hardened))
    assert all((a.map != b.map).any() for a, b in zip(plain, hardened, strict=True))
