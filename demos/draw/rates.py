"""How many images are fooled, and what they become."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib import rc_context

from .base import FROM, OTHER, STYLE, TO, new_figure, save


@rc_context(STYLE)
def rates(
    shares: Mapping[str, float],
    becomes: Mapping[str, int],
    count: int,
    path: Path,
    title: str,
) -> Path:
    """Draw shares (from 0 to 1) as bars, and how many of `count` images became which class."""
    bars = max(len(shares), len(becomes), 4)
    figure = new_figure(9, 1.2 + 0.26 * bars, title)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    colours = [FROM, TO, OTHER][: len(shares)]
    left.barh(list(shares), list(shares.values()), color=colours, height=0.6)
    for y, share in enumerate(shares.values()):
        left.text(share + 0.01, y, f"{100 * share:.0f} %", va="center", fontsize=9)
    left.set(xlim=(0, 1.2), title="the verdict changes")
    left.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    right.barh(list(becomes), list(becomes.values()), color=TO, height=0.6)
    for y, number in enumerate(becomes.values()):
        right.text(number, y, f" {number}", va="center", fontsize=9)
    right.set(title=f"the others that are fooled ({count}), by their new verdict", xlabel="images")
    right.margins(x=0.12)
    right.xaxis.get_major_locator().set_params(integer=True)
    for ax in (left, right):
        ax.set_ylim(bars - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
    return save(figure, path)
