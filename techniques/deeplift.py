"""DeepLIFT: what the score's change is put down to, one layer at a time (arXiv 1704.02685)."""

from functools import partial

from autograd import Tensor, array_module
from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs
from .model import Net, evaluation, scores
from .rules import (
    ELEMENTWISE,
    LINEAR,
    MAXIMA,
    MINIMA,
    MOVES,
    PRODUCTS,
    SUMS,
    at_every_input,
    check_ops,
    nodes_between,
    one_hot,
    own_rule,
    walk_back,
)
from .target import Target, choose_target


def deeplift(net: Net, x: Array, target: Target = None, *, baseline: Baseline = 0.0) -> Array:
    """(x − b) ⊙ m, with multipliers m = Δs_t/Δx that go back through the net by a chain rule.

    Shrikumar et al. 2017 (arXiv 1704.02685), with the rescale rule of section 3.5.2. Δ is what an
    entry is for x less what it is for the baseline b. Of y = f(x), elementwise, the multiplier is
    m_x = m_y Δy/Δx, which keeps m_x Δx = m_y Δy; where Δx is so small that it is mostly rounding,
    the slope f' takes the place of Δy/Δx. What is linear passes multipliers on as it passes
    gradients. So the net is run on x and b as one batch, and only some of the rules differ from the
    gradient's. Completeness: the map adds up to s_t(x) − s_t(b), to rounding.

    Two more rules make it hold beyond the paper's nets. A maximum that goes up is put down to the
    entry that is largest for x, and one that goes down to the entry that is largest for b: there
    |Δx| ≥ |Δy|, so that the multiplier is at most 1. And of a product, Δ(uv) = Δu v̄ + ū Δv with the
    means of both sides, ū and v̄. Softmax and norms inside the net are refused.

    Agrees with Captum's `DeepLift` on nets without max-pooling. With it, Captum's map is not
    complete: it passes the rule over where a pooling follows a ReLU directly, and where windows
    overlap, one overwrites what the other says.

    The trap: what the picture shows is x against b, as for `integrated_gradients`. A baseline of
    one colour makes every entry of a pooling's window its maximum, and which of them counts as the
    first decides what the map looks like wherever that maximum is lower for x.

    Cost: 2 forward and 2 backward passes, x and b together; and the layers whose outputs the graph
    did not keep are run again.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        baseline: b, where nothing is to be seen: a number, an array like one input, or an array
            like x.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid; the net has an op between x and the scores
            for which there is no rule, such as one of your own (write it with ops of autograd); or
            the map is not complete, since something that the graph does not show hangs on x, such
            as the condition of a `where`.
    """
    check_inputs(x)
    baseline = check_baseline(baseline, x)
    xp = array_module(x)
    with evaluation(net):
        pair = Tensor(xp.concatenate([x, baseline]))
        s = scores(net, pair)
        start = one_hot(xp.tile(choose_target(target, s.data[: len(x)]), 2), s)
        check_ops(nodes_between(pair, s), is_known, "deeplift")
        m = multiplier(walk_back(s, pair, start, at_every_input(RULES)))
    shares = difference(pair.data) * m
    check_completeness(shares, difference(s.data * start))
    return shares


def halves(array: Array) -> tuple[Array, Array]:
    """What is of x, and what is of the baseline."""
    return array[: len(array) // 2], array[len(array) // 2 :]


def difference(array: Array) -> Array:
    """Δ: what is of x, less what is of the baseline."""
    of_x, of_b = halves(array)
    return of_x - of_b


def twice(array: Array) -> Array:
    """The same for x and for the baseline."""
    return array_module(array).concatenate([array, array])


def multiplier(g: Array) -> Array:
    """The mean of what has come back to both halves. Only after a product are they different."""
    return sum(halves(g)) / 2


def rescale(i: int, g: Tensor, out: Tensor, *inputs: Tensor) -> Array:
    """Of y = f(x), elementwise: m Δy/Δx, or m f' where Δx is tiny."""
    m, y = multiplier(g.data), out.data
    xp = array_module(y)
    dx, dy = difference(inputs[i].data), difference(y)
    # Rounding in y makes an error of about eps |y|/|Δx| in Δy/Δx: 1 % where this begins. A kink is
    # not passed over so, as |y| ≤ |Δx| on both sides of it in all that have one (but for clip).
    tiny = abs(dx) <= 100 * xp.finfo(y.dtype).eps * sum(halves(abs(y)))
    ratio = dy / xp.where(tiny, 1, dx)
    return xp.where(twice(tiny), own_rule(i, twice(m), out), twice(m * ratio))


def extreme(sign: int, i: int, g: Tensor, out: Tensor, *inputs: Tensor) -> Array:
    """Of y = max x (sign 1) or min x (−1): Δy is put down to where the further of both sides is."""
    m, dx, dy = multiplier(g.data), difference(inputs[i].data), difference(out.data)
    xp = array_module(dx)
    of_x = sign * dy > 0
    shares = sum(halves(own_rule(i, xp.concatenate([m * dy * of_x, m * dy * ~of_x]), out)))
    slope = multiplier(own_rule(i, twice(m), out))
    return twice(xp.where(dx == 0, slope, shares / xp.where(dx == 0, 1, dx)))


def product(i: int, g: Tensor, out: Tensor, *_inputs: Tensor) -> Array:
    """Of y = u v: m v for each half, so that their mean is m v̄."""
    return own_rule(i, twice(multiplier(g.data)), out)


def quotient(i: int, g: Tensor, out: Tensor, u: Tensor, v: Tensor) -> Array:
    """Of y = u · 1/v, a product, where Δ(1/v) = −Δv / (v_x v_b)."""
    if i == 0:
        return product(i, g, out)
    v_x, v_b = halves(v.data)
    return -u * twice(multiplier(g.data) / (v_x * v_b))


RULES = {
    **dict.fromkeys(ELEMENTWISE, rescale),
    **dict.fromkeys(MAXIMA, partial(extreme, 1)),
    **dict.fromkeys(MINIMA, partial(extreme, -1)),
    **dict.fromkeys(PRODUCTS, product),
    "divide": quotient,
}


def is_known(name: str, inputs: list[int]) -> bool:
    """Whether there is a rule for an op of which these inputs depend on x."""
    if name in ELEMENTWISE | LINEAR:
        return inputs == [0]
    if name in PRODUCTS | {"divide"}:
        return len(inputs) <= 2
    return name in MOVES | SUMS | MAXIMA | MINIMA


def check_completeness(shares: Array, change: Array) -> None:
    """The shares (N, ...) of each input must add up to the change of its score, in (N, K).

    Raises:
        ValueError: they do not, by far more than rounding.
    """
    flat = shares.reshape(len(shares), -1)
    missing = abs(change.sum(axis=1) - flat.sum(axis=1))
    scale = abs(flat).sum(axis=1) + abs(change).sum(axis=1)
    if not (missing <= 1e-4 * scale).all():  # Also where one is NaN.
        raise ValueError(
            "net: the multipliers do not account for the change of the score: something in the net "
            "hangs on x in a way that the graph does not show, such as the condition of a `where`, "
            "or a mask made by a comparison"
        )
