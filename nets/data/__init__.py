"""Pictures for networks: sets of them with their labels, and single ones from files.

A set is `(X, Y), (X_test, Y_test)`, plain arrays: X is float32, (N, C, H, W), in [−1, 1]; Y is
int64, (N,), the class of each picture. `digits()` and `shapes()` are drawn on the spot; the others
are read from a folder of yours or downloaded once. image.py is about photographs in files, and what
ImageNet's networks want to have made of them.
"""

from .digits import digits
from .shapes import SHAPES_CLASSES, shapes
from .mnist import FASHION_MNIST_CLASSES, fashion_mnist, mnist
from .cifar import CIFAR10_CLASSES, cifar10
from .image import deprocess, load_image, preprocess
from .imagenet import IMAGENET_CLASSES, IMAGENET_MEAN, IMAGENET_STD
from .fetch import DownloadError, cache_folder, fetch

__all__ = [
    "digits",
    "shapes",
    "SHAPES_CLASSES",
    "mnist",
    "fashion_mnist",
    "FASHION_MNIST_CLASSES",
    "cifar10",
    "CIFAR10_CLASSES",
    "load_image",
    "preprocess",
    "deprocess",
    "IMAGENET_CLASSES",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "fetch",
    "cache_folder",
    "DownloadError",
]
