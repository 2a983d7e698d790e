"""Occlusion: how far the score drops when a window of the input is covered (arXiv 1311.2901)."""

from collections.abc import Sequence
from itertools import product

from autograd import array_module
from autograd.device import Array

from .arguments import Baseline, check_baseline, check_inputs, check_whole
from .masked import variant_scores
from .model import Net, evaluation, scores_only
from .norms import wide
from .target import Target, choose_target


def occlusion(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    window: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    baseline: Baseline = 0.0,
    batch_size: int = 64,
    progress: bool = False,
) -> Array:
    """s_t(x) − s_t(x with a window covered), averaged over the windows that cover an entry.

    Zeiler & Fergus 2014 (arXiv 1311.2901, section 4.2), who draw the score by the place of a grey
    square. As in Captum's `Occlusion`, with which it agrees, the windows start at the multiples of
    the stride, and the last one is cut off at the edge, so that every entry is covered.

    The trap: a map shows nothing smaller than its window, and a window smaller than the evidence
    takes too little of it away to be missed. The baseline, too, is something for the net to see.

    Cost: 1 forward pass for each input and window, and 1 for each input.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: inputs (N, ...) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        window: its size: an int for all axes, or one for each. Of images (N, C, H, W) the axes are
            H and W, and all colours are covered together, unless three sizes are given.
        stride: from one window to the next: an int or several, like the window, and at most that.
            Where the colours are left out, it is as many as the window covers.
        baseline: what the window shows: a number, an array like one input, or an array like x.
        batch_size: the most inputs per forward pass.
        progress: show a bar.

    Returns:
        An array shaped like x, signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid, a window is larger than the input, or a
            stride larger than the window, which would leave gaps.
    """
    check_inputs(x)
    places = windows(x, window, stride)
    baseline = check_baseline(baseline, x)
    check_whole(batch_size, "batch_size")
    xp = array_module(x)
    with evaluation(net):
        s = scores_only(net, x, batch_size)
        target = choose_target(target, s)

        def covered(rows: slice, some: slice) -> Array:
            variants = xp.stack([x[rows]] * len(places[some]))
            for variant, place in zip(variants, places[some], strict=True):
                variant[place] = baseline[rows][place]
            return variants

        after = variant_scores(
            net, x, target, len(places), covered, batch_size, progress, desc="windows"
        )
        drop = s[xp.arange(len(x)), target][:, None] - after
    total, count = xp.zeros_like(x), xp.zeros_like(x[:1])
    for i, place in enumerate(places):
        total[place] += wide(drop[:, i], x)
        count[place] += 1
    return total / count


def windows(
    x: Array, window: int | Sequence[int], stride: int | Sequence[int]
) -> list[tuple[slice, ...]]:
    """The place of each window, as an index into inputs (N, ...). Raises as `occlusion` does."""
    shape = x.shape[1:]
    window = per_axis(window, "window", shape, colours=shape[0])
    stride = per_axis(stride, "stride", shape, colours=window[0])
    starts = []
    for size, w, step in zip(shape, window, stride, strict=True):
        if w > size:
            raise ValueError(f"window: {window} is larger than an input, {shape}")
        if step > w < size:
            raise ValueError(f"stride: {stride} leaves gaps between windows of {window}")
        starts.append(range(0, size - w + step, step))
    return [
        (slice(None), *(slice(a, a + w) for a, w in zip(corner, window, strict=True)))
        for corner in product(*starts)
    ]


def per_axis(
    value: int | Sequence[int], name: str, shape: tuple[int, ...], colours: int
) -> tuple[int, ...]:
    """One int for each axis of an input; `colours` for those of an image, if they are left out."""
    axes = len(shape)
    inner = axes - 1 if axes == 3 else axes
    values = list(value) if isinstance(value, Sequence) else [value] * inner
    if len(values) == inner < axes:
        values = [colours, *values]
    if len(values) != axes:
        raise ValueError(f"{name}: expected an int or {axes} of them, for {shape}, got {value!r}")
    return tuple(check_whole(size, name) for size in values)
