"""The decision plane: the classes on a plane through three inputs, the boundary itself."""

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from autograd import array_module, to_cpu
from autograd.device import Array

from .arguments import check_inputs, check_number, check_whole
from .model import Net, evaluation, scores_only
from .norms import flat


@dataclass(frozen=True, repr=False, eq=False)
class DecisionPlane:
    """What a net says on a square of the plane through three inputs a, b, c. All NumPy arrays.

    A point of the plane is origin + u·axes[0] + v·axes[1]. The axes are orthonormal, so distances
    in (u, v) are Euclidean distances between inputs. a is the origin, b lies at (|b − a|, 0), and c
    above the u-axis.

    Attributes:
        u, v: (R,) the coordinates of the grid.
        scores: (R, R, K) before softmax, those at (u[j], v[i]) in [i, j].
        classes: (R, R) int, the highest-scoring.
        corners: (3, 2) the (u, v) of the three inputs.
        origin: (...) the first input, in float64.
        axes: (2, ...) in float64.
    """

    u: np.ndarray
    v: np.ndarray
    scores: np.ndarray
    classes: np.ndarray
    corners: np.ndarray
    origin: np.ndarray
    axes: np.ndarray

    def inputs(self, coordinates: np.ndarray) -> np.ndarray:
        """The inputs (M, ...) at the points (u, v) of the plane: (M, 2).

        Raises:
            ValueError: the coordinates are no pairs.
        """
        if np.ndim(coordinates) != 2 or np.shape(coordinates)[1] != 2:
            raise ValueError(
                f"coordinates: expected pairs (u, v), (M, 2), got {np.shape(coordinates)}"
            )
        return on_plane(self.origin, self.axes, coordinates)

    def project(self, x: Array) -> tuple[np.ndarray, np.ndarray]:
        """Where inputs (M, ...), the frames of a walk say, lie in the plane, and how far from it.

        Returns:
            The (u, v) of the nearest points of the plane (M, 2), and the distances from them (M,).

        Raises:
            TypeError, ValueError: they are no inputs, or not shaped like the three.
        """
        check_inputs(x)
        if x.shape[1:] != self.origin.shape:
            raise ValueError(f"x: expected a batch of {self.origin.shape}, got {x.shape}")
        offset = flat(to_cpu(x) - self.origin)
        axes = flat(self.axes)
        coordinates = offset @ axes.T
        return coordinates, np.linalg.norm(offset - coordinates @ axes, axis=1)

    def __repr__(self) -> str:
        size, seen = len(self.u), np.unique(self.classes).tolist()
        return (
            f"DecisionPlane({size}×{size} points, {self.u[0]:.3g} to {self.u[-1]:.3g} across and "
            f"{self.v[0]:.3g} to {self.v[-1]:.3g} up; classes {seen})"
        )


def decision_plane(
    net: Net,
    x: Array,
    *,
    resolution: int = 100,
    margin: float = 0.25,
    batch_size: int = 256,
    progress: bool = False,
) -> DecisionPlane:
    """The scores on the plane through three inputs.

    The axes come from the differences b − a and c − a by Gram-Schmidt: e₁ = (b − a)/‖b − a‖, and e₂
    the direction of what c − a has besides e₁.

    The trap: three points show one plane of hundreds of dimensions. What looks like a wall in it
    may have a way around, and points of the plane need not look like real inputs; they may even
    leave the valid range.

    Args:
        net: maps a Tensor (N, ...) to scores (N, K).
        x: the three inputs a, b, c: (3, ...) of floats.
        resolution: R, the points along each side of the square.
        margin: how far the square reaches beyond the three inputs, as a share of their extent.
        batch_size: the most inputs at once in memory.
        progress: show a bar.

    Returns:
        The DecisionPlane.

    Raises:
        TypeError, ValueError: an argument is invalid, or the three inputs lie on one line.
    """
    check_inputs(x)
    if len(x) != 3:
        raise ValueError(f"x: expected three inputs (3, ...), got {x.shape}")
    check_whole(resolution, "resolution", least=2)
    check_number(margin, "margin")
    check_whole(batch_size, "batch_size")

    a, b, c = to_cpu(x).astype(np.float64)
    axes, corners = gram_schmidt(b - a, c - a, np.finfo(x.dtype).eps)
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    extent = np.ptp(corners, axis=0).max()
    u, v = middle[:, None] + np.linspace(-0.5, 0.5, resolution) * extent * (1 + 2 * margin)
    grid = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)

    parts = []
    xp = array_module(x)
    with evaluation(net):
        for i in tqdm(range(0, len(grid), batch_size), desc="plane", disable=not progress):
            points = on_plane(a, axes, grid[i : i + batch_size]).astype(x.dtype)
            parts.append(to_cpu(scores_only(net, xp.asarray(points))))
    scores = np.concatenate(parts).reshape(resolution, resolution, -1)
    return DecisionPlane(u, v, scores, scores.argmax(axis=-1), corners, a, axes)


def on_plane(origin: np.ndarray, axes: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """origin + u·axes[0] + v·axes[1] for each (u, v) of the coordinates (M, 2): (M, ...)."""
    return origin + np.tensordot(coordinates, axes, 1)


def gram_schmidt(b: np.ndarray, c: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """The orthonormal axes (2, ...) of the plane that b and c span, and their coordinates there.

    The coordinates (3, 2) are those of 0, b and c.

    Raises:
        ValueError: b and c are so nearly parallel that what tells them apart is rounding.
    """
    along = np.linalg.norm(b)
    e1 = b / (along or 1)
    u = np.sum(c * e1)
    rest = c - u * e1
    up = np.linalg.norm(rest)
    if min(along, up) <= 100 * eps * max(along, np.linalg.norm(c)):
        raise ValueError("x: the three inputs lie on one line, so they span no plane")
    return np.stack([e1, rest / up]), np.array([[0, 0], [along, 0], [u, up]])
