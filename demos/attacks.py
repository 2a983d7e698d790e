"""`python -m demos.attacks`: one image, every attack, and how large a change a net withstands."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

import techniques
from autograd import to_cpu
from techniques import Trace, ball, carlini_wagner, deepfool, loss_ascent, walk

from . import draw
from .accuracy_curve import NOISE, accuracy_within, lengths
from .attack_list import ATTACKS, Attack, Case
from .classic import drawn_classes
from .classifier import Classifier, classifier
from .code import Code, code_of, together
from .images import images, read_images
from .options import NETS, Parser, class_index, positive, run, strength
from .page import Page, write_page
from .passes import passes

NAMES = tuple(dict.fromkeys(label.split(",")[0] for group in ATTACKS.values() for label in group))
OTHERS = 100  # So many held-out images are there for an attack that needs others.


@dataclass
class Sizes:
    """How far images of a net go: L∞ as a share of the range, L2 in units of x."""

    eps: float  # One image, by every attack,
    eps_l2: float
    count: int  # and so many of which the accuracy is measured, up to these.
    most: float
    most_l2: float
    descent: dict  # Settings of carlini_wagner for them.


SIZES = {
    "kernel_fitter": Sizes(
        *(0.2, 4, 300, 0.4, 8), {"rounds": 6, "steps": 60, "lr": 0.03, "c": 0.1}
    ),
    "shape_net": Sizes(
        *(8 / 255, 2, 32, 12 / 255, 3), {"rounds": 4, "steps": 30, "lr": 0.01, "c": 1.0}
    ),
}
PHOTO_SIZES = Sizes(
    *(4 / 255, 3, 24, 1 / 255, 2), {"rounds": 5, "steps": 40, "lr": 0.001, "c": 0.1}
)


@dataclass
class Moved:
    """What an attack made of an image, and what it cost."""

    attack: Attack
    trace: Trace
    verdict: str  # Of the result,
    in_8_bits: str  # and of the result as an image file has it.
    levels: float  # The largest change, in 255ths of the range.
    seconds: float
    forward: int  # How many inputs went through the net for it,
    backward: int  # and how many gradients came back.

    @property
    def done(self) -> bool:
        return bool(self.trace.success[0])

    @property
    def outcome(self) -> str:
        return self.verdict if self.done else f"failed: {self.verdict}"

    @property
    def norms(self) -> str:
        trace = self.trace
        linf = f"L∞ {trace.linf[0]:.3g} ({self.levels:.3g}/255)"
        return f"L0 {trace.l0[0]}, L2 {trace.l2[0]:.3g}\n{linf}"

    @property
    def time(self) -> str:
        return f"{1000 * self.seconds:.0f} ms" if self.seconds < 1 else f"{self.seconds:.1f} s"

    @property
    def taken(self) -> str:
        steps = self.trace.steps[0]
        return f"{steps} {self.attack.step}{'s' if steps != 1 else ''}"

    @property
    def cost(self) -> str:
        return f"{self.taken}, {self.time}\n{self.forward} forward, {self.backward} back"


def move(case: Case, names: Sequence[str]) -> dict[str, Moved]:
    """The image, moved by each of these attacks that can be asked."""
    asked = {
        label: attack
        for group in ATTACKS.values()
        for label, attack in group.items()
        if label.split(",")[0] in names and not attack.lacks(case)
    }
    techniques.saliency(case.net, case.x)  # What a first pass has to set up is no attack's cost.
    moved = {}
    with tqdm(asked.items(), desc="attacks") as bar:
        for label, attack in bar:
            bar.set_postfix_str(label)
            start = perf_counter()
            with passes(case.net) as made:
                trace = attack.ask(case)
            seconds = perf_counter() - start
            moved[label] = judged(case.shown, attack, trace, seconds, made)
    return moved


def judged(shown: Classifier, attack: Attack, trace: Trace, seconds: float, made) -> Moved:
    before, after = (shown.pictures(to_cpu(images)) for images in (trace.start, trace.x))
    low, high = shown.bounds
    rounded = (np.rint(255 * after) / 255).transpose(0, 3, 1, 2)
    both = np.concatenate([to_cpu(trace.x), (low + (high - low) * rounded).astype(trace.x.dtype)])
    verdicts = shown.verdicts(both)
    same = shown.classes(both)
    return Moved(
        *(attack, trace, verdicts[0]),
        in_8_bits="the same" if same[0] == same[1] else verdicts[1],
        levels=float(255 * np.abs(after - before).max()),
        seconds=seconds,
        forward=made.forward_passes,
        backward=made.backward_passes,
    )


def panels(case: Case, label: str, moved: Moved) -> list[draw.Panel]:
    """The moved image, and the change, magnified until it is seen."""
    before, after = (
        case.shown.pictures(to_cpu(images))[0] for images in (moved.trace.start, moved.trace.x)
    )
    change = after - before
    some = np.abs(change[change != 0])
    most = np.percentile(some, 99.5) if some.size else 1.0  # A few entries changed much more.
    times = 0.5 / most
    factor = f"{times:.0f}" if times >= 3 else f"{times:.1f}"
    return [
        draw.Panel(f"{label}\n{moved.outcome}", after, note=moved.cost),
        draw.Panel(
            f"the change × {factor}",
            (0.5 + float(factor) * change).clip(0, 1),
            note=moved.norms,
            around=ring(change),
        ),
    ]


def ring(change: np.ndarray) -> np.ndarray | None:
    """A square (H, W) around the one place that changed, which is easily overlooked."""
    rows, columns = np.nonzero(change.any(axis=2))
    if len(rows) != 1:
        return None
    height, width = change.shape[:2]
    far = max(2, height // 14)
    near = np.abs(np.arange(height)[:, None] - rows[0]) <= far
    return near & (np.abs(np.arange(width) - columns[0]) <= far)


def table(moved: dict[str, Moved]) -> str:
    """A line for each attack."""
    rows = [
        ("attack", "verdict", "in 8 bits", "L0", "L2", "L∞", "of 255", "steps", "time", "passes")
    ]
    for label, one in moved.items():
        trace = one.trace
        rows.append(
            (
                *(label, one.outcome, one.in_8_bits),
                *(f"{trace.l0[0]}", f"{trace.l2[0]:.3g}", f"{trace.linf[0]:.3g}"),
                *(f"{one.levels:.3g}", one.taken, one.time, f"{one.forward} + {one.backward}"),
            )
        )
    return aligned(rows, left=3)


def known() -> str:
    """What each attack seeks, and who found it."""
    rows = [("attack", "makes large or small", "source")]
    attacks = {label: attack for group in ATTACKS.values() for label, attack in group.items()}
    rows += [(label, attack.seeks, attack.source) for label, attack in attacks.items()]
    return aligned(rows, left=3)


def aligned(rows: Sequence[Sequence[str]], left: int) -> str:
    """Rows of cells as lines, the first `left` columns flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" if i < left else f"{cell:>{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def withstood(
    case: Case, x: np.ndarray, y: np.ndarray, sizes: Sizes, path: Path, title: str, ylabel: str
) -> Path:
    """Measure and draw how many images `x` (N, C, H, W) are seen as `y` (N,), for each ε."""
    shown, points = case.shown, 5 if case.quick else 9
    linf, l2 = (np.linspace(0, most, points) for most in (sizes.most, sizes.most_l2))
    steps = 5 if case.quick else 20
    descent = {**sizes.descent, **({"rounds": 3} if case.quick else {})}
    in_linf, in_l2 = (
        accuracy_within(shown, x, y, norm, eps, steps=steps, seed=case.seed)
        for norm, eps in (("linf", linf), ("l2", l2))
    )
    units = None
    if not case.photo:  # Of photographs each colour has other ones.
        units = (
            float(to_cpu(case.linf).max()) / (255 * case.eps),
            "the same in units of x, which is in [−1, 1]",
        )
    halves = [
        draw.Accuracy(
            title="L∞: every entry by at most ε",
            xlabel="ε, in 255ths of the range from black to white",
            eps=255 * linf,
            shares=in_linf,
            above=units,
            marked=255 * case.eps,
        ),
        draw.Accuracy(
            title="L2: all entries together by at most ε",
            xlabel="ε, in units of x",
            eps=l2,
            shares=in_l2,
            lengths={
                "deepfool": lengths(shown, x, y, deepfool, progress=True),
                "carlini_wagner": lengths(shown, x, y, carlini_wagner, progress=True, **descent),
            },
            marked=case.eps_l2,
        ),
    ]
    return draw.accuracy(halves, path, title, ylabel, NOISE)


def page(
    shown: Classifier,
    x: np.ndarray,
    out: Path,
    *,
    names: Sequence[str] = NAMES,
    target: int | None = None,
    eps: float | None = None,
    eps_l2: float | None = None,
    seed: int = 0,
    quick: bool = False,
) -> Page:
    """Move the first of the images `x` (N, C, H, W) by every attack, and measure the accuracy.

    The accuracy is that on held-out images; or, if there are none, on all of `x`, of which the net
    is taken to be right.

    Args:
        names: of the attacks.
        target: the class to reach; None: any but the one that the net sees.
        eps, eps_l2: how far an image may go, as in `Sizes`; None: as there.
    """
    sizes = SIZES.get(shown.name, PHOTO_SIZES)
    image = x[:1]
    command = f"python -m demos.attacks {shown.flags}"
    if shown.x is None:
        others, tried, classes = x[1:], x, shown.classes(x)
        who, ylabel = f"{len(x)} photographs", "photographs that keep their verdict"
    else:
        count = sizes.count // 4 if quick else sizes.count
        others = shown.x[(shown.x != image).any(axis=(1, 2, 3))][:OTHERS]
        tried, classes = shown.x[:count], shown.y[:count]
        who, ylabel = f"{count} held-out images", "images that are seen rightly"
        command += f" --from {shlex.quote(shown.names[shown.classes(image)[0]])}"
    case = Case(
        *(shown, image, target),
        eps=sizes.eps if eps is None else eps,
        eps_l2=sizes.eps_l2 if eps_l2 is None else eps_l2,
        others=others,
        seed=seed,
        quick=quick,
    )
    moved = move(case, names)
    stem = f"attacks_{shown.name}"
    title = f"{shown.name}: attacks on {shown.verdicts(image)[0]}, {goal(case)}"
    pictures = [(sheet(case, moved, out / f"{stem}.png", title), SHEET)]
    if len(tried) > 1:
        path = withstood(
            *(case, tried, classes, sizes, out / f"{stem}_accuracy.png"),
            f"What {shown.name} withstands: {who}, each changed by as much as ε",
            ylabel,
        )
        pictures.append((path, ACCURACY))
    return Page(
        title=f"Every attack: {shown.name}",
        text=text(case),
        command=command,
        pictures=pictures,
        listings=[("Every attack", table(moved)), ("What they seek", known())],
        codes=codes(),
    )


SHEET = """For each attack the moved image with the net's verdict and its probability, and the
    change, magnified: grey is no change, brighter is more, darker is less. Under them: how often
    the image was moved, the time, how many inputs went through the net for it and how many
    gradients came back; and the norms of the change, L0 in entries (a pixel has one for each
    colour), L2 and L∞ in units of x, and L∞ in 255ths of the range from black to white."""

ACCURACY = """How many images are still seen rightly, for each ε. The dots of fgsm and of the
    dashed noise are for changes of just that size. An image that pgd or momentum_fgsm carries
    across within some ε counts as lost from there on. deepfool and carlini_wagner look for the
    shortest change: their curves are the share of images for which it is longer than ε. The grey
    lines are the budgets of the picture above.

    Look for: the distance between the dashed line and the others. The same amount of change that
    does nothing if it is drawn by lot does everything if it goes along the gradient: there are very
    many directions, and the few to the boundary are hardly ever hit by chance.

    How it misleads: every curve is an upper bound. What no attack found may be there all the same,
    and a net that hides its gradients looks as if it withstood."""


def goal(case: Case) -> str:
    """What counts as a success, in words."""
    names = case.shown.names
    return f"to “{names[case.target]}”" if case.targeted else "to any other class"


def text(case: Case) -> str:
    names = case.shown.names
    left_out = {
        label: attack.lacks(case)
        for group in ATTACKS.values()
        for label, attack in group.items()
        if attack.lacks(case)
    }
    wanted = f"The net is to see “{names[case.reached]}”."
    if not case.targeted:
        wanted = f"""The net is to see any class but “{names[case.left]}”. (Attacks that must have a
        class to go to go to the second in score, “{names[case.reached]}”.)"""
    missing = "".join(f" {label} is left out: {why}." for label, why in left_out.items())
    return f"""One image, moved by the attacks of the library, each in its own way.
        {wanted}{missing} The budget of those that have one is ε = {255 * case.eps:.3g}/255 in L∞,
        or {case.eps_l2:g} in L2, in units of x. The others go as far as they must, between
        black and white. To save time one_pixel has {case.members} members and {case.generations}
        generations (its authors have 400 and 100), boundary_attack takes {case.verdicts}
        steps (5000 and more), and jsma may change {100 * case.share:g} % of the entries (14.5 %).

        Look for: what is small in which norm. The first groups change nearly every entry, by
        little; the last changes few, by much. Those that ask most often find the shortest ways.

        How it misleads: a failure proves nothing; more steps, another start or a larger ε may
        succeed. (Those that climb the score of one class can fail though it grows: that of another
        may grow faster.) L0, L2 and L∞ cannot be compared, and none of them is what an eye sees.
        What is shortest ends on the boundary itself, and in the 8 bits of an image file it may lie
        on the near side again (see the table). boundary_attack begins far away, in noise; what is
        left of that at the end is there for want of steps. And this net was never trained to
        resist: that it gives way says little of one that was."""


def sheet(case: Case, moved: dict[str, Moved], path: Path, title: str) -> Path:
    groups = {
        name: [
            panel
            for label in group
            if label in moved
            for panel in panels(case, label, moved[label])
        ]
        for name, group in ATTACKS.items()
    }
    first = next(iter(groups.values()))
    first.insert(
        0,
        draw.Panel(
            f"the image\n{case.shown.verdicts(case.image)[0]}", case.shown.pictures(case.image)[0]
        ),
    )
    return draw.sheet({k: v for k, v in groups.items() if v}, path, title, columns=6, size=2.0)


def codes() -> list[Code]:
    """The source of every attack, and before them what they share."""
    shared = walk.walk, loss_ascent.loss_ascent, loss_ascent.loss_direction, ball.Ball
    return [
        Code("what they share", ", ".join(f.__name__ for f in shared), together(shared)),
        *(code_of(getattr(techniques, name)) for name in NAMES),
    ]


def drawn(shown: Classifier, seed: int) -> np.ndarray:
    """A held-out image (1, C, H, W) that the net knows, of a class that is drawn by lot."""
    return shown.examples(drawn_classes(shown, seed, 1)[0], 1)


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.attacks", __doc__, nets=NETS)
    parser.add_argument(
        "--image",
        type=Path,
        nargs="+",
        help="an image file, if not given a held-out image; more of them serve for the accuracy "
        "of a net of ImageNet, and for universal_perturbation",
    )
    parser.add_argument(
        "--from", dest="start", help="class of the held-out image; if not given, drawn by lot"
    )
    parser.add_argument(
        "--attacks", choices=NAMES, nargs="+", metavar="NAME", help="these alone; if not given, all"
    )
    parser.add_argument("--target", help="class to reach; if not given, any other")
    parser.add_argument(
        "--eps", type=strength, help="ε of L∞: the range is 1; if not given, the net's own"
    )
    parser.add_argument(
        "--eps-l2", type=positive, help="ε of L2, in units of x; if not given, the net's own"
    )

    def demo(options: argparse.Namespace) -> None:
        names = images(options).names
        target, start = (
            None if text is None else class_index(flag, text, names)
            for flag, text in (("--target", options.target), ("--from", options.start))
        )
        x = None if options.image is None else read_images(options, options.image)
        if x is None and images(options).load is None:
            raise ValueError(f"--image: {options.net} needs one, it has no held-out images")
        if x is not None and start is not None:
            raise ValueError("--from: it is for held-out images, and --image is given")
        if start is not None and start == target:
            raise ValueError(f"--target: {names[target]} is the class to start from")
        shown = classifier(options)
        if x is None:
            x = drawn(shown, options.seed) if start is None else shown.examples(start, 1)
        if int(shown.classes(x[:1])[0]) == target:
            raise ValueError(f"--target: the image is of class {names[target]} for the net already")
        made = page(
            *(shown, x, options.out),
            names=options.attacks or NAMES,
            target=target,
            eps=options.eps,
            eps_l2=options.eps_l2,
            seed=options.seed,
            quick=options.quick,
        )
        made.command = options.command
        print(made.listings[0][1])
        print(f"wrote {write_page(made, options.out / f'attacks_{shown.name}.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
