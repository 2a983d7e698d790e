"""A picture of the graph that a Tensor was computed with, as SVG."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

from .files import AnyPath, check_target, write_atomically
from .layout import Box, Point, layered
from .tensor import Node, Tensor
from .walk import history

MOST = 500  # Nodes. Nobody reads more in one picture.
LONGEST = 48  # Letters of a name; its tooltip has the whole.

# Lengths are in pixels.
MARGIN = 16
LINE = 17  # From a line of text to the next.
PAD = 9  # Between text and the side of its box.
GAP = 18  # Between an op and what stands beside it.
STYLE = """
.graph { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; font-size: 11px; }
.graph .op rect { fill: #e8edf7; stroke: #332288; }
.graph .result rect { stroke-width: 3px; }
.graph .variable rect { fill: #f8efcd; stroke: #8a6d00; }
.graph .constant rect { fill: #ffffff; stroke: #888888; stroke-dasharray: 3 2; }
.graph text { fill: #444444; text-anchor: middle; }
.graph .name { fill: #000000; }
.graph .op .name { font-size: 13px; font-weight: bold; }
.graph .legend { text-anchor: start; }
.graph .edge { fill: none; stroke: #555555; stroke-width: 1.3px; stroke-linejoin: round; }
"""
LEGEND = (
    '<tspan fill="#332288">■</tspan> op\u2003<tspan fill="#8a6d00">■</tspan> variable\u2003'
    "<tspan>□</tspan> constant"
)
ARROW = (
    '<marker id="graph-arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
    'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    '<path d="M0 0.5 8 4 0 7.5z" fill="#555555"/></marker>'
)


@dataclass
class Item:
    """A box with text in it."""

    key: str
    kind: str  # "op", "variable" or "constant".
    name: str
    shape: str
    about: str  # The tooltip.
    inputs: list[tuple[str, "Item"]] = field(default_factory=list)  # With the arguments' names.
    small: bool = False  # Stands beside the op that it goes into.

    @property
    def width(self) -> float:
        name, shape = shortened(self.name), self.shape
        if self.small:
            return 11 * ems(f"{name} {shape}") + PAD
        # Of 13 px letters, which are bold: as wide as others of 14.
        letter = 11 if self.kind in ("variable", "constant") else 14
        return max(letter * ems(name), 11 * ems(shape), 30) + 2 * PAD

    @property
    def height(self) -> float:
        return LINE + 3 if self.small else max(2 * LINE + PAD, (LINE + 6) * len(self.beside))

    @property
    def beside(self) -> list["Item"]:
        return [item for _, item in self.inputs if item.small]

    @property
    def room(self) -> Box:
        """What it needs in the layout, with what stands at its left."""
        left = max((GAP + item.width for item in self.beside), default=0)
        return Box(self.width / 2 + left, self.width / 2, self.height)


def draw(
    y: Tensor,
    path: AnyPath | None = None,
    names: Mapping[Tensor, str] | Mapping[str, Tensor] | None = None,
) -> str:
    """The graph that `y` was computed with, as the text of an SVG picture.

    Ops are boxes with their name and the shape of their output, from the input at the top to `y`,
    in a bold frame, at the bottom; a long graph goes on in further columns. A variable that goes
    into one op only, as weights do, stands beside it, and so do constants, which are dashed.
    Tooltips tell the dtypes and settings, and inside `anomaly()` the line that applied the op.

    Args:
        y: a Tensor that an op made, outside of `no_grad()`.
        path: also write the picture to this file, whose name ends in .svg.
        names: labels for Tensors of the graph, as {label: Tensor} or {Tensor: label}; for a
            network's parameters, `dict(net.named_parameters())`. Draw before an optimiser's step,
            which makes new variables of them.

    Returns:
        The SVG text. In a notebook, `IPython.display.SVG(draw(y))` shows it.

    Raises:
        TypeError: `y` is not a Tensor, or `names` not a dictionary of Tensors and labels.
        ValueError: `y` has no graph, or one of more than 500 nodes; `path` does not end in .svg.
        FileNotFoundError: the folder of `path` does not exist.
        IsADirectoryError: `path` is a folder.
    """
    if not isinstance(y, Tensor):
        raise TypeError(f"draw: y: expected a Tensor, got {type(y).__name__}")
    if path is not None:
        path = check_target(path, ".svg")
    labels = labels_of(names)
    if y._node is None or y._node.op is None:
        raise ValueError(
            "draw: y has no graph: it is a variable or a constant, or was made inside no_grad()"
        )
    nodes = history(y._node)
    if len(nodes) > MOST:
        raise ValueError(
            f"draw: the graph has {len(nodes)} nodes, and a picture of more than {MOST} cannot be "
            "read: draw an earlier result, or let the graph begin later, from x.detach()"
        )
    svg = picture(items_of(nodes, labels))
    if path is not None:
        write_atomically(path, svg.encode())
    return svg


def labels_of(names: Mapping | None) -> dict[Node, str]:
    """The labels by the nodes of their Tensors."""
    if not isinstance(names, Mapping | None):
        raise TypeError(f"draw: names: expected a dictionary, got {type(names).__name__}")
    labels = {}
    for a, b in (names or {}).items():
        tensor, label = (a, b) if isinstance(a, Tensor) else (b, a)
        if not isinstance(tensor, Tensor) or not isinstance(label, str):
            raise TypeError(
                "draw: names: expected {label: Tensor} or {Tensor: label}, "
                f"got {{{type(a).__name__}: {type(b).__name__}}}"
            )
        if tensor._node is not None:
            labels[tensor._node] = label
    return labels


def items_of(nodes: list[Node], labels: dict[Node, str]) -> list[Item]:
    """The boxes that the layout places, each after its inputs."""
    uses = Counter(parent for node in nodes for parent in node.parents)
    items: dict[Node, Item] = {}
    placed: dict[str, Item] = {}
    for number, node in enumerate(nodes):
        if node.op is None:
            items[node] = variable_item(str(number), node, labels.get(node, "variable"))
            continue
        item = items[node] = op_item(str(number), node, labels.get(node))
        for i, (parent, array) in enumerate(zip(node.parents, node.inputs, strict=True)):
            name = node.op.inputs[node.op.slot(i)]
            if parent is not None:
                source = items[parent]
                if parent.op is None and uses[parent] == 1:
                    source.small, source.name = True, labels.get(parent, name)
            elif array is not None:
                source = constant_item(f"{number}.{i}", array, name)
            else:  # An input that was left out.
                continue
            item.inputs.append((name, source))
        if all(source.small for _, source in item.inputs):
            # A path through the graph begins here, with the first input that is not just a number.
            next(source for _, source in item.inputs if source.shape).small = False
        placed.update({source.key: source for _, source in item.inputs if not source.small})
        placed[item.key] = item
    item.kind = "op result"
    return list(placed.values())


def op_item(key: str, node: Node, label: str | None) -> Item:
    name = node.op.name if label is None else f"{label} = {node.op.name}"
    about = [f"{node.shape} {node.dtype}"]
    about += [f"{name} = {shortened(repr(value))}" for name, value in node.settings.items()]
    about += [f"at {node.site}"] if node.site else []
    return Item(key, "op", name, str(node.shape), "\n".join(about))


def variable_item(key: str, node: Node, name: str) -> Item:
    return Item(key, "variable", name, str(node.shape), f"variable, {node.shape} {node.dtype}")


def constant_item(key: str, x: Any, name: str) -> Item:
    if hasattr(x, "dtype"):
        name, shape, about = name, str(x.shape), f"constant, {x.shape} {x.dtype}"
    else:
        name, shape, about = f"{x:.6g}", "", f"constant {name}"
    return Item(key, "constant", name, shape, about, small=True)


def picture(items: list[Item]) -> str:
    """The SVG text."""
    edges = [(name, source, item) for item in items for name, source in item.inputs]
    layout = layered(
        {item.key: item.room for item in items},
        [(source.key, item.key) for _, source, item in edges if not source.small],
    )
    middle: dict[str, Point] = {}
    for item in items:
        x, top = layout.places[item.key]
        middle[item.key] = x, top + item.height / 2
        for i, other in enumerate(item.beside):
            across = (item.width + other.width) / 2 + GAP
            down = (i - (len(item.beside) - 1) / 2) * (LINE + 6)
            middle[other.key] = x - across, top + item.height / 2 + down

    lines, routes = [], iter(layout.routes)
    for name, source, item in edges:
        (x0, y0), (x1, y1) = middle[source.key], middle[item.key]
        if source.small:
            path = smooth([(x0 + source.width / 2, y0), (x1 - item.width / 2, y0)])
        else:
            route = next(routes)
            start, end = y0 + source.height / 2, y1 - item.height / 2
            path = smooth([(x0, start), *route, (route[-1][0], end)])
        lines.append(
            f'<path class="edge" data-from="{source.key}" data-to="{item.key}" d="{path}" '
            f'marker-end="url(#graph-arrow)">'
            f"<title>{xml(f'{source.name} → {item.name}: {name}')}</title></path>"
        )
    boxes = [box(each, *middle[each.key]) for item in items for each in (item, *item.beside)]
    legend = f'<text class="legend" x="0" y="{layout.height + 2 * LINE:.0f}">{LEGEND}</text>'
    width = f"{max(layout.width, 11 * ems(re.sub('<.*?>', '', LEGEND))) + 2 * MARGIN:.0f}"
    height = f"{layout.height + 2 * LINE + 2 * MARGIN:.0f}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" width="{width}" '
            f'height="{height}" viewBox="{-MARGIN} {-MARGIN} {width} {height}">',
            f"<title>Graph of {xml(items[-1].name)}</title>",
            f"<style>{STYLE}</style>",
            ARROW,
            f'<path d="M{-MARGIN} {-MARGIN}h{width}v{height}h-{width}z" fill="#ffffff"/>',
            *lines,
            *boxes,
            legend,
            "</svg>\n",
        ]
    )


def smooth(points: list[Point]) -> str:
    """An SVG path through the points, straight where it can be, never leaving the way between."""
    path = "M{:.1f} {:.1f}".format(*points[0])
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 == x1 and y0 == y1:  # An arrow needs a direction.
            continue
        if abs(x0 - x1) < 0.1 or y0 == y1:
            path += f" L{x1:.1f} {y1:.1f}"
        else:
            half = (y0 + y1) / 2
            path += f" C{x0:.1f} {half:.1f} {x1:.1f} {half:.1f} {x1:.1f} {y1:.1f}"
    return path


def box(item: Item, x: float, y: float) -> str:
    """A rectangle around (x, y) with the item's name and shape."""
    name, shape = xml(shortened(item.name)), xml(item.shape)
    if item.small:
        text = (
            f'<text x="{x:.1f}" y="{y + 4:.1f}"><tspan class="name">{name}</tspan> {shape}</text>'
        )
    else:
        text = (
            f'<text class="name" x="{x:.1f}" y="{y - 3:.1f}">{name}</text>'
            f'<text x="{x:.1f}" y="{y + LINE - 4:.1f}">{shape}</text>'
        )
    return (
        f'<g class="{item.kind}" data-key="{item.key}">'
        f"<title>{xml(f'{item.name}: {item.about}')}</title>"
        f'<rect x="{x - item.width / 2:.1f}" y="{y - item.height / 2:.1f}" '
        f'width="{item.width:.1f}" height="{item.height:.1f}" rx="6"/>{text}</g>'
    )


def ems(text: str) -> float:
    """About how wide a text is, in units of its font's size; rather more than it is."""
    wide = sum(c in "mwMW@%…" or unicodedata.east_asian_width(c) in "WF" for c in text)
    narrow = sum(c in "ijlt.,:;|'!()[] " for c in text)
    return wide + 0.42 * narrow + 0.7 * (len(text) - wide - narrow)


def shortened(text: str) -> str:
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}…{text[1 - half :]}"


def xml(text: str) -> str:
    """The text with XML's own signs escaped, and without the characters that XML has not."""
    return escape(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text))
