"""The Module: what it finds in itself, and that its state comes back as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from autograd import Tensor, relu
from nets import BatchNorm2d, Dropout, KernelFitter, Linear, Module, ReLU, Sequential


class Branch(Module):
    def __init__(self, rng):
        self.weight = Tensor(rng.normal(size=(2, 3)).astype(np.float32))
        self.count = np.array(7)
        self.note = "neither parameter nor buffer"
        self.number = np.float64(3)


class Tree(Module):
    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.left = Branch(rng)
        self.scale = Tensor(np.ones((), np.float32))
        self.right = Branch(rng)
        self.mean = np.zeros(4, np.float32)
        self.again = self.left
        self.tied = self.right.weight

    def forward(self, x):
        return x * self.scale


def test_names_are_the_attributes_in_order_and_shared_things_count_once():
    tree = Tree()
    assert [name for name, _ in tree.named_modules()] == ["", "left", "right"]
    # The tied weight is met first as the tree's own.
    parameters = ["scale", "tied", "left.weight"]
    assert [name for name, _ in tree.named_parameters()] == parameters
    assert [name for name, _ in tree.named_buffers()] == ["mean", "left.count", "right.count"]
    assert list(tree.state_dict()) == [*parameters, "mean", "left.count", "right.count"]
    assert [id(p) for p in tree.parameters()] == [id(p) for _, p in tree.named_parameters()]
    assert dict(tree.named_modules())["right"] is tree.right
    assert dict(tree.named_modules())[""] is tree


def test_names_deep_inside_are_joined_by_dots():
    net = Sequential(ReLU(), Sequential(ReLU(), Linear(2, 3)))
    assert [name for name, _ in net.named_parameters()] == ["1.1.weight", "1.1.bias"]
    assert [name for name, _ in net.named_modules()] == ["", "0", "1", "1.0", "1.1"]


def test_a_state_dict_is_a_copy():
    net = Tree()
    state = net.state_dict()
    before = {name: array.copy() for name, array in state.items()}
    for array in state.values():
        array += 1
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


names = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=5)
trees = st.recursive(
    array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=3),
    lambda inside: st.dictionaries(names, inside, max_size=4),
    max_leaves=8,
)


def grow(tree, rng):
    """A Module from a dictionary: shapes become parameters and buffers by turns."""
    module = Module()
    for i, (name, value) in enumerate(tree.items()):
        if isinstance(value, dict):
            setattr(module, name, grow(value, rng))
        else:
            array = rng.normal(size=value).astype(np.float32)
            setattr(module, name, Tensor(np.asarray(array)) if i % 2 else np.asarray(array))
    return module


@given(tree=st.dictionaries(names, trees, max_size=4))
def test_loading_a_state_dict_makes_any_net_equal_to_another(tree, tmp_path_factory):
    source, by_dict, by_file = (grow(tree, np.random.default_rng(seed)) for seed in range(3))
    expected = source.state_dict()
    by_dict.load_state_dict(expected)
    path = tmp_path_factory.mktemp("weights") / "net.npz"
    source.save(path)
    assert by_file.load(path) is by_file
    for net in (by_dict, by_file):
        state = net.state_dict()
        assert list(state) == list(expected)
        for name, array in state.items():
            assert array.dtype == expected[name].dtype
            np.testing.assert_array_equal(array, expected[name], strict=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_loaded_numbers_take_the_dtype_of_the_parameter(dtype):
    source, net = KernelFitter(rng=0), KernelFitter(rng=1)
    state = {name: array.astype(dtype) for name, array in source.state_dict().items()}
    net.load_state_dict(state)
    for name, parameter in net.named_parameters():
        assert parameter.dtype == np.float32
        np.testing.assert_array_equal(parameter.data, state[name].astype(np.float32))


def test_a_net_does_not_hold_on_to_the_arrays_it_was_loaded_from():
    net = KernelFitter(rng=0)
    state = net.state_dict()
    net.load_state_dict(state)
    net.conv.weight.data += 1
    assert np.abs(net.conv.weight.data - state["conv.weight"]).min() > 0.5


def test_one_error_names_every_key_that_does_not_fit_and_nothing_is_changed():
    net = Tree()
    before = net.state_dict()
    state = {name: array + 1 for name, array in before.items()}
    del state["scale"], state["left.count"]
    state["mean"] = np.zeros((2, 2), np.float32)
    state["left.weight"] = np.full((2, 3), "text")
    state["head.weight"] = np.zeros(5)
    with pytest.raises(ValueError, match="load_state_dict of Tree") as raised:
        net.load_state_dict(state)
    for line in [
        "missing: scale ()",
        "missing: left.count ()",
        "misshapen: mean: expected (4,), got (2, 2) float32",
        "misshapen: left.weight: expected (2, 3), got (2, 3) <U4",
        "unexpected: head.weight (5,)",
    ]:
        assert f"\n  {line}" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 6
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_train_and_eval_reach_every_module_and_return_the_net():
    net = Sequential(Dropout(), Sequential(BatchNorm2d(2)))
    assert all(module.training for _, module in net.named_modules())
    assert net.eval() is net
    assert not any(module.training for _, module in net.named_modules())
    assert net.train() is net
    assert all(module.training for _, module in net.named_modules())


@pytest.mark.parametrize("training", [True, False])
def test_a_block_in_a_mode_gives_each_module_its_own_mode_back_even_when_it_raises(training):
    net = Sequential(Dropout(), BatchNorm2d(2).eval())

    def run():
        with net.in_mode(training):
            assert [module.training for _, module in net.named_modules()] == [training] * 3
            raise KeyError

    with pytest.raises(KeyError):
        run()
    assert [module.training for _, module in net.named_modules()] == [True, True, False]


def test_a_module_without_forward_says_whose_is_missing():
    with pytest.raises(NotImplementedError, match="Branch has no method forward"):
        Branch(np.random.default_rng(0))(np.zeros(3))


def test_an_array_and_a_tensor_give_the_same_and_only_the_tensor_is_a_variable():
    net = KernelFitter(rng=0)
    x = np.random.default_rng(0).uniform(-1, 1, (2, 1, 28, 28)).astype(np.float32)
    tensor = Tensor(x)
    np.testing.assert_array_equal(net(x).data, net(tensor).data)
    net(x).sum().backward()
    assert tensor.grad is None
    net(tensor).sum().backward()
    assert tensor.grad.shape == x.shape


def test_the_cpu_is_where_a_net_is_already_and_other_devices_are_named_in_the_error():
    net = KernelFitter(rng=0)
    before = net.state_dict()
    assert net.to("cpu") is net
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    with pytest.raises(ValueError, match=r'"cpu" or "gpu", got \'tpu\''):
        net.to("tpu")


def test_a_net_is_shown_as_a_tree_of_its_modules_with_settings_and_shapes():
    assert repr(Sequential(Sequential(ReLU()), Dropout(0.2), BatchNorm2d(3))).splitlines() == [
        "Sequential(",
        "  0: Sequential(",
        "    0: ReLU()",
        "  )",
        "  1: Dropout(p=0.2)",
        "  2: BatchNorm2d(eps=1e-05, momentum=0.1, weight(3,), bias(3,), running_mean(3,), "
        "running_var(3,), num_batches_tracked())",
        ")",
    ]
    assert "training" not in repr(Dropout().eval())


def test_the_docstrings_example_runs():
    class Net(Module):
        def __init__(self):
            self.linear = Linear(8, 10, rng=0)

        def forward(self, x):
            return self.linear(relu(x).mean(axis=(2, 3)))

    assert Net()(np.ones((3, 8, 5, 5), np.float32)).shape == (3, 10)
