"""CIFAR-10, from its "binary version": files of records, each a label byte and 3072 pixel bytes."""

import os
import tarfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .fetch import fetch, folders
from .packed import open_unpacked
from .samples import Samples, check_labels, scale_pixels

CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

FOLDER = "cifar-10-batches-bin"
TRAIN = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
TEST = "test_batch.bin"
CHANNELS, SIDE = 3, 32
RECORD = 1 + CHANNELS * SIDE * SIDE
RECORDS = 10_000  # in each file of the original

ARCHIVE = "cifar-10-binary.tar.gz"
URL = "https://www.cs.toronto.edu/~kriz/" + ARCHIVE
# As published by TensorFlow Datasets (url_checksums/cifar10.txt).
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"


def cifar10(root: str | os.PathLike[str] | None = None) -> tuple[Samples, Samples]:
    """Small colour photographs of `CIFAR10_CLASSES`: `(X, Y), (X_test, Y_test)`.

    X is float32 (N, 3, 32, 32) in [−1, 1], channels red, green, blue; Y is int64 (N,). The whole
    set has 50,000 and 10,000 pictures; of the five training files those present are read.
    Krizhevsky, "Learning multiple layers of features from tiny images" (2009), whose web page
    describes the format.

    `root` is the folder that holds `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, or
    the archive `cifar-10-binary.tar.gz`, itself or in a folder `cifar-10-batches-bin`; without it
    they come from where `fetch` finds them, at worst the network (162 MiB).

    Raises FileNotFoundError for a file missing from `root`, ValueError for one that is damaged or
    is not what its name says, and DownloadError when the network is needed and does not answer.
    """
    for folder in folders(FOLDER, root):
        if any((folder / name).exists() for name in (*TRAIN, TEST)):
            where, batches = folder, _read_folder(folder)
            break
    else:
        where = fetch(ARCHIVE, URL, SHA256, folder=FOLDER, root=root)
        batches = _read_archive(where)

    train = [batches[name] for name in TRAIN if name in batches]
    if not train or TEST not in batches:
        raise FileNotFoundError(
            f"{where} has {', '.join(sorted(batches)) or 'no batch file'}, "
            f"expected {TEST} and one or more of {TRAIN[0]} to {TRAIN[-1]}"
        )
    return _samples(np.concatenate(train)), _samples(batches[TEST])


def _read_folder(folder: Path) -> dict[str, np.ndarray]:
    batches = {}
    for name in (*TRAIN, TEST):
        path = folder / name
        if path.exists():
            with open_unpacked(path) as file:
                batches[name] = _read_batch(file, path)
    return batches


def _read_archive(archive: Path) -> dict[str, np.ndarray]:
    """Reads the batch files within the archive; nothing is unpacked to disk, nothing can stray."""
    batches = {}
    try:
        with open_unpacked(archive) as content:
            with tarfile.open(fileobj=content, mode="r:") as tar:
                for member in tar:
                    path = Path(member.name)
                    if member.isfile() and path.name in (*TRAIN, TEST):
                        batches[path.name] = _read_batch(tar.extractfile(member), archive / path)
            while content.read(1 << 20):  # on to gzip's checksum, which comes last
                pass
    except tarfile.TarError as error:
        raise ValueError(
            f"{archive}: damaged or truncated archive ({error}), expected CIFAR-10's {ARCHIVE}"
        ) from error
    return batches


def _read_batch(file: BinaryIO, path: Path) -> np.ndarray:
    """The records (n, 3073) of one batch file as bytes, with labels that are classes."""
    content = file.read(RECORDS * RECORD + 1)
    if not content or len(content) % RECORD:
        found = "more" if len(content) > RECORDS * RECORD else len(content)
        raise ValueError(
            f"{path}: found {found} bytes, expected 1 to {RECORDS} records of {RECORD} bytes each"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    check_labels(records[:, 0], path)
    return records


def _samples(records: np.ndarray) -> Samples:
    pixels = records[:, 1:].reshape(-1, CHANNELS, SIDE, SIDE)
    return scale_pixels(pixels), records[:, 0].astype(np.int64)
