"""How similar two images of one size are, and what the eye sees of an image from a distance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..core.errors import ConfigError
from .colours.light import encoded, linear

#: Standard deviation of the blur of the eye, in degrees. At 30 cycles a degree, where good eyes just see full contrast,
#: it leaves less than 1 %, which is the ratio of the sensitivities there and at the best frequency.
EYE_SIGMA_DEGREES = 1 / 60
#: Of equal images, in decibels; any finite error of 8-bit pixels is below.
MOST_PSNR = 100.0

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_SMALLEST_SIDE = 16
_Mean = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Likeness:
    """How similar an image is to another.

    Parameters
    ----------
    psnr : float
        Peak signal-to-noise ratio of sRGB in decibels, at most 100; higher is more similar.
    ssim : float
        Mean structural similarity of the sRGB channels, at most 1 (equal).
    delta_e : float
        Mean colour difference (CIEDE2000); 0 is equal, about 1 just visible.
    structure : float
        Multi-scale structural similarity of lightness (CIELAB), from 0 to 1 (equal): shapes of all sizes, not colours.

    References
    ----------
    Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE
    Trans. Image Processing 13(4), 2004. Wang, Simoncelli & Bovik, "Multiscale structural similarity for image quality
    assessment", Asilomar 2003. Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula", Color Research &
    Application 30(1), 2005.
    """

    psnr: float
    ssim: float
    delta_e: float
    structure: float


def likeness(image: np.ndarray, target: np.ndarray) -> Likeness:
    """Compare two images.

    Parameters
    ----------
    image, target : ndarray of shape (h, w, 3)
        sRGB: uint8, or float32 from 0 to 255.

    Examples
    --------
    >>> grey = np.full((32, 32, 3), 100, np.uint8)
    >>> likeness(grey, grey)
    Likeness(psnr=100.0, ssim=1.0, delta_e=0.0, structure=1.0)
    """
    one, two = image.astype(np.float32), target.astype(np.float32)
    error = float(np.square(one - two).mean(dtype=np.float64))
    psnr = MOST_PSNR if error == 0 else min(MOST_PSNR, 10 * math.log10(255**2 / error))
    labs = [cv2.cvtColor(each / 255, cv2.COLOR_RGB2LAB) for each in (one, two)]
    lightness = [np.ascontiguousarray(each[..., 0]) for each in labs]
    return Likeness(psnr, ssim(one, two), mean_delta_e(*labs), multi_scale_ssim(*lightness))


def sigma_of(width: float, distance: float) -> float:
    """Return the blur of the eye in pixels.

    Parameters
    ----------
    width : float
        Width of the image in pixels.
    distance : float
        Distance of the eye, in widths of the image.

    Raises
    ------
    ConfigError
        If the distance is not above 0.

    References
    ----------
    Campbell & Robson, "Application of Fourier analysis to the visibility of gratings", J. Physiology 197(3), 1968.

    Examples
    --------
    >>> round(sigma_of(1024, 40), 1)  # a print 50 cm wide from 20 m
    11.9
    """
    if not 0 < distance < math.inf:
        raise ConfigError(f"distance={distance!r} must be above 0, in widths of the image")
    return EYE_SIGMA_DEGREES * width / (2 * math.degrees(math.atan(0.5 / distance)))


def seen_from(image: np.ndarray, distance: float) -> np.ndarray:
    """Return what the eye sees of an image from a distance: light is averaged, so the blur is of linear light.

    Parameters
    ----------
    image : ndarray of shape (h, w, 3)
        uint8, sRGB.
    distance : float
        In widths of the image.

    Returns
    -------
    ndarray of shape (h, w, 3)
        float32, sRGB from 0 to 255.
    """
    return blurred(image, sigma_of(image.shape[1], distance))


def blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    """Return an image, (h, w, 3) uint8 sRGB, after a Gaussian blur of its linear light; float32 from 0 to 255."""
    return encoded(cv2.GaussianBlur(linear(image), (0, 0), sigma, borderType=cv2.BORDER_REFLECT)) * np.float32(255)


def ssim(one: np.ndarray, two: np.ndarray) -> float:
    """Return the mean structural similarity of channels, float32 from 0 to 255, in windows of 7 x 7 pixels.

    The same as scikit-image's `structural_similarity(..., channel_axis=2, data_range=255)`, several times as fast.
    """
    side = min(7, *one.shape[:2])
    side -= 1 - side % 2

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values, -1, (side, side), borderType=cv2.BORDER_REFLECT)

    unbiased = np.float32(side**2 / max(1, side**2 - 1))
    similar = _luminance_term(mean(one), mean(two), 255) * _structure_term(one, two, mean, 255, unbiased)
    edge = side // 2
    return float(similar[edge : similar.shape[0] - edge, edge : similar.shape[1] - edge].mean(dtype=np.float64))


def multi_scale_ssim(one: np.ndarray, two: np.ndarray) -> float:
    """Return the multi-scale structural similarity of two planes, float32 from 0 to 100; small ones on fewer scales."""
    scales = max(1, min(len(_WEIGHTS), int(math.log2(max(1, min(one.shape[:2]) / _SMALLEST_SIDE))) + 1))
    weights = np.array(_WEIGHTS[:scales]) / sum(_WEIGHTS[:scales])

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)

    found = 1.0
    for scale, weight in enumerate(weights.tolist()):
        similar = _structure_term(one, two, mean, 100, np.float32(1))
        if scale == scales - 1:
            similar = similar * _luminance_term(mean(one), mean(two), 100)
        found *= max(0.0, float(similar.mean(dtype=np.float64))) ** weight
        size = max(1, one.shape[1] // 2), max(1, one.shape[0] // 2)
        one, two = (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (one, two))
    return min(1.0, found)


def _luminance_term(one: np.ndarray, two: np.ndarray, scale: float) -> np.ndarray:
    constant = np.float32((0.01 * scale) ** 2)
    return np.asarray((2 * one * two + constant) / (one * one + two * two + constant))


def _structure_term(one: np.ndarray, two: np.ndarray, mean: _Mean, scale: float, unbiased: np.float32) -> np.ndarray:
    constant = np.float32((0.03 * scale) ** 2)
    mean_one, mean_two = mean(one), mean(two)
    both = mean(one * two) - mean_one * mean_two
    sum_of_variances = mean(one * one + two * two) - mean_one * mean_one - mean_two * mean_two
    return np.asarray((2 * unbiased * both + constant) / (unbiased * sum_of_variances + constant))


def mean_delta_e(one: np.ndarray, two: np.ndarray) -> float:
    """Return the mean CIEDE2000 of images in CIELAB, (h, w, 3) float32; of large ones, every second row and column."""
    from skimage.color import deltaE_ciede2000

    step = 2 if one.shape[0] * one.shape[1] > 1 << 18 else 1
    return float(deltaE_ciede2000(one[::step, ::step], two[::step, ::step]).mean(dtype=np.float64))
