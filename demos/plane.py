"""`python -m demos.plane`: the decision regions on the plane through three images."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import to_device
from techniques import decision_plane

from . import boundary, draw
from .classifier import Classifier, classifier
from .images import images
from .options import Parser, class_index, run, whole
from .page import Page


def page(shown: Classifier, classes: Sequence[int], out: Path, *, resolution: int = 160) -> Page:
    """Draw a walk from the first class to the second on two planes.

    One goes through an image of each of the three classes, the other through the walk's two ends
    and the image of the second class.
    """
    x = np.concatenate([shown.examples(k, 1) for k in classes])
    (walk,), _ = boundary.walk(shown, x[:1], classes[1], "all_gradients", confidence=0.9)
    start, goal, third = (shown.names[k] for k in classes)

    def section(corners: np.ndarray, name: str, title: str) -> tuple[Path, np.ndarray]:
        found = decision_plane(shown.net, to_device(corners, shown.device), resolution=resolution)
        stations, distance = found.project(walk.frames)
        pictures = shown.pictures(corners)
        return draw.plane(found, pictures, stations, shown.names, out / name, title), distance

    ends = np.stack([x[0], walk.frames[-1], x[1]])
    far, distance = section(
        x, "plane.png", f"The plane through a {start}, a {goal} and a {third}, and a walk"
    )
    near, _ = section(
        ends, "plane_of_walk.png", f"The plane through a {start}, the end of its walk, and a {goal}"
    )
    return Page(
        title="The boundary itself",
        text=f"""Three images span a plane in the space of all images. Each point of it is an image,
        and the colour is the class that the net gives it: the darker, the surer. The white line is
        the walk of all_gradients from the {start} until the net is 90 % sure of a {goal}, seen from
        above.

        Look for: how far the images are from each other, and how short the walk is. In the first
        plane it seems to end among the {start}s, because it left the plane: its end lies
        {distance[-1]:.1f} away from it. The second plane holds the walk's two ends, and there the
        boundary runs close by.

        How it misleads: a plane shows two dimensions of {x[0].size}. Boundaries that look far away
        in one plane are near in directions that no real image takes.""",
        command=f"python -m demos.plane {shown.flags} --classes {start} {goal} {third}",
        pictures=[
            (far, "The plane through three held-out images. The walk leaves it."),
            (near, "The plane through the two ends of the walk and a held-out image."),
        ],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.plane", __doc__)
    parser.add_argument(
        "--classes", nargs=3, default=["9", "7", "4"], help="whose images span the plane"
    )
    parser.add_argument(
        "--resolution", type=whole(2, 1000), default=160, help="points along each side"
    )

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        classes = [class_index("--classes", text, names) for text in options.classes]
        if len(set(classes)) < 3:
            raise ValueError(f"--classes: expected three different ones, got {options.classes}")
        made = page(classifier(options), classes, options.out, resolution=options.resolution)
        for path, _ in made.pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
