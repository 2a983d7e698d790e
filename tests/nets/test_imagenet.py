"""The ImageNet networks: torchvision's names and scores, and where their weights come from."""

import json
from pathlib import Path
from urllib import request
from urllib.error import URLError

import numpy as np
import pytest

from autograd import no_grad
from nets import init, load_weights, pretrained, save_weights
from nets.alexnet import alexnet
from nets.data import DownloadError
from nets.data.image import load_image, preprocess
from nets.resnet import resnet18, resnet34, resnet50
from nets.squeezenet import squeezenet1_0, squeezenet1_1
from nets.vgg import vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn

from ..references.seeded import seeded_image, seeded_weights

REFERENCES = Path(__file__).parents[1] / "references"
TORCHVISION = json.loads((REFERENCES / "torchvision.json").read_text(encoding="utf-8"))
SQUEEZENETS = (squeezenet1_0, squeezenet1_1)
RESNETS = (resnet18, resnet34, resnet50)
PLAIN_VGGS = (vgg11, vgg13, vgg16, vgg19)
NORMALISED_VGGS = (vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn)
NETS = {
    make.__name__: make for make in (alexnet, *PLAIN_VGGS, *NORMALISED_VGGS, *SQUEEZENETS, *RESNETS)
}

# As published in the tables of torchvision's documentation.
PARAMETERS = {
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "vgg11_bn": 132_868_840,
    "vgg13_bn": 133_053_736,
    "vgg16_bn": 138_365_992,
    "vgg19_bn": 143_678_248,
    "squeezenet1_0": 1_248_424,
    "squeezenet1_1": 1_235_496,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
}


@pytest.fixture
def lazy(monkeypatch):
    """Networks without weights stay zeros, for which the system gives no memory yet."""
    monkeypatch.setattr(pretrained, "he_initialise", lambda parameters, rng: None)


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """A data folder and a cache of its own, and no network."""
    monkeypatch.setenv("BACKLIGHT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BACKLIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(request, "urlopen", lambda *_, **__: pytest.fail("asked the network"))
    return tmp_path


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Weights of SqueezeNet 1.1 in a file."""
    path = tmp_path_factory.mktemp("weights") / "mine.npz"
    save_weights(path, squeezenet1_1(rng=5).state_dict())
    return path


def put(source: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source.read_bytes())
    return path


# Architectures


def shapes_of(net) -> dict[str, tuple[int, ...]]:
    arrays = {**{name: p.data for name, p in net.named_parameters()}, **dict(net.named_buffers())}
    return {name: array.shape for name, array in arrays.items()}


@pytest.mark.parametrize("name", NETS)
def test_the_parameters_are_as_many_as_published(lazy, name):
    count = sum(parameter.size for parameter in NETS[name]().parameters())
    assert count == PARAMETERS[name] == TORCHVISION[name]["parameters"]
    assert f"{count:,} parameters" in NETS[name].__doc__


@pytest.mark.parametrize("name", NETS)
def test_the_state_has_torchvisions_names_and_shapes(lazy, name):
    expected = {key: tuple(shape) for key, shape in TORCHVISION[name]["arrays"].items()}
    assert shapes_of(NETS[name]()) == expected


@pytest.mark.parametrize("name", NETS)
def test_a_layer_has_torchvisions_name(lazy, name):
    modules = dict(NETS[name]().named_modules())
    assert set(TORCHVISION[name]["modules"].split()) <= set(modules)


@pytest.mark.parametrize("name", NETS)
def test_the_scores_are_torchvisions_with_the_same_weights(lazy, name):
    net = NETS[name]().eval()
    net.load_state_dict(seeded_weights(shapes_of(net)))
    with no_grad():
        scores = net(seeded_image()).data
    assert scores.shape == (1, 1000)
    expected = np.array(TORCHVISION[name]["scores"])
    # Float32, added up in another order through up to 53 layers: 1e-5 of the largest were seen.
    np.testing.assert_allclose(scores[0, :10], expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("make", [*SQUEEZENETS, resnet18])
def test_another_number_of_classes_gives_as_many_scores(lazy, make):
    with no_grad():
        assert make(classes=7).eval()(seeded_image()).shape == (1, 7)


# Weights


def test_random_weights_are_those_of_he_and_come_from_the_seed():
    net, again, other = (squeezenet1_1(rng=seed) for seed in (0, 0, 1))
    w = net.classifier[1].weight.data
    # 512,000 numbers, whose standard deviation is off by 0.1 %; 1 % is ten times that.
    assert w.std() == pytest.approx(np.sqrt(2 / 512), rel=0.01)
    assert not net.classifier[1].bias.data.any()
    np.testing.assert_array_equal(w, again.classifier[1].weight.data)
    assert not np.array_equal(w, other.classifier[1].weight.data)


def test_random_weights_leave_the_scales_of_batch_normalisation_at_1():
    np.testing.assert_array_equal(resnet18(rng=0).bn1.weight.data, np.ones(64))


def test_a_net_with_weights_is_in_evaluation_mode_and_one_without_in_training_mode(lazy, file):
    assert all(not module.training for _, module in squeezenet1_1(file).named_modules())
    assert all(module.training for _, module in squeezenet1_1().named_modules())


def test_weights_come_from_the_file_and_nothing_is_drawn(monkeypatch, file):
    for name in ("uniform", "normal"):
        monkeypatch.setattr(init, name, lambda *_: pytest.fail("drew"))
    state, expected = squeezenet1_1(str(file)).state_dict(), load_weights(file)
    assert set(state) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(state[name], array, strict=True)


def test_a_layer_made_after_the_net_is_drawn_again(file):
    squeezenet1_1(file)
    assert init.layer_defaults((3, 4), 3, True, 0)[0].data.any()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"weights": "imagenett"}, ValueError, 'weights: expected "imagenet" or the path of'),
        ({"weights": "absent.npz"}, FileNotFoundError, r"absent\.npz: there is no such file"),
        ({"weights": "absent.h5"}, ValueError, r"absent\.h5: expected a file name that ends in"),
        ({"weights": True}, TypeError, r'expected a path, "imagenet" or None, got bool'),
        ({"weights": "imagenet", "classes": 10}, ValueError, "has 1000 classes, not 10"),
        ({"rng": "a seed"}, ValueError, "vgg16: rng: expected a seed or a Generator"),
        ({"classes": 0}, ValueError, "vgg16: classes: expected a whole number >= 1, got 0"),
    ],
)
def test_wrong_arguments_are_refused_before_the_net_is_made(
    homes, monkeypatch, arguments, error, message
):
    monkeypatch.setattr("nets.vgg.VGG.__init__", lambda *_: pytest.fail("made the net"))
    with pytest.raises(error, match=message):
        vgg16(**arguments)


def test_weights_of_another_net_are_refused_with_the_names_that_do_not_fit(file):
    with pytest.raises(ValueError, match=r"SqueezeNet.*\n.*missing: .*\n.*") as raised:
        squeezenet1_0(file)
    assert str(raised.value).startswith(f"{file}: ")
    assert "misshapen: features.0.weight: expected (96, 3, 7, 7), got (64, 3, 3, 3)" in str(
        raised.value
    )


def test_weights_from_before_batches_were_counted_load(tmp_path):
    state = resnet18(rng=0).state_dict()
    old = {name: x for name, x in state.items() if not name.endswith("num_batches_tracked")}
    assert len(old) < len(state)
    save_weights(tmp_path / "old.npz", old)
    net = resnet18(tmp_path / "old.npz")
    assert net.bn1.num_batches_tracked == 0
    np.testing.assert_array_equal(net.fc.weight.data, state["fc.weight"])


# weights="imagenet"


@pytest.mark.parametrize("name", NETS)
def test_imagenet_means_torchvisions_first_published_weights(homes, monkeypatch, name):
    asked = []

    def fetch(file, url, sha256, *, folder):
        asked.append((url, sha256, folder))
        raise DownloadError("no network")

    monkeypatch.setattr(pretrained, "fetch", fetch)
    with pytest.raises(DownloadError):
        NETS[name](weights="imagenet")
    url = TORCHVISION[name]["url"]
    assert asked == [(url, url[-12:-4], "weights")]
    assert len(bytes.fromhex(url[-12:-4])) == 4


def test_imagenet_looks_into_the_data_folder_then_into_the_cache(homes, file):
    other = homes / "other.npz"
    save_weights(other, squeezenet1_1(rng=6).state_dict())
    cached = put(other, homes / "cache" / "weights" / "squeezenet1_1.npz")
    assert pretrained.published_weights("squeezenet1_1") == cached
    own = put(file, homes / "data" / "weights" / "squeezenet1_1.npz")
    assert pretrained.published_weights("squeezenet1_1") == own
    net = squeezenet1_1("imagenet")
    np.testing.assert_array_equal(
        net.features[0].weight.data, load_weights(file)["features.0.weight"]
    )


@pytest.mark.parametrize("ending", [".npz", ".safetensors", ".pth", "-b8a52dc0.pth"])
def test_imagenet_takes_the_plain_names_and_torchvisions(homes, file, ending):
    path = put(file, homes / "data" / "weights" / f"squeezenet1_1{ending}")
    assert pretrained.published_weights("squeezenet1_1") == path


def test_without_network_the_message_says_which_file_to_put_where(homes, monkeypatch):
    def refuse(*_, **__):
        raise URLError("no network")

    monkeypatch.setattr(request, "urlopen", refuse)
    with pytest.raises(DownloadError) as raised:
        vgg16("imagenet")
    url = "https://download.pytorch.org/models/vgg16-397923af.pth"
    assert f"Get {url} by other means and put it into {homes / 'cache' / 'weights'}" in str(
        raised.value
    )


# Photographs


def test_squeezenet_says_of_real_photographs_what_pytorch_says(data_folder):
    reference = np.load(REFERENCES / "squeezenet_photos.npz")
    net = squeezenet1_1(data_folder / "weights" / "squeezenet1_1.npz")
    photos = [load_image(data_folder / "photos" / name) for name in reference["names"]]
    with no_grad():
        scores = net(preprocess(*photos)).data
    classes = reference["classes"].astype(np.int64)
    np.testing.assert_array_equal(scores.argmax(axis=1), classes[:, 0])
    # Scores of up to 40 in float32, through 26 layers of sums of a thousand numbers.
    np.testing.assert_allclose(
        np.take_along_axis(scores, classes, axis=1), reference["scores"], rtol=0, atol=1e-3
    )
    labels = [int(name[:3]) if name[:3].isdigit() else -1 for name in reference["names"]]
    right = scores.argmax(axis=1) == labels
    # 58 % of ImageNet's photographs, says torchvision; these 22 are easier ones.
    assert right.sum() >= 0.58 * sum(label >= 0 for label in labels)
