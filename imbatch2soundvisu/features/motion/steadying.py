"""Corrections that remove the jitter of a camera: its path through a shot, smoothed, and the zoom that hides borders.

Transforms of the plane are pairs of complex numbers (a, b): a point z = x + iy, relative to the centre of an image and
in widths of the image, moves to a * z + b.
"""

from __future__ import annotations

import numpy as np

from .camera import camera_of, grid
from .flow import dense_flow
from .passes import UNRELATED

#: Long side, in pixels, at which neighbours are aligned.
ALIGNED_PX = 512
_LEAST_VALID = 0.25
_LARGEST_STRETCH = 1.02
_LARGEST_MOTION = 0.1  # diagonals: images further apart are no neighbours of a film
_LARGEST_ZOOM = 1.25
_IMPERCEPTIBLE = 3e-4  # widths: a shot with no larger correction stays as it is
_TRIES = 24  # of the search for the largest correction that the limit allows


def camera_step(first: np.ndarray, second: np.ndarray) -> tuple[complex, complex] | None:
    """Return the motion of the camera from one image to the next; None for images that are no neighbours in a shot.

    Parameters
    ----------
    first, second : ndarray of shape (h, w, 3)
        uint8, sRGB.

    Returns
    -------
    (complex, complex) or None
        Where content of the first image is in the second: a * z + b.
    """
    import cv2

    aspects = [each.shape[1] / each.shape[0] for each in (first, second)]
    if max(aspects) > _LARGEST_STRETCH * min(aspects):
        return None
    height, width = min(first.shape, second.shape)[:2]
    pair = [
        each if each.shape[:2] == (height, width) else cv2.resize(each, (width, height), interpolation=cv2.INTER_AREA)
        for each in (first, second)
    ]
    if np.array_equal(pair[0], pair[1]):
        return 1 + 0j, 0j
    flow = dense_flow(*pair)
    camera = camera_of(flow.vectors, flow.valid) if flow.valid.mean() >= _LEAST_VALID else None
    if camera is None or flow.unlike >= UNRELATED:
        return None
    moved = float(np.linalg.norm(camera.displacement(grid((height, width))), axis=2).mean()) / flow.diagonal
    if moved > _LARGEST_MOTION or not 1 / _LARGEST_ZOOM < camera.zoom < _LARGEST_ZOOM:
        return None
    return complex(camera.a, camera.b), complex(camera.x, camera.y) / width


def smoothed(a: np.ndarray, b: np.ndarray, smoothing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the correction of each image of a shot: the transform onto the smooth path of the camera.

    The path is a straight line fitted to the images around, with Gaussian weights, so that a steady pan, zoom or turn
    is kept as it is, up to the first and last image.

    Parameters
    ----------
    a, b : ndarray of shape (n - 1,)
        complex: the motions between neighbours.
    smoothing : float
        Standard deviation of the weights, in images.

    Returns
    -------
    ndarray of shape (n,), ndarray of shape (n,)
        complex.

    Examples
    --------
    >>> steps = np.full(9, 1 + 0j), np.full(9, 0.01 + 0j)
    >>> found = smoothed(*steps, smoothing=4)
    >>> bool(np.allclose(found[0], 1) and np.allclose(found[1], 0))
    True
    """
    count = len(a) + 1
    logs = np.concatenate([[0j], np.cumsum(np.log(a))])
    offsets = np.zeros(count, complex)
    for i in range(1, count):
        offsets[i] = a[i - 1] * offsets[i - 1] + b[i - 1]
    radius = min(count - 1, int(np.ceil(3 * smoothing)))
    sums, values = np.zeros((3, count)), np.zeros((2, 2, count), complex)
    for lag in range(-radius, radius + 1):
        at = np.arange(max(0, -lag), count - max(0, lag))
        weight = np.exp(-0.5 * (lag / smoothing) ** 2)
        turned = logs[at + lag] - logs[at]
        found = np.stack([turned, offsets[at + lag] - np.exp(turned) * offsets[at]])
        sums[:, at] += weight * np.array([1, lag, lag * lag])[:, None]
        values[:, :, at] += weight * np.array([1, lag])[:, None, None] * found
    spread = sums[0] * sums[2] - sums[1] ** 2
    at_zero = (sums[2] * values[0] - sums[1] * values[1]) / np.where(spread > 0, spread, 1)
    log, offset = np.where(spread > 0, at_zero, 0)
    return np.exp(log), offset


def limited(
    a: np.ndarray, b: np.ndarray, half: np.ndarray, centre: complex, window: complex, crop: float, smoothing: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return corrections whose borders a zoom hides that is no larger than allowed, and that zoom.

    Corrections that need a larger one are reduced, and those of the images around, so that this does not jump.

    Parameters
    ----------
    a, b : ndarray of shape (n,)
        complex: the corrections.
    half : ndarray of shape (n,)
        complex: half the width and height of each image, 0.5 + iy.
    centre, window : complex
        The centre of what is shown without zoom, and half its width and height.
    crop : float
        Share of the width and height that the zoom may cut off, in [0, 1).
    smoothing : float
        As in `smoothed`.

    Returns
    -------
    a, b : ndarray of shape (n,)
        complex.
    shown : float
        Share of the window that is shown, at most 1: the inverse of the zoom.
    """
    from scipy import ndimage

    least, log = 1 - crop, np.log(a)
    low, high = np.zeros(len(a)), np.ones(len(a))
    fits = _shares(a, b, half, centre, window) >= least
    for _ in range(_TRIES):
        middle = (low + high) / 2
        inside = _shares(np.exp(middle * log), middle * b, half, centre, window) >= least
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    part = np.where(fits, 1.0, low)
    if not fits.all():
        radius = max(1, round(smoothing))
        part = ndimage.minimum_filter1d(part, 2 * radius + 1, mode="nearest")
        part = ndimage.gaussian_filter1d(part, radius / 2, radius=radius, mode="nearest")
    a, b = np.exp(part * log), part * b
    if max(np.abs(a - 1).max(), np.abs(b).max()) < _IMPERCEPTIBLE:
        return np.ones_like(a), np.zeros_like(b), 1.0
    return a, b, min(1.0, float(_shares(a, b, half, centre, window).min()))


def _shares(a: np.ndarray, b: np.ndarray, half: np.ndarray, centre: complex, window: complex) -> np.ndarray:
    """(n,): the largest share of the window in which no border is seen; negative where there is none."""
    base = (centre - b) / a
    corners = np.array([window, -window, window.conjugate(), -window.conjugate()])[:, None] / a
    ends = [
        (side - np.sign(way) * at) / np.maximum(np.abs(way), 1e-12)
        for side, way, at in ((half.real, corners.real, base.real), (half.imag, corners.imag, base.imag))
    ]
    return np.asarray(np.min(ends, axis=(0, 1)))
