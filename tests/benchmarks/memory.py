"""The most memory that a row's work takes at a time, beyond its inputs and weights.

Each library runs the work once, in a process of its own: what it has kept for later runs would
hide what it needs. Linux counts the peak.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_PEAK = "5"  # As proc(5) has it.


def peaks(title: str, libraries: list[str]) -> dict[str, float]:
    """For each library, the peak in MiB during the work of the row of that title; {} off Linux."""
    if not CLEAR.exists():
        return {}
    found = {}
    for library in libraries:
        command = [sys.executable, "-m", "tests.benchmarks.memory", title, library]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[library] = float(done.stdout.split()[-1])
    return found


def peak(work: Callable[[], object]) -> float:
    """The most memory in MiB that the process has had during the work, less what it had before."""
    CLEAR.write_text(RESET_PEAK)
    before = size("VmRSS")
    work()
    return size("VmHWM") - before


def size(name: str) -> float:
    """A figure of the process's status, in MiB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def main() -> None:
    from .rows import ROWS

    title, library = sys.argv[1:]
    row = next(row for row in ROWS if row.__doc__ == title)
    print(peak(row()[library]))


if __name__ == "__main__":
    main()
