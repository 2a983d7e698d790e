"""`python -m demos.training`: how a net learned, and what it says of unseen images."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from . import draw
from .classifier import Classifier, classifier
from .options import Parser, run
from .page import Page

TEXTS = {
    "kernel_fitter": """KernelFitter is a convolution with five 3×3 kernels, a ReLU, a max-pool and
    one linear layer: 9,855 numbers. It was trained here, by stochastic gradient descent on the
    cross-entropy, and everything below looks into it.

    Look for: the gap between training and held-out accuracy. The held-out digits are drawn from
    fonts that the net never saw, so a gap means that it learned the fonts and not only the
    digits.""",
    "shape_net": """ShapeNet is four 3×3 convolutions, a mean over all places and one linear layer:
    40,754 numbers. It was trained here, by Adam on the cross-entropy.

    Look for: how long it takes to learn anything. The mean over places hides at first which place
    mattered.""",
}


def page(shown: Classifier, out: Path) -> Page:
    """Draw the learning curve and some held-out images with the net's verdicts."""
    pictures = []
    if shown.history is not None:
        path = draw.learning_curve(
            shown.history,
            out / "learning_curve.png",
            f"{type(shown.net).__name__} learns {shown.data}: "
            f"{100 * shown.accuracy:.1f} % of held-out images",
        )
        pictures.append((path, "The loss of each batch (left), the accuracy by epoch (right)."))
    x = shown.x[:20]
    p = shown.probabilities(x)
    verdicts = [
        draw.Panel(f"{shown.names[k]}: {100 * q:.0f} %", picture)
        for picture, k, q in zip(shown.pictures(x), p.argmax(axis=1), p.max(axis=1), strict=True)
    ]
    path = draw.panels(
        [verdicts[:10], verdicts[10:]],
        out / "verdicts.png",
        "Held-out images, and what the net says they are",
    )
    pictures.append((path, "Images that the net has not seen in training, and its verdicts."))
    return Page(
        title="A classifier learns",
        text=TEXTS[shown.name],
        command=f"python -m demos.training {shown.flags}",
        pictures=pictures,
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.training", __doc__)

    def demo(options: argparse.Namespace) -> None:
        for path, _ in page(classifier(options), options.out).pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
