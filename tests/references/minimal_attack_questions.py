"""What is asked about the attacks of least change of Foolbox, torchattacks and Backlight."""

DIGITS = 24  # Of MNIST's test set, the first. The net is that of gradient_attacks.npz.

# By the name of the answer: Backlight's technique and its settings, in the range [−1, 1]. Kept are
# the Euclidean lengths of Foolbox's changes,
LENGTHS = {
    "deepfool": ("deepfool", {"steps": 50, "candidates": 10, "overshoot": 0.02}),
    "deepfool of 3 classes": ("deepfool", {"steps": 50, "candidates": 3, "overshoot": 0.1}),
    "carlini_wagner": ("carlini_wagner", {"rounds": 6, "steps": 100, "lr": 0.03, "c": 0.1}),
    "carlini_wagner kappa": (
        "carlini_wagner",
        {"rounds": 6, "steps": 100, "lr": 0.03, "c": 0.1, "kappa": 2.0},
    ),
    "boundary_attack": ("boundary_attack", {"steps": 300}),
}
# and which digits torchattacks carried to the class after theirs, or with one pixel to any other.
SUCCESSES = {
    "jsma": ("jsma", {"theta": 1.0, "gamma": 0.1}),
    "one_pixel": ("one_pixel", {"population": 60, "steps": 15}),
}

# Photographs, with SqueezeNet 1.1, which takes them in [0, 1] here. Kept are the lengths.
PHOTOS = (
    "292_n02129604_tiger.JPEG",
    "323_n02279972_monarch.JPEG",
    "817_n04285008_sports_car.JPEG",
    "084_n01806143_peacock.JPEG",
)
PHOTO_LENGTHS = {
    "deepfool of photographs": ("deepfool", {"steps": 50, "candidates": 10, "overshoot": 0.02}),
    "carlini_wagner of photographs": (
        "carlini_wagner",
        {"rounds": 4, "steps": 25, "lr": 0.005, "c": 1.0},
    ),
}
# And which of them torchattacks carries out of their class, with no entry changed by more.
PHOTO_EPS = 0.5 / 255
PHOTO_SUCCESSES = {
    "fgsm of photographs": ("fgsm", {}),
    "pgd of photographs": ("pgd", {"steps": 10, "step_size": PHOTO_EPS / 4}),
    "momentum_fgsm of photographs": ("momentum_fgsm", {"steps": 10}),
}
