"""Where the boxes and edges of a graph without cycles go: in layers, from top to bottom.

The way of Sugiyama, Tagawa and Toda (IEEE Trans. Systems, Man and Cybernetics 11(2), 1981). Every
box gets a layer; an edge over several layers gets a bend in each of those between; the vertices of
a layer, its boxes and bends, are put in an order with few crossings and then moved to where the
edges are straight. At the end a tall drawing is cut into columns.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import accumulate, pairwise
from math import sqrt
from statistics import median
from typing import NamedTuple

Point = tuple[float, float]
Vertex = Hashable
Rows = list[list[Vertex]]
Neighbours = Mapping[Vertex, list[Vertex]]

# Lengths are in pixels.
ACROSS, DOWN = 22, 32  # Between the vertices of a layer, and between layers.
LANE = 8  # Between edges on their way to the next column.
TALL = 1000  # Up to this height, about a screen's, a drawing stays in one column.
FEW = 2  # As many edges may go on in the next column: more, and it is easier to scroll.
ASPECT = 4 / 3  # The ratio of width to height that the columns of a taller one aim at.
SWEEPS = 12  # Up and down through the layers; more change hardly anything.


class Box(NamedTuple):
    """A rectangle. Edges meet it above and below at the anchor, `left` from its left side."""

    left: float
    right: float
    height: float


class Bend(NamedTuple):
    """Where the edges that come from `source` pass a layer."""

    source: Vertex
    layer: int


BEND = Box(5, 5, 0)


class Layout(NamedTuple):
    """What `layered` found.

    Attributes:
        places: {key: (x, y)}, the anchor's x and the top y of each box.
        routes: for each edge the points that it passes, from below its source's layer to above its
            target's. Between two of them nothing is in the way.
        width, height: of the whole; the smallest x and y are 0.
    """

    places: dict[Vertex, Point]
    routes: list[list[Point]]
    width: float
    height: float


def layered(boxes: Mapping[Vertex, Box], edges: Sequence[tuple[Vertex, Vertex]]) -> Layout:
    """Lay out a graph.

    Args:
        boxes: {key: box} by any keys, with each box after those that it has edges from.
        edges: pairs (source, target) of keys; a pair may come several times.
    """
    layer = layers(boxes, edges)
    paths = [
        [source, *(Bend(source, k) for k in range(layer[source] + 1, layer[target])), target]
        for source, target in edges
    ]
    above, below = defaultdict(list), defaultdict(list)
    for path in paths:
        for upper, lower in pairwise(path):
            if upper not in above[lower]:
                above[lower].append(upper)
                below[upper].append(lower)
    bends = dict.fromkeys(v for path in paths for v in path[1:-1])
    boxes = {**boxes, **dict.fromkeys(bends, BEND)}
    rows = [[] for _ in range(max(layer.values()) + 1)]
    for v in boxes:
        rows[v.layer if isinstance(v, Bend) else layer[v]].append(v)
    rows = ordered(rows, above, below)
    x = straightened(rows, boxes, above, below)
    return in_columns(rows, boxes, x, paths, below)


def layers(boxes: Mapping[Vertex, Box], edges: Sequence) -> dict[Vertex, int]:
    """Each box's layer, 0 at the top: as far above the last as its longest way there."""
    targets = defaultdict(list)
    for source, target in edges:
        targets[source].append(target)
    to_go = {}
    for v in reversed(boxes):
        to_go[v] = max((to_go[target] + 1 for target in targets[v]), default=0)
    last = max(to_go.values())
    return {v: last - n for v, n in to_go.items()}


def ordered(rows: Rows, above: Neighbours, below: Neighbours) -> Rows:
    """Each layer in the best order found by sorting it by the means of its neighbours' places."""
    best, fewest = rows, crossings(rows, below)
    place = {v: i for row in rows for i, v in enumerate(row)}
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        near = below if sweep % 2 else above
        wish = lambda v, near=near: sum(place[n] for n in near[v]) / len(near[v])
        sorted_rows = []
        for row in reversed(rows) if sweep % 2 else rows:
            # A vertex without neighbours there stays about where it is.
            row = sorted(row, key=lambda v: wish(v) if near[v] else place[v])
            place.update((v, i) for i, v in enumerate(row))
            sorted_rows.append(row)
        rows = sorted_rows[::-1] if sweep % 2 else sorted_rows
        count = crossings(rows, below)
        if count < fewest:
            best, fewest = rows, count
    return best


def crossings(rows: Rows, below: Neighbours) -> int:
    """How many pairs of links between neighbouring layers cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {v: i for i, v in enumerate(lower)}
        passed = []
        for v in upper:
            ends = [place[w] for w in below[v]]
            total += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return total


def straightened(
    rows: Rows, boxes: Mapping[Vertex, Box], above: Neighbours, below: Neighbours
) -> dict[Vertex, float]:
    """Each vertex's x, the same as a neighbour's where it can be.

    The trunk, which is the boxes on the longest ways through the graph, stands still once it is
    placed; the bends make way for it, and the boxes on branches for both.
    """
    kind = {}
    for row in rows:
        for v in row:
            on_trunk = row is rows[0] or any(kind[n] == "trunk" for n in above[v])
            kind[v] = "bend" if isinstance(v, Bend) else "trunk" if on_trunk else "branch"
    weight = {"trunk": 1e9, "bend": 1e4, "branch": 1.0}
    x = dict.fromkeys(boxes, 0.0)

    def move(row: list[Vertex], near: Neighbours, follows: Mapping[str, list[str]]) -> None:
        # How far right of the row's first vertex each is if all stand close together.
        steps = (boxes[a].right + ACROSS + boxes[b].left for a, b in pairwise(row))
        offsets = list(accumulate(steps, initial=0.0))
        wishes = []
        for v in row:
            groups = ([x[n] for n in near[v] if kind[n] == k] for k in follows.get(kind[v], []))
            wishes.append(next((median(group) for group in groups if group), x[v]))
        shifts = isotonic(
            [wish - offset for wish, offset in zip(wishes, offsets, strict=True)],
            [weight[kind[v]] for v in row],
        )
        x.update({v: a + b for v, a, b in zip(row, shifts, offsets, strict=True)})

    # Which kinds of neighbour each kind is led by: the first of which there are any.
    everything = ["trunk", "branch", "bend"]
    for row in rows:
        move(row, above, dict.fromkeys(everything, everything))
    for row in reversed(rows):
        move(row, below, {"bend": ["bend", "branch"], "branch": everything})
    for row in rows:
        move(row, above, {"branch": ["branch"]})
    return x


def isotonic(values: list[float], weights: list[float]) -> list[float]:
    """The rising sequence z that minimises Σ w (z − value)², by pooling what falls."""
    pools: list[tuple[float, float, int]] = []  # The mean, the weight and the number of values.
    for value, weight in zip(values, weights, strict=True):
        size = 1
        while pools and pools[-1][0] > value:
            mean, heft, more = pools.pop()
            value = (mean * heft + value * weight) / (heft + weight)
            weight, size = weight + heft, size + more
        pools.append((value, weight, size))
    return [value for value, _, size in pools for _ in range(size)]


def in_columns(
    rows: Rows,
    boxes: Mapping[Vertex, Box],
    x: dict[Vertex, float],
    paths: list[list[Vertex]],
    below: Neighbours,
) -> Layout:
    """The layers one below the other, and in several columns if that is too tall."""
    heights = [max(boxes[v].height for v in row) for row in rows]
    # Where the links to the next layer come from, from left to right.
    passing = [[v for v in row if below[v]] for row in rows]
    width = max(x[v] + boxes[v].right for v in x) - min(x[v] - boxes[v].left for v in x)
    cuts = best_cuts(heights, passing, width)
    lanes = LANE * max((len(passing[k - 1]) for k in cuts), default=0)

    x, top, bottom = dict(x), [], []
    end = {}  # The right side of the column that ends above a layer.
    left = 0.0
    for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        column = [v for row in rows[start:stop] for v in row]
        shift = left - min(x[v] - boxes[v].left for v in column)
        x.update({v: x[v] + shift for v in column})
        end[stop] = max(x[v] + boxes[v].right for v in column)
        left = end[stop] + 2 * ACROSS + LANE * len(passing[stop - 1])
        y = lanes + DOWN if cuts else 0
        for height in heights[start:stop]:
            top.append(y)
            bottom.append(y + height)
            y += height + DOWN

    layer = {v: k for k, row in enumerate(rows) for v in row}
    places = {
        v: (x[v], (top[k] + bottom[k] - boxes[v].height) / 2)
        for v, k in layer.items()
        if not isinstance(v, Bend)
    }
    entries = entry_points(paths, boxes, x)
    routes = []
    for path, entry in zip(paths, entries, strict=True):
        route = []
        for k, (upper, lower) in enumerate(pairwise(path), layer[path[0]]):
            goal = entry if lower is path[-1] else x[lower]
            route.append((x[upper], bottom[k]))
            if k + 1 in cuts:  # Below the column, up beside it, and over to the next: no crossings.
                lane = passing[k].index(upper)
                outer = len(passing[k]) - 1 - lane
                low, high = bottom[k] + LANE * (outer + 1), top[k + 1] - DOWN / 2 - LANE * lane
                beside = end[k + 1] + ACROSS + LANE * outer
                route += [(x[upper], low), (beside, low), (beside, high), (goal, high)]
            route.append((goal, top[k + 1]))
        routes.append(route)
    return Layout(places, routes, end[len(rows)], max(bottom) + lanes)


def best_cuts(heights: list[float], passing: list[list], width: float) -> list[int]:
    """The layers that begin a new column: near equal parts of the height, where few edges pass."""
    total = sum(heights) + DOWN * len(heights)
    count = max(1, round(sqrt(ASPECT * total / width))) if total > TALL else 1
    cuts = []
    for column in range(1, count):
        fit = {}
        for k in range(cuts[-1] + 1 if cuts else 1, len(heights)):
            off = abs(sum(heights[:k]) + DOWN * k - total * column / count)
            if off < 0.2 * total / count and len(passing[k - 1]) <= FEW:
                fit[k] = (len(passing[k - 1]), off)
        if fit:
            cuts.append(min(fit, key=fit.get))
    return cuts


def entry_points(
    paths: list[list[Vertex]], boxes: Mapping[Vertex, Box], x: dict[Vertex, float]
) -> list[float]:
    """The x at which each edge meets its target: side by side, in the order in which they come."""
    arriving = defaultdict(list)
    for i, path in enumerate(paths):
        arriving[path[-1]].append(i)
    entries = {}
    for target, edges in arriving.items():
        edges.sort(key=lambda i: x[paths[i][-2]])
        straight = [k for k, i in enumerate(edges) if abs(x[paths[i][-2]] - x[target]) < 1]
        centre = straight[0] if straight else (len(edges) - 1) / 2
        gap = min(16, boxes[target].right / len(edges))
        entries.update({i: x[target] + gap * (k - centre) for k, i in enumerate(edges)})
    return [entries[i] for i in range(len(paths))]
