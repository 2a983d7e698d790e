"""The picture of a run: our time over each peer's, row by row, and how time grows."""

from pathlib import Path

from matplotlib.figure import Figure

from autograd.files import open_atomically

# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = {
    "PyTorch": "#0072B2", "Captum": "#56B4E9", "Captum, 8 at a time": "#009E73",
    "JAX jit": "#E69F00", "JAX": "#E69F00", "MyGrad": "#CC79A7", "DeZero": "#D55E00",
    "backlight": "black",
}  # fmt: skip


def picture(found: dict, path: Path) -> None:
    rows = {
        title: row
        for title, row in found["rows"].items()
        if len(row) > 1 and not title.startswith("conv (")
    }
    growth = found.get("growth", {})
    heights = [0.34 * len(rows) + 1.2] + [3.2] * bool(growth)  # Inches.
    figure = Figure((10, sum(heights)), layout="constrained")
    top, *below = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    draw_ratios(top.subplots(), rows, found["threads"])
    for part in below:
        for axes, (what, lines) in zip(part.subplots(1, len(growth)), growth.items(), strict=True):
            draw_growth(axes, what, lines)
    with open_atomically(path) as file:
        figure.savefig(file, format="png", dpi=110)


def draw_ratios(axes, rows: dict, threads: int) -> None:
    """A dot for each peer: how long we take for what takes the peer 1."""
    labelled = set()
    for y, row in enumerate(rows.values()):
        for name, found in row.items():
            if name == "backlight":
                continue
            ratio = found["ratio of ours"]
            axes.plot(ratio, y, "o", color=COLOURS[name], label=None if name in labelled else name)
            labelled.add(name)
    axes.axvline(1, color="0.6", linewidth=1, zorder=0)
    axes.set_xscale("log")
    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2]
    axes.set_xticks(ticks, [f"{tick:g}×" for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [title.split(" (÷")[0] for title in rows])
    axes.invert_yaxis()
    axes.grid(axis="y", color="0.92")
    axes.set_axisbelow(True)
    axes.set_title(f"Our time over theirs, CPU, {threads} threads (left of 1×: we are faster)")
    axes.legend(loc="center left", fontsize=8)


def draw_growth(axes, what: str, lines: dict) -> None:
    values = lines["values"]
    for name, found in lines.items():
        if name == "values":
            continue
        label = f"{name}: ~ {what}$^{{{found['exponent']:.2f}}}$"
        milliseconds = [1e3 * t for t in found["seconds"]]
        axes.plot(values, milliseconds, "o-", color=COLOURS[name], label=label, markersize=4)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(values, values)
    axes.minorticks_off()
    axes.set_xlabel(what)
    axes.set_ylabel("saliency map, ms")
    axes.legend(fontsize=8)
