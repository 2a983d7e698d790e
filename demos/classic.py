"""`python -m demos.classic`: the eight classic pictures of what an image classifier sees."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import techniques
from autograd import to_cpu, to_device

from . import class_images, draw, fooling, style
from .classifier import Classifier, classifier
from .images import images, read_images
from .inside import inside
from .options import SCENES_AND_PHOTOS, Parser, class_index, run
from .page import Page, write_page

SIZE = 2.0  # inches, of a panel


@dataclass
class Explained:
    """Images, the class of each that is explained, and the maps that explain it."""

    x: np.ndarray  # (N, C, H, W)
    targets: list[int]
    titles: list[str]  # The class and its probability, for each image.
    pictures: np.ndarray  # (N, H, W, C)
    masks: np.ndarray | None  # Where the object is (N, H, W), if that is known.
    maps: dict[str, np.ndarray]  # (N, C, H, W), or (N, h, w), by technique.

    def panels(self, technique: str, over: bool = False, title: str = "") -> list[draw.Panel]:
        """The maps of a technique, alone or over the images."""
        return [
            draw.Panel(title or technique, picture if over else None, values, technique in SIGNED)
            for picture, values in zip(self.pictures, self.maps[technique], strict=True)
        ]

    def images(self) -> list[draw.Panel]:
        return [draw.Panel(*each) for each in zip(self.titles, self.pictures, strict=True)]

    def inside(self, technique: str) -> list[str]:
        """What share of each map lies on the object, as a title; nothing if it is unknown."""
        if self.masks is None:
            return [""] * len(self.x)
        share = inside(self.maps[technique], self.masks)
        return [f"\n{100 * part:.0f} % on the object" for part in share]


SIGNED = (
    *("input × gradient", "integrated gradients", "occlusion"),
    *("deconvnet", "guided backprop", "guided Grad-CAM"),
)


def explain(
    shown: Classifier, x: np.ndarray, targets: list[int], masks: np.ndarray | None
) -> Explained:
    """Every map of the images `x` (N, C, H, W), for the classes `targets` (N)."""
    net, layer = shown.net, shown.layer
    there = to_device(x, shown.device)
    side = min(x.shape[2:])
    maps = {
        "saliency": techniques.saliency(net, there, targets),
        "input × gradient": techniques.input_x_gradient(net, there, targets),
        "integrated gradients": techniques.integrated_gradients(net, there, targets),
        "deconvnet": techniques.deconvnet(net, there, targets),
        "guided backprop": techniques.guided_backprop(net, there, targets),
        "occlusion": techniques.occlusion(
            *(net, there, targets), window=side // 7, stride=side // 14, progress=True
        ).mean(axis=1),  # The same for all colours.
        "Grad-CAM": techniques.grad_cam(net, there, targets, layer=layer),
        "guided Grad-CAM": techniques.guided_grad_cam(net, there, targets, layer=layer),
    }
    p = shown.probabilities(x)
    titles = [shown.quote(k, p[i, k]) for i, k in enumerate(targets)]
    maps = {name: to_cpu(values) for name, values in maps.items()}
    return Explained(x, targets, titles, shown.pictures(x), masks, maps)


def saliency(found: Explained, path: Path) -> tuple[Path, str]:
    columns = [
        found.images(),
        found.panels("saliency"),
        found.panels("saliency", over=True, title="over the image"),
    ]
    draw.panels(list(zip(*columns, strict=True)), path, "Saliency: |∂ score / ∂ pixel|", size=SIZE)
    return (
        path,
        """Saliency (Simonyan et al., 2013): how much the score of the class would change if a
        pixel changed a little.

        Look for: dots that gather on the object, though nobody told the net where it is.

        How it misleads: it is about small changes, and noisy. A pixel may be all-important and
        have no gradient.""",
    )


def grad_cam(found: Explained, path: Path) -> tuple[Path, str]:
    columns = [
        found.images(),
        found.panels("Grad-CAM"),
        found.panels("Grad-CAM", over=True, title="over the image"),
    ]
    draw.panels(
        list(zip(*columns, strict=True)),
        path,
        "Grad-CAM: where the channels that speak for the class are active",
        size=SIZE,
    )
    return (
        path,
        """Grad-CAM (Selvaraju et al., 2017): the maps of the last layer that has any, weighted by
        what each counts for the class.

        Look for: that it moves to another place when another class is asked for.

        How it misleads: it has the few pixels of that layer, here seen in the middle. Over the
        image they are smoothed, which promises more precision than there is.""",
    )


def guided_backprop(found: Explained, path: Path) -> tuple[Path, str]:
    columns = [found.images(), found.panels("deconvnet"), found.panels("guided backprop")]
    draw.panels(
        list(zip(*columns, strict=True)),
        path,
        "Guided backprop: the gradient, less what would lower a unit",
        size=SIZE,
    )
    return (
        path,
        """Guided backprop (Springenberg et al., 2014): on the way back through each ReLU, only
        what is positive goes on, and only where the unit was active. Beside it, the deconvnet
        (Zeiler & Fergus, 2014), which leaves out the second condition.

        Look for: outlines, much sharper than in the saliency map.

        How it misleads: it restores edges of the image, and hangs little on the class (Adebayo et
        al., 2018). Ask for two classes, and compare.""",
    )


def guided_grad_cam(found: Explained, path: Path) -> tuple[Path, str]:
    columns = [
        found.images(),
        found.panels("guided backprop"),
        found.panels("Grad-CAM", over=True),
        found.panels("guided Grad-CAM"),
    ]
    draw.panels(
        list(zip(*columns, strict=True)),
        path,
        "Guided Grad-CAM: guided backprop times Grad-CAM",
        size=SIZE,
    )
    return (
        path,
        """Guided Grad-CAM (Selvaraju et al., 2017): the product of the two.

        Look for: lines on the object of the class that is asked for, and nowhere else.

        How it misleads: what speaks for the class is said by Grad-CAM alone. The lines are those
        of guided backprop, and no more to be trusted.""",
    )


def fooled(shown: Classifier, found: Explained, path: Path, seed: int) -> tuple[Path, str]:
    x = found.x[:1] if shown.x is None else found.x  # Photographs may be one, asked of twice.
    rng = np.random.default_rng(seed)
    targets = fooling.other_classes(shown, x, 1, rng)[:, 0]
    trace = fooling.fool(shown, x, targets)
    print(fooling.table(shown, [shown.names[k] for k in shown.classes(x)], targets, trace))
    draw.panels(
        fooling.panels(shown, trace), path, "A fooling image: before, after, change", size=SIZE
    )
    lengths = ", ".join(f"{a:.2f} and {b:.3f}" for a, b in zip(trace.l2, trace.linf, strict=True))
    return (
        path,
        f"""A fooling image (Szegedy et al., 2013): steps along the gradient, until a class that
        was drawn by lot is the net's verdict. L2 and L∞ of the change, in the net's units:
        {lengths}.

        Look for: how little the first two differ. The third shows the change, magnified.

        How it misleads: it is made for this net. It says how near the boundary is in the worst
        direction, and nothing about changes that happen by themselves.""",
    )


def visualized(
    shown: Classifier, found: Explained, path: Path, film: Path, seed: int, quick: bool
) -> list[tuple[Path, str]]:
    classes = list(dict.fromkeys(found.targets))
    plain, helped, steps = class_images.settings_for(shown)
    steps = steps // 4 if quick else steps
    start = class_images.noise(shown, (len(classes), *found.x.shape[1:]), seed)
    rows = {"plain": plain, "with blur": helped}
    traces = {
        label: class_images.climb(
            *(shown, start, classes, settings),
            steps=steps,
            rng=seed,
            frames=class_images.every(steps, quick),
        )
        for label, settings in rows.items()
    }
    draw.panels(
        {
            label: class_images.panels(shown, to_cpu(trace.x), classes)
            for label, trace in traces.items()
        },
        path,
        f"Class visualisation, from noise in {steps} steps",
        size=2.4,
    )
    class_images.film(shown, traces["with blur"], classes, film, "From noise to the class")
    return [
        (
            path,
            """Class visualisation (Simonyan et al., 2013): from noise, up the score of a class. In
            the second row the image is also shifted at every step, and blurred now and then
            (Yosinski et al., 2015).

            Look for: parts and textures of the class, several times over.

            How it misleads: the net gives the first row scores no less high. What looks like
            something to us is owed to the blur. And where another class's score rose as well, the
            probability is low.""",
        ),
        (film, "The second row, as it comes about."),
    ]


def styled(
    shown: Classifier, content: np.ndarray, painting: np.ndarray, name: str, path: Path, quick: bool
) -> tuple[Path, str]:
    steps = 60 if quick else 200
    trace = style.transfer(shown, content, painting, style.recipe(shown, name), steps=steps)
    row = [
        draw.Panel(title, shown.pictures(each)[0])
        for title, each in (("content", content), ("style", painting), ("both", to_cpu(trace.x)))
    ]
    draw.panels([row], path, "Style transfer", size=2.4)
    left = trace.loss[-1, 0] / trace.loss[0, 0]
    return (
        path,
        f"""Style transfer (Gatys et al., 2015): the features of one image, the Gram matrices of
        another. {steps} steps left {100 * left:.0f} % of the loss.

        Look for: colours and strokes of the style that keep to the outlines of the content.

        How it misleads: a smaller loss is not a better picture, and the weights of its parts were
        chosen by eye. A small net, which learned from scenes of shapes, knows few strokes.""",
    )


COMPARED = (
    *("saliency", "input × gradient", "integrated gradients"),
    *("guided backprop", "occlusion", "Grad-CAM"),
)


def attributions(found: Explained, path: Path) -> tuple[Path, str]:
    columns = [found.images()]
    if found.masks is not None:
        columns.append([draw.Panel("the object", mask[:, :, None] * 1.0) for mask in found.masks])
    for technique in COMPARED:
        column = found.panels(technique)
        for panel, share in zip(column, found.inside(technique), strict=True):
            panel.title += share
        columns.append(column)
    draw.panels(
        list(zip(*columns, strict=True)), path, "Six answers to one question: why?", size=1.75
    )
    known = (
        ""
        if found.masks is None
        else """ Here it is known where the object is. What share of a map, of what is
        positive in it, lies on the object is written above."""
    )
    return (
        path,
        f"""Attributions, side by side: the gradient, the gradient times the image, its mean on the
        way from grey (Sundararajan et al., 2017), guided backprop, the drop of the score when a
        square is covered (Zeiler & Fergus, 2014), and Grad-CAM.{known}

        Look for: what they agree on. Red speaks for the class, blue against it.

        How it misleads: each answers another question, and all draw something for any net. Where
        two disagree, neither need be wrong.""",
    )


def page(
    shown: Classifier,
    x: np.ndarray,
    targets: list[int],
    out: Path,
    *,
    masks: np.ndarray | None = None,
    painting: tuple[str, np.ndarray] | None = None,
    seed: int = 0,
    quick: bool = False,
) -> Page:
    """Draw the eight pictures of the images `x` (N, C, H, W) and the classes `targets` (N).

    `painting` is a style's name and image (1, C, H', W'); without one there is no style transfer.
    """
    found = explain(shown, x, targets, masks)

    def at(name: str) -> Path:
        return out / f"classic_{shown.name}_{name}"

    pictures = [
        saliency(found, at("saliency.png")),
        grad_cam(found, at("grad_cam.png")),
        guided_backprop(found, at("guided_backprop.png")),
        guided_grad_cam(found, at("guided_grad_cam.png")),
        fooled(shown, found, at("fooling.png"), seed),
        *visualized(
            shown, found, at("class_visualization.png"), at("class_visualization.gif"), seed, quick
        ),
    ]
    if painting is not None:
        pictures.append(styled(shown, x[:1], painting[1], painting[0], at("style.png"), quick))
    pictures.append(attributions(found, at("attributions.png")))
    return Page(
        title=f"The classic pictures: {shown.name}",
        text=f"""The questions that were put to image classifiers in the order in which they came
        up, all put to one: {shown.name}. Over each image is a class and the probability that the
        net gives it. Maps end their colours at their own 99th percentile, so that one pixel does
        not darken the rest; signed ones are red for the class and blue against it.""",
        command=f"python -m demos.classic --net {shown.name}",
        pictures=pictures,
    )


def scenes_page(
    shown: Classifier, out: Path, *, count: int = 3, seed: int = 0, quick: bool = False
) -> Page:
    """The eight pictures of held-out scenes, of classes that are drawn by lot."""
    targets = drawn_classes(shown, seed, count)
    x, masks = scenes(shown, targets)
    painting = ("a scene", shown.x[-1:])
    return page(shown, x, targets, out, masks=masks, painting=painting, seed=seed, quick=quick)


def scenes(shown: Classifier, classes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """A held-out scene of each class that the net classifies rightly, and where its object is."""
    places = [shown.right(k, 1)[0] for k in classes]
    return shown.x[places], shown.masks[places]


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.classic", __doc__, nets=SCENES_AND_PHOTOS)
    parser.add_argument("--image", type=Path, help="an image file; if not given, held-out scenes")
    parser.add_argument(
        "--target", nargs="+", help="the classes to explain; if not given, the net's verdict"
    )
    parser.add_argument("--style", type=Path, help="a painting; if not given, a held-out scene")

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        targets = [class_index("--target", text, names) for text in options.target or []]
        x = None if options.image is None else read_images(options, [options.image])
        if x is None and images(options).load is None:
            raise ValueError(f"--image: {options.net} needs one, it has no held-out images")
        painting = None
        if options.style is not None:
            if options.net not in style.NETS:
                raise ValueError(f"--style: only for {' and '.join(style.NETS)}")
            painting = (options.style.stem, read_images(options, [options.style], "--style"))
        shown = classifier(options)
        masks = None
        if x is None:
            targets = targets or drawn_classes(shown, options.seed)
            x, masks = scenes(shown, targets)
        else:
            targets = targets or shown.classes(x).tolist()
            x = x.repeat(len(targets), axis=0)
        if painting is None and shown.x is not None:
            painting = ("a scene", shown.x[-1:])
        if painting is None:
            print("no style transfer: give a painting with --style")
        made = page(
            *(shown, x, targets, options.out),
            masks=masks,
            painting=painting,
            seed=options.seed,
            quick=options.quick,
        )
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'classic_{shown.name}.html')}")

    run(parser, demo, argv)


def drawn_classes(shown: Classifier, seed: int, count: int = 3) -> list[int]:
    """Classes drawn by lot, from those of which the net knows a held-out image."""
    known = np.unique(shown.y[shown.classes(shown.x) == shown.y])
    rng = np.random.default_rng(seed)
    return rng.choice(known, min(count, len(known)), replace=False).tolist()


if __name__ == "__main__":
    main()
