"""Other gradient rules for the length of a `with` block."""

from collections.abc import Callable
from contextlib import contextmanager

from .op import Rule, registry
from .tensor import state


@contextmanager
def override(**rules: Callable | dict[str, Callable]):
    """Within the block, walks of this thread use other rules for the named ops.

        def guided(g, out, x):
            return g * (g > 0) * (x > 0)

        with override(relu=guided):
            (g,) = grad(score, [x])

    The rules are looked up when a walk runs, whenever the graph was recorded. Blocks nest, the
    innermost wins, and a block restores what it found, also when it raises.

    Args:
        rules: for the name of an op, the rule of its first input, or a dictionary of rules for the
            inputs that it names: `override(conv2d={"x": rule, "w": other})`. See op.py for what a
            rule is called with.

    Raises:
        ValueError: no op has that name or input, or the rule does not fit the op's inputs.
    """
    new = {}
    for name, given in rules.items():
        if name not in registry:
            raise ValueError(f"override: no op is named {name!r}; there are {sorted(registry)}")
        op = registry[name]
        for input_name, rule in (
            given if isinstance(given, dict) else {op.inputs[0]: given}
        ).items():
            if input_name not in op.inputs:
                raise ValueError(f"override: {name} has the inputs {op.inputs}, not {input_name!r}")
            if not callable(rule):
                raise ValueError(f"override: {name}: expected a rule, a function, got {rule!r}")
            new[name, op.inputs.index(input_name)] = Rule(rule, op)
    before, state.rules = state.rules, {**state.rules, **new}
    try:
        yield
    finally:
        state.rules = before
