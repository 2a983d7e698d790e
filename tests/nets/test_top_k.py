"""`top_k`: the likeliest classes, in order, and as a table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograd import Tensor, softmax, to_device
from nets.top_k import top_k

NAMES = ("tench", "goldfish", "shark", "ray")
SCORES = np.log(np.array([[1, 5, 1, 3], [8, 0.5, 0.5, 1]], np.float32))


@given(
    scores=arrays(np.float32, (3, 4), elements=st.integers(-3, 3).map(float)), k=st.integers(1, 4)
)
def test_the_classes_are_ordered_by_score_and_equal_ones_by_number(scores, k):
    table = top_k(scores, NAMES, k)
    assert table.classes.shape == table.probabilities.shape == (3, k)
    for i, row in enumerate(scores):
        expected = sorted(range(4), key=lambda label: (-row[label], label))[:k]
        assert table.classes[i].tolist() == expected
        assert table.names[i] == [NAMES[label] for label in expected]
        np.testing.assert_array_equal(
            table.probabilities[i], softmax(scores, axis=1).data[i, expected]
        )


def test_it_is_printed_as_a_table():
    assert str(top_k(Tensor(SCORES), NAMES, k=2)) == (
        "image 0    50.00%  goldfish (1)\n"
        "           30.00%  ray (3)\n"
        "image 1    80.00%  tench (0)\n"
        "           10.00%  ray (3)"
    )


def test_scores_may_be_on_any_device(device):
    assert str(top_k(to_device(SCORES, device), NAMES, 2)) == str(top_k(SCORES, NAMES, 2))


@pytest.mark.parametrize(
    ("scores", "k", "message"),
    [
        (SCORES[0], 1, r"expected \(N, 4\), for as many names, got \(4,\)"),
        (SCORES[:, :3], 1, r"expected \(N, 4\), for as many names, got \(2, 3\)"),
        (SCORES * np.float32(np.nan), 1, "there is a nan"),
        (SCORES, 0, "k: expected a whole number >= 1, got 0"),
        (SCORES, 5, "k: there are 4 classes, got 5"),
    ],
)
def test_wrong_arguments_are_refused(scores, k, message):
    with pytest.raises(ValueError, match=message):
        top_k(scores, NAMES, k)


def test_scores_that_are_no_floats_are_refused():
    with pytest.raises(TypeError, match="scores: expected floats, got uint8"):
        top_k(np.array([[0, 200, 1, 2]], np.uint8), NAMES)
