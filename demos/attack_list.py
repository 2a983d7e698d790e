"""Every attack, as it is asked to move one image, and what to know about each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod, sqrt

import numpy as np

import techniques
from autograd import no_grad, to_cpu, to_device
from autograd.device import Array
from nets import Module
from techniques import Trace

from .classifier import Classifier


@dataclass(frozen=True)
class Case:
    """An image, the class that it is to leave or to reach, and how far it may go."""

    shown: Classifier
    image: np.ndarray  # (1, C, H, W)
    target: int | None  # The class to reach; None: any but the one that the net sees.
    eps: float  # The most of L∞, as a share of the range from black to white,
    eps_l2: float  # and of L2, in units of x.
    others: np.ndarray  # (B, C, H, W): other images, which may be none.
    seed: int = 0
    quick: bool = False

    @property
    def net(self) -> Module:
        return self.shown.net

    @cached_property
    def x(self) -> Array:
        return to_device(self.image, self.shown.device)

    @cached_property
    def ranked(self) -> list[int]:
        """The classes, that of the highest score first."""
        return self.shown.probabilities(self.image)[0].argsort()[::-1].tolist()

    @property
    def left(self) -> int:
        return self.ranked[0]

    @property
    def reached(self) -> int:
        """For attacks that need a class to go to: if none is wanted, the second in score."""
        return self.ranked[1] if self.target is None else self.target

    @property
    def targeted(self) -> bool:
        return self.target is not None

    @property
    def toward(self) -> tuple:
        return self.net, self.x, self.reached

    @property
    def asked(self) -> tuple:
        """For attacks that can leave a class as well as reach one."""
        return self.net, self.x, self.reached if self.targeted else self.left

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        low, high = self.shown.bounds
        return to_device(low, self.shown.device), to_device(high, self.shown.device)

    @property
    def linf(self) -> Array:
        """ε of L∞ in units of x, for each colour: (C, 1, 1)."""
        low, high = self.bounds
        return (high - low) * self.eps

    @property
    def photo(self) -> bool:
        return self.shown.x is None

    @property
    def goal(self) -> dict:
        return {"targeted": self.targeted, "bounds": self.bounds}

    def many(self, usual: int, on_photo: int) -> int:
        """How many steps or samples: other ones for photographs, and a quarter for --quick."""
        count = on_photo if self.photo else usual
        return max(1, count // 4) if self.quick else count

    @property
    def members(self) -> int:
        """Of one_pixel's population; the paper has 400, for 100 generations."""
        return self.many(200, 50)

    @property
    def generations(self) -> int:
        return self.many(20, 10)

    @property
    def share(self) -> float:
        """Of the entries that jsma may change; the paper has 14.5 %."""
        return 0.001 if self.photo else 0.145

    @property
    def verdicts(self) -> int:
        """The steps of boundary_attack; it goes on coming nearer for thousands."""
        return self.many(1500, 400)

    @cached_property
    def start(self) -> Array:
        """The first of the other images that the net sees as the class to reach, if there is one.

        (1, C, H, W) or, if not, (0, C, H, W).
        """
        there = np.zeros(0, int)
        if len(self.others):
            there = np.flatnonzero(self.shown.classes(self.others) == self.reached)[:1]
        return to_device(self.others[there], self.shown.device)


@dataclass(frozen=True)
class Attack:
    """One way to move an image."""

    ask: Callable[[Case], Trace]
    seeks: str  # In a line, what it makes large or small.
    source: str
    step: str = "step"  # What one of its steps is called.
    lacks: Callable[[Case], str] = lambda _: ""  # Why it cannot be asked; nothing if it can.


def universal(q: Case) -> Trace:
    """What a change that was made for the other images does to this one."""
    made = techniques.universal_perturbation(
        *(q.net, to_device(q.others, q.shown.device)),
        eps=q.linf,
        epochs=10 if q.photo else 5,
        bounds=q.bounds,
        rng=q.seed,
    )
    moved = (q.x + made.universal).clip(*q.bounds)
    with no_grad():
        history = np.stack([to_cpu(q.net(x)) for x in (q.x, moved)])
    success = history[1].argmax(axis=1) != q.left
    reason = np.where(success, "misclassified", "step limit")
    return Trace(q.x, moved, success, np.array([1]), reason, history)


def lack_for_universal(q: Case) -> str:
    if q.targeted:
        return "it goes to no class of one's choice"
    return "" if len(q.others) else "it needs other images"


def lack_for_boundary(q: Case) -> str:
    there = not q.targeted or len(q.start)
    return "" if there else "it needs an image of that class to begin with"


ATTACKS: dict[str, dict[str, Attack]] = {
    "Up the score of a class, as far as it takes": {
        "all_gradients": Attack(
            lambda q: techniques.all_gradients(
                *q.toward, lr=0.01 if q.photo else 0.1, steps=300, bounds=q.bounds
            ),
            "the score of a class to go to: every entry moves by its gradient",
            "gradient ascent",
        ),
        "fooling_image": Attack(
            lambda q: techniques.fooling_image(
                *q.toward, lr=sqrt(prod(q.x.shape[1:]) / (3 * 224**2)), steps=300, bounds=q.bounds
            ),
            "the score of a class to go to, in steps of one length",
            "Szegedy et al. 2013, arXiv 1312.6199; as in CS231n",
        ),
    },
    "Up the loss, within ε of L∞": {
        "fgsm": Attack(
            lambda q: techniques.fgsm(*q.asked, eps=q.linf, **q.goal),
            "the loss, if the net were linear, with L∞ ≤ ε: one step by the sign",
            "Goodfellow et al. 2014, arXiv 1412.6572",
        ),
        "pgd, basic": Attack(
            lambda q: techniques.pgd(*q.asked, eps=q.linf, steps=20, random_start=False, **q.goal),
            "the loss, with L∞ ≤ ε: steps by the sign, and back into the cube",
            "Kurakin et al. 2016, arXiv 1607.02533",
        ),
        "pgd": Attack(
            lambda q: techniques.pgd(
                *q.asked, eps=q.linf, steps=20, restarts=3, rng=q.seed, **q.goal
            ),
            "the same from a random point of the cube, three times at most",
            "Madry et al. 2017, arXiv 1706.06083",
        ),
    },
    "The same with momentum, in another norm, and for all images at once": {
        "momentum_fgsm": Attack(
            lambda q: techniques.momentum_fgsm(*q.asked, eps=q.linf, **q.goal),
            "as pgd, by the sum of the gradients on the way, to carry over to other nets",
            "Dong et al. 2017, arXiv 1710.06081",
        ),
        "pgd, L2": Attack(
            lambda q: techniques.pgd(
                *q.asked, eps=q.eps_l2, norm="l2", steps=20, restarts=3, rng=q.seed, **q.goal
            ),
            "the loss, with L2 ≤ ε: steps along the gradient, and back into the ball",
            "Madry et al. 2017, arXiv 1706.06083",
        ),
        "universal_perturbation": Attack(
            universal,
            "the loss of other images, with L∞ ≤ ε, all by one change, which is then added here",
            "Moosavi-Dezfooli et al. 2016, arXiv 1610.08401",
            lacks=lack_for_universal,
        ),
    },
    "As short as can be": {
        "deepfool": Attack(
            lambda q: techniques.deepfool(*q.asked, **q.goal),
            "L2, if the net were linear, again and again",
            "Moosavi-Dezfooli et al. 2016, arXiv 1511.04599",
        ),
        "carlini_wagner": Attack(
            lambda q: techniques.carlini_wagner(
                *q.asked,
                rounds=6,
                steps=q.many(100, 60),
                lr=0.001 if q.photo else 0.03,
                c=0.1,
                **q.goal,
            ),
            "L2² + c · how far the class is still ahead, for the smallest c that will do",
            "Carlini & Wagner 2016, arXiv 1608.04644",
            step="round",
        ),
        "boundary_attack": Attack(
            lambda q: techniques.boundary_attack(
                *q.asked,
                starts=q.start if q.targeted else None,
                steps=q.verdicts,
                rng=q.seed,
                **q.goal,
            ),
            "L2, by chance along the boundary: it asks for nothing but verdicts",
            "Brendel et al. 2017, arXiv 1712.04248",
            lacks=lack_for_boundary,
        ),
    },
    "In few places": {
        "one_gradient": Attack(
            lambda q: techniques.one_gradient(
                *q.toward, k=max(1, prod(q.x.shape[1:]) // 1500), steps=300, bounds=q.bounds
            ),
            "the score of a class to go to: only the k entries of largest gradient move",
            "gradient ascent",
        ),
        "jsma": Attack(
            lambda q: techniques.jsma(
                *q.toward,
                gamma=q.share,
                candidates=2048 if q.photo else 32,
                bounds=q.bounds,
            ),
            "L0, greedily: two entries to black or white at once",
            "Papernot et al. 2015, arXiv 1511.07528; Wiyatno & Xu 2018, arXiv 1808.07945",
        ),
        "one_pixel": Attack(
            lambda q: techniques.one_pixel(
                *q.asked,
                population=q.members,
                steps=q.generations,
                batch_size=32,
                rng=q.seed,
                **q.goal,
            ),
            "the probability of the class, by one pixel: by evolution, it asks for scores alone",
            "Su et al. 2017, arXiv 1710.08864",
            step="generation",
        ),
    },
}
