"""`python -m tests.benchmarks`: our speed against peers', in one run, on the same inputs.

Each row times the same work in every library that is installed (extra "peers"), in turns, so that a
drift of the machine hits all alike. A turn is several runs, of which the first are not counted: the
threads of one library may still be waiting for work when the next begins. Printed are medians with
their quartiles, and the ratio of ours to theirs. All may use as many threads as the environment
says (OMP_NUM_THREADS), else as there are cores. For the rows of whole networks there is also the
peak of memory, and at the end how the time of a saliency map grows with batch, size and depth.

Not among the peers: HIPS autograd, whose package has our name, and tinygrad, which needs clang.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from autograd.files import open_atomically

from .growth import growth
from .memory import peaks
from .peers import PEERS, THREADS, installed
from .picture import picture
from .rows import ROWS, WITH_MEMORY

TURNS = 8
# A turn takes about so long, but counts so many runs at least and at most.
SECONDS, FEWEST, MOST = 0.2, 2, 20


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(work: dict[str, Callable]) -> dict[str, list[float]]:
    """The times of each library's work, taken in turns."""
    runs = {}
    for name, run in work.items():
        run()  # Caches are filled, and functions compiled.
        runs[name] = min(max(round(SECONDS / seconds(run)), FEWEST), MOST)
    times = {name: [] for name in work}
    for _ in range(TURNS):
        for name, run in work.items():
            turn = [seconds(run) for _ in range(runs[name] + runs[name] // 2)]
            times[name] += turn[runs[name] // 2 :]
    return times


def summary(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """For each library its quartiles in milliseconds, and the ratio of our median to its."""
    ours = statistics.median(times["backlight"])
    found = {}
    for name, values in times.items():
        low, middle, high = statistics.quantiles(values, n=4)
        found[name] = {
            "low": 1e3 * low, "median": 1e3 * middle, "high": 1e3 * high,
            "ratio of ours": ours / middle, "runs": len(values),
        }  # fmt: skip
    return found


def medians(work: dict[str, Callable]) -> dict[str, float]:
    return {name: statistics.median(times) for name, times in measure(work).items()}


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
        if options.words and not any(word.lower() in title.lower() for word in options.words):
            continue
        print(title)
        results[title] = summary(measure(row()))
        if row in WITH_MEMORY:
            for name, peak in peaks(title, list(results[title])).items():
                results[title][name]["peak"] = peak
        for name, found in results[title].items():
            print(f"  {name:20} {line(found, results[title]['backlight'])}")
        print(flush=True)
    found = {"threads": THREADS, "rows": results}
    if not options.words:
        found["growth"] = growth(medians)
    if options.json:
        with open_atomically(options.json) as file:
            file.write(json.dumps(found, indent=1).encode())
    if options.picture:
        picture(found, options.picture)


def line(found: dict[str, float], ours: dict[str, float]) -> str:
    """A library's figures, and the ratios of ours to them."""
    text = f"{found['median']:9.3f} [{found['low']:.3f}, {found['high']:.3f}]"
    if "peak" in found:
        text += f"  {found['peak']:7.1f} MiB"
    if found is not ours:
        text += f"  ours is {found['ratio of ours']:.2f}×"
        if "peak" in found:
            text += f", memory {ours['peak'] / found['peak']:.2f}×"
    return text


if __name__ == "__main__":
    main()
