"""The main job, small: every page is written, and every picture that it names is there."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from demos import __main__ as main_job
from demos import boundary, images

pytestmark = pytest.mark.usefixtures("quick")


def test_the_main_job_writes_an_index_and_every_picture_in_it(tmp_path, capsys):
    main_job.main(["--quick", "--out", str(tmp_path)])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img src="([^"]+)"', page)
    assert len(pictures) >= 10
    assert {p.name for p in tmp_path.iterdir()} == {"index.html", *pictures}
    for name in pictures:
        with Image.open(tmp_path / name) as image:
            assert min(image.size) > 200
            grey = np.asarray(image.convert("L"), dtype=float)
            assert grey.std() > 10, f"{name} is nearly one colour"
            if name.endswith(".gif"):
                assert image.n_frames >= 10
    assert "wrote" in capsys.readouterr().out


def test_a_second_run_takes_up_the_weights_of_the_first(tmp_path, monkeypatch):
    options = ["--quick", "--out", str(tmp_path), "--count", "1", "--method", "all_gradients"]
    boundary.main(options)

    def step(self):
        raise AssertionError("the net was trained again")

    monkeypatch.setattr("nets.SGD.step", step)
    boundary.main(options)


def test_an_image_file_walks_to_another_class(tmp_path, small_data, capsys):
    (_, _), (x, y) = small_data["digits"]
    grey = np.round((1 - x[np.flatnonzero(y == 4)[0], 0]) * 127.5).astype(np.uint8)
    Image.fromarray(grey).resize((112, 112)).save(tmp_path / "four.png")  # Dark on light.
    boundary.main(
        ["--quick", "--out", str(tmp_path), "--image", str(tmp_path / "four.png"), "--to", "8"]
    )
    assert (tmp_path / "boundary_all_gradients_4_to_8.png").exists()
    assert "1 of 1 reach 8" in capsys.readouterr().out


def test_an_image_file_is_read_as_the_net_was_trained(tmp_path, small_data):
    (_, _), (x, _) = small_data["digits"]
    pixels = np.round((x[0, 0] + 1) * 127.5).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "digit.png")
    # Half a grey level of rounding, in units of [−1, 1].
    assert np.abs(images.read_drawing(tmp_path / "digit.png") - x[:1]).max() <= 0.5 / 127.5 + 1e-6


@pytest.mark.parametrize("ink", [0, 255])
def test_a_drawing_on_a_transparent_ground_is_seen(tmp_path, ink):
    pixels = np.zeros((28, 28, 4), np.uint8)
    pixels[..., :3] = ink
    pixels[5:20, 10:14, 3] = 255
    Image.fromarray(pixels).save(tmp_path / "drawing.png")
    x = images.read_drawing(tmp_path / "drawing.png")[0, 0]
    assert (x[5:20, 10:14] == 1).all()
    assert (x[:5] == -1).all()


def test_a_class_name_with_a_slash_makes_a_file_name(tmp_path, monkeypatch):
    names = ("T-shirt/top", *images.DIGITS[1:])
    monkeypatch.setitem(images.DATA, "digits", replace(images.DATA["digits"], names=names))
    line = ["--quick", "--out", str(tmp_path), "--from", "T-shirt/top", "--count", "1"]
    boundary.main([*line, "--method", "all_gradients"])
    assert (tmp_path / "boundary_all_gradients_T-shirt-top_to_7.png").exists()
