"""What Foolbox and torchattacks make of digits and photos, in gradient_attacks.npz beside this.

    pip install ".[peers]" foolbox torchattacks
    BACKLIGHT_DATA=folder python tests/references/make_gradient_attacks.py

The file has a KernelFitter that was trained on MNIST, a few digits, what is `kept` of what each
peer made of them in float64, and with how many of more digits, and of the photographs, an attack
succeeded. torchattacks takes images in [0, 1], so it is given a net that takes them so.
"""

import os
from pathlib import Path

import foolbox
import numpy as np
import torch
import torchattacks
from gradient_attack_questions import (
    DIGITS,
    MANY,
    PHOTO_STEPS,
    PHOTO_TARGETS,
    PHOTOS,
    QUESTIONS,
    RADII,
    STEPS,
    kept,
    other_classes,
)
from make_captum import KernelFitter, loaded
from torch import nn
from torchvision import models

import nets
from nets.data import IMAGENET_MEAN, IMAGENET_STD

FOOLBOX = {
    ("linf", 1): lambda how: foolbox.attacks.LinfFastGradientAttack(),
    ("l2", 1): lambda how: foolbox.attacks.L2FastGradientAttack(),
    ("linf", 10): lambda how: foolbox.attacks.LinfPGD(**how),
    ("l2", 10): lambda how: foolbox.attacks.L2PGD(**how),
}


class FromZeroToOne(nn.Module):
    """A net for images in [0, 1]."""

    def __init__(self, net, mean, std):
        super().__init__()
        self.net = net
        self.mean, self.std = (torch.tensor(v).reshape(-1, 1, 1) for v in (mean, std))

    def forward(self, x):
        return self.net((x - self.mean) / self.std)


def by_foolbox(net, x, y, settings) -> np.ndarray:
    settings = {"steps": 1, "norm": "linf", **settings}
    how = {
        "steps": settings["steps"],
        "abs_stepsize": settings.get("step_size"),
        "random_start": False,
    }
    attack = FOOLBOX[settings["norm"], settings["steps"]](how)
    if settings.get("targeted"):
        wanted = foolbox.criteria.TargetedMisclassification(torch.tensor(other_classes(y)))
    else:
        wanted = foolbox.criteria.Misclassification(torch.tensor(y))
    model = foolbox.PyTorchModel(net, bounds=(-1, 1), device="cpu")
    _, moved, _ = attack(model, x, wanted, epsilons=settings["eps"])
    return moved.numpy()


def by_torchattacks(technique, net, x, y, settings) -> np.ndarray:
    """Lengths are half as long in [0, 1]."""
    model = FromZeroToOne(net, 0.5, 0.5).eval()
    eps, steps = settings["eps"] / 2, settings.get("steps")
    step_size = settings.get("step_size", 2 * eps / steps if steps else 0) / 2
    if technique == "fgsm":
        attack = torchattacks.FGSM(model, eps=eps)
    elif technique == "momentum_fgsm":
        attack = torchattacks.MIFGSM(
            model, eps=eps, alpha=step_size, steps=steps, decay=settings["decay"]
        )
    elif settings.get("norm") == "l2":
        attack = torchattacks.PGDL2(
            model, eps=eps, alpha=step_size, steps=steps, random_start=False
        )
    else:
        attack = torchattacks.PGD(model, eps=eps, alpha=step_size, steps=steps, random_start=False)
    if settings.get("targeted"):
        attack.set_mode_targeted_by_label(quiet=True)
        y = other_classes(y)
    return 2 * attack((x + 1) / 2, torch.tensor(y)).numpy() - 1


def successes(net, x, y) -> dict[str, np.ndarray]:
    """The share of inputs that Foolbox's PGD gets to another class, and the median length."""
    model = foolbox.PyTorchModel(net, bounds=(-1, 1), device="cpu")
    found = {}
    for norm, radii in RADII.items():
        PGD = {"linf": foolbox.attacks.LinfPGD, "l2": foolbox.attacks.L2PGD}[norm]
        attack = PGD(steps=STEPS, rel_stepsize=2.5 / STEPS, random_start=False)
        _, moved, fooled = attack(model, x, torch.tensor(y), epsilons=list(radii))
        found[f"success {norm}"] = fooled.float().mean(dim=1).numpy()
        lengths = [(m - x).flatten(1).norm(dim=1).median() for m in moved]
        found[f"median l2 {norm}"] = np.array(lengths)
        print(norm, found[f"success {norm}"], lengths)
    return found


if __name__ == "__main__":
    torch.manual_seed(0)
    data = Path(os.environ["BACKLIGHT_DATA"])
    train, (X, Y) = nets.mnist(data / "mnist")
    ours = nets.KernelFitter(rng=0)
    nets.fit(ours, train, epochs=5, batch_size=64, lr=0.1)
    weights = ours.state_dict()
    net = loaded(KernelFitter(), weights)  # In float64.
    x, y = torch.from_numpy(X[:DIGITS]).double(), Y[:DIGITS].astype(np.int64)
    arrays = {f"weights {name}": array for name, array in weights.items()}
    arrays["digits"] = np.rint((X[:DIGITS] + 1) * 127.5).astype(np.uint8)
    arrays["labels"] = y.astype(np.uint8)
    for question, (technique, settings) in QUESTIONS.items():
        if technique != "momentum_fgsm":
            arrays[f"{question} of Foolbox"] = kept(by_foolbox(net, x, y, settings))
        if question != "fgsm l2":
            moved = by_torchattacks(technique, net, x, y, settings)
            arrays[f"{question} of torchattacks"] = kept(moved)
    arrays |= successes(net.float(), torch.from_numpy(X[:MANY]), Y[:MANY].astype(np.int64))
    squeezenet = loaded(models.squeezenet1_1(), dict(np.load(data / "weights/squeezenet1_1.npz")))
    model = FromZeroToOne(squeezenet.float(), IMAGENET_MEAN, IMAGENET_STD).eval()
    photos = nets.preprocess(*(nets.load_image(data / "photos" / name) for name in PHOTOS))
    photos = photos * np.reshape(IMAGENET_STD, (3, 1, 1)) + np.reshape(IMAGENET_MEAN, (3, 1, 1))
    targets = torch.tensor(PHOTO_TARGETS)
    attack = torchattacks.PGD(model, eps=8 / 255, alpha=2 / 255, steps=PHOTO_STEPS)
    attack.set_mode_targeted_by_label(quiet=True)
    moved = attack(torch.from_numpy(photos.clip(0, 1).astype(np.float32)), targets)
    arrays["success of photographs"] = (model(moved).argmax(1) == targets).numpy()
    print(arrays["success of photographs"])
    np.savez_compressed(Path(__file__).with_name("gradient_attacks.npz"), **arrays)
