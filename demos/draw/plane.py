"""The decision regions on a plane."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import to_rgb
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from .base import CLASS_COLOURS, STYLE, new_figure, save

LABEL_BOX = {"boxstyle": "round", "facecolor": "white", "edgecolor": "none"}


@rc_context(STYLE)
def plane(section, images, walk: np.ndarray, names: Sequence[str], path: Path, title: str) -> Path:
    """The classes on a plane through three images, and a walk on it.

    Args:
        section: what `decision_plane` returned.
        images: the three pictures (3, H, W, C).
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
        box = OffsetImage(image, zoom=1.6 * 28 / len(image), cmap="gray")
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
