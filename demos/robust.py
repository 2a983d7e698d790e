"""`python -m demos.robust`: a net that was trained against an attack, beside one that was not."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from autograd import to_cpu, to_device
from nets import evaluate, fit
from techniques import Trace, pgd, saliency

from . import class_images, draw
from .accuracy_curve import NOISE, accuracy_within
from .classifier import Classifier, classifier, kept, recipe
from .inside import inside
from .options import Parser, as_fraction, run, strength, whole
from .page import Page, write_page


@dataclass(frozen=True)
class Adversary:
    """What a net is trained against, and for how long.

    As the nets are, so are the settings: found by trial, for a training of about a minute. `eps` is
    where from black to white is 1.
    """

    eps: float
    steps: int
    epochs: int
    lr: float


ADVERSARIES = {
    "kernel_fitter": Adversary(eps=0.15, steps=5, epochs=3, lr=0.1),
    "shape_net": Adversary(eps=12 / 255, steps=2, epochs=2, lr=4e-3),
}
SCALES = (1 / 3, 2 / 3, 1, 4 / 3, 5 / 3)  # The ε of the table, as parts of that of the training.
STEPS = 10  # of the attack in the table,
EXAMPLE_STEPS = 40  # and for the pictures of what it makes.
FAR = 2  # How many ε the second ones go.


LOOK_FOR = {
    "kernel_fitter": """Look for: the background. The plain net's gradients are faint stripes there,
    which no digit explains; those of the robust net are 0 away from the strokes (Tsipras et al.,
    2018, arXiv 1805.12152, found such gradients to be closer to what people see). The images that
    maximise the classes hardly change: for five kernels and a linear layer there is little choice.
    """,
    "shape_net": """Look for: outlines. The gradients of the robust net keep closer to the object
    and its edge (Tsipras et al., 2018, arXiv 1805.12152, found them to be closer to what people
    see).
    And the images that maximise the classes have larger shapes with a contour, as the fish, where
    those of the plain net are rather textures. Where the plain net is fooled it is sure of itself,
    and the robust one has doubts also where it is right.""",
}


def adversary(options: argparse.Namespace) -> Adversary:
    """The one that the options ask for."""
    usual = ADVERSARIES[options.net]
    asked = {name: getattr(options, name, None) for name in ("eps", "steps", "epochs")}
    if options.quick:
        usual = replace(usual, epochs=1)
    return replace(usual, **{name: value for name, value in asked.items() if value is not None})


def trained_against(
    plain: Classifier, against: Adversary, options: argparse.Namespace
) -> Classifier:
    """The net of `plain`, trained further on what PGD makes of the images.

    From random weights, ShapeNet learned nothing at all against an attack of full strength: at lr
    0.004 its ReLUs died. (As many epochs more without an adversary did nothing for KernelFitter's
    robustness.) The training is kept in the cache folder, unless it began from --weights.

    Raises:
        KeyboardInterrupt: Ctrl-C stopped it. What was learned lies in the cache.
    """
    net = type(plain.net)(rng=options.seed)
    net.load_state_dict(plain.net.state_dict())
    net.to(plain.device)
    settings = {**recipe(net, options.quick), "epochs": against.epochs, "lr": against.lr}
    quick = "-quick" if options.quick else ""
    name = (
        f"{plain.name}-{plain.data}-{options.seed}-robust-{against.eps:.4f}-{against.steps}-"
        f"{against.epochs}{quick}.npz"
    )
    history = fit(
        net,
        plain.train,
        seed=options.seed,
        checkpoint=kept(name) if options.weights is None else None,
        adversary=partial(
            pgd,
            eps=plain.units(against.eps),
            bounds=plain.bounds,
            steps=against.steps,
            confidence=1.0,
            rng=np.random.default_rng(options.seed),
        ),
        **settings,
    )
    if history.interrupted:
        raise KeyboardInterrupt
    net.eval()
    accuracy = evaluate(net, (plain.x, plain.y))
    return replace(plain, net=net, accuracy=accuracy, history=history)


def attacked(shown: Classifier, x: np.ndarray, y: np.ndarray, eps: float, **settings) -> Trace:
    """What PGD within ε makes of the images `x` of classes `y`."""
    return pgd(
        shown.net,
        to_device(x, shown.device),
        y,
        eps=shown.units(eps),
        bounds=shown.bounds,
        **settings,
    )


def measured(
    nets: dict[str, Classifier], x: np.ndarray, y: np.ndarray, eps: float, *, seed: int = 0
) -> dict[str, list[float]]:
    """The table: for each row a share for each of the two nets, in their order."""
    both, sizes = list(nets.values()), eps * np.array([0, *SCALES])
    found = [accuracy_within(net, x, y, "linf", sizes, steps=STEPS, seed=seed) for net in both]
    moved = [
        to_cpu(attacked(net, x, y, eps, steps=STEPS, rng=seed, confidence=1.0).x) for net in both
    ]
    at, again = as_fraction(eps), {"steps": 2 * STEPS, "restarts": 2, "rng": seed}

    def row(label: str, i: int) -> list[float]:
        return [float(shares[label][i]) for shares in found]

    return {
        f"all {len(both[0].y)} as they are": [net.accuracy for net in both],
        f"the first {len(x)} as they are": row("pgd", 0),
        **{
            f"{label}, {at}": row(label, 1 + SCALES.index(1))
            for label in (NOISE, "fgsm", "momentum_fgsm")
        },
        **{f"pgd, {as_fraction(size)}": row("pgd", i) for i, size in enumerate(sizes) if i},
        f"pgd, {at}, {2 * STEPS} steps, 2 starts": [
            float(1 - attacked(net, x, y, eps, **again).success.mean()) for net in both
        ],
        f"pgd on the other net, {at}": [
            float((net.classes(other) == y).mean())
            for net, other in zip(both, moved[::-1], strict=True)
        ],
    }


def table(rows: dict[str, list[float]], names: Sequence[str]) -> str:
    """A line for each row of `measured`, with the shares in percent."""
    width = max(map(len, rows))
    head = f"{'':<{width}}" + "".join(f"{name:>14}" for name in names)
    return "\n".join(
        [
            head,
            *(
                f"{row:<{width}}" + "".join(f"{100 * share:>12.1f} %" for share in shares)
                for row, shares in rows.items()
            ),
        ]
    )


def maps(nets: dict[str, Classifier], x: np.ndarray, y: np.ndarray, path: Path) -> Path:
    """Draw the gradient of each image's class, without its sign and with it, for both nets."""
    rows = {"the image": pictures(nets["plain"], x)}
    for signed in (False, True):
        for name, shown in nets.items():
            gradient = to_cpu(saliency(shown.net, to_device(x, shown.device), y, signed=signed))
            label = f"{name}, {'±' if signed else '|·|'}"
            rows[label] = [draw.Panel(map=each, signed=signed) for each in gradient]
    return draw.panels(rows, path, "∂s/∂x of the plain net and of the robust one", size=size(x))


def share_on_object(shown: Classifier, count: int) -> float:
    """How much of |∂s/∂x| lies on the object, from 0 to 1: the mean over held-out images."""
    x = to_device(shown.x[:count], shown.device)
    return float(
        inside(to_cpu(saliency(shown.net, x, shown.y[:count])), shown.masks[:count]).mean()
    )


def pictures(shown: Classifier, x: np.ndarray, titles: Sequence[str] = ()) -> list[draw.Panel]:
    titles = titles or [""] * len(x)
    return [draw.Panel(*each) for each in zip(titles, shown.pictures(x), strict=True)]


def size(x: np.ndarray) -> float:
    """Inches of a panel."""
    return 1.1 if x.shape[1] == 1 else 1.5


def examples(
    nets: dict[str, Classifier], x: np.ndarray, y: np.ndarray, eps: float, path: Path, seed: int
) -> Path:
    """Draw what PGD makes of the images within ε, and within more, against each net."""
    rows = {"the image": pictures(nets["plain"], x)}
    for within in (eps, min(1, FAR * eps)):
        for name, shown in nets.items():
            how = {"steps": EXAMPLE_STEPS, "rng": seed, "confidence": 1.0}
            moved = to_cpu(attacked(shown, x, y, within, **how).x)
            rows[f"{name}, {as_fraction(within)}"] = pictures(shown, moved, shown.verdicts(moved))
    return draw.panels(rows, path, "What PGD makes of images, and what the net says", size=size(x))


def wanted(nets: dict[str, Classifier], path: Path, steps: int, seed: int) -> Path:
    """Draw the image that maximises each class's score, for both nets from the same start."""
    shown = nets["plain"]
    classes = list(range(len(shown.names)))
    start = class_images.noise(shown, (len(classes), *shown.x.shape[1:]), seed)
    rows = {}
    for settings, how in zip(
        class_images.settings_for(shown)[:2], ("alone", "helped"), strict=True
    ):
        for name, net in nets.items():
            trace = class_images.climb(net, start, classes, settings, steps=steps, rng=seed)
            rows[f"{name}, {how}"] = class_images.panels(net, to_cpu(trace.x), classes)
    return draw.panels(
        rows, path, f"What maximises the score of each class ({steps} steps)", size=size(shown.x)
    )


def page(
    plain: Classifier,
    robust: Classifier,
    against: Adversary,
    out: Path,
    *,
    seed: int = 0,
    quick: bool = False,
) -> Page:
    """Measure both nets, and draw their gradients, what fools them, and what their classes want."""
    nets = {"plain": plain, "robust": robust}
    count = (40 if quick else 300) if plain.x.shape[1] == 1 else (20 if quick else 100)
    rows = measured(nets, plain.x[:count], plain.y[:count], against.eps, seed=seed)
    if plain.masks is not None:
        rows["|gradient| on the object"] = [share_on_object(net, count) for net in nets.values()]
    told = table(rows, list(nets))
    print(told)
    first, at = [*rows][1], as_fraction(against.eps)
    sizes = against.eps * np.array([0, *SCALES])
    curve = [first, *(f"pgd, {as_fraction(size)}" for size in sizes[1:])]
    some = np.concatenate([np.flatnonzero(plain.y == k)[:1] for k in range(len(plain.names))])
    some = some[: 4 if quick else None]
    x, y = plain.x[some], plain.y[some]
    stem = f"robust_{plain.name}"
    spared, gained = (rows[curve[SCALES.index(1) + 1]][i] for i in (0, 1))
    return Page(
        title=f"Trained against an attack: {type(plain.net).__name__}",
        text=f"""The same net twice. One is as it was trained; the other went on learning for
        {against.epochs} more {"epoch" if against.epochs == 1 else "epochs"}, from images that PGD
        had moved against it: at every step the attack looks for the worst change of at most {at}
        for each pixel, in {against.steps} steps, and the net learns to withstand that (Madry et
        al., 2017, arXiv 1706.06083). Under attacks of this size
        {100 * spared:.0f} % of the images were still seen rightly before, and
        {100 * gained:.0f} % after.

        {LOOK_FOR[plain.name]}

        How it misleads: the table says what these attacks found, and a net can hide its gradients
        instead of being robust. So there are controls: noise must do less than an attack, one step
        less than many, an attack on the other net less than one on this net, and twice the steps
        from several starts little more than the usual ones. All of that does not prove
        robustness. Nor does it go beyond this norm: a net that was trained against small changes of
        every pixel knows nothing of turned images, or of large changes in few pixels.""",
        command=f"python -m demos.robust {plain.flags}",
        pictures=[
            (
                draw.accuracy(
                    [
                        draw.Accuracy(
                            title="L∞: every entry by at most ε",
                            xlabel="ε, in 255ths of the range from black to white",
                            eps=255 * sizes,
                            shares={
                                name: [rows[each][i] for each in curve]
                                for i, name in enumerate(nets)
                            },
                            above=(1 / 255, "the same, where from black to white is 1"),
                            marked=255 * against.eps,
                        )
                    ],
                    out / f"{stem}.png",
                    f"{type(plain.net).__name__} under attack, before and after",
                    "images that are seen rightly",
                ),
                f"""How many of {count} held-out images are seen rightly when PGD may change each
                pixel by ε. The grey line is the ε of the training.""",
            ),
            (
                maps(nets, x, y, out / f"{stem}_gradients.png"),
                """The gradient of the score of the image's class: its size, and with its sign. Each
                map has its own scale.""",
            ),
            (
                examples(nets, x, y, against.eps, out / f"{stem}_examples.png", seed),
                f"""The images after {EXAMPLE_STEPS} steps of PGD against each net, within ε = {at}
                and within {FAR} times as much, and what that net says of them.""",
            ),
            (
                wanted(nets, out / f"{stem}_classes.png", 25 if quick else 100, seed),
                """What each class wants to see, from the same noise, and the probability of the
                class: climbing the score alone, and with shifts and blurs that keep out what only
                a net would see.""",
            ),
        ],
        listings=[("Right verdicts before and after, under attack", told)],
    )


def compared(plain: Classifier, options: argparse.Namespace) -> Page:
    """Train the net of `plain` against the adversary that the options ask for, and compare."""
    against = adversary(options)
    robust = trained_against(plain, against, options)
    return page(plain, robust, against, options.out, seed=options.seed, quick=options.quick)


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.robust", __doc__)
    parser.add_argument(
        "--eps",
        type=strength,
        help="the most that a pixel changes, of 1 from black to white; 0.15, of shape_net 12/255",
    )
    parser.add_argument("--steps", type=whole(1, 100), help="of PGD in training; 5, of shape_net 2")
    parser.add_argument("--epochs", type=whole(1), help="of the training against it; 3, 2")

    def demo(options: argparse.Namespace) -> None:
        made = compared(classifier(options), options)
        made.command = options.command
        name = f"robust_{options.net}.html"
        print(f"wrote {write_page(made, options.out / name)}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
