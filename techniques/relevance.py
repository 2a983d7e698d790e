"""The walk of layer-wise relevance propagation: what every op does with relevance."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograd import Tensor, array_module
from autograd.device import Array
from autograd.ops.normalisation import per_channel, scale_of
from autograd.tensor import Node, node_of

from .rules import ELEMENTWISE, MAXIMA, MINIMA, MOVES, SUMS, at_every_input, own_rule


@dataclass
class Layer:
    """A linear layer, as its rule sees it: z_j = Σ_i x_i w_ij + b_j.

    Attributes:
        x, w, z: arrays.
        b: an array that broadcasts to z, or 0.
        forward: (a, w) ↦ Σ_i a_i w_ij.
        backward: (c, w) ↦ Σ_j w_ij c_j.
        swallow: takes note of relevance that goes no further, an array like z.
    """

    x: Array
    w: Array
    b: Array | float
    z: Array
    forward: Callable[[Array, Array], Array]
    backward: Callable[[Array, Array], Array]
    swallow: Callable[[Array], None]

    def share(
        self, r: Array, *terms: tuple[Array, Array], bias: Array | float = 0.0, eps: float = 0.0
    ) -> Array:
        """R_i = Σ_j z_ij / (z_j + ε sign z_j) R_j, with z_ij the sum of a_i w_ij over terms (a, w).

        z_j is Σ_i z_ij and the bias. Where it is 0, the relevance goes no further.
        """
        of_inputs = sum(self.forward(a, w) for a, w in terms)
        c = ratio(r, of_inputs + bias, eps)
        self.swallow(r - of_inputs * c)
        return sum(a * self.backward(c, w) for a, w in terms)


def ratio(r: Array, z: Array, eps: float = 0.0) -> Array:
    """r / (z + ε sign z), but 0 where that divides by 0."""
    xp = array_module(z)
    z = xp.where(z < 0, z - eps, z + eps)
    return xp.where(z == 0, 0, r / xp.where(z == 0, 1, z))


class Relevance:
    """The rules of one walk, and what is swallowed on it.

    Args:
        between: the nodes between x and the scores, as `nodes_between` gives them.
        rules: the rule of each layer among them.
        swallowed: zeros (N,), to which the relevance that goes no further is added.
    """

    def __init__(
        self,
        between: Mapping[Node, list[int]],
        rules: Mapping[Node, Callable[[Layer, Array], Array]],
        swallowed: Array,
    ):
        self.between = between
        self.rules = rules
        self.swallowed = swallowed
        self.uses = Counter(node.parents[i] for node, inputs in between.items() for i in inputs)
        self.scaled: dict[Node, tuple[Array, Array]] = {}  # Layers that are normalised after.

    def overrides(self) -> dict[str, dict[str, Callable]]:
        """For `walk_back`."""
        return at_every_input(
            {
                **dict.fromkeys(ELEMENTWISE | {"negative", "multiply", "divide"}, self.passed),
                **dict.fromkeys(MOVES | MAXIMA | MINIMA, self.moved),
                **dict.fromkeys(SUMS | {"einsum"}, self.summed),
                **dict.fromkeys({"conv2d", "conv2d_input", "linear", "matmul"}, self.layer),
                "batch_norm": self.batch_norm,
            }
        )

    def swallow(self, r: Array) -> None:
        self.swallowed += r.reshape(len(self.swallowed), -1).sum(axis=1)

    def passed(self, _i: int, r: Tensor, _out: Tensor, *_inputs: Tensor) -> Tensor:
        """An elementwise function, or a product with a constant: the relevance as it is."""
        return r

    def moved(self, i: int, r: Tensor, out: Tensor, *_inputs: Tensor) -> Array:
        """Entries that went elsewhere: their relevance comes back, as a gradient does."""
        return self.counted(i, r, out, own_rule(i, r, out))

    def summed(self, i: int, r: Tensor, out: Tensor, *inputs: Tensor) -> Array:
        """A sum: to each term in proportion to what it is of the sum, as `epsilon(0)`."""
        c = ratio(r.data, out.data)
        return self.counted(i, r, out, inputs[i].data * own_rule(i, c, out))

    def counted(self, i: int, r: Tensor, out: Tensor, relevance: Array) -> Array:
        """The relevance of input i; and what goes to no input, but to constants, is swallowed."""
        if i == self.between[node_of(out)][0]:
            self.swallow(r.data)
        self.swallow(-relevance)
        return relevance

    def layer(self, i: int, r: Tensor, out: Tensor, *inputs: Tensor) -> Array:
        """A linear layer, by the rule that was chosen for it."""
        node = node_of(out)
        if node not in self.rules:
            return self.summed(i, r, out, *inputs)
        x, w, b, z = inputs[i].data, inputs[1 - i].data, 0.0, out.data
        if len(inputs) == 3 and inputs[2] is not None:
            b = per_channel(inputs[2].data, z) if w.ndim == 4 else inputs[2].data
        if node in self.scaled:
            scale, shift = self.scaled[node]
            w = w * scale.reshape(-1, *[1] * (w.ndim - 1))
            scale, shift = per_channel(scale, z), per_channel(shift, z)
            b, z = b * scale + shift, z * scale + shift

        def arguments(x: Array, w: Array) -> list[Array | None]:
            """The op's inputs in their order, without a bias."""
            return [*((x, w) if i == 0 else (w, x)), *[None] * (len(inputs) - 2)]

        def forward(a: Array, w: Array) -> Array:
            return node.op.forward(*arguments(a, w), **node.settings)

        def backward(c: Array, w: Array) -> Array:
            rule = node.op.rules[i].function
            return rule(c, None, *arguments(x, w), **node.settings).data

        layer = Layer(x, w, b, z, forward, backward, self.swallow)
        relevance = self.rules[node](layer, r.data)
        if getattr(relevance, "shape", None) != x.shape:
            got = getattr(relevance, "shape", type(relevance).__name__)
            raise ValueError(f"the LRP rule gave {got}, expected an array like x, {x.shape}")
        return relevance

    def batch_norm(self, i: int, r: Tensor, out: Tensor, x: Tensor, *parameters: Tensor) -> Array:
        """A part of the layer before it, if nothing else uses what that one gives; else a sum."""
        before = node_of(x)
        kind = before.op.name if before in self.rules and self.uses[before] == 1 else None
        if kind != "conv2d" and (kind, x.ndim) != ("linear", 2):
            return self.summed(i, r, out, x)
        mean, var, weight, bias = (p if p is None else p.data for p in parameters)
        scale = scale_of(var, weight, node_of(out).settings["eps"])
        self.scaled[before] = scale, (0 if bias is None else bias) - mean * scale
        return r.data
