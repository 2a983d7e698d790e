"""Every picture that the demos make is drawn here.

Maps without sign are drawn with a sequential colour map, signed ones with a diverging one centred
at zero. Colour-blind readers can tell apart both, and the classes' colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from PIL import Image

from autograd.files import open_atomically

SEQUENTIAL = "magma"
DIVERGING = "RdBu_r"
# Paul Tol's "muted" scheme (personal.sron.nl/~pault), which is safe for colour-blind readers.
CLASS_COLOURS = (
    *("#332288", "#88CCEE", "#44AA99", "#117733", "#999933"),
    *("#DDCC77", "#CC6677", "#882255", "#AA4499", "#BBBBBB"),
)
FROM, TO, OTHER = "#332288", "#CC6677", "#BBBBBB"
LABEL_BOX = {"boxstyle": "round", "facecolor": "white", "edgecolor": "none"}
STYLE = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.titlesize": 11,
    "image.interpolation": "nearest",
}


def new_figure(width: float, height: float, title: str = "") -> Figure:
    """An empty figure of the given size in inches."""
    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write the figure as a PNG, whole or not at all."""
    with open_atomically(path) as file:
        figure.savefig(file, format="png")
    return path


def save_gif(figures: Sequence[Image.Image], path: Path, seconds: Sequence[float]) -> Path:
    """Write images as a GIF that loops, each shown for its number of seconds."""
    first, *rest = (image.convert("P", palette=Image.Palette.ADAPTIVE) for image in figures)
    with open_atomically(path) as file:
        first.save(
            file,
            format="GIF",
            save_all=True,
            append_images=rest,
            duration=[round(1000 * s) for s in seconds],
            loop=0,
        )
    return path


def as_image(figure: Figure) -> Image.Image:
    """The figure as it looks now."""
    figure.canvas.draw()
    return Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")


def displayable(x: np.ndarray) -> np.ndarray:
    """An image (C, H, W) in [−1, 1] as matplotlib takes it: (H, W) if grey, else (H, W, 3)."""
    return x[0] if len(x) == 1 else (x.transpose(1, 2, 0) + 1) / 2


def show(ax: Axes, x: np.ndarray, title: str = "", **how) -> None:
    """An image (C, H, W) in [−1, 1], or a map (H, W), without axes."""
    if x.ndim == 3:
        x = displayable(x)
        how = {"cmap": "gray", "vmin": -1, "vmax": 1, **how}
    ax.imshow(x, **how)
    ax.set_title(title)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def show_signed(ax: Axes, x: np.ndarray, title: str = "", limit: float | None = None):
    """A signed map (C, H, W) or (H, W): blue below zero, white at zero, red above."""
    x = x.sum(axis=0) if x.ndim == 3 else x
    limit = limit or max(float(np.abs(x).max()), 1e-12)
    show(ax, x, title, cmap=DIVERGING, vmin=-limit, vmax=limit)
    return ax.images[-1]


@rc_context(STYLE)
def learning_curve(history, path: Path, title: str) -> Path:
    """The loss of every step, and the accuracy after every epoch."""
    figure = new_figure(8, 3, title)
    left, right = figure.subplots(1, 2)
    loss = np.asarray(history.step_loss)
    steps = np.arange(1, len(loss) + 1)
    left.plot(steps, loss, color=OTHER, linewidth=0.6, label="one batch")
    width = max(1, len(loss) // 50)
    smooth = np.convolve(loss, np.ones(width) / width, mode="valid")
    left.plot(steps[width - 1 :], smooth, color=FROM, label=f"mean of {width} batches")
    left.set(xlabel="step", ylabel="cross-entropy", yscale="log")
    left.legend(frameon=False)
    epochs = np.arange(1, len(history.accuracy) + 1)
    right.plot(epochs, history.accuracy, "o-", color=OTHER, label="training images")
    right.plot(epochs, history.validation_accuracy, "o-", color=FROM, label="held-out images")
    right.set(xlabel="epoch", ylabel="accuracy", xticks=epochs)
    right.yaxis.set_major_formatter(lambda v, _: f"{100 * v:.4g} %")
    right.legend(frameon=False, loc="lower right")
    return save(figure, path)


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
        last = len(walk.frames) - 1
        for ax, i in zip(row, np.linspace(0, last, stations).round().astype(int), strict=False):
            top = int(walk.probabilities[i].argmax())
            confidence = f"{names[top]}: {100 * walk.probabilities[i][top]:.0f} %"
            show(ax, walk.frames[i], f"step {walk.steps[i]}\n{confidence}")
        change = walk.frames[-1] - walk.frames[0]
        drawn = show_signed(row[-2], change, f"change\nL2 = {np.linalg.norm(change):.2f}")
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
        show(top, walk.frames[0], f"step {walk.steps[-1]}")
        colours = [OTHER] * len(names)
        colours[walk.start], colours[walk.target] = FROM, TO
        bars = bottom.barh(list(names), walk.probabilities[0], color=colours)
        bottom.set(xlim=(0, 1), xlabel="probability")
        bottom.invert_yaxis()
        films.append((walk, top, bars))
    images = []
    for moment in np.linspace(0, 1, frames):
        for walk, top, bars in films:
            i = round(moment * (len(walk.frames) - 1))
            top.images[0].set_data(displayable(walk.frames[i]))
            top.set_title(f"step {walk.steps[i]}")
            for bar, p in zip(bars, walk.probabilities[i], strict=True):
                bar.set_width(p)
        images.append(as_image(figure))
        figure.set_layout_engine("none")  # The first frame's layout serves all: nothing jumps.
    return save_gif(images, path, [0.8, *[0.08] * (frames - 2), 2.0])


@rc_context(STYLE)
def maps(
    x: np.ndarray, saliency: np.ndarray, titles: Sequence[str], path: Path, title: str
) -> Path:
    """Images, their unsigned maps (N, H, W), and the map laid over the image."""
    figure = new_figure(1.05 * len(x) + 0.6, 3.9, title)
    axes = figure.subplots(3, len(x), squeeze=False)
    for column, image, one_map, name in zip(axes.T, x, saliency, titles, strict=True):
        # One bright pixel must not darken the rest: the scale ends at the 99th percentile.
        top = max(float(np.percentile(one_map, 99)), 1e-12)
        show(column[0], image, name)
        show(column[1], one_map, cmap=SEQUENTIAL, vmin=0, vmax=top)
        show(column[2], image)
        column[2].imshow(one_map, cmap=SEQUENTIAL, vmin=0, vmax=top, alpha=0.65)
    for ax, label in zip(axes[:, 0], ("image", "saliency", "both"), strict=True):
        ax.set_ylabel(label)
    return save(figure, path)


@rc_context(STYLE)
def image_rows(rows: dict[str, Sequence], path: Path, title: str) -> Path:
    """Rows of images (C, H, W), each with its caption: {row label: [(image, caption), ...]}."""
    columns = max(len(row) for row in rows.values())
    figure = new_figure(1.1 * columns + 0.4, 0.4 + 1.45 * len(rows), title)
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for line, (label, row) in zip(axes, rows.items(), strict=True):
        for ax, (image, caption) in zip(line, row, strict=True):
            show(ax, image, caption)
        line[0].set_ylabel(label)
    return save(figure, path)


@rc_context(STYLE)
def plane(section, images, walk: np.ndarray, names: Sequence[str], path: Path, title: str) -> Path:
    """The classes on a plane through three images, and a walk on it.

    Args:
        section: what `decision_plane` returned.
        images: the three images (3, C, H, W).
        walk: the plane's coordinates of the walk's stations (T, 2).
        names: the classes' names.
        path, title: of the picture.
    """
    figure = new_figure(7.5, 6.6, title)
    ax = figure.subplots()
    sure = np.exp(section.scores - section.scores.max(axis=-1, keepdims=True))
    sure = 1 / sure.sum(axis=-1, keepdims=True)  # The probability of the highest-scoring class.
    colours = np.array([to_rgb(c) for c in CLASS_COLOURS])[section.classes % len(CLASS_COLOURS)]
    ax.imshow(
        1 - sure**2 * (1 - colours),  # Squared, so that the unsure places show as pale.
        extent=(*section.u[[0, -1]], *section.v[[0, -1]]),
        origin="lower",
    )
    for k in np.unique(section.classes):
        here = section.classes == k
        if here.mean() > 0.005:  # A smaller region has no room for its name.
            u, v = place_for_label(here, section)
            ax.text(u, v, f"“{names[k]}”", fontsize=13, ha="center", va="center", bbox=LABEL_BOX)
    for corner, image in zip(section.corners, images, strict=True):
        box = OffsetImage(displayable(image), zoom=1.6, cmap="gray")
        ax.add_artist(AnnotationBbox(box, corner, pad=0.15))
    ax.plot(*walk.T, color="black", linewidth=3, zorder=5)
    ax.plot(*walk.T, color="white", linewidth=1.5, zorder=5)
    ax.plot(*walk[-1], "o", color="white", markeredgecolor="black", markersize=8, zorder=5)
    ax.set(xlabel="distance in the space of images", ylabel="distance in the space of images")
    return save(figure, path)


def place_for_label(here: np.ndarray, section) -> tuple[float, float]:
    """The middle of a region (a mask of the plane's grid), but not on one of the three images."""
    u, v = np.meshgrid(section.u, section.v)
    gaps = [np.hypot(u - corner[0], v - corner[1]) for corner in section.corners]
    free = here & (np.min(gaps, axis=0) > 0.1 * np.ptp(section.u))
    free = free if free.any() else here
    middle = np.hypot(u - u[here].mean(), v - v[here].mean())
    at = np.where(free, middle, np.inf).argmin()
    return u.flat[at], v.flat[at]


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


@rc_context(STYLE)
def differences_and_rules(
    x: np.ndarray,
    differences: np.ndarray,
    h: np.ndarray,
    curve: np.ndarray,
    said: dict[str, tuple[np.ndarray, np.ndarray]],
    step: float,
    path: Path,
    title: str,
) -> Path:
    """What two gradient rules say over slopes, and their distance for every step of the difference.

    Args:
        x: the points (N,).
        differences: the central differences at them (T, N), for the steps `h` (T,).
        curve: points (M,) to draw a line through.
        said: for each rule by name, what it says at `curve` (M,) and at `x` (N,).
        step: the step that the checker takes first.
        path, title: of the picture.
    """
    figure = new_figure(10, 4.2, title)
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1, 1.1]})
    for (name, (line, at_x)), colour, style in zip(
        said.items(), (FROM, TO), ("-", "--"), strict=True
    ):
        error = np.abs(differences - at_x).max(axis=1)
        left.plot(curve, line, style, color=colour, linewidth=1.8, label=name)
        right.plot(h, error, style, color=colour, linewidth=1.8, label=f"of the {name}")
    slopes = differences[np.abs(np.log(h / step)).argmin()]
    left.plot(x, slopes, "ko", markersize=11, label="central difference at x[i]")
    for i, point in enumerate(zip(x, slopes, strict=True)):
        left.annotate(i, point, color="white", ha="center", va="center_baseline")
    left.set(xlabel="x", ylabel="slope", title="The points checked")
    left.legend(frameon=False, loc="upper left")
    for guide, label in ((h**2, "h²"), (np.finfo(np.float64).eps / h, "ε/h")):
        near = guide > 1e-13
        right.plot(h[near], guide[near], ":", color="black", linewidth=1)
        middle = np.median(h[near]), np.median(guide[near])
        right.annotate(label, middle, (0, 14), textcoords="offset points", ha="center")
    right.axvline(step, color="black", linewidth=0.8)
    right.annotate("the checker's\nfirst step", (step, 3e-3), (5, 0), textcoords="offset points")
    right.set(xscale="log", yscale="log", ylim=(1e-13, 1e3), xlabel="step h", ylabel="distance")
    right.set_title("Distance from the central difference (f(x + h) − f(x − h)) / 2h")
    right.legend(frameon=False, loc="upper left")
    return save(figure, path)


@dataclass
class Sides:
    """One column of the picture of slopes to either side of a point."""

    title: str
    remark: str  # What the slopes do.
    x: np.ndarray  # The function's graph: points (M,)
    y: np.ndarray  # and values.
    at: tuple[float, float]  # The point, and the value there,
    said: dict[str, float]  # and the slope that each of one or two gradient rules says.
    h: np.ndarray  # Steps (T,), the largest first,
    left: np.ndarray  # and the slopes from the point to that far left
    right: np.ndarray  # and right of it.


@rc_context(STYLE)
def one_sided_slopes(columns: Sequence[Sides], path: Path, title: str) -> Path:
    """Functions with their slopes to either side (above), and these as the step shrinks (below)."""
    figure = new_figure(10, 6, title)
    axes = figure.subplots(2, len(columns), squeeze=False)
    for (top, bottom), one in zip(axes.T, columns, strict=True):
        x, y = one.at
        # Points and no line, which would bridge a jump.
        top.plot(one.x, one.y, ".", color=OTHER, markersize=4, label="f")
        top.plot([x - one.h[0], x], [y - one.h[0] * one.left[0], y], color=FROM)
        top.plot([x, x + one.h[0]], [y, y + one.h[0] * one.right[0]], "--", color=TO)
        bottom.plot(one.h, one.left, color=FROM, label="slope to the left")
        bottom.plot(one.h, one.right, "--", color=TO, label="slope to the right")
        for (name, slope), style in zip(one.said.items(), (":", "-."), strict=False):
            top.plot(one.x, y + slope * (one.x - x), style, color="black", linewidth=1.5)
            bottom.axhline(slope, linestyle=style, color="black", linewidth=1.5, label=name)
        top.plot(x, y, "ko")
        top.set(title=one.title, xlabel="x")
        bottom.set(title=one.remark, xlabel="step h", xscale="log")
        bottom.invert_xaxis()
        bottom.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
    axes[0, 0].set_ylabel("f(x)")
    axes[1, 0].set_ylabel("slope")
    return save(figure, path)
