"""What zennit and Captum say of LRP and DeepLIFT, in rules.npz beside this script.

    pip install ".[peers]" zennit
    BACKLIGHT_DATA=folder python tests/references/make_rules.py

For the questions of rule_questions.py, the file has what is `kept` of the answers. Everything is
computed in float64.
"""

import os
from functools import partial
from pathlib import Path

import numpy as np
import torch
from captum import attr
from captum.attr._utils.lrp_rules import EpsilonRule
from rule_questions import (
    BASELINES,
    BATCH_NORM_EPS,
    COMPOSITES,
    HIGH,
    LOW,
    PHOTO,
    PHOTO_TARGET,
    RULES,
    TARGETS,
    kept,
    small_images,
)
from seeded import seeded_weights
from torch import nn
from torchvision.models import squeezenet1_1
from torchvision.models.resnet import BasicBlock
from zennit import composites, rules
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.torchvision import ResNetCanonizer
from zennit.types import Linear

from nets.data.image import load_image, preprocess


class KernelFitter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 5, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.linear = nn.Linear(980, 10)

    def forward(self, x):
        return self.linear(self.flatten(self.pool(self.relu(self.conv(x)))))


def vgg(max_pooling: bool = True) -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()),
        *(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()),
        nn.MaxPool2d(2) if max_pooling else nn.AvgPool2d(2),
        *(nn.Conv2d(8, 12, 3, padding=1), nn.ReLU() if max_pooling else nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(144, 20), nn.ReLU() if max_pooling else nn.Softplus()),
        *(nn.Dropout(), nn.Linear(20, 10)),
    )


class Block(BasicBlock):
    """A block whose ReLUs are two modules, as Captum's DeepLift wants them."""

    def __init__(self, *args):
        super().__init__(*args)
        self.last = nn.ReLU()

    def forward(self, x):
        way_past = x if self.downsample is None else self.downsample(x)
        return self.last(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + way_past)


def resnet(max_pooling: bool = True) -> nn.Module:
    kind = BasicBlock if max_pooling else Block
    shortcut = nn.Sequential(nn.Conv2d(8, 12, 1, 2, bias=False), nn.BatchNorm2d(12))
    return nn.Sequential(
        *(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()),
        nn.MaxPool2d(3, 2, 1) if max_pooling else nn.AvgPool2d(2),
        *(kind(8, 8), kind(8, 12, 2, shortcut), nn.AdaptiveAvgPool2d(1)),
        *(nn.Flatten(), nn.Linear(12, 10)),
    )


def ready(net: nn.Module, weights: dict[str, np.ndarray] | None = None) -> nn.Module:
    shapes = {key: tuple(x.shape) for key, x in net.state_dict().items()}
    weights = weights or seeded_weights(shapes)
    net.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False  # Hooks need what came in.
        if isinstance(module, nn.BatchNorm2d):
            module.eps = BATCH_NORM_EPS
    return net.double().eval()


# zennit adds this to every denominator, also of sums that cannot be 0 unless all their terms are.
# Its default, 1e-6, is seen in a ResNet's maps: up to 1e-3 of them.
STABILIZER = 1e-12
ZENNIT_RULES = {
    "epsilon": rules.Epsilon(),
    "epsilon 0.25": rules.Epsilon(0.25),
    "gamma": rules.Gamma(stabilizer=STABILIZER),
    "alpha_beta": rules.AlphaBeta(stabilizer=STABILIZER),
    "z_plus": rules.ZPlus(STABILIZER),
    "flat": rules.Flat(STABILIZER),
    "w_squared": rules.WSquare(STABILIZER, zero_params="bias"),
}
ZENNIT_COMPOSITES = {
    "epsilon_plus": composites.EpsilonPlus,
    "epsilon_plus_flat": composites.EpsilonPlusFlat,
    "epsilon_alpha2_beta1": composites.EpsilonAlpha2Beta1,
    "epsilon_alpha2_beta1_flat": composites.EpsilonAlpha2Beta1Flat,
    "box": partial(composites.EpsilonGammaBox, torch.tensor(LOW), torch.tensor(HIGH)),
}


def by_zennit(name: str, net: nn.Module, x: torch.Tensor, targets, canonizers) -> np.ndarray:
    if name in ZENNIT_RULES:
        layer_map = [*composites.layer_map_base(STABILIZER), (Linear, ZENNIT_RULES[name])]
        composite = composites.LayerMapComposite(layer_map, canonizers=canonizers)
    else:
        composite = ZENNIT_COMPOSITES[name](stabilizer=STABILIZER, canonizers=canonizers)
    with Gradient(net, composite) as attributor:
        one_hot = torch.eye(net(x).shape[1], dtype=x.dtype)[list(targets)]
        return attributor(x.clone(), lambda scores: scores * one_hot)[1].numpy()


if __name__ == "__main__":
    data = Path(os.environ["BACKLIGHT_DATA"])
    photo = preprocess(load_image(data / "photos" / PHOTO)).astype(np.float64)
    weights = dict(np.load(data / "weights/squeezenet1_1.npz"))
    asked = {
        "KernelFitter": (KernelFitter, small_images("KernelFitter"), TARGETS, []),
        "VGG": (vgg, small_images("VGG"), TARGETS, [SequentialMergeBatchNorm()]),
        "ResNet": (resnet, small_images("ResNet"), TARGETS, [ResNetCanonizer()]),
        "SqueezeNet": (squeezenet1_1, photo, (PHOTO_TARGET,), []),
    }
    arrays = {}
    for name, (make, x, targets, canonizers) in asked.items():
        x = torch.from_numpy(x)
        for rule in (*RULES, *COMPOSITES):
            net = ready(make(), weights if name == "SqueezeNet" else None)
            answer = by_zennit(rule, net, x, targets, canonizers)
            arrays[f"zennit: lrp {rule} of {name}"] = kept(answer)
        if name != "ResNet":  # Captum has no rule for a sum that is no module.
            net = ready(make(), weights if name == "SqueezeNet" else None)
            for module in net.modules():
                if isinstance(module, nn.Flatten):
                    module.rule = EpsilonRule()  # Captum has none for it.
            answer = attr.LRP(net).attribute(x, torch.tensor(targets)).detach().numpy()
            arrays[f"captum: lrp epsilon of {name}"] = kept(answer)
    for name, make in {"VGG": vgg, "ResNet": resnet}.items():
        net, x = ready(make(max_pooling=False)), torch.from_numpy(small_images(name))
        for baseline in BASELINES:
            start = torch.full_like(x, baseline)
            answer = attr.DeepLift(net).attribute(x, start, torch.tensor(TARGETS))
            title = f"captum: deeplift {baseline} of {name}, without max-pooling"
            arrays[title] = kept(answer.detach().numpy())
    # With max-pooling, its shares do not add up to the change of the score.
    net, x = ready(squeezenet1_1(), weights), torch.from_numpy(photo)
    answer = attr.DeepLift(net).attribute(x, 0, torch.tensor([PHOTO_TARGET]))
    arrays["captum: deeplift 0.0 of SqueezeNet, sum"] = answer.sum().detach().numpy()
    np.savez_compressed(Path(__file__).with_name("rules.npz"), **arrays)
