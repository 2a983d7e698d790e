"""One library at the work of one row, in a process of its own.

So no library's threads, waiting for work in a busy loop, are in the way of another's, and each has
its own memory. The worker first does the work once and says the peak of memory that this took
beyond inputs and weights (what is kept for later runs would hide it). Then it reads how many times
to do it, and answers with the seconds of each, until its input ends.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_PEAK = "5"  # As proc(5) has it.


class Worker:
    """The other end, to be used in a `with` block.

    Attributes:
        peak: in MiB, or None where the system does not count it, as Linux does.
    """

    def __init__(self, title: str, library: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.worker", title, library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.peak = self.answer()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *error) -> None:
        self.process.stdin.close()
        self.process.wait()

    def seconds(self, runs: int) -> list[float]:
        self.process.stdin.write(f"{runs}\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self):
        while line := self.process.stdout.readline():
            if line.startswith("answer "):  # Libraries may print something of their own.
                return json.loads(line.removeprefix("answer "))
        raise RuntimeError(f"{self.process.args[-2:]}: the worker has ended")


def main() -> None:
    from . import growth, peers, rows

    title, library = sys.argv[1:]
    if library == "backlight":
        peers.hide()
    every_row = [*rows.ROWS, *growth.ROWS.values()]
    work = next(row for row in every_row if row.__doc__ == title)()[library]
    say(peak(work))
    for line in sys.stdin:
        say([seconds(work) for _ in range(int(line))])


def say(answer: object) -> None:
    print("answer", json.dumps(answer), flush=True)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak(work: Callable[[], object]) -> float | None:
    """The most memory in MiB that the process has had during the work, less what it had before."""
    if not CLEAR.exists():
        work()
        return None
    CLEAR.write_text(RESET_PEAK)
    before = size("VmRSS")
    work()
    return size("VmHWM") - before


def size(name: str) -> float:
    """A figure of the process's status, in MiB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
