"""`python -m demos.gradcheck`: an op of one's own, a right rule, a wrong one, and the checker."""

import argparse
import inspect
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from autograd import (
    Tensor,
    abs,
    check_grad,
    grad,
    maximum,
    override,
    relu,
    sigmoid,
    sign,
    sqrt,
    to_device,
)
from autograd.check import Report
from autograd.check.differences import STEPS
from autograd.op import registry

from . import draw
from .options import Parser, run
from .page import Page, write_page


# The page shows the lines between the first and the last of this function, as they are.
def users_op():
    from autograd import array_module, op, sigmoid

    @op
    def swish(x):
        """x · sigmoid(x), elementwise (arXiv 1710.05941)."""
        return x / (1 + array_module(x).exp(-x))

    def swish_rule(g, _out, x):
        s = sigmoid(x)
        return g * (s + x * s * (1 - s))  # The product rule, and s′ = s(1 − s).

    swish.rule(x=swish_rule)
    return swish


def forgetful_rule(g, _out, x):
    return g * sigmoid(x)  # As if sigmoid(x) did not depend on x.


def lines_of(function: Callable) -> str:
    """The source of what stands between a function's first line and its last."""
    lines = inspect.getsource(function).splitlines()[1:-1]
    return textwrap.dedent("\n".join(lines)).strip()


def points(seed: int) -> np.ndarray:
    """Where to check (8,): at random, but far enough from each other for a picture."""
    return (np.arange(-4, 4) + np.random.default_rng(seed).uniform(0.2, 0.8, 8)).round(2)


def page(out: Path, *, seed: int = 0, device: str = "cpu") -> Page:
    """Check swish with the right rule and with the wrong one, and draw how the checker knows."""
    swish = users_op()
    try:
        return page_about(swish, out, seed, device)
    finally:
        del registry[swish.op.name]  # The library's own ops remain.


def page_about(swish: Callable, out: Path, seed: int, device: str) -> Page:
    x = to_device(points(seed), device)
    right = check_grad(swish, x, order=2)
    with override(swish=forgetful_rule):
        wrong = check_grad(swish, x, order=2, raises=False)
    return Page(
        title="A gradient, checked",
        text="""An op is a function on arrays, and a rule that takes g, the gradient at its output,
        to the gradient at its input. Swish is x · sigmoid(x); by the product rule, its slope has
        two terms. check_grad compares what the rule says with slopes of the function's own values,
        (f(x + h) − f(x − h)) / 2h, and with order=2 the gradient of the gradient as well. It moves
        every entry of x alone, and all of them together in a few directions.

        The second rule forgets one of the terms. The message shows where: the gradient from the
        rule (analytic) is not the slope (numeric), and the slope's error bar does not explain it.
        These numbers are slopes times random weights, one for each entry of the output, so that
        mistakes do not cancel each other; the ratio is free of the weights.

        Look for: the flat line in the first picture. As h shrinks, the difference comes closer to
        the right rule, until h is so small that rounding spoils it. For the wrong rule there is
        no such h. And in the second picture, what the slopes to the left and to the right do as
        the step shrinks: from this the checker tells a kink, where any slope between the two will
        do, from a mistake.

        How it misleads: “ok” speaks of the points that were checked, and of no others. At 0 both
        rules agree, since the term that the wrong one forgets is x times something; a kink
        elsewhere is not seen, either. So check at many points: with Hypothesis and
        autograd.strategies it is one line, which the README shows.""",
        command=f"python -m demos.gradcheck --seed {seed}",
        listings=[
            ("An op, and its gradient rule", lines_of(users_op)),
            ("check_grad(swish, x, order=2)", str(right)),
            ("A wrong rule", inspect.getsource(forgetful_rule).strip()),
            ("with override(swish=forgetful_rule): check_grad(swish, x, order=2)", str(wrong)),
            ("Where there is no slope to compare with, or nothing to see", corners(swish)),
        ],
        pictures=[
            (
                steps_picture(swish, points(seed), out / "gradcheck_steps.png"),
                "Left: the points that were checked, and what each rule says. Right: how far each "
                "rule is from the central difference, at the worst of these points, for every h.",
            ),
            (
                sides_picture(swish, out / "gradcheck_sides.png"),
                "Above: functions (grey), their slopes to either side for h = 1, and lines of the "
                "slope that a rule says. Below: the same slopes as h shrinks, and the verdicts.",
            ),
        ],
    )


def corners(swish: Callable) -> str:
    """A table of what check_grad says at points where a slope is missing or tells nothing."""
    zero = np.zeros(1)
    rows = [
        ("relu at 0", relu, [zero], "slopes 0 and 1; the rule says 0"),
        ("abs at 0", abs, [zero], "slopes −1 and 1; the rule says 0"),
        ("maximum(x, y) at x = y", maximum, [zero, zero], "slopes 0 and 1; the rule says ½ each"),
        ("sign at 0", sign, [zero], "a jump: steeper and steeper as h shrinks"),
        ("sqrt at 0", sqrt, [zero], "infinitely steep, and no value on the left"),
        ("swish at 0, wrong rule", swish, [zero], "a mistake, but not one that shows here"),
    ]
    table = []
    with override(swish=forgetful_rule):
        for what, f, arrays, why in rows:
            said = counted(check_grad(f, *arrays, raises=False))
            table.append(f"{what:<24}{said:<18}{why}")
    return "\n".join(table)


def counted(report: Report) -> str:
    return ", ".join(f"{n} {verdict}" for verdict, n in report.counts.items() if n)


def slope(f: Callable, x: np.ndarray) -> np.ndarray:
    """What the rule of an elementwise `f` says at each of the points `x`."""
    v = Tensor(x)
    return grad(f(v).sum(), v).data


def steps_picture(swish: Callable, x: np.ndarray, path: Path) -> Path:
    """Draw both rules over the points `x`, and how far central differences are from them."""
    curve = np.linspace(-4.5, 4.5, 200)
    h = np.logspace(0, -12, 121)
    differences = np.stack([(swish(x + t) - swish(x - t)).data / (2 * t) for t in h])
    said = {"right rule": (slope(swish, curve), slope(swish, x))}
    with override(swish=forgetful_rule):
        said["wrong rule"] = (slope(swish, curve), slope(swish, x))
    return draw.differences_and_rules(
        x,
        differences,
        h,
        curve,
        said,
        STEPS[0],
        path,
        "How the checker knows: no step h brings the difference to the wrong rule",
    )


def sides_picture(swish: Callable, path: Path) -> Path:
    """Draw the slopes to either side of a smooth place, of a kink and of a jump."""
    wrong = {"swish": forgetful_rule}
    too_steep = {"abs": lambda g, _out, _x: 2 * g}
    columns = [
        sides(
            swish,
            -2,
            "swish at −2: smooth",
            "both settle on one slope",
            {"the right rule": {}, "the wrong rule": wrong},
        ),
        sides(
            abs,
            0,
            "abs at 0: a kink",
            "each settles on its own",
            {"its rule says 0": {}, "were it 2": too_steep},
        ),
        sides(sign, 0, "sign at 0: a jump", "neither settles", {"its rule says 0": {}}),
    ]
    return draw.one_sided_slopes(
        columns, path, "How the checker tells a kink from a mistake: the slopes to either side"
    )


def sides(f: Callable, at: float, title: str, remark: str, rules: dict[str, dict]) -> draw.Sides:
    """The slopes of `f` to either side of a point, and the verdicts on its rule and on others."""
    x, h = np.array([float(at)]), np.logspace(0, -3, 61)
    curve = at + np.linspace(-1.5, 1.5, 301)
    middle = f(x).item()
    said = {}
    for name, rule in rules.items():
        with override(**rule):
            verdict = check_grad(f, x, raises=False).entries[0].verdict
            said[f"{name}: {verdict}"] = slope(f, x).item()
    return draw.Sides(
        title=title,
        remark=remark,
        x=curve,
        y=f(curve).data,
        at=(at, middle),
        said=said,
        h=h,
        left=(middle - f(at - h).data) / h,
        right=(f(at + h).data - middle) / h,
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = Parser("demos.gradcheck", __doc__, nets=())

    def demo(options: argparse.Namespace) -> None:
        made = page(options.out, seed=options.seed, device=options.device)
        for title, text in made.listings:
            print(f"{title}\n\n{textwrap.indent(text, '    ')}\n")
        print(f"wrote {write_page(made, options.out / 'gradcheck.html')}")

    run(parser, demo, argv)


if __name__ == "__main__":
    main()
