"""A single pixel, found by evolution: nothing but the net's scores is asked for."""

from types import SimpleNamespace

import numpy as np

from autograd import Tensor, array_module, log_softmax
from autograd.device import Array

from .arguments import Bounds, check_box, check_images, check_number, check_rng, check_whole
from .criterion import check_goal, criterion_for, warn_of_reached
from .masked import variant_scores
from .model import Net
from .target import Target
from .trace import Trace
from .walk import walk


def one_pixel(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    pixels: int = 1,
    population: int = 400,
    steps: int = 100,
    scale: float = 0.5,
    targeted: bool = False,
    confidence: float | None = None,
    bounds: Bounds | None = (-1.0, 1.0),
    batch_size: int = 256,
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: Trace | None = None,
) -> Trace:
    """The pixel, and the colour for it, with which p_t is lowest; with targeted=True, highest.

    p_t is the probability, softmax(s)_t. It is found by differential evolution of a population of
    places and colours (y, x, v₁ … v_C). In each generation every member has a rival,
    m_a + F·(m_b − m_c) of three random members, that takes its place if it does better, until the
    best does what is wanted.

    Su, Vargas & Sakurai 2017 (arXiv 1710.08864, section 3.3), whose settings are the defaults: 400
    members, at most 100 generations, F = 0.5, no crossover; colours drawn first from a normal
    distribution about the middle of the range, whose σ is half the range, places uniformly. What
    passes a limit is set to it. A pixel here is all colours at a place.

    The traps. Most images cannot be carried across by one pixel, and a failure costs 40,000 forward
    passes. (Of CIFAR-10, a small net that knew 53 % of the photographs was misled on 21 of 100 that
    it knew, by a population of 100 in 30 steps.) It is a search by chance: with another `rng`
    others succeed. The numbers drawn are the same for all images of a batch, so each fares as it
    does alone, but with what luck there is in common.

    Cost: `population` forward passes of each image for each step, none backward.

    Args:
        net: maps a Tensor (N, C, H, W) to scores (N, K).
        x: images (N, C, H, W) within the bounds.
        target: the class t that is left: None for the one that the net sees, an int, or N ints.
            With targeted=True, the class that is to be reached.
        pixels: how many pixels a member has; they may coincide.
        population: how many members, at least 2.
        steps: the most generations, the first included.
        scale: F.
        targeted, confidence: as for `pgd`.
        bounds: (low, high) that no entry leaves; not None.
        batch_size: the most images per forward pass.
        rng: a seed or a Generator.
        frames, progress, resume: as for `all_gradients`.

    Returns:
        The Trace; after a step, x is with its best member so far.

    Raises:
        TypeError, ValueError: an argument is invalid, or x is no batch of images.

    Warns:
        UserWarning: an image is at its target already.
    """
    check_images(x)
    low, high = check_box(bounds, x)
    check_whole(pixels, "pixels", most=x.shape[2] * x.shape[3])
    check_whole(population, "population", least=2)
    scale = check_number(scale, "scale", above=0)
    check_whole(batch_size, "batch_size")
    criterion = criterion_for(targeted, confidence)
    check_goal(target, targeted)
    xp, start, (colours, height, width) = array_module(x), x, x.shape[1:]
    low, range_ = (xp.broadcast_to(each, x.shape[1:]) for each in (low, high - low))
    # Places and colours are numbers from 0 to 1.
    memory = SimpleNamespace(
        members=xp.zeros((len(x), population, pixels, 2 + colours), x.dtype),
        fitness=xp.full((len(x), population), -xp.inf, x.dtype),
        rng=check_rng(rng),
    )

    def with_pixels(x: Array, some: Array) -> Array:
        """Of images x (M, ...) with members (M, V, ...), every variant: (V, M, ...)."""
        variants = xp.broadcast_to(x, (some.shape[1], *x.shape)).copy()
        variant, image = xp.arange(some.shape[1])[:, None], xp.arange(len(x))
        colour = xp.arange(colours)[:, None, None]
        for pixel in some.transpose(2, 3, 1, 0):
            row, column = (
                (share * size).astype(int).clip(0, size - 1)
                for share, size in ((pixel[0], height), (pixel[1], width))
            )
            place = (colour, row, column)
            variants[(variant, image, *place)] = low[place] + range_[place] * pixel[2:]
        return variants.clip(low, high)

    def children(step: int, parents: Array) -> Array:
        if step == 0:
            first = memory.rng.uniform(size=parents.shape[1:])
            first[..., 2:] = 0.5 + 0.5 * memory.rng.standard_normal(first[..., 2:].shape)
            made = xp.broadcast_to(xp.asarray(first.astype(x.dtype)), parents.shape)
        else:
            chosen = memory.rng.integers(population, size=(3, population))
            a, b, c = (xp.asarray(i) for i in chosen)
            made = parents[:, a] + scale * (parents[:, b] - parents[:, c])
        return made.clip(0, 1)

    def generation(step: int, rows: Array, _x: Tensor, _s: Tensor, classes: Array) -> Array:
        images, parents, fitness = start[rows], memory.members[rows], memory.fitness[rows]
        rivals = children(step, parents)
        log_p = variant_scores(
            lambda v: log_softmax(net(v), axis=1), images, classes, population,
            lambda of, some: with_pixels(images[of], rivals[of, some]), batch_size,
        )  # fmt: skip
        rivals_fitness = log_p if targeted else -log_p
        better = rivals_fitness > fitness
        memory.fitness[rows] = xp.where(better, rivals_fitness, fitness)
        memory.members[rows] = xp.where(better[:, :, None, None], rivals, parents)
        best = memory.fitness[rows].argmax(axis=1)
        return with_pixels(images, memory.members[rows, best][:, None])[0]

    trace = walk(
        net, x, target, criterion, generation, technique="one_pixel", steps=steps, memory=memory,
        frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
    if targeted:
        warn_of_reached(trace.steps == 0, stacklevel=3)
    return trace
