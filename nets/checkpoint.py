"""A training in a file, from which it goes on as if it had never stopped."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from .history import History
from .module import Module
from .optim import Optimizer
from .weights import AnyPath, Weights, load_weights, save_weights


def save_checkpoint(
    path: AnyPath,
    net: Module,
    optimizer: Optimizer,
    rng: np.random.Generator,
    settings: dict[str, Any],
    history: History,
    best: Weights,
) -> None:
    """Write all that the rest of a training depends on to an .npz file."""
    progress = {
        "settings": settings,
        "history": asdict(history),
        "generators": [generator.bit_generator.state for generator in generators(net, rng)],
    }
    # As bytes, since strings in an .npz file are no numbers. JSON keeps floats exactly.
    progress = np.frombuffer(json.dumps(progress, default=np.ndarray.tolist).encode(), np.uint8)
    parts = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "best": best}
    arrays = {f"{part}/{name}": a for part, arrays in parts.items() for name, a in arrays.items()}
    save_weights(path, {"progress": progress, **arrays})


def load_checkpoint(
    path: AnyPath,
    net: Module,
    optimizer: Optimizer,
    rng: np.random.Generator,
    settings: dict[str, Any],
) -> tuple[History, Weights]:
    """Put the net, the optimiser and the random numbers back; return (history, best).

    Raises:
        ValueError: the file is no checkpoint, or one of another net, optimiser or settings; then
            the net has not been changed.
    """
    try:
        arrays = load_weights(path)
    except ValueError as error:
        raise ValueError(f"{error}; delete the file to train anew") from None
    try:
        progress = json.loads(arrays.pop("progress").tobytes())
        saved, history = progress["settings"], History(**progress["history"])
        states = progress["generators"]
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{path}: not a checkpoint of fit") from None
    if saved != settings:
        raise ValueError(
            f"{path}: this checkpoint belongs to another training: {saved}, now {settings}; "
            "delete it, or name another file"
        )
    weights, state, best = (
        {name.removeprefix(part): a for name, a in arrays.items() if name.startswith(part)}
        for part in ("net/", "optimizer/", "best/")
    )
    optimizer.load_state_dict(state)
    net.load_state_dict(weights)
    for generator, state in zip(generators(net, rng), states, strict=True):
        generator.bit_generator.state = state
    return history, best


def generators(net: Module, rng: np.random.Generator) -> list[np.random.Generator]:
    """`rng`, which shuffles, and those that the net's layers draw from."""
    attributes = [value for _, module in net.named_modules() for value in vars(module).values()]
    return [rng, *(value for value in attributes if isinstance(value, np.random.Generator))]
