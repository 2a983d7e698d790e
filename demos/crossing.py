"""`python -m demos.crossing`: the point where the verdict flips, and what differs there."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import all_gradients, shortest_crossing

from . import draw
from .classifier import Classifier, classifier
from .images import images
from .options import Parser, class_index, run, whole
from .page import Page


def page(shown: Classifier, x: np.ndarray, target: int, out: Path) -> Page:
    """Draw the crossing between each image of `x` (N, C, H, W) and its walk's end in `target`."""
    x = to_device(x, shown.device)
    end = all_gradients(shown.net, x, target, confidence=0.99, bounds=shown.bounds).x
    found = shortest_crossing(shown.net, x, end)
    x, end = to_cpu(x), to_cpu(end)
    before, after = to_cpu(found.before), to_cpu(found.after)
    share = np.linspace(0, 1, 101)
    rows = []
    for i in range(len(x)):
        line = x[i] + share[:, None, None, None].astype(x.dtype) * (end[i] - x[i])
        rows.append(
            draw.Crossing(
                images=shown.pictures(np.stack([x[i], before[i], after[i], end[i]])),
                change=after[i] - x[i],
                share=share,
                crossing=float(found.position[i]),
                probabilities=shown.probabilities(line),
                classes=tuple(found.classes[i].tolist()),
            )
        )
    start, goal = shown.names[int(found.classes[0, 0])], shown.names[target]
    path = draw.crossings(
        rows, shown.names, out / "crossing.png", f"Where {start} turns into {goal}"
    )
    return Page(
        title="The shortest crossing",
        text=f"""Each image was walked until the net was 99 % sure of {goal}. On the straight line
        between the two, bisection finds the point where the verdict flips: the images just before
        and just after it differ by less than a thousandth, and have different classes.

        Look for: the two images in the middle. Nobody sees a difference between them, and to us
        both are still a {start}. The curve on the right shows how suddenly the verdict changes.

        How it misleads: it is the crossing on this line. In other directions the boundary may be
        nearer.""",
        command=f"python -m demos.crossing {shown.flags} --from {start} --to {goal}",
        pictures=[(path, "Original, both sides of the boundary, the walk's end, and the change.")],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.crossing", __doc__)
    parser.add_argument("--from", dest="start", default="9", help="class to start from")
    parser.add_argument("--to", default="7", help="class on the other side")
    parser.add_argument("--count", type=whole(1, 20), default=3, help="how many images")

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        start = class_index("--from", options.start, names)
        target = class_index("--to", options.to, names)
        if start == target:
            raise ValueError(f"--to: {names[target]} is the class to start from")
        shown = classifier(options)
        for path, _ in page(
            shown, shown.examples(start, options.count), target, options.out
        ).pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
