"""`python -m demos.features`: what channels want to see, and what excites them."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import (
    FeatureTrace,
    Objective,
    activation_maximization,
    fourier_image,
    jitter,
    layer_activation,
    objectives,
    pad,
    random_rotate,
    random_scale,
)
from techniques.transformations import Transformation

from . import draw
from .classifier import Classifier, classifier
from .dream import rounded
from .images import images, read_images
from .layers import check_channels, outputs, seen, window
from .options import Parser, run, whole
from .page import Page, write_page

EXAMPLES = 3  # images beside each channel's


@dataclass(frozen=True)
class Recipe:
    """What is drawn of a net, and how, chosen by eye."""

    layers: tuple[str, ...]
    kernels: str  # The first convolution.
    size: int  # Pixels, of what a channel wants, and of what a class wants.
    class_size: int
    decay: float  # Of `fourier_image`, for channels and for classes.
    class_decay: float
    classes: tuple[str, ...]
    diverse: str  # The layer in which the sides of a channel are to differ.
    says: str  # What the pictures show.
    transformations: tuple[Transformation, ...] | None = None  # None for the usual ones.
    sd: float = 0.01  # Of the noise to begin with.


RECIPES = {
    "kernel_fitter": Recipe(
        layers=("relu",),
        kernels="conv",
        size=28,
        class_size=28,
        decay=1.0,
        class_decay=1.5,
        classes=tuple("0123456789"),
        diverse="relu",
        says="""Its channels see windows of 3×3 pixels. Those with as much dark as light in their
        kernel want stripes of its direction, and the others mostly white.""",
        transformations=(jitter(2), random_rotate(5)),
    ),
    "shape_net": Recipe(
        layers=("features.1", "features.4", "features.7", "features.10"),
        kernels="features.0",
        size=64,
        class_size=64,
        decay=1.5,
        class_decay=1.5,
        classes=images(argparse.Namespace(net="shape_net", data=None)).names,
        diverse="features.4",
        says="""From layer to layer: dark, light, or a colour; then strokes of a direction; and then
        pieces of outlines, such as corners, bows and parallel edges, again and again. Only the
        examples say what they are pieces of. There is no whole star or house, not even in the
        images of the classes: this net takes the mean over all places, so that many pieces of a
        star are worth more than a star.""",
        # Those of Lucid are for larger images, and its grey frame is seen in small ones.
        transformations=(
            *(pad(4, "edge"), jitter(3)),
            *(random_scale(0.9, 1.1), random_rotate(10), jitter(2)),
        ),
        sd=0.1,  # In less, its last layers are off.
    ),
    "squeezenet1_1": Recipe(
        layers=(
            *("features.1", "features.3", "features.4"),
            *("features.7", "features.10", "features.12"),
        ),
        kernels="features.0",
        size=128,
        class_size=224,
        decay=1.0,
        class_decay=1.25,
        classes=(
            *("goldfish", "tarantula", "hourglass", "monarch", "volcano"),
            *("pineapple", "daisy", "flamingo", "zebra", "jack-o'-lantern"),
        ),
        diverse="features.7",
        says="""From layer to layer: edges and colours; then textures; then patterns such as eyes,
        feathers and scales; and at the end parts of things, such as snouts and legs.""",
    ),
}


@dataclass
class Wanted:
    """What maximises some channels of a layer, and the images that excite them most."""

    layer: str
    channels: list[int]
    total: int  # How many channels the layer has.
    trace: FeatureTrace  # Its objective is the mean over a channel's map.
    most: np.ndarray  # (C,) the largest entry of the map of each image of the trace.
    examples: list[list[tuple[int, float, np.ndarray]]]  # (index, largest entry, what is seen).


def maximised(
    shown: Classifier,
    recipe: Recipe,
    wanted: Objective,
    count: int,
    size: int,
    steps: int,
    seed: int,
    decay: float | None = None,
) -> FeatureTrace:
    """`count` images, of so many pixels square, of which each maximises the objective."""
    shape = (count, 1 if shown.name == "kernel_fitter" else 3, size, size)
    decay = recipe.decay if decay is None else decay
    image = fourier_image(shape, sd=recipe.sd, decay=decay, bounds=shown.bounds, rng=seed)
    return activation_maximization(
        shown.net,
        wanted,
        image.at(to_device(image.parameters, shown.device)),
        transformations=recipe.transformations,
        steps=steps,
        rng=seed,
        progress=True,
    )


def strongest(shown: Classifier, x: np.ndarray, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """For each image and channel the largest entry of the map, and its place: (N, C), (N, C, 2)."""
    a = to_cpu(layer_activation(shown.net, to_device(x, shown.device), layer=layer))
    a = a.reshape(*a.shape, *(1, 1)[: 4 - a.ndim])
    flat = a.reshape(*a.shape[:2], -1)
    places = np.unravel_index(flat.argmax(axis=2), a.shape[2:])
    return flat.max(axis=2), np.stack(places, axis=2)


def drawn_channels(
    count: int, asked: Sequence[int], most: np.ndarray | None, total: int, rng
) -> list[int]:
    """Those that are asked for, or else `count` by lot of those that are on for any image."""
    if asked:
        return list(asked)
    on = np.arange(total) if most is None else np.flatnonzero(most.max(axis=0) > 0)
    on = on if len(on) else np.arange(total)
    return np.sort(rng.choice(on, min(count, len(on)), replace=False)).tolist()


def wanted(
    shown: Classifier,
    recipe: Recipe,
    layer: str,
    asked: Sequence[int],
    x: np.ndarray | None,
    *,
    count: int,
    total: int,
    size: int,
    steps: int,
    seed: int,
) -> Wanted:
    """What some of the `total` channels of a layer want, and what excites them among images `x`."""
    most, places = (None, None) if x is None else strongest(shown, x, layer)
    channels = drawn_channels(count, asked, most, total, np.random.default_rng(seed))
    trace = maximised(
        shown, recipe, objectives.channel(layer, channels), len(channels), size, steps, seed
    )
    reached = strongest(shown, to_cpu(trace.x), layer)[0]
    examples = [[] for _ in channels]
    if x is not None:
        sight = window(shown.net, layer)
        for of_channel, channel in zip(examples, channels, strict=True):
            for i in (-most[:, channel]).argsort(kind="stable")[:EXAMPLES]:
                part = seen(shown.pictures(x[i : i + 1])[0], sight, *places[i, channel])
                of_channel.append((int(i), float(most[i, channel]), part))
    return Wanted(layer, channels, total, trace, reached[range(len(channels)), channels], examples)


def panels(shown: Classifier, found: Wanted) -> list[draw.Panel]:
    """The image of each channel, and after it those that excite it."""
    made = []
    for i, picture in enumerate(shown.pictures(to_cpu(found.trace.x))):
        note = f"mean {rounded(found.trace.history[-1, i])}, most {rounded(found.most[i])}"
        made.append(draw.Panel(f"channel {found.channels[i]}", picture, note=note))
        made += [
            draw.Panel("", part, note=f"most {rounded(m)}") for _, m, part in found.examples[i]
        ]
    return made


def kernels(shown: Classifier, layer: str, path: Path) -> Path:
    """Draw all kernels of the first convolution, middle grey for 0, in a scale for all."""
    weight = to_cpu(dict(shown.net.named_modules())[layer].weight.data)
    pictures = 0.5 + weight.transpose(0, 2, 3, 1) / (2 * np.abs(weight).max())
    made = [draw.Panel(str(i), picture) for i, picture in enumerate(pictures)]
    columns = min(16, len(made))
    rows = [made[i : i + columns] for i in range(0, len(made), columns)]
    return draw.panels(rows, path, f"The kernels of {layer}", size=8.8 / columns)


def sides(
    shown: Classifier, recipe: Recipe, found: Wanted, path: Path, size: int, steps: int, seed: int
) -> Path:
    """Draw four sides of one channel, and two channels with a mixture of them."""
    layer, means = found.layer, found.trace.history[-1]
    i, j = (-means).argsort(kind="stable")[:2]  # One may have stayed off.
    a, b = found.channels[i], found.channels[j]
    # The cosine counts for a third of what the channel reached alone, and both channels alike.
    share = 0.3 * float(means[i])
    diverse = objectives.channel(layer, a) + share * objectives.diversity(recipe.diverse)
    four = maximised(shown, recipe, diverse, 4, size, steps, seed)
    vector = np.zeros(found.total, np.float32)
    vector[[a, b]] = 1 / np.maximum(means[[i, j]], 1e-6)
    both = maximised(shown, recipe, objectives.direction(layer, vector), 1, size, steps, seed)
    alone, mixed = (shown.pictures(to_cpu(trace.x)) for trace in (found.trace, both))
    rows = {
        f"channel {a},\nfour times": [
            draw.Panel("", each) for each in shown.pictures(to_cpu(four.x))
        ],
        "a mixture": [
            draw.Panel(f"{a}", alone[i]),
            draw.Panel(f"{a} + {b}", mixed[0]),
            draw.Panel(f"{b}", alone[j]),
        ],
    }
    return draw.panels(rows, path, f"Two channels of {layer}", size=1.7)


def class_images(shown: Classifier, recipe: Recipe, path: Path, steps: int, seed: int) -> Path:
    """Draw what maximises the score of each of the recipe's classes."""
    classes = [shown.names.index(name) for name in recipe.classes]
    trace = maximised(
        *(shown, recipe, objectives.class_score(classes), len(classes)),
        *(recipe.class_size, steps, seed, recipe.class_decay),
    )
    made = [
        draw.Panel(shown.names[k], picture, note=f"score {rounded(score)}")
        for k, picture, score in zip(
            classes, shown.pictures(to_cpu(trace.x)), trace.history[-1], strict=True
        )
    ]
    return draw.sheet(
        {shown.name: made}, path, "What maximises a class's score", columns=5, size=2.0
    )


def page(
    shown: Classifier,
    out: Path,
    *,
    x: np.ndarray | None = None,
    layers: Sequence[str] | None = None,
    channels: Sequence[int] = (),
    size: int | None = None,
    steps: int = 128,
    seed: int = 0,
    quick: bool = False,
) -> Page:
    """Draw the features of some layers.

    Args:
        x: images (N, C, H, W) among which to look for those that excite a channel most; None for
            those that were held out, if there are any.
        layers, size: those of the net's recipe, if not given.
        channels: the channels of each layer; if there are none, four are drawn by lot.
    """
    recipe = RECIPES[shown.name]
    layers, size = layers or recipe.layers, size or recipe.size
    steps = max(1, steps // 4) if quick else steps
    x = shown.x if x is None else x
    given = outputs(shown.name, layers, (size, size), "--size")
    check_channels("--channels", channels, given)
    found = [
        wanted(
            *(shown, recipe, layer, channels, x),
            count=2 if quick else 4,
            total=given[layer][0],
            size=size,
            steps=steps,
            seed=seed,
        )
        for layer in layers
    ]
    stem = f"features_{shown.name}"
    pictures = [
        (
            draw.sheet(
                {each.layer: panels(shown, each) for each in found},
                out / f"{stem}.png",
                f"What the channels of {shown.name} want to see",
            ),
            """For each channel, first the image that maximises it, with the mean of the channel's
            map over it and the largest entry of that map. Where the mean is 0, the channel was off
            from the beginning, and no gradient said where to go."""
            + (
                ""
                if x is None
                else f""" Beside it, what the channel's most excited unit sees in the images that
                excite it most, out of {len(x)}, with what the unit gives. Beyond the edge of an
                image it is grey."""
            ),
        ),
        (
            kernels(shown, recipe.kernels, out / f"{stem}_kernels.png"),
            "The kernels of the first convolution, in which middle grey is 0.",
        ),
    ]
    if len(found[-1].channels) > 1:
        pictures.append(
            (
                sides(shown, recipe, found[-1], out / f"{stem}_sides.png", size, steps, seed),
                """Above: four images of one channel that were to differ from each other
                (diversity), for which one may give the channel up. Below: a direction between two
                channels, where the mean of both is to be large.""",
            )
        )
    pictures.append(
        (
            class_images(shown, recipe, out / f"{stem}_classes.png", steps, seed),
            "The same for the scores of classes, with the score of each image. None was left out.",
        )
    )
    return Page(
        title=f"What the channels want to see: {shown.name}",
        text=f"""Feature visualisation (Olah et al., 2017): the image for which the mean of a
        channel's map is as large as can be. What moves are the image's spectrum and uncorrelated
        colours, not its pixels, and in each step the image is shifted, scaled and turned a little.
        {"The channels were drawn by lot." if not channels else ""}

        Look for: what grows from layer to layer. {recipe.says}

        How it misleads: the image is an extreme, in which a channel is active nearly everywhere at
        once, as in no real image, and what people see in it is their own reading. A channel may
        answer to several unlike things, of which one image shows one. And the larger forms and
        smooth colours come of the parameterisation and the transformations: without them the
        numbers are as large, and the pictures noise.""",
        command=f"python -m demos.features --net {shown.name}",
        pictures=pictures,
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.features", __doc__, nets=("shape_net", "kernel_fitter", "squeezenet1_1"))
    parser.add_argument(
        "--image",
        type=Path,
        nargs="+",
        help="files to look for what excites a channel in; if not given, the held-out images",
    )
    parser.add_argument(
        "--layer", action="append", help="a layer, such as features.7; may be given several times"
    )
    parser.add_argument(
        "--channels", type=whole(0), nargs="+", default=[], help="if not given, four by lot"
    )
    parser.add_argument(
        "--size", type=whole(8, 512), help="pixels of an image; 64, for squeezenet1_1 128"
    )
    parser.add_argument("--steps", type=whole(1), default=128, help="steps of ascent")

    def demo(options: argparse.Namespace) -> None:
        recipe = RECIPES[options.net]
        size = options.size or recipe.size
        given = outputs(options.net, options.layer or recipe.layers, (size, size), "--size")
        check_channels("--channels", options.channels, given)
        x = None if options.image is None else read_images(options, options.image)
        shown = classifier(options)
        made = page(
            *(shown, options.out),
            x=x,
            layers=options.layer,
            channels=options.channels,
            size=options.size,
            steps=options.steps,
            seed=options.seed,
            quick=options.quick,
        )
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'features_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
