"""Files written by PyTorch and safetensors, and what is in them, in the folder pth beside this.

    pip install ".[peers]"
    python tests/references/make_pth.py

NAME.zip.pth and NAME.legacy.pth hold the same; NAME.safetensors too, where that can hold it; and
NAME.npz has the arrays that a reader should find. bfloat16, which NumPy lacks, is float32 there.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = Path(__file__).with_name("pth")


def net():
    """The state dict of a net, with the versions of its layers as an attribute of its own."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(3, 2)).state_dict()


def kinds():
    """Numbers of every type, and the extremes of some."""
    floats = [0.0, -0.0, 1 / 3, -2.5, 65504.0, 1e-7, float("inf"), float("nan")]
    tensors = {
        str(dtype).removeprefix("torch."): torch.tensor(floats, dtype=dtype)
        for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)
    }
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
        limits = torch.iinfo(dtype)
        numbers = torch.tensor([limits.min, 1, limits.max], dtype=dtype)
        tensors[str(dtype).removeprefix("torch.")] = numbers
    tensors["bool"] = torch.tensor([True, False, True])
    tensors["scalar"] = torch.tensor(7.5)
    tensors["empty"] = torch.empty(0, 3)
    return tensors


def views():
    """Tensors that are not rows of numbers of their own."""
    base = torch.arange(24.0).reshape(2, 3, 4)
    return {
        "base": base,
        "permuted": base.permute(2, 0, 1),
        "every other": base[:, ::2, 1::2],
        "from the middle": base[1, 2],
        "tied": base,
        "parameter": nn.Parameter(torch.arange(4.0).reshape(2, 2).T),
        "column": torch.arange(5)[:, None],
        "nothing of it": base[:, 3:],
    }


def checkpoint():
    """What the scripts of PyTorch's examples save in a training."""
    torch.manual_seed(1)
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "arch": "linear",
        "state_dict": model.state_dict(),
        "best_acc1": torch.tensor(71.5),
        "optimizer": optimizer.state_dict(),
    }


def write(name, content, tensors):
    for suffix, as_zip in (("zip", True), ("legacy", False)):
        path = FOLDER / f"{name}.{suffix}.pth"
        torch.save(content, path, _use_new_zipfile_serialization=as_zip)
    arrays = {}
    for key, tensor in tensors.items():
        tensor = tensor.detach()
        arrays[key] = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    np.savez_compressed(FOLDER / f"{name}.npz", **arrays)


if __name__ == "__main__":
    warnings.filterwarnings("error")
    FOLDER.mkdir(exist_ok=True)
    for make in (net, kinds, views):
        write(make.__name__, make(), make())
    saved = checkpoint()
    write("checkpoint", saved, saved["state_dict"])
    for make in (net, kinds):
        save_file(make(), FOLDER / f"{make.__name__}.safetensors", metadata={"format": "pt"})
