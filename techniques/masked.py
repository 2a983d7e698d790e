"""The masked batch: what a net says of inputs of which parts are replaced.

variants of each input  →  their scores (N, V), which are small  →  a map made of the scores
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from tqdm import tqdm

from autograd import array_module, to_cpu
from autograd.device import Array, on_gpu

from .batching import batches
from .model import Net, evaluation, scores_only
from .target import Target, choose_target


def variant_scores(
    net: Net,
    x: Array,
    target: Array,
    variants: int,
    make: Callable[[slice, slice], Array],
    batch_size: int,
    progress: bool = False,
    desc: str = "variants",
) -> Array:
    """s_t of each variant of each input: (N, variants). To be called within `evaluation(net)`.

    Args:
        x: the inputs (N, ...), of whose shape the variants are.
        target: the class t of each: (N,) ints, as `choose_target` gives them.
        variants: how many there are of each input, at least 1.
        make: `make(rows, some)` gives the variants in the range `some` of the inputs in the range
            `rows`, as an array (len(some), len(rows), ...).
        batch_size: the most inputs per forward pass.
        progress, desc: show a bar, and under which name.
    """
    xp = array_module(x)
    found: dict[int, list[Array]] = {}
    parts = list(batches(len(x), variants, batch_size))
    for rows, some in tqdm(parts, desc=desc, disable=not progress):
        inputs = make(rows, some)
        s = scores_only(net, inputs.reshape(-1, *x.shape[1:])).reshape(*inputs.shape[:2], -1)
        found.setdefault(rows.start, []).append(s[:, xp.arange(s.shape[1]), target[rows]].T)
    return xp.concatenate([xp.concatenate(parts, axis=1) for parts in found.values()])


# Regions -----------------------------------------------------------------------------------------


def check_mask(mask: Array | None, x: Array) -> Array:
    """The number of the region of each entry: ints (1, ...) or (N, ...) that broadcast to x.

    None makes each entry of an input a region of its own. The regions of an input are numbered
    0, 1, ..., M − 1.

    Raises:
        TypeError: the mask is not an array of integers.
        ValueError: it does not broadcast to x, or the numbers of an input's regions have gaps.
    """
    xp = array_module(x)
    if mask is None:
        return xp.arange(x[0].size).reshape(1, *x.shape[1:])
    array = isinstance(mask, np.ndarray) or on_gpu(mask)
    if not array or mask.dtype.kind not in "iu":
        got = f"an array of {mask.dtype}" if array else type(mask).__name__
        raise TypeError(f"mask: expected an array of integers, the regions' numbers, got {got}")
    numbers = to_cpu(mask)
    try:
        fits = np.broadcast_shapes(numbers.shape, x.shape) == x.shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"mask: expected to broadcast to x, {x.shape}, got {numbers.shape}")
    numbers = numbers.reshape(*[1] * (x.ndim - numbers.ndim), *numbers.shape).astype(np.int64)
    for each in numbers:
        present = np.unique(each)
        if not np.array_equal(present, np.arange(len(present))):
            raise ValueError(
                f"mask: expected the {len(present)} regions of an input to be numbered from 0 to "
                f"{len(present) - 1} without gaps, got {present[0]} to {present[-1]}; "
                "np.unique(mask, return_inverse=True) renumbers them"
            )
    return xp.asarray(numbers)


# v(S): the scores (N, V) of V variants, if a function gives for a range of them which regions are
# on, as bools (len(some), M).
Game = Callable[[int, Callable[[slice], np.ndarray]], np.ndarray]


def region_map(
    net: Net,
    x: Array,
    target: Target,
    baseline: Array,
    mask: Array,
    values: Callable[[Game, int], np.ndarray],
    batch_size: int,
    progress: bool,
    desc: str,
) -> Array:
    """The value of each region, on all of its entries: an array like x.

    Inputs with masks of their own are taken one at a time, so that no input's values depend on how
    many regions another has.

    Args:
        baseline, mask: as `check_baseline` and `check_mask` give them.
        values: `values(game, m)` gives the values (N, m) of m regions, from the scores that it asks
            of the game. All that is NumPy, in float64.
    """
    xp = array_module(x)
    maps = []
    with evaluation(net):
        target = choose_target(target, scores_only(net, x, batch_size))
        alone = len(mask) > 1
        for i, regions in enumerate(mask):
            inputs = slice(i, i + 1) if alone else slice(None)
            game = partial(
                play, net, x[inputs], target[inputs], baseline[inputs], regions,
                batch_size=batch_size, progress=progress, desc=desc,
            )  # fmt: skip
            found = xp.asarray(values(game, int(regions.max()) + 1).astype(x.dtype))
            maps.append(xp.broadcast_to(found[:, regions], x[inputs].shape))
    return xp.concatenate(maps)


def play(
    net: Net,
    x: Array,
    target: Array,
    baseline: Array,
    regions: Array,
    variants: int,
    on: Callable[[slice], np.ndarray],
    **how,
) -> np.ndarray:
    """The scores (N, V) of inputs with some regions as in x and the others as in the baseline.

    Args:
        regions: the region of each entry: (...) ints that broadcast to one input.
        variants, on: see Game.
        how: the batch size and the bar of `variant_scores`.
    """
    xp = array_module(x)

    def switched(rows: slice, some: slice) -> Array:
        return xp.where(xp.asarray(on(some))[:, None, regions], x[rows], baseline[rows])

    return to_cpu(variant_scores(net, x, target, variants, switched, **how)).astype(np.float64)


def subsets(m: int) -> np.ndarray:
    """All sets of m regions: (2ᵐ, m) bool. The first has none of them, and the last has all."""
    return (np.arange(2**m)[:, None] >> np.arange(m)) % 2 == 1
