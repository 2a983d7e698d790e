"""`python -m tests.benchmarks`: our speed against peers', in one run, on the same inputs.

Each row times the same work in every library that is installed (extra "peers"), in turns, so that a
drift of the machine hits all alike. A turn is several runs, of which the first are not counted: the
threads of one library may still be waiting for work when the next begins. Printed are medians with
their quartiles, and the ratio of ours to theirs. BLAS threads are as many as the environment says
(OMP_NUM_THREADS, OPENBLAS_NUM_THREADS), else as many as there are cores.
"""

import os
import statistics
import time
from collections.abc import Callable

from . import engine

TURNS, COUNTED, UNCOUNTED = 12, 10, 5


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(work: dict[str, Callable]) -> dict[str, list[float]]:
    """The times of each library's work, taken in turns."""
    times = {name: [] for name in work}
    for _ in range(TURNS):
        for name, run in work.items():
            turn = [seconds(run) for _ in range(UNCOUNTED + COUNTED)]
            times[name] += turn[UNCOUNTED:]
    return times


def main() -> None:
    print(f"{os.cpu_count()} cores, {TURNS * COUNTED} runs, medians [quartiles] in milliseconds\n")
    for row in engine.ROWS:
        times = measure(row())
        ours = statistics.median(times["backlight"])
        print(row.__doc__)
        for name, values in times.items():
            low, middle, high = (1e3 * q for q in statistics.quantiles(values, n=4))
            ratio = f"ours is {1e3 * ours / middle:.2f}×" if name != "backlight" else ""
            print(f"  {name:10} {middle:8.3f} [{low:.3f}, {high:.3f}]  {ratio}")
        print()


if __name__ == "__main__":
    main()
