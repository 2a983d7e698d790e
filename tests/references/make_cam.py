"""What pytorch-grad-cam says of the class activation maps of three nets, in cam.npz beside this.

    pip install ".[peers]" grad-cam
    BACKLIGHT_DATA=folder python tests/references/make_cam.py

For the answer to each of cam_questions.py, the file has what is `kept` of it. The maps are raw, as
they are before pytorch-grad-cam sets what is negative to 0, rescales and enlarges them, but for
those of several layers. Everything is computed in float64, as far as pytorch-grad-cam does so.
"""

import os
from pathlib import Path

import numpy as np
import pytorch_grad_cam as peers
import torch
from cam_questions import (
    OF_RESNET,
    PHOTO,
    QUESTIONS,
    SEVERAL,
    TARGETS,
    kept,
    layer_of,
    small_images,
)
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from seeded import seeded_image, seeded_weights
from torch import nn
from torchvision import models

from nets.data.image import load_image, preprocess

PEERS = {
    "grad_cam": peers.GradCAM,
    "grad_cam_pp": peers.GradCAMPlusPlus,
    "hires_cam": peers.HiResCAM,
    "layer_cam": peers.LayerCAM,
    "xgrad_cam": peers.XGradCAM,
    "eigen_cam": peers.EigenCAM,
    "score_cam": peers.ScoreCAM,
    "score_cam with corners aligned": peers.ScoreCAM,
    "ablation_cam": peers.AblationCAM,
    "ablation_cam before the ReLU": peers.AblationCAM,
}
AligningCorners = nn.UpsamplingBilinear2d


class HalfPixelCentres(nn.Upsample):
    """As the authors of Score-CAM enlarge."""

    def __init__(self, size):
        super().__init__(size, mode="bilinear", align_corners=False)


class KernelFitter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 5, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.linear = nn.Linear(980, 10)

    def forward(self, x):
        return self.linear(self.pool(self.relu(self.conv(x))).flatten(1))


def loaded(net: nn.Module, weights: dict[str, np.ndarray]) -> nn.Module:
    net.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False  # What came in would be overwritten before it is looked at.
    return net.double().eval()


def seeded(net: nn.Module) -> nn.Module:
    return loaded(net, seeded_weights({k: tuple(x.shape) for k, x in net.state_dict().items()}))


def asked(question: str, net: nn.Module, layers: list[str], x, targets) -> tuple:
    """The raw map of the first layer, and the finished map of all of them."""
    aligned = "corners aligned" in question
    nn.UpsamplingBilinear2d = AligningCorners if aligned else HalfPixelCentres
    raw = []
    with PEERS[question](net, [net.get_submodule(layer) for layer in layers]) as peer:
        make = peer.get_cam_image
        peer.get_cam_image = lambda *args: raw.append(make(*args)) or raw[-1]
        finished = peer(x, [ClassifierOutputTarget(target) for target in targets])
    return raw[0], finished


def class_maps(name: str, net: nn.Module, x, targets) -> np.ndarray:
    """Σ_c w_tc A_c with the last weights, which pytorch-grad-cam has no class for."""
    parts = []
    layer = net.layer4 if name == "ResNet" else net.features
    handle = layer.register_forward_hook(lambda module, given, out: parts.append(out))
    net(x)
    handle.remove()
    last = net.fc if name == "ResNet" else net.classifier[1]
    weights = last.weight.flatten(1)[list(targets)]
    return torch.einsum("nc,nchw->nhw", weights, parts[0]).detach().numpy()


def answers(name: str, net: nn.Module, x: np.ndarray) -> dict[str, np.ndarray]:
    x, targets = torch.from_numpy(x).double(), TARGETS[name]
    found = {}
    for question in (*QUESTIONS, *OF_RESNET) if name == "ResNet" else QUESTIONS:
        print(name, question)
        raw, _ = asked(question, net, [layer_of(question, name)], x, targets)
        found[f"{question} of {name}"] = kept(raw)
    _, finished = asked("grad_cam", net, SEVERAL[name], x, targets)
    found[f"grad_cam of several layers of {name}"] = kept(finished)
    if name != "KernelFitter":
        found[f"cam of {name}"] = kept(class_maps(name, net, x, targets))
    return found


if __name__ == "__main__":
    data = Path(os.environ["BACKLIGHT_DATA"])
    squeezenet = loaded(models.squeezenet1_1(), dict(np.load(data / "weights/squeezenet1_1.npz")))
    photo = preprocess(load_image(data / "photos" / PHOTO))
    arrays = {
        **answers("KernelFitter", seeded(KernelFitter()), small_images()),
        **answers("ResNet", seeded(models.resnet18()), seeded_image()),
        **answers("SqueezeNet", squeezenet, np.concatenate([photo] * 2)),
    }
    np.savez_compressed(Path(__file__).with_name("cam.npz"), **arrays)
