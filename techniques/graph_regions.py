"""Regions of an image, found on the graph of its pixels (10.1023/B:VISI.0000022288.19776.77)."""

import numpy as np

from .blur import gaussian_blur

Edges = list[tuple[float, int, int]]


def pixel_edges(image: np.ndarray, sigma: float = 0.8) -> Edges:
    """(how different, pixel, pixel) for all neighbours in an image (C, H, W), the most alike first.

    Neighbours share a side or a corner. Pixels are numbered row by row, and differ by the
    Euclidean distance of their colours, after a Gaussian blur.
    """
    image = gaussian_blur(image[None].astype(np.float64), sigma)[0]
    number = np.arange(image[0].size).reshape(1, *image.shape[1:])
    p = np.concatenate([image, number])
    pairs = [
        (p[:, :, :-1], p[:, :, 1:]),
        (p[:, :-1], p[:, 1:]),
        (p[:, :-1, :-1], p[:, 1:, 1:]),
        (p[:, :-1, 1:], p[:, 1:, :-1]),
    ]
    one, other = (
        np.concatenate([x.reshape(len(p), -1) for x in side], axis=1)
        for side in zip(*pairs, strict=True)
    )
    different = np.sqrt(((one[:-1] - other[:-1]) ** 2).sum(axis=0))
    one, other = one[-1].astype(int), other[-1].astype(int)
    order = different.argsort(kind="stable")
    return list(
        zip(different[order].tolist(), one[order].tolist(), other[order].tolist(), strict=True)
    )


def graph_regions(edges: Edges, pixels: int, scale: float, min_size: float) -> np.ndarray:
    """The region of each pixel: (pixels,) ints from 0 on.

    Felzenszwalb & Huttenlocher 2004 (10.1023/B:VISI.0000022288.19776.77, sections 3 and 4). Every
    pixel begins as a region. From the most alike neighbours to the least, two regions become one
    if the neighbours differ by no more than the regions do inside: by the largest difference that
    was bridged in either, plus scale / its number of pixels. At last, regions smaller than
    `min_size` go to a neighbour.
    """
    parent, size, inside = list(range(pixels)), [1] * pixels, [0.0] * pixels

    def region(pixel: int) -> int:
        while parent[pixel] != pixel:
            parent[pixel] = pixel = parent[parent[pixel]]
        return pixel

    def join(a: int, b: int, different: float) -> None:
        parent[b] = a
        size[a] += size[b]
        inside[a] = different

    for different, one, other in edges:
        a, b = region(one), region(other)
        if a != b and different <= min(inside[a] + scale / size[a], inside[b] + scale / size[b]):
            join(a, b, different)
    for different, one, other in edges:
        a, b = region(one), region(other)
        if a != b and min(size[a], size[b]) < min_size:
            join(a, b, different)
    return np.unique([region(pixel) for pixel in range(pixels)], return_inverse=True)[1]
