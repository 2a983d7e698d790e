"""The walk: from an output back to whatever it was computed from, by the chain rule."""

from collections.abc import Iterable, Sequence
from contextlib import contextmanager

from .device import Array, array_module, on_gpu
from .ops import add, astype, sum_to
from .tensor import Node, Tensor, made_by, node_of, state


class RuleError(ValueError):
    """A gradient rule failed, or returned something that is no gradient of its input."""


def grad(
    y: Tensor,
    xs: Tensor | Sequence[Tensor],
    seed: Array | Tensor | None = None,
    create_graph: bool = False,
) -> Tensor | list[Tensor]:
    """The gradients of `y` at `xs`: seedᵀ ∂y/∂x for each x. Nothing is changed.

    Args:
        y: a Tensor. It must have size 1 unless a `seed` is given.
        xs: Tensors, leaves or intermediate results, that `y` may depend on. Given one Tensor
            instead of a sequence, the result is one Tensor too.
        seed: the cotangent of `y`, shaped like it (default: ones).
        create_graph: record the walk, so that the gradients can be differentiated again.

    Returns:
        A list with one Tensor for each x, of its shape, dtype and device; zeros where `y` does not
        depend on it.

    Raises:
        TypeError: `y` or an x is not a Tensor, or not of floats.
        ValueError: `y` has more than one entry and no seed is given, or the seed has another shape
            or is on another device.
    """
    if isinstance(xs, Tensor):
        return grad(y, [xs], seed, create_graph)[0]
    if callable(y):
        raise TypeError("grad: y is a function; call it first, grad(f(x), [x])")
    if not isinstance(xs, Iterable):
        raise TypeError(f"grad: xs: expected Tensors, got {type(xs).__name__}")
    xs = list(xs)
    for name, tensor in [("y", y), *(("xs", x) for x in xs)]:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"grad: {name}: expected a Tensor, got {type(tensor).__name__}")
        if tensor.dtype.kind != "f":
            raise TypeError(f"grad: {name}: expected floats, got a Tensor of {tensor.dtype}")
    run = walk if state.observer is None else state.observer.walk
    return run(y, xs, seed, create_graph)


def walk(
    y: Tensor, xs: Sequence[Tensor], seed: Array | Tensor | None, create_graph: bool
) -> list[Tensor]:
    """What `grad` does, once its arguments are known to be good."""
    targets = [node_of(x) for x in xs]
    with recording(create_graph):
        seed = start(y, seed)
        found = pull_back(node_of(y), seed, set(targets))
    taken = {id(seed._data), *(id(x._data) for x in xs)}
    return [separate(found.get(node), node, x, taken) for node, x in zip(targets, xs, strict=True)]


def backward(y: Tensor, seed: Array | Tensor | None = None) -> None:
    """Fill `.grad` of every leaf that `y` depends on; what `y.backward()` does."""
    leaves = [node for node in history(node_of(y)) if node.op is None]
    owners = [node.owner() for node in leaves if node.owner is not None]
    owners = [x for x in owners if x is not None]
    for x, g in zip(owners, grad(y, owners, seed), strict=True):
        x.grad = g


@contextmanager
def no_grad():
    """Within the block, nothing is recorded: results are constants, and no memory is held."""
    with recording(False):
        yield


@contextmanager
def recording(on: bool):
    before, state.recording = state.recording, on
    try:
        yield
    finally:
        state.recording = before


def start(y: Tensor, seed: Array | Tensor | None) -> Tensor:
    """The cotangent that the walk starts with."""
    xp = array_module(y._data)
    if seed is None:
        if y.size != 1:
            raise ValueError(
                f"grad: y has shape {y.shape}; give a seed of that shape, or reduce y to one number"
            )
        return Tensor(xp.ones_like(y._data))
    seed = seed if isinstance(seed, Tensor) else Tensor(seed)
    if seed.shape != y.shape:
        raise ValueError(f"grad: seed has shape {seed.shape}, but y has {y.shape}")
    if on_gpu(seed._data) != on_gpu(y._data):
        raise ValueError("grad: seed and y are on different devices; see to_device")
    if seed.dtype != y.dtype:
        return astype(seed, y.dtype)
    # In a recorded walk the seed is a variable like any other; else it leaves its history behind.
    return made_by(seed._data, node_of(seed) if state.recording else None)


def history(node: Node) -> list[Node]:
    """`node` and all that it depends on, in the order in which they were made."""
    seen, todo = {node}, [node]
    while todo:
        for parent in todo.pop().parents:
            if parent is not None and parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return sorted(seen, key=lambda node: node.number)


def pull_back(y: Node, seed: Tensor, targets: set[Node]) -> dict[Node, Tensor]:
    """The cotangents at `targets`, visiting only the nodes that lie between them and `y`."""
    between = {}  # A set that keeps its order, that of the nodes' making.
    for node in history(y):
        if node in targets or any(parent in between for parent in node.parents):
            between[node] = True

    pull = cotangent_of_input if state.observer is None else state.observer.backward
    cotangents = {y: seed} if y in between else {}
    for node in reversed(between):
        # A cotangent is complete when its node's turn comes, and is let go once it is passed on.
        g = cotangents.get(node) if node in targets else cotangents.pop(node, None)
        if g is None:
            continue
        for i, parent in enumerate(node.parents):
            if parent in between:
                contribution = pull(node, i, g)
                if contribution is not None:
                    so_far = cotangents.get(parent)
                    cotangents[parent] = (
                        contribution if so_far is None else add(so_far, contribution)
                    )
    return cotangents


def cotangent_of_input(node: Node, i: int, g: Tensor) -> Tensor | None:
    """Apply the rule of input `i`; undo the broadcasting and the promotion of that input."""
    op, parent = node.op, node.parents[i]
    slot = op.slot(i)
    rule = op.rules[slot]
    if state.rules:
        rule = state.rules.get((op.name, slot), rule)
    if rule is None:
        return None
    try:
        g = rule(node, i, g)
    except (TypeError, ValueError, IndexError) as error:
        raise RuleError(f"rule for {op.name}: input {op.inputs[slot]}: {error}") from error
    if g is None:
        return None
    g = g if type(g) is Tensor else Tensor(g)
    if op.broadcasts and g.shape != parent.shape:
        g = sum_to(g, parent.shape)
    if g.shape != parent.shape:
        raise RuleError(
            f"rule for {op.name}: returned shape {g.shape} for its input {op.inputs[slot]} of "
            f"{parent.shape}; if that was broadcast, declare it: @op(broadcasts=True)"
        )
    return g if g.dtype == parent.dtype else astype(g, parent.dtype)


def separate(g: Tensor | None, node: Node, x: Tensor, taken: set[int]) -> Tensor:
    """A gradient as an array of its own: writable, and shared with nothing else."""
    if g is None:
        return Tensor(array_module(x._data).zeros(node.shape, node.dtype))
    array = g._data
    if array.base is not None or not array.flags.c_contiguous or id(array) in taken:
        array = array.copy()
    taken.add(id(array))
    return made_by(array, g._node)
