"""Where the time goes: every op, forward and backward."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from .device import gpu_memory
from .files import AnyPath, check_target, write_atomically
from .observer import Observer
from .tensor import Node, Tensor

WALK = "(walk)"  # The walk's own work; no op can have this name.


@dataclass
class Cost:
    """Of one op in one direction, in all."""

    calls: int = 0
    seconds: float = 0.0
    bytes: int = 0  # The size of what was returned, views included.

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.calls + other.calls, self.seconds + other.seconds, self.bytes + other.bytes
        )


@dataclass
class Row:
    """What one op has cost. A rule is called for each of the op's inputs that needs a gradient."""

    op: str
    forward: Cost = field(default_factory=Cost)
    backward: Cost = field(default_factory=Cost)

    @property
    def both(self) -> Cost:
        return self.forward + self.backward


class profile(Observer):
    """Within the block, gathers each op's calls, its time, and the size of what it made.

        with profile() as p:
            cross_entropy(net(x), labels).backward()
        print(p)
        p.picture("profile.png")

    Each moment counts once, so that the rows add up to the time spent in the engine. All that runs
    inside a gradient rule is backward time of the op whose rule it is; the ops called there have no
    rows or calls of their own. Likewise an op called inside another op's function. What a walk does
    between the rules (ordering the graph, adding up cotangents where paths meet, copying results)
    is the row "(walk)". The rest of the block's time is its own: data, layers, the optimiser.

    Only the thread that entered the block is watched. The block may be entered again, and then goes
    on adding up. On a GPU every op is waited for, as its time would else be that of its launch, so
    that the whole takes longer than without a profile; and the table ends with what the memory pool
    holds.

    Attributes:
        rows: a list of `Row`, one for each op, the slowest first. A Row has `op`, the op's name,
            and `forward`, `backward` and `both`, each with `calls`, `seconds` and `bytes`.
        seconds: the time spent in the block.

    Raises:
        RuntimeError: the block is entered a second time before it was left.
    """

    def __init__(self):
        self._seconds = 0.0
        self._rows: dict[str, Row] = {}
        self._running: Row | None = None  # Whose time it is.

    def __enter__(self) -> "profile":
        super().__enter__()
        self._entered = perf_counter()
        return self

    def __exit__(self, *error) -> None:
        self._seconds = self.seconds
        super().__exit__(*error)

    @property
    def seconds(self) -> float:
        return self._seconds + (perf_counter() - self._entered if self.active else 0.0)

    @property
    def rows(self) -> list[Row]:
        return sorted(self._rows.values(), key=lambda row: -row.both.seconds)

    @property
    def total(self) -> Row:
        rows = self._rows.values()
        return Row(
            "total",
            sum((row.forward for row in rows), Cost()),
            sum((row.backward for row in rows), Cost()),
        )

    def forward(self, apply: Any, args: tuple, kwargs: dict) -> Tensor:
        if self._running is not None:
            return super().forward(apply, args, kwargs)
        wait_for(args)  # What was launched before this op is not its own.
        row = self._row(apply.op.name)
        return self._timed(row, row.forward, super().forward, apply, args, kwargs)

    def walk(self, *args) -> list[Tensor]:
        if self._running is not None:
            return super().walk(*args)
        row = self._row(WALK)
        return self._timed(row, row.backward, super().walk, *args)

    def backward(self, node: Node, i: int, g: Tensor) -> Tensor | None:
        if self._running.op != WALK:
            return super().backward(node, i, g)
        row = self._row(node.op.name)
        return self._timed(row, row.backward, super().backward, node, i, g)

    def _row(self, name: str) -> Row:
        return self._rows.setdefault(name, Row(name))

    def _timed(self, row: Row, cost: Cost, work: Callable, *args) -> Any:
        outer, self._running = self._running, row
        start = perf_counter()
        try:
            result = work(*args)
            wait_for(result if isinstance(result, list) else [result])
        finally:
            seconds = perf_counter() - start
            cost.seconds += seconds
            if outer is not None:  # A rule inside a walk, whose clock went on.
                outer.backward.seconds -= seconds
            self._running = outer
        cost.calls += 1
        if isinstance(result, Tensor):
            cost.bytes += result._data.nbytes
        return result

    def __str__(self) -> str:
        """The rows as a table."""
        total = self.total
        width = max(len(row.op) for row in [total, *self.rows])
        lines = [
            f"{'':{width}}  {'forward':>18}  {'backward':>18}",
            f"{'op':{width}}  {'calls':>7} {'ms':>10}  {'calls':>7} {'ms':>10}  "
            f"{'MiB':>9}  {'share':>7}",
        ]
        for row in [*self.rows, total]:
            cells = [
                f"{cost.calls:7} {1e3 * cost.seconds:10.3f}" if cost.calls else " " * 18
                for cost in (row.forward, row.backward)
            ]
            share = row.both.seconds / (total.both.seconds or 1)
            lines.append(
                f"{row.op:{width}}  {'  '.join(cells)}  {row.both.bytes / 2**20:9.2f}  "
                f"{100 * share:5.1f} %"
            )
        seconds = self.seconds
        outside = 1e3 * (seconds - total.both.seconds)
        lines.append(f"The block took {1e3 * seconds:.3f} ms, {outside:.3f} ms of it not in ops.")
        if (pool := gpu_memory()) is not None:
            used, held = (size / 2**20 for size in pool)
            lines.append(f"The GPU's memory pool holds {held:.2f} MiB, {used:.2f} MiB in use now.")
        return "\n".join(lines)

    def picture(self, path: AnyPath) -> None:
        """Draw the rows as a bar chart, forward and backward, into a PNG file.

        Raises:
            ValueError: nothing was recorded, or `path` does not end in .png.
            FileNotFoundError: the folder of `path` does not exist.
            IsADirectoryError: `path` is a folder.
        """
        path = check_target(path, ".png")
        if not self._rows:
            raise ValueError("profile: there is nothing to draw: no op has run in the block")
        write_atomically(path, bar_chart(self))


def wait_for(things: Iterable) -> None:
    """Wait until the GPU that the Tensors and arrays among `things` are on, if any, is done."""
    for x in things:
        # NumPy's device is the string "cpu".
        device = getattr(getattr(x, "_data", x), "device", None)
        if hasattr(device, "synchronize"):
            device.synchronize()


def bar_chart(p: profile, bars: int = 20) -> bytes:
    """A PNG: the slowest ops one by one, the others in one bar."""
    from matplotlib.figure import Figure

    rows = p.rows
    if len(rows) > bars:
        others = Row(f"{len(rows) - bars + 1} others")
        for row in rows[bars - 1 :]:
            others.forward += row.forward
            others.backward += row.backward
        rows = [*rows[: bars - 1], others]
    names = [row.op for row in rows]
    forward = [1e3 * row.forward.seconds for row in rows]
    backward = [1e3 * row.backward.seconds for row in rows]
    total = p.total.both

    figure = Figure(figsize=(8, 1.3 + 0.3 * len(rows)), dpi=120, layout="constrained")
    ax = figure.subplots()
    # Of Paul Tol's "muted" scheme (personal.sron.nl/~pault), safe for colour-blind readers.
    ax.barh(names, forward, color="#332288", label="forward")
    ends = ax.barh(names, backward, left=forward, color="#CC6677", label="backward")
    shares = [f"{100 * row.both.seconds / total.seconds:.1f} %" for row in rows]
    ax.bar_label(ends, shares, padding=4, fontsize=9)
    ax.margins(x=0.12)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    ax.set(
        xlabel="time (ms)",
        title=f"Time by op: {1e3 * total.seconds:.3g} ms in {total.calls} calls, "
        f"of {1e3 * p.seconds:.3g} ms in the block",
    )
    ax.legend(frameon=False, loc="lower right")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
