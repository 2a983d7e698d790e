"""One change for all images: the rates and the classes that the page tells."""

import argparse
import re

import numpy as np
import pytest
from PIL import Image

from demos import draw, images, universal
from nets import squeezenet1_1
from techniques import universal_perturbation

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def shown(ask):
    return ask("kernel_fitter")


def test_the_rates_are_those_of_the_trace_and_of_a_look_at_the_others(shown, monkeypatch, tmp_path):
    drawn, traces = {}, []

    def rates(*given):
        shares, becomes, count, path, _ = given
        drawn.update(shares=shares, becomes=becomes, count=count)
        return path

    def noted(*args, **settings):
        traces.append(universal_perturbation(*args, **settings))
        return traces[-1]

    monkeypatch.setattr(draw, "rates", rates)
    monkeypatch.setattr(universal, "universal_perturbation", noted)
    made_with, held_out = universal.halves(shown, quick=True)
    page = universal.page(shown, made_with, held_out, tmp_path, eps=0.35, epochs=4, seed=1)
    (trace,) = traces
    assert abs(trace.universal).max() <= 0.7 + 1e-6  # Of the range of 2, from −1 to 1.
    before = shown.net(held_out).data.argmax(axis=1)
    after = shown.net((held_out + trace.universal).clip(-1, 1)).data.argmax(axis=1)
    on_made, on_others, on_noise = drawn["shares"].values()
    assert on_made == trace.fooling_rate
    assert on_others == (after != before).mean()
    assert 0 <= on_noise < on_others
    assert drawn["count"] == (after != before).sum()
    assert sum(drawn["becomes"].values()) == drawn["count"]  # Ten classes, of which 8 are kept.
    (top, number), *_ = drawn["becomes"].items()
    counts = np.bincount(after[after != before], minlength=10)
    assert (counts[int(top)], counts.max()) == (number, number)
    told = page.listings[0][1]
    assert f"{100 * on_others:.1f} %" in told
    assert f"{top} ({number})" in told


def test_what_was_held_out_is_not_what_the_change_is_made_with(shown):
    made_with, held_out = universal.halves(shown, quick=True)
    assert not (held_out[:, None] == made_with[None]).all(axis=(2, 3, 4)).any()


def test_of_photographs_every_third_is_held_out_and_each_gives_several_views(tmp_path):
    paths = []
    for level in (0, 60, 120, 180, 240, 255):
        paths.append(tmp_path / f"{level}.png")
        Image.new("RGB", (300, 260), (level,) * 3).save(paths[-1])
    options = argparse.Namespace(net="squeezenet1_1", data=None, images=paths, seed=0, quick=True)
    made_with, held_out = universal.photographs(options)
    assert made_with.shape == (4 * universal.FEW, 3, 224, 224)
    assert held_out.shape == (2 * universal.FEW, 3, 224, 224)
    imagenet = images.DATA["imagenet"]
    levels = [
        (255 * (x[:, 0] * imagenet.std[0] + imagenet.mean[0])).round().mean(axis=(1, 2)).tolist()
        for x in (made_with, held_out)
    ]
    assert levels == [[0, 60, 180, 240] * universal.FEW, [120, 255] * universal.FEW]


def test_its_run_on_photographs_writes_a_page_with_its_pictures(tmp_path, monkeypatch, capsys):
    squeezenet1_1(rng=0).save(tmp_path / "weights.npz")
    noise = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    for i, pixels in enumerate(noise):
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    monkeypatch.setattr(universal, "MANY", 2)
    monkeypatch.setattr(universal, "FEW", 1)
    files = [str(tmp_path / f"{i}.png") for i in range(3)]
    line = ["--net", "squeezenet1_1", "--weights", str(tmp_path / "weights.npz"), "--epochs", "1"]
    universal.main([*line, "--images", *files, "--out", str(tmp_path)])
    page = (tmp_path / "universal_squeezenet1_1.html").read_text("utf-8")
    pictures = re.findall(r'<img src="([^"]+)"', page)
    assert len(pictures) == 3
    for name in pictures:
        with Image.open(tmp_path / name) as image:
            assert min(image.size) > 150
    assert "at most 10/255" in page
    assert "1 others" in capsys.readouterr().out
