"""The demos of what channels want to see, of dreams and of inverted features."""

import re
from pathlib import Path

import numpy as np
import pytest

from autograd import Tensor, no_grad
from demos import draw, dream, features, images, inversion
from demos.layers import outputs, seen, window
from nets import KernelFitter, squeezenet1_1
from nets.shape_net import ShapeNet
from techniques import layer_activation, objectives
from techniques.layer import scores_and_activation

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def shown(ask):
    return ask("shape_net")


@pytest.fixture
def drawn(monkeypatch):
    """What is to be drawn, by file; that it can be is seen in the gallery's test."""
    drawn = {}

    def instead(what, *rest, **how):
        path = next(each for each in rest if isinstance(each, Path))
        drawn[path.name] = what
        return path

    for kind in ("sheet", "panels", "film"):
        monkeypatch.setattr(draw, kind, instead)
    return drawn


def pictures(page):
    return [path.name for path, _ in page.pictures]


def test_each_channel_comes_with_its_numbers_and_all_pictures_are_on_the_page(
    tmp_path, drawn, capsys
):
    line = "--quick --steps 8 --size 32 --layer features.4 --layer features.10 --channels 3 0"
    features.main([*line.split(), "--out", str(tmp_path)])
    page = (tmp_path / "features_shape_net.html").read_text("utf-8")
    stem = "features_shape_net"
    names = [f"{stem}{end}.png" for end in ("", "_kernels", "_sides", "_classes")]
    assert re.findall(r'<img src="([^"]+)"', page) == names
    assert page.count("Look for:") == page.count("How it misleads:") == 1
    sheet = drawn[f"{stem}.png"]
    assert list(sheet) == ["features.4", "features.10"]
    for panels in sheet.values():
        assert [panel.title for panel in panels] == ["channel 3", *[""] * 3, "channel 0", *[""] * 3]
        assert panels[0].picture.shape == (32, 32, 3)
        for panel in panels:
            assert re.fullmatch(r"(mean \S+, )?most \S+", panel.note)
    classes = drawn[f"{stem}_classes.png"]["shape_net"]
    assert [panel.title for panel in classes] == list(images.SHAPES_CLASSES)
    assert [len(row) for row in drawn[f"{stem}_kernels.png"]] == [8]
    assert [len(row) for row in drawn[f"{stem}_sides.png"].values()] == [4, 3]


def test_the_numbers_of_a_channel_are_the_trace_s_and_those_of_its_images(shown):
    recipe = features.RECIPES["shape_net"]
    how = {"count": 2, "total": 48, "size": 32, "steps": 4, "seed": 0}
    found = features.wanted(shown, recipe, "features.7", [], shown.x, **how)
    a = layer_activation(shown.net, found.trace.x, layer="features.7")
    channels = found.channels
    assert len(channels) == 2
    # Rounding of float32, in sums of 64 numbers in another order.
    mean = a.mean(axis=(2, 3))[[0, 1], channels]
    np.testing.assert_allclose(found.trace.history[-1], mean, rtol=1e-4)
    np.testing.assert_allclose(found.most, a.max(axis=(2, 3))[[0, 1], channels], rtol=1e-5)
    panels = features.panels(shown, found)
    notes = [
        f"mean {dream.rounded(m)}, most {dream.rounded(top)}"
        for m, top in zip(found.trace.history[-1], found.most, strict=True)
    ]
    assert [panel.note for panel in panels if panel.title] == notes


def test_the_examples_of_a_channel_are_those_that_excite_it_most(shown):
    recipe = features.RECIPES["shape_net"]
    how = {"count": 2, "total": 24, "size": 16, "steps": 1, "seed": 0}
    found = features.wanted(shown, recipe, "features.4", [5, 7], shown.x, **how)
    a = layer_activation(shown.net, shown.x, layer="features.4")
    for channel, examples in zip([5, 7], found.examples, strict=True):
        tops = a[:, channel].max(axis=(1, 2))
        order = sorted(range(len(tops)), key=lambda i: -tops[i])[:3]
        assert [i for i, _, _ in examples] == order
        assert [top for _, top, _ in examples] == [float(tops[i]) for i in order]
        for i, top, part in examples:
            row, column = np.argwhere(a[i, channel] == top)[0]
            picture = shown.pictures(shown.x[i : i + 1])[0]
            expected = seen(picture, (8, 2, 3), row, column)
            np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize(
    ("net", "layer", "side"),
    [
        (ShapeNet(rng=0), "features.4", 24),
        (ShapeNet(rng=0), "features.10", 64),
        (KernelFitter(rng=0), "relu", 28),
        (squeezenet1_1(rng=0), "features.3", 63),
        (squeezenet1_1(rng=0), "features.6.expand3x3", 127),
    ],
)
def test_a_unit_sees_its_window_and_nothing_else(net, layer, side):
    """Pixels outside of the window change nothing; those at its edges change something."""
    rng = np.random.default_rng(0)
    channels = 1 if isinstance(net, KernelFitter) else 3
    x = rng.normal(size=(1, channels, side, side)).astype(np.float32)
    net.eval()

    def given(x):
        with no_grad():
            return scores_and_activation(net, Tensor(x), layer)[1].data[0]

    before = given(x)
    row = before.shape[1] // 2
    size, step, first = window(net, layer)
    top = step * row - first
    assert top >= 0
    assert top + size <= side
    outside = rng.normal(size=x.shape).astype(np.float32)
    inside = (slice(None), slice(None), slice(top, top + size), slice(top, top + size))
    outside[inside] = x[inside]
    # The sums are the same, but BLAS may take them in another order.
    np.testing.assert_allclose(given(outside)[:, row, row], before[:, row, row], atol=1e-5)
    for edge in (top, top + size - 1):
        for axis in (2, 3):
            changed = x.copy()
            changed[(slice(None),) * axis + (edge,)] += 10
            assert np.abs(given(changed) - before)[:, row, row].max() > 1e-4


def test_the_sides_are_of_the_two_channels_that_reached_most(shown, tmp_path, drawn):
    recipe = features.RECIPES["shape_net"]
    how = {"size": 16, "steps": 1, "seed": 0}
    found = features.wanted(
        *(shown, recipe, "features.4", [5, 7, 9], None), count=3, total=24, **how
    )
    found.trace.history[-1] = [0, 1, 2]  # The first stayed off.
    features.sides(shown, recipe, found, tmp_path / "sides.png", *how.values())
    four, mixture = drawn["sides.png"].items()
    assert four[0] == "channel 9,\nfour times"
    assert [panel.title for panel in mixture[1]] == ["9", "9 + 7", "7"]
    alone = shown.pictures(found.trace.x)
    for panel, picture in zip(mixture[1][::2], alone[[2, 1]], strict=True):
        np.testing.assert_array_equal(panel.picture, picture)


def test_beyond_the_edge_of_an_image_there_is_grey():
    picture = np.zeros((4, 4, 1))
    part = seen(picture, (3, 1, 1), 0, 3)
    assert part[:, :, 0].tolist() == [[0.5, 0.5, 0.5], [0, 0, 0.5], [0, 0, 0.5]]
    assert seen(picture, window(ShapeNet(rng=0), "pool"), 0, 0) is picture


def test_channels_are_drawn_among_those_that_any_image_excites():
    most = np.array([[0, 1, 0, 2, 0], [0, 0, 3, 0, 0]])
    rng = np.random.default_rng(0)
    assert features.drawn_channels(9, [], most, 5, rng) == [1, 2, 3]
    assert set(features.drawn_channels(2, [], most, 5, rng)) < {1, 2, 3}
    assert features.drawn_channels(2, [4], most, 5, rng) == [4]
    assert len(features.drawn_channels(2, [], None, 5, rng)) == 2


def test_the_shapes_of_layers_are_known_before_training():
    given = outputs("shape_net", ["features.4", "pool", "classifier"], (32, 48), "--size")
    assert given == {"features.4": (24, 16, 24), "pool": (64, 1, 1), "classifier": (10,)}


def test_the_dream_s_numbers_are_the_objective_before_and_after(shown, tmp_path, drawn):
    how = {"layers": ["features.1", "features.4"], "octaves": 2, "steps": 3, "lr": 0.05}
    x = shown.x[:2]
    most = [layer_activation(shown.net, x, layer=layer).max(axis=(2, 3)) for layer in how["layers"]]
    alive = int(np.minimum(most[0], most[1][:, :8]).min(axis=0).argmax())  # In both layers.
    for channel in (None, alive):
        page = dream.page(shown, x, tmp_path, **how, channel=channel)
        assert pictures(page) == ["dream_shape_net.png", "dream_shape_net.gif"]
        sheet = drawn["dream_shape_net.png"]
        traces = dream.dreams(shown, x, how["layers"], channel, octaves=2, steps=3, lr=0.05, seed=0)
        for i, panels in enumerate(sheet.values()):
            assert [panel.title for panel in panels] == ["the image", "features.1", "features.4"]
            for panel, (layer, trace) in zip(panels[1:], traces.items(), strict=True):
                wanted = objectives.layer(layer)
                if channel is not None:
                    wanted = objectives.channel(layer, channel)
                values = [wanted.of(shown.net, Tensor(z)).data[i] for z in (trace.start, trace.x)]
                mean = "mean square" if channel is None else "mean"
                assert panel.note == f"{mean} " + " → ".join(map(dream.rounded, values))
                assert values[1] == trace.history[-1, i]
        assert len(drawn["dream_shape_net.gif"]) == 7  # Six steps, and the start.


def test_numbers_are_written_without_an_exponent():
    assert [dream.rounded(v) for v in (27012.3, 0.012345, 3.0)] == ["27000", "0.0123", "3"]


def test_an_octave_too_small_for_the_net_is_an_error_of_its_flag(shown, tmp_path):
    with pytest.raises(ValueError, match="--octaves: shape_net takes no images of 4×4"):
        dream.page(shown, shown.x[:1], tmp_path, octaves=9)


def test_the_inversion_s_numbers_are_the_relative_errors_of_the_features(shown, tmp_path, drawn):
    x, layers = shown.x[:2], ["features.4", "pool"]
    page = inversion.page(shown, x, tmp_path, layers=layers, steps=5)
    assert pictures(page) == ["inversion_shape_net.png"]
    rows = list(drawn["inversion_shape_net.png"].values())
    for j, layer in enumerate(layers, start=1):
        trace, off = inversion.inverted(shown, x, layer, 5, 0)
        wanted = objectives.likeness(layer, layer_activation(shown.net, x, layer=layer))
        # The same sums in another order, in float32.
        np.testing.assert_allclose(off, -wanted.of(shown.net, Tensor(trace.x)).data, rtol=1e-4)
        assert (off < -trace.history[-1]).all()  # This has the penalties, too.
        for i, verdict in enumerate(shown.verdicts(trace.x)):
            assert rows[i][j].title == layer
            assert rows[i][j].note == f"{verdict}\n{100 * off[i]:.2g} % off"
