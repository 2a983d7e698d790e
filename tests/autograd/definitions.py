"""The network ops as their definitions say, entry by entry: slow and plain."""

import math

import numpy as np


def conv2d(x, w, b=None, *, stride, padding, dilation, groups):
    n, _, h, wide = x.shape
    o, c_of_group, kh, kw = w.shape
    rows = (h + 2 * padding[0] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    cols = (wide + 2 * padding[1] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    out = np.zeros((n, o, rows, cols))
    for image, kernel, row, col in np.ndindex(out.shape):
        first = kernel // (o // groups) * c_of_group  # Of the channels that this kernel sees.
        for i, u, v in np.ndindex(w.shape[1:]):
            y = stride[0] * row + dilation[0] * u - padding[0]
            z = stride[1] * col + dilation[1] * v - padding[1]
            if 0 <= y < h and 0 <= z < wide:
                out[image, kernel, row, col] += w[kernel, i, u, v] * x[image, first + i, y, z]
    return out if b is None else out + b[:, None, None]


def conv_transpose2d(x, w, b=None, *, stride, padding, output_padding, dilation, groups):
    """Each pixel, times the kernel, is added to the image at its place."""
    n, c, rows, cols = x.shape
    _, o_of_group, kh, kw = w.shape
    h = (rows - 1) * stride[0] - 2 * padding[0] + dilation[0] * (kh - 1) + output_padding[0] + 1
    wide = (cols - 1) * stride[1] - 2 * padding[1] + dilation[1] * (kw - 1) + output_padding[1] + 1
    out = np.zeros((n, o_of_group * groups, h, wide))
    for image, channel, row, col in np.ndindex(x.shape):
        first = channel // (c // groups) * o_of_group
        for o, u, v in np.ndindex(w.shape[1:]):
            y = stride[0] * row + dilation[0] * u - padding[0]
            z = stride[1] * col + dilation[1] * v - padding[1]
            if 0 <= y < h and 0 <= z < wide:
                out[image, first + o, y, z] += x[image, channel, row, col] * w[channel, o, u, v]
    return out if b is None else out + b[:, None, None]


def unfold(x, kernel, stride, padding, dilation):
    """A convolution with the identity: each of its kernels sees one place of the window."""
    n, places = x.shape[0], x.shape[1] * math.prod(kernel)
    identity = np.eye(places).reshape(places, x.shape[1], *kernel)
    out = conv2d(x, identity, stride=stride, padding=padding, dilation=dilation, groups=1)
    return out.reshape(n, places, math.prod(out.shape[2:]))


def pooled(x, of_window, kernel, stride, padding, ceil_mode):
    """`of_window(image, top, left)` at the corner of each window."""
    stride = stride or kernel
    counts = []
    for n, k, s, p in zip(x.shape[2:], kernel, stride, padding, strict=True):
        steps = (n + 2 * p - k) / s
        count = (math.ceil(steps) if ceil_mode else math.floor(steps)) + 1
        # PyTorch: the last window must start on the image or on the padding before it.
        counts.append(count - 1 if ceil_mode and (count - 1) * s >= n + p else count)
    out = np.zeros((*x.shape[:2], *counts))
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = of_window(x[n, c], i * stride[0] - padding[0], j * stride[1] - padding[1])
    return out


def max_pool2d(x, kernel, stride, padding, ceil_mode):
    def largest(image, top, left):
        return image[max(top, 0) : top + kernel[0], max(left, 0) : left + kernel[1]].max()

    return pooled(x, largest, kernel, stride, padding, ceil_mode)


def avg_pool2d(x, kernel, stride, padding, ceil_mode, count_include_pad):
    def mean(image, top, left):
        inside = image[max(top, 0) : top + kernel[0], max(left, 0) : left + kernel[1]]
        if not count_include_pad:
            return inside.mean()
        bottom = min(top + kernel[0], image.shape[0] + padding[0])
        right = min(left + kernel[1], image.shape[1] + padding[1])
        return inside.sum() / ((bottom - top) * (right - left))

    return pooled(x, mean, kernel, stride, padding, ceil_mode)


def adaptive_avg_pool2d(x, output_size):
    rows, cols = (output_size, output_size) if isinstance(output_size, int) else output_size
    h, wide = x.shape[2:]
    out = np.zeros((*x.shape[:2], rows, cols))
    for i, j in np.ndindex(rows, cols):
        vertical = slice(math.floor(i * h / rows), math.ceil((i + 1) * h / rows))
        horizontal = slice(math.floor(j * wide / cols), math.ceil((j + 1) * wide / cols))
        out[:, :, i, j] = x[:, :, vertical, horizontal].mean(axis=(2, 3))
    return out


def resize(x, size, mode, align_corners):
    new = (size, size) if isinstance(size, int) else size
    out = np.zeros((*x.shape[:2], *new))
    for i, j in np.ndindex(*new):
        y, z = (
            position(k, m, n, mode, align_corners)
            for k, m, n in zip((i, j), new, x.shape[2:], strict=True)
        )
        # Between the four pixels around the position; a whole position needs one.
        for row, by_row in neighbours(y):
            for col, by_col in neighbours(z):
                if by_row * by_col:
                    out[:, :, i, j] += by_row * by_col * x[:, :, row, col]
    return out


def position(i, m, n, mode, align_corners) -> float:
    """Where, among n pixels, the i-th of m samples is taken."""
    if mode == "nearest":
        return i * n // m
    if align_corners:
        return i * (n - 1) / (m - 1) if m > 1 else 0
    return min(max((i + 0.5) * n / m - 0.5, 0), n - 1)


def neighbours(position: float):
    below = math.floor(position)
    return (below, 1 - (position - below)), (below + 1, position - below)


def resample(x, matrix, size):
    new = x.shape[2:] if size is None else (size, size) if isinstance(size, int) else size
    out = np.zeros((*x.shape[:2], *new))
    for i, j in np.ndindex(*new):
        from_the_middle = (i - (new[0] - 1) / 2, j - (new[1] - 1) / 2, 1)
        y, z = (
            sum(a * b for a, b in zip(row, from_the_middle, strict=True)) + (n - 1) / 2
            for row, n in zip(matrix, x.shape[2:], strict=True)
        )
        for row, by_row in neighbours(y):
            for col, by_col in neighbours(z):
                if 0 <= row < x.shape[2] and 0 <= col < x.shape[3]:
                    out[:, :, i, j] += by_row * by_col * x[:, :, row, col]
    return out


def rfft2(x):
    h, wide = x.shape[-2:]
    out = np.zeros((*x.shape[:-2], h, wide // 2 + 1, 2))
    for k, l in np.ndindex(*out.shape[-3:-1]):
        angle = angles(k, l, h, wide)
        out[..., k, l, 0] = (x * np.cos(angle)).sum(axis=(-2, -1))
        out[..., k, l, 1] = -(x * np.sin(angle)).sum(axis=(-2, -1))
    return out


def irfft2(x, size):
    h, wide = size
    out = np.zeros((*x.shape[:-3], h, wide))
    for k, l in np.ndindex(h, wide):
        angle = angles(k, l, h, wide)
        if l > wide // 2:  # In the right half, which mirrors the left one.
            real, imaginary = x[..., -k % h, wide - l, 0], -x[..., -k % h, wide - l, 1]
        else:
            real, imaginary = x[..., k, l, 0], x[..., k, l, 1]
        # What a spectrum has that no real image's has, an imaginary part of the sum, is left out.
        out += real[..., None, None] * np.cos(angle) - imaginary[..., None, None] * np.sin(angle)
    return out / (h * wide)


def angles(k, l, h, wide):
    """2π (km/H + ln/W) at each pixel (m, n)."""
    m, n = np.indices((h, wide))
    return 2 * math.pi * (k * m / h + l * n / wide)


def batch_norm(x, mean=None, var=None, weight=None, bias=None, *, eps):
    out = np.empty(x.shape)
    for c in range(x.shape[1]):
        m = x[:, c].mean() if mean is None else mean[c]
        v = ((x[:, c] - m) ** 2).mean() if var is None else var[c]
        out[:, c] = (x[:, c] - m) / math.sqrt(v + eps)
        out[:, c] *= 1 if weight is None else weight[c]
        out[:, c] += 0 if bias is None else bias[c]
    return out


def batch_statistics(x):
    channels = [x[:, c] for c in range(x.shape[1])]
    return np.array([c.mean() for c in channels]), np.array([c.var() for c in channels])


def cross_entropy(logits, labels, weight, label_smoothing, reduction):
    k = logits.shape[1]
    weight = np.ones(k) if weight is None else weight
    losses = []
    for scores, label in zip(logits, labels, strict=True):
        p = np.exp(scores) / np.exp(scores).sum()
        q = np.full(k, label_smoothing / k)
        q[label] += 1 - label_smoothing
        losses.append(-(weight * q * np.log(p)).sum())
    if reduction == "none":
        return np.array(losses)
    total = np.sum(losses)
    return total if reduction == "sum" else total / weight[labels].sum()
