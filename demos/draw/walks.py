"""Images that move: a walk as a strip and as a film, and the crossing of a boundary."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes

from .base import FROM, OTHER, STYLE, TO, as_image, new_figure, save, save_gif, show, show_signed


@rc_context(STYLE)
def walk_strip(walks: Sequence, names: Sequence[str], path: Path, title: str) -> Path:
    """Each walk as a row: stations on the way, the change, and the classes' probabilities."""
    stations = 6
    figure = new_figure(11, 0.7 + 1.4 * len(walks), title)
    axes = figure.subplots(
        len(walks),
        stations + 2,
        squeeze=False,
        gridspec_kw={"width_ratios": [1] * (stations + 1) + [2.2]},
    )
    for row, walk in zip(axes, walks, strict=True):
        last = len(walk.pictures) - 1
        for ax, i in zip(row, np.linspace(0, last, stations).round().astype(int), strict=False):
            top = int(walk.probabilities[i].argmax())
            confidence = f"{names[top]}: {100 * walk.probabilities[i][top]:.0f} %"
            show(ax, walk.pictures[i], f"step {walk.steps[i]}\n{confidence}")
        length = np.linalg.norm(walk.change)
        drawn = show_signed(row[-2], walk.change, f"change\nL2 = {length:.2f}")
        figure.colorbar(drawn, ax=row[-2], shrink=0.8)
        draw_probabilities_over_steps(row[-1], walk, names)
    axes[-1, -1].set_xlabel("step")
    return save(figure, path)


def draw_probabilities_over_steps(ax: Axes, walk, names: Sequence[str]) -> None:
    for k in range(walk.probabilities.shape[1]):
        if k not in (walk.start, walk.target):
            ax.plot(walk.steps, walk.probabilities[:, k], color=OTHER, linewidth=0.8)
    for k, colour, style in ((walk.start, FROM, "--"), (walk.target, TO, "-")):
        ax.plot(walk.steps, walk.probabilities[:, k], style, color=colour, linewidth=1.8)
        ax.plot([], [], style, color=colour, label=names[k])
    ax.set(ylabel="probability", ylim=(-0.03, 1.03))
    ax.legend(frameon=False, loc="center left")


@rc_context(STYLE)
def walk_gif(walks: Sequence, names: Sequence[str], path: Path, title: str, frames=40) -> Path:
    """The walks side by side as a film, with the classes' probabilities under each image."""
    figure = new_figure(2.3 * len(walks), 4.3, title)
    axes = figure.subplots(2, len(walks), squeeze=False)
    films = []
    for (top, bottom), walk in zip(axes.T, walks, strict=True):
        show(top, walk.pictures[0], f"step {walk.steps[-1]}")
        colours = [OTHER] * len(names)
        colours[walk.start], colours[walk.target] = FROM, TO
        bars = bottom.barh(list(names), walk.probabilities[0], color=colours)
        bottom.set(xlim=(0, 1), xlabel="probability")
        bottom.invert_yaxis()
        films.append((walk, top, bars))
    images = []
    for moment in np.linspace(0, 1, frames):
        for walk, top, bars in films:
            i = round(moment * (len(walk.pictures) - 1))
            top.images[0].set_data(walk.pictures[i])
            top.set_title(f"step {walk.steps[i]}")
            for bar, p in zip(bars, walk.probabilities[i], strict=True):
                bar.set_width(p)
        images.append(as_image(figure))
        figure.set_layout_engine("none")  # The first frame's layout serves all: nothing jumps.
    return save_gif(images, path, [0.8, *[0.08] * (frames - 2), 2.0])


@dataclass
class Crossing:
    """One row of the picture of crossings."""

    images: Sequence[np.ndarray]  # The original, just before, just after, and the other end.
    change: np.ndarray  # From the original to just after.
    share: np.ndarray  # Places between the original (0) and the other end (1),
    probabilities: np.ndarray  # the classes' probabilities there,
    crossing: float  # and where the verdict flips.
    classes: tuple[int, int]  # Before and after.


@rc_context(STYLE)
def crossings(rows: Sequence[Crossing], names: Sequence[str], path: Path, title: str) -> Path:
    """Each row: the four images, the change at the boundary, and the probabilities on the way."""
    figure = new_figure(11, 0.7 + 1.4 * len(rows), title)
    axes = figure.subplots(
        len(rows), 6, squeeze=False, gridspec_kw={"width_ratios": [1, 1, 1, 1, 1.3, 2.4]}
    )
    for line, row in zip(axes, rows, strict=True):
        start, end = (names[k] for k in row.classes)
        captions = (
            f"original\n“{start}”",
            f"just before\n“{start}”",
            f"just after\n“{end}”",
            "end",
        )
        for ax, image, caption in zip(line, row.images, captions, strict=False):
            show(ax, image, caption)
        drawn = show_signed(line[4], row.change, f"change\nL2 = {np.linalg.norm(row.change):.2f}")
        figure.colorbar(drawn, ax=line[4], shrink=0.8)
        plot = line[5]
        for k, colour, style in zip(row.classes, (FROM, TO), ("--", "-"), strict=True):
            plot.plot(row.share, row.probabilities[:, k], style, color=colour, label=names[k])
        plot.axvline(row.crossing, color="black", linewidth=0.8)
        plot.set(ylabel="probability", xlim=(0, 1), ylim=(-0.03, 1.03))
        plot.legend(frameon=False, loc="center left")
    axes[-1, -1].set_xlabel("part of the way to the end")
    return save(figure, path)
