"""IDX files and MNIST, whole and broken in every way that was thought of."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nets.data import fashion_mnist, mnist
from nets.data.idx import read_idx

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def idx_bytes(array, *, code=0x08):
    """`array` as the content of an IDX file."""
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


byte_arrays = st.integers(1, 3).flatmap(
    lambda d: arrays(np.uint8, array_shapes(min_dims=d, max_dims=d, max_side=5))
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """One file name for all of Hypothesis's examples, each of which overwrites it."""
    return tmp_path_factory.mktemp("idx") / "file"


@pytest.fixture
def four_files(tmp_path):
    """A folder with a tiny MNIST, half of it packed: 6 pictures to train on and 4 to test on."""
    rng = np.random.default_rng(0)
    content = {
        TRAIN_IMAGES: rng.integers(0, 256, (6, 28, 28), np.uint8),
        TRAIN_LABELS: np.array([0, 9, 1, 8, 2, 7], np.uint8),
        TEST_IMAGES: rng.integers(0, 256, (4, 28, 28), np.uint8),
        TEST_LABELS: np.array([5, 6, 4, 3], np.uint8),
    }
    content[TRAIN_IMAGES][0, 0, :2] = 0, 255
    for name in (TRAIN_IMAGES, TRAIN_LABELS):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(content[name])))
    for name in (TEST_IMAGES, TEST_LABELS):
        (tmp_path / name).write_bytes(idx_bytes(content[name]))
    return tmp_path, content


@given(array=byte_arrays, packed=st.booleans())
def test_what_is_written_is_read_back_equal(scratch, array, packed):
    content = idx_bytes(array)
    scratch.write_bytes(gzip.compress(content) if packed else content)
    read = read_idx(scratch, array.ndim)
    assert read.dtype == np.uint8
    assert read.shape == array.shape
    assert np.array_equal(read, array)


@given(array=byte_arrays, packed=st.booleans(), data=st.data())
def test_every_truncation_is_refused(scratch, array, packed, data):
    content = idx_bytes(array)
    content = gzip.compress(content) if packed else content
    kept = data.draw(st.integers(0, len(content) - 1), label="bytes kept")
    scratch.write_bytes(content[:kept])
    with pytest.raises(ValueError, match="file"):
        read_idx(scratch, array.ndim)


@given(array=byte_arrays, packed=st.booleans(), extra=st.binary(min_size=1, max_size=40))
def test_every_byte_too_many_is_refused(scratch, array, packed, extra):
    content = idx_bytes(array) + extra
    scratch.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(ValueError, match="bytes, found more"):
        read_idx(scratch, array.ndim)


@given(array=byte_arrays, place=st.integers(0), bit=st.integers(0, 7))
def test_a_flipped_bit_in_packed_numbers_is_never_read_as_something_else(
    scratch, array, place, bit
):
    packed = bytearray(gzip.compress(idx_bytes(array), mtime=0))
    packed[place % len(packed)] ^= 1 << bit
    scratch.write_bytes(packed)
    try:
        read = read_idx(scratch, array.ndim)
    except ValueError:
        return
    # Some bits of a gzip header mean nothing to the content, such as those of the time.
    assert np.array_equal(read, array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 bytes, expected an IDX header"),
        (b"\0\0\x08", "has 3 bytes, expected an IDX header"),
        (gzip.compress(b""), "has 0 bytes, expected an IDX header"),
        (b"\x89PNG\r\n\x1a\n", "begins with 89 50 4e 47, expected IDX's 00 00"),
        (b"\0\0\x0d\x01\0\0\0\1\0\0\0\0", "numbers have type 0x0d, expected 0x08"),
        (idx_bytes(np.zeros((1, 2, 3), np.uint8)), r"holds images .*, expected labels"),
        (idx_bytes(np.zeros((1, 2), np.uint8)), r"holds 2 dimensions, expected labels"),
        (b"\0\0\x08\x01\0\0", "ends within its header, after 6 bytes, expected 8"),
        (b"\0\0\x08\x01\0\0\0\5abc", r"promises \(5,\) = 5 bytes, found only 3"),
        (b"\0\0\x08\x01\0\0\0\2abc", r"promises \(2,\) = 2 bytes, found more"),
        (idx_bytes(np.zeros(0, np.uint8)), r"promises \(0,\) = 0 bytes, expected 1 to"),
        (b"\x1f\x8bhello", "damaged or truncated gzip file"),
    ],
)
def test_a_file_that_is_no_label_file_is_refused_with_what_was_found(tmp_path, content, message):
    path = tmp_path / "labels"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as raised:
        read_idx(path, dimensions=1)
    assert str(path) in str(raised.value)


def test_labels_given_as_images_are_refused(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(idx_bytes(np.zeros(5, np.uint8)))
    with pytest.raises(ValueError, match=r"holds labels .*, expected images"):
        read_idx(path, dimensions=3)


def test_a_folder_is_refused_and_a_missing_file_is_missing(tmp_path):
    with pytest.raises(ValueError, match="is a folder, expected a file"):
        read_idx(tmp_path, dimensions=1)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_idx(tmp_path / "nowhere", dimensions=1)


def test_a_header_that_promises_terabytes_is_refused_before_anything_is_allocated(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(b"\0\0\x08\x03" + b"\xff" * 12)
    with pytest.raises(ValueError, match="expected 1 to 1073741824"):
        read_idx(path, dimensions=3)


def test_a_small_file_that_unpacks_to_a_huge_one_is_not_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros(3, np.uint8)) + bytes(50_000_000)))
    unpacked = 0
    read = gzip.GzipFile.read

    def counting_read(self, size=-1):
        nonlocal unpacked
        content = read(self, size)
        unpacked += len(content)
        return content

    monkeypatch.setattr(gzip.GzipFile, "read", counting_read)
    with pytest.raises(ValueError, match="found more"):
        read_idx(path, dimensions=1)
    assert unpacked == 4 + 4 + 3 + 1  # magic, one size, three labels, one byte too many


def test_mnist_scales_pixels_and_keeps_the_labels_from_packed_and_unpacked_files(four_files):
    root, content = four_files
    (X, Y), (X_test, Y_test) = mnist(root)
    assert X.shape == (6, 1, 28, 28)
    assert X.dtype == np.float32
    assert X[0, 0, 0, 0] == -1
    assert X[0, 0, 0, 1] == 1
    # float32 resolves 6e-8 at 1; the bytes are 8e-3 apart.
    assert np.allclose((X_test[:, 0] + 1) * 127.5, content[TEST_IMAGES], rtol=0, atol=1e-4)
    assert Y.dtype == np.int64
    assert Y.tolist() == [0, 9, 1, 8, 2, 7]
    assert Y_test.tolist() == [5, 6, 4, 3]


def test_root_may_also_be_the_folder_above(four_files):
    root, _ = four_files
    folder = root / "fashion-mnist"
    folder.mkdir()
    for path in list(root.iterdir()):
        if path.is_file():
            path.rename(folder / path.name)
    (X, _), _ = fashion_mnist(root)
    assert len(X) == 6


def test_a_label_above_nine_is_refused(four_files):
    root, _ = four_files
    (root / TEST_LABELS).write_bytes(idx_bytes(np.array([5, 6, 12, 3], np.uint8)))
    with pytest.raises(ValueError, match="item 2 has label 12, expected 0 to 9"):
        mnist(root)


def test_fewer_labels_than_images_are_refused(four_files):
    root, _ = four_files
    (root / TEST_LABELS).write_bytes(idx_bytes(np.array([5, 6, 4], np.uint8)))
    with pytest.raises(ValueError, match=r"has 4 images and .* has 3 labels"):
        mnist(root)


@pytest.mark.parametrize("shape", [(4, 28, 27), (4, 32, 32)])
def test_images_of_another_size_are_refused(four_files, shape):
    root, _ = four_files
    (root / TEST_IMAGES).write_bytes(idx_bytes(np.zeros(shape, np.uint8)))
    with pytest.raises(ValueError, match=r"expected \(N, 28, 28\)"):
        mnist(root)


def test_a_missing_file_is_named_with_the_folder_that_lacks_it(four_files):
    root, _ = four_files
    (root / TEST_LABELS).unlink()
    with pytest.raises(FileNotFoundError, match=f"{TEST_LABELS}.gz is not in {root}"):
        mnist(root)


def test_a_folder_in_a_files_place_is_refused(four_files):
    root, _ = four_files
    (root / TEST_LABELS).unlink()
    (root / TEST_LABELS).mkdir()
    with pytest.raises(ValueError, match="is a folder, expected a file"):
        mnist(root)


def test_the_real_mnist_is_the_one_everybody_knows(data_folder):
    if not (data_folder / "mnist").is_dir():
        pytest.skip(f"no mnist in {data_folder}")
    (X, Y), (X_test, Y_test) = mnist(data_folder / "mnist")
    assert X.shape == (60_000, 1, 28, 28)
    assert X_test.shape == (10_000, 1, 28, 28)
    assert Y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert Y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(Y).tolist() == [
        *(5923, 6742, 5958, 6131, 5842),
        *(5421, 5918, 6265, 5851, 5949),
    ]
    # The mean that everybody normalises with, 0.1307 of white, to its four digits.
    assert abs((X.mean(dtype=np.float64) + 1) / 2 - 0.1307) < 5e-5
