"""DeepDream: a photograph with more of whatever a layer sees in it."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, log

import numpy as np

from autograd import Tensor, array_module
from autograd.device import Array

from . import objectives
from .activation_maximization import FeatureTrace, check_moves, feature_trace, gradient
from .arguments import (
    Bounds,
    check_bounds,
    check_images,
    check_number,
    check_rng,
    check_whole,
    within,
)
from .layer import find_layer
from .model import Net, evaluation
from .norms import flat, nonzero
from .objectives import Objective
from .scales import shrunk, sized
from .trace import Recorder


def deep_dream(
    net: Net,
    x: Array,
    *,
    layer: str,
    channel: int | Sequence[int] | None = None,
    octaves: int = 4,
    octave_scale: float = 1.4,
    steps: int = 20,
    lr: float = 0.03,
    jitter: int = 32,
    tile: int = 512,
    bounds: Bounds | None = (-1.0, 1.0),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: FeatureTrace | None = None,
) -> FeatureTrace:
    """x ← clip(x + lr · g / mean|g|), with g = ∂ mean(a²)/∂x for a layer's activations a.

    Mordvintsev et al. 2015 ("Inceptionism", and the notebook with it). It begins on a small copy
    of the photograph, where what a unit sees is large. What the dream has added is enlarged, put on
    the next larger copy, and dreamt on: an octave each.

    The trap: lr is the mean change of an entry in a step. Many steps leave nothing of the
    photograph, and few show what the layer saw in it.

    Cost: a forward and a backward pass for each step of each octave.

    Args:
        net: maps a Tensor (N, C, H, W) of any H and W to scores (N, K), a Module of nets.
        x: images (N, C, H, W) within the bounds.
        layer: the name of the layer, such as "features.7".
        channel: the mean of this channel is to grow, in place of the squares of all: an int for all
            images, or one for each.
        octaves: how many sizes.
        octave_scale: how much larger each is than the one before.
        steps: how many in each octave.
        lr: the mean change of an entry in a step, in units of x.
        jitter: in each step the images are rolled by up to so many pixels, down or up, right or
            left, and back after it.
        tile: a larger image goes through the net in parts, each of at most so many pixels square,
            and so takes no more memory than a part. The jitter moves the borders.
        bounds: (low, high) that no entry leaves, numbers or arrays (C, 1, 1); or None.
        rng: a seed or a Generator, which draws the jitter.
        frames: keep the images after every so many steps (True: every one), in the size of x.
        progress: show a bar, with the mean of the objective.
        resume: as for `all_gradients`, a trace of as many octaves. Where it had gone through all
            steps, more are taken in the last octave.

    Returns:
        The FeatureTrace; its parameters are the images themselves. The history goes through all
        octaves, and its last row is of the result.

    Raises:
        TypeError, ValueError: an argument is invalid, there is no such layer, or the gradient at
            the start is 0 everywhere.
    """
    check_images(x)
    bounds = check_bounds(bounds, x)
    if bounds is not None and any(bound.shape[-2:] not in ((), (1, 1)) for bound in bounds):
        raise ValueError("bounds: expected the same for all pixels: numbers, or (C, 1, 1)")
    find_layer(net, layer)
    wanted = objectives.layer(layer)
    if channel is not None:
        wanted = objectives.channel(layer, channel)
    check_whole(octaves, "octaves")
    octave_scale = check_number(octave_scale, "octave_scale", above=1)
    if (octaves - 1) * log(octave_scale) > log(min(x.shape[2:])):
        raise ValueError(
            f"octaves: of images {x.shape}, {octaves} with an octave_scale of {octave_scale:g} "
            "would leave less than a pixel"
        )
    check_whole(steps, "steps")
    lr = check_number(lr, "lr", above=0)
    jitter = check_whole(jitter, "jitter", least=0)
    check_whole(tile, "tile")
    rng = check_rng(rng)
    xp = array_module(x)
    recorder, reason = Recorder(x, frames, resume, "deep_dream"), "step limit"
    smallest = shrunk(x, octave_scale ** (octaves - 1))
    octave, taken, z, rng = recorder.begin(octaves - 1, 0, smallest, rng)
    base = shrunk(x, octave_scale**octave)
    with evaluation(net), recorder.bar(octaves * steps, progress) as bar:
        try:
            while octave or taken < steps:
                if taken >= steps:
                    dreamt, octave, taken = z - base, octave - 1, 0
                    base = shrunk(x, octave_scale**octave)
                    z = base + sized(dreamt, base.shape[2:])
                shift = rng.integers(-jitter, jitter + 1, 2)
                rolled = xp.roll(z, tuple(shift.tolist()), (-2, -1))
                values, g = in_tiles(net, wanted, rolled, tile)
                if recorder.step == 0:
                    check_moves(g)
                if progress:
                    bar.set_postfix(objective=f"{float(values.mean()):.4g}", refresh=False)
                g = xp.roll(g, tuple((-shift).tolist()), (-2, -1))
                moved = z + lr * g / nonzero(abs(flat(g)).mean(axis=1), g)
                recorder.record(sized(z, x.shape[2:]), values)
                z, taken = within(moved, bounds), taken + 1
                recorder.checkpoint(octave, taken, z, rng)
                bar.update()
        except KeyboardInterrupt:
            reason = "interrupted"
        z = sized(z, x.shape[2:])
        recorder.record(z, in_tiles(net, wanted, z, tile)[0])
    return feature_trace(recorder, z, z, reason)


def in_tiles(net: Net, wanted: Objective, x: Array, tile: int) -> tuple[Array, Array]:
    """The objective (N,), the mean of all tiles', and its gradient, shaped like x."""
    xp = array_module(x)
    values, g = 0, xp.zeros_like(x)
    for rows in parts(x.shape[2], tile):
        for cols in parts(x.shape[3], tile):
            piece = Tensor(x[:, :, rows, cols])
            value = wanted.of(net, piece)
            share = piece[0, 0].size / x[0, 0].size
            values = values + share * value.data
            g[:, :, rows, cols] = share * gradient(value, piece)
    return values, g


def parts(size: int, tile: int) -> list[slice]:
    """So few parts of about the same size that none is larger than a tile."""
    edges = np.linspace(0, size, ceil(size / tile) + 1).astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]
