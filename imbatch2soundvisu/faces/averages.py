"""The average face of many aligned frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..mosaic.colours.light import codes_of, linear
from .meshes import Mesh, remapped


def average_face(frames: Iterable[np.ndarray], landmarks: Sequence[np.ndarray] | None = None) -> np.ndarray:
    """Return the mean of aligned frames, in linear light.

    Parameters
    ----------
    frames : iterable of ndarray of shape (h, w, 3)
        uint8, sRGB, of one size.
    landmarks : sequence of ndarray of shape (m, 2), optional
        Of each frame, in pixels. With them each face is warped to the mean of all landmarks before, so that mouths and
        jaws are on each other, too, and the average is sharp.

    Returns
    -------
    ndarray of shape (h, w, 3)
        uint8, sRGB.

    Raises
    ------
    ValueError
        Without any frame.
    """
    total, count = np.zeros(1), 0
    mean = None if landmarks is None else np.mean(landmarks, axis=0)
    for number, frame in enumerate(frames):
        if mean is not None and landmarks is not None:
            size = frame.shape[1], frame.shape[0]
            frame = remapped(frame, Mesh.of(mean, size).maps_to(landmarks[number]))
        total = total + linear(frame).astype(np.float64)
        count += 1
    if not count:
        raise ValueError("an average face needs at least one frame")
    return codes_of(np.asarray(np.clip(total / count, 0, 1), np.float32))
