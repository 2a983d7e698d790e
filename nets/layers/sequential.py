"""Layers one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from autograd import Tensor
from autograd.device import Array

from ..module import Module


class Sequential(Module):
    """Each layer applied to what the one before it made.

    The layers are named "0", "1", ...; `net[1]` is one of them, `net[:-1]` a Sequential of several
    (the same layers, not copies of them).

    Raises:
        TypeError: something given is not a Module.
    """

    def __init__(self, *layers: Module):
        for i, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential: {i}: expected a Module, got {layer!r}")
            setattr(self, str(i), layer)

    def forward(self, x: Tensor | Array) -> Tensor:
        for layer in self:
            x = layer(x)
        return x

    def __iter__(self) -> Iterator[Module]:
        return (layer for layer in vars(self).values() if isinstance(layer, Module))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getitem__(self, index: int | slice) -> Module:
        chosen = list(iter(self))[index]
        return Sequential(*chosen) if isinstance(index, slice) else chosen
