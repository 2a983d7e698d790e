"""What Captum and LIME's own code say of perturbations, in perturbation.npz beside this script.

    pip install ".[peers]" lime
    BACKLIGHT_DATA=folder python tests/references/make_perturbation.py

For each of perturbation_questions.py, the file has what is `kept` of the answer. Everything is
computed in float64. (But Captum fits LIME in float32.)
"""

import os
from functools import partial
from pathlib import Path

import numpy as np
import torch
from captum import attr
from captum._utils.models.linear_model import SkLearnLinearModel
from captum_questions import PHOTO_TARGETS, PHOTOS, SMALL_TARGETS, small_images
from lime import lime_base
from make_captum import KernelFitter, loaded
from perturbation_questions import (
    ON,
    PHOTOGRAPHS,
    RESNET,
    RESNET_TARGET,
    SMALL,
    kept,
    score,
)
from seeded import seeded_image, seeded_weights
from sklearn import linear_model
from sklearn.metrics import pairwise_distances
from torchvision import models

from nets.data.image import load_image, preprocess

CAPTUM = {
    "feature_ablation": attr.FeatureAblation,
    "feature_permutation": attr.FeaturePermutation,
    "shapley_values": attr.ShapleyValues,
}


def answers(prefix, net, x, targets, questions) -> dict[str, np.ndarray]:
    x, target = torch.from_numpy(x).double(), torch.tensor(targets)
    found = {}
    for question, settings in questions.items():
        print(prefix, question)
        how = {"target": target}
        if "mask" in settings:
            how["feature_mask"] = torch.from_numpy(settings["mask"])
        if "baseline" in settings:
            how["baselines"] = settings["baseline"]
        with torch.no_grad():
            answer = CAPTUM[question.split()[0]](net).attribute(x, **how)
        found[f"{question} of {prefix}"] = kept(answer.numpy())
    return found


def seeded(net: torch.nn.Module) -> torch.nn.Module:
    shapes = {key: tuple(x.shape) for key, x in net.state_dict().items()}
    return loaded(net, seeded_weights(shapes))


def captum_lime() -> np.ndarray:
    """β of the samples ON, as Captum fits them with the ridge of scikit-learn."""
    samples = iter(torch.from_numpy(ON).double())
    fitted = attr.LimeBase(
        score,
        SkLearnLinearModel("linear_model.Ridge", alpha=1.0),
        attr._core.lime.get_exp_kernel_similarity_function("cosine", kernel_width=0.25),
        lambda original, **_: next(samples)[None],
        perturb_interpretable_space=True,
        from_interp_rep_transform=lambda z, original, **_: z,
        to_interp_rep_transform=None,
    )
    return fitted.attribute(torch.ones(1, 8).double(), target=0, n_samples=len(ON)).numpy()


def lasso() -> np.ndarray:
    """As Captum's `Lime` has it, but without Captum, whose float32 scikit-learn's is too rough for.

    It then leaves out a feature whose β is 0.0017.
    """
    z = ON.astype(float)
    similarity = cosine_kernel(1 - np.sqrt(z.mean(axis=1)), 0.25)
    fitted = linear_model.Lasso(alpha=0.05, tol=1e-12, max_iter=100000)
    return fitted.fit(z, score(z)[:, 0], sample_weight=similarity).coef_


def cosine_kernel(d: np.ndarray, kernel_width: float) -> np.ndarray:
    """What LIME's code for images makes of a distance."""
    return np.sqrt(np.exp(-(d**2) / kernel_width**2))


def authors_lime() -> np.ndarray:
    """β of the samples ON, as LIME's code for images does: its kernel, distance and ridge."""
    z = ON.astype(float)
    distances = pairwise_distances(z, z[:1], metric="cosine").ravel()
    base = lime_base.LimeBase(partial(cosine_kernel, kernel_width=0.25))
    explained = base.explain_instance_with_data(
        z, score(z), distances, label=0, num_features=8, feature_selection="none"
    )
    coefficients = dict(explained[1])  # From a list of (feature, β), the largest first.
    return np.array([[coefficients[j] for j in range(8)]])


if __name__ == "__main__":
    data = Path(os.environ["BACKLIGHT_DATA"])
    squeezenet = loaded(models.squeezenet1_1(), dict(np.load(data / "weights/squeezenet1_1.npz")))
    photos = preprocess(*(load_image(data / "photos" / name) for name in PHOTOS))
    arrays = {
        **answers("KernelFitter", seeded(KernelFitter()), small_images(), SMALL_TARGETS, SMALL),
        **answers("ResNet", seeded(models.resnet18()), seeded_image(), RESNET_TARGET, RESNET),
        **answers("SqueezeNet", squeezenet, photos, PHOTO_TARGETS, PHOTOGRAPHS),
        "lime ridge of its authors": authors_lime(),
        "lime ridge": captum_lime(),
        "lime lasso": lasso(),
    }
    np.savez_compressed(Path(__file__).with_name("perturbation.npz"), **arrays)
