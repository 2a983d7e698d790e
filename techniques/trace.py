"""The Trace: what happened to inputs while a technique moved them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import array_module, to_cpu
from autograd.device import Array

from . import norms
from .arguments import check_whole


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
            "confidence reached", "step limit", "interrupted" by Ctrl-C, or "no start" where
            `boundary_attack` found none.
        history: (T + 1, N, K) the scores, before softmax, after 0, 1, ..., T steps, where T is the
            largest of `steps`. An input that is done keeps its last scores in the later rows.
        frames: (F, N, ...) the inputs on the way, or None if they were not asked for. With
            `frames=m` they are kept after every m-th step, from the start on, and at the end in any
            case; with `frames=True` after each. They take F ≈ T/m + 1 times the memory of x.
        frame_steps: (F,) int, after how many steps each frame was taken, so that
            `history[frame_steps]` are the frames' scores; or None.
    """

    start: Array
    x: Array
    success: np.ndarray
    steps: np.ndarray
    reason: np.ndarray
    history: np.ndarray
    frames: np.ndarray | None = None
    frame_steps: np.ndarray | None = None

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
    """Keeps what a Trace shows, while a technique runs.

    Args:
        frames: keep the inputs after every so many steps; 0 or False: not at all.
    """

    def __init__(self, start: Array, frames: int):
        self.start = start.copy()
        self.every = check_whole(int(frames) if isinstance(frames, bool) else frames, "frames", 0)
        self.history: list[Array] = []
        self.frames: list[np.ndarray] = []
        self.frame_steps: list[int] = []

    def keep(self, x: Array, scores: Array) -> None:
        """To be called before the first step and after each, with the whole batch."""
        if self.every and len(self.history) % self.every == 0:
            self.keep_frame(len(self.history), x)
        self.history.append(scores)
        self.latest = x

    def keep_frame(self, step: int, x: Array) -> None:
        self.frame_steps.append(step)
        self.frames.append(np.array(to_cpu(x)))

    def trace(self, x: Array, success: Array, steps: np.ndarray, reason: np.ndarray) -> Trace:
        """The Trace of the result `x`, which `keep` has seen last."""
        return Trace(**self.kept(x), success=to_cpu(success), steps=steps, reason=reason)

    def kept(self, x: Array) -> dict[str, Any]:
        """What a Trace shows of the result `x`, by name, whatever numbers the history is of."""
        last = len(self.history) - 1
        if self.every and self.frame_steps[-1] != last:
            self.keep_frame(last, x)
        return {
            "start": self.start,
            "x": x,
            "history": to_cpu(array_module(x).stack(self.history)),
            "frames": np.stack(self.frames) if self.every else None,
            "frame_steps": np.array(self.frame_steps) if self.every else None,
        }
