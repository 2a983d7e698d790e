"""How many images are still seen rightly, over how much each may be changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib import rc_context

from .base import CLASS_COLOURS, OTHER, STYLE, new_figure, save

COLOURS = [CLASS_COLOURS[i] for i in (0, 1, 6, 3, 5)]


@dataclass
class Accuracy:
    """The curves for one norm."""

    title: str
    xlabel: str
    eps: np.ndarray  # (E,)
    shares: Mapping[str, np.ndarray]  # (E,) from 0 to 1, of each attack or of each net.
    lengths: Mapping[str, np.ndarray] = field(default_factory=dict)  # Or, for each image, (N,).
    above: tuple[float, str] | None = None  # A second scale: how many of its units are one of ε's.
    marked: float | None = None  # An ε to draw a line at.


@rc_context(STYLE)
def accuracy(
    halves: Sequence[Accuracy], path: Path, title: str, ylabel: str, control: str = ""
) -> Path:
    """Draw curves side by side. Where lengths are given, the curve is the share that is above ε.

    That of the `control` is dashed and black.
    """
    figure = new_figure(2.2 + 3.9 * len(halves), 4.2, title)
    axes = figure.subplots(1, len(halves), sharey=True, squeeze=False)[0]
    names = dict.fromkeys(name for half in halves for name in (*half.shares, *half.lengths))
    colours = dict(zip((name for name in names if name != control), COLOURS, strict=False))
    how = {name: {"color": colour} for name, colour in colours.items()}
    how[control] = {"color": "black", "linestyle": "--"}
    drawn = {}
    for ax, half in zip(axes, halves, strict=True):
        for name, shares in half.shares.items():
            drawn[name] = ax.plot(half.eps, shares, **how[name], marker=".")[0]
        fine = np.linspace(half.eps[0], half.eps[-1], 500)
        for name, lengths in half.lengths.items():
            shares = (lengths[:, None] > fine).mean(axis=0)
            drawn[name] = ax.plot(fine, shares, **how[name])[0]
        if half.marked is not None:
            ax.axvline(half.marked, color=OTHER, zorder=0)
        if half.above is not None:
            factor, label = half.above
            scale = ax.secondary_xaxis(
                "top", (lambda v, f=factor: v * f, lambda v, f=factor: v / f)
            )
            scale.set_xlabel(label)
        ax.set(title=half.title, xlabel=half.xlabel, ylim=(-0.02, 1.02), xlim=(0, half.eps[-1]))
        ax.yaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f} %")
        ax.grid(axis="y", color=OTHER, linewidth=0.4)
    axes[0].set_ylabel(ylabel)
    figure.legend(drawn.values(), drawn, loc="outside right center", frameon=False)
    return save(figure, path)
