"""`anomaly()` names the op and the line that made the first NaN or Inf."""

import threading

import numpy as np
import pytest

from autograd import (
    Tensor,
    anomaly,
    exp,
    grad,
    log,
    maximum,
    no_grad,
    override,
    relu,
    softmax,
    sqrt,
    sum,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy warns of them, too.


def line_that_raised(caught) -> str:
    """The test's own line, not the engine's below it."""
    return f"{__file__}:{caught.traceback[0].lineno + 1}"


def test_the_op_that_made_the_first_nan_is_named_with_its_line():
    x = Tensor([1.0, -1.0])
    with anomaly(), pytest.raises(FloatingPointError) as caught:
        exp(log(x))
    assert str(caught.value) == f"log made the first nan, at {line_that_raised(caught)}"


def test_the_op_that_made_the_first_inf_is_named_with_its_line():
    x = Tensor([1.0, 0.0])
    with anomaly(), pytest.raises(FloatingPointError) as caught:
        1 / x
    assert str(caught.value) == f"divide made the first inf, at {line_that_raised(caught)}"


def sum_of_roots(x):
    return sum(sqrt(x))


def test_the_rule_that_made_the_first_nan_or_inf_is_named_with_the_line_of_its_op():
    x = Tensor([4.0, 0.0])
    with anomaly():
        y = sum_of_roots(x)
        with pytest.raises(FloatingPointError) as caught:
            grad(y, x)
    line = f"{__file__}:{sum_of_roots.__code__.co_firstlineno + 1}"
    assert str(caught.value) == (
        f"the gradient of sqrt at its input x made the first inf; sqrt was applied at {line}"
    )


def test_a_graph_recorded_outside_has_no_line_but_its_op_is_named():
    x = Tensor([0.0])
    y = sqrt(x)
    with (
        anomaly(),
        pytest.raises(FloatingPointError, match=r"gradient of sqrt .*a line outside of"),
    ):
        grad(y, x)


def test_a_wrong_rule_planted_by_override_is_found():
    x = Tensor([1.0])
    with (
        anomaly(),
        override(exp=lambda g, _out, _x: g * np.nan),
        pytest.raises(
            FloatingPointError, match="the gradient of exp at its input x made the first nan"
        ),
    ):
        grad(relu(exp(x)), x)


def test_an_input_that_is_nan_is_named_as_given():
    with anomaly(), pytest.raises(FloatingPointError, match="exp was given nan, at "):
        exp(Tensor([np.nan]))


def test_an_inf_that_masks_is_no_fault():
    logits = Tensor([0.0, -np.inf])
    with anomaly():
        p = softmax(logits * 2)
        grad(p, logits, seed=np.array([1.0, 0.0]))
    assert p.data.tolist() == [1, 0]


def test_constants_and_unrecorded_ops_are_watched():
    with anomaly(), no_grad(), pytest.raises(FloatingPointError, match="log made the first nan"):
        log(np.array([-1.0]))


def test_a_rule_that_returns_an_array_or_nothing_is_watched_too():
    x = Tensor([1.0])
    y = relu(x)
    with anomaly(), override(relu=lambda _g, _out, _x: np.array([2.0])):
        assert grad(y, x).item() == 2
    with anomaly(), override(relu=lambda _g, _out, _x: None):
        assert grad(y, x).item() == 0


def test_a_seed_that_is_not_finite_is_not_the_rules_fault():
    x = Tensor([1.0])
    with anomaly():
        assert grad(exp(x), x, seed=np.array([np.inf])).item() == np.inf


def test_the_second_derivatives_fault_is_found():
    x = Tensor([0.0])
    with anomaly():
        first = grad(sum(x**1.5), x, create_graph=True)
        with pytest.raises(
            FloatingPointError, match=r"the gradient of power .* made the first inf"
        ):
            grad(first, x)


def test_sound_work_passes_and_integers_are_not_looked_at():
    x = Tensor([1.0, 2.0])
    with anomaly():
        y = sum(x[np.array([0, 1, 1])] * np.array([1, 2, 3]))
        assert grad(y, x).data.tolist() == [1, 5]


def test_it_ends_with_its_block_also_when_that_raises():
    with pytest.raises(KeyError), anomaly():
        raise KeyError
    assert np.isnan(log(Tensor([-1.0])).data).all()


def test_other_threads_are_not_watched():
    results = []
    with anomaly():
        thread = threading.Thread(target=lambda: results.append(log(np.array([-1.0]))))
        thread.start()
        thread.join()
    assert len(results) == 1


def test_a_nan_that_was_made_from_an_inf_is_blamed_on_who_made_it():
    x = Tensor([np.inf, 1.0])
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(FloatingPointError, match="subtract made the first nan"),
        anomaly(),
    ):
        x - x


def test_an_inf_that_stays_an_inf_is_no_fault():
    with anomaly():
        maximum(Tensor([-np.inf, 1.0]), Tensor([-np.inf, 0.0]))
