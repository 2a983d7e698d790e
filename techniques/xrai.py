"""XRAI: regions of the image, ranked by how much attribution they hold (arXiv 1906.02825)."""

from collections.abc import Sequence

import numpy as np

from autograd import array_module, to_cpu
from autograd.device import Array

from .arguments import Baseline, check_baselines, check_images
from .graph_regions import graph_regions, pixel_edges
from .integrated_gradients import integrated_gradients
from .model import Net
from .target import Target

# PAIR's numbers, for images of 224×224 with colours from −1 to 1. Numbers of pixels go with the
# area of the image. (PAIR brings every image to that size instead.)
SCALES = [scale / 255 for scale in (50, 100, 150, 250, 500, 1200)]
AREA = 224 * 224
MIN_SIZE = 150
WIDENED = 5
MIN_NEW = 50


def xrai(
    net: Net,
    x: Array,
    target: Target = None,
    *,
    segments: Sequence[Array] | Array | None = None,
    baselines: Baseline | None = None,
    steps: int = 100,
    rule: str = "gausslegendre",
    batch_size: int = 8,
    progress: bool = False,
) -> Array:
    """The mean integrated gradient of the region that each pixel is in, the best regions first.

    Kapishnikov et al. 2019 (arXiv 1906.02825). Integrated gradients are averaged over
    baselines, and the largest over the colours is taken of each pixel. Of many regions, from small
    to large and overlapping, the one with the highest mean is chosen, then the one with the highest
    mean over what is not yet covered, and so on. A pixel gets the mean with which it was covered:
    so `map >= np.quantile(map, 0.8)` is the fifth of the image that matters most, in whole regions.
    Agrees with PAIR's `XRAI` on the same regions and integrated gradients; with regions of its own,
    two maps of a photograph correlate with PAIR's by 0.99.

    The trap: a map is made of the regions that were offered. Evidence smaller than a region is
    spread over it, and a region takes its neighbour's credit where an edge was missed.

    Cost: `steps` forward and backward passes for each image and baseline, and a forward pass more
    for each. Regions are found and ranked on the CPU, in two seconds for an image of 224×224.

    Args:
        net: maps a Tensor (N, C, H, W) to scores (N, K).
        x: images (N, C, H, W) of floats.
        target: the class t: None for the highest-scoring, an int, or N ints.
        segments: regions, the same for all images: arrays (H, W), of bools, each True in a region,
            or of ints, each with a number for every region of a segmentation. None to find them in
            each image, by `graph_regions` on six scales, widened by a few pixels at the edges.
        baselines: a set of them, as for `gradient_shap`. None is the smallest and the largest entry
            of each image, where the paper has black and white.
        steps, rule, batch_size, progress: as for `integrated_gradients`.

    Returns:
        (N, H, W), signed, in units of score.

    Raises:
        TypeError, ValueError: an argument is invalid.
    """
    check_images(x)
    given = None if segments is None else check_segments(segments, x.shape[2:])
    if baselines is None:
        ends = (end(axis=(1, 2, 3), keepdims=True) for end in (x.min, x.max))
        baselines = [array_module(x).broadcast_to(end, x.shape) for end in ends]
    else:
        baselines = check_baselines(baselines, x)
    shares = sum(
        integrated_gradients(
            net, x, target,
            baseline=b, steps=steps, rule=rule, batch_size=batch_size, progress=progress,
        )
        for b in baselines
    ) / len(baselines)  # fmt: skip
    least = MIN_NEW * x[0, 0].size / AREA
    maps = [
        ranked(share, regions(image) if given is None else given, least)
        for image, share in zip(to_cpu(x), to_cpu(shares.max(axis=1)), strict=True)
    ]
    return array_module(x).asarray(np.stack(maps).astype(x.dtype))


def ranked(share: np.ndarray, masks: np.ndarray, least: float) -> np.ndarray:
    """The map (H, W) of the regions chosen one after the other by their mean share.

    Args:
        share: (H, W), of each pixel.
        masks: (S, H, W) bools, the regions. They may overlap, and leave pixels out.
        least: a region that would add fewer pixels than that is not chosen any more.

    Returns:
        For each pixel the mean share, over the pixels that were new, of the region that it came
        with; for those that no region brought, their own mean.
    """
    found, covered = np.zeros(share.size), np.zeros(share.size, bool)
    share, regions = share.ravel().astype(np.float64), masks.reshape(len(masks), -1)
    total, area = regions @ share, regions.sum(axis=1)  # Of what is new in each region.
    while (open_ := area >= max(least, 1)).any():
        gain = np.where(open_, total / area.clip(1), -np.inf)
        best = gain.argmax()
        new = regions[best] & ~covered
        found[new] = gain[best]
        covered |= new
        total -= regions[:, new] @ share[new]
        area -= regions[:, new].sum(axis=1)
    if not covered.all():
        found[~covered] = share[~covered].mean()
    return found.reshape(masks.shape[1:])


def regions(image: np.ndarray) -> np.ndarray:
    """Regions of an image (C, H, W) on several scales, widened: (S, H, W) bools."""
    size = image.shape[1:]
    part = size[0] * size[1] / AREA
    low, high = image.min(), image.max()
    edges = pixel_edges((image - low) * (2 / (high - low or 1)))
    labels = [
        graph_regions(edges, image[0].size, scale * part, MIN_SIZE * part) for scale in SCALES
    ]
    return widened(masks_of([each.reshape(size) for each in labels]), WIDENED * part**0.5)


def masks_of(labels: Sequence[np.ndarray]) -> np.ndarray:
    """(S, H, W) bools, one for each number of each of several arrays of labels (H, W)."""
    return np.concatenate([each == np.unique(each)[:, None, None] for each in labels])


def widened(masks: np.ndarray, radius: float) -> np.ndarray:
    """Masks (S, H, W) with all pixels that are no further than `radius` from one of theirs."""
    height, width = masks.shape[1:]
    reach = int(radius)
    wide = np.zeros((len(masks), height + 2 * reach, width + 2 * reach), bool)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            if down**2 + right**2 <= radius**2:
                top, left = reach + down, reach + right
                wide[:, top : top + height, left : left + width] |= masks
    return wide[:, reach : reach + height, reach : reach + width]


def check_segments(segments: Sequence[Array] | Array, size: tuple[int, int]) -> np.ndarray:
    """The regions as masks: (S, H, W) bools.

    Raises:
        TypeError: they are not arrays of bools or ints.
        ValueError: they are not of the images' size, or there are none.
    """
    try:
        segments = list(segments)
    except TypeError:
        got = type(segments).__name__
        raise TypeError(f"segments: expected arrays (H, W) of bools or ints, got {got}") from None
    if not segments:
        raise ValueError("segments: expected at least one array (H, W), got none")
    masks = []
    for each in segments:
        kind = getattr(getattr(each, "dtype", None), "kind", None)
        if kind not in ("b", "i", "u"):
            got = type(each).__name__ if kind is None else f"an array of {each.dtype}"
            raise TypeError(f"segments: expected arrays of bools or ints, got {got}")
        if each.shape != size:
            raise ValueError(f"segments: expected arrays of the size {size}, got {each.shape}")
        each = to_cpu(each)
        masks.append(each[None] if kind == "b" else masks_of([each]))
    return np.concatenate(masks)
