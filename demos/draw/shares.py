"""How much of each map lies on the object, over several images."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context

from .base import CLASS_COLOURS, OTHER, STYLE, new_figure, save


@rc_context(STYLE)
def shares(
    groups: Mapping[str, Mapping[str, Sequence[float]]], expected: float, path: Path, title: str
) -> Path:
    """For each group, the shares (from 0 to 1) of each method, a dot for each image.

    `expected` is the share of a map that says nothing.
    """
    count = sum(map(len, groups.values()))
    figure = new_figure(7.5, 1.0 + 0.17 * (count + len(groups)), title)
    ax = figure.subplots()
    labels, heights, y = [], [], 0.0
    for (name, group), colour in zip(groups.items(), CLASS_COLOURS, strict=False):
        ax.text(1.02, y, name, va="center", weight="bold", fontsize=8)
        for label, values in group.items():
            ax.plot([0, np.mean(values)], [y, y], color=colour, linewidth=6, alpha=0.7)
            ax.plot(values, np.full(len(values), y), "o", color="black", markersize=2.5)
            labels.append(label)
            heights.append(y)
            y += 1
        y += 0.7
    ax.axvline(expected, color="black", linewidth=0.8, linestyle="--")
    ax.text(expected, y - 0.3, " a map that says nothing", va="bottom", fontsize=8)
    ax.set(xlim=(0, 1), ylim=(y, -1), xlabel="share of what is positive that lies on the object")
    ax.set_yticks(heights, labels, fontsize=7)
    ax.xaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f} %")
    ax.tick_params(length=0)
    ax.grid(axis="x", color=OTHER, linewidth=0.4)
    return save(figure, path)
