"""Films and strips of what happened to images."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from techniques import (
    activation_maximization,
    all_gradients,
    fourier_image,
    meaningful_perturbation,
    objectives,
    save_frames,
    universal_perturbation,
)
from techniques.save_frames import GAP, SIDE

from .small_nets import ConvNet, inputs_for
from .test_trace import trace_of

STEP = SIDE + GAP


def traced(frames, **fields):
    """A Trace with these frames (F, N, C, H, W)."""
    frames = np.asarray(frames, float)
    steps = np.arange(len(frames))
    return trace_of(frames[0], frames[-1], frames=frames, frame_steps=steps, **fields)


def read(path):
    """The pictures of a file, each (H, W, 3)."""
    with Image.open(path) as file:
        pictures = []
        for i in range(getattr(file, "n_frames", 1)):
            file.seek(i)
            pictures.append(np.array(file.convert("RGB")).astype(int))
    return pictures


def middle(picture, row, column):
    """The colour in the middle of the picture in this place of the grid."""
    return picture[row * STEP + SIDE // 2, column * STEP + SIDE // 2].tolist()


def levels(*values, n=1, size=(28, 28)):
    """Frames of grey images of one level each, (F, n, 1, H, W)."""
    return np.array(values).reshape(-1, 1, 1, 1, 1) * np.ones((n, 1, *size))


def test_a_strip_has_a_row_for_each_image_some_stations_and_the_change(tmp_path):
    frames = levels(-1.0, -0.5, 0.0, 0.5, 1.0, n=2)
    frames[:, 1] = -frames[:, 1]
    path = save_frames(traced(frames), tmp_path / "strip.png", stations=3)
    (picture,) = read(path)
    assert picture.shape == (2 * STEP - GAP, 4 * STEP - GAP, 3)
    found = [[middle(picture, row, column)[0] for column in range(4)] for row in range(2)]
    # Halves are rounded to even; the change is all white, and all black.
    assert found == [[0, 128, 255, 255], [255, 128, 0, 0]]
    assert (picture[SIDE : SIDE + GAP] == 255).all()


def test_the_change_is_grey_where_there_is_none_and_magnified(tmp_path):
    frames = levels(0.0, 0.0)
    frames[1, 0, 0, :14] += 0.01
    frames[1, 0, 0, :, :7] -= 0.02
    (picture,) = read(save_frames(traced(frames), tmp_path / "strip.png"))
    change = picture[:, 2 * STEP :, 0]
    assert change[-1, 0] == 0  # The largest.
    assert change[0, -1] == 191  # Half as much, upwards.
    assert change[-1, -1] == 128
    assert set(np.unique(change)) == {0, 64, 128, 191}


def test_a_film_shows_all_images_from_the_first_frame_to_the_last(tmp_path):
    frames = levels(*np.linspace(-1, 1, 100), n=3)
    frames[:, 2] = 0.0
    path = save_frames(traced(frames), tmp_path / "film.gif")
    pictures = read(path)
    assert len(pictures) == 60
    assert all(picture.shape == (2 * STEP - GAP, 2 * STEP - GAP, 3) for picture in pictures)
    shown = [middle(picture, 0, 1)[0] for picture in pictures]
    assert shown == sorted(shown)
    assert shown[0] == 0
    assert shown[-1] == 255
    assert {middle(picture, 1, 0)[0] for picture in pictures} == {128}
    with Image.open(path) as film:
        assert film.info["loop"] == 0
        assert film.info["duration"] == 800
    assert len(read(save_frames(traced(frames), tmp_path / "film.gif", stations=5))) == 5


def test_small_images_are_enlarged_by_a_whole_factor_and_large_ones_are_not(tmp_path):
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 1, 1, 30, 20))
    (picture,) = read(save_frames(traced(pixels), tmp_path / "strip.png"))
    assert picture.shape == (90, 60 + GAP + 60, 3)
    assert (picture[::3, :60:3] == picture[2::3, 2:60:3]).all()
    expected = (255 * (pixels[0, 0, 0] + 1) / 2).round()
    assert np.array_equal(picture[::3, :60:3, 0], expected)
    (picture,) = read(save_frames(traced(np.zeros((1, 1, 1, 113, 60))), tmp_path / "strip.png"))
    assert picture.shape == (113, 60 + GAP + 60, 3)


def test_colours_have_bounds_of_their_own_and_what_is_beyond_is_clipped(tmp_path):
    low, high = np.array([-2.0, 0, 0]).reshape(3, 1, 1), np.array([2.0, 1, 10]).reshape(3, 1, 1)
    frames = np.array([[0.0, 0.5, 5.0], [2.0, 0.0, 99.0]]).reshape(2, 1, 3, 1, 1)
    frames = frames * np.ones((1, 1, 1, 5, 5))
    path = save_frames(traced(frames), tmp_path / "strip.png", bounds=(low, high))
    (picture,) = read(path)
    assert picture[50, 50].tolist() == [128, 128, 128]
    assert picture[50, 170].tolist() == [255, 0, 255]


class ColourNet(ConvNet):
    """Sees red and green."""

    shape = (3, 6, 5)

    def forward(self, x, *weights):
        return super().forward(x[:, :2], *weights)


KINDS = {
    "Trace": lambda net, x: all_gradients(net, x, 1, frames=True, steps=3),
    "UniversalTrace": lambda net, x: universal_perturbation(net, x, eps=0.1, frames=True),
    "MaskTrace": lambda net, x: meaningful_perturbation(net, x, frames=True, steps=2, scale=2),
    "FeatureTrace": lambda net, x: activation_maximization(
        net, objectives.roughness(), fourier_image(x), frames=True, steps=2
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_traces_of_every_kind_can_be_saved(kind, tmp_path):
    net = ColourNet()
    trace = KINDS[kind](net, inputs_for(net, 2))
    assert type(trace).__name__ == kind
    assert len(read(save_frames(trace, tmp_path / "film.gif"))) == len(trace.frames)
    (picture,) = read(save_frames(trace, tmp_path / "strip.png"))
    # 5 × 22 wide: a column for each frame, and the change.
    assert picture.shape[1] == (len(trace.frames) + 1) * (90 + GAP) - GAP


@pytest.mark.parametrize(
    ("trace", "name", "how", "error", "message"),
    [
        (levels(0.0), "film.mp4", {}, ValueError, r"film.mp4: expected .* in .gif or .png"),
        (levels(0.0), "film", {}, ValueError, r"film: expected a file name that ends"),
        (levels(0.0), "none/film.gif", {}, FileNotFoundError, "there is no folder"),
        (levels(0.0), "folder.gif", {}, IsADirectoryError, "this is a folder"),
        (np.zeros((2, 1, 7)), "film.gif", {}, ValueError, r"images \(N, C, H, W\).*got \(1, 7\)"),
        (np.zeros((2, 1, 2, 4, 4)), "film.gif", {}, ValueError, r"got \(1, 2, 4, 4\)"),
        (levels(0.0), "film.gif", {"stations": 1}, ValueError, "stations: expected a whole"),
        (levels(0.0), "film.gif", {"bounds": None}, ValueError, r"bounds: expected \(low, high\)"),
        (levels(0.0), "film.gif", {"bounds": (1, 0)}, ValueError, "bounds: expected"),
        (levels(3.0), "film.gif", {}, ValueError, "x: has 3 at .* beyond its bounds"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_leaves_no_file(
    trace, name, how, error, message, tmp_path
):
    (tmp_path / "folder.gif").mkdir()
    with pytest.raises(error, match=message):
        save_frames(traced(trace), tmp_path / name, **how)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.gif"]


def test_a_trace_without_frames_and_what_is_no_trace_are_refused(tmp_path):
    bare = replace(traced(levels(0.0)), frames=None)
    with pytest.raises(ValueError, match="trace: it has no frames; keep some, by frames=True"):
        save_frames(bare, tmp_path / "film.gif")
    with pytest.raises(TypeError, match="trace: expected a Trace, got ndarray"):
        save_frames(levels(0.0), tmp_path / "film.gif")
