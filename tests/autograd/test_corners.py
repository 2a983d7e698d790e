"""The conventions at kinks, ties and poles. test_references.py has PyTorch's answers to them."""

import numpy as np
import pytest

from autograd import Tensor, grad, ops


def slope(f, x, **settings) -> list:
    """The gradient of the sum of f(x)."""
    x = Tensor(np.array(x))
    y = f(x, **settings)
    return grad(y, x, seed=np.ones(y.shape)).data.tolist()


def slopes(f, x, y) -> list:
    """The gradients at both inputs."""
    xs = Tensor(np.array(x)), Tensor(np.array(y))
    out = f(*xs)
    return [g.data.tolist() for g in grad(out, xs, seed=np.ones(out.shape))]


def test_relu_and_abs_have_slope_0_at_0():
    for zero in (0.0, -0.0):
        assert slope(ops.relu, [-1.0, zero, 1.0]) == [0, 0, 1]
        assert slope(ops.abs, [-1.0, zero, 1.0]) == [-1, 0, 1]


def test_leaky_relu_and_elu_have_their_left_slope_at_0():
    assert slope(ops.leaky_relu, [0.0], slope=0.25) == [0.25]
    assert slope(ops.elu, [0.0], alpha=0.5) == [0.5]


def test_ties_in_a_max_or_min_reduction_split_the_gradient_equally():
    assert slope(ops.max, [1.0, 3.0, 3.0, 3.0]) == [0, 1 / 3, 1 / 3, 1 / 3]
    assert slope(ops.min, [[2.0, 1.0], [1.0, 1.0]]) == [[0, 1 / 3], [1 / 3, 1 / 3]]
    assert slope(ops.max, [[2.0, 1.0], [1.0, 1.0]], axis=1) == [[1, 0], [0.5, 0.5]]


def test_ties_in_max_pooling_go_to_the_first_row_by_row():
    image = [[[[0.0, 7.0], [7.0, 7.0]]]]
    assert slope(ops.max_pool2d, image, kernel=2) == [[[[0, 1], [0, 0]]]]


def test_the_padding_of_max_pooling_never_wins():
    image = [[[[-np.inf, -5.0], [-np.inf, -np.inf]]]]
    assert ops.max_pool2d(np.array(image), 2, padding=1).data.max() == -5
    assert slope(ops.max_pool2d, image, kernel=2, padding=1) == [[[[1, 1], [1, 1]]]]


def test_ties_in_maximum_and_minimum_give_half_to_each():
    assert slopes(ops.maximum, [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]) == [[0, 0.5, 1], [1, 0.5, 0]]
    assert slopes(ops.minimum, [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]) == [[1, 0.5, 0], [0, 0.5, 1]]


def test_clip_passes_the_gradient_at_its_bounds():
    assert slope(ops.clip, [-2.0, -1.0, 0.0, 1.0, 2.0], low=-1, high=1) == [0, 1, 1, 1, 0]


def test_the_norm_has_gradient_0_at_0():
    assert slope(ops.norm, [[0.0, 0.0], [3.0, 4.0]], axis=1) == [[0, 0], [0.6, 0.8]]


def test_log_sqrt_and_division_by_zero_follow_numpy():
    with np.errstate(all="ignore"):
        assert slope(ops.log, [0.0]) == [np.inf]
        assert slope(ops.sqrt, [0.0]) == [np.inf]
        assert np.isnan(ops.log(np.array([-1.0])).data).all()
        assert (1 / Tensor([0.0, -0.0])).data.tolist() == [np.inf, -np.inf]
        assert slopes(ops.divide, [1.0], [0.0]) == [[np.inf], [-np.inf]]


def test_they_warn_as_numpy_does():
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        ops.log(Tensor([0.0]))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        1 / Tensor([0.0])


def test_power_is_differentiable_at_0_and_constant_for_exponent_0():
    assert slope(lambda x: x**2, [0.0, -3.0]) == [0, -6]
    assert slope(lambda x: x**1, [0.0]) == [1]
    assert slope(lambda x: x**0, [0.0, 2.0]) == [0, 0]
    assert slopes(ops.power, [0.0, 0.0, 0.0], [0.0, 1.0, 2.0]) == [[0, 1, 0], [0, 0, 0]]


def test_extreme_arguments_neither_overflow_nor_warn():
    far = [-1e4, 1e4]
    assert slope(ops.sigmoid, far) == [0, 0]
    assert slope(ops.softplus, far) == [0, 1]
    assert slope(ops.elu, far) == [0, 1]
    assert slope(ops.gelu, far) == [0, 1]
    assert slope(ops.tanh, far) == [0, 0]
    assert slope(ops.logsumexp, far) == [0, 1]
    assert ops.log_softmax(np.array(far)).data.tolist() == [-2e4, 0]
    assert slope(ops.softmax, far) == [0, 0]


def test_a_masked_logit_takes_no_part_in_softmax_and_cross_entropy():
    logits = Tensor([[0.0, -np.inf, 0.0]])
    loss = ops.cross_entropy(logits, np.array([2]))
    assert loss.item() == pytest.approx(np.log(2))
    assert grad(loss, logits).data.tolist() == [[0.5, 0, -0.5]]


def test_sign_and_comparisons_have_no_gradient():
    assert slope(ops.sign, [-2.0, 0.0, 2.0]) == [0, 0, 0]
    x = Tensor([1.0, 2.0])
    assert (x > 1).dtype == bool
    assert grad((x * (x > 1)).sum(), x).data.tolist() == [0, 1]


def test_an_image_of_integers_gives_floats_where_something_is_averaged():
    image = np.array([[[[200, 255], [255, 201]]]], np.uint8)
    assert ops.avg_pool2d(image, 2).data.tolist() == [[[[227.75]]]]
    assert ops.adaptive_avg_pool2d(image, 1).data.tolist() == [[[[227.75]]]]
    assert ops.resize(image, 1).data.tolist() == [[[[227.75]]]]
    assert ops.erf(np.array([1])).item() == pytest.approx(0.8427007929)


def test_nan_is_not_hidden():
    for f in (ops.relu, ops.max, ops.exp, ops.softmax):
        assert np.isnan(f(Tensor([np.nan, 1.0])).data).any()
    assert np.isnan(ops.max_pool2d(np.full((1, 1, 2, 2), np.nan), 2).data).all()
