"""`python -m demos.saliency`: the pixels that the net's verdict hangs on."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import saliency

from . import draw
from .classifier import Classifier, classifier
from .images import images, read_images
from .options import NETS, Parser, class_index, run
from .page import Page


def page(shown: Classifier, x: np.ndarray, out: Path, *, target: int | None = None) -> Page:
    """Draw the saliency maps of the images `x` (N, C, H, W), for `target` or their own class."""
    gradient = to_cpu(saliency(shown.net, to_device(x, shown.device), target))
    classes = shown.classes(x) if target is None else [target] * len(x)
    pictures = shown.pictures(x)
    path = draw.panels(
        {
            "image": [
                draw.Panel(f"“{shown.names[k]}”", picture)
                for k, picture in zip(classes, pictures, strict=True)
            ],
            "saliency": [draw.Panel(map=each) for each in gradient],
            "both": [
                draw.Panel(picture=picture, map=each)
                for picture, each in zip(pictures, gradient, strict=True)
            ],
        },
        out / "saliency.png",
        "Saliency |∂s/∂x|",
        size=1.1 if x.shape[1] == 1 else 1.6,
    )
    return Page(
        title="Saliency: where a pixel counts",
        text="""The gradient of the class's score with respect to each pixel, without its sign
        (Simonyan et al., 2013): how much the score would change if that pixel changed a little.

        Look for: sensitivity away from the object. The net watches places where a stroke would
        make a digit another one.

        How it misleads: it tells what a small change would do, not what the score is made of. A
        pixel that is all-important but saturated has no gradient, and next to each other pixels
        differ more in the map than they do in meaning.""",
        command=f"python -m demos.saliency {shown.flags}",
        pictures=[(path, "Images, their saliency maps, and one laid over the other.")],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.saliency", __doc__, nets=NETS)
    parser.add_argument("--image", type=Path, help="an image file; if not given, one of each class")
    parser.add_argument("--target", help="the class to explain; if not given, the net's verdict")

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        target = options.target
        if target is not None:
            target = class_index("--target", target, names)
        x = None if options.image is None else read_images(options, [options.image])
        if x is None and images(options).load is None:
            raise ValueError(f"--image: {options.net} needs one, it has no held-out images")
        shown = classifier(options)
        x = one_of_each(shown) if x is None else x
        for path, _ in page(shown, x, options.out, target=target).pictures:
            print(f"wrote {path}")

    run(parser, demo, argv)


def one_of_each(shown: Classifier) -> np.ndarray:
    """A held-out image of each class that the net classifies rightly."""
    return np.concatenate([shown.examples(k, 1) for k in range(len(shown.names))])


if __name__ == "__main__":
    main()
