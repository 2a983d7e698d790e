"""The strategies draw what they say, and shrink to something that can be read."""

import numpy as np
import pytest
from hypothesis import find, given, settings

from autograd.strategies import CASES, arrays, conv_settings, distinct_arrays, ops, shapes


@given(arrays())
def test_arrays_are_bounded_floats_away_from_0(x):
    assert x.dtype == np.float64
    assert x.ndim <= 4
    assert ((np.abs(x) >= 0.29) & (np.abs(x) <= 2)).all()  # Rounded to two digits, if at all.


@given(arrays((5,), kinks=(-1.0, 1.0)))
def test_they_keep_away_from_the_given_kinks(x):
    assert (np.abs(np.abs(x) - 1) >= 0.29).all()


@given(arrays((4,), positive=True), arrays((4,), ties=True), arrays((4,), among=(3.0, 0.0)))
def test_positive_tied_and_chosen_numbers(positive, tied, chosen):
    assert (positive > 0).all()
    assert len(set(tied)) <= 2
    assert set(chosen) <= {0, 3}


@given(distinct_arrays((2, 3), (4,)))
def test_distinct_arrays_have_no_two_numbers_near_each_other(pair):
    everything = np.sort(np.concatenate([x.ravel() for x in pair]))
    assert np.diff(everything).min() > 0.05


@given(arrays((3,), dtype="float32"))
def test_the_dtype_is_the_one_asked_for(x):
    assert x.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"shape": 3}, "shape: expected a tuple"),
        ({"shape": (-1,)}, "shape: expected a tuple"),
        ({"dtype": "int64"}, "dtype: expected one of floats"),
        ({"kinks": 0.0}, "kinks: expected a tuple"),
        ({"kinks": tuple(np.linspace(-2, 2, 10))}, "leave no room"),
        ({"among": (0.0,), "ties": True}, "among: "),
    ],
)
def test_arguments_that_make_no_sense_are_refused_at_once(arguments, said):
    with pytest.raises(ValueError, match=said):
        arrays(**arguments)


def simplest(strategy, condition=lambda _: True):
    return find(strategy, condition, settings=settings(database=None, max_examples=200))


def test_an_array_shrinks_to_one_short_number():
    x = simplest(arrays(), lambda x: x.size > 0)
    assert x.ndim == 0
    assert len(repr(x.item())) <= 5


def test_two_arrays_of_one_example_differ_even_when_it_is_the_simplest():
    x, y = simplest(CASES["add"], lambda case: case.arrays[0].size > 1).arrays
    assert x.flat[0] != y.flat[0]


def test_shapes_and_settings_shrink_to_small_ones():
    assert simplest(shapes()) == ()
    x, w, how = simplest(conv_settings())
    assert x == w == (1, 1, 1, 1)
    assert how["stride"] == (1, 1)


def test_a_case_is_shown_as_its_call():
    case = simplest(CASES["conv2d"], lambda case: len(case.arrays) == 2)
    assert repr(case).startswith("conv2d(array(")
    assert "stride=(1, 1)" in repr(case)


@given(ops())
def test_any_op_is_drawn_with_arrays_that_it_takes(case):
    case.f(*case.arrays)
