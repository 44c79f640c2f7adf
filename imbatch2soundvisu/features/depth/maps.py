"""What a disparity map says of an image, and its normalisation."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ...core import FeatureInfo
from ...core.errors import MakeError

#: Percentiles that stand for the farthest and the nearest of an image, so that single pixels do not.
FARTHEST, NEAREST = 2.0, 98.0
#: Side of the maps that the columns are computed of, in pixels.
_MEASURED_PX = 48
_NOISE_PX = 1.0  # sigma of the blur before gradients, so that noise of a flat scene does not count
#: What is this many times as far away as the nearest is far.
_TIMES = 4.0
#: Least range of disparity, as a share of the nearest, that a map is stretched from: a flat scene stays flat.
_LEAST_RANGE = 0.2
_EPSILON = 1e-9

#: What the pass says of an image.
DEPTH_COLUMNS: Mapping[str, FeatureInfo] = {
    info.name: info
    for info in (
        FeatureInfo("depth_spread", "share", 0.0, 1.0, description="1 - distance of the nearest / of the farthest"),
        FeatureInfo("depth_gradient", "", 0.0, description="mean change of depth over the width of the image"),
        FeatureInfo("far_share", "share", 0.0, 1.0, description="share at least 4 times as far as the nearest"),
    )
}


def from_distance(distance: np.ndarray) -> np.ndarray:
    """Return the disparity of distances of any unit, (h, w) float32: 1 / distance; 0 for what is infinitely far.

    Examples
    --------
    >>> from_distance(np.array([[1.0, 4.0, np.inf]])).tolist()
    [[1.0, 0.25, 0.0]]
    """
    return (1 / np.maximum(np.asarray(distance, np.float64), 1e-6)).astype(np.float32)


def relative(disparity: np.ndarray) -> np.ndarray:
    """Return disparity over that of the nearest (98th percentile), (h, w) float32 in [0, 1].

    It does not depend on the unit of the network. All zero where everything is infinitely far.

    Raises
    ------
    MakeError
        For values that are not finite.
    """
    if not np.isfinite(disparity).all():
        raise MakeError("the network gives depth that is not finite: its weights are damaged")
    values = np.maximum(disparity, 0).astype(np.float32)
    nearest = float(np.percentile(values, NEAREST))
    return np.clip(values / nearest, 0, 1) if nearest > _EPSILON else np.zeros_like(values)


def nearness(disparity: np.ndarray) -> np.ndarray:
    """Return how near each pixel is, (h, w) float32: 0 the farthest, 1 the nearest of the image, by percentiles.

    In a flat scene all of it is near 1: noise is not stretched to depth.

    Examples
    --------
    >>> ramp = np.tile(np.linspace(0, 5, 101), (4, 1))
    >>> nearness(ramp)[0, [0, 50, 100]].round(2).tolist()
    [0.0, 0.5, 1.0]
    >>> bool(nearness(ramp * 0.01 + 9).min() > 0.9)
    True
    """
    values = relative(disparity)
    farthest = min(float(np.percentile(values, FARTHEST)), 1 - _LEAST_RANGE)
    return np.clip((values - farthest) / (1 - farthest), 0, 1)


def depth_columns(disparity: np.ndarray) -> dict[str, float]:
    """Return the values of DEPTH_COLUMNS of a disparity map, (h, w).

    `depth_spread` is 0 for a flat scene that faces the camera and 1 with a near object before the open sky.
    `depth_gradient` grows with every step of depth, `far_share` with open space.

    Examples
    --------
    >>> wall, street = np.full((50, 80), 3.0), np.tile(np.linspace(0, 1, 80), (50, 1))
    >>> depth_columns(wall)
    {'depth_spread': 0.0, 'depth_gradient': 0.0, 'far_share': 0.0}
    >>> {name: round(value, 1) for name, value in depth_columns(street).items()}
    {'depth_spread': 1.0, 'depth_gradient': 1.0, 'far_share': 0.2}
    """
    values = cv2.resize(relative(disparity), (_MEASURED_PX, _MEASURED_PX), interpolation=cv2.INTER_AREA)
    farthest = float(np.percentile(values, FARTHEST))
    down, across = np.gradient(cv2.GaussianBlur(values, (0, 0), _NOISE_PX, borderType=cv2.BORDER_REPLICATE))
    nearest = float(np.percentile(values, NEAREST))
    return {
        "depth_spread": 1 - farthest / nearest if nearest > _EPSILON else 0.0,
        "depth_gradient": float(np.hypot(down, across).mean()) * _MEASURED_PX,
        "far_share": float((values < 1 / _TIMES).mean()) if nearest > _EPSILON else 1.0,
    }
