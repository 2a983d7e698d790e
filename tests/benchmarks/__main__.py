"""`python -m tests.benchmarks`: our speed against peers', in one run, on the same inputs.

Each row times the same work in every library that is installed (extra "peers"), each in a process
of its own (worker.py), in turns, so that a drift of the machine hits all alike. A turn is several
runs, of which the first are not counted. Printed are medians with their quartiles, the peak of
memory of the first run, and the ratios of ours to theirs. All may use as many threads as the
environment says (OMP_NUM_THREADS), else as there are cores. At the end comes how the time of a
saliency map grows with batch, size and depth.

Not among the peers: HIPS autograd, whose package has our name, and tinygrad, which needs clang.
"""

import argparse
import json
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from autograd.files import open_atomically

from .growth import TITLE, growth
from .peers import PEERS, THREADS, installed
from .picture import picture
from .rows import ROWS
from .worker import Worker

TURNS = 8
# A turn takes about so long, but counts so many runs at least and at most.
SECONDS, FEWEST, MOST = 0.2, 2, 20


def measure(row: Callable) -> dict[str, dict[str, float]]:
    """For each library its quartiles in milliseconds, its peak of memory, and ours over those."""
    times, peaks = {}, {}
    with ExitStack() as stack:
        workers = {name: stack.enter_context(Worker(row.__doc__, name)) for name in row()}
        runs = {}
        for name, worker in workers.items():
            (once,) = worker.seconds(1)
            runs[name] = min(max(round(SECONDS / once), FEWEST), MOST)
            times[name], peaks[name] = [], worker.peak
        for _ in range(TURNS):
            for name, worker in workers.items():
                turn = worker.seconds(runs[name] + runs[name] // 2)
                times[name] += turn[runs[name] // 2 :]
    return summary(times, peaks)


def summary(times: dict[str, list[float]], peaks: dict[str, float | None]) -> dict:
    found = {}
    for name, values in times.items():
        low, middle, high = statistics.quantiles(values, n=4)
        found[name] = {
            "low": 1e3 * low, "median": 1e3 * middle, "high": 1e3 * high, "peak": peaks[name],
            "ratio of ours": statistics.median(times["backlight"]) / middle, "runs": len(values),
        }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("words", nargs="*", help="only rows whose titles have one of these words")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    parser.add_argument("--picture", type=Path, help="draw the ratios and the growth, as a PNG")
    options = parser.parse_args()
    print(f"{THREADS} threads, medians [quartiles] in milliseconds, peaks of memory in MiB")
    for library in PEERS:
        if not installed(library):
            print(f"without {library}, which is not installed")
    print()
    results = {}
    for row in ROWS:
        title = row.__doc__
        if not wanted(title, options.words):
            continue
        print(title)
        results[title] = measure(row)
        for name, found in results[title].items():
            print(f"  {name:20} {line(found, results[title]['backlight'])}")
        print(flush=True)
    found = {"threads": THREADS, "rows": results}
    if wanted(TITLE, options.words):
        found["growth"] = growth(measure)
    if options.json:
        with open_atomically(options.json) as file:
            file.write(json.dumps(found, indent=1).encode())
    if options.picture:
        picture(found, options.picture)


def wanted(title: str, words: list[str]) -> bool:
    return not words or any(word.lower() in title.lower() for word in words)


def line(found: dict[str, float], ours: dict[str, float]) -> str:
    """A library's figures, and the ratios of ours to them."""
    text = f"{found['median']:9.3f} [{found['low']:.3f}, {found['high']:.3f}]"
    if found["peak"] is not None:
        text += f"  {found['peak']:7.1f} MiB"
    if found is not ours:
        text += f"  ours is {found['ratio of ours']:.2f}×"
        if found["peak"]:
            text += f", memory {ours['peak'] / found['peak']:.2f}×"
    return text


if __name__ == "__main__":
    main()
