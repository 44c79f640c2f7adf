"""Triangles between landmarks and the edges of a frame, and the piecewise affine maps that they define."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

_EDGE_POINTS = 4  # between two corners, per side
_FLAT = 1e-4  # ratio of the axes of triangles that count as lines
_SHIFT = 4  # bits of sub-pixel precision of the triangles' corners
#: The 68 landmarks: the jaw from ear to ear, of which the ends and the chin shape the forehead.
JAW, _CHIN, DENSE = slice(0, 17), 8, 68
_FOREHEAD_POINTS, _FOREHEAD_HEIGHT = 7, 0.8  # the height as a share of that from the ends of the jaw to the chin


def with_forehead(landmarks: np.ndarray) -> np.ndarray:
    """Return 68 landmarks with points along the hairline, half an ellipse over the ends of the jaw; others as is."""
    if len(landmarks) != DENSE:
        return landmarks
    left, right, chin = landmarks[0], landmarks[16], landmarks[_CHIN]
    middle, across = (left + right) / 2, (right - left) / 2
    up = (middle - chin) * _FOREHEAD_HEIGHT
    angles = np.linspace(0, np.pi, _FOREHEAD_POINTS + 2)[1:-1]
    forehead = middle - across * np.cos(angles)[:, None] + up * np.sin(angles)[:, None]
    return np.concatenate([landmarks, forehead])


def outline(landmarks: np.ndarray) -> np.ndarray:
    """Return the convex outline of a face with its forehead, (k, 2)."""
    points = with_forehead(landmarks).astype(np.float32)
    return np.asarray(cv2.convexHull(points)[:, 0], np.float64)


@dataclass(frozen=True)
class Mesh:
    """A Delaunay triangulation of landmarks and points around a frame.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Landmarks, then points around the frame, in pixels.
    triangles : ndarray of shape (t, 3)
        Rows of `points`.
    size : (int, int)
        Width and height of the frame in pixels.
    """

    points: np.ndarray
    triangles: np.ndarray
    size: tuple[int, int]

    @classmethod
    def of(cls, landmarks: np.ndarray, size: tuple[int, int]) -> Mesh:
        """Return the mesh of landmarks, (m, 2) in pixels of a frame of (width, height)."""
        from scipy.spatial import Delaunay

        points = _with_frame(landmarks, size)
        return cls(points, np.asarray(Delaunay(points).simplices, np.intp), size)

    def at(self, landmarks: np.ndarray) -> Mesh:
        """Return the same triangles between other landmarks."""
        return Mesh(_with_frame(landmarks, self.size), self.triangles, self.size)

    def maps_to(self, landmarks: np.ndarray) -> np.ndarray:
        """Return where each pixel of this mesh is in a frame with other landmarks.

        Parameters
        ----------
        landmarks : ndarray of shape (m, 2)
            In pixels of a frame of the same size.

        Returns
        -------
        ndarray of shape (h, w, 2)
            float32, indices of pixels (x, y).
        """
        affine = _affine(self.points[self.triangles], _with_frame(landmarks, self.size)[self.triangles])
        width, height = self.size
        x, y = np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32)[:, None] + 0.5
        chosen = self._triangle_of_pixels
        found = np.empty((height, width, 2), np.float32)
        for axis in range(2):
            by_x, by_y, offset = (affine[:, row, axis] for row in range(3))
            found[..., axis] = by_x[chosen] * x + by_y[chosen] * y + (offset[chosen] - np.float32(0.5))
        return found

    @cached_property
    def _triangle_of_pixels(self) -> np.ndarray:
        """The triangle of each pixel, (h, w) intp."""
        width, height = self.size
        found = np.zeros((height, width), np.float32)
        corners = np.rint((self.points[self.triangles] - 0.5) * (1 << _SHIFT)).astype(np.int32)
        for number, triangle in enumerate(corners):
            cv2.fillConvexPoly(found, triangle, number, lineType=cv2.LINE_8, shift=_SHIFT)
        return np.asarray(found, np.intp)


def remapped(frame: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Return a frame of which each pixel is taken from where `maps` says, (h, w, 2); interpolated."""
    return np.asarray(cv2.remap(frame, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _affine(corners: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The map of each triangle, (t, 3, 2) float32: factors of x and of y, and offset; a flat one is a line mapped."""
    edges, moved = corners[:, 1:] - corners[:, :1], targets[:, 1:] - targets[:, :1]
    factors = np.linalg.pinv(edges, rcond=_FLAT) @ moved
    return np.concatenate([factors, targets[:, :1] - corners[:, :1] @ factors], axis=1).astype(np.float32)


def _with_frame(landmarks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Landmarks within the frame, and points a little around it, which do not move."""
    width, height = size
    inside = np.clip(with_forehead(np.asarray(landmarks, np.float64)), (1, 1), (width - 1, height - 1))
    shares = np.linspace(0, 1, _EDGE_POINTS + 1)[:-1]
    corners = np.array([[-2, -2], [width + 2, -2], [width + 2, height + 2], [-2, height + 2]], np.float64)
    edges = [a + shares[:, None] * (b - a) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
    return np.concatenate([inside, *edges])
