"""Pictures, maps, and maps laid over pictures, side by side in rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from .base import DIVERGING, SEQUENTIAL, STYLE, new_figure, save, show

# One bright pixel must not darken the rest of a map, so its colours end at this percentile.
PERCENTILE = 99


@dataclass
class Panel:
    """A picture (H, W, C) in [0, 1], or a map, or a map over a picture.

    A map is (h, w) or, one for each colour, (C, h, w). Over a picture it is stretched to its size.
    A `signed` map is red where it is positive and blue where it is negative. The note is written
    under the panel, and the outline of `around` (H, W), which is True on an object, is drawn on it.
    """

    title: str = ""
    picture: np.ndarray | None = None
    map: np.ndarray | None = None
    signed: bool = False
    note: str = ""
    around: np.ndarray | None = None


def flat_map(panel: Panel) -> np.ndarray:
    """A panel's map as (h, w): the sum of the colours if it is signed, else the largest."""
    if panel.map.ndim == 2:
        return panel.map
    return panel.map.sum(axis=0) if panel.signed else panel.map.max(axis=0)


def scale_of(values: np.ndarray, signed: bool) -> dict:
    """The colours of a map: a sequential scale from 0, or a diverging one centred at 0."""
    top = max(float(np.percentile(np.abs(values), PERCENTILE)), 1e-12)
    colours = DIVERGING if signed else SEQUENTIAL
    return {"cmap": colours, "vmin": -top if signed else 0, "vmax": top}


def overlay(ax: Axes, picture: np.ndarray, values: np.ndarray, signed: bool, title: str = ""):
    """A map (h, w) over its picture (H, W, C), of which pale grey remains."""
    height, width = picture.shape[:2]
    grey = np.repeat(0.35 + 0.65 * picture.mean(axis=2, keepdims=True), 3, axis=2)
    show(ax, grey, title)
    scale = scale_of(values, signed)
    # Where a map says nothing, the picture is seen.
    strength = (np.abs(values) / scale["vmax"]).clip(0, 1) ** 0.7
    ax.imshow(
        values,
        **scale,
        alpha=0.85 * strength,
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
        interpolation="bilinear" if values.shape != (height, width) else "nearest",
    )


def outline(ax: Axes, mask: np.ndarray) -> None:
    """A line around where the mask (H, W) is True, in the coordinates of its pixels."""
    for colour, width in (("white", 1.8), ("black", 0.8)):  # Seen on every colour of a map.
        ax.contour(mask.astype(float), [0.5], colors=colour, linewidths=width)


def draw_panel(ax: Axes, panel: Panel) -> None:
    if panel.map is None:
        show(ax, panel.picture, panel.title)
    elif panel.picture is None:
        values = flat_map(panel)
        size = values.shape if panel.around is None else panel.around.shape
        edges = (-0.5, size[1] - 0.5, size[0] - 0.5, -0.5)
        show(ax, values, panel.title, extent=edges, **scale_of(values, panel.signed))
    else:
        overlay(ax, panel.picture, flat_map(panel), panel.signed, panel.title)
    if panel.around is not None:
        outline(ax, panel.around)
    ax.set_xlabel(panel.note)


@rc_context(STYLE)
def panels(
    rows: Mapping[str, Sequence[Panel]] | Sequence[Sequence[Panel]],
    path: Path,
    title: str,
    size: float = 1.1,
) -> Path:
    """Rows of panels, each `size` inches wide; a mapping gives each row its label.

    If there are maps, a bar says what their colours mean.
    """
    labels = list(rows) if isinstance(rows, Mapping) else [""] * len(rows)
    lines = list(rows.values()) if isinstance(rows, Mapping) else list(rows)
    everything = [panel for line in lines for panel in line]
    columns = max(len(line) for line in lines)
    titled = max(panel.title.count("\n") + bool(panel.title) for panel in everything)
    heights = [size * max(map(aspect, line)) + 0.1 + 0.2 * titled for line in lines]
    kinds = {panel.signed for panel in everything if panel.map is not None}
    figure = new_figure(
        (size + 0.05) * columns + 0.4, 0.4 + sum(heights) + 0.55 * bool(kinds), title
    )
    axes = figure.subplots(len(lines), columns, squeeze=False, height_ratios=heights)
    for row, label, line in zip(axes, labels, lines, strict=True):
        for ax in row[len(line) :]:
            ax.set_axis_off()
        for ax, panel in zip(row, line, strict=False):
            draw_panel(ax, panel)
        row[0].set_ylabel(label)
    shrink = min(1, 3 / figure.get_figwidth())
    for signed in sorted(kinds):
        add_bar(figure, signed, ax=axes, location="bottom", shrink=shrink)
    return save(figure, path)


def aspect(panel: Panel) -> float:
    """Height over width."""
    shape = panel.map.shape[-2:] if panel.picture is None else panel.picture.shape[:2]
    return shape[0] / shape[1]


def add_bar(figure: Figure, signed: bool, **where) -> None:
    """A colour bar that holds for every map: from 0, or from −, to the percentile of its own."""
    scale = ScalarMappable(Normalize(-1 if signed else 0, 1), DIVERGING if signed else SEQUENTIAL)
    end = f"its {PERCENTILE}th percentile" + (" of size" if signed else "")
    bar = figure.colorbar(scale, **{"aspect": 30, "orientation": "horizontal", **where})
    ticks = [-1, 0, 1] if signed else [0, 1]
    bar.set_ticks(ticks, labels=["against", "0", "for"] if signed else ["0", "much"])
    bar.set_label(f"each map's scale ends at {end}", fontsize=8)
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)
