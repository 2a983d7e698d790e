"""Many panels in groups, as a sheet to hang on a wall."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context

from .base import STYLE, new_figure, save
from .panels import Panel, add_bar, aspect, draw_panel

# In inches: the edge of the sheet and the space between panels, what stands over a group, the lines
# of a panel's title and note, and the two colour bars.
EDGE, GAP, HEADING, LINE, BAR = 0.2, 0.15, 0.3, 0.15, 0.5
DPI = 160  # So that a panel has a pixel for each of those of a photograph, 224.
SMALL = {"axes.titlesize": 8.5, "axes.labelsize": 7.5, "axes.titlepad": 3, "axes.labelpad": 2}


@rc_context({**STYLE, **SMALL})
def sheet(
    groups: Mapping[str, Sequence[Panel]],
    path: Path,
    title: str,
    columns: int = 8,
    size: float = 1.6,
) -> Path:
    """Draw groups of panels, each under its name and with `columns` panels in a line.

    A panel is `size` inches wide, with its title above and its note below. Bars at the bottom say
    what the colours of maps mean.
    """
    everything = [panel for group in groups.values() for panel in group]
    # Lines of a group are as full as each other.
    rows = {name: -(-len(group) // columns) for name, group in groups.items()}
    in_line = {name: -(-len(group) // rows[name]) for name, group in groups.items()}
    columns = max(in_line.values())
    panel_height = size * max(map(aspect, everything))
    above = LINE * max(lines(panel.title) for panel in everything) + 0.05
    below = LINE * max(lines(panel.note) for panel in everything) + 0.1
    kinds = sorted({panel.signed for panel in everything if panel.map is not None})
    row = above + panel_height + below
    width = max(2 * EDGE + columns * (size + GAP) - GAP, 6.5)
    height = 2 * EDGE + 0.3 + sum(HEADING + n * row for n in rows.values()) + BAR * bool(kinds)
    figure = new_figure(width, height)
    figure.set_layout_engine("none")  # Everything has its place here.
    figure.set_dpi(DPI)

    def place(left: float, top: float, wide: float, high: float):
        """Axes at so many inches from the left and from the top."""
        return figure.add_axes(
            (left / width, 1 - (top + high) / height, wide / width, high / height)
        )

    figure.text(0.5, 1 - (EDGE + 0.05) / height, title, ha="center", va="center", fontsize=12)
    top = EDGE + 0.3
    for name, group in groups.items():
        heading = 1 - (top + HEADING / 2) / height
        figure.text(EDGE / width, heading, name, va="center", fontsize=10.5, weight="bold")
        top += HEADING
        for i, panel in enumerate(group):
            line, column = divmod(i, in_line[name])
            left = EDGE + column * (size + GAP)
            draw_panel(place(left, top + line * row + above, size, panel_height), panel)
        top += rows[name] * row
    for i, signed in enumerate(kinds):
        left = width / 2 + (i - len(kinds) / 2) * 3.6 + 0.4
        add_bar(figure, signed, cax=place(left, top + 0.05, 2.8, 0.09))
    return save(figure, path)


def lines(text: str) -> int:
    return text.count("\n") + bool(text)
