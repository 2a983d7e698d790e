"""What is wanted of an input that is moved."""

import numpy as np
import pytest

from techniques.criterion import (
    MISCLASSIFIED,
    TARGET_REACHED,
    check_goal,
    confidence_reached,
    criterion_for,
    warn_of_reached,
)

P = np.array([[0.2, 0.7, 0.1], [0.5, 0.2, 0.3], [0.25, 0.35, 0.4]])
SCORES, CLASSES = np.log(P), np.array([1, 2, 2])


@pytest.mark.parametrize(
    ("criterion", "met"),
    [
        (MISCLASSIFIED, [False, True, False]),
        (TARGET_REACHED, [True, False, True]),
        (confidence_reached(0.35), [True, False, True]),
        (confidence_reached(0.6), [True, False, False]),
        (confidence_reached(0.65, targeted=False), [False, True, False]),
        (confidence_reached(0.55, targeted=False), [False, True, True]),
        (confidence_reached(0.0), [True, True, True]),
        (confidence_reached(1.0), [False, False, False]),
    ],
)
def test_a_criterion_is_asked_of_the_scores(criterion, met):
    assert criterion.met(SCORES, CLASSES).tolist() == met


def test_a_confidence_of_1_is_reached_where_no_class_is_left():
    s = np.array([[0.0, 1000.0]])
    assert confidence_reached(1.0).met(s, np.array([1])).all()
    assert confidence_reached(1.0, targeted=False).met(s, np.array([0])).all()


def test_targeted_and_confidence_choose_the_criterion():
    assert criterion_for(False) is MISCLASSIFIED
    assert criterion_for(True) is TARGET_REACHED
    for targeted in (False, True):
        chosen, same = criterion_for(targeted, 0.6), confidence_reached(0.6, targeted)
        assert chosen.reason == "confidence reached"
        assert np.array_equal(chosen.met(SCORES, CLASSES), same.met(SCORES, CLASSES))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1,), "targeted: expected True or False, got 1"),
        ((None,), "targeted: expected True or False, got None"),
        ((True, 1.5), "confidence: expected None or a number from 0 to 1, got 1.5"),
        ((False, -0.1), "confidence: expected a number >= 0, got -0.1"),
    ],
)
def test_what_is_no_wish_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        criterion_for(*arguments)


def test_a_class_to_reach_must_be_named():
    with pytest.raises(ValueError, match="target: expected the class to reach"):
        check_goal(None, targeted=True)
    check_goal(None, targeted=False)
    check_goal(0, targeted=True)


def test_inputs_that_are_at_their_target_already_are_named():
    with pytest.warns(UserWarning, match=r"target: inputs \[1\] are there already"):
        warn_of_reached(np.array([False, True, False]))
    warn_of_reached(np.zeros(3, bool))
