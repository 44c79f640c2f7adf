"""The 68 landmarks of a face: jaw, brows, nose, eyes and mouth, for morphs and averages."""

from __future__ import annotations

import functools
import importlib.util

import numpy as np

from ..core.regions import Region
from ..features.faces import dlib_models
from ..features.faces.precise import precise_landmarks, predictor
from ..runtime.fingerprints import fingerprint
from .alignment import moved_box


def dense_landmarks(rgb: np.ndarray, face: Region) -> np.ndarray:
    """Return 68 landmarks of a face, (68, 2) in pixels.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8.
    face : Region
        Its box, in shares of the image.

    References
    ----------
    Kazemi & Sullivan 2014, "One millisecond face alignment with an ensemble of regression trees"; the weights were
    trained with iBUG 300-W (Sagonas et al. 2016).
    """
    height, width = rgb.shape[:2]
    box = face.x * width, face.y * height, face.width * width, face.height * height
    return precise_landmarks(rgb, box, predictor(dlib_models.dense_landmarks())) + 0.5


@functools.cache
def has_dense() -> bool:
    """Return whether dlib and the weights of its 68 landmarks are installed."""
    packages = ("dlib", "face_recognition_models")
    return all(importlib.util.find_spec(each) for each in packages) and dlib_models.weights(dlib_models.DENSE).exists()


@functools.cache
def dense_version() -> str:
    """Return a digest of the code that finds the landmarks of a frame."""
    return fingerprint(dense_landmarks, precise_landmarks, moved_box)
