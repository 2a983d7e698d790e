"""`python -m demos.inversion`: what each layer still knows of an image."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import FeatureTrace, feature_inversion, fourier_image, layer_activation

from . import draw
from .classifier import Classifier, classifier
from .images import images, read_images
from .layers import outputs
from .options import Parser, run, whole
from .page import Page, write_page

COUNT = 4  # images, if none is given


@dataclass(frozen=True)
class Recipe:
    """The stages of a net, and how they are inverted, chosen by eye."""

    layers: tuple[str, ...]
    tv_weight: float
    says: str  # What is lost where.


RECIPES = {
    "shape_net": Recipe(
        layers=(
            *("features.1", "features.4", "features.7", "features.10"),
            *("pool", "classifier"),
        ),
        tv_weight=1.0,
        says="""The first layer has all forms, and some of the colours. Two layers on, the clouds,
        strips and threads are gone, and the object stands there alone, in colours that were made
        up: this net has learned to look at outlines. After the pooling the place is gone, too.""",
    ),
    "kernel_fitter": Recipe(
        layers=("relu", "pool", "linear"),
        tv_weight=1e-2,
        says="""The edges that the kernels found are enough for all of the digit, though not for how
        dark it is around it. Max-pooling loses which of four pixels it was. Of ten scores, little
        can be restored.""",
    ),
    "squeezenet1_1": Recipe(
        layers=(
            *("features.1", "features.4", "features.7", "features.10", "features.12"),
            "classifier",
        ),
        tv_weight=1e-2,
        says="""For half of the way little is lost but fine texture. Then things stay where they
        were, in their colours, while lines melt; the last layer with maps knows about where the
        main things are, and the thousand scores know no place.""",
    ),
}


def inverted(
    shown: Classifier, x: np.ndarray, layer: str, steps: int, seed: int
) -> tuple[FeatureTrace, np.ndarray]:
    """Images that the layer cannot tell from `x` (N, C, H, W), and how far off it finds them (N,).

    That is ‖Φ(z) − Φ(x)‖² / ‖Φ(x)‖², what is minimised but for the penalties.
    """
    there = to_device(x, shown.device)
    image = fourier_image(x.shape, bounds=shown.bounds, rng=seed)
    trace = feature_inversion(
        shown.net,
        there,
        layer=layer,
        image=image.at(to_device(image.parameters, shown.device)),
        tv_weight=RECIPES[shown.name].tv_weight,
        steps=steps,
        rng=seed,
        progress=True,
    )
    wanted, got = (
        to_cpu(layer_activation(shown.net, each, layer=layer)).reshape(len(x), -1)
        for each in (there, trace.x)
    )
    return trace, ((got - wanted) ** 2).sum(axis=1) / (wanted**2).sum(axis=1)


def page(
    shown: Classifier,
    x: np.ndarray,
    out: Path,
    *,
    layers: Sequence[str] | None = None,
    steps: int = 200,
    seed: int = 0,
    quick: bool = False,
) -> Page:
    """Draw each image of `x` (N, C, H, W), and what each layer knows of it."""
    recipe = RECIPES[shown.name]
    layers = layers or recipe.layers
    steps = max(1, steps // 4) if quick else steps
    columns = [
        [
            draw.Panel("the image", picture, note=verdict)
            for picture, verdict in zip(shown.pictures(x), shown.verdicts(x), strict=True)
        ]
    ]
    for layer in layers:
        trace, off = inverted(shown, x, layer, steps, seed)
        z = to_cpu(trace.x)
        columns.append(
            [
                draw.Panel(layer, picture, note=f"{verdict}\n{100 * far:.2g} % off")
                for picture, verdict, far in zip(
                    shown.pictures(z), shown.verdicts(z), off, strict=True
                )
            ]
        )
    photo = len(x) == 1  # It is shown larger.
    path = draw.sheet(
        {f"image {i}": row for i, row in enumerate(zip(*columns, strict=True), start=1)},
        out / f"inversion_{shown.name}.png",
        "What each layer still knows of an image",
        columns=4 if photo else 8,
        size=2.4 if photo else 1.6,
    )
    return Page(
        title=f"Inverted: {shown.name}",
        text=f"""argmin ‖Φ(z) − Φ(x)‖² / ‖Φ(x)‖², plus penalties on extreme and rough images
        (Mahendran & Vedaldi, 2015): another image z, of which a layer Φ gives what it gives of x.
        What of x is seen in z, the layer has kept. Each z began as grey, with a little noise.

        Look for: what is lost where. {recipe.says} And the verdicts: to the net, an image in
        which people see nothing is the same as x.

        How it misleads: where a layer says nothing, something else fills the place: what is left of
        the noise, smoothed by the penalty, in the clouds that come of steps on the image's
        spectrum. That is a prior, and no knowledge of the layer's. And what is missing may be
        there, only too hard to get at in {steps} steps: the numbers say how far off the layer's
        values are at the end.""",
        command=f"python -m demos.inversion --net {shown.name}",
        pictures=[
            (
                path,
                """Each image, and what each layer knows of it, from the first to the last. Under
                them are the net's verdicts, and ‖Φ(z) − Φ(x)‖² / ‖Φ(x)‖², in percent.""",
            )
        ],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.inversion", __doc__, nets=tuple(RECIPES))
    parser.add_argument("--image", type=Path, help="an image file; if not given, held-out images")
    parser.add_argument(
        "--layer", action="append", help="a layer, such as features.7; may be given several times"
    )
    parser.add_argument("--steps", type=whole(1), default=200, help="steps of descent")
    parser.add_argument(
        "--count", type=whole(1, 10), default=COUNT, help="how many held-out images"
    )

    def demo(options: argparse.Namespace) -> None:
        x = None if options.image is None else read_images(options, [options.image])
        if x is None and images(options).load is None:
            raise ValueError(f"--image: {options.net} needs one, it has no held-out images")
        size = (28, 28) if options.net == "kernel_fitter" else (64, 64)
        outputs(options.net, options.layer or (), size, "--net")
        shown = classifier(options)
        made = page(
            *(shown, shown.x[: options.count] if x is None else x, options.out),
            layers=options.layer,
            steps=options.steps,
            seed=options.seed,
            quick=options.quick,
        )
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'inversion_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
