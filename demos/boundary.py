"""`python -m demos.boundary`: images walk across the decision boundary to another class."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograd import to_device
from techniques import Trace, all_gradients, one_gradient

from . import draw
from .classifier import Classifier, classifier
from .images import images, read_images
from .options import Parser, class_index, positive, probability, run, whole
from .page import Page

METHODS = {"all_gradients": all_gradients, "one_gradient": one_gradient}


@dataclass
class Walk:
    """One image's way from class to class, as the pictures need it."""

    start: int  # Its class at the start,
    target: int  # and the class that it walks to.
    steps: np.ndarray  # The step of each frame (T,).
    frames: np.ndarray  # (T, C, H, W), as the net takes them,
    pictures: np.ndarray  # (T, H, W, C), and as they look.
    probabilities: np.ndarray  # (T, K).

    @property
    def change(self) -> np.ndarray:
        """(C, H, W)."""
        return self.frames[-1] - self.frames[0]


def walk(
    shown: Classifier, x: np.ndarray, target: int, method: str, **settings
) -> tuple[list[Walk], Trace]:
    """Walk every image of `x` to class `target`: a Walk for each, and the technique's Trace."""
    x = to_device(x, shown.device)
    trace = METHODS[method](
        shown.net, x, target, frames=True, progress=True, bounds=shown.bounds, **settings
    )
    walks = []
    for i, steps in enumerate(trace.steps):
        frames = trace.frames[: steps + 1, i]
        p = shown.probabilities(frames)
        number, pictures = np.arange(len(frames)), shown.pictures(frames)
        walks.append(Walk(int(p[0].argmax()), target, number, frames, pictures, p))
    return walks, trace


def page(
    shown: Classifier,
    x: np.ndarray,
    target: int,
    out: Path,
    *,
    methods: Sequence[str] = tuple(METHODS),
    k: int = 1,
    confidence: float | None = None,
    steps: int = 1000,
    lr: float | None = None,
) -> Page:
    """Walk the images `x` (N, C, H, W) to class `target` by each method, and draw the walks."""
    start, goal = shown.names[int(shown.classes(x[:1])[0])], shown.names[target]
    pictures = []
    for method in methods:
        settings = {"confidence": confidence, "steps": steps}
        if lr is not None:
            settings["lr"] = lr
        how = "" if confidence is None else f", to {100 * confidence:.0f} %"
        if method == "one_gradient":
            settings["k"] = k
            how += f", k = {k}"
        walks, trace = walk(shown, x, target, method, **settings)
        print(
            f"{method}: {int(trace.success.sum())} of {len(x)} reach {goal}, in {trace.steps} steps"
        )
        stem = re.sub(r"[^\w-]+", "-", f"boundary_{method}_{start}_to_{goal}")
        title = f"{method}: {start} becomes {goal}{how}"
        pictures += [
            (
                draw.walk_strip(walks, shown.names, out / f"{stem}.png", title),
                f"{method}: stations of each walk, the whole change (red: lighter, blue: darker), "
                f"and the probabilities at every step: {start} dashed, {goal} solid, others grey.",
            ),
            (
                draw.walk_gif(walks, shown.names, out / f"{stem}.gif", title),
                f"{method}: the same walks as a film.",
            ),
        ]
    return Page(
        title=f"Talked out of its opinion: {start} to {goal}",
        text=f"""The weights stay, the image moves: x ← x + lr · ∂s/∂x, with s the score of
        “{goal}”, until the net is convinced. With all_gradients every pixel moves at every step;
        with one_gradient only the {k} of largest gradient, so that the change stays in few places.

        Look for: what the change resembles. A net that had understood its classes would draw
        what is missing and erase what is wrong. This one does so in part; the rest of the change
        is faint, means nothing to us, and convinces the net all the same.

        How it misleads: the end of the walk is not what the net thinks a {goal} looks like. It is
        a place nearby where its verdict differs.""",
        command=f"python -m demos.boundary {shown.flags} --from {start} --to {goal}"
        + ("" if confidence is None else f" --confidence {confidence}"),
        pictures=pictures,
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.boundary", __doc__)
    parser.add_argument("--from", dest="start", default="9", help="class to start from")
    parser.add_argument("--to", default="7", help="class to walk to")
    parser.add_argument("--image", type=Path, help="an image file to start from, instead of --from")
    parser.add_argument("--count", type=whole(1, 20), default=3, help="how many images walk")
    parser.add_argument("--method", choices=[*METHODS, "both"], default="both", help="technique")
    parser.add_argument(
        "--k", type=whole(1, 784), default=1, help="pixels per step of one_gradient"
    )
    parser.add_argument(
        "--confidence", type=probability, help="probability to reach; if not given, the class"
    )
    parser.add_argument("--steps", type=whole(1), default=1000, help="give up after this many")
    parser.add_argument(
        "--lr", type=positive, help="step per gradient; if not given, the technique's own"
    )

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        target = class_index("--to", options.to, names)
        start = class_index("--from", options.start, names)
        x = None if options.image is None else read_images(options, [options.image])
        if x is None and start == target:
            raise ValueError(f"--to: {names[target]} is the class to start from")
        shown = classifier(options)
        if x is None:
            x = shown.examples(start, options.count)
        if int(shown.classes(x[:1])[0]) == target:
            raise ValueError(f"--to: the image is of class {names[target]} for the net already")
        made = page(
            shown,
            x,
            target,
            options.out,
            methods=list(METHODS) if options.method == "both" else [options.method],
            k=options.k,
            confidence=options.confidence,
            steps=options.steps,
            lr=options.lr,
        )
        for path, _ in made.pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
