"""`profile()` says which op took how long, and its rows add up."""

import importlib
import threading

import numpy as np
import pytest
from PIL import Image

import autograd
from autograd import (
    Tensor,
    anomaly,
    exp,
    grad,
    log,
    multiply,
    no_grad,
    op,
    override,
    profile,
    relu,
    sum,
    tanh,
)
from autograd.op import registry
from autograd.tensor import state

from .. import strict


@pytest.fixture(autouse=True)
def _no_op_stays():
    before = set(registry)
    yield
    for name in set(registry) - before:
        del registry[name]


class Clock:
    """A clock on which time passes only when `pass_` says so."""

    now = 0.0

    def pass_(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    module = importlib.import_module("autograd.profile")
    monkeypatch.setattr(module, "perf_counter", lambda: clock.now)
    return clock


def slow_op(clock, forward=5, backward=7):
    """An op that takes 5 s, and 7 s in its rule besides the op that the rule calls."""

    @op
    def slow(x):
        clock.pass_(forward)
        return x * 2

    def rule(g, _out, _x):
        clock.pass_(backward)
        return slow(g)

    slow.rule(x=rule)
    return slow


def table(p):
    """{op: (forward calls, backward calls)}."""
    return {row.op: (row.forward.calls, row.backward.calls) for row in p.rows}


def test_calls_are_counted_forward_and_for_each_rule():
    x, w = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    with profile() as p:
        y = sum(exp(x) * w + exp(w))
        grad(y, [x, w])
    assert table(p) == {
        "exp": (2, 2),
        "multiply": (1, 2),
        "add": (1, 2),
        "sum": (1, 1),
        "(walk)": (0, 1),
    }


def test_a_rule_that_is_not_needed_is_not_counted():
    x, w = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    with profile() as p:
        grad(sum(x * w), x)
    assert table(p)["multiply"] == (1, 1)


def test_ops_inside_a_rule_are_its_rules_time_and_nobody_elses_calls(clock):
    slow = slow_op(clock)
    x = Tensor([1.0])
    with profile() as p:
        grad(slow(x), x)
    row = next(row for row in p.rows if row.op == "slow")
    assert (row.forward.calls, row.forward.seconds) == (1, 5)
    assert (row.backward.calls, row.backward.seconds) == (1, 7 + 5)
    assert p.total.both.seconds == 17


def test_the_rows_add_up_to_the_time_in_the_engine(clock):
    slow = slow_op(clock)
    x = Tensor([1.0])
    with profile() as p:
        clock.pass_(100)
        y = slow(slow(x)) + slow(x)  # Two paths, which the walk adds up.
        grad(y, x)
        clock.pass_(1000)
    assert p.seconds == 1100 + 3 * 5 + 3 * 12
    assert np.sum([row.both.seconds for row in p.rows]) == p.seconds - 1100


def test_what_a_walk_does_between_the_rules_is_its_own_row(clock):
    x = Tensor([1.0, 2.0])

    def slowly(add):
        def slow_add(*inputs):
            clock.pass_(3)
            return add(*inputs)

        return slow_add

    walk = importlib.import_module("autograd.walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "add", slowly(walk.add))
        with profile() as p:
            grad(sum(x * x), x)
    rows = {row.op: row for row in p.rows}
    assert rows["(walk)"].backward.seconds == 3
    assert "add" not in rows
    assert p.rows[0].op == "(walk)"


def test_an_op_called_inside_an_ops_function_is_the_outer_ones(clock):
    slow = slow_op(clock)

    @op
    def twice(x):
        return slow(slow(x)).data

    with profile() as p, no_grad():
        twice.rule(x=None)
        twice(Tensor([1.0]))
    assert table(p) == {"twice": (1, 0)}
    assert p.seconds == p.total.forward.seconds == 10


def test_a_walk_inside_a_rule_is_the_rules(clock):
    slow = slow_op(clock)
    x = Tensor([1.0])

    def rule(g, _out, x):
        inner = Tensor(x.data)
        return g * grad(slow(inner), inner)

    with override(exp=rule), profile() as p:
        grad(exp(x), x, create_graph=True)  # Else the rule's ops would not be recorded.
    assert table(p) == {"exp": (1, 1), "(walk)": (0, 1)}
    assert p.total.backward.seconds == 5 + 12


def test_a_rule_that_raises_is_not_counted_twice(clock):
    slow = slow_op(clock)
    x = Tensor([1.0])

    def fails(_g, _out, _x):
        clock.pass_(20)
        raise KeyError

    with profile() as p:
        y = slow(x)
        with override(slow=fails), pytest.raises(KeyError):
            grad(y, x)
        grad(y, x)
    assert p.seconds == p.total.both.seconds == 5 + 20 + 12
    assert table(p) == {"slow": (1, 1), "(walk)": (0, 1)}


def test_bytes_are_those_of_the_outputs_and_of_the_gradients():
    x = Tensor(np.ones((3, 4), np.float32))
    with profile() as p:
        grad(sum(exp(x)), x)
    rows = {row.op: row for row in p.rows}
    assert (rows["exp"].forward.bytes, rows["exp"].backward.bytes) == (48, 48)
    assert rows["sum"].forward.bytes == 4
    assert p.total.both.bytes == 48 + 48 + 4 + 48


def test_rows_come_slowest_first(clock):
    quick, slow = exp, slow_op(clock)
    with profile() as p:
        quick(slow(Tensor([1.0])))
    assert [row.op for row in p.rows] == ["slow", "exp"]


def test_unrecorded_ops_and_constants_count():
    with profile() as p, no_grad():
        exp(np.ones(3))
    assert table(p) == {"exp": (1, 0)}


def test_second_derivatives_count_as_the_walk_that_they_are():
    x = Tensor([2.0])
    with profile() as p:
        first = grad(exp(x), x, create_graph=True)
        second = grad(first, x)
    assert second.item() == exp(x).item()
    assert table(p)["(walk)"] == (0, 2)
    assert table(p)["multiply"] == (0, 1)  # Applied inside a rule, then differentiated.


def test_results_are_the_same_as_without():
    x = Tensor(np.linspace(-1, 1, 5))
    plain = grad(sum(tanh(relu(x)) * x), x).data
    with profile():
        watched = grad(sum(tanh(relu(x)) * x), x).data
    np.testing.assert_array_equal(watched, plain)  # The same operations in the same order.


def test_it_ends_with_its_block_also_when_that_raises():
    p = profile()
    with pytest.raises(KeyError), p:
        raise KeyError
    exp(Tensor(1.0))
    assert state.observer is None
    assert p.rows == []


def test_an_op_that_fails_is_not_a_call():
    with profile() as p, pytest.raises(ValueError, match="multiply"):
        multiply(Tensor(np.ones(2)), Tensor(np.ones(3)))
    assert table(p) == {"multiply": (0, 0)}


def test_a_block_entered_again_goes_on_adding_up(clock):
    slow = slow_op(clock)
    p = profile()
    for _ in range(2):
        with p:
            slow(Tensor(1.0))
        clock.pass_(100)
    assert table(p) == {"slow": (2, 0)}
    assert p.seconds == 10


def test_a_block_entered_inside_itself_is_refused():
    p = profile()
    with p, pytest.raises(RuntimeError, match="profile: this block is running"), p:
        pass
    assert state.observer is None


def test_other_threads_are_not_watched():
    with profile() as p:
        thread = threading.Thread(target=lambda: exp(Tensor(1.0)))
        thread.start()
        thread.join()
    assert p.rows == []


def test_profiles_nest():
    x = Tensor(1.0)
    with profile() as outer:
        exp(x)
        with profile() as inner:
            log(x)
    assert table(inner) == {"log": (1, 0)}
    assert table(outer) == {"exp": (1, 0), "log": (1, 0)}


@pytest.mark.parametrize("first", ["profile", "anomaly"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_it_goes_together_with_anomaly(first):
    x = Tensor([0.0])
    p = profile()
    with p if first == "profile" else anomaly(), anomaly() if first == "profile" else p:
        y = sum(autograd.sqrt(x))
        with pytest.raises(FloatingPointError, match=rf"made the first inf.*{__file__}"):
            grad(y, x)
        with pytest.raises(FloatingPointError, match=rf"log made the first inf, at {__file__}"):
            log(x)
    assert {"sqrt", "sum", "log"} <= set(table(p))
    assert state.observer is None


class Device:
    def __init__(self, log):
        self.log = log

    def synchronize(self):
        self.log.append("waited")


def test_a_gpu_is_waited_for_before_and_after_each_op_and_after_each_rule():
    log = []

    class OnDevice(np.ndarray):
        device = Device(log)

    @op
    def launched(x):
        log.append("launched")
        return x + 1

    launched.rule(x=lambda g, _out, _x: g)
    x = Tensor(np.ones(2).view(OnDevice))
    with profile() as p:
        y = launched(x)
        assert log == ["waited", "launched", "waited"]
        log.clear()
        grad(y, x, seed=np.ones(2).view(OnDevice))
    assert log == ["waited", "waited"]  # After the rule, and after the walk.
    assert table(p)["launched"] == (1, 1)


def test_the_table_says_what_the_rows_say(clock):
    slow = slow_op(clock)
    x = Tensor(np.ones(2**17))
    with profile() as p:
        clock.pass_(2)
        grad(sum(slow(x)), x)
    lines = str(p).splitlines()
    assert lines[0].split() == ["forward", "backward"]
    assert lines[1].split() == ["op", "calls", "ms", "calls", "ms", "MiB", "share"]
    assert " ".join(lines[2].split()) == "slow 1 5000.000 1 12000.000 2.00 100.0 %"
    assert " ".join(lines[-2].split()) == "total 2 5000.000 3 12000.000 3.00 100.0 %"
    assert lines[-1] == "The block took 19000.000 ms, 2000.000 ms of it not in ops."
    assert len({len(line) for line in lines[1:-1]}) == 1  # The columns are flush.


def test_on_a_gpu_the_table_says_what_the_memory_pool_holds():
    with profile() as p:
        relu(np.ones(3))
    assert "pool" not in str(p)
    with strict.installed():
        assert str(p).endswith("The GPU's memory pool holds 5.00 MiB, 3.00 MiB in use now.")


def test_the_table_of_nothing_and_of_a_block_that_still_runs_can_be_printed():
    p = profile()
    assert "total" in str(p)
    with p:
        exp(Tensor(1.0))
        assert p.seconds >= p.total.both.seconds > 0
        assert "exp" in str(p)


def test_the_picture_is_a_png_and_no_other_file_is_left(tmp_path):
    x = Tensor(np.ones(8))
    with profile() as p:
        grad(sum(exp(x)), x)
    p.picture(tmp_path / "profile.png")
    assert [path.name for path in tmp_path.iterdir()] == ["profile.png"]
    with Image.open(tmp_path / "profile.png") as image:
        assert image.format == "PNG"
        assert image.convert("L").getextrema() == (0, 255)


def test_a_picture_of_many_ops_has_a_bar_for_the_slowest_and_one_for_the_others(tmp_path):
    x = Tensor(np.full((4, 4), 0.5))
    names = [name for name, one in registry.items() if one.simple and len(one.inputs) == 1]
    with profile() as p:
        for name in names:
            getattr(autograd, name)(x)
    assert len(p.rows) > 10
    bar_chart = importlib.import_module("autograd.profile").bar_chart
    with Image.open(tmp_path / save(tmp_path, bar_chart(p, bars=5))) as few:
        few_height = few.height
    with Image.open(tmp_path / save(tmp_path, bar_chart(p, bars=10))) as many:
        assert many.height - few_height == 5 * 36  # 0.3 inches of 120 dots for each bar.


def save(folder, content):
    (folder / "chart.png").write_bytes(content)
    return "chart.png"


def test_a_picture_that_cannot_be_made_is_refused_before_work(tmp_path):
    p = profile()
    with pytest.raises(ValueError, match="no op has run"):
        p.picture(tmp_path / "p.png")
    with p:
        exp(Tensor(1.0))
    with pytest.raises(ValueError, match=r"ends in \.png"):
        p.picture(tmp_path / "p.svg")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        p.picture(tmp_path / "nowhere" / "p.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(IsADirectoryError):
        p.picture(tmp_path / "folder.png")


def test_a_picture_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "p.png"
    path.write_bytes(b"old")
    with profile() as p:
        exp(Tensor(1.0))

    def full(*_):
        raise OSError("the disk is full")

    files = importlib.import_module("autograd.files")
    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="disk is full"):
        p.picture(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
