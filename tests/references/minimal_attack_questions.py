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
