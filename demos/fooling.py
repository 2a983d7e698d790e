"""`python -m demos.fooling`: changes that are hard to see take images to classes drawn by lot."""

import argparse
from collections.abc import Sequence
from math import prod, sqrt
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import Trace, fooling_image

from . import draw
from .classifier import Classifier, classifier
from .images import images, read_images
from .options import SCENES_AND_PHOTOS, Parser, run, whole
from .page import Page, write_page

STEPS = 300
ROWS = 4  # of the picture


def fool(shown: Classifier, x: np.ndarray, targets: Sequence[int], frames: int = 0) -> Trace:
    """Walk the images `x` (N, C, H, W) to the classes `targets` (N), between black and white.

    The step is CS231n's, 1 on 3×224×224; the grain of `fooling_image`'s own can be seen.
    """
    return fooling_image(
        shown.net,
        to_device(x, shown.device),
        np.asarray(targets),
        lr=sqrt(prod(x.shape[1:]) / (3 * 224**2)),
        steps=STEPS,
        bounds=shown.bounds,
        frames=frames,
        progress=True,
    )


def other_classes(
    shown: Classifier, x: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """For each image `count` classes (N, count), drawn from all but the net's verdict."""
    k = len(shown.names)
    return np.stack(
        [
            (verdict + 1 + rng.choice(k - 1, count, replace=False)) % k
            for verdict in shown.classes(x)
        ]
    )


def panels(shown: Classifier, trace: Trace) -> list[list[draw.Panel]]:
    """For each image a row: before, after, and the change, magnified until it is seen."""
    before, after = (shown.pictures(to_cpu(images)) for images in (trace.start, trace.x))
    rows = []
    for i, titles in enumerate(
        zip(
            shown.verdicts(to_cpu(trace.start)),
            shown.verdicts(to_cpu(trace.x)),
            strict=True,
        )
    ):
        change = after[i] - before[i]
        most = np.percentile(np.abs(change), 99.5)  # A few entries changed much more.
        times = max(1, int(0.5 / max(most, 1e-6)))
        rows.append(
            [
                draw.Panel(titles[0], before[i]),
                draw.Panel(titles[1], after[i]),
                draw.Panel(f"the change × {times}", (0.5 + times * change).clip(0, 1)),
            ]
        )
    return rows


def table(shown: Classifier, labels: Sequence[str], targets: Sequence[int], trace: Trace) -> str:
    """A line for each walk. L2 is in the net's units, L∞ in grey levels, of which there are 256."""
    width = max(map(len, labels))
    levels = 255 * np.abs(shown.pictures(to_cpu(trace.x)) - shown.pictures(to_cpu(trace.start)))
    before, after = shown.verdicts(to_cpu(trace.start)), shown.verdicts(to_cpu(trace.x))
    lines = [
        f"{'image':<{width}}  {'before':<26}  {'after':<26}  {'steps':>5}  {'L2':>6}  {'L∞':>6}"
    ]
    for i, label in enumerate(labels):
        missed = "" if trace.success[i] else f"  (wanted {shown.names[targets[i]]})"
        lines.append(
            f"{label:<{width}}  {before[i]:<26}  {after[i]:<26}  {trace.steps[i]:>5}  "
            f"{trace.l2[i]:>6.2f}  {levels[i].max():>2.0f}/255{missed}"
        )
    lines.append(f"\n{trace.success.sum()} of {len(labels)} reached the class that was drawn")
    return "\n".join(lines)


def page(
    shown: Classifier,
    x: np.ndarray,
    labels: Sequence[str],
    out: Path,
    *,
    count: int = 3,
    seed: int = 0,
) -> Page:
    """Walk each image of `x` to `count` classes that are drawn by lot, and draw a few of them."""
    targets = other_classes(shown, x, count, np.random.default_rng(seed)).ravel()
    trace = fool(shown, x.repeat(count, axis=0), targets)
    every = max(1, len(targets) // ROWS)
    path = draw.panels(
        panels(shown, trace)[::every][:ROWS],
        out / f"fooling_{shown.name}.png",
        "Before, after, and the difference",
        size=2.2,
    )
    return Page(
        title="Fooled",
        text="""x ← x + lr · g/‖g‖₂, with g the gradient of the score of a class that was drawn by
        lot, until that is the net's verdict (Szegedy et al., 2013, arXiv 1312.6199, found such
        images).

        Look for: how little the second column differs from the first. What was added is in the
        third, many times stronger. Of photographs, which have more pixels, less is to be seen.

        How it misleads: such an image is made for one net, and at one size. Printed, photographed
        or compressed, it may lose its power. And the probability is small where the walk ends,
        because it ends as soon as the class is ahead.""",
        command=f"python -m demos.fooling --net {shown.name} --count {count}",
        pictures=[(path, "Some of the walks: before, after, and the change, magnified.")],
        listings=[("Every walk", table(shown, np.repeat(labels, count), targets, trace))],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.fooling", __doc__, nets=SCENES_AND_PHOTOS)
    parser.add_argument(
        "--images", type=Path, nargs="+", help="image files; if not given, held-out images"
    )
    parser.add_argument("--count", type=whole(1, 9), default=3, help="classes to draw for each")

    def demo(options: argparse.Namespace) -> None:
        files = options.images
        x = None if files is None else read_images(options, files, "--images")
        if x is None and images(options).load is None:
            raise ValueError(f"--images: {options.net} needs some, it has no held-out images")
        shown = classifier(options)
        if x is None:
            labels = [f"{shown.names[k]}" for k in shown.y[:10]]
            x = shown.x[:10]
        else:
            labels = [path.stem for path in files]
        made = page(shown, x, labels, options.out, count=options.count, seed=options.seed)
        print(made.listings[0][1])
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'fooling_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
