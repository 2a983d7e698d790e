"""The record of a training, and of an epoch while it runs."""

import math
import time
from dataclasses import dataclass, field

from tqdm import tqdm

from autograd import array_module, to_cpu
from autograd.device import Array

LOOK_EVERY = 0.2  # Seconds between two looks at the loss, each of which waits for a GPU.


@dataclass
class History:
    """What happened in `fit`. A list about epochs has one number for each.

    Attributes:
        step_loss: the loss of each batch.
        loss, accuracy: over the samples of an epoch, each as the net saw it while it learned.
        validation_accuracy: at the end of an epoch; empty without validation samples.
        best_epoch: the number, from 1, of the first epoch with the best validation accuracy.
        seconds: how long it took, validation included.
        interrupted: whether Ctrl-C ended it. The last epoch is then the part that was done.
    """

    step_loss: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    best_epoch: int | None = None
    seconds: float = 0.0
    interrupted: bool = False


class Epoch:
    """The losses and hits of one epoch, and its progress bar.

    They stay on the device until they are read.
    """

    def __init__(self, name: str, total_batches: int, progress: bool):
        self.name = name
        self.bar = tqdm(total=total_batches, desc=name, unit="batch", disable=not progress)
        self.batches = 0
        self.unread: list[tuple[Array, Array, int]] = []
        self.losses: list[float] = []
        self.total_loss = 0.0
        self.hits = 0
        self.samples = 0
        self.looked = time.perf_counter()

    def add(self, loss: Array, scores: Array, y: Array) -> None:
        """Enter a batch: its mean loss (), its scores (n, K) and its classes (n,)."""
        self.batches += 1
        self.unread.append((loss, (scores.argmax(axis=1) == y).sum(), len(y)))
        self.bar.update()
        if time.perf_counter() - self.looked > LOOK_EVERY:
            self.read()
            self.bar.set_postfix_str(self.summary(), refresh=False)

    def read(self) -> None:
        """Bring what was entered to the CPU.

        Raises:
            FloatingPointError: a loss is nan or inf.
        """
        if self.unread:
            losses, hits, sizes = zip(*self.unread, strict=True)
            xp = array_module(*losses)
            # Stacked, so that a GPU is waited for once and not once per batch.
            losses, hits = (to_cpu(xp.stack(numbers)).tolist() for numbers in (losses, hits))
            self.unread.clear()
            for loss, n in zip(losses, sizes, strict=True):
                self.losses.append(loss)
                if not math.isfinite(loss):
                    raise FloatingPointError(
                        f"{self.name}: the loss became {loss} at batch {len(self.losses)}: "
                        "try a smaller learning rate, and look for nan and inf in X"
                    )
                self.total_loss += n * loss
            self.hits += sum(hits)
            self.samples += sum(sizes)
        self.looked = time.perf_counter()

    @property
    def loss(self) -> float:
        return self.total_loss / self.samples

    @property
    def accuracy(self) -> float:
        return self.hits / self.samples

    def summary(self) -> str:
        return f"loss {self.loss:.4f}, accuracy {self.accuracy:.2%}"

    def close(self, history: History) -> None:
        """Append to the history, whose validation accuracy is there already, and end the bar."""
        history.step_loss += self.losses
        history.loss.append(self.loss)
        history.accuracy.append(self.accuracy)
        validation = [f", validation {a:.2%}" for a in history.validation_accuracy[-1:]]
        self.bar.set_postfix_str("".join([self.summary(), *validation]))
        self.bar.close()
