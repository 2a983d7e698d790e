"""The decision plane."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techniques import decision_plane

from .small_nets import MLP, ConvNet, affine, ask, inputs_for

nets = st.builds(lambda make, seed: make(seed), st.sampled_from([ConvNet, MLP]), st.integers(0, 99))


def plane_of(net, resolution=6, **how):
    x = inputs_for(net, 3, seed=1)
    return x, decision_plane(net, x, resolution=resolution, **how)


@given(nets)
def test_the_three_inputs_lie_at_their_corners(net):
    x, plane = plane_of(net)
    # The inputs are below 1, and three sums of rounded products.
    np.testing.assert_allclose(plane.inputs(plane.corners), x, rtol=0, atol=1e-14)
    np.testing.assert_allclose(ask(net, plane.inputs(plane.corners)), ask(net, x), atol=1e-12)
    coordinates, distance = plane.project(x)
    np.testing.assert_allclose(coordinates, plane.corners, rtol=0, atol=1e-14)
    np.testing.assert_allclose(distance, 0, atol=1e-14)


@given(nets)
def test_the_axes_are_orthonormal_so_that_distances_are_true(net):
    x, plane = plane_of(net)
    axes = plane.axes.reshape(2, -1)
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-14)
    for i, j in [(0, 1), (0, 2), (1, 2)]:
        in_plane = np.linalg.norm(plane.corners[i] - plane.corners[j])
        np.testing.assert_allclose(in_plane, np.linalg.norm(x[i] - x[j]), rtol=1e-13)
    assert plane.corners[1, 1] == 0
    assert plane.corners[2, 1] > 0


@given(nets)
def test_scores_and_classes_are_those_of_the_grid_points(net):
    _, plane = plane_of(net)
    for i, j in np.ndindex(6, 6):
        point = plane.inputs(np.array([[plane.u[j], plane.v[i]]]))
        # The same sums in a batch of another size.
        np.testing.assert_allclose(plane.scores[i, j], ask(net, point)[0], rtol=0, atol=1e-12)
    assert np.array_equal(plane.classes, plane.scores.argmax(axis=2))


def test_of_an_affine_net_the_scores_are_affine_in_the_plane():
    net = affine(np.random.default_rng(0).normal(size=(4, 5)), np.arange(4.0))
    plane = decision_plane(net, np.random.default_rng(1).normal(size=(3, 5)), resolution=7)
    # Second differences of numbers below 10.
    np.testing.assert_allclose(np.diff(plane.scores, 2, axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(np.diff(plane.scores, 2, axis=1), 0, atol=1e-13)


def test_the_square_holds_the_inputs_and_the_margin():
    net = MLP()
    for margin in (0.0, 0.5):
        _, plane = plane_of(net, margin=margin)
        low, high = plane.corners.min(axis=0), plane.corners.max(axis=0)
        space = margin * (high - low).max()
        start, end = (np.array([plane.u[i], plane.v[i]]) for i in (0, -1))
        assert (start <= low - space + 1e-12).all()  # The ends are sums, rounded.
        assert (end >= high + space - 1e-12).all()
        np.testing.assert_allclose(np.ptp(plane.u), np.ptp(plane.v), rtol=1e-12)


@given(st.integers(0, 99), st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 3))
def test_other_inputs_are_projected_with_their_distance_from_the_plane(seed, u, v, height):
    x, plane = plane_of(ConvNet(seed))
    axes = plane.axes.reshape(2, -1)
    away = np.random.default_rng(seed).normal(size=x[0].size)
    away -= away @ axes.T @ axes
    away *= height / np.linalg.norm(away)
    frames = plane.inputs(np.array([[u, v]])) + away.reshape(x[0].shape)
    coordinates, distance = plane.project(frames)
    # Sums of 60 products of numbers below 4.
    np.testing.assert_allclose(coordinates, [[u, v]], rtol=0, atol=1e-13)
    np.testing.assert_allclose(distance, [height], rtol=0, atol=1e-13)


def test_no_more_inputs_than_the_batch_size_are_run_at_once():
    sizes = []
    net = MLP()
    net.eval()

    def counting(x):
        sizes.append(len(x.data))
        return net(x)

    x = inputs_for(net, 3)
    in_parts = decision_plane(counting, x, resolution=5, batch_size=4)
    assert max(sizes) == 4
    assert sum(sizes) == 25
    at_once = decision_plane(counting, x, resolution=5)
    np.testing.assert_allclose(in_parts.scores, at_once.scores, rtol=0, atol=1e-12)


def test_the_net_is_asked_in_the_precision_of_the_inputs():
    net = MLP(dtype="float32")
    plane = decision_plane(net, inputs_for(net, 3, dtype="float32"), resolution=4)
    assert plane.scores.dtype == np.float32


def test_the_repr_names_the_classes():
    plane = decision_plane(affine(np.eye(2)), np.array([[1.0, 0], [0, 1], [0, 0]]), resolution=5)
    assert "5×5" in repr(plane)
    assert "[0, 1]" in repr(plane)


@pytest.mark.parametrize(
    ("ask_it", "message"),
    [
        (lambda plane: plane.inputs(np.zeros(2)), r"coordinates: expected pairs .* got \(2,\)"),
        (lambda plane: plane.inputs(np.zeros((4, 3))), r"coordinates: expected pairs .*\(4, 3\)"),
        (lambda plane: plane.project(np.zeros((4, 3))), r"x: expected a batch of \(2,\), got"),
        (lambda plane: plane.project(np.full((4, 2), np.nan)), "x: has a NaN"),
        (lambda plane: plane.project([[0.0, 0.0]]), "x: expected an array"),
    ],
)
def test_what_is_no_place_in_the_plane_is_refused(ask_it, message):
    plane = decision_plane(affine(np.eye(2)), np.array([[1.0, 0], [0, 1], [0, 0]]), resolution=2)
    with pytest.raises((TypeError, ValueError), match=message):
        ask_it(plane)
