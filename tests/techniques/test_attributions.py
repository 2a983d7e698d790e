"""What all techniques of attribution have in common.

They are found by their signatures, and called with the settings below. So a new one is tested here
as soon as techniques exports it.
"""

import inspect
from dataclasses import is_dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import techniques
from autograd import Tensor, no_grad
from autograd.observer import Observer
from nets import Module
from techniques import FullGradient, MaskTrace, full_gradient, input_x_gradient

from .layered import SHAPE, images, layered, layered_cases

# What techniques are called with, by the names of their arguments.
SETTINGS = {
    "layer": "2",
    "neuron": (0, 4, 1),
    "relu": False,
    "window": 2,
    "mask": np.arange(5),  # The regions are the columns of an image.
    "baseline": 0.3,
    "baselines": images(3, seed=9),
    "method": input_x_gradient,
    "max_sigma": 3.0,
    "steps": 7,
    "samples": 6,
    "rng": 0,
}
OF_ITS_OWN = {
    "cam": {"layer": "6"},
    "kernel_shap": {"samples": 30},  # All sets of some of five regions.
    "xrai": {"baselines": None},
    "meaningful_perturbation": {"scale": 2, "smooth": 1.0},  # For images of 6×5.
}
# A map that has no place of its own among the techniques.
FULL_GRAD = "full_gradient's map"


def is_attribution(name: str) -> bool:
    """Whether it takes a net and inputs, and gives something about these, and not others."""
    function = getattr(techniques, name)
    if not inspect.isfunction(function):
        return False
    signature = inspect.signature(function)
    gives = signature.return_annotation
    moves = is_dataclass(gives) and gives not in (FullGradient, MaskTrace)
    return {"net", "x"} <= signature.parameters.keys() and not moves


def arguments_of(name: str) -> dict[str, inspect.Parameter]:
    function = full_gradient if name == FULL_GRAD else getattr(techniques, name)
    return dict(inspect.signature(function).parameters)


def attribution(name: str):
    """The technique as a function (net, x, target, **others) that gives a map."""

    def find(net, x, target=None, **others):
        known = {**SETTINGS, **OF_ITS_OWN.get(name, {}), "target": target}
        wanted = arguments_of(name)
        given = {argument: known[argument] for argument in known if argument in wanted}
        found = getattr(techniques, name)(net, x, **{**given, **others})
        if isinstance(found, FullGradient):
            return found.input
        return found.mask if isinstance(found, MaskTrace) else found

    return find


MAPS = {name: attribution(name) for name in techniques.__all__ if is_attribution(name)}
MAPS[FULL_GRAD] = lambda *args: full_gradient(*args).map


def taking(argument: str) -> list[str]:
    return [name for name in MAPS if argument in arguments_of(name)]


# Those whose map of an input depends on what else is in the batch, which has to be something.
TOGETHER = {"feature_permutation"}
# Those that are the same for all classes, or about none.
OF_NO_CLASS = {"eigen_cam", *(MAPS.keys() - taking("target"))}
# Those whose maps are not shaped like the inputs.
CAMS = {name for name in MAPS if "cam" in name} - {"guided_grad_cam"}
ELSEWHERE = CAMS | {"layer_activation", "layer_conductance", "internal_influence"}
ELSEWHERE |= {"xrai", "meaningful_perturbation", FULL_GRAD}
PIXEL_MAPS = sorted(MAPS.keys() - ELSEWHERE)

LINEAR = ("input_x_gradient", "integrated_gradients", "occlusion", "grad_cam", "layer_conductance")
LINEAR += ("hires_cam", "xgrad_cam", "deeplift", "feature_permutation")
LINEAR += ("feature_ablation", "shapley_values", "kernel_shap", "lime", "rise")
LINEAR += ("smoothgrad", "gradient_shap", "blur_integrated_gradients", "full_gradient")
LINEAR += ("internal_influence", "neuron_conductance")

every_map = pytest.mark.parametrize("name", MAPS)
every_pixel_map = pytest.mark.parametrize("name", PIXEL_MAPS)

# Sums of a few hundred terms of at most 100, in float64 (rounding 1e-16).
ROUNDING = 1e-11


def net_for(name: str):
    return layered(averaged=name == "cam")


def cases_for(name: str):
    return layered_cases(averaged=name == "cam", least=2 if name in TOGETHER else 1)


def within(name: str) -> dict[str, str]:
    """The layer, for a net that is in another one, as its `net`."""
    layer = {**SETTINGS, **OF_ITS_OWN.get(name, {})}["layer"]
    return {"layer": f"net.{layer}"} if name in taking("layer") else {}


@pytest.mark.parametrize("name", techniques.__all__)
def test_there_is_a_setting_for_all_that_a_technique_needs(name):
    if is_attribution(name):
        known = {"net", "x", "target", *SETTINGS}
        needed = {
            argument
            for argument, it in arguments_of(name).items()
            if it.default is it.empty and it.kind is not it.VAR_KEYWORD
        }
        assert needed <= known, f"add values for {needed - known} to SETTINGS"


@every_map
@given(data=st.data())
def test_nothing_is_changed(name, data):
    net, x, target = data.draw(cases_for(name))
    parameters = net.parameters()
    marks = [Tensor(np.ones(1)) for _ in parameters]
    for parameter, mark in zip(parameters, marks, strict=True):
        parameter.grad = mark
    net.train()
    net[1].eval()  # A frozen part.
    x_before, target_before, state = x.copy(), target.copy(), net.state_dict()
    MAPS[name](net, x, target)
    assert np.array_equal(x, x_before)
    assert np.array_equal(target, target_before)
    assert net.training
    assert net[0].training
    assert not net[1].training
    after = net.state_dict()
    assert all(np.array_equal(after[key], state[key]) for key in state)
    assert all(p.grad is mark for p, mark in zip(parameters, marks, strict=True))


@every_map
@settings(max_examples=30)
@given(data=st.data())
def test_the_net_is_run_in_eval_mode(name, data):
    net, x, target = data.draw(cases_for(name))
    in_training = MAPS[name](net.train(), x, target)
    assert np.array_equal(in_training, MAPS[name](net.eval(), x, target))


@pytest.mark.parametrize("name", sorted(MAPS.keys() - TOGETHER))
@given(data=st.data())
def test_a_batch_gives_what_its_images_give_one_at_a_time(name, data):
    net, x, target = data.draw(cases_for(name))
    whole = MAPS[name](net, x, target)
    for n in range(len(x)):
        alone = MAPS[name](net, x[n : n + 1], int(target[n]))
        # A map that is divided by the score, as ablation_cam's is, may be large.
        scale = max(1, abs(whole[n]).max())
        np.testing.assert_allclose(alone[0], whole[n], rtol=0, atol=ROUNDING * scale)


@pytest.mark.parametrize("name", sorted(MAPS.keys() - OF_NO_CLASS))
def test_the_target_is_an_int_for_all_or_one_each_or_the_highest_scoring(name):
    net, x, technique = net_for(name).eval(), images(3), MAPS[name]
    best = net(x).data.argmax(axis=1)
    assert np.array_equal(technique(net, x), technique(net, x, best))
    assert np.array_equal(technique(net, x, 2), technique(net, x, [2, 2, 2]))
    assert not np.array_equal(technique(net, x, 2), technique(net, x, [2, 1, 2]))


@every_pixel_map
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_pixel_map_is_shaped_like_the_input_and_of_its_precision(name, dtype):
    net, x = layered(), images(2).astype(dtype)
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(dtype)
    for statistic in ("running_mean", "running_var"):
        setattr(net[1], statistic, getattr(net[1], statistic).astype(dtype))
    found = MAPS[name](net, x)
    assert found.shape == x.shape
    assert found.dtype == dtype


class Blinkered(Module):
    """A net that does not see the first column of its images."""

    def __init__(self, net):
        self.net = net
        self.seen = np.ones(SHAPE)
        self.seen[:, :, 0] = 0

    def forward(self, x):
        return self.net(x * self.seen)


# LIME fits noise everywhere, and RISE gives a pixel the score of what is shown with it.
@pytest.mark.parametrize("name", [name for name in PIXEL_MAPS if name not in ("lime", "rise")])
@given(data=st.data())
def test_what_the_net_does_not_see_gets_zero(name, data):
    net, x, target = data.draw(cases_for(name))
    how = {"window": 1} if name == "occlusion" else within(name)
    # To rounding: occlusion compares scores that were computed in batches of different sizes.
    assert abs(MAPS[name](Blinkered(net), x, target, **how)[..., 0]).max() <= ROUNDING


@pytest.mark.parametrize("name", LINEAR)
@given(data=st.data())
def test_it_is_linear_in_the_score(name, data):
    net, x, _ = data.draw(cases_for(name))
    w, b = net[8].weight.data, net[8].bias.data
    w[2], b[2] = 2 * w[0] - 3 * w[1], 2 * b[0] - 3 * b[1]
    of = [MAPS[name](net, x, target) for target in range(3)]
    np.testing.assert_allclose(of[2], 2 * of[0] - 3 * of[1], rtol=0, atol=ROUNDING)


class Counting(Module):
    """A net that notes how many inputs it was asked about, each time."""

    def __init__(self, net):
        self.net = net
        self.asked = []

    def forward(self, x):
        self.asked.append(len(x))
        return self.net(x)


class Walks(Observer):
    """Counts the inputs to which, or to what a layer gave for which, a walk goes back."""

    count = 0

    def walk(self, y, xs, *rest):
        self.count += len(xs[0])
        return super().walk(y, xs, *rest)


@pytest.mark.parametrize("name", taking("batch_size"))
@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 100])
def test_the_batch_size_is_never_exceeded_and_does_not_matter(name, batch_size):
    counting, x = Counting(net_for(name)), images(5)
    found = MAPS[name](counting, x, batch_size=batch_size, **within(name))
    assert max(counting.asked) <= batch_size
    np.testing.assert_allclose(found, MAPS[name](counting.net, x), rtol=0, atol=ROUNDING)


# As the docstrings have it: forward and backward passes for an input. There are 7 steps, 6 samples,
# 5 columns, 6·5 − 6 − 5 + 1 = 20 windows of 2×2, and 4 channels of the layer.
PASSES = {
    **dict.fromkeys(("saliency", "input_x_gradient", "guided_backprop", "deconvnet"), (1, 1)),
    **dict.fromkeys(("grad_cam", "grad_cam_pp", "hires_cam", "layer_cam", "xgrad_cam"), (1, 1)),
    **dict.fromkeys(("cam", "eigen_cam", "layer_activation"), (1, 0)),
    **dict.fromkeys(("lrp", "neuron_gradient", "full_gradient", FULL_GRAD), (1, 1)),
    **dict.fromkeys(("deeplift", "guided_grad_cam"), (2, 2)),
    **dict.fromkeys(("score_cam", "ablation_cam"), (1 + 4, 0)),
    **dict.fromkeys(("integrated_gradients", "internal_influence"), (7 + 1, 7)),
    **dict.fromkeys(("blur_integrated_gradients", "guided_integrated_gradients"), (7 + 1, 7)),
    **dict.fromkeys(("smoothgrad", "gradient_shap"), (6 + 1, 6)),
    "neuron_conductance": (7 + 1, 2 * 7),  # From the score to the layer, and on from there.
    "layer_conductance": (2 * 7 + 2, 7),
    "xrai": (2 * (7 + 1), 2 * 7),  # Two baselines.
    "meaningful_perturbation": (7 + 2, 7),
    "occlusion": (20 + 1, 0),
    "feature_ablation": (5 + 2, 0),
    "feature_permutation": (6 * (5 + 2), 0),
    "shapley_values": (6 * (5 - 1) + 3, 0),
    "kernel_shap": (2**5 + 1, 0),
    "lime": (6 + 1, 0),
    "rise": (6 + 1, 0),
}


@every_map
def test_it_makes_as_many_passes_as_it_says(name):
    assert name in PASSES, "say in its docstring how many passes it makes, and here"
    counting = Counting(net_for(name))
    how = {"batch_size": 1000} if name in taking("batch_size") else {}
    with Walks() as walks:
        MAPS[name](counting, images(5), **how, **within(name))
    assert (sum(counting.asked) / 5, walks.count / 5) == PASSES[name]


@every_map
def test_its_docstring_says_what_it_costs(name):
    if name != FULL_GRAD:
        assert "\n    Cost: " in getattr(techniques, name).__doc__


@every_map
def test_gradients_do_not_vanish_within_no_grad(name):
    net, x = net_for(name), images(2)
    with no_grad():
        inside = MAPS[name](net, x)
    assert inside.any()
    assert np.array_equal(inside, MAPS[name](net, x))


@every_map
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (Tensor(images(1)), TypeError, "x: expected an array.*Tensor"),
        (images(1).tolist(), TypeError, "x: expected an array.*list"),
        (images(1).astype(int), TypeError, "x: expected floats.*int64"),
        (images(1)[:0], ValueError, r"x: expected a batch.*\(0, 2, 6, 5\)"),
        (np.full((1, *SHAPE), np.nan), ValueError, "x: has a NaN or Inf"),
    ],
)
def test_what_is_no_batch_of_inputs_is_refused(name, x, error, message):
    with pytest.raises(error, match=message):
        MAPS[name](net_for(name), x)


@pytest.mark.parametrize("name", taking("target"))
@pytest.mark.parametrize("target", [4, -1, [0, 1, 2], 1.0, "1"])
def test_a_wrong_target_is_refused(name, target):
    with pytest.raises(ValueError, match=r"target.*4 classes"):
        MAPS[name](net_for(name), images(2), target)


class Foreign:
    """What looks like an array, but is another library's."""

    shape, ndim, dtype = SHAPE, 3, "torch.int64"


WHOLE = "expected a whole number >= 1"
MASK = "mask: expected an array of integers, the regions' numbers, got"
WRONG = [
    ("baseline", np.zeros((6, 5)), ValueError, r"baseline: .*\(2, 6, 5\).*got \(6, 5\)"),
    ("baseline", np.zeros((3, *SHAPE)), ValueError, r"baseline: .*got \(3, 2, 6, 5\)"),
    ("baseline", np.nan, ValueError, "baseline: has a NaN or Inf"),
    ("baseline", np.full(SHAPE, np.inf), ValueError, "baseline: has a NaN or Inf"),
    ("baseline", "grey", TypeError, "baseline: expected a number or an array, got str"),
    ("baseline", True, TypeError, "baseline: expected a number or an array, got bool"),
    ("baseline", Tensor(images(1)), TypeError, "baseline: expected .*, got Tensor"),
    ("baseline", Foreign(), TypeError, "baseline: expected .*, got Foreign"),
    ("baseline", images(1) > 0, TypeError, "baseline: expected numbers, got bool"),
    ("baselines", images(3)[:, :1], ValueError, r"baselines: .*got \(3, 1, 6, 5\)"),
    ("baselines", images(3)[:0], ValueError, "baselines: expected at least one"),
    ("baselines", [0.0, 1.0], TypeError, "baselines: expected a number or an array, got list"),
    ("batch_size", 0, ValueError, f"batch_size: {WHOLE}, got 0"),
    ("batch_size", 2.0, ValueError, f"batch_size: {WHOLE}, got 2.0"),
    ("batch_size", None, ValueError, f"batch_size: {WHOLE}, got None"),
    ("steps", 0, ValueError, f"steps: {WHOLE}, got 0"),
    ("steps", True, ValueError, f"steps: {WHOLE}, got True"),
    ("samples", 0, ValueError, f"samples: {WHOLE}, got 0"),
    ("samples", "6", ValueError, f"samples: {WHOLE}, got '6'"),
    ("rule", "simpson", ValueError, "rule: expected one of .* got 'simpson'"),
    ("rng", "a", ValueError, "rng: expected a seed >= 0 or a Generator, got 'a'"),
    ("rng", -1, ValueError, "rng: expected a seed >= 0 or a Generator, got -1"),
    ("layer", "absent", ValueError, "layer: no layer is named 'absent'; the nearest: net"),
    ("layer", None, TypeError, "layer: expected a name such as 'features.12', got None"),
    ("layer", 2, TypeError, "layer: expected a name such as 'features.12', got 2"),
    ("mask", np.array([0, 2, 3, 4, 5]), ValueError, "mask: .* from 0 to 4 without gaps, got 0 to"),
    ("mask", np.arange(1, 6), ValueError, "mask: .* from 0 to 4 without gaps, got 1 to 5"),
    ("mask", np.arange(6), ValueError, r"mask: expected to broadcast to x.*got \(6,\)"),
    ("mask", np.arange(5.0), TypeError, f"{MASK} an array of float64"),
    ("mask", np.arange(5) > 2, TypeError, f"{MASK} an array of bool"),
    ("mask", [0, 1, 2, 3, 4], TypeError, f"{MASK} list"),
    ("mask", Tensor(np.arange(5)), TypeError, f"{MASK} Tensor"),
    ("mask", Foreign(), TypeError, f"{MASK} Foreign"),
    ("window", 7, ValueError, "window: .* is larger than an input"),
    ("window", 0, ValueError, f"window: {WHOLE}, got 0"),
    ("stride", 3, ValueError, "stride: .* leaves gaps"),
]


class Refusing(Module):
    def __init__(self):
        self.net = layered()

    def forward(self, x):
        raise AssertionError("the net was run")


@pytest.mark.parametrize(
    ("name", "argument", "value", "error", "message"),
    [(name, *wrong) for wrong in WRONG for name in taking(wrong[0])],
)
def test_a_wrong_setting_is_refused_before_the_net_is_run(name, argument, value, error, message):
    with pytest.raises(error, match=message):
        MAPS[name](Refusing(), images(2), **{argument: value})


# Only there, None means something: the blurred image.
@pytest.mark.parametrize("name", sorted(set(taking("baseline")) - {"meaningful_perturbation"}))
def test_there_must_be_a_baseline(name):
    with pytest.raises(TypeError, match="baseline: expected a number or an array, got NoneType"):
        MAPS[name](Refusing(), images(2), baseline=None)


@every_map
def test_a_setting_that_there_is_not_is_refused(name):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        MAPS[name](net_for(name), images(2), nonsense=1)


def altered(change):
    """A net whose scores are changed, in a net as `within` has it."""

    class Altered(Counting):
        def forward(self, x):
            return change(self.net(x))

    return Altered


@every_map
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s[:, 0], ValueError, r"net\(x\): expected scores \(\d, K\).*got \(\d,\)"),
        (lambda s: s.reshape(-1, 2, 2), ValueError, r"net\(x\): expected scores.*got \(\d, 2, 2\)"),
        (lambda s: s.mean(axis=0, keepdims=True), ValueError, r"expected scores.*got \(1, 4\)"),
        (lambda s: s[:, :0], ValueError, r"net\(x\): expected scores.*got \(\d, 0\)"),
        (lambda s: s * np.nan, ValueError, r"net\(x\): the scores have a NaN or \+Inf"),
        (lambda s: s + np.array([0, 0, np.inf, 0]), ValueError, "the scores have a NaN or"),
        (lambda s: s.data, TypeError, r"net\(x\): expected a Tensor of float scores.*ndarray"),
        (lambda s: (s,), TypeError, r"net\(x\): expected a Tensor of float scores.*tuple"),
    ],
)
def test_what_are_no_scores_is_refused(name, change, error, message):
    net = altered(change)(net_for(name))
    with pytest.raises(error, match=message):
        MAPS[name](net, images(2), **within(name))


# Of the others, those that ask nothing of the scores, and those that see only what the scores are.
@pytest.mark.parametrize(
    "name",
    sorted(n for n in MAPS if PASSES.get(n, (0, 0))[1] and n not in ("neuron_gradient", FULL_GRAD)),
)
def test_scores_that_do_not_depend_on_the_input_are_refused(name):
    net = altered(lambda s: Tensor(np.ones(s.shape)))(net_for(name))
    message = "do not depend on|are not computed, by ops, from"
    with pytest.raises(ValueError, match=message):
        MAPS[name](net, images(2), **within(name))


@pytest.mark.parametrize("name", taking("layer"))
@pytest.mark.parametrize(
    ("give", "error", "message"),
    [
        (lambda y: (y, y), TypeError, r"expected one that gives a Tensor \(\d+, ...\), but.*tuple"),
        (lambda y: y.data, TypeError, "layer: expected one that gives a Tensor.*ndarray"),
        (lambda y: y.sum(axis=0), ValueError, r"gives a Tensor \(\d+, ...\), but 'odd' gives \(2"),
    ],
)
def test_a_layer_that_gives_no_row_for_each_input_is_refused(name, give, error, message):
    class Odd(Module):
        def forward(self, x):
            return give(x)

    class Net(Module):
        def __init__(self):
            self.odd, self.net = Odd(), net_for(name)

        def forward(self, x):
            self.odd(x)
            return self.net(x)

    with pytest.raises(error, match=message):
        MAPS[name](Net(), images(3 if error is ValueError else 2), layer="odd")


@every_map
def test_a_class_in_place_of_a_net_is_refused(name):
    with pytest.raises(TypeError, match="net: expected a net, got the class Refusing"):
        MAPS[name](Refusing, images(2))


@pytest.mark.parametrize("name", taking("baseline"))
def test_a_baseline_is_a_number_or_like_one_input_or_like_the_batch(name):
    net, x, technique = layered(), images(3), MAPS[name]
    one = np.full(SHAPE, 0.25)
    expected = technique(net, x, 1, baseline=0.25)
    for baseline in (one, one[None], np.stack([one] * 3), one.astype(np.float32)):
        assert np.array_equal(technique(net, x, 1, baseline=baseline), expected)
    each = technique(net, x, 1, baseline=np.stack([one, 0 * one, one]))
    # The others of a batch have no part in an input's map, but for the order of the sums.
    np.testing.assert_allclose(each[[0, 2]], expected[[0, 2]], rtol=0, atol=ROUNDING)
    assert not np.allclose(each[1], expected[1])


@pytest.mark.parametrize("name", taking("rng"))
def test_the_same_call_gives_the_same_map(name):
    assert arguments_of(name)["rng"].default == 0
    net, x = layered(), images(3)
    found = MAPS[name](net, x)
    assert np.array_equal(found, MAPS[name](net, x))
    assert np.array_equal(found, MAPS[name](net, x, rng=np.random.default_rng(0)))


@pytest.mark.parametrize("name", taking("progress"))
def test_progress_shows_a_bar(name, capsys):
    MAPS[name](net_for(name), images(2), progress=True)
    assert "100%" in capsys.readouterr().err
    MAPS[name](net_for(name), images(2))
    assert capsys.readouterr().err == ""
