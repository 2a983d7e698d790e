"""What Captum says of layers, units and expected gradients, and PyTorch of the full gradient.

    pip install ".[peers]"
    BACKLIGHT_DATA=folder python tests/references/make_captum_paths.py

It is stored in captum_paths.npz beside this script, and computed in float64. Captum is given the
draws of Backlight; the full gradient is written here with PyTorch's hooks on layers.
"""

import os
from pathlib import Path

import numpy as np
import torch
from captum import attr
from captum_questions import small_images
from make_captum import KernelFitter, loaded
from path_questions import CAPTUM, LAYERS, NEURONS, PHOTO, TARGETS, baselines, kept
from seeded import seeded_image, seeded_weights
from torch import nn
from torchvision import models

from nets.data.image import load_image, preprocess
from techniques.gradient_shap import draws


def method(rule: str) -> str:
    return rule if rule == "gausslegendre" else f"riemann_{rule}"


def layer_activation(net, layer, neuron, x, t):
    return attr.LayerActivation(net, layer).attribute(x)


def internal_influence(net, layer, neuron, x, t, baseline, steps, rule):
    return attr.InternalInfluence(net, layer).attribute(
        x, baseline, t, n_steps=steps, method=method(rule)
    )


def neuron_gradient(net, layer, neuron, x, t):
    return attr.NeuronGradient(net, layer).attribute(x, neuron)


def neuron_conductance(net, layer, neuron, x, t, baseline, steps, rule):
    return attr.NeuronConductance(net, layer).attribute(
        x, neuron, baseline, t, n_steps=steps, method=method(rule)
    )


def gradient_shap(net, layer, neuron, x, t, samples, rng):
    """One input at a time, for which Captum draws `samples` numbers and as many baselines."""
    starts = torch.from_numpy(baselines(x.numpy()))
    which, positions = draws(rng, len(starts), samples)
    was = np.random.uniform, np.random.choice
    np.random.uniform = lambda low, high, size: positions
    np.random.choice = lambda count, size: which
    found = [
        attr.GradientShap(net).attribute(
            x[i : i + 1], starts, n_samples=samples, target=t[i : i + 1]
        )
        for i in range(len(x))
    ]
    np.random.uniform, np.random.choice = was
    return torch.cat(found)


def full_gradient(net, layer, neuron, x, t):
    """The input's term, and the size of each bias's term, for every image: (N, 1 + biases)."""
    outputs, hooks = [], []
    for module in net.modules():
        if getattr(module, "bias", None) is not None:
            hooks.append(module.register_forward_hook(lambda m, _x, y: outputs.append((m, y))))
    x = x.clone().requires_grad_()
    s = net(x)[torch.arange(len(x)), t]
    for hook in hooks:
        hook.remove()
    g, *slopes = torch.autograd.grad(s.sum(), [x, *(y for _, y in outputs)])
    terms = [x * g]
    for (module, y), slope in zip(outputs, slopes, strict=True):
        bias = module.bias
        if isinstance(module, nn.BatchNorm2d):
            bias = (
                bias
                - module.weight * module.running_mean / (module.running_var + module.eps).sqrt()
            )
        terms.append(bias.reshape(-1, *[1] * (y.ndim - 2)) * slope)
    total = sum(term.flatten(1).sum(1) for term in terms)
    assert torch.allclose(total, s, rtol=1e-8)
    size = x.shape[2:]
    maps = 0
    for term in terms:
        if term.ndim == 4:  # The FullGrad map, with a term's |entries| scaled from 0 to 1 by image.
            size_of = term.abs()
            size_of = size_of - size_of.amin((1, 2, 3), keepdim=True)
            size_of = size_of / size_of.amax((1, 2, 3), keepdim=True)
            whole = nn.functional.interpolate(size_of, size, mode="bilinear", align_corners=True)
            maps = maps + whole.sum(1)
    return {
        "": terms[0],
        " sums": torch.stack([term.flatten(1).sum(1) for term in terms], 1),
        " map": maps,
    }


def answers(prefix, net, x) -> dict[str, np.ndarray]:
    x, t = torch.from_numpy(x).double(), torch.tensor(TARGETS[prefix])
    layer = net.get_submodule(LAYERS[prefix])
    found = {}
    for question, settings in CAPTUM.items():
        print(prefix, question)
        answer = globals()[question.split()[0]](net, layer, NEURONS[prefix], x, t, **settings)
        parts = answer if isinstance(answer, dict) else {"": answer}
        for part, values in parts.items():
            found |= kept(f"{question}{part} of {prefix}", values.detach().numpy())
    return found


def seeded(net: nn.Module) -> nn.Module:
    shapes = {key: tuple(x.shape) for key, x in net.state_dict().items()}
    return loaded(net, seeded_weights(shapes))


if __name__ == "__main__":
    data = Path(os.environ["BACKLIGHT_DATA"])
    squeezenet = loaded(models.squeezenet1_1(), dict(np.load(data / "weights/squeezenet1_1.npz")))
    arrays = {
        **answers("KernelFitter", seeded(KernelFitter()), small_images()),
        **answers("ResNet", seeded(models.resnet18()), seeded_image()),
        **answers("SqueezeNet", squeezenet, preprocess(load_image(data / "photos" / PHOTO))),
    }
    np.savez_compressed(Path(__file__).with_name("captum_paths.npz"), **arrays)
