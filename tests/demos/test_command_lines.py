"""What a user gets wrong is answered by one clear line and exit code 2, before any training."""

import urllib.error
import urllib.request

import pytest
from PIL import Image

from demos import __main__ as main_job
from demos import (
    attacks,
    attribution,
    boundary,
    class_images,
    classic,
    crossing,
    dream,
    features,
    fooling,
    gradcheck,
    inversion,
    plane,
    robust,
    saliency,
    style,
    training,
    universal,
)
from nets import KernelFitter


@pytest.fixture(autouse=True)
def nothing_is_trained_or_downloaded(monkeypatch, tmp_path):
    def offline(*args, **kwargs):
        raise urllib.error.URLError("no network")

    def trained(*args, **kwargs):
        raise AssertionError("a wrong command line was found out only by training")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    monkeypatch.setattr("demos.classifier.fit", trained)
    monkeypatch.setenv("BACKLIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BACKLIGHT_DATA", raising=False)
    (tmp_path / "text.png").write_text("this is not an image")
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "other"):
        Image.new("RGB", (64, 64), "grey").save(folder / "grey.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    Image.new("RGB", (640, 64)).save(tmp_path / "strip.png")
    KernelFitter(rng=0).save(tmp_path / "kernel_fitter.npz")


WRONG = {
    "missing file": (boundary, "--image {tmp}/missing.png", "missing.png"),
    "folder for a file": (boundary, "--image {tmp}", "is a folder"),
    "not an image": (boundary, "--image {tmp}/text.png", "text.png: not an image"),
    "unknown class": (boundary, "--to banana", "no class is named 'banana'"),
    "class 12": (boundary, "--to 12", "class 12: there are 10, 0 to 9"),
    "class -1": (crossing, "--to=-1", "class -1"),
    "confidence 1.5": (boundary, "--confidence 1.5", "a probability from 0 to 1, got '1.5'"),
    "k = 0": (boundary, "--k 0", "a whole number >= 1 and <= 784, got '0'"),
    "lr = 0": (boundary, "--lr 0", "a number above 0, got '0'"),
    "unwritable output": (main_job, "--out {tmp}/text.png/gallery", "--out: cannot write"),
    "unknown data set": (saliency, "--data mnits", "no data set is named 'mnits'"),
    "no network": (class_images, "--data fashion_mnist", "train-images-idx3-ubyte.gz"),
    "missing weights": (
        saliency,
        "--weights {tmp}/none.npz",
        "--weights: {tmp}/none.npz: there is",
    ),
    "weights that are none": (saliency, "--weights {tmp}/text.png", "--weights: {tmp}/text.png"),
    "start and target alike": (crossing, "--from 3 --to 3", "3 is the class to start from"),
    "the same class": (boundary, "--from 3 --to 3", "3 is the class to start from"),
    "k = 785": (boundary, "--k 785", "<= 784, got '785'"),
    "lr = inf": (boundary, "--lr inf", "a number above 0, got 'inf'"),
    "empty target": (saliency, "--target=", "no class is named ''"),
    "resolution": (plane, "--resolution 1000000", "<= 1000, got '1000000'"),
    "count": (crossing, "--count 100000", "<= 20, got '100000'"),
    "a class twice": (plane, "--classes 3 3 4", "three different ones"),
    "unknown flag": (plane, "--clases 3 4 5", "unrecognized arguments: --clases 3 4 5"),
    "seed": (main_job, "--seed -1", "a whole number >= 0"),
    "data for no classifier": (gradcheck, "--data mnist", "unrecognized arguments: --data mnist"),
    "seed of the checker": (gradcheck, "--seed 1.5", "a whole number >= 0, got '1.5'"),
    "unwritable page": (gradcheck, "--out {tmp}/text.png", "--out: cannot write"),
    "unknown net": (classic, "--net squeezenet", "invalid choice: 'squeezenet'"),
    "a net that does not fit": (plane, "--net squeezenet1_1", "invalid choice: 'squeezenet1_1'"),
    "data for another net": (saliency, "--net shape_net --data mnist", "does not take mnist"),
    "no photograph": (classic, "--net alexnet", "--image: alexnet needs one"),
    "no photograph to look at": (saliency, "--net alexnet", "--image: alexnet needs one"),
    "no photograph to explain": (attribution, "--net alexnet", "--image: alexnet needs one"),
    "class of no scene to explain": (attribution, "--target 10", "there are 10, 0 to 9"),
    "missing photograph to explain": (attribution, "--image {tmp}/none.png", "none.png"),
    "explained net that does not fit": (attribution, "--net kernel_fitter", "invalid choice"),
    "no photographs": (fooling, "--net resnet18", "--images: resnet18 needs some"),
    "missing photographs": (fooling, "--images {tmp}/none.png", "--images: "),
    "missing photograph": (classic, "--image {tmp}/none.png", "none.png"),
    "photograph of the gallery": (main_job, "--image {tmp}/text.png", "text.png: not an image"),
    "class of no scene": (classic, "--target banana", "no class is named 'banana'"),
    "class of ImageNet": (class_images, "--net vgg16 --classes 1000", "there are 1000, 0 to 999"),
    "missing style": (style, "--style {tmp}/none.jpg", "--style: "),
    "missing painting": (classic, "--style {tmp}/none.jpg", "--style: "),
    "style without content": (style, "--net squeezenet1_1", "squeezenet1_1 needs both"),
    "style of a net without recipe": (style, "--net vgg16", "invalid choice: 'vgg16'"),
    "missing weights of ImageNet": (
        class_images,
        "--net vgg11 --weights {tmp}/no.pth",
        "--weights: ",
    ),
    "no download": (class_images, "--net vgg11", "vgg11-8a719046.pth"),
    "no number": (saliency, "--target ²", "no class is named '²'"),
    "photograph of 10:1": (style, "--image {tmp}/strip.png", "expected a longer side of at most 4"),
    "style that is none": (style, "--style {tmp}/text.png", "--style: "),
    "missing mask": (style, "--mask {tmp}/none.png", "--mask: "),
    "black mask": (style, "--mask {tmp}/black.png", "is black everywhere"),
    "weights of styles": (style, "--style-weights 1 2 3", "--style-weights: expected 2, for each"),
    "weight of a style": (style, "--style-weights 1 -2", "a number >= 0, got '-2'"),
    "colours": (style, "--preserve-color hue", "invalid choice: 'hue'"),
    "optimizer": (style, "--optimizer sgd", "invalid choice: 'sgd'"),
    "scales": (style, "--scales 5", "a whole number >= 1 and <= 4, got '5'"),
    "styles of one name": (style, "--style {tmp}/grey.png {tmp}/other/grey.png", "are named grey"),
    "weights of another net": (
        *(fooling, "--net squeezenet1_1 --images {tmp}/grey.png --weights {tmp}/kernel_fitter.npz"),
        "--weights: {tmp}/kernel_fitter.npz: ",
    ),
    "no strength": (robust, "--eps 0", "above 0, <= 1, got '0"),
    "too strong": (universal, "--eps 256/255", "above 0, <= 1, got '1.0"),
    "strength that is no number": (robust, "--eps 8/0", "a number such as 0.1 or 8/255"),
    "steps of the adversary": (robust, "--steps 0", "<= 100, got '0'"),
    "no epoch against it": (robust, "--epochs 0", "a whole number >= 1, got '0'"),
    "robust net that does not fit": (robust, "--net vgg16", "invalid choice: 'vgg16'"),
    "no photographs to change": (universal, "--net vgg11", "--images: vgg11 needs three or more"),
    "too few photographs": (universal, "--net vgg11 --images {tmp}/grey.png", "got 1"),
    "missing photographs to change": (
        *(universal, "--net vgg11 --images {tmp}/1.png {tmp}/2.png {tmp}/3.png"),
        "--images: ",
    ),
    "photographs for scenes": (
        *(universal, "--net shape_net --images {tmp}/grey.png"),
        "--images: shape_net has images of its own",
    ),
    "way to one change": (universal, "--method adam", "invalid choice: 'adam'"),
    "layer that is none": (features, "--layer features.11", "--layer: no layer is named"),
    "one of two layers": (dream, "--layer features.1 --layer relu", "--layer: no layer is named"),
    "layer to invert": (inversion, "--net kernel_fitter --layer conv1", "the nearest: conv"),
    "channel that is none": (features, "--layer features.4 --channels 24", "0 to 23, got 24"),
    "channel of the narrowest": (features, "--channels 8", "--channels: features.1 has"),
    "channel below 0": (features, "--channels -1", "--channels: expected a whole number >= 0"),
    "channel to dream of": (dream, "--channel 8", "--channel: features.1 has the channels 0 to 7"),
    "size for digits": (features, "--net kernel_fitter --size 32", "--size: kernel_fitter"),
    "size for squeezenet": (features, "--net squeezenet1_1 --size 8", "--size: squeezenet1_1"),
    "size": (features, "--size 7", "a whole number >= 8 and <= 512, got '7'"),
    "too many octaves": (dream, "--octaves 12", "--octaves: shape_net takes no images of 2×2"),
    "no octave": (dream, "--octaves 0", "a whole number >= 1"),
    "stride of a dream": (dream, "--lr 0", "a number above 0, got '0'"),
    "side of a photograph": (dream, "--side 10", "a whole number >= 32"),
    "no photograph to dream of": (dream, "--net squeezenet1_1", "--image: squeezenet1_1 needs one"),
    "no photograph to invert": (inversion, "--net squeezenet1_1", "--image: squeezenet1_1 needs"),
    "missing photograph to dream of": (dream, "--image {tmp}/none.png", "--image: "),
    "missing photograph to invert": (inversion, "--image {tmp}/none.png", "--image: "),
    "missing examples": (features, "--image {tmp}/grey.png {tmp}/none.png", "--image: "),
    "attack on no photograph": (attacks, "--net alexnet", "--image: alexnet needs one"),
    "unknown attack": (attacks, "--attacks pgd jsam", "invalid choice: 'jsam'"),
    "attack to no class": (attacks, "--target banana", "--target: no class is named 'banana'"),
    "attack from no class": (attacks, "--from 10", "--from: class 10"),
    "attack on unknown data": (attacks, "--data cifar", "no data set is named 'cifar'"),
    "attack to the same class": (attacks, "--from 3 --target 3", "3 is the class to start from"),
    "negative ε": (attacks, "--eps=-0.1", "above 0, <= 1, got '-0.1'"),
    "ε beyond the range": (attacks, "--eps 8", "above 0, <= 1, got '8.0'"),
    "negative ε of L2": (attacks, "--eps-l2=-1", "a number above 0, got '-1'"),
    "held-out photograph": (attacks, "--image {tmp}/grey.png --from 3", "--image is given"),
    "steps": (style, "--steps 0", "a whole number >= 1, got '0'"),
    "gpu without CuPy": (main_job, "--device gpu", 'device "gpu"'),
}


@pytest.mark.parametrize(("demo", "line", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_command_line_gets_one_clear_line_and_exit_code_2(
    demo, line, said, tmp_path, capsys
):
    argv = line.format(tmp=tmp_path).split()
    if "--out" not in argv:
        argv += ["--out", str(tmp_path / "gallery")]
    with pytest.raises(SystemExit) as stop:
        demo.main(argv)
    errors = capsys.readouterr().err.strip().splitlines()
    assert stop.value.code == 2
    assert len(errors) == 1
    assert len(errors[0]) < 700  # A line that is read, and no list of all there is.
    assert ": error: " in errors[0]
    assert said.format(tmp=tmp_path) in errors[0]


CLASSIFIER = ("--quick", "--data", "--weights", "--net")
LOOK_INTO_A_CLASSIFIER = [
    *(main_job, training, boundary, class_images, crossing, plane, saliency),
    *(classic, fooling, style, attribution, attacks, robust, universal),
    *(features, inversion, dream),
]


@pytest.mark.parametrize("demo", [*LOOK_INTO_A_CLASSIFIER, gradcheck])
def test_help_names_the_common_flags(demo, capsys):
    with pytest.raises(SystemExit) as stop:
        demo.main(["--help"])
    told = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(flag in told for flag in ("--seed", "--out", "--device"))
    assert all((flag in told) == (demo is not gradcheck) for flag in CLASSIFIER)
