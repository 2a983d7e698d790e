"""MNIST, and Fashion-MNIST, which comes in files of the same names and shapes."""

import os
from pathlib import Path

from .fetch import fetch
from .idx import read_idx
from .samples import Samples, check_labels, scale_pixels

SIDE = 28

# SHA-256 as published by TensorFlow Datasets (url_checksums/mnist.txt, fashion_mnist.txt) and, for
# Fashion-MNIST at this address, by Keras (keras/src/datasets/fashion_mnist.py).
MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_SHA256 = {
    "train-images-idx3-ubyte.gz": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "train-labels-idx1-ubyte.gz": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
    ),
}
FASHION_MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
FASHION_MNIST_SHA256 = {
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
}
FASHION_MNIST_CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def mnist(root: str | os.PathLike[str] | None = None) -> tuple[Samples, Samples]:
    """Handwritten digits: `(X, Y), (X_test, Y_test)`, 60,000 to learn from and 10,000 to be asked.

    X is float32 (N, 1, 28, 28) in [−1, 1], light ink (+1) on a dark ground (−1); Y is int64 (N,),
    the digit. Writers of the test digits wrote none of the others. LeCun, Bottou, Bengio and
    Haffner, "Gradient-based learning applied to document recognition" (1998).

    `root` is the folder that holds the four IDX files, packed or unpacked, or that has them in a
    folder `mnist`; without it they come from where `fetch` finds them, at worst the network.

    Raises FileNotFoundError for a file missing from `root`, ValueError for one that is damaged or
    is not what its name says, and DownloadError when the network is needed and does not answer.
    """
    return _load("mnist", MNIST_URL, MNIST_SHA256, root)


def fashion_mnist(root: str | os.PathLike[str] | None = None) -> tuple[Samples, Samples]:
    """Ten kinds of clothing, `FASHION_MNIST_CLASSES`: `(X, Y), (X_test, Y_test)`.

    Shapes, ranges, files, arguments and errors are `mnist`'s, the folder is `fashion-mnist`, and
    the task is harder. Xiao, Rasul and Vollgraf, arXiv 1708.07747.
    """
    return _load("fashion-mnist", FASHION_MNIST_URL, FASHION_MNIST_SHA256, root)


def _load(
    folder: str, url: str, sha256: dict[str, str], root: str | os.PathLike[str] | None
) -> tuple[Samples, Samples]:
    images, labels, test_images, test_labels = (
        fetch(name, url + name, checksum, folder=folder, root=root)
        for name, checksum in sha256.items()
    )
    return _read(images, labels), _read(test_images, test_labels)


def _read(images: Path, labels: Path) -> Samples:
    pixels = read_idx(images, dimensions=3)
    if pixels.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"{images}: images of shape {pixels.shape}, expected (N, {SIDE}, {SIDE})")
    Y = check_labels(read_idx(labels, dimensions=1), labels)
    if len(pixels) != len(Y):
        raise ValueError(
            f"{images} has {len(pixels)} images and {labels} has {len(Y)} labels, "
            "expected as many of each"
        )
    return scale_pixels(pixels[:, None]), Y
