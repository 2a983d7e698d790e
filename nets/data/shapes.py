"""Scenes of one object among distractors, with the mask of the object: no download needed.

The class of a scene is that of its object, and nothing else in the scene depends on the class. So
where a classifier has to look is known to the pixel.
"""

from colorsys import hsv_to_rgb

import numpy as np
from numpy import cos, pi, sin
from PIL import Image, ImageDraw

from ..checks import whole
from .samples import scale_pixels

SIDE = 64  # pixels of a scene
ZOOM = 3  # it is drawn so many times larger, and averaged, which makes smooth edges

# The looks of a scene, chosen by eye: a person names every object at a glance. In pixels of it.
RADIUS = (15.0, 22.0)  # from the middle of the object to its farthest point
TURN = np.deg2rad(25)
DISTRACTORS = (4, 8)  # from four to seven
EDGE = 1.0  # width of the dark edge of objects, pebbles and shards
THREAD = 1.0  # width of the line that may lie over the object
NOISE = 0.03  # standard deviation, where from black to white is 2

Colour = tuple[int, int, int]


def shapes(
    *, train: int = 6000, test: int = 1000, seed: int = 0, masks: bool = False
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Colourful scenes with one object each, of `SHAPES_CLASSES`: `(X, Y), (X_test, Y_test)`.

    X is float32 (N, 3, 64, 64) in [−1, 1], channels red, green, blue; Y is int64 (N,), the class of
    the object. With `masks` it is `(X, Y, M), (X_test, Y_test, M_test)`, and M, bool (N, 64, 64),
    says which pixels the object is on, wholly or in part.

    `train` and `test` are the two N. The classes are balanced (to one scene, if N is no multiple of
    ten) and shuffled. The same seed gives the same scenes, and the test scenes do not depend on how
    many there are to train on.

    Why the mask is true: colours, ground and distractors, and the place, size and turn of the
    object, are drawn without regard to the class, which chooses the outline and nothing else. Two
    scenes that differ in class alone are equal outside of their two masks. At least 80 % of an
    object is visible: it lies over the distractors, and under one thread.

    Why it takes the object to tell the class: distractors have the same colours, dark edges,
    corners and curves, but no object's outline, and those with an outline are smaller than every
    object. A ShapeNet that knew 99.6 % of the test scenes knew 10 % of them, as guessing does, when
    they were drawn without their objects. Where there was room beside the object for a blank as
    large, it knew 99.3 % with that blank, and 10 % with such a blank on the object.

    Raises ValueError if `train` or `test` is not a whole number above 0, or `seed` not one from 0.
    """
    whole(train, "shapes: train", least=1)
    whole(test, "shapes: test", least=1)
    whole(seed, "shapes: seed", least=0)
    parts = 3 if masks else 2
    return (
        _draw(train, np.random.default_rng([seed, 0]))[:parts],
        _draw(test, np.random.default_rng([seed, 1]))[:parts],
    )


def _draw(count: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """X, Y and M of `count` scenes."""
    Y = rng.permutation(count) % len(OUTLINES)
    outlines = list(OUTLINES.values())
    X = np.empty((count, 3, SIDE, SIDE), np.float32)
    M = np.empty((count, SIDE, SIDE), bool)
    for i in range(count):
        scene, visible = _scene(outlines[Y[i]], rng)
        X[i] = scale_pixels(np.asarray(scene.reduce(ZOOM))).transpose(2, 0, 1)
        M[i] = np.asarray(visible.reduce(ZOOM)) > 0
        X[i] += NOISE * rng.standard_normal(X[i].shape, np.float32)
    return X.clip(-1, 1, out=X), Y, M


def _scene(outline: np.ndarray, rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
    """A scene, and what is visible of its object in white on black, ZOOM times too large.

    The outline changes nothing about the random numbers, here and in the scenes that follow.
    """
    ground, *colours = _colours(rng)
    scene = _clouds(ground, rng)
    visible = Image.new("L", scene.size)
    pen, mask_pen = ImageDraw.Draw(scene, "RGBA"), ImageDraw.Draw(visible)

    for _ in range(rng.integers(*DISTRACTORS)):
        draw = _DISTRACTORS[rng.integers(len(_DISTRACTORS))]
        draw(pen, colours[rng.integers(len(colours))], rng)

    radius, angle, mirror = rng.uniform(*RADIUS), rng.uniform(-TURN, TURN), rng.choice([-1, 1])
    middle = rng.uniform(radius + EDGE, SIDE - radius - EDGE, 2)
    turn = np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]])
    points = middle + radius * (outline * [mirror, 1]) @ turn
    _patch(pen, points, colours[0], _darker(colours[0]))
    _patch(mask_pen, points, 255, 255)

    thread = _across(rng)
    pen.line(thread, colours[1], round(ZOOM * THREAD))
    mask_pen.line(thread, 0, round(ZOOM * THREAD))
    return scene, visible


def _colours(rng: np.random.Generator) -> list[Colour]:
    """A pale ground, and five strong colours. No two hues are the same."""
    hues = rng.uniform() + rng.permutation(6) / 6 + rng.uniform(-0.05, 0.05, 6)
    saturation, value = rng.uniform(0.6, 0.95, 6), rng.uniform(0.75, 1, 6)
    saturation[0], value[0] = rng.uniform(0.1, 0.35), rng.uniform(0.85, 1)
    colours = (hsv_to_rgb(*hsv) for hsv in zip(hues % 1, saturation, value, strict=True))
    return [tuple(round(255 * c) for c in colour) for colour in colours]


def _darker(colour: Colour) -> Colour:
    return tuple(c // 3 for c in colour)


def _clouds(colour: Colour, rng: np.random.Generator) -> Image.Image:
    """The ground: a colour that varies from place to place."""
    knots = (colour + rng.normal(0, 12, (6, 6, 3))).clip(0, 255).astype(np.uint8)
    return Image.fromarray(knots).resize((ZOOM * SIDE, ZOOM * SIDE), Image.Resampling.BICUBIC)


def _patch(
    pen: ImageDraw.ImageDraw, points: np.ndarray, colour: Colour | int, edge: Colour | int
) -> None:
    """A filled polygon, given by its corners (n, 2), with an edge."""
    corners = [tuple(point) for point in (ZOOM * points).tolist()]
    pen.polygon(corners, colour)
    # Past its beginning, so that the corner there is as round as the others.
    pen.line([*corners, *corners[:2]], edge, round(ZOOM * EDGE), joint="curve")


def _somewhere(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0, SIDE, 2)


def _across(rng: np.random.Generator) -> list[tuple[float, ...]]:
    """The ends of a straight line through the whole scene, as the pen takes them."""
    middle, angle = _somewhere(rng), rng.uniform(0, pi)
    half = 2 * SIDE * np.array([cos(angle), sin(angle)])
    return [tuple(ZOOM * (middle - half)), tuple(ZOOM * (middle + half))]


def _pebble(pen: ImageDraw.ImageDraw, colour: Colour, rng: np.random.Generator) -> None:
    angle = np.linspace(0, 2 * pi, 24, endpoint=False)
    oval, egg = rng.uniform(0, 2 * pi, 2)
    bumps = 0.25 * cos(2 * angle + oval) + 0.1 * cos(3 * angle + egg)
    points = _polar(angle, rng.uniform(3, 7) * (1 + bumps))
    _patch(pen, _somewhere(rng) + points, colour, _darker(colour))


def _shard(pen: ImageDraw.ImageDraw, colour: Colour, rng: np.random.Generator) -> None:
    angle = np.sort(rng.uniform(0, 2 * pi, rng.integers(3, 6)))
    points = _polar(angle, rng.uniform(3, 7))
    _patch(pen, _somewhere(rng) + points, colour, _darker(colour))


def _strip(pen: ImageDraw.ImageDraw, colour: Colour, rng: np.random.Generator) -> None:
    half_transparent = (*colour, 110)
    pen.line(_across(rng), half_transparent, round(ZOOM * rng.uniform(2, 7)))


def _scribble(pen: ImageDraw.ImageDraw, colour: Colour, rng: np.random.Generator) -> None:
    angle = rng.uniform(0, 2 * pi) + rng.normal(0, 0.7, 16).cumsum()
    points = _somewhere(rng) + _polar(angle, 3).cumsum(axis=0)
    stations = [tuple(point) for point in (ZOOM * points).tolist()]
    pen.line(stations, colour, round(1.5 * ZOOM), joint="curve")


def _mosaic(pen: ImageDraw.ImageDraw, colour: Colour, rng: np.random.Generator) -> None:
    left, top = _somewhere(rng)
    for (i, j), alpha in np.ndenumerate(rng.integers(0, 256, rng.integers(3, 6, 2))):
        x, y = ZOOM * (left + 2 * j), ZOOM * (top + 2 * i)
        pen.rectangle((x, y, x + 2 * ZOOM - 1, y + 2 * ZOOM - 1), (*colour, int(alpha)))


_DISTRACTORS = (_pebble, _shard, _strip, _scribble, _mosaic)


def _polar(angle: np.ndarray, radius: np.ndarray | float) -> np.ndarray:
    """Points (n, 2), x to the right and y down. The angle runs clockwise from the top."""
    return np.stack([radius * sin(angle), -radius * cos(angle)], axis=1)


def _mirrored(*right: tuple[float, float]) -> np.ndarray:
    """The corners of the right half from the top down, and those of the left one back up."""
    return np.concatenate([right, np.array(right[::-1]) * [-1, 1]])


def _outlines() -> dict[str, np.ndarray]:
    """The corners (n, 2) of each class's outline, in any size and place."""
    t = np.linspace(0, 2 * pi, 40, endpoint=False)
    # The heart and the fish are curves from MathWorld, "Heart Curve" and "Fish Curve".
    heart = 13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)
    horn, ear = np.deg2rad(40), np.deg2rad(55)
    # From horn to horn on a circle, and back on a half circle around the middle between them.
    moon = _polar(np.linspace(pi - horn, 2 * pi + horn, 30), 1)
    bite = _polar(np.linspace(2 * pi, pi, 20), cos(horn)) + np.array([sin(horn), 0])
    return {
        "star": _polar(np.arange(10) * pi / 5, np.tile([1, 0.45], 5)),
        "heart": np.stack([16 * sin(t) ** 3, -heart], axis=1),
        "moon": np.concatenate([moon, bite]),
        "flower": _polar(t, 0.5 + 0.5 * abs(cos(2.5 * t))),
        "tree": _mirrored(
            *[(0, -1), (0.45, -0.4), (0.22, -0.4), (0.62, 0.15), (0.3, 0.15)],
            *[(0.78, 0.7), (0.18, 0.7), (0.18, 1)],
        ),
        "house": np.array(
            [
                *[(0, -1), (0.4, -0.6), (0.4, -0.95), (0.7, -0.95), (0.7, -0.3), (1, 0), (0.75, 0)],
                *[(0.75, 0.9), (-0.75, 0.9), (-0.75, 0), (-1, 0)],
            ]
        ),
        "fish": np.stack([cos(t) - sin(t) ** 2 / 2**0.5, 1.2 * cos(t) * sin(t)], axis=1),
        "cat": np.concatenate(
            [
                _polar(np.linspace(ear, 2 * pi - ear, 30), 1) * [1, 0.85],
                [(-0.78, -1.05), (-0.25, -0.78), (0.25, -0.78), (0.78, -1.05)],
            ]
        ),
        "bolt": np.array(
            [(0, -1), (0.6, -1), (0.25, -0.3), (0.7, -0.3), (-0.3, 1), (0, 0.15), (-0.55, 0.15)]
        ),
        "arrow": _mirrored((0, -1), (0.75, -0.2), (0.33, -0.2), (0.33, 1)),
    }


def _normalised(points: np.ndarray) -> np.ndarray:
    """Moved until 0 is in the middle of the box around them, with the farthest at distance 1."""
    points = points - (points.min(axis=0) + points.max(axis=0)) / 2
    return points / np.hypot(*points.T).max()


OUTLINES = {name: _normalised(points) for name, points in _outlines().items()}
SHAPES_CLASSES = tuple(OUTLINES)
