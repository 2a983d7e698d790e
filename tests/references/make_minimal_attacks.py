"""What Foolbox and torchattacks need to carry digits across, in minimal_attacks.npz beside this.

    pip install ".[peers]" foolbox torchattacks
    BACKLIGHT_DATA=folder python tests/references/make_minimal_attacks.py

The file has digits, and of each answer the Euclidean length of each change (infinite where it does
not do what is wanted), or whether it does. torchattacks takes images in [0, 1], so it is given a
net that takes them so. What it draws differs from run to run.
"""

import os
from pathlib import Path

import foolbox
import numpy as np
import torch
import torchattacks
from make_captum import KernelFitter, loaded
from make_gradient_attacks import FromZeroToOne
from minimal_attack_questions import (
    DIGITS,
    LENGTHS,
    PHOTO_EPS,
    PHOTO_LENGTHS,
    PHOTO_SUCCESSES,
    PHOTOS,
    SUCCESSES,
)
from torchvision import models

import nets
from nets.data import IMAGENET_MEAN, IMAGENET_STD

FOOLBOX = {
    "deepfool": lambda how: foolbox.attacks.L2DeepFoolAttack(**how),
    "carlini_wagner": lambda how: foolbox.attacks.L2CarliniWagnerAttack(
        binary_search_steps=how["rounds"],
        steps=how["steps"],
        stepsize=how["lr"],
        initial_const=how["c"],
        confidence=how.get("kappa", 0),
    ),
    "boundary_attack": lambda how: foolbox.attacks.BoundaryAttack(**how),
}
TORCHATTACKS = {
    "jsma": lambda net, how: torchattacks.JSMA(net, theta=how["theta"], gamma=how["gamma"]),
    "one_pixel": lambda net, how: torchattacks.OnePixel(
        net, steps=how["steps"], popsize=how["population"]
    ),
    "fgsm": lambda net, how: torchattacks.FGSM(net, eps=PHOTO_EPS),
    "pgd": lambda net, how: torchattacks.PGD(
        net, eps=PHOTO_EPS, alpha=how["step_size"], steps=how["steps"], random_start=False
    ),
    "momentum_fgsm": lambda net, how: torchattacks.MIFGSM(
        net, eps=PHOTO_EPS, alpha=PHOTO_EPS / how["steps"], steps=how["steps"]
    ),
}


def lengths(model, net, x, seen, technique, settings) -> np.ndarray:
    """Of Foolbox's changes; infinite where the net still sees the same."""
    moved = FOOLBOX[technique](settings).run(model, x, seen)
    long = (moved - x).flatten(1).norm(dim=1)
    return torch.where(net(moved).argmax(1) != seen, long, torch.inf).detach().numpy()


def of_photographs(data: Path) -> dict[str, np.ndarray]:
    """What both make of the photographs, as SqueezeNet 1.1 sees them."""
    weights = dict(np.load(data / "weights" / "squeezenet1_1.npz"))
    squeezenet = loaded(models.squeezenet1_1(), weights).float()
    net = FromZeroToOne(squeezenet, IMAGENET_MEAN, IMAGENET_STD).eval()
    photos = nets.preprocess(*(nets.load_image(data / "photos" / name) for name in PHOTOS))
    photos = photos * np.reshape(IMAGENET_STD, (3, 1, 1)) + np.reshape(IMAGENET_MEAN, (3, 1, 1))
    x = torch.from_numpy(photos.clip(0, 1).astype(np.float32))
    seen = net(x).argmax(1)
    model = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu")
    found = {
        question: lengths(model, net, x, seen, *asked) for question, asked in PHOTO_LENGTHS.items()
    }
    for question, (technique, settings) in PHOTO_SUCCESSES.items():
        moved = TORCHATTACKS[technique](net, settings)(x, seen)
        found[question] = (net(moved).argmax(1) != seen).numpy()
    print(found)
    return found


if __name__ == "__main__":
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    folder = Path(__file__).parent
    data = Path(os.environ["BACKLIGHT_DATA"])
    _, (X, _) = nets.mnist(data / "mnist")
    weights = dict(np.load(folder / "gradient_attacks.npz"))
    weights = {
        name.removeprefix("weights "): array
        for name, array in weights.items()
        if name.startswith("weights ")
    }
    net = loaded(KernelFitter(), weights).float()
    x = torch.from_numpy(X[:DIGITS])
    seen = net(x).argmax(1)
    arrays = {"digits": np.rint((X[:DIGITS] + 1) * 127.5).astype(np.uint8)}
    model = foolbox.PyTorchModel(net, bounds=(-1, 1), device="cpu")
    for question, asked in LENGTHS.items():
        arrays[question] = lengths(model, net, x, seen, *asked)
        print(question, np.median(arrays[question]), np.isinf(arrays[question]).sum())
    halved = FromZeroToOne(net, 0.5, 0.5).eval()
    for question, (technique, settings) in SUCCESSES.items():
        found = net(2 * TORCHATTACKS[technique](halved, settings)((x + 1) / 2, seen) - 1).argmax(1)
        done = found == (seen + 1) % 10 if technique == "jsma" else found != seen
        arrays[question] = done.numpy()
        print(question, arrays[question].sum())
    arrays |= of_photographs(data)
    np.savez_compressed(folder / "minimal_attacks.npz", **arrays)
