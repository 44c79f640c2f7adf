"""The motion of the camera: the similarity transform that most of the optical flow follows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

_STEP = 4  # px between the points that are fitted
_ITERATIONS = 12
_LEAST_SCALE = 0.25  # px: residuals of the flow itself
_FEWEST = 12  # points


@dataclass(frozen=True)
class Similarity:
    """A similarity transform of the plane about the centre of an image.

    Parameters
    ----------
    a, b : float
        Cosine and sine of the rotation, times the magnification.
    x, y : float
        Translation to the right and downwards, in the unit of the points.
    """

    a: float = 1.0
    b: float = 0.0
    x: float = 0.0
    y: float = 0.0

    @property
    def zoom(self) -> float:
        """Magnification; 1 for none."""
        return math.hypot(self.a, self.b)

    @property
    def rotation(self) -> float:
        """Angle in degrees, clockwise in the image."""
        return math.degrees(math.atan2(self.b, self.a))

    def displacement(self, points: np.ndarray) -> np.ndarray:
        """Return how far points move, (..., 2), given relative to the centre."""
        x, y = points[..., 0], points[..., 1]
        moved = self.a * x - self.b * y + self.x, self.b * x + self.a * y + self.y
        return np.stack(moved, axis=-1) - points


def camera_of(vectors: np.ndarray, valid: np.ndarray) -> Similarity | None:
    """Return the similarity transform that most of a flow follows; None where too little of it is valid.

    Iteratively reweighted least squares with the weights of Geman and McClure, whose scale falls from the spread of
    the flow to that of its noise, so that what moves for itself has no influence.

    Parameters
    ----------
    vectors : ndarray of shape (h, w, 2)
        The flow in pixels.
    valid : ndarray of shape (h, w)
        bool: which of it counts.

    Examples
    --------
    >>> flow = np.full((40, 60, 2), (2.0, -1.0), np.float32)
    >>> flow[10:20, 10:20] = 9
    >>> found = camera_of(flow, np.ones((40, 60), bool))
    >>> round(found.x, 2), round(found.y, 2), round(found.zoom, 3)
    (2.0, -1.0, 1.0)
    """
    points = grid(valid.shape)[::_STEP, ::_STEP]
    kept = valid[::_STEP, ::_STEP]
    if kept.sum() < _FEWEST:
        return None
    return fitted(points[kept], vectors[::_STEP, ::_STEP][kept].astype(np.float64))


def grid(shape: tuple[int, ...]) -> np.ndarray:
    """Return the positions of pixels relative to the centre of an image, (h, w, 2) float64: to the right, downwards."""
    height, width = shape
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns - (width - 1) / 2, rows - (height - 1) / 2], axis=-1)


def fitted(points: np.ndarray, moved: np.ndarray) -> Similarity:
    """Return the similarity transform that most displacements `moved` of `points`, both (n, 2), follow."""
    spread = max(1.0, float(np.abs(points).max()))
    x, y = (points / spread).T
    zeros, ones = np.zeros_like(x), np.ones_like(x)
    design = np.stack([np.stack([x, -y, ones, zeros], 1), np.stack([y, x, zeros, ones], 1)], 1)  # (n, 2, 4)
    found = np.array([0.0, 0.0, *np.median(moved, axis=0)])
    scale = None
    for _ in range(_ITERATIONS):
        residuals = np.linalg.norm(moved - design @ found, axis=1)
        typical = float(np.median(residuals)) * 1.5
        scale = max(_LEAST_SCALE, typical if scale is None else min(typical, 0.7 * scale))
        weights = 1 / (1 + (residuals / scale) ** 2) ** 2
        weighted = design * weights[:, None, None]
        normal = np.einsum("nij,nik->jk", weighted, design) + 1e-9 * np.eye(4)
        found = np.linalg.solve(normal, np.einsum("nij,ni->j", weighted, moved))
    return Similarity(1 + found[0] / spread, found[1] / spread, float(found[2]), float(found[3]))
