"""Frontal faces in small images, by the detector that comes with scikit-image."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..core.regions import Region
from .saliency import skin_likelihood

Box = tuple[float, float, float, float]

_SIDE_PX = 224
_SMALLEST_PX = 24  # the window of the detector
_NEIGHBOURS = 4  # detections of a face at neighbouring places and sizes, at least
_GREY = 6.0  # mean difference of the channels of a grey image
_LEAST_SKIN, _LIKELY = 0.1, 0.5  # a face has this much skin, and this share of that of the most likely one
#: How bright the eyes may be, and how much brighter where all is skin, and where the face is as wide as the image.
_EYES, _SKIN, _LARGE = 0.8, 0.3, 0.4
_OVERLAP = 0.3  # intersection over union of boxes of one face
_LOCK = threading.Lock()


def find_faces(rgb: np.ndarray) -> tuple[Region, ...]:
    """Return upright frontal faces of at least a ninth of the long side, from left to right.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.

    References
    ----------
    Liao et al., "Learning multi-scale block local binary patterns for face recognition", ICB 2007.
    """
    scale = min(1.0, _SIDE_PX / max(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    if min(size) < _SMALLEST_PX or _detector() is None:
        return ()
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    side = min(size)
    with _LOCK:  # the detector keeps buffers
        found = _detector().detect_multi_scale(
            img=small, scale_factor=1.2, step_ratio=1, min_size=(_SMALLEST_PX, _SMALLEST_PX), max_size=(side, side),
            min_neighbor_number=_NEIGHBOURS,
        )  # fmt: skip
    boxes = sorted((int(box["c"]), int(box["r"]), int(box["width"]), int(box["height"])) for box in found)
    shares = np.array(boxes, float).reshape(-1, 4) / (*size, *size)
    merged = _merged(shares.tolist())
    scores = [_skin_share(small, box) for box in merged]
    least = max(_LEAST_SKIN, _LIKELY * max(scores, default=0.0))
    return tuple(
        Region(*box, score=score, label="face")
        for box, score in zip(merged, scores, strict=True)
        if score >= least and _brightness_of_eyes(small, box) < _EYES + _SKIN * score + _LARGE * box[2]
    )


def _brightness_of_eyes(rgb: np.ndarray, box: Box) -> float:
    """The band of the eyes relative to that of nose and cheeks, less where the halves are alike."""
    height, width = rgb.shape[:2]
    x, y, w, h = box
    rows, columns = slice(int(y * height), int((y + h) * height)), slice(int(x * width), int((x + w) * width))
    grey = cv2.cvtColor(np.ascontiguousarray(rgb[rows, columns]), cv2.COLOR_RGB2GRAY)
    face = cv2.resize(grey, (24, 24), interpolation=cv2.INTER_AREA).astype(np.float64)
    halves = face - face.mean()
    alike = (halves * halves[:, ::-1]).sum() / max(1e-9, (halves * halves).sum())
    return float(face[6:11, 4:20].mean() / (face[12:17, 5:19].mean() + 1) - 0.3 * alike)


def _skin_share(rgb: np.ndarray, box: Box) -> float:
    """The likelihood of skin in the middle of a box; 1 where the image is grey."""
    if float(np.ptp(rgb, axis=2).mean()) < _GREY:
        return 1.0
    height, width = rgb.shape[:2]
    x, y, w, h = box
    rows = slice(round((y + 0.25 * h) * height), round((y + 0.8 * h) * height) + 1)
    columns = slice(round((x + 0.25 * w) * width), round((x + 0.75 * w) * width) + 1)
    return float(skin_likelihood(np.ascontiguousarray(rgb[rows, columns])).mean())


def _merged(boxes: Sequence[Box]) -> list[Box]:
    """One box (x, y, width, height) for each set of boxes that overlap, their mean.

    >>> _merged([(0.0, 0.0, 0.2, 0.2), (0.02, 0.0, 0.2, 0.2), (0.7, 0.7, 0.1, 0.1)])
    [(0.01, 0.0, 0.2, 0.2), (0.7, 0.7, 0.1, 0.1)]
    """
    groups: list[list[Box]] = []
    for box in boxes:
        near = next((group for group in groups if any(_overlap(box, each) > _OVERLAP for each in group)), None)
        if near is None:
            groups.append([box])
        else:
            near.append(box)
    return [tuple(np.mean(group, axis=0).tolist()) for group in groups]


def _overlap(a: Box, b: Box) -> float:
    wide = max(0.0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return wide * high / (a[2] * a[3] + b[2] * b[3] - wide * high)


@functools.cache
def _detector() -> Any:
    """The detector; None where a distribution of scikit-image comes without its file, which is never downloaded."""
    import skimage
    from skimage.feature import Cascade

    trained = Path(skimage.__file__).parent / "data" / "lbpcascade_frontalface_opencv.xml"
    return Cascade(str(trained)) if trained.is_file() else None
