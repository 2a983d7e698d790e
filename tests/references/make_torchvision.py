"""What torchvision's networks are and say, in torchvision.json and squeezenet_photos.npz beside it.

    pip install ".[peers]"
    BACKLIGHT_DATA=folder python tests/references/make_torchvision.py

For each network, torchvision.json has the address of its weights, the number of parameters, the
names of the modules, names and shapes of what is in the state dict, and the first scores of
`seeded_image()` with `seeded_weights`. For some sizes, it has every 37th row and 41st column of a
`seeded_photo` as preprocessed.
For the N photographs of `BACKLIGHT_DATA`, squeezenet_photos.npz has the ten highest scores (N, 10)
of SqueezeNet 1.1 with the weights there, their classes (N, 10), and the photographs' names (N,).
"""

import json
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from seeded import seeded_image, seeded_photo, seeded_weights
from torchvision import models

HERE = Path(__file__).parent
NAMES = [
    "alexnet",
    *(f"vgg{depth}{bn}" for bn in ("", "_bn") for depth in (11, 13, 16, 19)),
    *("squeezenet1_0", "squeezenet1_1"),
    *("resnet18", "resnet34", "resnet50"),
]
# Landscape and portrait, with odd margins; smaller than the crop; and of the right size already.
SIZES = [(301, 457), (640, 275), (61, 97), (256, 256)]
PRESET = models.SqueezeNet1_1_Weights.IMAGENET1K_V1.transforms()


def load(net: torch.nn.Module, weights: dict[str, np.ndarray]) -> torch.nn.Module:
    net.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return net.eval()


def described(name: str) -> dict:
    """The entry of a network."""
    net = models.get_model(name, weights=None)
    shapes = {key: tuple(x.shape) for key, x in net.state_dict().items()}
    load(net, seeded_weights(shapes))
    with torch.no_grad():
        scores = net(torch.from_numpy(seeded_image()))[0, :10]
    return {
        "url": models.get_model_weights(name).IMAGENET1K_V1.url,
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "modules": " ".join(key for key, _ in net.named_modules() if key),
        "arrays": {key: list(shape) for key, shape in shapes.items()},
        "scores": rounded(scores),
    }


def preprocessed(height: int, width: int) -> dict:
    x = PRESET(Image.fromarray(seeded_photo(height, width)))
    return {"size": [height, width], "x": rounded(x[:, ::37, ::41])}


def rounded(x: torch.Tensor) -> list[float]:
    return [float(f"{value:.7g}") for value in x.flatten().tolist()]


def photos(data: Path) -> dict[str, np.ndarray]:
    net = load(models.squeezenet1_1(), dict(np.load(data / "weights" / "squeezenet1_1.npz")))
    files = sorted((data / "photos").iterdir())
    with torch.no_grad():
        x = torch.stack([PRESET(Image.open(file).convert("RGB")) for file in files])
        scores, classes = net(x).topk(10)
    return {
        "names": np.array([file.name for file in files]),
        "classes": classes.numpy().astype(np.int16),
        "scores": scores.numpy(),
    }


if __name__ == "__main__":
    lines = [f'"{name}": {json.dumps(described(name), separators=(",", ":"))}' for name in NAMES]
    lines.append(f'"preprocess": {json.dumps([preprocessed(*size) for size in SIZES])}')
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (HERE / "torchvision.json").write_text(text, encoding="utf-8")
    np.savez_compressed(
        HERE / "squeezenet_photos.npz", **photos(Path(os.environ["BACKLIGHT_DATA"]))
    )
