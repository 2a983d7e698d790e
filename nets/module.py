"""The Module: a part of a network, with its parameters, its state and the modules inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Tensor, to_device
from autograd.device import Array, on_gpu
from autograd.tap import through_taps

from .weights import AnyPath, copies, load_weights, overwrite, save_weights


class Module:
    """A function with parameters: a layer, or a network made of layers.

        class Net(Module):
            def __init__(self):
                self.conv = Conv2d(1, 8, 3)
                self.linear = Linear(8, 10)

            def forward(self, x):
                return self.linear(relu(self.conv(x)).mean(axis=(2, 3)))

    What a Module has is found by looking at its attributes, in the order of their assignment:

    - a Tensor is a parameter, which training changes;
    - an array is a buffer: state that is saved along but not trained;
    - a Module is a submodule. (One in a list is not found; put several into a `Sequential`.)

    Names are the attributes' own, joined by dots: "features.12.weight". What is shared between
    modules has one name, the first, and is counted once.

    Attributes:
        training: whether dropout drops and batch normalisation looks at the batch; see `train`.
    """

    training = True

    def forward(self, *inputs: Tensor | Array) -> Tensor:
        """What the Module computes. Every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__} has no method forward(self, x)")

    def __call__(self, *inputs: Tensor | Array) -> Tensor:
        return through_taps(self, self.forward(*inputs))

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """(name, module) for this one, whose name is "", and for all inside it, depth first."""
        return visit("", self, set())

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """(name, Tensor) for every parameter."""
        return self._named(is_parameter)

    def named_buffers(self) -> Iterator[tuple[str, Array]]:
        """(name, array) for every buffer."""
        return self._named(is_buffer)

    def _named(self, wanted: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
        seen = set()
        for name, module in self.named_modules():
            for attribute, value in vars(module).items():
                if wanted(value) and id(value) not in seen:
                    seen.add(id(value))
                    yield dotted(name, attribute), value

    def parameters(self) -> list[Tensor]:
        """Every parameter, for an optimiser."""
        return [parameter for _, parameter in self.named_parameters()]

    def _arrays(self) -> dict[str, Array]:
        """The arrays themselves of every parameter and buffer, by name."""
        parameters = {name: parameter.data for name, parameter in self.named_parameters()}
        return {**parameters, **dict(self.named_buffers())}

    def state_dict(self) -> dict[str, np.ndarray]:
        """{name: array} with a copy, on the CPU, of every parameter and buffer."""
        return copies(self._arrays())

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Overwrite every parameter and buffer with numbers from {name: array}.

        Numbers of another type, such as float16, become the parameter's own, float32.

        Raises:
            ValueError: one error that lists all missing, unexpected and misshapen names; then
                nothing has been changed.
        """
        overwrite(self._arrays(), state, f"load_state_dict of {type(self).__name__}")

    def save(self, path: AnyPath) -> None:
        """Write the `state_dict` to an .npz file. Raises as `save_weights` does."""
        save_weights(path, self.state_dict())

    def load(self, path: AnyPath) -> Module:
        """Load the `state_dict` from a file of any format that `load_weights` reads.

        Returns this Module. Raises as `load_weights` and `load_state_dict` do.
        """
        overwrite(self._arrays(), load_weights(path), f"{path}, loaded by {type(self).__name__}")
        return self

    def train(self, training: bool = True) -> Module:
        """Put this Module and all inside it into training mode, and return it."""
        for _, module in self.named_modules():
            module.training = training
        return self

    def eval(self) -> Module:
        """Put this Module and all inside it into evaluation mode, and return it."""
        return self.train(False)

    @contextmanager
    def in_mode(self, training: bool):
        """Within the block, training or evaluation mode; then each module's own from before."""
        before = {module: module.training for _, module in self.named_modules()}
        self.train(training)
        try:
            yield
        finally:
            for module, was in before.items():
                module.training = was

    def to(self, device: str) -> Module:
        """Move all parameters and buffers to the device ("cpu" or "gpu"), and return this Module.

        Do it before making an optimiser, whose state stays on the device of the parameters then.

        Raises:
            ValueError: `device` is neither.
            RuntimeError: "gpu" without CuPy, or without a GPU.
        """
        for parameter in self.parameters():
            parameter.data = to_device(parameter.data, device)
            parameter.grad = None
        for _, module in self.named_modules():
            for attribute, value in vars(module).items():
                if is_buffer(value):
                    setattr(module, attribute, to_device(value, device))
        return self

    def __repr__(self) -> str:
        settings, inside = [], []
        for name, value in vars(self).items():
            if isinstance(value, Module):
                inside.append(f"\n{name}: {value!r}".replace("\n", "\n  "))
            elif is_parameter(value) or is_buffer(value):
                settings.append(f"{name}{value.shape}")
            elif isinstance(value, int | float | str | tuple | None) and name != "training":
                settings.append(f"{name}={value!r}")
        end = "\n" if inside else ""
        return f"{type(self).__name__}({', '.join(settings)}{''.join(inside)}{end})"


def visit(name: str, module: Module, seen: set[Module]) -> Iterator[tuple[str, Module]]:
    """(name, module) for the module and for all inside it, but for those that were seen before."""
    if module not in seen:
        seen.add(module)
        yield name, module
        for attribute, value in vars(module).items():
            if isinstance(value, Module):
                yield from visit(dotted(name, attribute), value, seen)


def dotted(name: str, attribute: str) -> str:
    return f"{name}.{attribute}" if name else attribute


def is_parameter(value: Any) -> bool:
    return isinstance(value, Tensor)


def is_buffer(value: Any) -> bool:
    return isinstance(value, np.ndarray) or on_gpu(value)
