"""What a layer knows of an image: another image that it cannot tell from it."""

import numpy as np

from autograd import array_module
from autograd.device import Array

from .activation_maximization import FeatureTrace, activation_maximization
from .arguments import Bounds, check_images, check_number, check_rng
from .layer import find_layer
from .layer_activation import layer_activation
from .model import Net
from .objectives import extremeness, likeness, roughness
from .parameterizations import Parameterization, fourier_image
from .transformations import Transformation


def feature_inversion(
    net: Net,
    x: Array,
    *,
    layer: str,
    image: Parameterization | None = None,
    alpha: float = 6.0,
    alpha_weight: float = 1e-3,
    tv_weight: float = 1e-2,
    transformations: tuple[Transformation, ...] = (),
    steps: int = 256,
    lr: float = 0.05,
    bounds: Bounds | None = (-1.0, 1.0),
    rng: int | np.random.Generator = 0,
    frames: int = 0,
    progress: bool = False,
    resume: FeatureTrace | None = None,
) -> FeatureTrace:
    """argmin_z ‖Φ(z) − Φ(x)‖² / ‖Φ(x)‖² + λ_α · mean|z|^α + λ_V · TV(z), with Φ the layer.

    Mahendran & Vedaldi 2015 (arXiv 1412.0035, equations 1 to 4), with β = 2 in the total variation.
    The penalties are means over the image here, so that their weights do not hang on its size. The
    paper descends on pixels with momentum; here Adam does, on what `image` says.

    What of x is in z, the layer keeps. What is not, it has let go: first colours and textures at
    their exact place, then the place itself.

    The trap: what a penalty adds is no knowledge of the layer's. Without any, the image has the
    same features, and shows noise.

    Cost: a forward and a backward pass for each step.

    Args:
        net: maps a Tensor (N, C, H, W) to scores (N, K), a Module of nets.
        x: images (N, C, H, W).
        layer: the name of the layer, such as "features.7".
        image: where to start, and what a step moves; None for a `fourier_image` of noise of the
            size of x, within the bounds.
        alpha, alpha_weight, tv_weight: α, λ_α and λ_V.
        transformations: as for `activation_maximization`. An image that must look like x only
            when it is jittered looks like x a little elsewhere.
        steps, lr, rng, frames, progress, resume: as for `activation_maximization`. To go on where
            `image` is None, give the same seed, of whose noise it was made.
        bounds: (low, high) of the images, numbers or arrays that broadcast to one image; or None.
            They count where `image` is None.

    Returns:
        The FeatureTrace. Its history is minus what is minimised.

    Raises:
        TypeError, ValueError: an argument is invalid, no layer has that name, or it gives only
            zeros for an x.
    """
    check_images(x)
    find_layer(net, layer)
    rng = check_rng(rng)
    alpha_weight = check_number(alpha_weight, "alpha_weight")
    tv_weight = check_number(tv_weight, "tv_weight")
    penalty = alpha_weight * extremeness(alpha) + tv_weight * roughness()
    objective = likeness(layer, layer_activation(net, x, layer=layer)) - penalty
    if image is None:
        image = fourier_image(x.shape, bounds=bounds, rng=rng)
        image = image.at(array_module(x).asarray(image.parameters.astype(x.dtype)))
    return activation_maximization(
        net, objective, image, transformations=transformations, steps=steps, lr=lr,
        rng=rng, frames=frames, progress=progress, resume=resume,
    )  # fmt: skip
