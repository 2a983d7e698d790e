"""CIFAR-10's binary files, in a folder and in the archive, whole and broken."""

import io
import tarfile

import numpy as np
import pytest

from nets.data import CIFAR10_CLASSES, cifar10

RECORD = 3073


def batch(labels, seed=0):
    """A batch file with random pixels: one label byte and 3072 pixel bytes, again and again."""
    pixels = np.random.default_rng(seed).integers(0, 256, (len(labels), RECORD - 1), np.uint8)
    return np.column_stack([np.array(labels, np.uint8), pixels]).tobytes()


FILES = {
    "data_batch_1.bin": batch([3, 1, 4], seed=1),
    "data_batch_2.bin": batch([1, 5], seed=2),
    "test_batch.bin": batch([9, 2], seed=3),
}


def archive_of(path, files, prefix="cifar-10-batches-bin/"):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_all_training_batches_are_joined_in_order(folder):
    (X, Y), (X_test, Y_test) = cifar10(folder)
    assert X.shape == (5, 3, 32, 32)
    assert X.dtype == np.float32
    assert X_test.shape == (2, 3, 32, 32)
    assert Y.dtype == np.int64
    assert Y.tolist() == [3, 1, 4, 1, 5]
    assert Y_test.tolist() == [9, 2]


def test_a_record_is_a_red_a_green_and_a_blue_plane_row_by_row(folder):
    record = np.zeros(RECORD, np.uint8)
    record[0] = 7
    record[1 + 0 * 1024 + 2 * 32 + 5] = 255  # red, row 2, column 5
    record[1 + 2 * 1024 + 31 * 32 + 0] = 255  # blue, row 31, column 0
    (folder / "test_batch.bin").write_bytes(record.tobytes())
    _, (X, Y) = cifar10(folder)
    assert Y.tolist() == [7]
    assert np.argwhere(X == 1).tolist() == [[0, 0, 2, 5], [0, 2, 31, 0]]
    assert np.sum(X == -1) == 3072 - 2


def test_the_archive_gives_what_the_folder_gives_and_writes_nothing(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("archive")
    archive_of(place / "cifar-10-binary.tar.gz", FILES)
    for (X, Y), (X2, Y2) in zip(cifar10(folder), cifar10(place), strict=True):
        assert np.array_equal(X, X2)
        assert np.array_equal(Y, Y2)
    assert [path.name for path in place.iterdir()] == ["cifar-10-binary.tar.gz"]


def test_only_plain_files_of_the_expected_names_are_taken_from_an_archive(tmp_path):
    inner, outside = tmp_path / "inner", tmp_path / "evil.bin"
    inner.mkdir()
    path = inner / "cifar-10-binary.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        link = tarfile.TarInfo("cifar-10-batches-bin/data_batch_3.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        for name, content in {"../evil.bin": b"evil", **FILES}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    (X, _), _ = cifar10(inner)
    assert len(X) == 5
    assert not outside.exists()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "0"),
        (batch([1])[:-1], "3072"),
        (batch([1]) + b"\0", "3074"),
        (bytes(10_001 * RECORD), "more"),
    ],
)
def test_a_batch_of_another_size_is_refused_in_a_folder_and_in_an_archive(
    folder, tmp_path_factory, content, found
):
    (folder / "data_batch_2.bin").write_bytes(content)
    message = f"data_batch_2.bin: found {found} bytes, expected 1 to 10000 records of 3073"
    with pytest.raises(ValueError, match=message):
        cifar10(folder)
    place = tmp_path_factory.mktemp("archive")
    archive_of(place / "cifar-10-binary.tar.gz", {**FILES, "data_batch_2.bin": content})
    with pytest.raises(ValueError, match=message):
        cifar10(place)


def test_a_label_above_nine_is_refused(folder):
    (folder / "test_batch.bin").write_bytes(batch([1, 10]))
    with pytest.raises(ValueError, match=r"test_batch.bin: item 1 has label 10, expected 0 to 9"):
        cifar10(folder)


@pytest.mark.parametrize("kept", [["test_batch.bin"], ["data_batch_1.bin"]])
def test_half_a_data_set_is_refused_with_what_is_there(folder, kept):
    for name in FILES.keys() - set(kept):
        (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"has {kept[0]}, expected test_batch.bin and"):
        cifar10(folder)


def test_a_folder_in_a_files_place_is_refused(folder):
    (folder / "test_batch.bin").unlink()
    (folder / "test_batch.bin").mkdir()
    with pytest.raises(ValueError, match=r"test_batch.bin is a folder, expected a file"):
        cifar10(folder)


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.99, -9, -1])
def test_a_truncated_archive_is_refused(tmp_path, kept):
    path = archive_of(tmp_path / "cifar-10-binary.tar.gz", FILES)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(ValueError, match="damaged or truncated"):
        cifar10(tmp_path)


def test_an_archive_of_something_else_is_refused(tmp_path):
    archive_of(tmp_path / "cifar-10-binary.tar.gz", {"readme.html": b"hello"})
    with pytest.raises(FileNotFoundError, match="has no batch file, expected"):
        cifar10(tmp_path)


def test_an_empty_root_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"not in {tmp_path}"):
        cifar10(tmp_path)


def test_the_real_cifar10_has_ten_balanced_classes_of_photographs(data_folder):
    root = data_folder / "cifar-10-batches-bin"
    if not root.is_dir():
        pytest.skip(f"no cifar-10-batches-bin in {data_folder}")
    (X, Y), (X_test, Y_test) = cifar10(root)
    assert X.shape[1:] == X_test.shape[1:] == (3, 32, 32)
    assert np.unique(Y).tolist() == np.unique(Y_test).tolist() == list(range(10))
    assert tuple((root / "batches.meta.txt").read_text().split()) == CIFAR10_CLASSES
    # The channel means that everybody normalises with; a subset of 10,000 moves them by about
    # 0.25 / √10,000 for each picture's mean, so 0.01 is four of those.
    means = (X.mean(axis=(0, 2, 3), dtype=np.float64) + 1) / 2
    assert np.allclose(means, [0.4914, 0.4822, 0.4465], rtol=0, atol=0.01)
