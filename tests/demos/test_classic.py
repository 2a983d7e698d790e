"""The demos of colour pictures: on a few scenes, and on a photograph where the weights are here."""

import re

import numpy as np
import pytest
from PIL import Image

from demos import __main__ as main_job
from demos import classic, fooling, images, saliency, style
from demos.classifier import last_maps
from nets import KernelFitter, resnet18, squeezenet1_1
from nets.shape_net import ShapeNet


@pytest.fixture(autouse=True)
def few_steps(quick, monkeypatch):
    monkeypatch.setattr(fooling, "STEPS", 20)  # A net that has learned little is slow to fool.


@pytest.fixture
def shown(ask):
    return ask("shape_net")


def test_the_classic_page_has_the_eight_pictures_and_says_how_each_misleads(tmp_path):
    classic.main(["--quick", "--out", str(tmp_path)])
    page = (tmp_path / "classic_shape_net.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img src="classic_shape_net_(\w+\.\w+)"', page)
    assert pictures == [
        *("saliency.png", "grad_cam.png", "guided_backprop.png", "guided_grad_cam.png"),
        *("fooling.png", "class_visualization.png", "class_visualization.gif"),
        *("style.png", "attributions.png"),
    ]
    assert page.count("Look for:") == page.count("How it misleads:") == 8
    for name in pictures:
        with Image.open(tmp_path / f"classic_shape_net_{name}") as picture:
            assert np.asarray(picture.convert("L"), dtype=float).std() > 10, f"{name} is empty"


def test_fooling_and_style_write_their_pages(tmp_path, capsys):
    fooling.main(["--quick", "--count", "1", "--out", str(tmp_path)])
    assert "of 10 reached the class that was drawn" in capsys.readouterr().out
    assert (tmp_path / "fooling_shape_net.png").exists()
    style.main(["--quick", "--steps", "3", "--out", str(tmp_path)])
    page = (tmp_path / "style_shape_net.html").read_text(encoding="utf-8")
    assert f"python -m demos.style --quick --steps 3 --out {tmp_path}" in page
    made = {path.name for path in tmp_path.glob("style_shape_net*")}
    assert made == {
        *("style_shape_net.png", "style_shape_net_losses.png"),
        *("style_shape_net.gif", "style_shape_net.html"),
    }


def test_the_share_on_the_object_is_all_of_a_map_that_is_its_mask(shown):
    masks = shown.masks[:2]
    found = classic.Explained(
        shown.x[:2], [0, 0], [], shown.pictures(shown.x[:2]), masks, {"saliency": masks * 1.0}
    )
    assert found.inside("saliency") == ["\n100 % on the object"] * 2
    found.maps["saliency"] = 1.0 - masks
    assert found.inside("saliency") == ["\n0 % on the object"] * 2


def test_the_classes_to_fool_a_net_into_are_others_and_all_different(shown):
    x = shown.x[:20]
    drawn = fooling.other_classes(shown, x, 9, np.random.default_rng(0))
    everything = np.sort(np.column_stack([shown.classes(x), drawn]), axis=1)
    np.testing.assert_array_equal(everything, np.tile(np.arange(10), (20, 1)))


@pytest.mark.parametrize("name", images.DATA)
def test_black_and_white_are_the_bounds(name):
    data = images.DATA[name]
    low, high = data.bounds
    std, mean = (np.array(a)[:, None, None] for a in (data.std, data.mean))
    # Rounding of float32.
    np.testing.assert_allclose(low * std + mean, 0, atol=1e-6)
    np.testing.assert_allclose(high * std + mean, 1, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "layer"),
    [
        (KernelFitter, "relu"),
        (ShapeNet, "features.10"),
        (squeezenet1_1, "features.12"),
        (resnet18, "layer4"),
    ],
)
def test_the_layer_of_class_activation_maps_is_the_last_one_that_has_maps(make, layer):
    net = make(rng=0)
    assert last_maps(net) == layer
    assert layer in dict(net.named_modules())


def test_the_weights_of_imagenet_are_found_without_a_download(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKLIGHT_CACHE", str(tmp_path / "none"))
    monkeypatch.setenv("BACKLIGHT_DATA", str(tmp_path))
    assert main_job.weights_here("squeezenet1_1") is None
    (tmp_path / "weights").mkdir()
    for name in ("squeezenet1_1-b8a52dc0.pth", "squeezenet1_1.npz"):
        (tmp_path / "weights" / name).touch()
        assert main_job.weights_here("squeezenet1_1") == tmp_path / "weights" / name


def test_a_photograph_is_looked_at_and_fools_squeezenet(tmp_path, data_folder, monkeypatch, capsys):
    photo, weights = data_folder / "photos" / "cat_dog.png", data_folder / "weights"
    if not photo.exists() or not (weights / "squeezenet1_1.npz").exists():
        pytest.skip("no photograph or no weights of squeezenet1_1")
    monkeypatch.setenv("BACKLIGHT_DATA", str(data_folder))
    line = ["--net", "squeezenet1_1", "--out", str(tmp_path)]
    saliency.main([*line, "--image", str(photo), "--target", "tabby"])
    fooling.main([*line, "--images", str(photo), "--count", "1"])
    assert "of 1 reached the class" in capsys.readouterr().out
    assert {path.name for path in tmp_path.glob("*.png")} == {
        *("saliency.png", "fooling_squeezenet1_1.png"),
    }
