"""`shapes()`: well-formed, repeatable, and the object is all that the class changes."""

from importlib import import_module

import numpy as np
import pytest
from PIL import Image, ImageDraw

from nets.data.shapes import OUTLINES, SHAPES_CLASSES, SIDE, ZOOM, shapes

# `nets.data.shapes` is the function once the package exports it; its module has the same name.
module = import_module("nets.data.shapes")


@pytest.fixture(scope="module")
def drawn():
    return shapes(train=300, test=100, seed=3, masks=True)


def test_scenes_labels_and_masks_have_the_promised_shape_type_and_range(drawn):
    for (X, Y, M), count in zip(drawn, (300, 100), strict=True):
        assert X.shape == (count, 3, SIDE, SIDE)
        assert X.dtype == np.float32
        assert X.flags.c_contiguous
        assert X.min() == -1
        assert X.max() == 1
        assert Y.shape == (count,)
        assert Y.dtype == np.int64
        assert M.shape == (count, SIDE, SIDE)
        assert M.dtype == bool


def test_without_masks_the_same_scenes_come_as_pairs(drawn):
    pairs = shapes(train=300, test=100, seed=3)
    for (X, Y), (X2, Y2, _) in zip(pairs, drawn, strict=True):
        assert np.array_equal(X, X2)
        assert np.array_equal(Y, Y2)


@pytest.mark.parametrize("count", [1, 7, 123])
def test_classes_are_balanced_to_one_scene(count):
    (_, Y), _ = shapes(train=count, test=1)
    numbers = np.bincount(Y, minlength=len(SHAPES_CLASSES))
    assert len(numbers) == len(SHAPES_CLASSES) == 10
    assert numbers.max() - numbers.min() <= 1


def test_classes_are_shuffled(drawn):
    (_, Y, _), _ = drawn
    # Of 299 neighbours in random order about 30 are equal (σ ≈ 5); in sorted order 290, in a cycle
    # of ten none.
    assert 10 < np.sum(Y[1:] == Y[:-1]) < 50


def test_same_seed_gives_the_same_scenes_and_another_seed_gives_others():
    first, again, other = (shapes(train=12, test=8, seed=seed, masks=True) for seed in (5, 5, 6))
    for part, part2, part3 in zip(first, again, other, strict=True):
        for array, array2 in zip(part, part2, strict=True):
            assert np.array_equal(array, array2)
        assert not np.array_equal(part[0], part3[0])


def test_the_test_scenes_are_others_and_do_not_depend_on_the_number_of_training_scenes():
    _, (few, _) = shapes(train=5, test=10)
    (train, _), (many, _) = shapes(train=20, test=10)
    assert np.array_equal(few, many)
    assert not np.array_equal(few, train[:10])


def with_outlines(monkeypatch, outlines, **how):
    """The scenes that are drawn if the ten classes have these outlines."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "OUTLINES", dict(zip(SHAPES_CLASSES, outlines, strict=True)))
        return shapes(test=1, masks=True, **how)[0]


@pytest.mark.parametrize("by", range(1, 10))
def test_scenes_that_differ_in_class_alone_differ_within_their_two_masks_alone(monkeypatch, by):
    rolled = [*list(OUTLINES.values())[by:], *list(OUTLINES.values())[:by]]
    (X, Y, M), (X2, Y2, M2) = (
        with_outlines(monkeypatch, outlines, train=50, seed=by)
        for outlines in (OUTLINES.values(), rolled)
    )
    assert np.array_equal(Y, Y2)
    different = (X != X2).any(axis=1)
    assert not (different & ~M & ~M2).any()
    # Where both objects are, they have one colour, but at the edges of either: at 39 to 43 %.
    assert different[M & M2].mean() < 0.5
    # Where one of the two objects is alone, it shows against the ground, but for single pixels at
    # its edge or in front of something of its colour.
    assert different[M ^ M2].mean() > 0.95


def test_without_the_object_a_scene_does_not_depend_on_its_class(monkeypatch):
    X, Y, M = shapes(train=100, test=1, masks=True)[0]
    far_away = [outline + 100 for outline in OUTLINES.values()]
    grounds, Y2, M2 = with_outlines(monkeypatch, far_away, train=100)
    farther = [outline + 100 for outline in reversed(OUTLINES.values())]
    grounds2, _, _ = with_outlines(monkeypatch, farther, train=100)
    assert np.array_equal(Y, Y2)
    assert np.array_equal(grounds, grounds2)
    assert not M2.any()
    different = (grounds != X).any(axis=1)
    assert not (different & ~M).any()
    assert different[M].mean() > 0.95


def test_at_least_four_fifths_of_every_object_are_visible(monkeypatch):
    visible = [drawn_objects(seed) for seed in range(100)]
    across = module._across
    # The same random numbers, and a line outside of the scene.
    monkeypatch.setattr(module, "_across", lambda rng: across(rng) and [(-99, -99), (-98, -98)])
    whole = [drawn_objects(seed) for seed in range(100)]
    share = np.divide(visible, whole)
    assert share.min() >= 0.8
    assert share.max() == 1


def drawn_objects(seed):
    """For each class, how many of the large picture's pixels its object is visible on."""
    return [
        np.count_nonzero(module._scene(outline, np.random.default_rng(seed))[1])
        for outline in OUTLINES.values()
    ]


def test_a_mask_is_an_object_of_some_size_within_the_scene(drawn):
    (_, _, M), _ = drawn
    share = M.mean(axis=(1, 2))
    # From a bolt of radius 15 to a flower of radius 22 plus its edge.
    assert share.min() > 0.04
    assert share.max() < np.pi * 23**2 / SIDE**2


def test_distractors_are_smaller_than_every_object(monkeypatch):
    sizes = []
    patch = module._patch

    def measured(pen, points, *colours):
        sizes.append(np.linalg.norm(points - points.mean(axis=0), axis=1).max())
        patch(pen, points, *colours)

    monkeypatch.setattr(module, "_patch", measured)
    rng = np.random.default_rng(0)
    pen = ImageDraw.Draw(Image.new("RGB", (ZOOM * SIDE, ZOOM * SIDE)), "RGBA")
    for _ in range(500):
        for distractor in module._DISTRACTORS:
            distractor(pen, (200, 100, 50), rng)
    assert len(sizes) == 1000  # pebbles and shards; the others have no outline at all
    assert max(sizes) < module.RADIUS[0]


def test_the_classes_have_outlines_of_the_same_size_that_differ():
    masks = []
    for outline in OUTLINES.values():
        assert np.linalg.norm(outline, axis=1).max() == pytest.approx(1)
        picture = Image.new("L", (100, 100))
        ImageDraw.Draw(picture).polygon([tuple(p) for p in (50 + 49 * outline).tolist()], fill=1)
        masks.append(np.asarray(picture, bool))
    for i, one in enumerate(masks):
        for other in masks[:i]:
            # Each pair has a tenth of the union apart, or more.
            assert (one ^ other).sum() > 0.1 * (one | other).sum()


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("value", [0, -1, 2.0, "10", None, True])
def test_a_count_that_is_no_positive_whole_number_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"{name}: expected a whole number >= 1"):
        shapes(**{name: value})


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_that_is_no_whole_number_is_refused_by_name(seed):
    with pytest.raises(ValueError, match="seed: expected a whole number >= 0"):
        shapes(train=1, test=1, seed=seed)
