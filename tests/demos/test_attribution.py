"""The sheet of all methods and the pages of their families."""

import html
import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

import techniques
from demos import attribution, draw
from demos.code import code_of, highlighted
from demos.families import FAMILIES, FINE, UNSIGNED
from demos.inside import inside
from demos.passes import passes
from nets import MaxPool2d, ReLU, Sequential, resnet18, squeezenet1_1
from nets.shape_net import ShapeNet

LABELS = [label for family in FAMILIES.values() for label in family.asks]


pytestmark = pytest.mark.usefixtures("quick")


def test_its_run_writes_the_sheet_and_a_page_for_each_family(tmp_path, monkeypatch):
    drawn = {}  # That the pictures can be drawn is seen in the gallery's test, which is slow.

    def instead(what, *rest, **how):
        path = next(each for each in rest if isinstance(each, Path))
        drawn[path.stem] = what
        return path

    for kind in ("sheet", "shares", "feature_maps"):
        monkeypatch.setattr(draw, kind, instead)
    attribution.main(["--quick", "--out", str(tmp_path)])
    page = (tmp_path / "attribution_shape_net.html").read_text("utf-8")
    stem = "attribution_shape_net"
    names = [f"{stem}{end}" for end in ("", "_shares", *(f"_{name}" for name in FAMILIES))]
    assert re.findall(r'<img src="(\w+)\.png"', page) == [*names, f"{stem}_layers_channels"]
    sheet = [panel for group in drawn[stem].values() for panel in group]
    assert [panel.title for panel in sheet[1:]] == ["the object", *LABELS]
    for panel in sheet[2:]:
        assert re.fullmatch(r".* m?s, \d+ forward, \d+ back\n\d+ % on the object", panel.note)
    assert page.count("Look for:") == page.count("How it misleads:") == 1 + len(FAMILIES)
    plain = html.unescape(re.sub("<[^>]+>", "", page))
    for name in {label.split(",")[0] for label in LABELS}:
        assert inspect.getsource(getattr(techniques, name)) in plain


# Those that give no map of an image, or only serve others.
NO_MAPS = {"superpixels", "FullGradient", "MaskTrace"}


def test_every_attribution_of_the_library_is_there():
    names = techniques.__all__
    first, last = names.index("saliency"), names.index("neuron_conductance")
    assert set(names[first : last + 1]) - NO_MAPS == {label.split(",")[0] for label in LABELS}
    assert len(set(LABELS)) == len(LABELS)
    assert set(LABELS) >= UNSIGNED | FINE


def test_maps_that_are_drawn_without_sign_have_none_and_costs_are_counted(ask):
    shown = ask("shape_net")
    (found,) = attribution.explain(shown, shown.x[:1], [3], shown.masks[:1], quick=True)
    answers = {label: each for family in found.answers.values() for label, each in family.items()}
    assert list(answers) == LABELS
    for label, answer in answers.items():
        if label in UNSIGNED:
            assert answer.map.min() >= 0, label
    # As the docstrings say, for 48 / 4 steps or samples, and 64 channels.
    counts = {
        "saliency": (1, 1),
        "smoothgrad": (13, 12),
        "integrated_gradients": (13, 12),
        "xrai": (26, 24),
        "deeplift": (2, 2),
        "lrp, gamma": (1, 1),
        "grad_cam": (1, 1),
        "cam": (1, 0),
        "layer_cam, three layers": (1, 3),
        "guided_grad_cam": (2, 2),
        "ablation_cam": (65, 0),
        "lime": (151, 0),
    }
    assert {label: (answers[label].forward, answers[label].backward) for label in counts} == counts


def test_of_walks_within_a_walk_only_the_outer_one_is_a_pass():
    net, x = ShapeNet(rng=0), np.zeros((2, 3, 16, 16), np.float32)
    with passes(net) as made:
        techniques.lrp(net, x, 0)  # Its rules ask for gradients.
        assert (made.forward_passes, made.backward_passes) == (2, 2)
        techniques.saliency(net, x[:1], 0)
    techniques.saliency(net, x, 0)  # Outside of the block.
    assert (made.forward_passes, made.backward_passes) == (3, 3)


def test_the_share_inside_is_of_what_is_positive_after_colours_are_added_up():
    mask = np.zeros((1, 4, 4), bool)
    mask[0, :2] = True
    maps = np.zeros((1, 2, 4, 4))
    maps[0, :, 0, 0] = 5, -2  # 3 inside,
    maps[0, 0, 3, 3] = 1  # 1 outside,
    maps[0, 0, 2, 0] = -9  # and what speaks against the class does not count.
    assert inside(maps, mask) == pytest.approx([0.75])
    assert inside(np.ones((1, 2, 2)), mask) == pytest.approx([0.5])
    assert inside(-np.ones((1, 4, 4)), mask) == [0]


@pytest.mark.parametrize(
    ("net", "stages"),
    [
        (ShapeNet(rng=0), ["features.1", "features.4", "features.7", "features.10"]),
        (squeezenet1_1(rng=0), ["features.1", "features.4", "features.7", "features.12"]),
        (resnet18(rng=0), ["layer1", "layer2", "layer3", "layer4"]),
    ],
)
def test_the_stages_of_a_net_are_the_last_layers_of_each_size(net, stages):
    assert attribution.last_of_each_size(net) == stages
    assert set(stages) <= set(dict(net.named_modules()))


def test_a_pooling_at_the_end_is_no_stage():
    layers = Sequential(ReLU(), MaxPool2d(2), ReLU(), ReLU(), MaxPool2d(2))  # As VGG ends.
    net = SimpleNamespace(features=layers)
    assert attribution.last_of_each_size(net) == ["features.0", "features.3"]


def test_code_is_shown_as_it_stands_with_its_words_marked():
    def f(x):
        """a < b"""
        return x  # it's & so on

    shown = highlighted(inspect.getsource(f))
    assert html.unescape(re.sub("<[^>]+>", "", shown)) == inspect.getsource(f)
    assert '<span class="keyword">def</span> f(x):' in shown
    assert '<span class="string">"""a &lt; b"""</span>' in shown
    assert '<span class="comment"># it\'s &amp; so on</span>' in shown


def test_a_technique_comes_with_its_formula_and_the_helpers_of_its_file():
    code = code_of(techniques.grad_cam)
    assert code.says.startswith("relu(Σ_c w_c A_c), with A_c channel c of a layer")
    assert code.source.startswith("def grad_cam(")
    assert "def weighted_by_means" in code.source
    assert "def from_gradients" not in code.source  # It is another file's.


def test_no_panel_of_a_sheet_lies_over_another_or_outside(monkeypatch, tmp_path):
    figures = []
    whole = Figure.savefig

    def noting(figure, *args, **how):
        figures.append(figure)
        whole(figure, *args, **how)

    monkeypatch.setattr(Figure, "savefig", noting)
    panel = draw.Panel("guided_integrated_gradients", map=np.eye(6), note="one\ntwo", signed=True)
    square = draw.Panel("x", np.zeros((6, 9, 3)), around=np.eye(6, 9) > 0)
    groups = {"first": [panel] * 5, "second": [square, panel]}
    draw.sheet(groups, tmp_path / "sheet.png", "A title", columns=3)
    (figure,) = figures
    renderer = figure.canvas.get_renderer()
    boxes = [ax.get_tightbbox(renderer) for ax in figure.axes]
    page = figure.bbox
    for i, box in enumerate(boxes):
        assert page.x0 <= box.x0
        assert page.y0 <= box.y0
        assert box.x1 <= page.x1
        assert box.y1 <= page.y1
        for other in boxes[:i]:
            wide = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(wide, high) <= 1  # A pixel, of rounding.
