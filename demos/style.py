"""`python -m demos.style`: a photograph in the style of a painting."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import StyleTrace, style_transfer

from . import draw
from .classifier import Classifier, classifier
from .images import read_images
from .options import Parser, run, whole
from .page import Page, write_page


@dataclass(frozen=True)
class Recipe:
    """Which layers and weights a style is transferred with, chosen by eye."""

    content_weight: float
    style_weights: tuple[float, ...]
    tv_weight: float
    content_layer: str = "features.3"
    layers: tuple[str, ...] = ("features.1", "features.4", "features.6", "features.7")
    lr: float = 3.0
    last_lr: float = 0.1
    bounds: tuple[float, float] = (-1.5, 1.5)


# For SqueezeNet 1.1, by the name of the painting's file; the first serves for others.
PAINTINGS = {
    "starry_night": Recipe(1.5e-2, (300000, 1000, 15, 3), 2e-2),
    "the_scream": Recipe(1.5e-2, (200000, 800, 12, 1), 2e-2),
    "composition_vii": Recipe(1.25e-2, (20000, 500, 12, 1), 5e-2),
}
SCENES = Recipe(
    content_weight=2e-3,
    style_weights=(1000, 100, 100, 100),
    tv_weight=1.0,
    content_layer="features.7",
    layers=("features.1", "features.4", "features.7", "features.10"),
    lr=0.05,
    last_lr=0.02,
    bounds=(-1.0, 1.0),
)
NETS = ("shape_net", "squeezenet1_1")  # Those that there are recipes for.


def recipe(shown: Classifier, style: str = "") -> Recipe:
    """The recipe for a net and the name of a style's file."""
    if shown.name == "shape_net":
        return SCENES
    return PAINTINGS.get(style, PAINTINGS["starry_night"])


def transfer(
    shown: Classifier, content: np.ndarray, style: np.ndarray, how: Recipe, **settings
) -> StyleTrace:
    """The content (1, C, H, W) in the style of another image, by a recipe."""
    return style_transfer(
        shown.net,
        to_device(content, shown.device),
        to_device(style, shown.device),
        content_layer=how.content_layer,
        style_layers=dict(zip(how.layers, how.style_weights, strict=True)),
        content_weight=how.content_weight,
        tv_weight=how.tv_weight,
        lr=how.lr,
        last_lr=how.last_lr,
        bounds=how.bounds,
        progress=True,
        **settings,
    )


def page(
    shown: Classifier,
    content: np.ndarray,
    styles: dict[str, np.ndarray],
    out: Path,
    *,
    steps: int = 200,
    seed: int = 0,
) -> Page:
    """Draw the content (1, C, H, W) in each of the styles, by name (1, C, H', W')."""
    traces = {
        name: transfer(
            shown, content, style, recipe(shown, name),
            steps=steps, rng=seed, frames=max(1, steps // 40),
        )
        for name, style in styles.items()
    }  # fmt: skip
    rows = [
        [
            draw.Panel("content", shown.pictures(content)[0]),
            draw.Panel(name, shown.pictures(styles[name])[0]),
            draw.Panel("one in the style of the other", shown.pictures(to_cpu(trace.x))[0]),
        ]
        for name, trace in traces.items()
    ]
    moments = [
        [
            draw.Panel(f"{name}, step {step}", shown.pictures(trace.frames[i])[0])
            for name, trace in traces.items()
        ]
        for i, step in enumerate(next(iter(traces.values())).frame_steps)
    ]
    stem = f"style_{shown.name}"
    return Page(
        title="In the style of",
        text="""The image that minimises three losses (Gatys et al., 2015, arXiv 1508.06576): the
        features of one layer are to be those of the content, the Gram matrices of several layers
        those of the style, and neighbouring pixels are to be alike.

        Look for: strokes and colours of the style that follow the outlines of the content. The
        Gram matrices say which features occur together, and nothing about where.

        How it misleads: the weights of the losses were chosen by eye for each painting, and a
        smaller loss is not a better picture.""",
        command=f"python -m demos.style --net {shown.name} --steps {steps}",
        pictures=[
            (
                draw.panels(rows, out / f"{stem}.png", "Content, style, and both", size=2.6),
                "Content, style, and the content in the style.",
            ),
            (
                draw.style_losses(
                    {name: trace.history[:, 0] for name, trace in traces.items()},
                    out / f"{stem}_losses.png",
                    "What is minimised, and the part of the sum that is left",
                ),
                "The three losses, and their sum, after every step.",
            ),
            (
                draw.film(moments, out / f"{stem}.gif", "On the way", size=2.6),
                "The same as a film.",
            ),
        ],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.style", __doc__, nets=NETS)
    parser.add_argument("--image", type=Path, help="the content; if not given, a held-out scene")
    parser.add_argument(
        "--style", type=Path, nargs="+", help="the styles; if not given, a held-out scene"
    )
    parser.add_argument("--steps", type=whole(1), default=200, help="steps of descent")
    parser.add_argument("--side", type=whole(32, 1024), default=256, help="pixels, of a photograph")

    def demo(options: argparse.Namespace) -> None:
        size = {"shorter_side": options.side, "crop": None} if options.net != "shape_net" else {}
        if options.net != "shape_net" and (options.image is None or options.style is None):
            raise ValueError(f"--image, --style: {options.net} needs both, it has no images here")
        content, styles = None, {}
        if options.image is not None:
            content = read_images(options, [options.image], **size)
        for path in options.style or []:
            if path.stem in styles:
                raise ValueError(f"--style: two files are named {path.stem}; rename one of them")
            styles[path.stem] = read_images(options, [path], "--style", **size)
        shown = classifier(options)
        if content is None:
            content = shown.x[:1]
        if not styles:
            styles = {"a scene": shown.x[1:2]}
        made = page(shown, content, styles, options.out, steps=options.steps, seed=options.seed)
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'style_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
