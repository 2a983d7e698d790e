"""`digits()`: well-formed, repeatable, readable, and tested on fonts it was not trained on."""

from importlib import import_module

import numpy as np
import pytest

from nets.data import digits
from nets.data.digits import DIGIT, SIDE, TEST_FONTS, TRAIN_FONTS, ZOOM, _glyph

# `nets.data.digits` is the function; its module has the same name.
module = import_module("nets.data.digits")


@pytest.fixture(scope="module")
def drawn():
    return digits(train=1500, test=500, seed=3)


def test_pictures_and_labels_have_the_promised_shape_type_and_range(drawn):
    for (X, Y), count in zip(drawn, (1500, 500), strict=True):
        assert X.shape == (count, 1, SIDE, SIDE)
        assert X.dtype == np.float32
        assert X.min() == -1
        assert X.max() == 1
        assert Y.shape == (count,)
        assert Y.dtype == np.int64


@pytest.mark.parametrize("count", [1, 7, 10, 1234])
def test_classes_are_balanced_to_one_picture(count):
    (_, Y), _ = digits(train=count, test=1)
    numbers = np.bincount(Y, minlength=10)
    assert len(numbers) == 10
    assert numbers.max() - numbers.min() <= 1


def test_classes_are_shuffled(drawn):
    (_, Y), _ = drawn
    # Of 1499 neighbours in random order about 150 are equal (σ ≈ 12); in sorted order 1490, in a
    # cycle of ten none.
    assert 90 < np.sum(Y[1:] == Y[:-1]) < 210


def test_same_seed_gives_the_same_pictures_and_another_seed_gives_others():
    first, again, other = (digits(train=30, test=20, seed=seed) for seed in (5, 5, 6))
    for (X, Y), (X2, Y2), (X3, _) in zip(first, again, other, strict=True):
        assert np.array_equal(X, X2)
        assert np.array_equal(Y, Y2)
        assert not np.array_equal(X, X3)


def test_the_test_pictures_do_not_depend_on_the_number_of_training_pictures():
    _, (few, _) = digits(train=10, test=20)
    _, (many, _) = digits(train=70, test=20)
    assert np.array_equal(few, many)


def test_no_font_is_in_both_sets_nor_is_any_glyph():
    assert not set(TRAIN_FONTS) & set(TEST_FONTS)
    for digit in range(10):
        trained = np.stack([_glyph(font, digit) for font in TRAIN_FONTS])
        for font in TEST_FONTS:
            # Two renderings of one outline differ by rounding, below 1/255 per pixel; 1/100 of the
            # square is a stroke's worth of difference.
            assert np.abs(trained - _glyph(font, digit)).mean(axis=(1, 2)).min() > 0.01


def whiten(monkeypatch, choose):
    """Makes the glyphs white squares where `choose(font, digit)`, and black ones elsewhere."""
    side = SIDE * ZOOM
    monkeypatch.setattr(
        module, "_glyph", lambda font, digit: np.full((side, side), float(choose(font, digit)))
    )


def test_training_pictures_use_training_fonts_and_test_pictures_test_fonts(monkeypatch):
    whiten(monkeypatch, lambda font, _: font in TEST_FONTS)
    (X, _), (X_test, _) = digits(train=200, test=200)
    # White and black are 2 apart, and the noise 0.04.
    assert np.all(X.mean(axis=(1, 2, 3)) < -0.9)
    assert np.all(X_test.mean(axis=(1, 2, 3)) > 0.9)


@pytest.mark.parametrize("digit", range(10))
def test_a_label_is_the_digit_that_was_drawn(monkeypatch, digit):
    whiten(monkeypatch, lambda _, drawn: drawn == digit)
    (X, Y), _ = digits(train=1200, test=1)  # more than are drawn at a time
    assert np.array_equal(X.mean(axis=(1, 2, 3)) > 0, digit == Y)


@pytest.mark.parametrize("font", TRAIN_FONTS + TEST_FONTS)
def test_a_font_has_ten_different_digits_of_the_promised_size_in_the_middle(font):
    glyphs = np.stack([_glyph(font, digit) for digit in range(10)])
    assert glyphs.shape == (10, SIDE * ZOOM, SIDE * ZOOM)
    rows, columns = (np.nonzero((glyphs > 0.5).any(axis))[1] for axis in (2, 1))
    # The blur takes up to a picture's pixel from each end of a stroke that ends in a point.
    margin = (SIDE - DIGIT) // 2
    assert margin * ZOOM <= rows.min()
    assert rows.max() < (SIDE - margin) * ZOOM
    for glyph in glyphs:
        height = np.ptp(np.nonzero((glyph > 0.5).any(axis=1))[0]) / ZOOM
        assert DIGIT - 2 <= height <= DIGIT
    assert columns.min() >= margin * ZOOM
    assert columns.max() < (SIDE - margin) * ZOOM
    # A font without digits draws the same box, or nothing, ten times.
    for digit in range(10):
        others = np.delete(glyphs, digit, axis=0)
        assert np.abs(others - glyphs[digit]).mean(axis=(1, 2)).min() > 0.01


def test_what_is_learned_carries_over_to_unseen_fonts():
    (X, Y), (X_test, Y_test) = digits(train=2000, test=500)
    # A linear classifier by least squares, in closed form: about 87 % on the unseen fonts, where
    # guessing gets 10 %.
    weights, *_ = np.linalg.lstsq(X.reshape(len(X), -1), np.eye(10)[Y], rcond=1e-2)
    accuracy = np.mean((X_test.reshape(len(X_test), -1) @ weights).argmax(axis=1) == Y_test)
    assert accuracy > 0.8


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("value", [0, -1, 2.0, "10", None, True])
def test_a_count_that_is_no_positive_whole_number_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"{name}: expected a whole number >= 1"):
        digits(**{name: value})


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_that_is_no_whole_number_is_refused_by_name(seed):
    with pytest.raises(ValueError, match="seed: expected a whole number >= 0"):
        digits(train=1, test=1, seed=seed)
