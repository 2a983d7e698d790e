"""`python -m demos.class_images`: what each class wants to see."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import class_visualization

from . import draw
from .classifier import Classifier, classifier
from .options import Parser, run, whole
from .page import Page

# Chosen by eye, for digits that a person reads.
REGULARIZED = {"lr": 0.5, "l2": 0.01, "jitter": 1, "blur": 0.5, "blur_every": 10}


def page(shown: Classifier, out: Path, *, steps: int = 200, seed: int = 0) -> Page:
    """Draw the image that maximises each class's score, from several starts."""
    classes = list(range(len(shown.names)))
    mean = np.repeat(shown.x.mean(axis=0, keepdims=True), len(classes), axis=0)
    noise = np.random.default_rng(seed).normal(0, 0.3, mean.shape).clip(-1, 1).astype(mean.dtype)
    starts = {
        "noise, plain": (noise, {"lr": 0.5}),
        "noise": (noise, REGULARIZED),
        "mean image": (mean, REGULARIZED),
    }
    rows = {}
    for label, (start, settings) in starts.items():
        start = to_device(start, shown.device)
        trace = class_visualization(
            shown.net, start, classes, steps=steps, rng=seed, progress=True, **settings
        )
        x = to_cpu(trace.x)
        p = shown.probabilities(x)
        rows[label] = [
            draw.Panel(f"“{shown.names[k]}”: {100 * p[k, k]:.0f} %", picture)
            for k, picture in zip(classes, shown.pictures(x), strict=True)
        ]
    path = draw.panels(
        rows, out / "class_images.png", f"What maximises the score of each class ({steps} steps)"
    )
    return Page(
        title="What each class wants to see",
        text="""Start from noise, or from the mean of the images, and climb the score of a class:
        argmax s(x) − λ‖x‖² (Simonyan et al., 2013). In the first row nothing else is done. In the
        others the image is shifted a little at every step, and blurred at every tenth, which keeps
        out what only a net would see (Yosinski et al., 2015).

        Look for: strokes. White is where the class wants ink, black is where it wants none. The
        net is as certain of the first row as of the others.

        How it misleads: these are extremes of the score, far from any real digit, and the blur is
        ours, not the net's. That people can read a picture does not prove that the net does.""",
        command=f"python -m demos.class_images --data {shown.data}",
        pictures=[(path, "One image for each class, and the class's probability for it.")],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.class_images", __doc__)
    parser.add_argument("--steps", type=whole(1), default=200, help="steps of ascent")

    def demo(options: argparse.Namespace) -> None:
        made = page(classifier(options), options.out, steps=options.steps, seed=options.seed)
        for path, _ in made.pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
