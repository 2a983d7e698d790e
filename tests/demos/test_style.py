"""The demo of style transfer, on scenes and with every flag."""

import argparse

import numpy as np
import pytest
from PIL import Image

from demos import style

pytestmark = pytest.mark.usefixtures("quick")


def picture(path):
    return np.asarray(Image.open(path).convert("RGB"), float)


def test_the_flags_reach_the_technique(tmp_path, monkeypatch):
    half = np.zeros((20, 20), np.uint8)
    half[:, :10] = 255
    Image.fromarray(half).save(tmp_path / "half.png")
    asked = []
    descend = style.style_transfer

    def transfer(*args, **settings):
        asked.append((args, settings))
        return descend(*args, **settings)

    monkeypatch.setattr(style, "style_transfer", transfer)
    line = "--quick --steps 8 --scales 2 --optimizer lbfgs --start noise --style-weights 1 0.5"
    line += f" --preserve-color luminance --mask {tmp_path}/half.png --out {tmp_path}"
    style.main(line.split())
    [((_, content, styles), settings)] = asked
    assert content.shape == (1, 3, 64, 64)
    assert len(styles) == 2
    assert settings["style_weights"] == [1, 0.5]
    told = {"optimizer": "lbfgs", "start": "noise", "preserve_color": "luminance", "scales": 2}
    assert {name: settings[name] for name in told} == told
    assert settings["steps"] == 2  # With --quick, a quarter.
    mask = settings["style_mask"]
    assert mask.shape == (1, 1, 64, 64)
    assert (mask[..., :24] == 1).all()
    assert (mask[..., 40:] == 0).all()
    page = (tmp_path / "style_shape_net.html").read_text(encoding="utf-8")
    assert f"python -m demos.style {line}" in page


def test_the_comparison_has_a_panel_for_each_option(tmp_path, ask):
    shown = ask("shape_net")
    content, styles = style.scenes(shown)
    mask = style.suggested_mask(shown, content)
    assert np.array_equal(mask[0, 0], ~shown.masks[0].astype(bool))
    path = style.comparison(shown, content, styles, mask, tmp_path / "options.png", steps=2)
    page = picture(path)
    # Three rows of four panels, none of which is empty paper.
    height, width = page.shape[:2]
    for row in (0.2, 0.5, 0.83):
        for column in (0.125, 0.375, 0.625, 0.875):
            i, j = round(row * height), round(column * width)
            assert page[i - 40 : i + 40, j - 40 : j + 40].std() > 5


def test_a_photograph_has_the_style_in_its_left_half():
    shown = argparse.Namespace(masks=None)
    mask = style.suggested_mask(shown, np.zeros((1, 3, 4, 6)))
    assert mask.shape == (1, 1, 4, 6)
    assert mask[..., :3].all()
    assert not mask[..., 3:].any()


def test_a_photograph_takes_on_the_style_of_a_painting(tmp_path, data_folder, monkeypatch):
    folder = data_folder / "styles"
    if not (data_folder / "weights" / "squeezenet1_1.npz").exists():
        pytest.skip("no weights of squeezenet1_1")
    monkeypatch.setenv("BACKLIGHT_DATA", str(data_folder))
    style.main(
        ["--net", "squeezenet1_1", "--image", str(folder / "tubingen.jpg"), "--style"]
        + [str(folder / name) for name in ("starry_night.jpg", "the_scream.jpg")]
        + ["--style-weights", "0.5", "0.5", "--side", "64", "--steps", "3", "--out", str(tmp_path)]
    )
    assert {path.name for path in tmp_path.iterdir()} == {
        *("style_squeezenet1_1.png", "style_squeezenet1_1_losses.png"),
        *("style_squeezenet1_1.gif", "style_squeezenet1_1.html"),
    }
