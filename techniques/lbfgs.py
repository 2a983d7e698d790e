"""L-BFGS: descent along gradients that the last few of them have taught the curvature."""

from collections.abc import Callable

from autograd import array_module
from autograd.device import Array

from . import norms
from .arguments import Bounds, within
from .norms import flat, wide

MEMORY = 10  # How many steps are remembered; Nocedal & Wright name 3 to 20.
DECREASE = 1e-4  # c₁: what share of the promised decrease will do (ibid., chapter 3.1).
TRIALS = 20  # How often a step is shortened before it is given up.

# Losses (N, K), of which the sum of each row is to become small, and the gradient, shaped like x.
Found = tuple[Array, Array]


class LBFGS:
    """Descends from x along −H g, with g the gradient and H an estimate of the inverse Hessian.

    Nocedal & Wright 2006, "Numerical Optimization", algorithms 7.4 (H g from the last steps s and
    the changes y of the gradient along them) and 7.5. Each input of a batch has its own curvature
    and its own length of step, which is 1 or, if the loss does not fall enough, shorter.

    Two things are added. Bounds: an entry that is at one, and would go beyond, stands still, the
    curvature is that of the others, and what a step would take beyond is cut off (Bertsekas 1982,
    10.1137/0320018). And the loss need not be convex: a pair without sᵀy > 0 is not used.

    Attributes:
        pairs: the last s and y, each (N, D).
    """

    def __init__(self, bounds: Bounds | None = None):
        self.bounds = bounds
        self.pairs: list[tuple[Array, Array]] = []

    def step(
        self, x: Array, found: Found, evaluate: Callable[[Array], Found]
    ) -> tuple[Array, Found]:
        """The inputs after a step, and what `evaluate` finds there.

        An input for which no length will do stays where it is, and forgets its curvature.

        Args:
            x: (N, ...) within the bounds.
            found: what `evaluate` finds at x.
            evaluate: the losses of inputs like x and their gradient.
        """
        xp = array_module(x)
        loss, g = found[0].sum(axis=1), flat(found[1])
        free = self.free(x, found[1])
        d = -self.times_inverse_hessian(free * g, free)
        slope, length = dot(g, d), xp.ones_like(loss)
        rounding = 4 * xp.finfo(loss.dtype).eps * abs(loss)
        for _ in range(TRIALS):
            moved = within(x + (length[:, None] * d).reshape(x.shape), self.bounds)
            there = evaluate(moved)
            rise = there[0].sum(axis=1) - loss
            promised = dot(g, flat(moved - x)).clip(None, 0)
            good = rise <= DECREASE * promised + rounding
            if good.all():
                break
            length = length * xp.where(good, 1, shortening(length * slope, rise))
        else:
            moved = xp.where(wide(good, x), moved, x)
            there = evaluate(moved)
            self.pairs = [(good[:, None] * s, good[:, None] * y) for s, y in self.pairs]
        self.pairs = [*self.pairs, (flat(moved - x), flat(there[1]) - g)][-MEMORY:]
        return moved, there

    def times_inverse_hessian(self, g: Array, free: Array | int = 1) -> Array:
        """H g (N, D), of the entries that are free: algorithm 7.4.

        Without any pair it is g/‖g‖: a step of length 1.
        """
        xp = array_module(g)
        eps = xp.finfo(g.dtype).eps
        scale = 1 / norms.nonzero(norms.l2(g), g)[:, 0]
        pairs = []
        for s, y in self.pairs:
            s, y = free * s, free * y
            curved = dot(s, y) > eps * norms.l2(s) * norms.l2(y)
            rho = curved / xp.where(curved, dot(s, y), 1)
            scale = xp.where(curved, dot(s, y) / xp.where(curved, dot(y, y), 1), scale)
            pairs.append((s, y, rho))
        q, alphas = g, []
        for s, y, rho in reversed(pairs):
            alphas.append(rho * dot(s, q))
            q = q - alphas[-1][:, None] * y
        r = scale[:, None] * q
        for (s, y, rho), alpha in zip(pairs, reversed(alphas), strict=True):
            r = r + (alpha - rho * dot(y, r))[:, None] * s
        return r

    def free(self, x: Array, g: Array) -> Array | int:
        """Which entries may move, (N, D), or 1 for all: not those that would leave the bounds."""
        if self.bounds is None:
            return 1
        low, high = self.bounds
        return flat(((x > low) | (g < 0)) & ((x < high) | (g > 0)))


def dot(a: Array, b: Array) -> Array:
    """The product of each two rows: (N, D) and (N, D) to (N,)."""
    return (a * b).sum(axis=1)


def shortening(slope: Array, rise: Array) -> Array:
    """By what factor to shorten a step, from 0.1 to 0.5.

    To the minimum of the parabola that starts with this slope and is at `rise` at the step's end
    (Nocedal & Wright, equation 3.58).
    """
    xp = array_module(rise)
    factor = -slope / (2 * xp.where(rise > slope, rise - slope, xp.inf))
    return xp.where(xp.isfinite(rise), factor, 0).clip(0.1, 0.5)
