"""The shortest crossing."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import cos
from techniques import shortest_crossing

from .small_nets import affine, ask, cases, inputs_for


@st.composite
def pairs(draw, dtypes=("float64",)):
    """(net, x, counterfactual) of different classes."""
    net, x, _ = draw(cases(dtypes=dtypes))
    other = inputs_for(net, len(x), draw(st.integers(1000, 1999)), x.dtype)
    apart = ask(net, x).argmax(axis=1) != ask(net, other).argmax(axis=1)
    assume(apart.any())
    return net, x[apart], other[apart]


def norms(x):
    return np.linalg.norm(x.reshape(len(x), -1), axis=1)


@given(pairs(dtypes=("float32", "float64")), st.sampled_from([1e-1, 1e-3]))
def test_its_two_sides_have_different_classes_and_are_close(pair, tolerance):
    net, x, other = pair
    found = shortest_crossing(net, x, other, tolerance=tolerance)
    own = ask(net, x).argmax(axis=1)
    assert np.array_equal(ask(net, found.before).argmax(axis=1), own)
    assert (ask(net, found.after).argmax(axis=1) != own).all()
    assert np.array_equal(
        found.classes, np.stack([own, ask(net, found.after).argmax(axis=1)], axis=1)
    )
    # Each of up to 60 entries below 1 is rounded twice.
    assert (norms(found.after - found.before) <= tolerance + 20 * np.finfo(x.dtype).eps).all()
    assert found.after.dtype == found.before.dtype == x.dtype


@given(pairs())
def test_it_lies_on_the_segment_and_no_further_than_the_counterfactual(pair):
    net, x, other = pair
    found = shortest_crossing(net, x, other)
    assert ((found.position > 0) & (found.position <= 1)).all()
    alpha = found.position.reshape(-1, *[1] * (x.ndim - 1))
    np.testing.assert_allclose(found.after, x + alpha * (other - x), rtol=0, atol=1e-15)
    assert (found.distance <= norms(other - x) * (1 + 1e-12)).all()
    assert np.array_equal(found.start, x)
    assert np.array_equal(found.difference, found.after - x)


@given(pairs())
def test_no_sample_before_it_has_another_class(pair):
    net, x, other = pair
    found = shortest_crossing(net, x, other, samples=16)
    own = ask(net, x).argmax(axis=1)
    for i in range(17):
        seen = ask(net, x + i / 16 * (other - x)).argmax(axis=1)
        assert (seen == own)[found.position > i / 16].all()


@given(pairs())
def test_a_batch_gives_what_its_images_give_one_at_a_time(pair):
    net, x, other = pair
    whole = shortest_crossing(net, x, other)
    for n in range(len(x)):
        alone = shortest_crossing(net, x[n : n + 1], other[n : n + 1])
        assert alone.position == whole.position[n]
        assert np.array_equal(alone.after[0], whole.after[n])


def test_of_an_affine_net_it_is_where_the_scores_are_equal():
    net = affine([[1.0, 0.0], [0.0, 1.0]])
    found = shortest_crossing(net, np.array([[3.0, 0.0]]), np.array([[0.0, 1.0]]), tolerance=1e-9)
    # 3(1 − α) = α
    np.testing.assert_allclose(found.position, 0.75, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.after, [[0.75, 0.75]], rtol=0, atol=1e-8)


def test_of_several_crossings_it_is_the_nearest_to_the_input():
    def net(x):  # Class 0 where cos > 0: it changes at 1/10, 3/10, 5/10, ...
        wave = cos(x * (5 * np.pi))
        return wave * np.array([1.0, 0.0])

    found = shortest_crossing(net, np.array([[0.0]]), np.array([[1.0]]))
    np.testing.assert_allclose(found.position, 0.1, rtol=0, atol=1e-3)
    # Looked at from its ends alone, bisection ends at another of them.
    found = shortest_crossing(net, np.array([[0.0]]), np.array([[1.0]]), samples=1)
    assert found.position > 0.2


def test_the_pixels_are_those_in_which_the_two_differ():
    net = affine(np.eye(3))
    x, other = np.array([[0.9, 0.1, 0.3]]), np.array([[0.1, 0.9, 0.3]])
    found = shortest_crossing(net, x, other)
    assert found.pixels.tolist() == [[True, True, False]]
    assert found.after[0, 2] == 0.3


def test_a_tolerance_beyond_rounding_ends_as_near_as_can_be():
    net = affine(np.eye(2))
    found = shortest_crossing(net, np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), tolerance=1e-300)
    assert norms(found.after - found.before) < 1e-15
    assert found.classes.tolist() == [[0, 1]]


def test_inputs_may_be_so_close_that_the_squares_of_their_distance_underflow():
    x = np.array([[1e-200, 0.0]])
    found = shortest_crossing(affine(np.eye(2)), x, x[:, ::-1])
    assert found.classes.tolist() == [[0, 1]]


def test_the_counterfactual_itself_can_be_the_first_of_another_class():
    x, other = np.array([[0.1, 0.7]]), np.array([[1e-17, 0.2]])  # 0.1 + (1e-17 − 0.1) is 0.
    net = affine(np.eye(2))

    def only_there(t):
        return net(t * 0 + np.array([0.0, 1.0])) + (t == other) * np.array([9.0, 0.0])

    found = shortest_crossing(only_there, x, other)
    assert np.array_equal(found.after, other)
    assert found.position.tolist() == [1]


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_no_more_inputs_than_the_batch_size_are_run_at_once(batch_size):
    sizes = []
    net = affine(np.eye(3))

    def counting(x):
        sizes.append(len(x.data))
        return net(x)

    x = np.array([[0.9, 0.1, 0.3]] * 5)
    shortest_crossing(counting, x, x[:, [1, 0, 2]], batch_size=batch_size)
    assert max(sizes) == min(batch_size, 5)


def test_the_repr_names_the_classes():
    found = shortest_crossing(affine(np.eye(2)), np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    assert repr(found) == "Crossing(1 inputs of (2,): 0→1; median position 0.5, distance 0.708)"
