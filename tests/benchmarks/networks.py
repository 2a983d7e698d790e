"""Networks that people have weights for, and techniques on them, at 224×224 pixels.

The weights are random: they do not change the time.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from autograd import Tensor, grad, no_grad
from nets import squeezenet1_1, vgg16
from techniques import integrated_gradients, saliency, style_transfer

from .peers import installed, pytorch

CLASS = 7
STEPS = 50
LAYERS = ("features.1", "features.4", "features.6", "features.7")
CONTENT = "features.3"


def images(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 3, 224, 224)).astype(np.float32)


def torch_net(name: str):
    """torchvision's network, of which only the input has a gradient."""
    pytorch()
    import torchvision

    net = getattr(torchvision.models, name)().eval()
    return net.requires_grad_(requires_grad=False)


def at_hand() -> bool:
    return installed("torch") and installed("torchvision")


def forward(n: int) -> dict[str, Callable]:
    x, net = images(n), squeezenet1_1(rng=0).eval()

    def ours():
        with no_grad():
            net(x)

    work = {"backlight": ours}
    if at_hand():
        theirs, t = torch_net("squeezenet1_1"), pytorch().from_numpy(x)
        work["PyTorch"] = lambda: theirs(t)
    return work


def input_gradient(n: int) -> dict[str, Callable]:
    x, net = images(n), squeezenet1_1(rng=0).eval()
    work = {"backlight": lambda: saliency(net, x, CLASS)}
    if at_hand():
        torch, theirs = pytorch(), torch_net("squeezenet1_1")
        t = torch.from_numpy(x).requires_grad_()
        work["PyTorch"] = lambda: torch.autograd.grad(theirs(t)[:, CLASS].sum(), t)[0].abs()
    return work


def vgg_features() -> dict[str, Callable]:
    """VGG-16 features, forward and input gradient, batch 1"""
    x, net = images(1), vgg16(rng=0).eval().features
    variable = Tensor(x)
    work = {"backlight": lambda: grad(net(variable).sum(), variable)}
    if at_hand():
        torch, theirs = pytorch(), torch_net("vgg16").features
        t = torch.from_numpy(x).requires_grad_()
        work["PyTorch"] = lambda: torch.autograd.grad(theirs(t).sum(), t)
    return work


def path() -> dict[str, Callable]:
    """SqueezeNet 1.1, integrated gradients of 50 steps, batch 1"""
    x, net = images(1), squeezenet1_1(rng=0).eval()
    work = {"backlight": lambda: integrated_gradients(net, x, CLASS, steps=STEPS)}
    if at_hand() and installed("captum"):
        from captum.attr import IntegratedGradients

        method, t = IntegratedGradients(torch_net("squeezenet1_1")), pytorch().from_numpy(x)
        work["Captum"] = lambda: method.attribute(t, target=CLASS, n_steps=STEPS)
        # Captum's own setting for less memory, and on a CPU its faster one.
        work["Captum, 8 at a time"] = lambda: method.attribute(
            t, target=CLASS, n_steps=STEPS, internal_batch_size=8
        )
    return work


def style_step() -> dict[str, Callable]:
    """SqueezeNet 1.1, 10 steps of style transfer at 224×224"""
    x, net = images(2), squeezenet1_1(rng=0).eval()
    work = {
        "backlight": lambda: style_transfer(
            net, x[:1], x[1:], content_layer=CONTENT, style_layers=dict.fromkeys(LAYERS, 1.0),
            steps=10,
        )
    }  # fmt: skip
    if at_hand():
        work["PyTorch"] = torch_style_steps(x)
    return work


def torch_style_steps(x: np.ndarray) -> Callable:
    torch, net = pytorch(), torch_net("squeezenet1_1").features
    content, style = torch.from_numpy(x).split(1)
    wanted = [f"features.{i}" for i in range(len(net))]

    def activations(image):
        found = {}
        for name, layer in zip(wanted[: 1 + wanted.index(LAYERS[-1])], net, strict=False):
            image = found[name] = layer(image)
        return found

    def gram(features):
        maps = features.flatten(2)
        return maps @ maps.transpose(1, 2) / maps[0].numel()

    def steps():
        with torch.no_grad():
            goal = activations(content)[CONTENT]
            grams = {name: gram(activations(style)[name]) for name in LAYERS}
        image = content.clone().requires_grad_()
        optimizer = torch.optim.Adam([image], lr=3.0)
        for _ in range(10):
            optimizer.zero_grad()
            found = activations(image)
            loss = ((found[CONTENT] - goal) ** 2).sum()
            loss = loss + sum(((gram(found[name]) - grams[name]) ** 2).sum() for name in LAYERS)
            loss = loss + ((image[:, :, 1:] - image[:, :, :-1]) ** 2).sum()
            loss = loss + ((image[..., 1:] - image[..., :-1]) ** 2).sum()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                image.clamp_(-1.5, 1.5)

    return steps


def rows_by_batch(make: Callable, title: str) -> list[Callable]:
    rows = []
    for n in (1, 8):
        row = partial(make, n)
        row.__doc__ = f"SqueezeNet 1.1, {title}, batch {n}"
        rows.append(row)
    return rows


ROWS = [
    *rows_by_batch(forward, "forward"),
    *rows_by_batch(input_gradient, "saliency"),
    *(vgg_features, path, style_step),
]
