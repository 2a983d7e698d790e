"""`python -m demos`: train a classifier, look into it from all sides, and write the gallery."""

import argparse
from collections.abc import Sequence

from . import boundary, class_images, crossing, gradcheck, plane, saliency, training
from .classifier import classifier
from .options import Parser, run
from .page import write_index

INTRODUCTION = """A small classifier was trained on this computer, on digits drawn from fonts. Each
section shows it from another side: what it looks at, what it wants to see, and how little it takes
to talk it out of its opinion. Nothing here was chosen for its looks; the seed decides. The last
section is about the gradients that the others rest on: how one is checked."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos", __doc__)

    def demo(options: argparse.Namespace) -> None:
        shown = classifier(options)
        count = 2 if options.quick else 3
        start, goal = 9, 7
        nines = shown.examples(start, count)
        pages = [
            training.page(shown, options.out),
            boundary.page(shown, nines, goal, options.out, confidence=0.9),
            saliency.page(shown, saliency.one_of_each(shown), options.out),
            class_images.page(shown, options.out, seed=options.seed),
            plane.page(shown, (9, 7, 4), options.out),
            crossing.page(shown, nines, goal, options.out),
            gradcheck.page(options.out, seed=options.seed, device=options.device),
        ]
        print(f"wrote {write_index(pages, options.out, INTRODUCTION)}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
