"""Image files of every kind become the same pixels, or one clear line; and to a net's input."""

import json
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from autograd import Tensor
from nets.data.image import deprocess, load_image, preprocess
from nets.data.imagenet import IMAGENET_CLASSES, IMAGENET_MEAN, IMAGENET_STD

from ..references.seeded import seeded_photo

REFERENCE = Path(__file__).parents[1] / "references" / "torchvision.json"
PREPROCESSED = json.loads(REFERENCE.read_text(encoding="utf-8"))["preprocess"]

RED, GREEN, BLUE, WHITE, BLACK = np.array(
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0]], np.uint8
)
FLAG = np.array([[RED, GREEN, BLUE], [WHITE, BLACK, RED]])  # (2, 3, 3)


def saved(path: Path, image: Image.Image, **options) -> Path:
    image.save(path, **options)
    return path


# Files


@pytest.mark.parametrize(
    ("name", "convert", "options"),
    [
        ("rgb.png", lambda image: image, {}),
        ("rgb.bmp", lambda image: image, {}),
        ("rgb.ppm", lambda image: image, {}),
        ("rgb.tif", lambda image: image, {}),
        ("rgb.webp", lambda image: image, {"lossless": True}),
        ("palette.png", lambda image: image.convert("P", palette=Image.Palette.ADAPTIVE), {}),
        ("palette.gif", lambda image: image.convert("P", palette=Image.Palette.ADAPTIVE), {}),
        ("rgba.png", lambda image: image.convert("RGBA"), {}),
        ("cmyk.tif", lambda image: image.convert("CMYK"), {}),
    ],
)
def test_every_kind_of_file_gives_the_same_colours(tmp_path, name, convert, options):
    pixels = load_image(saved(tmp_path / name, convert(Image.fromarray(FLAG)), **options))
    np.testing.assert_array_equal(pixels, FLAG, strict=True)


@pytest.mark.parametrize(("name", "mode"), [("rgb.jpg", "RGB"), ("cmyk.jpg", "CMYK")])
def test_a_jpeg_gives_nearly_the_same_colours(tmp_path, name, mode):
    picture = np.repeat(np.repeat(FLAG, 16, axis=0), 16, axis=1)
    path = saved(
        tmp_path / name, Image.fromarray(picture).convert(mode), quality=100, subsampling=0
    )
    # JPEG rounds its coefficients: some steps of 255, and ten times less than another colour is.
    np.testing.assert_allclose(load_image(path).astype(int), picture, atol=10)


def test_grey_is_three_equal_colours(tmp_path):
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    expected = np.repeat(grey[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(
        load_image(saved(tmp_path / "grey.png", Image.fromarray(grey))), expected
    )
    opaque = Image.merge("LA", [Image.fromarray(grey), Image.new("L", (3, 2), 255)])
    np.testing.assert_array_equal(load_image(saved(tmp_path / "la.png", opaque)), expected)
    bits = Image.fromarray(grey).point(lambda value: 255 * (value > 100)).convert("1")
    np.testing.assert_array_equal(
        load_image(saved(tmp_path / "1.png", bits)), np.where(expected > 100, 255, 0)
    )


@pytest.mark.parametrize("name", ["grey.png", "grey.tif", "grey.pgm"])
def test_sixteen_bits_are_rounded_to_eight(tmp_path, name):
    grey = np.array([[0, 128, 129], [257, 40000, 65535]], np.uint16)
    pixels = load_image(saved(tmp_path / name, Image.fromarray(grey)))
    np.testing.assert_array_equal(pixels[:, :, 0], [[0, 0, 1], [1, 156, 255]])
    assert pixels.shape == (2, 3, 3)


def png(width: int, height: int, depth: int, kind: int, rows: bytes) -> bytes:
    """A PNG file, chunk by chunk: Pillow cannot write every kind."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def test_a_png_of_sixteen_bits_per_colour_loads(tmp_path):
    path = tmp_path / "deep.png"
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in FLAG * np.uint16(257))
    path.write_bytes(png(3, 2, 16, 2, rows))
    np.testing.assert_array_equal(load_image(path), FLAG)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_upright(tmp_path, orientation):
    # What a camera stores, so that EXIF's orientation makes the flag of it.
    stored = {
        1: FLAG,
        2: FLAG[:, ::-1],
        3: FLAG[::-1, ::-1],
        4: FLAG[::-1],
        5: FLAG.transpose(1, 0, 2),
        6: FLAG.transpose(1, 0, 2)[::-1],
        7: FLAG.transpose(1, 0, 2)[::-1, ::-1],
        8: FLAG.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    np.testing.assert_array_equal(
        load_image(saved(tmp_path / "turned.png", image, exif=exif)), FLAG
    )


@pytest.mark.parametrize(("ink", "ground"), [(30, 255), (220, 0)])
def test_what_is_transparent_is_put_on_the_ground_that_sets_off_the_rest(tmp_path, ink, ground):
    drawing = np.full((4, 4, 4), ink, np.uint8)
    drawing[:, :, 3] = 0
    drawing[1, 1, 3] = 255
    drawing[2, 2, 3] = 128
    path = saved(tmp_path / "drawing.png", Image.fromarray(drawing))
    pixels = load_image(path)
    assert (pixels[1, 1] == ink).all()
    assert (pixels[0, 0] == ground).all()
    # Half of each, to the rounding of bytes.
    np.testing.assert_allclose(pixels[2, 2], (ink * 128 + ground * 127) / 255, atol=1)


def test_a_transparent_colour_of_a_palette_is_transparent(tmp_path):
    image = Image.fromarray(np.array([[0, 1], [1, 1]], np.uint8)).convert("P")
    image.putpalette([200, 0, 0, 0, 0, 90])
    path = saved(tmp_path / "palette.gif", image, transparency=0)
    np.testing.assert_array_equal(load_image(path)[0, 0], WHITE)
    np.testing.assert_array_equal(load_image(path)[1, 1], [0, 0, 90])


@pytest.mark.parametrize("name", ["film.gif", "film.png", "film.webp"])
def test_of_an_animation_it_is_the_first_frame(tmp_path, name):
    frames = [Image.fromarray(np.full((2, 2, 3), colour, np.uint8)) for colour in (RED, BLUE)]
    lossless = {"lossless": True} if name.endswith("webp") else {}
    path = saved(tmp_path / name, frames[0], save_all=True, append_images=frames[1:], **lossless)
    np.testing.assert_array_equal(load_image(path)[0, 0], RED)


def one_line(error: pytest.ExceptionInfo) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4 text"])
def test_what_is_no_image_is_refused(tmp_path, content):
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.png: ") as raised:
        load_image(path)
    one_line(raised)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.png: there is no such file"):
        load_image(tmp_path / "absent.png")
    with pytest.raises(IsADirectoryError, match="expected an image file, this is a folder"):
        load_image(str(tmp_path))


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.gif", "photo.tif", "photo.webp"])
def test_a_truncated_or_altered_file_loads_or_is_refused_in_one_line(tmp_path, name):
    path = saved(tmp_path / name, Image.fromarray(seeded_photo(24, 30)))
    whole, choose = path.read_bytes(), random.Random(0)
    refused = []
    for cut in range(0, len(whole), max(1, len(whole) // 40)):
        spoilt = bytearray(whole)
        for _ in range(3):
            spoilt[choose.randrange(len(whole))] = choose.randrange(256)
        for content in (whole[:cut], bytes(spoilt)):
            path.write_bytes(content)
            try:
                assert load_image(path).shape[2] == 3
            except ValueError as error:
                refused.append(str(error))
    assert len(refused) > 20
    assert all(line.startswith(f"{path}: ") and "\n" not in line for line in refused)


@pytest.mark.parametrize("side", [10_000, 20_000, 60_000])
def test_an_enormous_image_is_refused_before_it_is_unpacked(tmp_path, side):
    path = tmp_path / "enormous.png"
    path.write_bytes(png(side, side, 8, 2, b""))
    with pytest.raises(ValueError, match=r"enormous\.png: too large: Image size") as raised:
        load_image(path)
    one_line(raised)


def test_pixels_without_an_agreed_range_are_refused(tmp_path):
    for name, pixels in {
        "floats.tif": np.ones((2, 2), np.float32),
        "wide.tif": np.full((2, 2), 70_000, np.int32),
    }.items():
        path = saved(tmp_path / name, Image.fromarray(pixels))
        with pytest.raises(ValueError, match=rf"{name}: cannot be read: pixels "):
            load_image(path)


def test_postscript_is_not_run(tmp_path, monkeypatch):
    path = saved(tmp_path / "program.eps", Image.fromarray(FLAG))
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_: pytest.fail("ran it"))
    with pytest.raises(ValueError, match="EPS is a program"):
        load_image(path)


# What a network takes


@pytest.mark.parametrize("expected", PREPROCESSED, ids=lambda entry: str(entry["size"]))
def test_an_image_is_preprocessed_as_by_torchvision(expected):
    x = preprocess(seeded_photo(*expected["size"]))
    assert x.dtype == np.float32
    assert x.shape == (1, 3, 224, 224)
    # The bytes are the same, and then float32 rounds numbers of size 1.
    np.testing.assert_allclose(x[0, :, ::37, ::41].ravel(), expected["x"], atol=1e-6)


sizes = st.integers(1, 40)


@given(height=sizes, width=sizes, shorter_side=sizes)
def test_without_a_crop_the_shorter_side_is_as_asked_and_the_longer_follows(
    height, width, shorter_side
):
    image = np.zeros((height, width, 3), np.uint8)
    shape = preprocess(image, shorter_side=shorter_side, crop=None).shape
    longer = max(height, width) * shorter_side // min(height, width)
    assert shape == (1, 3, *((shorter_side, longer) if height <= width else (longer, shorter_side)))


@given(seed=st.integers(0, 99), height=sizes, width=sizes)
def test_deprocess_undoes_preprocess(seed, height, width):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    x = preprocess(image, shorter_side=min(height, width), crop=None)
    for given_x in (x, Tensor(x)):
        picture = deprocess(given_x)
        assert picture.shape == (1, height, width, 3)
        # Three roundings of numbers of size 2 in float32.
        np.testing.assert_allclose(picture[0], image / 255, atol=1e-6)


def test_images_make_one_batch_each_as_if_alone():
    images = [seeded_photo(90, 60), seeded_photo(50, 120)]
    together = preprocess(*images, shorter_side=32, crop=30)
    alone = [preprocess(image, shorter_side=32, crop=30) for image in images]
    np.testing.assert_array_equal(together, np.concatenate(alone))


def test_another_mean_and_std_are_those_of_another_net():
    half = (0.5, 0.5, 0.5)
    x = preprocess(FLAG, shorter_side=2, crop=None, mean=half, std=half)
    np.testing.assert_array_equal(x[0], FLAG.transpose(2, 0, 1) / 127.5 - 1)
    np.testing.assert_array_equal(deprocess(x, half, half)[0], FLAG / 255)
    grey = np.zeros((2, 1, 4, 4), np.float32)
    np.testing.assert_array_equal(deprocess(grey, [0.5], [0.5]), np.full((2, 4, 4, 1), 0.5))


def test_what_is_no_colour_is_clipped():
    x = np.array([-10, 10], np.float32).reshape(1, 1, 1, 2).repeat(3, axis=1)
    np.testing.assert_array_equal(deprocess(x)[0, 0], [[0, 0, 0], [1, 1, 1]])


@pytest.mark.parametrize(
    ("images", "settings", "error", "message"),
    [
        ([], {}, ValueError, "expected images, got none"),
        (["cat.jpg"], {}, TypeError, "expected arrays of uint8, got str"),
        ([FLAG / 255], {}, TypeError, "expected arrays of uint8, got float64"),
        ([FLAG[None]], {}, ValueError, r"expected \(H, W, 3\), got \(1, 2, 3, 3\)"),
        ([FLAG[:, :, :2]], {}, ValueError, r"expected \(H, W, 3\), got \(2, 3, 2\)"),
        ([FLAG[:0]], {}, ValueError, r"expected \(H, W, 3\), got \(0, 3, 3\)"),
        ([FLAG], {"shorter_side": 0}, ValueError, "shorter_side: expected a whole number"),
        ([FLAG], {"crop": 300}, ValueError, "crop: 300 is more than shorter_side, 256"),
        ([FLAG, FLAG[:1]], {"crop": None}, ValueError, "have different sizes: "),
        ([np.zeros((1, 2000, 3), np.uint8)], {}, ValueError, "becomes 256×512000, .* too large"),
    ],
)
def test_wrong_images_and_sizes_are_refused(images, settings, error, message):
    with pytest.raises(error, match=message):
        preprocess(*images, **settings)


def test_deprocess_refuses_another_number_of_colours():
    with pytest.raises(ValueError, match=r"expected \(N, 3, H, W\), got \(1, 1, 2, 2\)"):
        deprocess(np.zeros((1, 1, 2, 2), np.float32))
    with pytest.raises(ValueError, match=r"expected \(N, 3, H, W\), got \(3, 2, 2\)"):
        deprocess(np.zeros((3, 2, 2), np.float32))


# Names


def test_the_classes_of_imagenet_are_a_thousand_and_each_has_its_own_name():
    assert len(IMAGENET_CLASSES) == len(set(IMAGENET_CLASSES)) == 1000
    assert all(name == name.strip() and name for name in IMAGENET_CLASSES)
    assert len(IMAGENET_MEAN) == len(IMAGENET_STD) == 3


def test_the_names_are_those_of_the_data_but_for_two_that_it_has_twice(data_folder):
    path = data_folder / "labels" / "imagenet_classes.txt"
    theirs = path.read_text(encoding="utf-8").splitlines()
    pairs = zip(IMAGENET_CLASSES, theirs, strict=True)
    differing = {i: names for i, names in enumerate(pairs) if names[0] != names[1]}
    assert differing == {
        134: ("crane bird", "crane"),
        639: ("maillot tank suit", "maillot"),
    }


@pytest.mark.parametrize(
    ("mean", "std"),
    [
        ((0.5, 0.5), (1, 1)),
        (0.5, 0.5),
        (None, None),
        ((0, 0, np.nan), (1, 1, 1)),
        ((0, 0, 0), (1, 1, 0)),
        ("abc", "def"),
    ],
)
def test_what_is_not_a_mean_and_a_std_for_each_colour_is_refused(mean, std):
    with pytest.raises(ValueError, match="preprocess: mean, std: expected 3 numbers"):
        preprocess(FLAG, mean=mean, std=std)
    with pytest.raises(ValueError, match="deprocess: "):
        deprocess(np.zeros((1, 3, 2, 2), np.float32), mean, std)


def test_deprocess_refuses_integers():
    with pytest.raises(TypeError, match="deprocess: x: expected floats, got int64"):
        deprocess(np.ones((1, 3, 2, 2), np.int64))
