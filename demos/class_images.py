"""`python -m demos.class_images`: what each class wants to see."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import Trace, class_visualization

from . import draw
from .classifier import Classifier, classifier
from .images import images
from .options import NETS, Parser, class_index, run, whole
from .page import Page

# By net: what a step is without help, and what helps towards pictures that a person reads. The
# former and, for the nets trained here, the latter were chosen by eye; those for ImageNet are of
# the course CS231n, which class_visualization names.
IMAGENET = ({"l2": 0}, {"l2": 1e-3, "jitter": 16, "blur": 0.5, "blur_every": 10})
SETTINGS = {
    "kernel_fitter": (
        {"lr": 0.5},
        {"lr": 0.5, "l2": 0.01, "jitter": 1, "blur": 0.5, "blur_every": 10},
    ),
    "shape_net": ({"lr": 1}, {"lr": 5, "jitter": 4, "blur": 0.6, "blur_every": 4}),
}
FILM = 30  # frames, and a third of them for --quick
PHOTOS = ("goldfish", "tarantula", "hourglass", "monarch", "volcano")  # Drawn, if none are named.


def noise(shown: Classifier, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Images of noise to start from, (N, C, H, W), the same for all, around the middle grey."""
    one = np.random.default_rng(seed).normal(0, 0.3, shape[1:]).astype(np.float32)
    return np.broadcast_to(one.clip(*shown.bounds), shape).copy()


def climb(
    shown: Classifier, start: np.ndarray, classes: Sequence[int], settings: dict, **more
) -> Trace:
    """The ascent of each class's score, from `start` (N, C, H, W) with N classes."""
    return class_visualization(
        shown.net,
        to_device(start, shown.device),
        np.asarray(classes),
        bounds=shown.bounds,
        progress=True,
        **settings,
        **more,
    )


def every(steps: int, quick: bool) -> int:
    """Every how many steps there is a frame of the film."""
    return max(1, steps // (FILM // 3 if quick else FILM))


def settings_for(shown: Classifier) -> tuple[dict, dict, int]:
    """Settings without help, settings with it, and how many steps."""
    return (*SETTINGS[shown.name], 200) if shown.name in SETTINGS else (*IMAGENET, 100)


def panels(shown: Classifier, x: np.ndarray, classes: Sequence[int]) -> list[draw.Panel]:
    """The images, with the probability of the class that each is meant to be."""
    p = shown.probabilities(x)
    return [
        draw.Panel(shown.quote(k, p[i, k], width=22), picture)
        for i, (k, picture) in enumerate(zip(classes, shown.pictures(x), strict=True))
    ]


def film(shown: Classifier, trace: Trace, classes: Sequence[int], path: Path, title: str) -> Path:
    """The ascent as it was, with the probabilities on the way."""
    return draw.film([panels(shown, x, classes) for x in trace.frames], path, title)


def page(
    shown: Classifier,
    out: Path,
    *,
    classes: Sequence[int] | None = None,
    steps: int | None = None,
    seed: int = 0,
    quick: bool = False,
) -> Page:
    """Draw the image that maximises each class's score, from several starts."""
    classes = list(range(len(shown.names))) if classes is None else list(classes)
    plain, helped, usual = settings_for(shown)
    steps = steps or usual
    if shown.x is None:
        shape, mean = (len(classes), 3, 224, 224), 0.0  # The mean of ImageNet's photographs.
    else:
        shape = (len(classes), *shown.x.shape[1:])
        mean = shown.x.mean(axis=0)
    grain = noise(shown, shape, seed)
    middle = np.broadcast_to(mean, shape).astype(np.float32)
    starts = {
        "noise, plain": (grain, plain),
        "noise": (grain, helped),
        "mean image": (middle, helped),
    }
    rows, traces = {}, {}
    for label, (start, settings) in starts.items():
        frames = every(steps, quick)
        trace = climb(shown, start, classes, settings, steps=steps, rng=seed, frames=frames)
        traces[label] = trace
        rows[label] = panels(shown, to_cpu(trace.x), classes)
    stem = "class_images" if shown.name == "kernel_fitter" else f"class_images_{shown.name}"
    path = draw.panels(
        rows,
        out / f"{stem}.png",
        f"What maximises the score of each class ({steps} steps)",
        size=1.1 if shape[1] == 1 else 1.7,
    )
    moving = film(
        shown, traces["noise"], classes, out / f"{stem}.gif", f"From noise, in {steps} steps"
    )
    return Page(
        title="What each class wants to see",
        text="""Start from noise, or from the mean of the images, and climb the score of a class:
        argmax s(x) − λ‖x‖² (Simonyan et al., 2013). In the first row nothing else is done. In the
        others the image is shifted a little at every step, and blurred now and then, which keeps
        out what only a net would see (Yosinski et al., 2015).

        Look for: strokes and outlines. Of digits, white is where the class wants ink, and black
        where it wants none. The net is no less certain of the first row than of the others.

        How it misleads: these are extremes of the score, far from any real image, and the blur is
        ours, not the net's. And what raises one score may raise others more: some have a high
        score, and a low probability. That people can read a picture does not prove that the net
        does.""",
        command=f"python -m demos.class_images {shown.flags}",
        pictures=[
            (path, "One image for each class, and the class's probability for it."),
            (moving, "The second row, as it comes about."),
        ],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.class_images", __doc__, nets=NETS)
    parser.add_argument("--steps", type=whole(1), help="steps of ascent; 200, of ImageNet 100")
    parser.add_argument(
        "--classes", nargs="+", help="names or numbers; if not given, all, of ImageNet five"
    )

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        asked = options.classes or (PHOTOS if images(options).load is None else names)
        classes = [class_index("--classes", text, names) for text in asked]
        made = page(
            classifier(options),
            options.out,
            classes=classes,
            steps=options.steps,
            seed=options.seed,
            quick=options.quick,
        )
        for path, _ in made.pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
