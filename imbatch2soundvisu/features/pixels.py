"""`Pixels`: one small decoded image with the planes that features share, each computed when it is first used."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np

from ..datasets.saliency import spectral_residual

#: Mean OKLab chroma below which an image counts as grey and has no hue.
GREY_CHROMA = 0.015


class Pixels:
    """An image as features get it: upright sRGB, about 128 px on its longer side.

    Planes are computed once and shared by all features of the image; treat them as read-only.

    Parameters
    ----------
    rgb : ndarray, shape (h, w, 3), uint8
        sRGB. It is not copied, and cannot be written through this object.
    width, height : int, optional
        Size of the whole image, upright, in pixels. 0: that of `rgb`.

    Examples
    --------
    >>> import numpy as np
    >>> pixels = Pixels(np.full((4, 6, 3), 255, np.uint8), width=600, height=400)
    >>> pixels.lightness.shape, round(float(pixels.lightness.mean()), 3), pixels.is_grey
    ((4, 6), 1.0, True)
    """

    def __init__(self, rgb: np.ndarray, width: int = 0, height: int = 0) -> None:
        self.rgb = rgb.view()
        self.rgb.flags.writeable = False
        self.width, self.height = width or rgb.shape[1], height or rgb.shape[0]

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.rgb, dtype=dtype) if copy else np.asarray(self.rgb, dtype=dtype)

    @functools.cached_property
    def sparse_rgb(self) -> np.ndarray:
        """(h/2, w/2, 3) uint8: every second pixel of every second row of `rgb`."""
        return np.ascontiguousarray(self.rgb[::2, ::2])

    @functools.cached_property
    def oklab(self) -> np.ndarray:
        """(h, w, 3) float32 OKLab: L in [0, 1], a and b in about [-0.4, 0.4]."""
        return to_oklab(self.rgb)

    @functools.cached_property
    def lightness(self) -> np.ndarray:
        """(h, w) float32: OKLab L, in [0, 1]."""
        return cv2.extractChannel(self.oklab, 0)

    @functools.cached_property
    def sparse_lightness(self) -> np.ndarray:
        """(h/2, w/2) float32: every second pixel of every second row of `lightness`."""
        return np.ascontiguousarray(self.lightness[::2, ::2])

    @functools.cached_property
    def tone(self) -> tuple[float, float]:
        """Mean and standard deviation of `lightness`."""
        mean, deviation = cv2.meanStdDev(self.lightness)
        return float(mean[0, 0]), float(deviation[0, 0])

    @functools.cached_property
    def chroma(self) -> np.ndarray:
        """(h/2, w/2) float32: OKLab chroma of every second pixel of every second row, in [0, about 0.33]."""
        return magnitude(*self._opponents)

    @functools.cached_property
    def is_grey(self) -> bool:
        """Whether the mean chroma is too small for a hue to mean anything."""
        return cv2.mean(self.chroma)[0] < GREY_CHROMA

    @functools.cached_property
    def _opponents(self) -> tuple[np.ndarray, np.ndarray]:
        """OKLab a and b of the pixels of `chroma`."""
        sparse = self.oklab[::2, ::2]
        return np.ascontiguousarray(sparse[..., 1]), np.ascontiguousarray(sparse[..., 2])

    @functools.cached_property
    def hue_weights(self) -> np.ndarray:
        """(360,) float64: sum of the chroma found at each degree of hue, over the pixels of `chroma`."""
        degrees = cv2.phase(*self._opponents, angleInDegrees=True).astype(np.int16).ravel() % 360
        return np.bincount(degrees, weights=self.chroma.ravel(), minlength=360)

    @functools.cached_property
    def gradient(self) -> np.ndarray:
        """(h, w) float32: Sobel magnitude of `lightness`, per pixel."""
        x = cv2.Sobel(self.lightness, cv2.CV_32F, 1, 0, scale=0.125)
        y = cv2.Sobel(self.lightness, cv2.CV_32F, 0, 1, scale=0.125)
        return magnitude(x, y)

    @functools.cached_property
    def small(self) -> np.ndarray:
        """(48, 48, 3) float32: OKLab of the whole image, resized to a square by area averaging."""
        return cv2.resize(self.oklab, (48, 48), interpolation=cv2.INTER_AREA)

    @functools.cached_property
    def tiny(self) -> np.ndarray:
        """(24, 24, 3) float32: OKLab of the whole image, resized to a square by area averaging."""
        return cv2.resize(self.small, (24, 24), interpolation=cv2.INTER_AREA)

    @functools.cached_property
    def saliency(self) -> np.ndarray | None:
        """(48, 48) float32 that sums to 1: spectral residual saliency; None for a flat image.

        References
        ----------
        Hou & Zhang, "Saliency detection: a spectral residual approach", CVPR 2007.
        """
        if self.tone[1] < 1e-3:
            return None
        smooth = spectral_residual(self.small[..., 0])
        return smooth / smooth.sum()


def magnitude(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return sqrt(x² + y²), float32. The last bit of cv2.magnitude depends on where its arguments lie in memory."""
    squares = x * x
    squares += y * y
    return np.sqrt(squares, out=squares)


_LINEAR = np.where(
    np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)


def to_oklab(rgb: np.ndarray) -> np.ndarray:
    """Convert sRGB to OKLab.

    Parameters
    ----------
    rgb : ndarray, shape (h, w, 3), uint8

    Returns
    -------
    ndarray, shape (h, w, 3), float32
        L in [0, 1]; a (green to red) and b (blue to yellow) in about [-0.4, 0.4].

    References
    ----------
    Ottosson, "A perceptual color space for image processing", 2020.

    Examples
    --------
    >>> import numpy as np
    >>> to_oklab(np.array([[[255, 0, 0]]], np.uint8)).round(2).tolist()
    [[[0.6299999952316284, 0.2199999988079071, 0.12999999523162842]]]
    """
    linear = cv2.LUT(rgb, _LINEAR)
    return cv2.transform(cv2.pow(cv2.transform(linear, _TO_LMS), 1 / 3), _TO_LAB)
