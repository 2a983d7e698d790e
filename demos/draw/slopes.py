"""How a gradient is checked: steps, slopes, and what rules say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import rc_context

from .base import FROM, OTHER, STYLE, TO, new_figure, save


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
