"""How many images a net still sees rightly when each may be changed by so much."""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from autograd import to_device
from techniques import Trace, fgsm, momentum_fgsm, norms, pgd

from .classifier import Classifier

NOISE = "random noise"
# Who was carried across within some ε is across within a larger one, too, so these two are asked
# again only about the others.
SEARCHES: dict[str, Callable[..., Trace]] = {"momentum_fgsm": momentum_fgsm, "pgd": pgd}


def accuracy_within(
    shown: Classifier,
    x: np.ndarray,
    y: np.ndarray,
    norm: str,
    eps: np.ndarray,
    *,
    steps: int,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """The share of images that are seen as their classes, for each size of a change and by attack.

    Args:
        x: images (N, C, H, W).
        y: their classes (N,).
        norm: "linf" or "l2".
        eps: the sizes (E,), rising from 0: for "linf" as shares of the range from black to white,
            for "l2" in units of x.
        steps: of pgd.
        seed: of the noise, and of the random starts of pgd.

    Returns:
        (E,) for each attack, and for random noise of that size.
    """
    low, high = (to_device(bound, shown.device) for bound in shown.bounds)
    unit = high - low if norm == "linf" else 1.0
    x = to_device(x, shown.device)
    noise = to_device(random_noise(x.shape, norm, seed), shown.device)
    right = np.flatnonzero(shown.classes(x) == y)
    left = {label: [right] for label in (NOISE, "fgsm", *SEARCHES)}
    for radius in tqdm(eps[1:], desc=f"accuracy within {norm}"):
        budget = {"eps": radius * unit, "norm": norm, "bounds": (low, high)}
        noisy = (x[right] + radius * unit * noise[right]).clip(low, high)
        left[NOISE].append(right[shown.classes(noisy) == y[right]])
        left["fgsm"].append(right[~fgsm(shown.net, x[right], y[right], **budget).success])
        for label, attack in SEARCHES.items():
            some = left[label][-1]
            if len(some):
                how = {"steps": steps, "rng": seed} if attack is pgd else {}
                some = some[~attack(shown.net, x[some], y[some], **budget, **how).success]
            left[label].append(some)
    return {label: np.array([len(rows) for rows in each]) / len(x) for label, each in left.items()}


def random_noise(shape: tuple[int, ...], norm: str, seed: int) -> np.ndarray:
    """For each image noise of size 1, in float32 (N, ...): signs, or a direction ("l2")."""
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    return np.sign(noise) if norm == "linf" else norms.unit(noise)


def lengths(
    shown: Classifier, x: np.ndarray, y: np.ndarray, attack: Callable[..., Trace], **settings
) -> np.ndarray:
    """How long the change is, in L2 (N,), by which an attack carries each image out of its class.

    0 if it is seen as another one as it is, infinite if nothing was found.
    """
    bounds = tuple(to_device(bound, shown.device) for bound in shown.bounds)
    trace = attack(shown.net, to_device(x, shown.device), y, bounds=bounds, **settings)
    return np.where(trace.success, trace.l2, np.inf)
