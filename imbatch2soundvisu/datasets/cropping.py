"""The part of an image that a crop keeps: around faces and what draws the eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.regions import Region
from .faces import find_faces
from .saliency import importance

_OFFSETS = 201  # positions of the window that are tried
_TAPER = 0.3  # share of the window at each end in which things count less: they would be at the edge
_EDGE = 0.35  # what they count at the very edge
_CENTRE = 0.17  # what an equal position in the middle is worth, as a share of all importance
_ABOVE = 0.8  # what the importance costs that is cut off at the top, where heads are
_MIDDLE_Y = 0.42  # heads and main subjects are above the middle of tall images
#: What it is worth to keep a face, and its head, whole; and to have them in the middle, as a share of that.
_FACE, _HEAD_KEPT, _CENTRED = 10.0, 5.0, 0.05
#: Head around a face, in widths and heights of the face: (left, top, right, bottom).
_HEAD = (0.1, 0.3, 0.1, 0.15)


@dataclass(frozen=True)
class Focus:
    """What matters in an image.

    Parameters
    ----------
    importance : ndarray of shape (h', w')
        float32 that sums to 1, as `saliency.importance` returns it.
    faces : tuple of Region
        In shares of the image.
    """

    importance: np.ndarray
    faces: tuple[Region, ...] = ()


def focus_of(rgb: np.ndarray, regions: Sequence[Region] | None = None) -> Focus:
    """Return what matters in an image.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    regions : sequence of Region, optional
        Faces that were measured; those that `find_faces` finds when None.
    """
    faces = find_faces(rgb) if regions is None else regions
    return Focus(importance(rgb), tuple(faces))


def head_of(face: Region) -> Region:
    """Return the head around a face, within the image.

    Examples
    --------
    >>> head = head_of(Region(0.4, 0.3, 0.2, 0.2))
    >>> round(head.x, 2), round(head.y, 2), round(head.width, 2), round(head.height, 2)
    (0.38, 0.24, 0.24, 0.29)
    """
    left, top, right, bottom = _HEAD
    x, y = max(0.0, face.x - left * face.width), max(0.0, face.y - top * face.height)
    end_x = min(1.0, face.x + (1 + right) * face.width)
    end_y = min(1.0, face.y + (1 + bottom) * face.height)
    return Region(x, y, max(0.0, end_x - x), max(0.0, end_y - y), face.score, "head")


def crop_window(focus: Focus, image_aspect: float, aspect: float) -> Region:
    """Return the largest window of an aspect, around what matters.

    Parameters
    ----------
    focus : Focus
        What matters.
    image_aspect, aspect : float
        Width / height of the image, and of the window.

    Returns
    -------
    Region
        The window, in shares of the image: as wide or as high as the image. It cuts no head where that is possible.

    Examples
    --------
    >>> right = np.zeros((40, 60), np.float32)
    >>> right[18:22, 45:50] = 0.05
    >>> window = crop_window(Focus(right), 1.5, 0.75)
    >>> window.width, window.height, 0.4 < window.x <= 0.5
    (0.5, 1.0, True)
    """
    horizontal = aspect < image_aspect
    length = aspect / image_aspect if horizontal else image_aspect / aspect
    faces = [_Face.along(each, horizontal) for each in focus.faces]
    if horizontal:
        start = _best_start(focus.importance.sum(axis=0), length, faces, 0.5)
        return Region(start, 0.0, length, 1.0)
    rows = focus.importance.max(axis=1)  # not the sum: a head is narrower than what it stands on
    uneven = min(1.0, 2 * (1 - float(np.median(rows) / max(1e-9, rows.max()))))
    start = _best_start(rows / max(1e-9, rows.sum()), length, faces, _MIDDLE_Y, uneven * _ABOVE)
    return Region(0.0, start, 1.0, length)


@dataclass(frozen=True)
class _Face:
    """A face and its head along one axis: (start, end) in shares; `weight` is the area of the face."""

    face: tuple[float, float]
    head: tuple[float, float]
    weight: float

    @classmethod
    def along(cls, face: Region, horizontal: bool) -> _Face:
        head, weight = head_of(face), face.width * face.height
        if horizontal:
            return cls((face.x, face.x + face.width), (head.x, head.x + head.width), weight)
        return cls((face.y, face.y + face.height), (head.y, head.y + head.height), weight)


def _best_start(profile: np.ndarray, length: float, faces: Sequence[_Face], prior: float, before: float = 0.0) -> float:
    """The start of a window on [0, 1]: faces first, then heads, then the importance within, and the prior centre.

    `before` is what the importance costs that is cut off before the window.
    """
    starts = np.linspace(0.0, max(0.0, 1.0 - length), _OFFSETS)
    weights = window_weights(starts, length, len(profile))
    middle = np.clip(prior - length / 2, 0.0, max(0.0, 1.0 - length))
    cut = (np.arange(len(profile)) + 0.5) / len(profile) < starts[:, None]
    value = (weights - before * cut) @ profile - _CENTRE * np.abs(starts - middle) / max(1e-9, 1 - length)
    for each in faces:
        share = each.weight / sum(other.weight for other in faces)
        face, head = (kept_share(starts, length, span) for span in (each.face, each.head))
        value += share * (_FACE * face + _HEAD_KEPT * head)
    return float(starts[np.argmax(value)])


def window_weights(starts: np.ndarray, length: float, cells: int) -> np.ndarray:
    """Return how much each cell of an axis counts in each of several windows: less near their ends, 0 outside.

    Parameters
    ----------
    starts : ndarray of shape (k,)
        Where the windows begin, on an axis from 0 to 1.
    length : float
        Of the windows.
    cells : int
        Cells of the axis.

    Returns
    -------
    ndarray of shape (k, cells)
        In [0, 1].
    """
    centres = (np.arange(cells) + 0.5) / cells
    inside = (centres[None] - starts[:, None]) / length
    edge = np.minimum(inside, 1 - inside)
    return np.where(edge < 0, 0.0, _EDGE + (1 - _EDGE) * np.clip(edge / _TAPER, 0, 1))


def kept_share(starts: np.ndarray, length: float, span: tuple[float, float]) -> np.ndarray:
    """Return what windows keep of a span: 1 for the whole, 0 for nothing, less where it is cut; (k,) in [-1, 1].

    Of a span that is longer than a window, the middle is best.
    """
    first, last = span
    size = max(1e-9, last - first)
    visible = np.minimum(starts + length, last) - np.maximum(starts, first)
    off = np.abs(first + last - 2 * starts - length)
    if size > length:
        return np.where(visible > 0, 1 - off / (size + length), 0.0)
    off_centre = _CENTRED * off / max(size, length)
    return np.where(visible >= size - 1e-9, 1 - off_centre, np.where(visible > 0, visible / size - 1, 0.0))
