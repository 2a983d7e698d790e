"""What an op is: a plain function on arrays, plus one gradient rule per input.

    @op
    def exp(x):
        '''e to the power x, elementwise.'''
        return array_module(x).exp(x)

    exp.rule(x=lambda g, out, _x: g * out)

A rule is called as `rule(g, out, *inputs)` with the cotangent g = ∂s/∂out of some scalar s, the
op's output and the op's inputs, and returns ∂s/∂(its own input). They are all Tensors (a Python
number stays a number, an input left out is None), so a rule is written in ops, and the gradient of
a gradient needs no further work. By two conventions a rule says what it reads:

- an argument whose name starts with an underscore is not read, and if no rule reads an array, the
  graph does not keep it in memory;
- the op's settings (its arguments that have no rule, such as `axis`) are passed by keyword to the
  rules that name them. So is `input_shape`, the shape of the rule's own input, which the graph
  knows without keeping the array; and, if an op has any number of inputs, the input's `position`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

import numpy as np

from .device import default_module
from .tensor import Node, Tensor, as_array, made_by, node_of, state

registry: dict[str, Op] = {}  # Every op by name.
NO_SETTINGS: dict[str, Any] = {}


class Rule:
    """A gradient rule, and which of the op's arrays and settings it reads."""

    def __init__(self, function: Callable, op: Op):
        self.function = function
        parameters = inspect.signature(function).parameters.values()
        kinds = {p.kind for p in parameters}
        self.all_settings = inspect.Parameter.VAR_KEYWORD in kinds
        self.settings = tuple(p.name for p in parameters if p.name in op.settings)
        self.knows = tuple(p.name for p in parameters if p.name in op.known_to_rules)
        arrays = [
            p
            for p in parameters
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
            and p.name not in (*op.settings, *op.known_to_rules)
            and p.default is p.empty  # A default binds a value, as in `lambda g, out, x, c=c: ...`.
        ]
        takes_the_rest = inspect.Parameter.VAR_POSITIONAL in kinds
        if not takes_the_rest and (op.variadic or len(arrays) != 2 + len(op.inputs)):
            inputs = f"*{op.inputs[0]}" if op.variadic else ", ".join(op.inputs)
            raise ValueError(
                f"rule for {op.name}: expected the arguments (g, out, {inputs}), "
                f"got {inspect.signature(function)}"
            )
        self.reads_out = not arrays[1].name.startswith("_") if len(arrays) > 1 else True
        # The inputs that it names and reads, and where those begin that it takes as `*xs`.
        self.named = tuple(i for i, p in enumerate(arrays[2:]) if not p.name.startswith("_"))
        self.rest = max(len(arrays) - 2, 0)
        self.reads_rest = any(
            p.kind is p.VAR_POSITIONAL and not p.name.startswith("_") for p in parameters
        )
        self.simple = not (self.all_settings or self.settings or self.knows)

    def reads(self, inputs: int) -> tuple[int, ...]:
        """Which of so many inputs of the op the rule reads."""
        return (*self.named, *range(self.rest, inputs)) if self.reads_rest else self.named

    def __call__(self, node: Node, i: int, g: Tensor) -> Tensor | None:
        """The cotangent of input `i` of `node`, given that of its output."""
        out = made_by(node.value(), node) if self.reads_out else None
        inputs = [None] * len(node.inputs)
        for j in self.reads(len(inputs)):
            array = node.input_array(j)
            inputs[j] = made_by(array, node.parents[j]) if hasattr(array, "dtype") else array
        # Most rules read no settings: nothing to gather.
        settings = NO_SETTINGS if self.simple else self.gather(node, i)
        return self.function(g, out, *inputs, **settings)

    def gather(self, node: Node, i: int) -> dict[str, Any]:
        """The settings that the rule is given by keyword, for input `i` of `node`."""
        known = {"input_shape": node.parents[i].shape, "position": i}
        names = node.settings if self.all_settings else self.settings
        return {s: node.settings[s] for s in names} | {name: known[name] for name in self.knows}


class Op:
    """An op's name, its function on arrays, its inputs, their rules and its settings."""

    def __init__(self, forward: Callable, broadcasts: bool):
        # `einsum_` is the op behind the plain function `einsum`: its name is "einsum".
        self.name = forward.__name__.strip("_")
        self.forward = forward
        self.broadcasts = broadcasts
        self.signature = inspect.signature(forward)
        self.parameters = list(self.signature.parameters.values())
        self.names = [p.name for p in self.parameters]
        self.defaults = {p.name: p.default for p in self.parameters if p.default is not p.empty}
        self.positional = sum(p.kind is not p.KEYWORD_ONLY for p in self.parameters)
        # A variadic op, f(*xs), has one rule for all its inputs.
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in self.parameters)
        self.inputs: tuple[str, ...] = ()
        self.rules: tuple[Rule | None, ...] = ()
        self.simple = False

    def rule(self, **rules: Callable | None) -> None:
        """Give each input its rule, in the order of the arguments; None where it is zero."""
        if not rules or list(rules) != self.names[: len(rules)]:
            raise TypeError(
                f"{self.name}: rules for {list(rules)}, but the arguments are {self.names}"
            )
        self.inputs = tuple(rules)
        self.settings = tuple(name for name in self.names if name not in rules)
        known = ("input_shape", "position") if self.variadic else ("input_shape",)
        self.known_to_rules = tuple(name for name in known if name not in self.settings)
        self.rules = tuple(rule and Rule(rule, self) for rule in rules.values())
        self.simple = not self.settings and not self.variadic
        self.keeps = cache(self.keeps)

    def slot(self, i: int) -> int:
        """Which of the op's rules is that of input `i`."""
        return 0 if self.variadic else i

    def keeps(self, live: tuple[bool, ...]) -> tuple[bool, tuple[bool, ...]]:
        """Whether the output, and which inputs, are read by the rules of the `live` inputs.

        Live inputs are those that are variables, so that a walk may pass through them.
        """
        rules = [self.rules[self.slot(i)] for i, alive in enumerate(live) if alive]
        rules = [rule for rule in rules if rule is not None]
        return (
            any(rule.reads_out for rule in rules),
            tuple(any(i in rule.reads(len(live)) for rule in rules) for i in range(len(live))),
        )

    def bind(self, args: Sequence, kwargs: dict) -> tuple[Sequence, dict]:
        """Sort a call's arguments into inputs and settings."""
        if not self.inputs:
            raise TypeError(f"{self.name}: the op has no gradient rules; give it some with .rule()")
        named = {} if self.variadic else dict(zip(self.names, args, strict=False))
        values = {**self.defaults, **named, **kwargs}
        expected = self.settings if self.variadic else self.names
        if (
            values.keys() != set(expected)
            or (len(args) > self.positional and not self.variadic)
            or not kwargs.keys().isdisjoint(named)
        ):
            try:
                self.signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{self.name}: {error}") from None
        inputs = args if self.variadic else [values[name] for name in self.inputs]
        return inputs, {name: self.plain(name, values[name]) for name in self.settings}

    def plain(self, name: str, setting: Any) -> Any:
        """A setting as a rule takes it: a Tensor's array, a NumPy number as Python's."""
        if type(setting) is Tensor:
            if setting.dtype.kind == "f":
                raise TypeError(
                    f"{self.name}: {name} is a setting, which has no gradient rule: give its "
                    "array, t.data"
                )
            return setting._data
        return setting.item() if isinstance(setting, np.generic) else setting


def op(forward: Callable | None = None, *, broadcasts: bool = False) -> Callable:
    """Decorator: make a function on arrays an op, a function on Tensors that `grad` walks through.

    Args:
        forward: the function. Its leading arguments, those that `.rule(...)` names, are inputs:
            Tensors, arrays or numbers. The others are settings.
        broadcasts: its inputs broadcast against each other, as NumPy's do. Then a rule may return
            the cotangent in the broadcast shape, and the walk sums it down to the input's.
    """
    if forward is None:
        return lambda f: op(f, broadcasts=broadcasts)
    this = Op(forward, broadcasts)
    # To define an op again, as a notebook's cell does, replaces it.
    if this.name in registry and registry[this.name].forward.__module__ != forward.__module__:
        raise ValueError(f"op: there is one named {this.name!r} already")
    registry[this.name] = this

    @wraps(forward)
    def apply(*args, **kwargs) -> Tensor:
        if state.observer is not None:
            return state.observer.forward(apply, args, kwargs)
        # Most ops have neither settings nor optional inputs: nothing to sort.
        if this.simple and not kwargs and len(args) == len(this.inputs):
            settings = NO_SETTINGS
        else:
            args, settings = this.bind(args, kwargs)
        recording = state.recording
        arrays, parents = [], []
        only_numbers = True
        for x in args:
            node, kind = None, type(x)
            if kind is Tensor:
                array, node = x._data, x._node
                if node is None and recording and array.dtype.kind == "f":
                    node = node_of(x)
                only_numbers = False
            elif kind is float or kind is int or x is None:
                array = x
            else:
                array = constant(x, this)
                only_numbers = only_numbers and not hasattr(array, "dtype")
            arrays.append(array)
            parents.append(node)
        if only_numbers:
            arrays = [x if x is None else default_module().asarray(x) for x in arrays]
        try:
            out = as_array(forward(*arrays, **settings))
        except (ValueError, TypeError, IndexError, MemoryError) as error:
            raise explained(error, this, arrays) from None
        node = None
        if recording and out.dtype.kind == "f" and any(parents):
            keep_out, keep_inputs = this.keeps(tuple([parent is not None for parent in parents]))
            for i, parent in enumerate(parents):
                # A constant stays in any case: nothing could compute it again.
                if parent is not None and not keep_inputs[i]:
                    arrays[i] = None
            kept = out if keep_out else None
            node = Node(this, parents, arrays, settings, kept, out.shape, out.dtype)
        return made_by(out, node)

    apply.rule = this.rule
    apply.op = this
    return apply


def constant(x: Any, this: Op) -> Any:
    """An op's input that is no Tensor: an array, or a Python number, which never promotes."""
    if isinstance(x, np.generic | bool | int | float):
        return x.item() if isinstance(x, np.generic) else x
    if isinstance(x, list | tuple):
        x = default_module().asarray(x)
    if getattr(getattr(x, "dtype", None), "kind", "") not in tuple("fiub"):
        raise TypeError(
            f"{this.name}: expected a Tensor, an array or a number, got {type(x).__name__}"
        )
    return x


def explained(error: Exception, this: Op, arrays: list) -> Exception:
    """An error of the array module as one that names the op and the shapes it was given."""
    kinds = IndexError, TypeError, ValueError, MemoryError
    kind = next(k for k in kinds if isinstance(error, k))
    if str(error).startswith(f"{this.name}:"):
        return error
    shapes = ", ".join(str(x.shape) for x in arrays if hasattr(x, "shape"))
    advice = "; take fewer images at a time (batch_size)" if kind is MemoryError else ""
    return kind(f"{this.name}: {error} (shapes given: {shapes}){advice}")
