"""RISE."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from techniques import rise
from techniques.rise import random_masks

from .layered import images, layered
from .small_nets import MLP, ask, inputs_for

# Sums of some hundred products of numbers below 100 in float64.
ROUNDING = 1e-11


def enlarged(line, size, shift):
    """A line of 0 and 1, a row of a grid, as the pixels of a mask see it, one by one."""
    cells = len(line)
    cell = -(-size // cells)
    values = []
    for pixel in range(shift, shift + size):
        place = (pixel + 0.5) / (
            (cells + 1) * cell
        ) * cells - 0.5  # In cells, from the first's centre.
        place = min(max(place, 0), cells - 1)
        left = min(int(place), cells - 2)
        values.append(line[left] * (1 - (place - left)) + line[left + 1] * (place - left))
    return np.array(values)


def drawing(grid, shifts):
    """In place of a Generator: the grid, and then the shift along each axis."""
    shifts = iter(shifts)
    return SimpleNamespace(
        random=lambda shape: np.where(np.broadcast_to(grid, shape), 0.0, 1.0),
        integers=lambda cell, size: np.full(size, next(shifts)),
    )


@pytest.mark.parametrize("shifts", [(0, 0), (2, 1), (1, 3)])
def test_a_mask_is_a_grid_enlarged_and_shifted(shifts):
    x = np.zeros((2, 3, 9, 13))
    grid = np.array([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 1], [0, 1, 1, 0]])
    found = random_masks(x, 5, 4, 0.5, drawing(grid, shifts))(slice(1, 3))
    down = np.stack([enlarged(column, 9, shifts[0]) for column in grid.T], axis=1)
    expected = np.stack([enlarged(row, 13, shifts[1]) for row in down])
    assert found.shape == (2, 1, 9, 13)
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), atol=1e-15)


@pytest.mark.parametrize("keep", [0.2, 0.5])
def test_masks_keep_as_much_as_they_should_everywhere(keep):
    masks = random_masks(np.zeros((1, 3, 10, 17)), 4000, 7, keep, np.random.default_rng(0))
    m = masks(slice(0, 4000))
    assert m.min() >= 0
    assert m.max() <= 1
    # The mean of 4000 numbers from 0 to 1 with the mean `keep`, each of 170 within 5 of its errors.
    error = np.sqrt(keep * (1 - keep) / 4000)
    np.testing.assert_allclose(m.mean(axis=0), np.full((1, 10, 17), keep), rtol=0, atol=5 * error)


def test_with_more_samples_it_comes_near_to_the_mean_over_all_masks():
    net = MLP(seed=1)
    x = inputs_for(net, 2, seed=1)
    total, shares = 0, 0
    for *line, shift in product((0, 1), (0, 1), (0, 1), range(3)):  # 7 entries: cells of 3.
        m = enlarged(line, 7, shift)
        chance = 0.3 ** sum(line) * 0.7 ** (3 - sum(line)) / 3
        total = total + chance * ask(net, m * x + (1 - m) * 0.25)[:, [1]] * m
        shares = shares + chance * m
    limit = total / shares

    def error(samples):
        how = {"samples": samples, "cells": 3, "keep": 0.3, "baseline": 0.25}
        runs = [rise(net, x, 1, **how, rng=seed) - limit for seed in range(30)]
        return np.sqrt(np.mean(np.square(runs)))

    # 16 times as many: 4 times as near. Each error is a mean of 30 runs, and 13 % off.
    assert 2.5 <= error(50) / error(800) <= 6.5


def test_a_constant_score_gives_a_constant_map():
    def net(x):
        return x.reshape(len(x), -1) @ np.zeros((60, 2)) + [3.0, 700.0]

    found = rise(net, images(2), 1, samples=20, rng=0)
    np.testing.assert_allclose(found, np.full_like(found, 700), rtol=1e-13)


def test_it_finds_the_pixel_that_counts():
    def net(x):
        return x[:, :1, 6, 14]

    found = rise(net, np.ones((1, 3, 16, 21)), samples=2000, rng=0)
    y, x = np.unravel_index(found[0, 0].argmax(), (16, 21))
    assert abs(y - 6) <= 1
    assert abs(x - 14) <= 1


def test_all_colours_have_the_same_map():
    found = rise(layered(), images(2), samples=10, rng=0)
    assert np.array_equal(found[:, 0], found[:, 1])


@pytest.mark.parametrize("shape", [(2, 3), (2, 4, 5), (2, 3, 4, 5), (2, 2, 3, 4, 2)])
def test_inputs_of_any_shape(shape):
    def net(x):
        return x.reshape(len(x), -1) @ np.ones((np.prod(shape[1:]), 3))

    found = rise(net, np.ones(shape), samples=300, cells=2, rng=0)
    assert found.shape == shape
    # An entry is seen with half of the others, and more of its neighbours.
    assert (found > np.prod(shape[1:]) / 2).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cells": 0}, "cells: expected a whole number >= 1, got 0"),
        ({"keep": 0}, "keep: expected a number > 0, got 0"),
        ({"keep": 1}, "keep: expected a number between 0 and 1, got 1"),
        ({"keep": np.nan}, "keep: expected a number > 0, got nan"),
    ],
)
def test_a_wrong_setting_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        rise(layered(), images(1), **settings)
