"""What is asked about gradient attacks of Foolbox, of torchattacks and of Backlight, and kept."""

import numpy as np

# By the name of the answer: Backlight's technique and its settings, in the range [−1, 1]. Every
# input takes all the steps, as the peers' do: a probability of 1 is not reached.
QUESTIONS = {
    "fgsm": ("fgsm", {"eps": 0.2}),
    "fgsm l2": ("fgsm", {"eps": 1.5, "norm": "l2"}),
    "basic iterative": ("pgd", {"eps": 0.2, "steps": 10, "step_size": 0.04}),
    "basic iterative l2": ("pgd", {"eps": 1.5, "norm": "l2", "steps": 10, "step_size": 0.3}),
    "targeted": ("pgd", {"eps": 0.2, "steps": 10, "step_size": 0.04, "targeted": True}),
    "targeted l2": (
        "pgd",
        {"eps": 1.5, "norm": "l2", "steps": 10, "step_size": 0.3, "targeted": True},
    ),
    "momentum": ("momentum_fgsm", {"eps": 0.2, "steps": 10, "decay": 0.9}),
    "momentum targeted": (
        "momentum_fgsm",
        {"eps": 0.2, "steps": 10, "decay": 0.9, "targeted": True},
    ),
}
DIGITS = 6  # Of MNIST's test set, the first.

# Of how many of the first 500 digits Foolbox changes the class, without a random start.
MANY = 500
RADII = {"linf": (0.1, 0.2, 0.3), "l2": (1.0, 2.0, 3.0)}
STEPS = 20

# Photographs that are to be taken for a class drawn by lot, within 8/255.
PHOTOS = ("292_n02129604_tiger.JPEG", "323_n02279972_monarch.JPEG", "817_n04285008_sports_car.JPEG")
PHOTO_TARGETS = (850, 636, 511)
PHOTO_STEPS = 20


def other_classes(labels: np.ndarray) -> np.ndarray:
    """For each of the labels (N,) of digits another class, to be reached."""
    return (labels + 1 + np.arange(len(labels)) % 9) % 10


def kept(x: np.ndarray) -> np.ndarray:
    """What is stored of images (N, 1, 28, 28)."""
    return x[..., ::3, ::3].astype(np.float32)
