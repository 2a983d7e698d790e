"""Which libraries are at hand to compare with, and how many threads they may use."""

import importlib.util
import os

PEERS = ("torch", "torchvision", "captum", "jax", "mygrad", "dezero")
THREADS = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count())


hidden = False  # In a process that is ours alone.


def hide() -> None:
    """From now on, no peer is at hand."""
    global hidden
    hidden = True


def installed(library: str) -> bool:
    if hidden and library in PEERS:
        return False
    return importlib.util.find_spec(library) is not None


def pytorch():
    """PyTorch, with as many threads as NumPy's matrix products."""
    import torch

    torch.set_num_threads(THREADS)
    return torch


def import_dezero():
    import numpy

    setattr(numpy, "int", int)  # noqa: B010  (DeZero 0.0.13 asks for what NumPy no longer has.)
    import dezero

    return dezero
