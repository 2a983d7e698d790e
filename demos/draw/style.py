"""How the losses of a style transfer fall."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib import rc_context

from .base import FROM, OTHER, STYLE, TO, new_figure, save


@rc_context(STYLE)
def style_losses(histories: Mapping[str, np.ndarray], path: Path, title: str) -> Path:
    """For each style, its history (T + 1, 3) of content, style and total-variation loss."""
    figure = new_figure(max(3.6 * len(histories), 6), 3, title)
    axes = figure.subplots(1, len(histories), squeeze=False, sharey=True)[0]
    kinds = (("content", FROM, "--"), ("style", TO, "-"), ("total variation", OTHER, ":"))
    for ax, (name, history) in zip(axes, histories.items(), strict=True):
        for (kind, colour, dashes), values in zip(kinds, history.T, strict=True):
            # The content loss begins at 0, which no logarithm shows.
            ax.plot(np.where(values > 0, values, np.nan), dashes, color=colour, label=kind)
        total = history.sum(axis=1)
        ax.plot(total, color="black", linewidth=0.8, label="their sum")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set(yscale="log", xlabel="step", title=f"{name}: to {total[-1] / total[0]:.2f}")
    axes[0].set_ylabel("loss")
    axes[-1].legend(frameon=False, fontsize=8)
    return save(figure, path)
