"""What the channels of a layer give for an image."""

from math import ceil
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from .base import DIVERGING, SEQUENTIAL, STYLE, new_figure, save, show
from .panels import PERCENTILE


@rc_context(STYLE)
def feature_maps(
    activation: np.ndarray,
    path: Path,
    title: str,
    picture: np.ndarray | None = None,
    most: int = 47,
    columns: int = 8,
    size: float = 1.1,
) -> Path:
    """Draw channels (C, h, w) of a layer, the most active (by mean size) first.

    All have the same colours, which end at the 99th percentile of what is not 0, so that channels
    can be compared. Over each is its number. What is below 0, as before a ReLU, is blue.

    Args:
        picture: (H, W, C) in [0, 1], the image, which then comes first.
        most: draw no more channels than these.
        columns: how many panels side by side.
        size: the width of a panel, in inches.
    """
    order = np.abs(activation).mean(axis=(1, 2)).argsort(kind="stable")[::-1][:most]
    entries = np.abs(activation[activation != 0])
    top = float(np.percentile(entries, PERCENTILE)) if entries.size else 1.0
    signed = bool((activation < 0).any())
    scale = Normalize(-top if signed else 0, top)
    colours = DIVERGING if signed else SEQUENTIAL

    first = [] if picture is None else [picture]
    columns = min(columns, len(first) + len(order))
    rows = ceil((len(first) + len(order)) / columns)
    height = size * activation.shape[1] / activation.shape[2] + 0.25
    width = max((size + 0.05) * columns + 0.2, 4)
    figure = new_figure(width, height * rows + 1.1, title)
    axes = figure.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image in zip(axes.flat, first, strict=False):
        show(ax, image, "image")
    for ax, channel in zip(axes.flat[len(first) :], order, strict=False):
        show(ax, activation[channel], str(channel), cmap=colours, norm=scale)
    bar = figure.colorbar(
        ScalarMappable(scale, colours), ax=axes, location="bottom", shrink=3.5 / width, aspect=30
    )
    shown = "all" if len(order) == len(activation) else f"the {len(order)} most active of"
    bar.set_label(f"activation; {shown} {len(activation)} channels, by number", fontsize=8)
    bar.outline.set_visible(False)
    return save(figure, path)
