"""What happened to images while a technique moved them, as a picture or as a film."""

from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image

from autograd import to_cpu
from autograd.files import AnyPath, check_target, open_atomically

from .arguments import Bounds, check_box, check_whole
from .norms import linf, nonzero
from .trace import Trace

SIDE, GAP = 112, 4  # In pixels: smaller images are enlarged; what is between two of them.
FIRST, NEXT, LAST = 800, 100, 2000  # How long a film shows its frames, in milliseconds.


def save_frames(
    trace: Trace,
    path: AnyPath,
    *,
    bounds: Bounds | None = (-1.0, 1.0),
    stations: int | None = None,
) -> Path:
    """Write the frames of a Trace to a film, "….gif", or to a strip, "….png".

        trace = all_gradients(net, x, target=7, frames=True)
        save_frames(trace, "walk.gif")

    The film shows all images side by side, from the first frame to the last. The strip has a row
    for each image: some frames on its way, and what the last has that the first had not. That
    change is signed, grey where there is none, and magnified until its largest entry is black or
    white. Images smaller than 112 pixels are enlarged by a whole factor, without smoothing.

    The trap: a change that one cannot see fills its picture as much as a large one, for each image
    has its own scale. How large it is, `trace.linf` and `trace.l2` tell.

    Args:
        trace: the Trace of images (N, C, H, W), C = 1 (grey) or 3 (red, green and blue), with
            frames: `frames=True` when it was made.
        path: where to; the ending says what.
        bounds: (low, high), what is black and what white: numbers, or arrays that broadcast to one
            image, (C, 1, 1) for one per colour. What goes beyond is clipped.
        stations: at most how many frames to show, evenly spaced, the first and the last included;
            None for 6 in a strip and 60 in a film.

    Returns:
        The path.

    Raises:
        TypeError: `trace` is no Trace.
        ValueError: it has no frames, or not of such images; the path has another ending; or the
            images that it began with are not between the bounds.
        FileNotFoundError, IsADirectoryError: no file can be written there.
    """
    path = Path(path)
    if path.suffix not in (".gif", ".png"):
        raise ValueError(f"{path}: expected a file name that ends in .gif or .png")
    check_target(path, path.suffix)
    film = path.suffix == ".gif"
    if not hasattr(trace, "frames"):
        raise TypeError(f"trace: expected a Trace, got {type(trace).__name__}")
    if trace.frames is None:
        raise ValueError("trace: it has no frames; keep some, by frames=True when it is made")
    if trace.frames.ndim != 5 or trace.frames.shape[2] not in (1, 3):
        raise ValueError(
            "trace: expected one of images (N, C, H, W), grey (C = 1) or in colour (C = 3), "
            f"got {trace.frames.shape[1:]}"
        )
    stations = (60 if film else 6) if stations is None else check_whole(stations, "stations", 2)
    low, high = check_box(bounds, to_cpu(trace.start))
    last = len(trace.frames) - 1
    chosen = np.linspace(0, last, min(stations, last + 1)).round().astype(int)
    pixels = (trace.frames[chosen] - low) / (high - low)  # (F, N, C, H, W)
    if film:
        columns = ceil(sqrt(pixels.shape[1]))
        images = [side_by_side(moment, columns) for moment in pixels]
        durations = [FIRST, *[NEXT] * (len(images) - 2), LAST][: len(images)]
        how = {"save_all": True, "append_images": images[1:], "duration": durations, "loop": 0}
    else:
        change = pixels[-1] - pixels[0]
        change = 0.5 + 0.5 * change / nonzero(linf(change), change)
        rows = np.stack([*pixels, change], axis=1)  # (N, F + 1, C, H, W)
        images, how = [side_by_side(rows.reshape(-1, *rows.shape[2:]), rows.shape[1])], {}
    with open_atomically(path) as file:
        images[0].save(file, format=path.suffix[1:].upper(), **how)
    return path


def side_by_side(images: np.ndarray, columns: int) -> Image.Image:
    """Images (M, C, H, W), of numbers from 0 to 1, in rows of so many."""
    factor = max(1, SIDE // max(images.shape[2:]))
    images = images.clip(0, 1).repeat(factor, axis=2).repeat(factor, axis=3)
    count, channels, height, width = images.shape
    rows = ceil(count / columns)
    canvas = np.ones((channels, rows * (height + GAP) - GAP, columns * (width + GAP) - GAP))
    for i, image in enumerate(images):
        top, left = i // columns * (height + GAP), i % columns * (width + GAP)
        canvas[:, top : top + height, left : left + width] = image
    pixels = (255 * canvas).round().astype(np.uint8).transpose(1, 2, 0)
    return Image.fromarray(pixels.squeeze(axis=2) if channels == 1 else pixels)
