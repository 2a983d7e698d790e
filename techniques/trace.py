"""The Trace: what happened to inputs while a technique moved them."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from autograd import array_module, to_cpu
from autograd.device import Array

from . import norms
from .arguments import check_whole

# Of more than a gibibyte of frames, every second is dropped.
FRAME_BYTES = 2**30


@dataclass(frozen=True)
class State:
    """What a technique goes on from, when it is given the Trace again.

    Attributes:
        technique: its name.
        rows: how many rows of the history there were by then. Later ones are made again.
        values: what the next step starts from, as the technique gave it to `Recorder.checkpoint`.
        every: how many steps lay between two frames at the end; 0: none were kept.
    """

    technique: str
    rows: int
    values: tuple
    every: int


@dataclass(frozen=True, repr=False, eq=False)
class Trace:
    """N inputs, moved: where they came from, where they went, and what the net said on the way.

    Attributes:
        start: (N, ...) the inputs as they were given.
        x: (N, ...) the result, of the same dtype and on the same device. Everything else here is a
            NumPy array.
        success: (N,) bool, whether the result does what was wanted.
        steps: (N,) int, how many times each input was moved.
        reason: (N,) str, why it was not moved further: "target reached", "misclassified",
            "confidence reached", "step limit", "interrupted" by Ctrl-C, or where there was none,
            "no start" (`boundary_attack`) and "no pair found" (`jsma`).
        history: (T + 1, N, K) the scores, before softmax, after 0, 1, ..., T steps, where T is the
            largest of `steps`. An input that is done keeps its last scores in the later rows.
        frames: (F, N, ...) the inputs on the way, or None if they were not asked for. With
            `frames=m` they are kept after every m-th step, from the start on, and at the end in any
            case; with `frames=True` after each. They take F ≈ T/m + 1 times the memory of x, but at
            most 1 GiB (or three frames): where that is reached, every second frame is dropped, and
            from there on twice as many steps lie between two.
        frame_steps: (F,) int, after how many steps each frame was taken, so that
            `history[frame_steps]` are the frames' scores; or None.
        state: what else is needed to go on, by `resume=trace`.
    """

    start: Array
    x: Array
    success: np.ndarray
    steps: np.ndarray
    reason: np.ndarray
    history: np.ndarray
    frames: np.ndarray | None = None
    frame_steps: np.ndarray | None = None
    state: State | None = None

    @property
    def perturbation(self) -> Array:
        """x − start: (N, ...)."""
        return self.x - self.start

    @property
    def l0(self) -> np.ndarray:
        """How many entries of each input changed: (N,) int. Each colour of a pixel is an entry."""
        return to_cpu((norms.flat(self.perturbation) != 0).sum(axis=1))

    @property
    def l2(self) -> np.ndarray:
        """The Euclidean length of the perturbation: (N,), in units of x."""
        return to_cpu(norms.l2(self.perturbation))

    @property
    def linf(self) -> np.ndarray:
        """The largest change of any entry: (N,), in units of x."""
        return to_cpu(norms.linf(self.perturbation))

    def __repr__(self) -> str:
        reasons, counts = np.unique(self.reason, return_counts=True)
        ended = ", ".join(f"{n} {reason}" for n, reason in zip(counts, reasons, strict=True))
        return (
            f"{type(self).__name__}({len(self.x)} inputs of {self.x.shape[1:]}, "
            f"{self.success.sum()} with success: {ended}; "
            f"{self.steps.min()}–{self.steps.max()} steps; perturbation's median "
            f"l0 {np.median(self.l0):g}, l2 {np.median(self.l2):.3g}, "
            f"linf {np.median(self.linf):.3g})"
        )


class Recorder:
    """Keeps what a Trace shows, and what it takes to go on, while a technique runs.

    `record` adds a row to the history, and a frame if one is due. `checkpoint` says what the next
    step starts from: Ctrl-C may come at any moment, and then a resumed Trace does again what came
    after the last `checkpoint`. A technique begins with what `begin` returns: its own values, or
    those of the Trace to go on from.

        x, adam = recorder.begin(x, Adam())
        for step in range(recorder.step, steps):
            ...
            recorder.record(x, scores)
            x = moved
            recorder.checkpoint(x, adam)
        recorder.record(x, scores_of(x))

    Args:
        start: the inputs as they were given.
        frames: keep the inputs after every so many steps; 0 or False: not at all.
        resume: the Trace to go on from, with its history and frames; or None.
        technique: the name of the function that is running.

    Raises:
        TypeError, ValueError: `frames` is invalid, or `resume` is no Trace of this technique, or
            one that began from other inputs.
    """

    def __init__(self, start: Array, frames: int, resume: Any = None, technique: str = ""):
        self.start = start.copy()
        self.every = check_whole(int(frames) if isinstance(frames, bool) else frames, "frames", 0)
        self.history: list[Array] = []
        self.frames: list[tuple[int, np.ndarray]] = []  # Each after how many steps.
        self.technique = technique
        self.latest: tuple[int, tuple] | None = None  # After how many rows, and what.
        if resume is not None:
            check_resume(resume, start, technique)
            self.go_on(resume)

    def go_on(self, trace: Any) -> None:
        """Take over what a Trace has, up to where its last whole step ended."""
        rows = trace.state.rows
        self.latest = rows, trace.state.values
        self.history = list(array_module(self.start).asarray(trace.history[:rows]))
        if self.every and trace.frames is not None:
            kept = zip(trace.frame_steps.tolist(), trace.frames, strict=True)
            self.frames = [(step, frame) for step, frame in kept if step < rows]
            self.every = max(self.every, trace.state.every)

    @property
    def step(self) -> int:
        """The number of steps that were kept, which is that of the next, counted from 0."""
        return len(self.history)

    def bar(self, total: int, progress: bool, desc: str = "steps", done: int | None = None) -> tqdm:
        """A progress bar, of which a resumed Trace has taken `done`; None for as many steps.

        Raises:
            ValueError: there are more of them than there are to be in all.
        """
        done = self.step if done is None else done
        if done > total:
            raise ValueError(
                f"resume: the trace has taken {done} {desc} already; got {total} as how many there "
                "are to be in all"
            )
        return tqdm(total=total, initial=done, desc=desc, disable=not progress)

    def begin(self, *values: Any) -> tuple:
        """What the first step starts from: these values, or those that a resumed Trace has."""
        if self.latest is None:
            self.checkpoint(*values)
        return deepcopy(self.latest[1])

    def checkpoint(self, *values: Any) -> None:
        """What the next step starts from. It is copied, so that steps may change it."""
        self.latest = self.step, deepcopy(values)

    @property
    def state(self) -> State:
        """What a Trace needs, so that one can go on from it."""
        return State(self.technique, *self.latest, self.every)

    def record(self, x: Array, scores: Array) -> None:
        """To be called before the first step and after each, with the whole batch."""
        step = self.step
        self.history.append(scores)
        if self.every and step % self.every == 0:
            self.frames.append((step, np.array(to_cpu(x))))
            if len(self.frames) >= max(3, FRAME_BYTES // x.nbytes):
                self.frames, self.every = self.frames[::2], 2 * self.every

    def trace(self, x: Array, success: Array, steps: np.ndarray, reason: np.ndarray) -> Trace:
        """The Trace of the result `x`, which `record` has seen last."""
        return Trace(
            **self.arrays(x), success=to_cpu(success), steps=steps, reason=reason, state=self.state
        )

    def arrays(self, x: Array) -> dict[str, Any]:
        """The arrays of a Trace with the result `x`, by name.

        Traces of other kinds have them too, whatever numbers their history is of.
        """
        last = self.step - 1
        if self.every and (not self.frames or self.frames[-1][0] != last):
            self.frames.append((last, np.array(to_cpu(x))))
        steps, frames = zip(*self.frames, strict=True) if self.every else (None, None)
        return {
            "start": self.start,
            "x": x,
            "history": to_cpu(array_module(x).stack(self.history)),
            "frames": np.stack(frames) if self.every else None,
            "frame_steps": np.array(steps) if self.every else None,
        }


def check_resume(resume: Any, start: Array, technique: str) -> None:
    """`resume` must be what this technique returned, when it began from `start`.

    Raises:
        TypeError, ValueError: it is not.
    """
    state = getattr(resume, "state", None)
    if not isinstance(state, State):
        raise TypeError(
            f"resume: expected a trace that {technique} has returned, got {type(resume).__name__}"
        )
    if state.technique != technique:
        raise ValueError(f"resume: expected a trace of {technique}, got one of {state.technique}")
    if type(resume.start) is not type(start):
        raise ValueError("resume: the trace is on another device than the inputs")
    if resume.start.dtype != start.dtype or not np.array_equal(*map(to_cpu, (resume.start, start))):
        raise ValueError(
            f"resume: the trace began from other inputs: {resume.start.shape} of "
            f"{resume.start.dtype}, and now there are {start.shape} of {start.dtype}"
        )
