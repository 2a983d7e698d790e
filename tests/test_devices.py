"""Everything runs on a GPU as on the CPU: the same numbers, and no more waiting than is needed.

The fixture `device` is the CPU, a GPU with the stand-in for CuPy (strict.py), and a GPU with CuPy
where there is one.
"""

import inspect
import math
from dataclasses import fields, is_dataclass
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import techniques
from autograd import (
    Tensor,
    array_module,
    check_grad,
    conv2d,
    cross_entropy,
    grad,
    sum,
    to_cpu,
    to_device,
)
from autograd.device import device_module
from autograd.strategies import CASES
from nets import SGD, Adam, KernelFitter, evaluate, fit, layers
from nets.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)

from . import strict

# Rounding in float32 is 6e-8 of the largest number on the way; GPUs add up in another order, over
# up to a few hundred terms, and in a second derivative or after some steps of training the errors
# of what came before have grown. A wrong formula is off by far more.
TOLERANCE = 1e-4

on_the_stand_in = pytest.mark.parametrize("device", ["strict"], indirect=True)


def assert_same(found, expected, where: str) -> None:
    """What came from a device is what came from the CPU: numbers, arrays, dataclasses of them."""
    if is_dataclass(expected):
        # What a run goes on from is no number to compare: an optimiser, a Generator.
        names = [field.name for field in fields(expected) if field.name != "state"]
        names += [name for name, it in vars(type(expected)).items() if isinstance(it, property)]
        for name in names:
            assert_same(getattr(found, name), getattr(expected, name), f"{where}.{name}")
        assert repr(found)
    elif isinstance(expected, list | tuple | dict):
        assert len(found) == len(expected), where
        keys = expected if isinstance(expected, dict) else range(len(expected))
        for key in keys:
            assert_same(found[key], expected[key], f"{where}[{key}]")
    elif hasattr(expected, "dtype") and expected.dtype.kind == "f":
        assert found.dtype == expected.dtype, where
        scale = np.abs(expected).max(initial=1, where=np.isfinite(expected))
        np.testing.assert_allclose(
            to_cpu(found), expected, rtol=0, atol=TOLERANCE * scale, err_msg=where
        )
    elif hasattr(expected, "dtype"):
        np.testing.assert_array_equal(to_cpu(found), expected, err_msg=where)
    else:
        assert found == pytest.approx(expected, rel=TOLERANCE), where


def assert_on(device: str, array, where: str) -> None:
    assert isinstance(array, device_module(device).ndarray), f"{where} is {type(array)}"


def waits_of(function) -> int:
    """How often Python waits for the stand-in while the function runs."""
    strict.waits.clear()
    function()
    return strict.waits.total()


# Ops ---------------------------------------------------------------------------------------------


def moved(setting, device: str):
    """A function and what is bound to it, or a setting, with its arrays on the device."""
    if isinstance(setting, partial):
        bound = {name: moved(value, device) for name, value in setting.keywords.items()}
        return partial(setting.func, *moved(setting.args, device), **bound)
    if isinstance(setting, tuple):
        return tuple(moved(value, device) for value in setting)
    return to_device(setting, device) if isinstance(setting, np.ndarray) else setting


def derivatives(f, arrays, device: str) -> list:
    """What f gives, its gradients, and those of the gradients, each with a random cotangent."""
    rng = np.random.default_rng(0)

    def cotangent(y):
        return to_device(rng.standard_normal(y.shape).astype(y.dtype), device)

    xs = [Tensor(to_device(x.astype(np.float32), device)) for x in arrays]
    y = moved(f, device)(*xs)
    first = grad(y, xs, seed=cotangent(y), create_graph=True)
    products = [sum(g * cotangent(g)) for g in first]
    second = [g for product in products for g in grad(product, xs)]
    return [tensor.data for tensor in (y, *first, *second)]


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=15)
@given(data=st.data())
def test_an_op_has_the_same_derivatives_on_every_device(device, name, data):
    f, arrays = data.draw(CASES[name])
    expected = derivatives(f, arrays, "cpu")
    found = derivatives(f, arrays, device)
    if name != "astype":
        assert {x.dtype for x in expected} == {np.dtype(np.float32)}
    for i, x in enumerate(found):
        assert_on(device, x, f"{name}: derivative {i}")
    assert_same(found, expected, name)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=3)
@given(data=st.data())
def test_a_gradient_is_checked_on_the_device_where_its_arrays_are(device, name, data):
    f, arrays = data.draw(CASES[name])
    arrays = [to_device(x, device) for x in arrays]
    report = check_grad(moved(f, device), *arrays, order=2)
    assert not any(x.size for x in arrays) or report.counts["ok"] > 0


@on_the_stand_in
@pytest.mark.parametrize("name", sorted(CASES.keys() - {"getitem", "scatter"}))
@settings(max_examples=8)
@given(data=st.data())
def test_no_op_waits_for_the_gpu(device, name, data):
    """Except to index with a mask: how many entries it means is in the mask."""
    f, arrays = data.draw(CASES[name])
    assert waits_of(lambda: derivatives(f, arrays, device)) == 0, strict.waits


@on_the_stand_in
def test_a_seed_on_another_device_is_refused(device):
    x = Tensor(to_device(np.ones(3), device))
    with pytest.raises(ValueError, match="seed and y are on different devices"):
        grad(x * 2, x, seed=np.ones(3))


def test_the_loss_takes_labels_and_weights_from_the_cpu(device):
    scores, labels, weight = inputs((3, 4)), [0, 3, 1], np.ones(4)
    x = Tensor(to_device(scores, device))
    loss = cross_entropy(x, labels, weight=weight)
    assert_on(device, grad(loss, x).data, "the gradient")
    assert_same(loss.data, cross_entropy(scores, labels, weight=weight).data, "loss")


@pytest.mark.parametrize(
    "kernels",
    [(16, 3, 3, 3), (4, 3, 3, 3), (32, 8, 3, 3), (16, 16, 3, 3), (64, 64, 3, 3)],
    ids=["planes", "definition", "channels_last", "by_rows", "winograd"],
)
def test_every_way_to_convolve_gives_the_same_on_every_device(device, kernels):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1, kernels[1], 28, 28)), rng.normal(size=kernels)
    convolve = lambda x, w: conv2d(x, w, padding=1)
    found = derivatives(convolve, (x, w), device)
    assert_same(found, derivatives(convolve, (x, w), "cpu"), "conv2d")


# Nets --------------------------------------------------------------------------------------------

# For every layer, how to make it and the shape of what it takes.
LAYERS = {
    "Sequential": (lambda: Sequential(Linear(4, 3, rng=0), ReLU()), (5, 4)),
    "Linear": (lambda: Linear(4, 3, rng=0), (5, 4)),
    "Conv2d": (lambda: Conv2d(4, 6, 3, stride=2, padding=1, groups=2, rng=0), (2, 4, 7, 6)),
    "ConvTranspose2d": (
        lambda: layers.ConvTranspose2d(4, 6, 3, stride=2, output_padding=1, groups=2, rng=0),
        (2, 4, 3, 2),
    ),
    "MaxPool2d": (lambda: MaxPool2d(3, 2, 1), (2, 3, 7, 6)),
    "AvgPool2d": (lambda: layers.AvgPool2d(3, 2, 1), (2, 3, 7, 6)),
    "AdaptiveAvgPool2d": (lambda: layers.AdaptiveAvgPool2d((2, 3)), (2, 3, 7, 6)),
    "BatchNorm2d": (lambda: BatchNorm2d(3), (4, 3, 5, 5)),
    "Dropout": (lambda: Dropout(0.5, rng=0), (4, 9)),
}
ELEMENTWISE = ("ReLU", "LeakyReLU", "ELU", "GELU", "Softplus", "Sigmoid", "Tanh", "Softmax")
for name in (*ELEMENTWISE, "Flatten", "Identity"):
    LAYERS[name] = (getattr(layers, name), (3, 4, 5))


def inputs(shape, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def layer_results(name: str, device: str) -> dict:
    make, shape = LAYERS[name]
    layer = make().to(device)
    results = {}
    for training in (True, False):
        with layer.in_mode(training):
            x = Tensor(to_device(inputs(shape), device))
            y = layer(x)
            seed = to_device(inputs(y.shape, seed=1), device)
            gradients = grad(y, [x, *layer.parameters()], seed=seed)
        results[training] = [y.data, *(g.data for g in gradients)]
        for array in results[training]:
            assert_on(device, array, name)
    return {**results, "state": layer.state_dict()}


@pytest.mark.parametrize("name", layers.__all__)
def test_a_layer_has_the_same_outputs_and_gradients_on_every_device(device, name):
    assert name in LAYERS, f"enter the new layer {name} into LAYERS, with a shape that it takes"
    assert_same(layer_results(name, device), layer_results(name, "cpu"), name)


def small_net() -> Sequential:
    rng = np.random.default_rng(0)
    return Sequential(
        *(Conv2d(1, 3, 3, padding=1, rng=rng), BatchNorm2d(3), ReLU(), MaxPool2d(2)),
        *(Flatten(), Dropout(0.2, rng=rng), Linear(3 * 14 * 14, 10, rng=rng)),
    )


def samples(n: int, seed=0) -> tuple[np.ndarray, np.ndarray]:
    return inputs((n, 1, 28, 28), seed), np.arange(n) % 10


def weighted_loss(scores, labels):
    weight = array_module(scores.data).linspace(0.5, 2, 10)
    return cross_entropy(scores, labels, weight=weight, label_smoothing=0.1)


TRAININGS = {
    "SGD": (partial(KernelFitter, rng=0), lambda p: SGD(p, lr=0.1), cross_entropy),
    "momentum": (small_net, lambda p: SGD(p, 0.1, 0.9, weight_decay=1e-3), cross_entropy),
    "Nesterov": (small_net, lambda p: SGD(p, 0.05, 0.9, nesterov=True), weighted_loss),
    "Adam": (small_net, lambda p: Adam(p, 1e-3, weight_decay=1e-3), weighted_loss),
}


def trained(name: str, device: str, folder, data_device: str = "cpu") -> dict:
    """What comes of three epochs, one of which goes on from a checkpoint."""
    make, optimizer_of, loss = TRAININGS[name]
    data, validation = (
        tuple(to_device(array, data_device) for array in samples(n, seed=n)) for n in (24, 12)
    )
    for epochs in (2, 3):
        net = make().to(device)
        optimizer = optimizer_of(net.parameters())
        history = fit(
            net, data, epochs=epochs, batch_size=8, optimizer=optimizer, validation=validation,
            checkpoint=folder / "checkpoint.npz", loss=loss, progress=False,
        )  # fmt: skip
    for parameter in net.parameters():
        assert_on(device, parameter.data, f"a parameter trained by {name}")
    history.seconds = 0
    return {
        "history": history,
        "net": net.to("cpu").state_dict(),
        "optimizer": optimizer.state_dict(),
        "accuracy": evaluate(net, validation),
    }


@pytest.mark.parametrize("name", TRAININGS)
def test_training_is_the_same_on_every_device(device, name, tmp_path):
    (tmp_path / "cpu").mkdir()
    expected = trained(name, "cpu", tmp_path / "cpu")
    found = trained(name, device, tmp_path, data_device=device)
    assert_same(found, expected, name)


def test_samples_on_the_cpu_serve_a_net_on_any_device(device):
    net = KernelFitter(rng=0).to(device)
    history = fit(net, samples(20), epochs=1, batch_size=8, lr=0.1, progress=False)
    at_home = KernelFitter(rng=0)
    fit(at_home, samples(20), epochs=1, batch_size=8, lr=0.1, progress=False)
    assert len(history.step_loss) == 3
    assert_same(net.state_dict(), at_home.state_dict(), "net")


@on_the_stand_in
def test_training_waits_no_more_often_for_more_batches(device, monkeypatch):
    monkeypatch.setattr("nets.history.LOOK_EVERY", math.inf)
    data = [to_device(array, device) for array in samples(40)]

    def train(batch_size):
        net = small_net().to(device)
        optimizer = Adam(net.parameters())
        fit(net, data, epochs=1, batch_size=batch_size, optimizer=optimizer, validation=data)

    assert waits_of(lambda: train(batch_size=2)) == waits_of(lambda: train(batch_size=20))


# Techniques --------------------------------------------------------------------------------------

CLASSES = 4
NEVER = 3  # The class that the net below never sees.
TECHNIQUES = {
    name: value
    for name in techniques.__all__
    if callable(value := getattr(techniques, name)) and "net" in inspect.signature(value).parameters
}
# What techniques are called with: (net, x), and by name what else they take. A new technique is
# called so too; only for arguments that it needs and no other has, there is a value to be added.
ARGUMENTS = {
    "target": [0, 1, 2],
    "layer": "0",
    "content_layer": "0",
    "style_layers": {"0": 1.0, "2": 2.0},
    "window": 2,
    "mask": np.arange(6)[:, None] // 3 + np.zeros((1, 5), int),
    "baseline": 0.25,
    "baselines": 0.25,
    "neuron": (1, 2, 3),
    "objective": techniques.objectives.channel("0", [0, 1, 2]),
    "octaves": 2,
    "steps": 3,
    "samples": 4,
    "resolution": 5,
    "batch_size": 2,
    "frames": 2,
    "eps": 0.1,
    "population": 6,
    "rounds": 2,
    "jitter": 1,
    "blur": 0.5,
    "blur_every": 2,
    "k": 3,
    "rng": 0,
}


def classifier() -> Sequential:
    """(N, 2, 6, 5) to scores (N, 4) of which one is always far behind."""
    rng = np.random.default_rng(1)
    net = Sequential(
        Conv2d(2, 3, 3, padding=1, rng=rng), ReLU(), MaxPool2d(2), Flatten(), Linear(18, 4, rng=rng)
    )
    net[4].bias.data[NEVER] = -100
    return net


def pooling_classifier() -> Sequential:
    """The same, but it ends in global average pooling and a linear layer."""
    rng = np.random.default_rng(1)
    convolution = Conv2d(2, 3, 3, padding=1, rng=rng)
    return Sequential(convolution, layers.AdaptiveAvgPool2d(1), Flatten(), Linear(3, 4, rng=rng))


# They need a net with global average pooling, or one that takes images of any size.
OF_ANY_SIZE = ("cam", "deep_dream")

IMAGES = inputs((3, 2, 6, 5), seed=11)


def run(name: str, device: str, **given):
    """What a technique makes of the images on a device."""
    function = TECHNIQUES[name]
    others = np.roll(IMAGES, 1, axis=0)
    known = {
        **ARGUMENTS,
        "net": (pooling_classifier if name in OF_ANY_SIZE else classifier)().to(device),
        "x": to_device(IMAGES, device),
        "counterfactual": to_device(others, device),
        "content": to_device(IMAGES, device),
        "style": to_device(others, device),
        "image": techniques.fourier_image(to_device(IMAGES, device)),
        **given,
    }
    wanted = inspect.signature(function).parameters
    unknown = [
        parameter
        for parameter, it in wanted.items()
        if it.default is it.empty and it.kind is not it.VAR_KEYWORD and parameter not in known
    ]
    assert not unknown, f"techniques.{name}: add values for its arguments {unknown} to ARGUMENTS"
    return function(**{parameter: known[parameter] for parameter in wanted if parameter in known})


def test_the_images_have_different_classes():
    """So that one can be another's counterfactual."""
    classes = classifier()(IMAGES).data.argmax(axis=1)
    assert len(set(classes.tolist()) - {NEVER}) == 3


@pytest.mark.filterwarnings("ignore:target. inputs")  # Some are of class 2, which jsma goes for.
@pytest.mark.parametrize("name", TECHNIQUES)
@pytest.mark.parametrize("target", [None, 2, "of each"])
def test_a_technique_gives_the_same_on_every_device(device, name, target):
    of_each = np.array(ARGUMENTS["target"])
    expected = run(name, "cpu", target=of_each if target == "of each" else target)
    found = run(name, device, target=to_device(of_each, device) if target == "of each" else target)
    assert_same(found, expected, name)
    for array in (found, getattr(found, "x", None)):
        if getattr(array, "shape", None) == IMAGES.shape:
            assert_on(device, array, f"what {name} returns")


@pytest.mark.filterwarnings("ignore:target. inputs")
@pytest.mark.parametrize(
    "name", [name for name, f in TECHNIQUES.items() if "resume" in inspect.signature(f).parameters]
)
def test_a_run_that_is_over_goes_on_to_where_it_ended(device, name):
    over = run(name, device, target=NEVER)
    assert_same(run(name, device, target=NEVER, resume=over), run(name, "cpu", target=NEVER), name)


# A step waits to see that the scores have no NaN, and waits to see which inputs are done. (Steps
# that are independent go together, as many as a batch may hold, and wait once.)
@on_the_stand_in
@pytest.mark.parametrize(
    "name", [name for name, f in TECHNIQUES.items() if "steps" in inspect.signature(f).parameters]
)
def test_a_step_waits_at_most_twice(device, name):
    few, many = (
        waits_of(
            lambda steps=steps: run(
                name, device, target=NEVER, steps=steps, frames=0, batch_size=10 * len(IMAGES)
            )
        )
        for steps in (3, 13)
    )
    assert (many - few) / 10 <= 2, strict.waits
