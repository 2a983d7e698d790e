"""Networks with the weights that they have from ImageNet, as torchvision publishes them."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .checks import generator, whole
from .data.fetch import fetch, folders
from .init import Rng, he_initialise, undrawn
from .module import Module
from .weights import load_weights

WeightsFrom = str | os.PathLike[str] | None

FOLDER = "weights"
SUFFIXES = (".npz", ".safetensors", ".pth")
URL = "https://download.pytorch.org/models/"

# torchvision's weights IMAGENET1K_V1, from torchvision/models/*.py. Each name ends in the first
# eight digits of the file's SHA-256.
PUBLISHED = {
    "alexnet": "alexnet-owt-7be5be79.pth",
    "vgg11": "vgg11-8a719046.pth",
    "vgg13": "vgg13-19584684.pth",
    "vgg16": "vgg16-397923af.pth",
    "vgg19": "vgg19-dcbb9e9d.pth",
    "vgg11_bn": "vgg11_bn-6002323d.pth",
    "vgg13_bn": "vgg13_bn-abd245e5.pth",
    "vgg16_bn": "vgg16_bn-6c64b313.pth",
    "vgg19_bn": "vgg19_bn-c79401a0.pth",
    "squeezenet1_0": "squeezenet1_0-b66bff10.pth",
    "squeezenet1_1": "squeezenet1_1-b8a52dc0.pth",
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
}


def build(
    name: str,
    make: Callable[[int, np.random.Generator], Module],
    weights: WeightsFrom,
    classes: int,
    rng: Rng,
) -> Module:
    """The network `make(classes, rng)`, with the weights that are asked for.

    The arguments of `squeezenet1_1`, `vgg16`, ... are these:

    Args:
        weights: the path of a file that `load_weights` reads, with torchvision's names; or
            "imagenet", to have torchvision's own (see `published_weights`). Then the network is in
            evaluation mode, for it is to be looked into. Without weights it is in training mode,
            and starts from random ones (`he_initialise`).
        classes: the number of scores. ImageNet has 1000.
        rng: a seed, a np.random.Generator, or None: for random weights, and for dropout.

    Raises:
        TypeError, ValueError: an argument is invalid, or the weights do not fit the network.
        FileNotFoundError: there is no such file.
        DownloadError: "imagenet" is neither here nor to be had; it says which file to put where.
    """
    whole(classes, f"{name}: classes")
    try:
        rng = generator(rng)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: rng: expected a seed or a Generator, got {rng!r}") from None
    # Before the network, which is the work that a wrong path should not cost.
    path = None if weights is None else weights_path(name, weights, classes)
    numbers = None if path is None else load_weights(path)
    with undrawn():
        net = make(classes, rng)
    if numbers is None:
        he_initialise(net.parameters(), rng)
        return net
    # Files from before PyTorch 0.4.1 lack the counts, which only say how long it was trained.
    counts = {key: x for key, x in net.named_buffers() if key.endswith("num_batches_tracked")}
    try:
        net.load_state_dict({**counts, **numbers})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return net.eval()


def weights_path(name: str, weights: WeightsFrom, classes: int) -> Path:
    """The file that `weights=` means for the network `name`. Raises as `build` does."""
    if not isinstance(weights, str | os.PathLike):
        raise TypeError(
            f'{name}: weights: expected a path, "imagenet" or None, got {type(weights).__name__}'
        )
    if weights == "imagenet":
        if classes != 1000:
            raise ValueError(f'{name}: weights="imagenet" has 1000 classes, not {classes}')
        return published_weights(name)
    path = Path(weights)
    if not path.suffix and not path.exists():
        raise ValueError(
            f'{name}: weights: expected "imagenet" or the path of a file, got {str(weights)!r}'
        )
    return path


def published_weights(name: str) -> Path:
    """The file with torchvision's ImageNet weights of the network `name`, downloaded if need be.

    It is looked for in the folder `weights` of `BACKLIGHT_DATA` and of the cache, as `name`.npz,
    .safetensors or .pth, or under torchvision's own name, such as squeezenet1_1-b8a52dc0.pth. Only
    what is downloaded is compared with its SHA-256.

    Raises:
        DownloadError: it is nowhere, and the download failed; it says what to put where.
    """
    for folder in folders(FOLDER):
        for suffix in SUFFIXES:
            path = folder / (name + suffix)
            if path.is_file():
                return path
    file = PUBLISHED[name]
    sha256 = Path(file).stem.rpartition("-")[2]
    return fetch(file, URL + file, sha256, folder=FOLDER)
