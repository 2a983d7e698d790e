"""`python -m demos.plane`: the decision regions on the plane through three images."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import to_device
from techniques import decision_plane

from . import boundary, draw
from .classifier import Classifier, class_names, classifier
from .options import Parser, class_index, run, whole
from .page import Page


def page(shown: Classifier, classes: Sequence[int], out: Path, *, resolution: int = 120) -> Page:
    """Draw the plane through images of three classes, and a walk from the first to the second."""
    x = np.concatenate([shown.examples(k, 1) for k in classes])
    (walk,), _ = boundary.walk(shown, x[:1], classes[1], "all_gradients", confidence=0.9)
    section = decision_plane(shown.net, to_device(x, shown.device), resolution=resolution)
    stations, distance = section.project(walk.frames)
    names = [shown.names[k] for k in classes]
    path = draw.plane(
        section,
        x,
        stations,
        shown.names,
        out / "plane.png",
        f"The plane through three images ({', '.join(names)}), and a walk from {names[0]} "
        f"to {names[1]}",
    )
    return Page(
        title="The boundary itself",
        text=f"""Three images span a plane in the space of all images. Each point of it is an image,
        and the colour is the class that the net gives it: the darker, the surer. The line is the
        walk of all_gradients from the first image until the net is 90 % sure of {names[1]}, seen
        from above; its end lies {distance[-1]:.1f} off this plane, on which the three images lie
        {np.linalg.norm(section.corners[1]):.1f} and
        {np.linalg.norm(section.corners[2]):.1f} from the first.

        Look for: how short the walk is beside the distance to the nearest real {names[1]}, and that
        it leaves for somewhere else. The walk crosses a boundary that this plane does not show:
        it is near everywhere, in directions that no real image takes.

        How it misleads: it is one plane out of 784 dimensions. Where the line ends, the colour
        under it is that of the plane, not of the walk.""",
        command=f"python -m demos.plane --data {shown.data} --classes {' '.join(names)}",
        pictures=[(path, "Decision regions, the three images, and the walk (white line).")],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.plane", __doc__)
    parser.add_argument(
        "--classes", nargs=3, default=["9", "7", "4"], help="whose images span the plane"
    )
    parser.add_argument("--resolution", type=whole(2), default=120, help="points along each side")

    def demo(options: argparse.Namespace) -> None:
        names = class_names(options.data)
        classes = [class_index("--classes", text, names) for text in options.classes]
        if len(set(classes)) < 3:
            raise ValueError(f"--classes: expected three different ones, got {options.classes}")
        made = page(classifier(options), classes, options.out, resolution=options.resolution)
        for path, _ in made.pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
