"""How accurate nets are on images that may be changed, over how much."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context

from .base import FROM, OTHER, STYLE, TO, new_figure, save


@rc_context(STYLE)
def robustness(
    eps: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    trained: float,
    path: Path,
    title: str,
    labels: Sequence[str] | None = None,
) -> Path:
    """Draw the accuracy (from 0 to 1) of each net over ε, with a line where the last was trained.

    `labels` are what stands at each ε, if not the number.
    """
    figure = new_figure(6.5, 3.4, title)
    ax = figure.subplots()
    for (name, accuracies), colour in zip(curves.items(), (TO, FROM), strict=True):
        ax.plot(eps, accuracies, "o-", color=colour, label=name)
        # Beside the curve: that of the robust net lies above the other.
        above = colour == FROM
        for at, accuracy in zip(eps, accuracies, strict=True):
            ax.annotate(
                f"{100 * accuracy:.0f}",
                (at, accuracy),
                xytext=(0, 6 if above else -13),
                textcoords="offset points",
                ha="center",
                fontsize=7.5,
                color=colour,
            )
    ax.axvline(trained, color=OTHER, linewidth=1, linestyle="--", zorder=0)
    ax.text(trained, 1.1, " trained against this", color="#777777", fontsize=8, va="center")
    ax.set(xlabel="ε, where from black to white is 1", ylabel="accuracy", ylim=(-0.12, 1.15))
    ax.set_xticks(eps, labels)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.yaxis.set_major_formatter(lambda v, _: f"{100 * v:.0f} %")
    ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.93))
    return save(figure, path)
