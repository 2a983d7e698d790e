"""How often a net is run on an input, forward and back."""

from collections.abc import Sequence
from contextlib import contextmanager

from autograd import Tensor, tap
from autograd.observer import Observer
from nets import Module


class Passes(Observer):
    """Counts inputs: each counts once in a batch that goes through the net, and in a walk back.

    A walk back counts, too, if it begins or ends at a layer. What gradient rules do is a part of
    the walk that calls them.
    """

    def __init__(self):
        self.forward_passes = self.backward_passes = 0
        self.walking = False

    def went_forward(self, scores: Tensor) -> None:
        self.forward_passes += len(scores)

    def walk(self, y: Tensor, xs: Sequence[Tensor], *rest) -> list[Tensor]:
        if self.walking:
            return super().walk(y, xs, *rest)
        self.backward_passes += len(xs[0])
        self.walking = True
        try:
            return super().walk(y, xs, *rest)
        finally:
            self.walking = False


@contextmanager
def passes(net: Module):
    """Within the block, counts the passes through the net: `with passes(net) as made: ...`."""
    made = Passes()
    with tap(net, made.went_forward), made:
        yield made
