"""Optimisers: what becomes of the parameters once their gradients are known.

    optimizer = SGD(net.parameters(), lr=0.1)
    loss.backward()
    optimizer.step()

They change the parameters' arrays in place, with PyTorch's updates.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from autograd import Tensor, array_module
from autograd.device import Array

from .weights import copies, overwrite


class Optimizer:
    """What SGD and Adam share. A subclass gives `update`, and keeps arrays in `state`.

    Attributes:
        lr: the learning rate, which may be changed between steps.
        state: for each quantity that the optimiser remembers, an array per parameter.

    Raises:
        TypeError: something given is not a Tensor.
        ValueError: no parameters, one given twice, or a setting out of range.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float):
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError(f"{type(self).__name__}: there are no parameters to change")
        for parameter in self.parameters:
            if not isinstance(parameter, Tensor):
                kind = type(parameter).__name__
                raise TypeError(f"{type(self).__name__}: expected Tensors, got {kind}")
        if len({id(parameter) for parameter in self.parameters}) < len(self.parameters):
            raise ValueError(f"{type(self).__name__}: a parameter is given twice")
        self.check("lr", lr, lr >= 0)
        self.lr = lr
        self.state: dict[str, list[Array]] = {}

    def check(self, name: str, value: object, in_range: bool) -> None:
        if not in_range:
            raise ValueError(f"{type(self).__name__}: {name} is out of range: {value}")

    def remember(self, name: str) -> list[Array]:
        """Zeros for each parameter, of its shape, that become part of `state`."""
        arrays = [array_module(p.data).zeros_like(p.data) for p in self.parameters]
        self.state[name] = arrays
        return arrays

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        for i, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                self.update(i, parameter.data, parameter.grad.data)

    def update(self, i: int, w: Array, g: Array) -> None:
        """Change the i-th parameter's array w in place, given its gradient g."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Forget the gradients.

        `backward` replaces those of the parameters that the loss depends on; without this, one that
        it does not reach would step along an old gradient.
        """
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, np.ndarray]:
        """{"velocity.0": array, ...} with copies, on the CPU, of all that is remembered."""
        return copies(self._arrays())

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Overwrite what is remembered, to go on where another optimiser stopped.

        Raises:
            ValueError: one error that lists all missing, unexpected and misshapen names; then
                nothing has been changed.
        """
        overwrite(self._arrays(), state, f"load_state_dict of {type(self).__name__}")

    def _arrays(self) -> dict[str, Array]:
        return {
            f"{name}.{i}": array
            for name, arrays in self.state.items()
            for i, array in enumerate(arrays)
        }


class SGD(Optimizer):
    """Stochastic gradient descent.

        g ← g + weight_decay · w
        v ← momentum · v + g
        w ← w − lr · v                    (nesterov: w − lr · (g + momentum · v))

    As in PyTorch: the velocity is one of gradients, and lr outside of it. Sutskever et al. (ICML
    2013) have lr inside, which differs where lr changes on the way.

    Raises:
        ValueError: no parameters, a negative setting, or nesterov without momentum.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr)
        self.check("momentum", momentum, momentum >= 0)
        self.check("weight_decay", weight_decay, weight_decay >= 0)
        self.check("nesterov without momentum", nesterov, not nesterov or momentum > 0)
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.velocity = self.remember("velocity") if momentum else []

    def update(self, i: int, w: Array, g: Array) -> None:
        if self.weight_decay:
            g = g + self.weight_decay * w
        if self.momentum:
            v = self.velocity[i]
            v *= self.momentum
            v += g
            g = g + self.momentum * v if self.nesterov else v
        w -= self.lr * g


class Adam(Optimizer):
    """Steps of about the same length in every direction (arXiv 1412.6980, algorithm 1).

        g ← g + weight_decay · w
        m ← β₁ m + (1 − β₁) g
        v ← β₂ v + (1 − β₂) g²
        w ← w − lr · m̂ / (√v̂ + eps)       with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at step t

    Raises:
        ValueError: no parameters, or a setting out of range.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr)
        self.check("betas", betas, len(betas) == 2 and all(0 <= beta < 1 for beta in betas))
        self.check("eps", eps, eps >= 0)
        self.check("weight_decay", weight_decay, weight_decay >= 0)
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.mean = self.remember("mean")
        self.square = self.remember("square")
        # A parameter without a gradient makes no step, so that each has its own count.
        self.steps = self.state["step"] = [np.array(0) for _ in self.parameters]

    def update(self, i: int, w: Array, g: Array) -> None:
        if self.weight_decay:
            g = g + self.weight_decay * w
        self.steps[i] += 1
        m, v, t = self.mean[i], self.square[i], int(self.steps[i])
        beta1, beta2 = self.betas
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * g * g
        # eps is added to √v̂ once the bias is corrected, and to nothing else.
        root = array_module(v).sqrt(v) / (1 - beta2**t) ** 0.5 + self.eps
        w -= self.lr / (1 - beta1**t) * m / root
