"""`python -m demos`: train classifiers, look into them from all sides, and write the gallery."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nets.data.fetch import folders
from nets.pretrained import FOLDER, PUBLISHED, SUFFIXES

from . import (
    attacks,
    attribution,
    boundary,
    class_images,
    classic,
    crossing,
    dream,
    features,
    gradcheck,
    inversion,
    plane,
    robust,
    saliency,
    style,
    training,
    universal,
)
from .classifier import Classifier, classifier
from .images import read_images
from .options import Parser, run
from .page import Page, write_index

INTRODUCTION = """Two small classifiers were trained on this computer, on digits drawn from fonts
and on scenes of shapes. Each section shows one from another side: what it looks at, what it wants
to see, and how little it takes to talk it out of its opinion. Nothing here was chosen for its
looks; the seed decides. The last section, on checking, is about the gradients that the others rest
on."""
QUICK = """

This is the quick gallery: the nets have learned less, and less was drawn. What the texts say to
look for need not be seen."""
PHOTO_NET = "squeezenet1_1"


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos", __doc__, nets=("kernel_fitter",))
    parser.add_argument(
        "--image",
        type=Path,
        help=f"a photograph, for a page on {PHOTO_NET} if its ImageNet weights are here",
    )

    def demo(options: argparse.Namespace) -> None:
        photo_options = with_net(options, PHOTO_NET, weights_here(PHOTO_NET))
        photo = options.image and read_images(photo_options, [options.image])
        shown = classifier(options)
        scenes = classifier(with_net(options, "shape_net"))
        count = 2 if options.quick else 3
        start, goal = 9, 7
        nines = shown.examples(start, count)
        pages = [
            training.page(shown, options.out),
            boundary.page(shown, nines, goal, options.out, confidence=0.9),
            saliency.page(shown, saliency.one_of_each(shown), options.out),
            class_images.page(shown, options.out, seed=options.seed, quick=options.quick),
            plane.page(shown, (9, 7, 4), options.out),
            crossing.page(shown, nines, goal, options.out),
            classic.scenes_page(
                scenes, options.out, count=count, seed=options.seed, quick=options.quick
            ),
            *attribution.scenes_pages(scenes, options.out, seed=options.seed, quick=options.quick),
            *(
                attacks.page(each, x, options.out, seed=options.seed, quick=options.quick)
                for each, x in ((shown, nines), (scenes, attacks.drawn(scenes, options.seed)))
            ),
            *wanted_pages(shown, options),
            *wanted_pages(scenes, options),
            dream.page(
                *(scenes, scenes.x[: dream.SCENES], options.out),
                seed=options.seed,
                quick=options.quick,
            ),
            *moved_pages(shown, options),
            *moved_pages(scenes, with_net(options, "shape_net")),
            style.scenes_page(scenes, options.out, seed=options.seed, quick=options.quick),
            *photo_pages(photo_options, photo),
        ]
        for page in pages:  # So that it shows the same when it is made again.
            page.command += f" --seed {options.seed}" * (options.seed > 0)
            page.command += " --quick" * options.quick
        pages.append(gradcheck.page(options.out, seed=options.seed, device=options.device))
        introduction = INTRODUCTION + QUICK * options.quick
        print(f"wrote {write_index(pages, options.out, introduction)}")

    run(parser, demo, argv)


def with_net(options: argparse.Namespace, net: str, weights: Path | None = None):
    """The options for another net: --data and --weights are those of the first."""
    return argparse.Namespace(**{**vars(options), "net": net, "data": None, "weights": weights})


def moved_pages(shown: Classifier, options: argparse.Namespace) -> list[Page]:
    """The pages on one change for all images, and on a net that was trained against such."""
    samples = universal.halves(shown, options.quick)
    eps = universal.EPS[shown.name]
    return [
        universal.page(shown, *samples, options.out, eps=eps, seed=options.seed),
        robust.compared(shown, options),
    ]


def wanted_pages(shown: Classifier, options: argparse.Namespace) -> list[Page]:
    """The pages on what a net's channels want to see, and on what its layers know of an image."""
    how = {"seed": options.seed, "quick": options.quick}
    return [
        features.page(shown, options.out, **how),
        inversion.page(shown, shown.x[: inversion.COUNT], options.out, **how),
    ]


def photo_pages(options: argparse.Namespace, photo: np.ndarray | None) -> list[Page]:
    """The pages on a net of ImageNet, if there is a photograph and its weights need no download."""
    if photo is None:
        return []
    if options.weights is None:
        print(f"no page on {options.net}: its weights are not in {folders(FOLDER)}")
        return []
    shown = classifier(options)
    targets = shown.classes(photo).tolist()
    explained = attribution.explain(shown, photo, targets, quick=options.quick)
    pages = [
        classic.page(shown, photo, targets, options.out, seed=options.seed, quick=options.quick),
        attribution.sheet_page(shown, explained, options.out),
        attacks.page(shown, photo, options.out, seed=options.seed, quick=options.quick),
        features.page(shown, options.out, x=photo, seed=options.seed, quick=options.quick),
        inversion.page(shown, photo, options.out, seed=options.seed, quick=options.quick),
        dream.page(shown, dream.read(options), options.out, seed=options.seed, quick=options.quick),
    ]
    for page in pages:
        page.command += f" --image {shlex.quote(str(options.image))}"
    return pages


def weights_here(net: str) -> Path | None:
    """The file that `published_weights` would take without a download."""
    names = [net + suffix for suffix in SUFFIXES] + [PUBLISHED[net]]
    paths = [folder / name for folder in folders(FOLDER) for name in names]
    return next((path for path in paths if path.is_file()), None)


if __name__ == "__main__":
    main()
