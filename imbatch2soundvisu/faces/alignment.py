"""Where the eyes of every frame are, and the similarity transform that puts those of a photo there.

Coordinates are continuous: the middle of the first pixel is at 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: The middle of both eyes in a frame, as shares of its width and height: a head is in the middle then.
EYES_AT = (0.5, 0.42)
_ROUNDS, _CONVERGED = 100, 1e-10


def eye_places(size: tuple[int, int], closeness: float) -> np.ndarray:
    """Return where the eyes of a frame are, (2, 2) in pixels, the left one in the image first.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frame in pixels.
    closeness : float
        Distance of the eyes as a share of the shorter side.

    Examples
    --------
    >>> eye_places((800, 800), 0.25).tolist()
    [[300.0, 336.0], [500.0, 336.0]]
    """
    return placed(np.array([[-0.5, 0.0], [0.5, 0.0]]), size, closeness)


def placed(shape: np.ndarray, size: tuple[int, int], closeness: float) -> np.ndarray:
    """Return a shape, (m, 2), whose eyes are at (-0.5, 0) and (0.5, 0), in pixels of a frame; see `eye_places`."""
    return shape * closeness * min(size) + np.multiply(EYES_AT, size)


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the transform of least squared error from points to others: turned, scaled and moved, not mirrored.

    Parameters
    ----------
    source, target : ndarray of shape (m, 2)
        At least two different points.

    Returns
    -------
    ndarray of shape (2, 3)
        float64.

    References
    ----------
    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".

    Examples
    --------
    >>> similarity(np.array([[0, 0], [1, 0]]), np.array([[5, 5], [5, 7]])).round(6).tolist()
    [[0.0, -2.0, 5.0], [2.0, 0.0, 5.0]]
    """
    start, end = source.mean(axis=0), target.mean(axis=0)
    a, b = (_complex(each) for each in (source - start, target - end))
    turn = np.vdot(a, b) / max(1e-12, float(np.vdot(a, a).real))
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([linear, end - linear @ start]) + 0.0


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return points, (m, 2), after a transform, (2, 3)."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def moved_box(corners: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return an upright box after a similarity transform: its middle and its sides moved and scaled, not turned.

    Parameters
    ----------
    corners : ndarray of shape (2, 2)
        Left top and right bottom.
    matrix : ndarray of shape (2, 3)

    Returns
    -------
    ndarray of shape (2, 2)
        Left top and right bottom.
    """
    half = (corners[1] - corners[0]) / 2 * scale_of(matrix)
    middle = moved(corners.mean(axis=0, keepdims=True), matrix)[0]
    return np.stack([middle - half, middle + half])


def scale_of(matrix: np.ndarray) -> float:
    """Return by how much a similarity transform enlarges."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def mean_shape(shapes: Sequence[np.ndarray], eyes: tuple[slice, slice]) -> np.ndarray:
    """Return the mean of landmarks after generalised Procrustes analysis, its eyes at (-0.5, 0) and (0.5, 0).

    Parameters
    ----------
    shapes : sequence of ndarray of shape (m, 2)
        Landmarks of each photo, in any unit.
    eyes : (slice, slice)
        The landmarks whose means are the left and right eye.

    Returns
    -------
    ndarray of shape (m, 2)

    References
    ----------
    Gower 1975, "Generalized Procrustes analysis".
    """
    mean = _upright(np.asarray(shapes[0], np.float64), eyes)
    for _ in range(_ROUNDS):
        turned = [moved(each, similarity(each, mean)) for each in shapes]
        found = _upright(np.mean(turned, axis=0), eyes)
        if float(np.abs(found - mean).max()) < _CONVERGED:
            return found
        mean = found
    return mean


def _upright(shape: np.ndarray, eyes: tuple[slice, slice]) -> np.ndarray:
    middles = np.stack([shape[each].mean(axis=0) for each in eyes])
    return moved(shape, similarity(middles, np.array([[-0.5, 0.0], [0.5, 0.0]])))


def closenesses(start: float, end: float, count: int) -> np.ndarray:
    """Return the closeness of each frame, from `start` to `end` by equal factors, as a camera comes closer.

    Examples
    --------
    >>> closenesses(0.1, 0.4, 3).round(3).tolist()
    [0.1, 0.2, 0.4]
    """
    return np.asarray(start * (end / start) ** np.linspace(0.0, 1.0, max(1, count)), np.float64)


def covering(size: tuple[int, int], photo: tuple[int, int], matrix: np.ndarray) -> float:
    """Return by how much a frame must come closer to the middle of the eyes until the photo covers all of it.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frame.
    photo : (int, int)
        Width and height of the photo.
    matrix : ndarray of shape (2, 3)
        From the photo to the frame.

    Returns
    -------
    float
        At least 1; infinite where the middle of the eyes is outside the photo.
    """
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float64)
    linear = np.linalg.inv(matrix[:, :2])
    middle = linear @ (np.multiply(EYES_AT, size) - matrix[:, 2])
    reach = (corners - np.multiply(EYES_AT, size)) @ linear.T
    limits = np.where(reach < 0, middle, np.asarray(photo) - middle)
    if (limits <= 0).any():
        return float("inf")
    return max(1.0, float((np.abs(reach) / limits).max()))


def covering_range(
    start: float, end: float, factors: Sequence[float], most: tuple[float, float]
) -> tuple[float, float]:
    """Return the closeness of the first and last frame with which photos cover frames, where that is within limits.

    Parameters
    ----------
    start, end : float
        As asked. Where they differ, the larger one is kept.
    factors : sequence of float
        By how much each frame must come closer, of `covering`, with `closenesses(start, end, ...)`.
    most : (float, float)
        The largest closeness of the first and of the last frame. Frames that need more change nothing, unless they are
        the majority: then all come as close as that.

    Examples
    --------
    >>> covering_range(0.2, 0.2, [1.0, 1.25, 9.0], (0.4, 0.4))
    (0.25, 0.25)
    >>> covering_range(0.2, 0.2, [9.0], (0.4, 0.4))
    (0.4, 0.4)
    >>> covering_range(0.125, 0.5, [2.0, 1.0, 3.0], (0.25, 0.5))
    (0.25, 0.5)
    """
    if start == end:
        return (_reached(start, [start * each for each in factors], most[0]),) * 2  # type: ignore[return-value]
    if start > end:
        first, last = covering_range(end, start, list(factors)[::-1], most[::-1])
        return last, first
    shares, asked = np.linspace(0.0, 1.0, len(factors))[:-1], closenesses(start, end, len(factors))[:-1]
    needed = [float("inf") if np.isinf(each) else close * each for each, close in zip(factors, asked, strict=False)]
    starts = [(each / end**share) ** (1 / (1 - share)) for each, share in zip(needed, shares, strict=True)]
    return _reached(start, starts, most[0]), end


def _reached(asked: float, needed: Sequence[float], most: float) -> float:
    """The largest closeness that is needed and possible, at least the one asked."""
    if needed and float(np.median(needed)) > most:
        return max(asked, most)
    return float(max([asked, *(each for each in needed if each <= most)]))


def _complex(points: np.ndarray) -> np.ndarray:
    return np.asarray(points[:, 0] + 1j * points[:, 1])
