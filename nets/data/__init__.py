"""Pictures and their labels: `(X, Y), (X_test, Y_test)`, as plain arrays, ready for a network.

X is float32, (N, C, H, W), in [−1, 1]; Y is int64, (N,), the class of each picture. `digits()` is
drawn on the spot; the others are read from a folder of yours or downloaded once.
"""

from .digits import digits
from .mnist import FASHION_MNIST_CLASSES, fashion_mnist, mnist
from .cifar import CIFAR10_CLASSES, cifar10
from .fetch import DownloadError, cache_folder, fetch

__all__ = [
    "digits",
    "mnist",
    "fashion_mnist",
    "FASHION_MNIST_CLASSES",
    "cifar10",
    "CIFAR10_CLASSES",
    "fetch",
    "cache_folder",
    "DownloadError",
]
