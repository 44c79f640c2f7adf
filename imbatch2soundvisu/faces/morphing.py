"""One face becoming another: landmarks move along straight lines while both images dissolve into each other."""

from __future__ import annotations

import cv2
import numpy as np

from ..mosaic.colours.light import codes_of, linear
from .meshes import Mesh, outline, remapped

#: The part of a morph in which what is around the face dissolves: two heads of hair are seen together more briefly.
_AROUND = (0.25, 0.75)
_SOFT = 0.04  # edge of the face, as a share of the frame
_COARSE = 8  # that edge is drawn so many times smaller


def morph(
    first: np.ndarray, second: np.ndarray, first_landmarks: np.ndarray, second_landmarks: np.ndarray, progress: float
) -> np.ndarray:
    """Return a frame between two faces.

    Parameters
    ----------
    first, second : ndarray of shape (h, w, 3)
        uint8, sRGB, of one size.
    first_landmarks, second_landmarks : ndarray of shape (m, 2)
        The same landmarks in each, in pixels.
    progress : float
        0 is the first image, 1 the second.

    Returns
    -------
    ndarray of shape (h, w, 3)
        uint8, sRGB. Each triangle between the landmarks and the frame is mapped affinely, and the images are mixed in
        linear light; around the face, in the middle of the morph only.

    References
    ----------
    Wolberg 1998, "Image morphing: a survey".
    """
    if progress <= 0 or progress >= 1:
        return first if progress <= 0 else second
    size = first.shape[1], first.shape[0]
    mesh = Mesh.of((first_landmarks + second_landmarks) / 2, size)
    between = first_landmarks + progress * (second_landmarks - first_landmarks)
    now = mesh.at(between)
    a = linear(remapped(first, now.maps_to(first_landmarks)))
    b = linear(remapped(second, now.maps_to(second_landmarks)))
    weight = _weights(between, size, progress)
    return codes_of(np.clip(a + weight * (b - a), 0, 1).astype(np.float32))


def _weights(landmarks: np.ndarray, size: tuple[int, int], progress: float) -> np.ndarray:
    """How much of each pixel is of the second image, (h, w, 1) float32."""
    width, height = size
    small = max(8, width // _COARSE), max(8, height // _COARSE)
    face = np.zeros(small[::-1], np.float32)
    corners = outline(landmarks) * np.divide(small, size)
    cv2.fillConvexPoly(face, np.rint(corners * 16).astype(np.int32), 1.0, shift=4)
    blurred = cv2.GaussianBlur(face, (0, 0), _SOFT * min(small))
    soft = cv2.resize(blurred, size, interpolation=cv2.INTER_CUBIC)
    start, end = _AROUND
    around = _eased(np.clip((progress - start) / (end - start), 0.0, 1.0))
    return np.asarray(around + (_eased(progress) - around) * soft, np.float32)[..., None]


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)
