"""Choosing the target class, and the errors of a wrong choice."""

import numpy as np
import pytest

from techniques.target import choose_target

SCORES = np.array([[0.0, 2.0, 1.0], [5.0, 2.0, 1.0]])


def test_none_is_the_highest_scoring_class_of_each_input():
    assert choose_target(None, SCORES).tolist() == [1, 0]


@pytest.mark.parametrize("target", [2, np.int64(2), np.uint8(2), np.array(2)])
def test_an_int_is_the_class_for_all(target):
    assert choose_target(target, SCORES).tolist() == [2, 2]


@pytest.mark.parametrize("target", [[2, 0], (2, 0), np.array([2, 0], np.uint8), range(2, -1, -2)])
def test_n_ints_are_one_each(target):
    assert choose_target(target, SCORES).tolist() == [2, 0]


@pytest.mark.parametrize(
    ("target", "named"),
    [
        (3, "3"),
        (-1, "-1"),
        (10**30, "10"),
        ([0, 3], "3"),
        ([0, -2], "-2"),
        ([0], r"\[0\]"),
        ([0, 1, 2], r"\[0, 1, 2\]"),
        ([[0, 1]], r"\[\[0, 1\]\]"),
        ([[0], [0, 1]], r"\[\[0\], \[0, 1\]\]"),
        ([], r"\[\]"),
        (1.0, "1.0"),
        (np.array([0.0, 1.0]), "0., 1."),
        (True, "True"),
        ([True, False], "True, False"),
        ("cat", "cat"),
        (["cat", "dog"], "dog"),
        ({1, 2}, "1, 2"),
        ([0, None], "None"),
    ],
)
def test_a_wrong_target_is_named_with_the_number_of_classes(target, named):
    with pytest.raises(ValueError, match=f"(?s)there are 3 classes.*got .*{named}"):
        choose_target(target, SCORES)
