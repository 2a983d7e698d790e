"""`python -m demos.universal`: one change that fools a net on most images."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from techniques import universal_perturbation

from . import draw
from .classifier import Classifier, classifier
from .images import images, read_images
from .options import NETS, Parser, as_fraction, run, strength, whole
from .page import Page, write_page

EPS = {"kernel_fitter": 0.3, "shape_net": 32 / 255}
PHOTO_EPS = 10 / 255  # As in the paper (arXiv 1610.08401), of 255.
# Views of each photograph: of those that the change is made with, and of the others. With 4 of 22
# photographs, instead of 20, it fools the net on 48 % of others, not 77 %.
MANY, FEW = 20, 4
CROP = 224
SIDES = (224, 360)  # Its shorter side, drawn by lot, and a square of 224 is cut out somewhere.
SHOWN = 6  # images in the picture
BARS = 8  # classes in the other
LOOK_FOR = {
    "kernel_fitter": """They do not scatter: one class takes most of the images, and the change is
        a picture of it, upright in the middle.""",
    "shape_net": """They do not scatter: one class takes nearly all of the images, and the change
        is a texture of what that class wants to see, in many places at once.""",
}
PHOTOGRAPHS = """With thousands of photographs a few classes take most of them; with some dozens,
        they scatter. The change has a structure that the random signs lack."""


def views(
    options: argparse.Namespace, paths: Sequence[Path], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Views of each of N photographs, of random size and place, every other one mirrored.

    They are (count · N, 3, 224, 224).

    After one of each come the second ones.

    Raises:
        ValueError: a file is missing, a folder, or no image.
    """
    found = []
    for i in range(count):
        for path in paths:
            side = int(rng.integers(*SIDES))
            x = read_images(options, [path], "--images", shorter_side=side, crop=None)
            top, left = (rng.integers(0, x.shape[axis] - CROP + 1) for axis in (2, 3))
            view = x[:, :, top : top + CROP, left : left + CROP]
            found.append(view[..., ::-1] if i % 2 else view)
    return np.concatenate(found)


def photographs(options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Views of two thirds of --images, for the change to be made with, and of the others.

    Raises:
        ValueError: there are fewer than three, or one cannot be read.
    """
    files = options.images or []
    if len(files) < 3:
        raise ValueError(
            f"--images: {options.net} needs three or more photographs, as many as there are; "
            f"got {len(files)}"
        )
    rng = np.random.default_rng(options.seed)
    made_with = [path for i, path in enumerate(files) if i % 3 < 2]
    many = FEW if options.quick else MANY
    return views(options, made_with, many, rng), views(options, files[2::3], FEW, rng)


def page(
    shown: Classifier,
    made_with: np.ndarray,
    held_out: np.ndarray,
    out: Path,
    *,
    eps: float,
    method: str = "ascent",
    epochs: int = 5,
    seed: int = 0,
) -> Page:
    """Make one change for the images `made_with` (N, C, H, W), and try it on the others (M, …)."""
    trace = universal_perturbation(
        shown.net,
        to_device(made_with, shown.device),
        eps=shown.units(eps),
        method=method,
        epochs=epochs,
        bounds=shown.bounds,
        rng=seed,
        progress=True,
    )
    change = to_cpu(trace.universal)
    signs = np.random.default_rng(seed).choice([-1, 1], change.shape)
    noise = (shown.units(eps) * signs).astype(change.dtype)
    low, high = shown.bounds
    changed, noisy = ((held_out + each).clip(low, high) for each in (change, noise))
    before, after = shown.classes(held_out), shown.classes(changed)
    fooled = after != before
    rates = {
        f"{len(made_with)} images that it was made with": trace.fooling_rate,
        f"{len(held_out)} others": float(fooled.mean()),
        "the others, with random signs": float((shown.classes(noisy) != before).mean()),
    }
    becomes = {
        shown.names[k]: number for k, number in Counter(after[fooled].tolist()).most_common(BARS)
    }
    told = table(rates, becomes)
    print(told)
    stem, at = f"universal_{shown.name}", as_fraction(eps)
    times = max(1, int(0.5 / eps))
    rows = {
        "held out": held_out[:SHOWN],
        "with the change": changed[:SHOWN],
        "with random signs": noisy[:SHOWN],
    }
    side = 1.3 if held_out.shape[1] == 1 else 1.9
    return Page(
        title=f"One change for all images: {type(shown.net).__name__}",
        text=f"""A single change, of at most {at} for each pixel, that is added to every image. It
        was made with {len(made_with)} images, by universal_perturbation (Moosavi-Dezfooli et al.,
        2016, arXiv 1610.08401), and changes the net's verdict on {100 * rates[[*rates][1]]:.0f} %
        of {len(held_out)} that it had never met; random signs of the same size, on
        {100 * rates[[*rates][2]]:.0f} %.

        Look for: where the verdicts go. {LOOK_FOR.get(shown.name, PHOTOGRAPHS)}

        How it misleads: a rate hangs on ε and on how many images there were to learn from, and
        the one on the images that it was made with says little. It is a change of mind that is
        counted: an image that was misclassified before counts like any other. Made with few
        images, it may do no better than random signs.""",
        command=f"python -m demos.universal {shown.flags}",
        pictures=[
            (
                draw.panels(
                    [
                        [
                            draw.Panel(f"the change × {times}", magnified(shown, change, times)),
                            draw.Panel(f"random signs × {times}", magnified(shown, noise, times)),
                        ]
                    ],
                    out / f"{stem}_change.png",
                    f"The change, of at most {at}",
                    size=2.6,
                ),
                "The one change, and the random one that it is compared with: grey is no change.",
            ),
            (
                draw.panels(
                    {
                        name: [
                            draw.Panel(title, picture)
                            for title, picture in zip(
                                shown.verdicts(x), shown.pictures(x), strict=True
                            )
                        ]
                        for name, x in rows.items()
                    },
                    out / f"{stem}.png",
                    "Images that it was not made with, and what the net says",
                    size=side,
                ),
                "Held-out images as they are, with the change, and with random signs of its size.",
            ),
            (
                draw.rates(
                    rates,
                    becomes,
                    int(fooled.sum()),
                    out / f"{stem}_rates.png",
                    "How often one change fools the net, and what images become",
                ),
                "How often the verdict changes, and the verdicts on those where it did.",
            ),
        ],
        listings=[("How often, and to what", told)],
    )


def magnified(shown: Classifier, change: np.ndarray, times: int) -> np.ndarray:
    """A change (C, H, W) as a picture (H, W, C) around the middle grey."""
    return (0.5 + times * change / (2 * shown.units(0.5))).transpose(1, 2, 0).clip(0, 1)


def table(rates: dict[str, float], becomes: dict[str, int]) -> str:
    """The rates in percent, and a line of what images become."""
    width = max(map(len, rates))
    lines = [f"{name:<{width}}  {100 * rate:>5.1f} %" for name, rate in rates.items()]
    them = ", ".join(f"{name} ({number})" for name, number in becomes.items()) or "nothing else"
    return "\n".join([f"{'the verdict changes on':<{width}}", *lines, f"they become: {them}"])


def halves(shown: Classifier, quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """Held-out images to make the change with, and others."""
    count = min(60 if quick else 200, len(shown.x) // 3)
    return shown.x[:count], shown.x[count : 3 * count]


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.universal", __doc__, nets=NETS)
    parser.add_argument(
        "--images", type=Path, nargs="+", help="photographs, of which every third is held out"
    )
    parser.add_argument(
        "--eps",
        type=strength,
        help="the most that a pixel changes, where from black to white is 1; if not given, 0.3, "
        "of shape_net 32/255, of photographs 10/255",
    )
    parser.add_argument("--epochs", type=whole(1), default=5, help="how often images are seen")
    parser.add_argument("--method", choices=["ascent", "deepfool"], default="ascent", help="how")

    def demo(options: argparse.Namespace) -> None:
        if images(options).load is None:
            samples = photographs(options)
        elif options.images is not None:
            raise ValueError(f"--images: {options.net} has images of its own")
        shown = classifier(options)
        if shown.x is not None:
            samples = halves(shown, options.quick)
        made = page(
            shown,
            *samples,
            options.out,
            eps=options.eps or EPS.get(options.net, PHOTO_EPS),
            method=options.method,
            epochs=options.epochs,
            seed=options.seed,
        )
        made.command = options.command
        print(f"wrote {write_page(made, options.out / f'universal_{options.net}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
