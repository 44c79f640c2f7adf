"""What the landmarks of one body say: angles, spread, size in the frame, and a vector of the pose. Arrays only."""

from __future__ import annotations

import numpy as np

from .landmarks import ENDS, HIPS, JOINTS, SHOULDERS

#: Least visibility of a landmark that counts as seen.
SEEN = 0.5
#: Length of a torso, shoulders to hips, in widths of the shoulders seen from the front.
_TORSO = 1.4


def torso(points: np.ndarray, visibility: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the middle between shoulders and hips, (2,), and the length of the torso, in the unit of the points.

    Seen from the side the shoulders are near each other, and bent forward the hips are near the shoulders: the length
    is the larger of both measures. Hips that are not seen are below the shoulders, at a right angle to their line.

    Parameters
    ----------
    points : ndarray of shape (33, 2)
        In pixels, or another unit that is the same in both directions.
    visibility : ndarray of shape (33,)
        In [0, 1].
    """
    shoulders, hips = points[SHOULDERS].mean(axis=0), points[HIPS].mean(axis=0)
    across, down = points[SHOULDERS[0]] - points[SHOULDERS[1]]
    supposed = shoulders + _TORSO * np.array([-down, across]) * (1 if across >= 0 else -1)
    share = float(np.clip(visibility[HIPS], 0.0, 1.0).mean())
    hips = share * hips + (1 - share) * supposed
    length = max(float(np.linalg.norm(shoulders - hips)), _TORSO * float(np.hypot(across, down)))
    return (shoulders + hips) / 2, max(1e-6, length)


def shoulder_tilt(points: np.ndarray) -> float:
    """Return the angle of the line through the shoulders in degrees, clockwise, in (-90, 90].

    Examples
    --------
    >>> points = np.zeros((33, 2))
    >>> points[[11, 12]] = (30, 20), (10, 0)
    >>> round(shoulder_tilt(points), 6)
    45.0
    """
    across, down = points[SHOULDERS[0]] - points[SHOULDERS[1]]
    angle = float(np.degrees(np.arctan2(down, across)))
    return angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle


def facing(world: np.ndarray) -> float:
    """Return where the chest faces, in degrees: 0 the camera, 90 the right of the image, -90 its left, ±180 away.

    Parameters
    ----------
    world : ndarray of shape (33, 3)
        Landmarks in metres: x to the right of the image, y down, z away from the camera.

    Examples
    --------
    >>> world = np.zeros((33, 3))
    >>> world[[11, 12], 2] = -0.2, 0.2  # the left shoulder is nearer: turned to the left of the image
    >>> facing(world)
    -90.0
    """
    across, _, away = world[SHOULDERS[0]] - world[SHOULDERS[1]]
    return float(np.degrees(np.arctan2(away, across)))


def limb_spread(points: np.ndarray, visibility: np.ndarray) -> float:
    """Return the mean distance of hands and feet from the middle of the torso in lengths of the torso; NaN: unseen.

    Parameters
    ----------
    points : ndarray of shape (33, 2)
        In pixels.
    visibility : ndarray of shape (33,)
        In [0, 1].
    """
    seen = [each for each in ENDS if visibility[each] >= SEEN]
    if not seen:
        return float("nan")
    middle, length = torso(points, visibility)
    return float(np.linalg.norm(points[seen] - middle, axis=1).mean() / length)


def pose_vector(points: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """Return a pose as a vector: where the joints are, independent of where and how large the body is.

    Joints are measured from the middle of the torso in lengths of the torso. One that is not seen is where it is when
    a person stands, so that it adds little to the distance of two poses; one seen in part is in between.

    Parameters
    ----------
    points : ndarray of shape (33, 2)
        In pixels.
    visibility : ndarray of shape (33,)
        In [0, 1].

    Returns
    -------
    ndarray of shape (38,)
        float32; the RMS distance of the joints of two poses, in torso lengths, is their Euclidean distance.
    """
    middle, length = torso(points, visibility)
    weights = np.clip(visibility[JOINTS], 0.0, 1.0)[:, None]
    found = (points[JOINTS] - middle) / length
    vector = (weights * found + (1 - weights) * STANDING) / np.sqrt(len(JOINTS))
    return np.asarray(vector.ravel(), np.float32)


#: The joints of a person who stands and faces the camera, arms down, as `pose_vector` has them.
STANDING = np.array(
    [
        (0.0, -1.0), (0.15, -1.02), (-0.15, -1.02), (0.36, -0.5), (-0.36, -0.5), (0.46, 0.02), (-0.46, 0.02),
        (0.5, 0.5), (-0.5, 0.5), (0.5, 0.72), (-0.5, 0.72), (0.2, 0.5), (-0.2, 0.5), (0.22, 1.3), (-0.22, 1.3),
        (0.22, 2.1), (-0.22, 2.1), (0.28, 2.3), (-0.28, 2.3),
    ]
)  # fmt: skip


def body_alignment(points: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the similarity transform that puts a body on another: turned, scaled and moved, not mirrored.

    This is weighted Procrustes analysis: of all such transforms the one with the least sum of weighted squared
    distances. It aligns the frames of a choreography to a first one, or to a mean pose.

    Parameters
    ----------
    points, target : ndarray of shape (m, 2)
        The same landmarks of both, in pixels.
    weights : ndarray of shape (m,), optional
        Such as the product of both visibilities; equal by default.

    Returns
    -------
    ndarray of shape (2, 3)
        float64, for `cv2.warpAffine`. The identity where no two points have a weight.

    References
    ----------
    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".

    Examples
    --------
    >>> square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]])
    >>> body_alignment(square, square[:, ::-1] * [-2, 2] + [5, 7]).round(6).tolist()
    [[0.0, -2.0, 5.0], [2.0, 0.0, 7.0]]
    """
    share = np.ones(len(points)) if weights is None else np.maximum(np.asarray(weights, np.float64), 0.0)
    share = share / max(1e-12, float(share.sum()))
    start, end = share @ points, share @ target
    a, b = (each[:, 0] + 1j * each[:, 1] for each in (points - start, target - end))
    spread = float((share * np.abs(a) ** 2).sum())
    if spread < 1e-9:
        return np.eye(2, 3)
    turn = (share * a.conj() * b).sum() / spread
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([linear, end - linear @ start]) + 0.0
