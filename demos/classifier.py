"""The classifier that a demo looks into: trained here the first time, or one of ImageNet's."""

import argparse
import textwrap
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import nets
from autograd import no_grad, softmax, to_cpu, to_device
from nets import Adam, History, KernelFitter, Module, deprocess, evaluate, fit
from nets.batches import Samples
from nets.data import cache_folder
from nets.shape_net import ShapeNet

from .images import DATA, Images, data_name
from .options import TRAINED_HERE, named


@dataclass
class Classifier:
    """A net that was trained, what it is shown, and how it does on that.

    Of ImageNet there are no held-out images here: `x`, `y` and `accuracy` are None.
    """

    net: Module
    name: str
    data: str
    images: Images
    layer: str  # The last one that gives maps, for class activation maps.
    device: str  # Where the net is; the images here are on the CPU.
    x: np.ndarray | None = None  # Held-out images (N, C, H, W) and their classes (N,).
    y: np.ndarray | None = None
    masks: np.ndarray | None = None  # Of their objects (N, H, W), where these are known.
    accuracy: float | None = None  # On the held-out images.
    history: History | None = None  # None if the weights were given.
    train: Samples | None = None  # What nets are trained on here: (X, Y).

    @property
    def names(self) -> tuple[str, ...]:
        return self.images.names

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        return self.images.bounds

    def units(self, eps: float) -> np.ndarray:
        """A change by `eps`, where from black to white is 1, in units of x: (C, 1, 1)."""
        low, high = self.bounds
        return (eps * (high - low)).astype(np.float32)

    @property
    def flags(self) -> str:
        """The flags that ask for this classifier."""
        return f"--data {self.data}" if self.name == "kernel_fitter" else f"--net {self.name}"

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Softmax of the net's scores: images (N, C, H, W) to (N, K)."""
        with no_grad():
            return to_cpu(softmax(self.net(to_device(x, self.device)), axis=1))

    def pictures(self, x: np.ndarray) -> np.ndarray:
        """What the images (N, C, H, W) look like: (N, H, W, C) in [0, 1]."""
        return deprocess(x, self.images.mean, self.images.std)

    def classes(self, x: np.ndarray) -> np.ndarray:
        return self.probabilities(x).argmax(axis=1)

    def quote(self, k: int, probability: float, width: int = 26) -> str:
        """A class and its probability, as a title over a picture."""
        name = textwrap.shorten(self.names[k], width - 9, placeholder="…")
        percent = f"{100 * probability:.0f}" if probability >= 0.005 else "< 1"
        return f"“{name}”: {percent} %"

    def verdicts(self, x: np.ndarray) -> list[str]:
        """What the net says of each image, as titles."""
        p = self.probabilities(x)
        return [self.quote(k, q) for k, q in zip(p.argmax(axis=1), p.max(axis=1), strict=True)]

    def right(self, label: int, count: int) -> np.ndarray:
        """Where in `x` the first `count` images of a class are that the net classifies rightly."""
        of_class = np.flatnonzero(self.y == label)
        right = of_class[self.classes(self.x[of_class]) == label]
        if len(right) < count:
            raise ValueError(f"the net knows only {len(right)} images of {self.names[label]}")
        return right[:count]

    def examples(self, label: int, count: int) -> np.ndarray:
        """The first `count` held-out images of a class that the net classifies rightly."""
        return self.x[self.right(label, count)]


def classifier(options: argparse.Namespace) -> Classifier:
    """The classifier that the options ask for: --net, with --weights, or on --data.

    Training is kept in the cache folder (`BACKLIGHT_CACHE`), from where later runs take it up.

    Raises:
        ValueError: data that the net does not take, or weights that do not fit.
        OSError: data or weights that cannot be had.
    """
    data = data_name(options)
    if options.net in TRAINED_HERE:
        return trained_here(options, data)
    with nullcontext() if options.weights is None else named("--weights"):
        net = getattr(nets, options.net)(weights=options.weights or "imagenet")
    net.to(options.device)
    layer = last_maps(net)
    return Classifier(net, options.net, data, DATA[data], layer, options.device)


def trained_here(options: argparse.Namespace, data: str) -> Classifier:
    """KernelFitter or ShapeNet, with --weights or trained on the data set."""
    net = {"kernel_fitter": KernelFitter, "shape_net": ShapeNet}[options.net](rng=options.seed)
    if options.weights is not None:
        with named("--weights"):
            net.load(options.weights)
    net.to(options.device)
    quick = DATA[data].quick if options.quick else {}
    (x_train, y_train, *_), held_out = DATA[data].load(**quick)
    # The epoch to keep is chosen on one half of the held-out images, and judged on the other.
    half = len(held_out[1]) // 2
    validation = tuple(part[:half] for part in held_out[:2])
    x, y, *masks = (part[half:] for part in held_out)
    history = None
    if options.weights is None:
        settings = recipe(net, options.quick)
        name = f"{options.net}-{data}-{settings['epochs']}-{options.seed}.npz"
        history = fit(
            net,
            (x_train, y_train),
            validation=validation,
            seed=options.seed,
            checkpoint=kept(name),
            **settings,
        )
        if history.interrupted:  # What was learned so far lies in the cache.
            raise KeyboardInterrupt
    net.eval()
    accuracy = evaluate(net, (x, y))
    print(
        f"{type(net).__name__} on {data}: {100 * accuracy:.1f} % of {len(y)} held-out images right"
    )
    return Classifier(
        *(net, options.net, data, DATA[data], last_maps(net), options.device),
        *(x, y, masks[0] if masks else None, accuracy, history, (x_train, y_train)),
    )


def kept(name: str) -> Path:
    """The file in the cache folder where a training of this name is kept.

    Raises:
        OSError: the folder cannot be made.
    """
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"BACKLIGHT_CACHE: cannot make {cache_folder()}: {error}") from None
    return cache_folder() / name


def recipe(net: Module, quick: bool) -> dict:
    """How a net is trained: settings of `fit`."""
    if isinstance(net, ShapeNet):
        optimizer = Adam(net.parameters(), lr=4e-3)  # See ShapeNet.
        return {"epochs": 4 if quick else 5, "batch_size": 16, "optimizer": optimizer}
    return {"epochs": 2 if quick else 5, "batch_size": 64, "lr": 0.2}


def last_maps(net: Module) -> str:
    """The name of the net's last layer that gives maps, before they are pooled."""
    if isinstance(net, KernelFitter):
        return "relu"
    if not hasattr(net, "features"):  # The ResNets.
        return "layer4"
    last = len(net.features) - 1
    pools = isinstance(net.features[last], nets.MaxPool2d)  # As in AlexNet and VGG.
    return f"features.{last - pools}"
