"""`python -m demos.dream`: a photograph with more of whatever a layer sees in it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import FeatureTrace, deep_dream, layer_activation

from . import draw
from .classifier import Classifier, classifier
from .images import images, read_images
from .layers import check_channels, outputs
from .options import Parser, positive, run, whole
from .page import Page, write_page

SCENES = 2  # to dream of, if there is no image
SIDE = 320  # pixels, of a photograph
FRAMES = 40  # of the film
OCTAVE_SCALE = 1.4


@dataclass(frozen=True)
class Recipe:
    """How a net dreams, chosen by eye."""

    layers: tuple[str, ...]
    octaves: int
    steps: int
    lr: float
    jitter: int
    says: str  # What it dreams of.


RECIPES = {
    "shape_net": Recipe(
        layers=("features.1", "features.4", "features.7", "features.10"),
        octaves=2,
        steps=20,
        lr=0.03,
        jitter=4,
        says="""This net knows strokes, bands and pieces of outlines, and nothing else, so they grow
        out of every edge.""",
    ),
    "squeezenet1_1": Recipe(
        layers=("features.4", "features.7", "features.10", "features.11", "features.12"),
        octaves=4,
        steps=20,
        lr=0.03,
        jitter=32,
        says="""Whirls and strokes early on; later eyes, of which a net that was trained on a
        thousand classes, many of them animals, has seen many.""",
    ),
}


def dreams(
    shown: Classifier,
    x: np.ndarray,
    layers: Sequence[str],
    channel: int | None,
    *,
    octaves: int,
    steps: int,
    lr: float,
    seed: int,
) -> dict[str, FeatureTrace]:
    """The dream of each layer."""
    return {
        layer: deep_dream(
            shown.net,
            to_device(x, shown.device),
            layer=layer,
            channel=channel,
            octaves=octaves,
            octave_scale=OCTAVE_SCALE,
            steps=steps,
            lr=lr,
            jitter=RECIPES[shown.name].jitter,
            bounds=tuple(to_device(bound, shown.device) for bound in shown.bounds),
            rng=seed,
            frames=max(1, octaves * steps // FRAMES),
            progress=True,
        )
        for layer in layers
    }


def read(options: argparse.Namespace, side: int = SIDE) -> np.ndarray:
    """The image that the options name, a photograph not cut: (1, 3, H, W)."""
    size = {} if options.net == "shape_net" else {"shorter_side": side, "crop": None}
    return read_images(options, [options.image], **size)


def wanted(shown: Classifier, x: np.ndarray, layer: str, channel: int | None) -> np.ndarray:
    """What the dream makes larger, for images (N, C, H, W) as they are: (N,)."""
    a = to_cpu(layer_activation(shown.net, to_device(x, shown.device), layer=layer))
    a = a**2 if channel is None else a[:, channel]
    return a.reshape(len(a), -1).mean(axis=1)


def rounded(value: float) -> str:
    """Three digits that count, without an exponent."""
    return np.format_float_positional(value, precision=3, fractional=False, trim="-")


def smallest(x: np.ndarray, octaves: int) -> tuple[int, int]:
    """The size of the first octave."""
    return tuple(max(1, round(n / OCTAVE_SCALE ** (octaves - 1))) for n in x.shape[2:])


def page(
    shown: Classifier,
    x: np.ndarray,
    out: Path,
    *,
    layers: Sequence[str] | None = None,
    channel: int | None = None,
    octaves: int | None = None,
    steps: int | None = None,
    lr: float | None = None,
    seed: int = 0,
    quick: bool = False,
) -> Page:
    """Draw the dreams of some layers on the images `x` (N, C, H, W), as a sheet and as a film.

    What is not given is the net's recipe's.
    """
    recipe = RECIPES[shown.name]
    layers = layers or recipe.layers
    octaves, lr = octaves or recipe.octaves, lr or recipe.lr
    steps = steps or recipe.steps
    steps = max(1, steps // 4) if quick else steps
    given = outputs(shown.name, layers, smallest(x, octaves), "--octaves")
    check_channels("--channel", [] if channel is None else [channel], given)
    found = dreams(
        shown, x, layers, channel, octaves=octaves, steps=steps, lr=lr, seed=seed
    )  # fmt: skip
    mean = "mean square" if channel is None else "mean"
    columns = [[draw.Panel("the image", picture) for picture in shown.pictures(x)]]
    for layer, trace in found.items():
        before = wanted(shown, x, layer, channel)
        columns.append(
            [
                draw.Panel(layer, picture, note=f"{mean} {rounded(a)} → {rounded(b)}")
                for picture, a, b in zip(
                    shown.pictures(to_cpu(trace.x)), before, trace.history[-1], strict=True
                )
            ]
        )
    rows = {f"scene {i}": row for i, row in enumerate(zip(*columns, strict=True), start=1)}
    moments = [
        [
            draw.Panel(layer, shown.pictures(trace.frames[i, :1])[0])
            for layer, trace in found.items()
        ]
        for i in range(len(next(iter(found.values())).frames))
    ]
    stem = f"dream_{shown.name}"
    photo = len(x) == 1  # It is shown larger.
    objective = "the mean of the layer's squares"
    if channel is not None:
        objective = f"the mean of channel {channel}"
    return Page(
        title=f"Dreams: {shown.name}",
        text=f"""x ← x + lr · g / mean|g|, with g the gradient of {objective} (Mordvintsev et al.,
        2015, DeepDream). Whatever the layer sees in the image, it is to see more of. It begins on
        a small copy of the image, where what a unit sees is large, and goes on with what was dreamt
        on larger ones: {octaves} octaves of {steps} steps.

        Look for: what a layer makes of a place hangs on what is there already. {recipe.says}

        How it misleads: what it dreams of need not be what it goes by when it classifies. lr and
        the number of steps decide how far it goes, and they were chosen by eye.""",
        command=f"python -m demos.dream --net {shown.name}",
        pictures=[
            (
                draw.sheet(
                    {shown.name: rows["scene 1"]} if photo else rows,
                    out / f"{stem}.png",
                    "More of what a layer sees",
                    columns=3 if photo else 8,
                    size=3.2 if photo else 1.8,
                ),
                f"""The image, and what each layer has made of it. Under it is {objective}, before
                and after.""",
            ),
            (
                draw.film(moments, out / f"{stem}.gif", "The dream comes about", size=2.4),
                "The same as a film. Each octave begins with a sharper image.",
            ),
        ],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.dream", __doc__, nets=tuple(RECIPES))
    parser.add_argument("--image", type=Path, help="an image file; if not given, held-out scenes")
    parser.add_argument(
        "--layer", action="append", help="a layer, such as features.7; may be given several times"
    )
    parser.add_argument("--channel", type=whole(0), help="one channel, in place of all squares")
    parser.add_argument("--octaves", type=whole(1, 20), help="how many sizes; 2, of photographs 4")
    parser.add_argument("--steps", type=whole(1), help="steps in each octave; 20")
    parser.add_argument("--lr", type=positive, help="the mean change of an entry in a step; 0.03")
    parser.add_argument(
        "--side", type=whole(32, 1024), default=SIDE, help="pixels, of a photograph's shorter side"
    )

    def demo(options: argparse.Namespace) -> None:
        if options.image is None and images(options).load is None:
            raise ValueError(f"--image: {options.net} needs one, it has no held-out images")
        recipe = RECIPES[options.net]
        x = None if options.image is None else read(options, options.side)
        like = np.zeros((1, 3, 64, 64)) if x is None else x
        first = smallest(like, options.octaves or recipe.octaves)
        given = outputs(options.net, options.layer or recipe.layers, first, "--octaves")
        channels = [] if options.channel is None else [options.channel]
        check_channels("--channel", channels, given)
        shown = classifier(options)
        made = page(
            *(shown, shown.x[:SCENES] if x is None else x, options.out),
            layers=options.layer,
            channel=options.channel,
            octaves=options.octaves,
            steps=options.steps,
            lr=options.lr,
            seed=options.seed,
            quick=options.quick,
        )
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'dream_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
