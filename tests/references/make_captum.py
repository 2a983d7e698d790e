"""What Captum says of SqueezeNet 1.1 and of KernelFitter, in captum.npz beside this script.

    pip install ".[peers]"
    BACKLIGHT_DATA=folder python tests/references/make_captum.py

For the answer to each of captum_questions.py, the file has what is `kept` of it. Everything is
computed in float64, in which rounding hardly ever turns a ReLU on or off.
"""

import os
from pathlib import Path

import numpy as np
import torch
from captum import attr
from captum_questions import (
    MORE_QUESTIONS,
    PHOTO_LAYER,
    PHOTO_TARGETS,
    PHOTOS,
    QUESTIONS,
    SMALL_LAYER,
    SMALL_TARGETS,
    kept,
    small_images,
)
from seeded import seeded_weights
from torch import nn
from torchvision import models

from nets.data.image import load_image, preprocess


class KernelFitter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 5, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.linear = nn.Linear(980, 10)

    def forward(self, x):
        return self.linear(self.pool(self.relu(self.conv(x))).flatten(1))


def integrated_gradients(net, layer, x, target, baseline, steps, rule):
    method = rule if rule == "gausslegendre" else f"riemann_{rule}"
    return attr.IntegratedGradients(net).attribute(
        x, baseline, target, n_steps=steps, method=method
    )


def occlusion(net, layer, x, target, baseline, window, stride):
    channels = x.shape[1]
    windows, strides = (channels, window, window), (channels, stride, stride)
    return attr.Occlusion(net).attribute(x, windows, strides, baseline, target)


def layer_conductance(net, layer, x, target, baseline, steps, rule):
    """Captum's formula on the whole path: with the slope at the left of each of its pieces.

    By itself, Captum goes from the first point of a rule of quadrature to the last.
    """
    start = torch.full_like(x, baseline)
    positions = np.linspace(0, 1, steps + 1).tolist()
    conductance = attr.LayerConductance(net, layer)
    return conductance._attribute(
        (x,), (start,), target, n_steps=steps, step_sizes_and_alphas=(None, positions)
    )


CAPTUM = {
    "saliency": lambda net, layer, x, t: attr.Saliency(net).attribute(x, t),
    "input_x_gradient": lambda net, layer, x, t: attr.InputXGradient(net).attribute(x, t),
    "guided_backprop": lambda net, layer, x, t: attr.GuidedBackprop(net).attribute(x, t),
    "deconvnet": lambda net, layer, x, t: attr.Deconvolution(net).attribute(x, t),
    "grad_cam": lambda net, layer, x, t, relu: attr.LayerGradCam(net, layer).attribute(
        x, t, relu_attributions=relu
    )[:, 0],
    "guided_grad_cam": lambda net, layer, x, t, mode: attr.GuidedGradCam(net, layer).attribute(
        x, t, interpolate_mode=mode
    ),
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
    "layer_conductance": layer_conductance,
}


def loaded(net: nn.Module, weights: dict[str, np.ndarray]) -> nn.Module:
    net.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False  # Captum's hooks need what came in.
    return net.double().eval()


def answers(prefix, net, layer, x, targets, questions) -> dict[str, np.ndarray]:
    x, target = torch.from_numpy(x).double(), torch.tensor(targets)
    found = {}
    for question, settings in questions.items():
        print(prefix, question)
        ask = CAPTUM[question.split()[0]]
        answer = ask(net, net.get_submodule(layer), x, target, **settings)
        found |= kept(f"{question} of {prefix}", answer.detach().numpy())
    return found


if __name__ == "__main__":
    small = KernelFitter()
    shapes = {key: tuple(x.shape) for key, x in small.state_dict().items()}
    small = loaded(small, seeded_weights(shapes))
    data = Path(os.environ["BACKLIGHT_DATA"])
    squeezenet = loaded(models.squeezenet1_1(), dict(np.load(data / "weights/squeezenet1_1.npz")))
    photos = preprocess(*(load_image(data / "photos" / name) for name in PHOTOS))
    arrays = {
        **answers(
            "KernelFitter", small, SMALL_LAYER, small_images(), SMALL_TARGETS, MORE_QUESTIONS
        ),
        **answers("SqueezeNet", squeezenet, PHOTO_LAYER, photos, PHOTO_TARGETS, QUESTIONS),
    }
    np.savez_compressed(Path(__file__).with_name("captum.npz"), **arrays)
