"""`draw` shows the whole graph, and nothing of it overlaps."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from autograd import (
    Tensor,
    add,
    anomaly,
    batch_norm,
    concatenate,
    conv2d,
    cross_entropy,
    draw,
    exp,
    grad,
    linear,
    max_pool2d,
    multiply,
    no_grad,
    relu,
    reshape,
    sum,
    tanh,
)
from autograd.draw import ems, shortened
from autograd.layout import Box, isotonic, layered
from autograd.op import registry
from autograd.walk import history

SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Drawn:
    """A box as it is in the picture."""

    kind: str
    left: float
    top: float
    right: float
    bottom: float
    text: str
    tooltip: str

    @property
    def middle(self):
        return (self.left + self.right) / 2


class Picture:
    """What is read back from an SVG."""

    def __init__(self, svg):
        self.root = ElementTree.fromstring(svg)
        self.boxes = {}
        for group in self.root.iter(f"{SVG}g"):
            rect = group.find(f"{SVG}rect")
            left, top, width, height = (float(rect.get(a)) for a in ("x", "y", "width", "height"))
            text = " ".join("".join(t.itertext()) for t in group.findall(f"{SVG}text"))
            key = group.get("data-key")
            assert key not in self.boxes
            self.boxes[key] = Drawn(
                group.get("class"),
                left,
                top,
                left + width,
                top + height,
                " ".join(text.split()),
                group.find(f"{SVG}title").text,
            )
        self.edges = [
            (path.get("data-from"), path.get("data-to"), points_on(path.get("d")))
            for path in self.root.iter(f"{SVG}path")
            if path.get("class") == "edge"
        ]

    def texts(self, kind):
        return [box.text for box in self.boxes.values() if box.kind == kind]

    def links(self):
        """The edges as pairs of texts."""
        return Counter((self.boxes[a].text, self.boxes[b].text) for a, b, _ in self.edges)


def points_on(path):
    """Points on an SVG path of moves, lines and cubic curves, close to each other."""
    points = []
    for letter, numbers in re.findall(r"([MLC])([-\d. ]+)", path):
        corners = np.array(numbers.split(), float).reshape(-1, 2)
        if letter == "M":
            points = [corners[0]]
            continue
        start = points[-1]
        for t in np.linspace(0, 1, 21)[1:]:
            if letter == "L":
                points.append((1 - t) * start + t * corners[0])
            else:
                weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
                points.append(np.dot(weights, [start, *corners]))
    return np.array(points)


def check(picture):
    """No two boxes overlap, each edge goes from box to box past the others, all is on the page."""
    left, top, width, height = map(float, picture.root.get("viewBox").split())
    for box in picture.boxes.values():
        assert left <= box.left < box.right <= left + width
        assert top <= box.top < box.bottom <= top + height
    for a, b in combinations(picture.boxes.values(), 2):
        assert a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top, (
            a,
            b,
        )
    for source, target, points in picture.edges:
        for end, key in ((points[0], source), (points[-1], target)):
            box = picture.boxes[key]
            # Coordinates are written with one digit after the point; two of them make a side.
            assert box.left - 0.2 <= end[0] <= box.right + 0.2
            assert box.top - 0.2 <= end[1] <= box.bottom + 0.2
        assert (points >= (left, top)).all()
        assert (points <= (left + width, top + height)).all()
        for key, box in picture.boxes.items():
            x, y = points.T
            inside = (x > box.left + 1) & (x < box.right - 1)
            inside &= (y > box.top + 1) & (y < box.bottom - 1)
            assert not inside.any(), (source, target, key)


def ones(*shape):
    return Tensor(np.ones(shape, np.float32))


def small_net(x, labels, parameters):
    y = relu(conv2d(x, parameters["conv.weight"], padding=1))
    y = reshape(max_pool2d(y, 2), (len(x), -1))
    y = linear(y, parameters["linear.weight"], parameters["linear.bias"])
    return y if labels is None else cross_entropy(y, labels)


def small_parameters():
    return {
        "conv.weight": ones(2, 1, 3, 3),
        "linear.weight": ones(3, 8),
        "linear.bias": ones(3),
    }


def test_a_net_has_a_box_for_each_op_and_each_parameter_by_name():
    names = small_parameters()
    picture = Picture(draw(small_net(ones(5, 1, 4, 4), None, names), names=names))
    assert picture.texts("op") == [
        "conv2d (5, 2, 4, 4)",
        "relu (5, 2, 4, 4)",
        "max_pool2d (5, 2, 2, 2)",
        "reshape (5, 8)",
    ]
    assert picture.texts("op result") == ["linear (5, 3)"]
    assert sorted(picture.texts("variable")) == [
        "conv.weight (2, 1, 3, 3)",
        "linear.bias (3,)",
        "linear.weight (3, 8)",
        "x (5, 1, 4, 4)",
    ]
    assert picture.links() == Counter(
        {
            ("x (5, 1, 4, 4)", "conv2d (5, 2, 4, 4)"): 1,
            ("conv.weight (2, 1, 3, 3)", "conv2d (5, 2, 4, 4)"): 1,
            ("conv2d (5, 2, 4, 4)", "relu (5, 2, 4, 4)"): 1,
            ("relu (5, 2, 4, 4)", "max_pool2d (5, 2, 2, 2)"): 1,
            ("max_pool2d (5, 2, 2, 2)", "reshape (5, 8)"): 1,
            ("reshape (5, 8)", "linear (5, 3)"): 1,
            ("linear.weight (3, 8)", "linear (5, 3)"): 1,
            ("linear.bias (3,)", "linear (5, 3)"): 1,
        }
    )
    check(picture)


def test_a_chain_of_ops_goes_straight_down():
    picture = Picture(draw(small_net(ones(5, 1, 4, 4), None, small_parameters())))
    ops = [box for box in picture.boxes.values() if box.kind.startswith("op")]
    assert np.ptp([box.middle for box in ops]) <= 0.2  # Written with one digit after the point.
    assert all(above.bottom < below.top for above, below in pairwise(ops))


def test_constants_are_shown_apart_from_variables_and_numbers_by_their_value():
    x = ones(2, 3)
    picture = Picture(draw(small_net(np.ones((2, 1, 4, 4), np.float32), None, small_parameters())))
    assert picture.texts("constant") == ["x (2, 1, 4, 4)"]
    picture = Picture(draw(x * 0.5 + np.ones(3)))
    assert sorted(picture.texts("constant")) == ["0.5", "y (3,)"]
    check(picture)


def test_an_input_that_was_left_out_is_not_shown():
    picture = Picture(draw(conv2d(ones(1, 1, 3, 3), ones(1, 1, 3, 3))))
    assert len(picture.boxes) == 3


def test_names_may_be_given_either_way_round_and_name_intermediate_results():
    w, unused = ones(3, 8), ones(2)
    scores = linear(ones(5, 8), w)
    y = sum(scores)
    named = draw(y, names={"w": w, "scores": scores, "unused": unused})
    assert named == draw(y, names={w: "w", scores: "scores", unused: "unused"})
    assert "w (3, 8)" in Picture(named).texts("variable")
    assert Picture(named).texts("op") == ["scores = linear (5, 3)"]


def test_a_variable_used_twice_is_one_box_with_two_edges():
    w = ones(3)
    picture = Picture(draw(sum(w * w) + sum(exp(w)), names={"w": w}))
    assert picture.texts("variable") == ["w (3,)"]
    assert picture.links()["w (3,)", "multiply (3,)"] == 2
    assert picture.links()["w (3,)", "exp (3,)"] == 1
    check(picture)


def residual_net(blocks, depth=2):
    x = ones(1, 4, 8, 8)
    for _ in range(blocks):
        y = x
        for _ in range(depth):
            y = relu(batch_norm(conv2d(y, ones(4, 4, 3, 3), padding=1), weight=ones(4)))
        x = relu(y + x)
    return x


def fire_net(modules):
    x = ones(1, 4, 8, 8)
    for _ in range(modules):
        squeezed = relu(conv2d(x, ones(2, 4, 1, 1), ones(2)))
        left = relu(conv2d(squeezed, ones(2, 2, 1, 1), ones(2)))
        right = relu(conv2d(squeezed, ones(2, 2, 3, 3), ones(2), padding=1))
        x = concatenate([left, right], axis=1)
    return x


def u_net(depth):
    x, skips = ones(1, 4, 8, 8), []
    for _ in range(depth):
        skips.append(x)
        x = relu(conv2d(x, ones(4, 4, 3, 3), padding=1))
    for skip in reversed(skips):
        x = concatenate([conv2d(x, ones(4, x.shape[1], 3, 3), padding=1), skip], axis=1)
    return x


def recurrent_net(steps):
    w, h = ones(4, 4), ones(1, 4)
    for _ in range(steps):
        h = tanh(h @ w + np.ones((1, 4), np.float32))
    return h


def second_order():
    x = ones(2, 1, 4, 4)
    y = small_net(x, np.array([0, 1]), small_parameters())
    return sum(grad(y, x, create_graph=True) ** 2)


GRAPHS = {
    "residual": lambda: residual_net(1),
    "long residual": lambda: residual_net(4),
    "fire": lambda: fire_net(2),
    "long fire": lambda: fire_net(6),
    "u-net": lambda: u_net(4),
    "recurrent": lambda: recurrent_net(8),
    "second order": second_order,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_every_node_and_edge_is_drawn_and_nothing_overlaps(name):
    y = GRAPHS[name]()
    picture = Picture(draw(y))
    assert_whole(y, picture)
    check(picture)


def assert_whole(y, picture):
    nodes = history(y._node)
    inputs = [(p, a) for node in nodes for p, a in zip(node.parents, node.inputs, strict=True)]
    constants = [a for p, a in inputs if p is None and a is not None]
    assert len(picture.boxes) == len(nodes) + len(constants)
    kinds = Counter(box.kind.split()[0] for box in picture.boxes.values())
    assert kinds["op"] == len([node for node in nodes if node.op is not None])
    assert kinds["constant"] == len(constants)
    number = {node: str(i) for i, node in enumerate(nodes)}
    wanted = Counter(
        (number[parent], number[node]) for node in nodes for parent in node.parents if parent
    )
    drawn = Counter((a, b) for a, b, _ in picture.edges if picture.boxes[a].kind != "constant")
    assert drawn == wanted
    assert len(picture.edges) == len(inputs) - len([1 for p, a in inputs if p is None is a])
    for node, key in number.items():
        assert picture.boxes[key].text.endswith(str(node.shape))


@st.composite
def graphs(draw_from):
    """A Tensor made by a few ops from each other's results."""
    made = [ones(2) for _ in range(draw_from(st.integers(1, 3)))]
    for _ in range(draw_from(st.integers(1, 25))):
        x, y = (made[draw_from(st.integers(0, len(made) - 1))] for _ in range(2))
        made.append(
            draw_from(
                st.sampled_from(
                    [
                        lambda x=x: tanh(x),
                        lambda x=x: multiply(x, 2.5),
                        lambda x=x: add(x, ones(2)),
                        lambda x=x, y=y: add(x, y),
                        lambda x=x, y=y, z=made[-1]: concatenate([x, y, z])[:2],
                    ]
                )
            )()
        )
    return made[-1]


@given(graphs())
def test_any_graph_is_drawn_whole_and_without_overlaps(y):
    picture = Picture(draw(y))
    assert_whole(y, picture)
    check(picture)


def test_a_long_net_goes_on_in_columns_and_one_with_many_long_edges_does_not():
    long = Picture(draw(fire_net(6)))
    width, height = (float(long.root.get(side)) for side in ("width", "height"))
    assert 0.5 < width / height < 2
    tall = Picture(draw(u_net(12)))
    width, height = (float(tall.root.get(side)) for side in ("width", "height"))
    assert height > 3 * width


def test_the_boxes_are_wide_enough_for_their_texts():
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    bold = ImageFont.truetype(fonts / "DejaVuSans-Bold.ttf", 130)
    plain = ImageFont.truetype(fonts / "DejaVuSans.ttf", 110)
    for text in [*registry, "features.12.expand3x3.weight", "(64, 512, 28, 28)", "WWWWW", "mmm"]:
        # The picture's sizes times ten: 13 px bold has the room of 14 px, and a margin of 2 · 9 px.
        assert bold.getlength(text) <= 140 * ems(text) + 60, text
        assert plain.getlength(text) <= 110 * ems(text), text


def test_any_text_comes_through_as_text():
    label = """<script>"a" & 'b'</script> ]]> \x00\x1b\ud800\uffff ü漢🙂"""
    w = ones(2)
    picture = Picture(draw(exp(w), names={label: w}))
    (box,) = [box for box in picture.boxes.values() if box.kind == "variable"]
    clean = re.sub("[\x00\x1b\ud800\uffff]", "\ufffd", label)
    assert box.tooltip.startswith(clean + ": variable, (2,) float32")
    assert picture.root.find(f".//{SVG}script") is None


def test_a_long_label_is_shortened_and_whole_in_the_tooltip():
    label = "x" * 30 + "middle" + "y" * 30
    w = ones(2)
    picture = Picture(draw(exp(w), names={label: w}))
    (box,) = [box for box in picture.boxes.values() if box.kind == "variable"]
    assert box.text == f"{shortened(label)} (2,)"
    assert len(shortened(label)) == 48
    assert label in box.tooltip
    check(picture)


def test_tooltips_tell_the_settings_and_the_line_known_to_anomaly():
    with anomaly():
        y = conv2d(ones(1, 1, 4, 4), ones(1, 1, 3, 3), padding=1)
    (box,) = [box for box in Picture(draw(y)).boxes.values() if box.kind == "op result"]
    assert box.tooltip.startswith("conv2d: (1, 1, 4, 4) float32\n")
    assert "padding = 1" in box.tooltip
    assert f"at {__file__}:" in box.tooltip


def test_the_same_graph_gives_the_same_picture():
    y = fire_net(2)
    assert draw(y) == draw(y)
    assert draw(fire_net(2)) == draw(fire_net(2))


def test_drawing_changes_nothing():
    x, other = ones(2), ones(2)
    y = exp(x)
    draw(y, names={"x": x, "other": other})
    assert other._node is None
    assert grad(sum(y), x).shape == (2,)


def test_the_picture_is_written_whole(tmp_path):
    y = exp(ones(2))
    svg = draw(y, tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == svg == draw(y)
    assert [path.name for path in tmp_path.iterdir()] == ["graph.svg"]
    draw(sum(y), str(tmp_path / "graph.svg"))
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") != svg


def test_a_graph_of_500_nodes_is_drawn_and_a_larger_one_refused():
    y = ones(2)
    for _ in range(499):
        y = tanh(y)
    assert len(Picture(draw(y)).boxes) == 500
    with pytest.raises(ValueError, match=r"the graph has 501 nodes.*x\.detach\(\)"):
        draw(tanh(y))


def test_what_has_no_graph_is_refused():
    x = ones(2)
    with pytest.raises(ValueError, match="y has no graph"):
        draw(x)
    with pytest.raises(ValueError, match="y has no graph"):
        draw(exp(np.ones(2)))
    with no_grad(), pytest.raises(ValueError, match=r"inside no_grad\(\)"):
        draw(exp(x))
    exp(x)  # Makes the variable a leaf of a graph.
    with pytest.raises(ValueError, match="y has no graph"):
        draw(x)


def test_arguments_of_the_wrong_kind_are_refused(tmp_path):
    y = exp(ones(2))
    with pytest.raises(TypeError, match="y: expected a Tensor, got ndarray"):
        draw(np.ones(2))
    with pytest.raises(TypeError, match="names: expected a dictionary, got list"):
        draw(y, names=[("y", y)])
    with pytest.raises(TypeError, match=r"got {str: ndarray}"):
        draw(y, names={"y": np.ones(2)})
    with pytest.raises(TypeError, match=r"got {Tensor: int}"):
        draw(y, names={y: 1})
    with pytest.raises(ValueError, match=r"ends in \.svg"):
        draw(y, tmp_path / "graph.png")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        draw(y, tmp_path / "nowhere" / "graph.svg")


def test_the_names_of_modules_do_not_hide_the_functions():
    import autograd.draw
    import autograd.profile

    assert callable(autograd.draw)
    assert isinstance(autograd.profile, type)


def test_edges_that_could_cross_are_disentangled():
    boxes = {key: Box(10, 10, 10) for key in "abcde"}
    layout = layered(boxes, [("a", "d"), ("b", "c"), ("c", "e"), ("d", "e")])
    x = {key: place[0] for key, place in layout.places.items()}
    assert (x["a"] < x["b"]) == (x["d"] < x["c"])


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=1, max_size=8))
def test_isotonic_regression_agrees_with_its_formula(pairs):
    """zᵢ is the largest, over j ≤ i, of the smallest mean of the values from j to a k ≥ i."""
    values, weights = zip(*pairs, strict=True)
    n = len(values)

    def mean(j, k):
        return np.average(values[j : k + 1], weights=weights[j : k + 1])

    formula = [max(min(mean(j, k) for k in range(i, n)) for j in range(i + 1)) for i in range(n)]
    # Sums of up to eight numbers of either sign: a few roundings of numbers below 100.
    np.testing.assert_allclose(isotonic(values, weights), formula, atol=1e-12)
