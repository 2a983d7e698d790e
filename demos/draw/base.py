"""Every picture that the demos make is drawn here.

Maps without sign are drawn with a sequential colour map, signed ones with a diverging one centred
at zero. Colour-blind readers can tell apart both, and the classes' colours.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
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


def show(ax: Axes, image: np.ndarray, title: str = "", **how) -> None:
    """A picture (H, W, 3) or (H, W, 1) in [0, 1], or a map (H, W), without axes."""
    if image.ndim == 3 and image.shape[2] == 1:
        image, how = image[:, :, 0], {"cmap": "gray", "vmin": 0, "vmax": 1, **how}
    ax.imshow(image, **how)
    ax.set_title(title)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=OTHER, linewidth=0.4)  # White ends where paper begins.


def show_signed(ax: Axes, x: np.ndarray, title: str = "", limit: float | None = None):
    """A signed map (C, H, W) or (H, W): blue below zero, white at zero, red above."""
    x = x.sum(axis=0) if x.ndim == 3 else x
    limit = limit or max(float(np.abs(x).max()), 1e-12)
    show(ax, x, title, cmap=DIVERGING, vmin=-limit, vmax=limit)
    return ax.images[-1]
