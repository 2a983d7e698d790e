"""The ops, by family, in the order in which to read them."""

from .elementary import exp, log, sqrt, sin, cos, tanh, erf, abs, sign
from .elementary import where, maximum, minimum, clip
from .arithmetic import add, subtract, negative, multiply, divide, power, astype
from .comparison import equal, not_equal, less, less_equal, greater, greater_equal
from .activations import relu, leaky_relu, elu, gelu, sigmoid, softplus
from .reductions import sum, mean, var, max, min, norm
from .softmax import logsumexp, softmax, log_softmax
from .loss import cross_entropy
from .shape import reshape, transpose, moveaxis, squeeze, expand_dims, broadcast_to, sum_to
from .shape import concatenate, stack, split, pad, roll, flip
from .indexing import getitem, scatter
from .products import matmul, linear, einsum
from .windows import unfold, fold
from .convolution import conv2d, conv2d_input, conv2d_weight, conv_transpose2d
from .pooling import max_pool2d, unpool, avg_pool2d, adaptive_avg_pool2d
from .normalisation import batch_norm, batch_statistics
from .resizing import resize
from .resampling import resample
from .fourier import rfft2, irfft2

__all__ = [name for name, value in list(globals().items()) if callable(value)]
