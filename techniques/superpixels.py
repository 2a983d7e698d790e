"""Superpixels: an image in patches of one colour, which follow its edges (SLIC)."""

from math import sqrt

import numpy as np

from autograd import array_module, to_cpu
from autograd.device import Array

from .arguments import check_images, check_number, check_whole


def superpixels(
    x: Array, segments: int = 50, *, compactness: float = 0.5, iterations: int = 10
) -> Array:
    """Each image cut into about `segments` connected regions: (N, 1, H, W) ints, 0, 1, ..., M − 1.

    Simple linear iterative clustering, Achanta et al. 2012 (10.1109/TPAMI.2012.120): k-means of the
    pixels, by colour and place. The clusters start as the cells of a grid, and a pixel is compared
    with those that started in its own cell and in the eight around it. Its squared distance from a
    cluster is |Δcolour|² + (compactness · Δplace / cell size)². The colours are those of x, divided
    by their standard deviation over the image; those of the authors are CIELAB's.

    The trap: what a region does not separate, no technique that works on regions can.

    Args:
        x: images (N, C, H, W) of floats.
        segments: about how many regions. (Each connected region has its own number, so the images
            of a batch need not have as many as each other.)
        compactness: the more, the rounder; the less, the closer to the edges.
        iterations: of k-means.

    Returns:
        The number of the region of each pixel, as techniques with a `mask` take it.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_images(x)
    check_whole(segments, "segments")
    check_number(compactness, "compactness", above=0)
    check_whole(iterations, "iterations")
    found = [connected(slic(each, segments, compactness, iterations)) for each in to_cpu(x)]
    return array_module(x).asarray(np.stack(found)[:, None])


def slic(image: np.ndarray, segments: int, compactness: float, iterations: int) -> np.ndarray:
    """The cluster of each pixel of an image (C, H, W): (H, W) ints."""
    height, width = image.shape[1:]
    cell = sqrt(height * width / segments)
    rows = min(max(round(height / cell), 1), height, segments)
    columns = min(round(segments / rows), width)
    y, x = np.mgrid[:height, :width]
    row, column = y * rows // height, x * columns // width
    colours = (image / (image.std() or 1)).reshape(len(image), -1)
    places = np.stack([y.ravel(), x.ravel()]) * compactness / cell
    points = np.concatenate([colours, places]).astype(np.float64)
    around = np.stack(
        [
            (row + down).clip(0, rows - 1) * columns + (column + right).clip(0, columns - 1)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
        ]
    ).reshape(9, -1)
    cluster = around[4]
    for _ in range(iterations):
        size = np.bincount(cluster, minlength=rows * columns)
        centres = np.stack([np.bincount(cluster, p, rows * columns) for p in points])
        centres = np.where(size, centres / size.clip(1), np.inf)  # An empty one stays empty.
        distance = ((points[:, None] - centres[:, around]) ** 2).sum(axis=0)
        cluster = np.take_along_axis(around, distance.argmin(axis=0)[None], axis=0)[0]
    return cluster.reshape(height, width)


def connected(cluster: np.ndarray) -> np.ndarray:
    """The largest connected part of each cluster, grown over the other parts, and numbered."""
    part = parts(cluster)
    names, first, size = np.unique(part, return_index=True, return_counts=True)
    by_size = size.argsort(kind="stable")
    largest = np.zeros(cluster.max() + 1, int)
    largest[cluster.ravel()[first[by_size]]] = names[by_size]  # The last one assigned stays.
    part = np.where(part == largest[cluster], part, -1)
    while (part < 0).any():
        for here, there in neighbours():
            part[here] = np.where(part[here] < 0, part[there], part[here])
    return np.unique(part, return_inverse=True)[1].reshape(cluster.shape)


def parts(cluster: np.ndarray) -> np.ndarray:
    """For each pixel, the least index of the pixels that it is connected with in its cluster."""
    part = np.arange(cluster.size).reshape(cluster.shape)
    while True:
        before = part.copy()
        for here, there in neighbours():
            less = (cluster[here] == cluster[there]) & (part[there] < part[here])
            part[here] = np.where(less, part[there], part[here])
        part = part.ravel()[part]  # The pixel of that index may know a lesser one.
        if np.array_equal(part, before):
            return part


def neighbours() -> list[tuple]:
    """Pairs of indices: all pixels that have a neighbour on one of the four sides, and those."""
    up, down, every = slice(None, -1), slice(1, None), slice(None)
    vertical = [((up, every), (down, every)), ((down, every), (up, every))]
    return vertical + [(here[::-1], there[::-1]) for here, there in vertical]
