"""`python -m demos.attribution`: every way to ask a net why, on one image, side by side."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

from autograd import to_cpu, to_device
from nets import MaxPool2d, Module
from techniques import layer_activation, layer_conductance, saliency, superpixels

from . import draw
from .classic import drawn_classes, scenes
from .classifier import Classifier, classifier
from .families import FAMILIES, FINE, UNSIGNED, Question
from .images import images, read_images
from .inside import inside
from .options import SCENES_AND_PHOTOS, Parser, class_index, run
from .page import Page, write_pages
from .passes import passes

REGIONS = 40  # superpixels
FLATTENED = ("alexnet", "vgg")  # These nets do not end as `cam` needs it.


@dataclass
class Answer:
    """A map, and what it cost."""

    map: np.ndarray  # (C, H, W) or (h, w)
    seconds: float
    forward: int  # How many inputs went through the net,
    backward: int  # and how many gradients came back.
    inside: float | None  # The share of its positive relevance on the object, if that is known.

    @property
    def cost(self) -> str:
        s = self.seconds
        time = f"{1000 * s:.0f} ms" if s < 1 else f"{s:.1f} s"
        return f"{time}, {self.forward} forward, {self.backward} back"

    @property
    def share(self) -> str:
        return "" if self.inside is None else f"{100 * self.inside:.0f} % on the object"


@dataclass
class Explained:
    """An image, the class that is explained, and all the answers."""

    title: str  # The class and its probability.
    picture: np.ndarray  # (H, W, C)
    mask: np.ndarray | None  # Where the object is (H, W), if that is known.
    answers: dict[str, dict[str, Answer]]  # By family, and method.
    inner: str  # The layer before the last pooling,
    activation: np.ndarray  # and what it gives (C, h, w).

    def question(self) -> list[draw.Panel]:
        """The image, and where its object is."""
        image = draw.Panel(self.title, self.picture)
        if self.mask is None:
            return [image]
        note = f"{100 * self.mask.mean():.0f} % of the image"
        return [image, draw.Panel("the object", self.mask[:, :, None] * 1.0, note=note)]

    def maps(self, family: str, cost: bool = False) -> list[draw.Panel]:
        """The maps of a family. Over a photograph lie those that are not as fine as its pixels."""
        return [
            draw.Panel(
                title=label,
                picture=None if self.mask is not None or label in FINE else self.picture,
                map=answer.map,
                signed=label not in UNSIGNED,
                note="\n".join(filter(None, [answer.cost if cost else "", answer.share])),
                around=self.mask,
            )
            for label, answer in self.answers[family].items()
        ]


def explain(
    shown: Classifier,
    x: np.ndarray,
    targets: Sequence[int],
    masks: np.ndarray | None = None,
    quick: bool = False,
) -> list[Explained]:
    """What all methods say of each of the images `x` (N, C, H, W) and classes `targets` (N)."""
    return [
        explain_one(shown, x[i : i + 1], target, None if masks is None else masks[i], quick)
        for i, target in enumerate(targets)
    ]


def explain_one(
    shown: Classifier, x: np.ndarray, target: int, mask: np.ndarray | None, quick: bool
) -> Explained:
    """What all methods say of one image (1, C, H, W)."""
    q = question(shown, x, target, quick)
    saliency(*q.asked)  # What a first pass has to set up is no method's cost.
    asks = [(name, *ask) for name, family in FAMILIES.items() for ask in family.asks.items()]
    if shown.name.startswith(FLATTENED):
        asks = [each for each in asks if each[1] != "cam"]
    answers = {name: {} for name in FAMILIES}
    with tqdm(asks, desc=f"why “{shown.names[target]}”") as bar:
        for family, label, ask in bar:
            bar.set_postfix_str(label)
            start = perf_counter()
            with passes(shown.net) as made:
                values = to_cpu(ask(q))
            answers[family][label] = Answer(
                map=values[0],
                seconds=perf_counter() - start,
                forward=made.forward_passes,
                backward=made.backward_passes,
                inside=None if mask is None else float(inside(values, mask[None])[0]),
            )
    return Explained(
        title=shown.quote(target, shown.probabilities(x)[0, target]),
        picture=shown.pictures(x)[0],
        mask=mask,
        answers=answers,
        inner=q.inner,
        activation=to_cpu(layer_activation(shown.net, q.x, layer=q.inner))[0],
    )


def question(shown: Classifier, x: np.ndarray, target: int, quick: bool) -> Question:
    """What the methods are asked about an image (1, C, H, W)."""
    there = to_device(x, shown.device)
    stages = last_of_each_size(shown.net)[-3:]
    inner = stages[-2]
    conductance = to_cpu(layer_conductance(shown.net, there, target, layer=inner, steps=8))[0]
    return Question(
        net=shown.net,
        x=there,
        target=target,
        stages=stages,
        unit=tuple(int(i) for i in np.unravel_index(conductance.argmax(), conductance.shape)),
        others=to_device(others(shown, x), shown.device),
        regions=superpixels(there, REGIONS),
        bounds=tuple(to_device(bound, shown.device) for bound in shown.bounds),
        quick=quick,
    )


def others(shown: Classifier, x: np.ndarray) -> np.ndarray:
    """Eight held-out images; or, if there are none, one in black, one in grey and one in white."""
    if shown.x is not None:
        return shown.x[(shown.x != x).any(axis=(1, 2, 3))][:8]
    black, white = shown.bounds
    plain = np.stack([black, (black + white) / 2, white])
    return np.broadcast_to(plain, (3, *x.shape[1:])).copy()


def last_of_each_size(net: Module) -> list[str]:
    """The names of the layers after which the maps become smaller, and of the last with maps."""
    if not hasattr(net, "features"):  # The ResNets.
        return ["layer1", "layer2", "layer3", "layer4"]
    pools = [i for i, layer in enumerate(net.features) if isinstance(layer, MaxPool2d)]
    ends = dict.fromkeys([*pools, len(net.features)])
    return [f"features.{i - 1}" for i in ends if i - 1 not in pools]


def pages(shown: Classifier, explained: Sequence[Explained], out: Path) -> list[Page]:
    """The sheet of all methods, and a page for each family."""
    made = [sheet_page(shown, explained, out)]
    return made + [family_page(shown, explained, name, out) for name in FAMILIES]


def sheet_page(shown: Classifier, explained: Sequence[Explained], out: Path) -> Page:
    """Draw all the maps of the first image and, of all, which find the object."""
    first, stem = explained[0], f"attribution_{shown.name}"
    groups = {family.title: first.maps(name, cost=True) for name, family in FAMILIES.items()}
    groups[FAMILIES["gradient"].title][:0] = first.question()
    sheet = draw.sheet(
        groups,
        out / f"{stem}.png",
        f"Why {first.title}? The answers of {shown.name}",
    )
    pictures = [
        (
            sheet,
            """Every method, on one image. Under each map stand the time that it took, how many
            inputs went through the net for it, and how many gradients came back (counted also where
            the way back ends or begins at a layer). Signed maps are red for the class and blue
            against it; the others go from black to yellow. Colours end at each map's own 99th
            percentile, so that one map's brightness says nothing about another's.""",
        )
    ]
    known = ""
    if first.mask is not None:
        known = """ In these scenes it is known, as it is not in photographs, where the object is;
        nothing else has to do with the class. It is outlined in each map, and under the map stands
        how much of its positive relevance lies on the object."""
        path = draw.shares(
            {
                family.title: {
                    label: [each.answers[name][label].inside for each in explained]
                    for label in explained[0].answers[name]
                }
                for name, family in FAMILIES.items()
            },
            float(np.mean([each.mask for each in explained])),
            out / f"{stem}_shares.png",
            f"How much of a map lies on the object: {len(explained)} scenes",
        )
        pictures.append(
            (path, "A dot for each scene, and a bar as far as their mean, for every method.")
        )
    return Page(
        title=f"Why? Every answer at once: {shown.name}",
        text=f"""One question, put to {shown.name} in all the ways that the library has: why this
        class? Each family of methods has a page of its own below.{known}

        Look for: what the families agree on, and what it costs to ask. One gradient takes as long
        as two or three forward passes, and the methods that ask again and again take hundreds.

        How it misleads: every method draws a picture of every net, also of one that has learned
        nothing. A share on the object says where a map lies, and not whether it is what the net
        goes by: a net may look at the ground, and then the better map is the one that says so.""",
        command=f"python -m demos.attribution --net {shown.name}",
        pictures=pictures,
    )


def family_page(shown: Classifier, explained: Sequence[Explained], name: str, out: Path) -> Page:
    """Draw the maps of one family, for every image."""
    family, stem = FAMILIES[name], f"attribution_{shown.name}_{name}"
    groups = {
        each.title: [draw.Panel("the image", each.picture), *each.maps(name)] for each in explained
    }
    known = (
        ""
        if explained[0].mask is None
        else ", with the share of what is positive in them that lies on the object"
    )
    pictures = [
        (
            draw.sheet(groups, out / f"{stem}.png", family.title, columns=6),
            f"""For each image the class that is asked about, its probability, and the maps{known}.
            Signed maps are red for the class and blue against it; the others go from black to
            yellow. Colours end at each map's own 99th percentile.""",
        )
    ]
    if name == "layers":
        first = explained[0]
        path = draw.feature_maps(
            first.activation,
            out / f"{stem}_channels.png",
            f"What the channels of {first.inner} give for the first image",
            first.picture,
            most=31,
        )
        pictures.append((path, "What layer_activation returns: all channels have one scale."))
    return Page(
        title=f"{family.title}: {shown.name}",
        text=family.text,
        command=f"python -m demos.attribution --net {shown.name}",
        pictures=pictures,
        codes=family.codes,
    )


def scenes_pages(shown: Classifier, out: Path, *, seed: int = 0, quick: bool = False) -> list[Page]:
    """All pages, about held-out scenes of classes that are drawn by lot."""
    targets = drawn_classes(shown, seed, scenes_drawn(quick))
    x, masks = scenes(shown, targets)
    return pages(shown, explain(shown, x, targets, masks, quick), out)


def scenes_drawn(quick: bool) -> int:
    return 2 if quick else 3


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.attribution", __doc__, nets=SCENES_AND_PHOTOS)
    parser.add_argument("--image", type=Path, help="an image file; if not given, held-out scenes")
    parser.add_argument(
        "--target", nargs="+", help="the classes to explain; if not given, the net's verdict"
    )

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        targets = [class_index("--target", text, names) for text in options.target or []]
        x = None if options.image is None else read_images(options, [options.image])
        if x is None and images(options).load is None:
            raise ValueError(f"--image: {options.net} needs one, it has no held-out images")
        shown = classifier(options)
        masks = None
        if x is None:
            count = scenes_drawn(options.quick)
            targets = targets or drawn_classes(shown, options.seed, count)
            x, masks = scenes(shown, targets)
        else:
            targets = targets or shown.classes(x).tolist()
            x = x.repeat(len(targets), axis=0)
        made = pages(shown, explain(shown, x, targets, masks, options.quick), options.out)
        for page in made:
            page.command = options.command
        print(f"wrote {write_pages(made, options.out / f'attribution_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
