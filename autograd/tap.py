"""Taps: to see what a part of a net returns, or to put something in its place."""

from collections.abc import Callable
from contextlib import contextmanager

from .tensor import Tensor, state


@contextmanager
def tap(part: Callable, look: Callable[[Tensor], Tensor | None]):
    """Within the block, whatever `part` returns in this thread goes through `look`.

        activations = []
        with tap(net.features[3], activations.append):
            scores = net(x)
        grad(scores[0, 7], activations)

    What `look` returns takes the place of what the part returned; None leaves it. Blocks nest: of
    several taps of one part, the outermost looks first. A block restores what it found, also when
    it raises.

    Args:
        part: a Module of nets, or anything else that calls `through_taps` on what it returns.
        look: a function of that.
    """
    before, state.taps = state.taps, {**state.taps, part: (*state.taps.get(part, ()), look)}
    try:
        yield
    finally:
        state.taps = before


def through_taps(part: Callable, out: Tensor) -> Tensor:
    """What the taps of `part` make of its output."""
    for look in state.taps.get(part, ()):
        replacement = look(out)
        if replacement is not None:
            out = replacement
    return out
