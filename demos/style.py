"""`python -m demos.style`: a photograph in the style of a painting."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from autograd import to_cpu, to_device
from nets import load_image
from techniques import StyleTrace, style_transfer

from . import draw
from .classifier import Classifier, classifier
from .images import read_images
from .options import Parser, named, number_in, run, whole
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
    content_weight=0.1,
    style_weights=(300, 30, 30, 30),
    tv_weight=0.1,
    content_layer="features.7",
    layers=("features.1", "features.4", "features.7", "features.10"),
    lr=0.05,
    last_lr=0.02,
    bounds=(-1.0, 1.0),
)
NETS = ("shape_net", "squeezenet1_1")  # Those that there are recipes for.
FILM = 40  # frames
SCENE = (64, 64)  # pixels
LONGEST = 4  # times the shorter side, of a photograph: memory goes with the longer one.


def recipe(shown: Classifier, style: str = "") -> Recipe:
    """The recipe for a net and the name of a style's file."""
    if shown.name == "shape_net":
        return SCENES
    return PAINTINGS.get(style, PAINTINGS["starry_night"])


def transfer(
    shown: Classifier,
    content: np.ndarray,
    style: np.ndarray | Sequence[np.ndarray],
    how: Recipe,
    **settings,
) -> StyleTrace:
    """The content (1, C, H, W) in the style of another image, or of several, by a recipe."""
    styles = [style] if isinstance(style, np.ndarray) else style
    return style_transfer(
        shown.net,
        to_device(content, shown.device),
        [to_device(each, shown.device) for each in styles],
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
    blend: Sequence[float] | None = None,
    compare: np.ndarray | None = None,
    steps: int = 200,
    seed: int = 0,
    **options,
) -> Page:
    """Draw the content (1, C, H, W) in each of the styles, by name (1, C, H', W').

    With a `blend`, it is drawn in all of them at once, with these weights. With `compare`, a mask
    (1, 1, H, W), there is a picture of what else the first style may be told. The `options` are
    settings of `style_transfer`.
    """
    settings = {"steps": steps, "rng": seed, **options}
    wanted = {name: [name] for name in styles}
    if blend is not None:
        wanted = {" and ".join(styles): list(styles)}
        settings["style_weights"] = blend
    frames = max(1, steps * options.get("scales", 1) // FILM)
    traces = {
        title: transfer(
            shown, content, [styles[name] for name in names], recipe(shown, names[0]),
            frames=frames, **settings,
        )
        for title, names in wanted.items()
    }  # fmt: skip
    rows = [
        [
            draw.Panel("content", shown.pictures(content)[0]),
            *(draw.Panel(name, shown.pictures(styles[name])[0]) for name in names),
            draw.Panel(
                f"the content in {'this style' if len(names) == 1 else 'these styles'}",
                result(shown, traces[title]),
            ),
        ]
        for title, names in wanted.items()
    ]
    moments = [
        [
            draw.Panel(f"{title}, step {step}", shown.pictures(trace.frames[i])[0])
            for title, trace in traces.items()
        ]
        for i, step in enumerate(next(iter(traces.values())).frame_steps)
    ]
    stem = f"style_{shown.name}"
    pictures = [
        (
            draw.panels(rows, out / f"{stem}.png", "Content, style, and both", size=2.6),
            "Content, style, and the content in the style.",
        ),
        (
            draw.style_losses(
                {title: trace.history[:, 0] for title, trace in traces.items()},
                out / f"{stem}_losses.png",
                "What is minimised, and the part of the sum that is left",
            ),
            "The three losses, and their sum, after every step.",
        ),
        (
            draw.film(moments, out / f"{stem}.gif", "On the way", size=2.6),
            "The same as a film.",
        ),
    ]
    if compare is not None:
        path = out / f"{stem}_options.png"
        caption = """The same content and the same style, told otherwise. L-BFGS reaches a smaller
        loss, and keeps more of the content, from which it started. With the content's colours,
        either only the brightness is moved, or the style is given the content's colours before it
        begins (Gatys et al., 2016). Where the mask is black there is no style, but what units of
        the net see across its edge (Gatys et al., 2017). With two sizes the strokes of the smaller
        one are twice as large."""
        pictures.insert(
            1, (comparison(shown, content, styles, compare, path, steps=steps, rng=seed), caption)
        )
    return Page(
        title="In the style of",
        text="""The image that minimises three losses (Gatys et al., 2015, arXiv 1508.06576): the
        features of one layer are to be those of the content, the Gram matrices of several layers
        those of the style, and neighbouring pixels are to be alike.

        Look for: strokes and colours of the style that follow the outlines of the content. The
        Gram matrices say which features occur together, and nothing about where.

        How it misleads: the weights of the losses were chosen by eye for each painting, and a
        smaller loss is not a better picture. A small net, which learned from scenes of shapes,
        knows few strokes.""",
        command=f"python -m demos.style --net {shown.name}" + " --compare" * (compare is not None),
        pictures=pictures,
    )


def result(shown: Classifier, trace: StyleTrace) -> np.ndarray:
    return shown.pictures(to_cpu(trace.x))[0]


def comparison(
    shown: Classifier,
    content: np.ndarray,
    styles: dict[str, np.ndarray],
    mask: np.ndarray,
    path: Path,
    **settings,
) -> Path:
    """Draw what `style_transfer` makes of the content and the first style when told otherwise."""
    first, *others = styles.items()
    options = {
        "Adam": {},
        "L-BFGS": {"optimizer": "lbfgs"},
        "L-BFGS, from noise": {"optimizer": "lbfgs", "start": "noise"},
        "at half the size, then all": {"scales": 2},
        "only the brightness": {"preserve_color": "luminance"},
        "the content's palette": {"preserve_color": "histogram"},
        "where the mask is white": {"style_mask": mask},
    }
    how = recipe(shown, first[0])
    made = [
        draw.Panel(
            title, result(shown, transfer(shown, content, first[1], how, **settings, **option))
        )
        for title, option in options.items()
    ]
    given = [
        draw.Panel("content", shown.pictures(content)[0]),
        *(draw.Panel(name, shown.pictures(each)[0]) for name, each in (first, *others[:1])),
        draw.Panel("mask", mask[0, 0, :, :, None]),
    ]
    if others:
        both = [first[1], others[0][1]]
        trace = transfer(shown, content, both, how, **settings)
        made.append(draw.Panel("both styles, half each", result(shown, trace)))
    rows = [given, made[:4], made[4:]]
    return draw.panels(rows, path, "One content, one style, and what else may be asked", size=2.2)


def scenes_page(shown: Classifier, out: Path, *, seed: int = 0, quick: bool = False) -> Page:
    """The page on a net that was trained here: a scene in the style of two others."""
    return page(
        shown,
        *scenes(shown),
        out,
        compare=suggested_mask(shown, shown.x[:1]),
        steps=50 if quick else 200,
        seed=seed,
    )


def scenes(shown: Classifier) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Held-out scenes: one for the content, and two for the style."""
    return shown.x[:1], {"a scene": shown.x[1:2], "another": shown.x[2:3]}


def suggested_mask(shown: Classifier, content: np.ndarray) -> np.ndarray:
    """Where a style applies in the comparison: around the object of a held-out scene, else left."""
    if shown.masks is not None and np.array_equal(content, shown.x[:1]):
        return ~shown.masks[:1, None].astype(bool)
    mask = np.zeros((1, 1, *content.shape[2:]), bool)
    mask[..., : content.shape[3] // 2] = True
    return mask


def read_mask(path: Path, size: tuple[int, int]) -> np.ndarray:
    """An image file as a mask (1, 1, H, W) in [0, 1], white for 1, brought to the size (H, W).

    Raises:
        ValueError: it cannot be read, or is black everywhere.
    """
    with named("--mask"):
        grey = Image.fromarray(load_image(path)).convert("L").resize(size[::-1])
    mask = np.asarray(grey, np.float32)[None, None] / 255
    if not mask.any():
        raise ValueError(f"--mask: {path} is black everywhere; the style applies where it is white")
    return mask


def check_sides(path: Path, flag: str) -> None:
    """The file must be an image whose longer side is not many times the shorter one.

    Raises:
        ValueError: otherwise.
    """
    with named(flag):
        height, width = load_image(path).shape[:2]
    if max(height, width) > LONGEST * min(height, width):
        raise ValueError(
            f"{flag}: {path} has {width}×{height} pixels; expected a longer side of at most "
            f"{LONGEST} times the shorter one"
        )


def weight(text: str) -> float:
    """The type of a flag that takes a number >= 0."""
    return number_in(text, 0, sys.float_info.max, "a number >= 0")


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.style", __doc__, nets=NETS)
    parser.add_argument("--image", type=Path, help="the content; if not given, a held-out scene")
    parser.add_argument(
        "--style", type=Path, nargs="+", help="the styles; if not given, two held-out scenes"
    )
    parser.add_argument(
        "--style-weights", type=weight, nargs="+", metavar="WEIGHT",
        help="one for each style, to blend them; if not given, there is a picture of each",
    )  # fmt: skip
    parser.add_argument("--optimizer", choices=["adam", "lbfgs"], default="adam")
    parser.add_argument(
        "--start", choices=["content", "style", "noise"], default="content",
        help="where to begin; a style must have the size of the content for it",
    )  # fmt: skip
    parser.add_argument(
        "--preserve-color", choices=["luminance", "histogram"],
        help="keep the content's colours: move its brightness only, or match the style's to them",
    )  # fmt: skip
    parser.add_argument("--mask", type=Path, help="an image that is white where the style applies")
    parser.add_argument(
        "--scales", type=whole(1, 4), default=1, help="sizes, each twice the one before"
    )
    parser.add_argument(
        "--compare", action="store_true", help="draw what else the first style may be told, too"
    )
    parser.add_argument("--steps", type=whole(1), default=200, help="steps of descent, per size")
    parser.add_argument("--side", type=whole(32, 1024), default=256, help="pixels, of a photograph")

    def demo(options: argparse.Namespace) -> None:
        size = {"shorter_side": options.side, "crop": None} if options.net != "shape_net" else {}
        if options.net != "shape_net" and (options.image is None or options.style is None):
            raise ValueError(f"--image, --style: {options.net} needs both, it has no images here")
        photos = [(path, "--style") for path in options.style or []]
        photos += [(options.image, "--image")] if options.image else []
        for path, flag in photos:
            check_sides(path, flag)
        content, styles = None, {}
        if options.image is not None:
            content = read_images(options, [options.image], **size)
        for path in options.style or []:
            if path.stem in styles:
                raise ValueError(f"--style: two files are named {path.stem}; rename one of them")
            styles[path.stem] = read_images(options, [path], "--style", **size)
        blend, count = options.style_weights, len(styles) or 2
        if blend is not None and len(blend) != count:
            raise ValueError(f"--style-weights: expected {count}, for each style, got {len(blend)}")
        mask = None
        if options.mask is not None:
            mask = read_mask(options.mask, SCENE if content is None else content.shape[2:])
        shown = classifier(options)
        if content is None:
            content = scenes(shown)[0]
        if not styles:
            styles = scenes(shown)[1]
        made = page(
            shown,
            content,
            styles,
            options.out,
            blend=blend,
            compare=suggested_mask(shown, content) if options.compare else None,
            steps=max(1, options.steps // 4) if options.quick else options.steps,
            seed=options.seed,
            optimizer=options.optimizer,
            start=options.start,
            preserve_color=options.preserve_color or False,
            style_mask=mask,
            scales=options.scales,
        )
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'style_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
