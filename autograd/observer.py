"""What `anomaly()` and `profile()` have in common: they look on while ops and rules run."""

from typing import Any

from .tensor import Node, Tensor, state
from .walk import cotangent_of_input, walk


class Observer:
    """Within `with observer:`, this thread's ops, walks and rules run through these methods.

    Here they do no more than run. A subclass overrides some, calls `super()`'s, and looks at what
    goes in and what comes out. Of nested blocks, the inner one sees the outer one's work as part of
    the engine's.

    Raises:
        RuntimeError: the block is entered a second time before it was left.
    """

    active = False

    def __enter__(self):
        if self.active:
            raise RuntimeError(f"{type(self).__name__}: this block is running; make another one")
        self.active = True
        self.outer, state.observer = state.observer, self
        return self

    def __exit__(self, *_error):
        state.observer = self.outer
        self.active = False

    def forward(self, apply: Any, args: tuple, kwargs: dict) -> Tensor:
        """Call the op `apply.op`."""
        if self.outer is not None:
            return self.outer.forward(apply, args, kwargs)
        innermost, state.observer = state.observer, None
        try:
            return apply(*args, **kwargs)
        finally:
            state.observer = innermost

    def walk(self, *args) -> list[Tensor]:
        """Walk back through a graph: `walk` of walk.py, with its arguments."""
        return (walk if self.outer is None else self.outer.walk)(*args)

    def backward(self, node: Node, i: int, g: Tensor) -> Tensor | None:
        """Apply the rule of a node's input `i`; None is a zero cotangent."""
        return (cotangent_of_input if self.outer is None else self.outer.backward)(node, i, g)
