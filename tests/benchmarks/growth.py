"""How the time of a saliency map grows with the batch, the size of the images and the depth.

The net is a column of 3×3 convolutions of 32 channels with ReLUs, and a linear layer on the means.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from nets.layers import AdaptiveAvgPool2d, Conv2d, Flatten, Linear, ReLU, Sequential
from techniques import saliency

from .peers import installed, pytorch

CHANNELS, CLASSES, CLASS = 32, 10, 7
# What is varied, and what the others are meanwhile.
USUAL = {"batch": 4, "size": 32, "depth": 8}
VARIED = {
    "batch": (1, 2, 4, 8, 16, 32),
    "size": (8, 16, 32, 64, 128),
    "depth": (2, 4, 8, 16, 32),
}
TITLE = "growth of a saliency map's time"


def growth(measure: Callable[[Callable], dict]) -> dict:
    """{what is varied: {library: its times in seconds, and the exponent fitted to them}}.

    Args:
        measure: for a row, {library: its figures, with "median" in milliseconds}.
    """
    print(TITLE)
    found = {}
    for what, values in VARIED.items():
        print(f"by {what}: {', '.join(map(str, values))}")
        figures = [measure(ROWS[what, value]) for value in values]
        found[what] = {"values": values}
        for name in figures[0]:
            times = [each[name]["median"] / 1e3 for each in figures]
            exponent = fitted(values, times)
            found[what][name] = {"seconds": times, "exponent": exponent}
            shown = ", ".join(f"{1e3 * t:.2f}" for t in times)
            print(f"  {name:20} {shown} ms: ~ {what}^{exponent:.2f}")
        print(flush=True)
    return found


def fitted(values: tuple[int, ...], seconds: list[float]) -> float:
    """The slope of a straight line through the larger half of the values, both axes logarithmic.

    With the smaller ones it is the overhead that counts.
    """
    half = len(values) // 2
    return float(np.polyfit(np.log(values[half:]), np.log(seconds[half:]), 1)[0])


def work(batch: int, size: int, depth: int) -> dict[str, Callable]:
    x = np.random.default_rng(0).normal(size=(batch, 3, size, size)).astype(np.float32)
    channels = [3, *[CHANNELS] * depth]
    layers = []
    for i, o in pairwise(channels):
        layers += [Conv2d(i, o, 3, padding=1, rng=0), ReLU()]
    net = Sequential(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(CHANNELS, CLASSES, rng=0))
    found = {"backlight": lambda: saliency(net, x, CLASS)}
    if installed("torch"):
        torch = pytorch()
        nn = torch.nn
        layers = []
        for i, o in pairwise(channels):
            layers += [nn.Conv2d(i, o, 3, padding=1), nn.ReLU()]
        head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(CHANNELS, CLASSES)
        theirs = nn.Sequential(*layers, *head).eval().requires_grad_(requires_grad=False)
        t = torch.from_numpy(x).requires_grad_()
        found["PyTorch"] = lambda: torch.autograd.grad(theirs(t)[:, CLASS].sum(), t)[0].abs()
    return found


def row(what: str, value: int) -> Callable:
    make = partial(work, **{**USUAL, what: value})
    make.__doc__ = f"{TITLE}: {what} {value}"
    return make


ROWS = {(what, value): row(what, value) for what, values in VARIED.items() for value in values}
