"""Pictures that change, as a film."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context

from .base import STYLE, as_image, new_figure, save_gif, show
from .panels import Panel

COLUMNS = 5


@rc_context(STYLE)
def film(moments: Sequence[Sequence[Panel]], path: Path, title: str, size: float = 2.0) -> Path:
    """Pictures side by side, at one moment after another: each moment has as many panels."""
    first = moments[0]
    columns = min(len(first), COLUMNS)
    rows = -(-len(first) // columns)
    height = size * max(panel.picture.shape[0] / panel.picture.shape[1] for panel in first)
    figure = new_figure(max((size + 0.1) * columns, 3.5), 0.5 + (height + 0.3) * rows, title)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(first) :]:
        ax.set_axis_off()
    for ax, panel in zip(axes, first, strict=False):
        show(ax, panel.picture, panel.title)
    images = []
    for moment in moments:
        for ax, panel in zip(axes, moment, strict=False):
            ax.images[0].set_data(panel.picture.squeeze())
            ax.set_title(panel.title)
        images.append(as_image(figure))
        figure.set_layout_engine("none")  # The first frame's layout serves all: nothing jumps.
    return save_gif(images, path, [0.8, *[0.12] * (len(images) - 2), 2.0])
