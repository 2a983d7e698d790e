"""3×3 convolution with a quarter of the multiplications: Winograd's F(4×4, 3×3).

An output tile of 4×4 depends on a tile of 6×6 inputs, d. Lavin and Gray (arXiv 1509.09308, eq. 8)
write it as

    out = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ d B)] A

where ⊙ becomes, over the channels, a matrix product for each of the 36 places: 36 products of
numbers in place of 16·9 for 16 outputs. The transformations around it are matrix products as well,
with Bᵀ ⊗ Bᵀ and Aᵀ ⊗ Aᵀ, for all tiles and channels at once.

The transformations magnify rounding errors: in float32 the result is right to about 1e-5 of the
largest output, where the definition's is to 1e-6.
"""

import numpy as np

from ...device import Array, array_module, on_gpu

B = np.array(
    [
        [4, 0, 0, 0, 0, 0],
        [0, -4, 4, -2, 2, 4],
        [-5, -4, -4, -1, -1, 0],
        [0, 1, -1, 2, -2, -5],
        [1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]
)
G = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
A = np.array(
    [[1, 0, 0, 0], [1, 1, 1, 1], [1, -1, 1, -1], [1, 2, 4, 8], [1, -2, 4, -8], [0, 0, 0, 1]]
)
# So many tiles at a time: fewer make the products slow, more do not stay in the cache.
TILES, GPU_TILES = 256, 2**16
# With fewer channels, or on smaller images, the transformations cost more than they save.
CHANNELS, PIXELS = 64, 28 * 28


def fits(w: Array, size: tuple, *, groups: int, stride, padding, dilation) -> bool:
    """Whether a convolution with kernels w, or its transpose, to (H', W') = size is faster here."""
    return (
        w.shape[2:] == (3, 3)
        and stride == dilation == (1, 1)
        and max(padding) <= 2
        and groups == 1
        and min(w.shape[:2]) >= CHANNELS
        and size[0] * size[1] >= PIXELS
        and w.dtype.kind == "f"
    )


def forward(x: Array, w: Array, b: Array | None, size: tuple, *, padding: tuple, **_how) -> Array:
    """As in definition.py, for what `fits`."""
    kernels = [half.swapaxes(1, 2) for half in transformed(w, np.kron(G, G))]
    return convolved(x, kernels, b, size, padding)


def input_gradient(g: Array, w: Array, size: tuple, *, padding: tuple, **_how) -> Array:
    """As in definition.py, for what `fits`: a convolution with the kernels turned by 180°."""
    kernels = transformed(w, np.kron(G, G)[:, ::-1])
    return convolved(g, kernels, None, size, tuple(2 - p for p in padding))


def transformed(w: Array, onto: np.ndarray) -> list[Array]:
    """G w Gᵀ of kernels (O, C, 3, 3), if onto = G ⊗ G: (18, O, C) for each half of the 36 places.

    One array of all places may be so large that its memory is not kept for the next (allocator.py).
    """
    o, c = w.shape[:2]
    onto = array_module(w).asarray(onto.astype(w.dtype))
    return [(half @ w.reshape(o * c, 9).T).reshape(18, o, c) for half in (onto[:18], onto[18:])]


def convolved(
    x: Array, kernels: list[Array], b: Array | None, size: tuple, padding: tuple
) -> Array:
    """`forward`, with kernels transformed into matrices (18, C, O) for each half of the places."""
    xp = array_module(x)
    (n, c, height, width), o, (top, left) = x.shape, kernels[0].shape[2], padding
    dtype = np.result_type(x.dtype, kernels[0].dtype)
    into, out_of = (xp.asarray(np.kron(m, m).astype(dtype)) for m in (B.T, A.T))
    down, across = (-(-length // 4) for length in size)

    image = xp.zeros((n, 4 * down + 2, 4 * across + 2, c), dtype)
    image[:, top : top + height, left : left + width] = x.transpose(0, 2, 3, 1)
    tiles = xp.lib.stride_tricks.sliding_window_view(image, (6, 6), axis=(1, 2))[:, ::4, ::4]
    tiles = tiles.transpose(4, 5, 0, 1, 2, 3)  # (6, 6, N, down, across, C)
    out = xp.empty((n, down, 4, across, 4, o), dtype)
    places = out.transpose(2, 4, 0, 1, 3, 5)  # (4, 4, N, down, across, O)
    limit = GPU_TILES if on_gpu(x) else TILES
    together, rows = max(1, limit // (down * across)), -(-limit // across)
    for i in range(0, n, together):
        for j in range(0, down, rows):
            some = tiles[:, :, i : i + together, j : j + rows]
            count = some.shape[2] * some.shape[3] * across
            d = (into @ some.reshape(36, count * c)).reshape(2, 18, count, c)
            part = xp.empty((2, 18, count, o), dtype)
            for half in (0, 1):
                xp.matmul(d[half], kernels[half], out=part[half])
            part = (out_of @ part.reshape(36, count * o)).reshape(4, 4, *some.shape[2:5], o)
            if b is not None:
                part += b
            places[:, :, i : i + together, j : j + rows] = part
    out = out.reshape(n, 4 * down, 4 * across, o)[:, : size[0], : size[1]]
    return out.transpose(0, 3, 1, 2)
