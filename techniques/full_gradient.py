"""The full gradient: the score as a sum over the input and all biases (arXiv 1905.00780)."""

from dataclasses import dataclass

import numpy as np

from autograd import Tensor, array_module, grad, resize
from autograd.device import Array
from autograd.tensor import made_by, node_of
from autograd.walk import history

from .arguments import check_inputs
from .model import Net, check_depends, evaluation, scores
from .norms import flat
from .target import Target, choose_target


@dataclass(frozen=True)
class FullGradient:
    """What each entry of the input and each bias gives to the score.

    Attributes:
        score: (N,), s_t.
        input: (N, ...) like x, x ⊙ ∂s_t/∂x.
        biases: for each op that adds something to what comes from x, from the input on to the
            scores, what it adds ⊙ ∂s_t/∂(what it gives): an array (N, ...) like what it gives, so
            that of a convolution there is a map for every channel.

    All are in units of score.
    """

    score: Array
    input: Array
    biases: list[Array]

    @property
    def missing(self) -> Array:
        """(N,), the score less the sum of all terms: 0 to rounding, if each op is as it should."""
        return self.score - sum(flat(term).sum(axis=1) for term in (self.input, *self.biases))

    @property
    def map(self) -> Array:
        """The FullGrad map (N, H, W): the sizes of all terms that have a place, added up.

        Section 4 of the paper. Of each term, the |entries| of an image are scaled to [0, 1] and
        brought to the size of the image, and all are added, over channels and terms. So a term
        counts for its pattern, however small it is.

        Raises:
            ValueError: the inputs are not images (N, C, H, W).
        """
        if self.input.ndim != 4:
            raise ValueError(f"map: expected images (N, C, H, W), got {self.input.shape}")
        size = self.input.shape[2:]
        placed = [scaled(term) for term in (self.input, *self.biases) if term.ndim == 4]
        return sum(resize(term, size, align_corners=True).data.sum(axis=1) for term in placed)


def scaled(term: Array) -> Array:
    """|term|, moved and scaled so that each image's (C, h, w) begins at 0 and ends at 1."""
    term = abs(term)
    low, high = (end(axis=(1, 2, 3), keepdims=True) for end in (term.min, term.max))
    return (term - low) / array_module(term).where(high > low, high - low, 1)


def full_gradient(net: Net, x: Array, target: Target = None) -> FullGradient:
    """s_t(x) = Σ x ⊙ ∂s_t/∂x + Σ over all biases b of b ⊙ ∂s_t/∂b.

    Srinivas & Fleuret 2019 (arXiv 1905.00780, proposition 1). For a net of convolutions, linear
    layers, batch normalisation, ReLU, pooling and sums, it is exact. `input_x_gradient` is its
    first term, and lacks the rest. A bias has a share at each place where it is added. That of
    batch normalisation is β − γμ/√(σ² + ε).

    No layer need be known. An op that is not 0 when all that comes from x is set to 0 adds
    something of its own, whether it is the bias of a layer or a number in a formula; the graph of
    the scores tells which do.

    The trap: completeness is of all terms, and the map shows only the sizes of those that have a
    place. Of ops such as sigmoid, what they add at 0 is not what their tangent adds; what is
    then lacking is in `missing`.

    Cost: 1 forward and 1 backward pass, and each op once more, on zeros.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K), any function made of ops.
        x, target: as for `saliency`.

    Returns:
        The FullGradient.

    Raises:
        TypeError, ValueError: x or target is invalid, the scores do not depend on x, or an op with
            a bias gives no row for each input.
    """
    check_inputs(x)
    with evaluation(net):
        variable = Tensor(x)
        s = scores(net, variable)
        check_depends(s, variable)
        target = choose_target(target, s.data)
        score = s[array_module(x).arange(len(x)), target]
        added = offsets(s, variable)
        g, *slopes = (each.data for each in grad(score.sum(), [variable, *added]))
    biases = [slope * offset.data for slope, offset in zip(slopes, added, strict=True)]
    return FullGradient(score.data, x * g, biases)


def offsets(y: Tensor, x: Tensor) -> list[Tensor]:
    """What the ops between x and y give if all that comes from x is zeros, where it is not zeros.

    Parameters and constants stay as they are. Each Tensor stands in the graph where the output of
    its op does, so that `grad` finds the slope there.

    Raises:
        ValueError: an op gives what is not finite, or no row for each input.
    """
    xp = array_module(x.data)
    from_x = {node_of(x)}
    found = []
    for node in history(node_of(y)):
        if from_x.isdisjoint(node.parents):
            continue
        from_x.add(node)
        inputs = [
            xp.zeros(parent.shape, parent.dtype) if parent in from_x else node.input_array(i)
            for i, parent in enumerate(node.parents)
        ]
        with np.errstate(all="ignore"):
            offset = node.op.forward(*inputs, **node.settings)
        if not offset.any():
            continue
        if not xp.isfinite(offset).all():
            raise ValueError(f"net: {node.op.name} of zeros is not finite, so it has no bias")
        if node.shape[:1] != x.shape[:1]:
            raise ValueError(
                f"net: {node.op.name} adds a bias to {node.shape}, expected a row for each of the "
                f"{len(x)} inputs"
            )
        found.append(made_by(offset, node))
    return found
