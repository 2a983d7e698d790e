"""Agreement of methods of paths, noise, layers and units with PAIR, Captum and PyTorch.

The answers were stored by tests/references/make_pair.py and make_captum_paths.py. Everything is in
float64, in which both sides turn the same ReLUs on and choose the same pixels.
"""

from pathlib import Path

import numpy as np
import pytest

import techniques
from nets import KernelFitter, load_image, preprocess, resnet18, squeezenet1_1

from ..references.captum_questions import small_images
from ..references.path_questions import (
    CAPTUM,
    LAYERS,
    NEURONS,
    PAIR,
    PHOTO,
    TARGETS,
    baselines,
    kept,
    segments,
)
from ..references.seeded import seeded_image, seeded_weights

STORED = {
    name: array
    for file in ("pair.npz", "captum_paths.npz")
    for name, array in np.load(Path(__file__).parents[1] / "references" / file).items()
}


def double(net):
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(np.float64)
    return net


def seeded(net):
    net.load_state_dict(seeded_weights({name: x.shape for name, x in net.state_dict().items()}))
    return double(net)


@pytest.fixture(scope="module", params=TARGETS)
def case(request):
    """(the name of a net, the net, inputs)."""
    if request.param == "KernelFitter":
        return request.param, seeded(KernelFitter()), small_images()
    if request.param == "ResNet":
        return request.param, seeded(resnet18()), seeded_image().astype(np.float64)
    data_folder = request.getfixturevalue("data_folder")
    files = data_folder / "weights" / "squeezenet1_1.npz", data_folder / "photos" / PHOTO
    for file in files:
        if not file.is_file():
            pytest.skip(f"no {file}")
    photo = preprocess(load_image(files[1])).astype(np.float64)
    return request.param, double(squeezenet1_1(files[0])), photo


def answers(question: str, net, name: str, x) -> dict[str, np.ndarray]:
    """What Backlight says, as the stored answers are named."""
    technique = question.split()[0]
    how = {**CAPTUM, **PAIR}[question]
    if technique.startswith(("layer", "internal", "neuron")):
        how = {**how, "layer": LAYERS[name]}
    if technique.startswith("neuron"):
        how = {**how, "neuron": NEURONS[name]}
    if technique not in ("layer_activation", "neuron_gradient"):
        how = {**how, "target": TARGETS[name]}
    if technique == "smoothgrad":
        how = {**how, "signed": True}
    if technique == "gradient_shap":
        how = {**how, "baselines": baselines(x)}
    if technique == "xrai":
        how = {**how, "segments": segments(x.shape[2:])}
    found = getattr(techniques, technique)(net, x, **how)
    if technique == "full_gradient":
        terms = [found.input, *found.biases]
        sums = np.stack([term.reshape(len(x), -1).sum(axis=1) for term in terms], axis=1)
        return {
            **kept(f"{question} of {name}", found.input),
            **kept(f"{question} sums of {name}", sums),
            **kept(f"{question} map of {name}", found.map),
        }
    if technique == "xrai":
        found = found[:, None]
    return kept(f"{question} of {name}", found)


# Both sides compute in float64, and what is stored is float32: 6e-8. But PAIR's derivative of a
# blur is a difference over 1e-5, relative to σ from 2 on.
TOLERANCE = dict.fromkeys([*CAPTUM, *PAIR], 1e-6) | {"blur_integrated_gradients": 1e-5}


@pytest.mark.parametrize("question", [*CAPTUM, *PAIR])
def test_it_agrees_with_the_peer(question, case):
    name, net, x = case
    for part, mine in answers(question, net, name, x).items():
        theirs = STORED[part]
        assert mine.shape == theirs.shape, part
        scale = np.linalg.norm(theirs.reshape(len(theirs), -1), axis=-1)
        error = np.linalg.norm((mine - theirs).reshape(len(theirs), -1), axis=-1)
        assert (scale > 0).all(), part
        assert (error <= TOLERANCE[question] * scale).all(), f"{part}: {error / scale}"
