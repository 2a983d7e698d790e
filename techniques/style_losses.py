"""How far an image is from the content of one picture and from the style of another.

Gatys et al. 2015 (arXiv 1508.06576), scaled as in the Stanford course CS231n. Each loss is a
function of Tensors, with gradients of any order, and gives a number for each image: (N,).
"""

from collections.abc import Sequence

from autograd import Tensor, reshape, sum, transpose
from autograd.device import Array


def gram_matrix(features: Tensor | Array, mask: Array | None = None) -> Tensor:
    """FFᵀ / (C·H·W): how much each two channels are active in the same places.

    Which places those are is lost in the sum. What is left describes a style.

    With a mask it is (mF)(mF)ᵀ / (C·Σm²), where places count as much as the mask says: the guided
    Gram matrix of Gatys et al. 2017 (arXiv 1611.07865, section 4.1).

    Args:
        features: F (N, C, H, W), what a layer gives, with each channel as a row of FFᵀ.
        mask: m (N or 1, 1, H, W), not 0 everywhere in an image; or None for 1 everywhere.

    Returns:
        (N, C, C), symmetric.

    Raises:
        TypeError, ValueError: features is not (N, C, H, W) of floats, or the mask has another
            shape.
    """
    check_maps(features, "features")
    n, channels, height, width = features.shape
    places = height * width
    if mask is not None:
        check_wanted(mask, features[:, :1], "mask")
        features = features * mask
        places = (mask * mask).sum(axis=(2, 3))[:, :, None]
    f = reshape(features, (n, channels, height * width))
    return f @ transpose(f, (0, 2, 1)) / (channels * places)


def content_loss(features: Tensor | Array, wanted: Tensor | Array, weight: float = 1.0) -> Tensor:
    """weight · Σ (F − P)²: (N,).

    Args:
        features: F (N, C, H, W), what a layer gives for the images.
        wanted: P, what it gives for the pictures whose content they are to have: the same shape, or
            (1, C, H, W) for all.
        weight: a number.

    Raises:
        TypeError, ValueError: features are no floats, or the shapes are others.
    """
    check_maps(features, "features")
    check_wanted(wanted, features, "wanted")
    return weight * sum((features - wanted) ** 2, axis=(1, 2, 3))


def style_loss(
    features: Sequence[Tensor | Array],
    wanted: Sequence[Tensor | Array],
    weights: Sequence[float],
    masks: Sequence[Array | None] | None = None,
) -> Tensor:
    """Σ_l w_l Σ (G_l − A_l)² over layers l, with G_l the Gram matrix of the features: (N,).

    Args:
        features: for each layer, what it gives for the images: (N, C_l, H_l, W_l).
        wanted: A_l, for each layer the Gram matrix of the pictures whose style they are to have,
            which may be of another size: (N, C_l, C_l), or (1, C_l, C_l) for all.
        weights: w_l, a number for each layer.
        masks: for each layer, the mask of its features that `gram_matrix` takes; or None.

    Raises:
        TypeError, ValueError: there is no layer, there are not as many of each, features are no
            floats, or the shapes are others.
    """
    if not 0 < len(features) == len(wanted) == len(weights):
        raise ValueError(
            "features, wanted, weights: expected one of each for every layer, got "
            f"{len(features)}, {len(wanted)} and {len(weights)}"
        )
    masks = [None] * len(features) if masks is None else masks
    if len(masks) != len(features):
        raise ValueError(f"masks: expected {len(features)}, one for each layer, got {len(masks)}")
    loss = 0
    for f, a, weight, mask in zip(features, wanted, weights, masks, strict=True):
        gram = gram_matrix(f, mask)
        check_wanted(a, gram, "wanted")
        loss = loss + weight * sum((gram - a) ** 2, axis=(1, 2))
    return loss


def tv_loss(x: Tensor | Array, weight: float = 1.0) -> Tensor:
    """weight · Σ (differences of neighbours)², down and right: the total variation, squared. (N,)

    Args:
        x: images (N, C, H, W).
        weight: a number.

    Raises:
        TypeError, ValueError: x is not (N, C, H, W) of floats.
    """
    check_maps(x, "x")
    down = x[:, :, 1:, :] - x[:, :, :-1, :]
    right = x[:, :, :, 1:] - x[:, :, :, :-1]
    return weight * (sum(down**2, axis=(1, 2, 3)) + sum(right**2, axis=(1, 2, 3)))


def check_maps(x: Tensor | Array, name: str) -> None:
    # Differences of bytes would wrap around at 256.
    dtype = getattr(x, "dtype", type(x).__name__)
    if getattr(dtype, "kind", None) != "f":
        raise TypeError(f"{name}: expected an array or a Tensor of floats, got {dtype}")
    if len(x.shape) != 4:
        raise ValueError(f"{name}: expected (N, C, H, W), got {x.shape}")


def check_wanted(wanted: Tensor | Array, given: Tensor | Array, name: str) -> None:
    """`wanted` must have the shape of what is given, or be one for all of them."""
    n, *rest = given.shape
    shape = getattr(wanted, "shape", type(wanted).__name__)
    if shape not in ((n, *rest), (1, *rest)):
        raise ValueError(f"{name}: expected {(n, *rest)} or {(1, *rest)}, got {shape}")
