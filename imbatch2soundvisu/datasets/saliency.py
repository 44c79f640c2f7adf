"""Where an image draws the eye: a map of importance, from structure, colours and skin."""

from __future__ import annotations

import cv2
import numpy as np

_SIDE_PX = 64
_MARGIN_PX = 6
_REAL_INVERSE = cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT
_FLAT = 1e-3
#: Shares of the three maps in their sum.
_STRUCTURE, _COLOUR, _SKIN = 0.35, 0.5, 0.15
#: An image with a larger share of skin colour is of sand, wood or skin throughout; then it says nothing.
_MOST_SKIN = 0.45
# Mean and inverse covariance of skin in (Cb, Cr), an ellipse that holds all complexions.
_SKIN_CENTRE = np.array([109.0, 152.0], np.float32)
_SKIN_INVERSE = np.array([[0.0066, 0.0051], [0.0051, 0.0127]], np.float32)


def importance(rgb: np.ndarray) -> np.ndarray:
    """Return how much each part of an image matters to a viewer.

    Three maps are added: the spectral residual (unexpected structure), the distance of colours from those along the
    borders (the background), and skin. The lowest values count as nothing.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.

    Returns
    -------
    ndarray of shape (h', w')
        float32 that sums to 1; the image on a grid of 64 cells on its long side.

    References
    ----------
    Hou & Zhang, "Saliency detection: a spectral residual approach", CVPR 2007.
    Zhang et al., "Minimum barrier salient object detection at 80 fps", ICCV 2015 (the colours of the borders).

    Examples
    --------
    >>> image = np.full((60, 90, 3), 128, np.uint8)
    >>> image[20:40, 60:80] = (200, 30, 30)
    >>> found = importance(image)
    >>> found.shape, bool(found[:, 32:].sum() > 0.8)
    ((43, 64), True)
    """
    scale = _SIDE_PX / max(rgb.shape[:2])
    size = max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    maps = ((_STRUCTURE, structure(lab[..., 0])), (_COLOUR, border_contrast(lab)), (_SKIN, skin(small)))
    total = np.zeros(lab.shape[:2], np.float32)
    for share, found in maps:
        excess = np.maximum(found - np.quantile(found, 0.3), 0)
        if excess.sum() > 0:
            total += share * excess / excess.sum()
    return total / total.sum() if total.sum() > 0 else np.full_like(total, 1 / total.size)


def structure(plane: np.ndarray) -> np.ndarray:
    """Return the spectral residual saliency of a plane, (h, w) float32, not scaled; zeros for a flat one."""
    plane = np.ascontiguousarray(plane, np.float32)
    if np.ptp(plane) < _FLAT:
        return np.zeros_like(plane)
    square = cv2.resize(plane, (48, 48), interpolation=cv2.INTER_AREA)
    return cv2.resize(spectral_residual(square), plane.shape[::-1], interpolation=cv2.INTER_LINEAR)


def spectral_residual(plane: np.ndarray) -> np.ndarray:
    """Return the spectral residual of a small plane, (h, w) float32, not scaled."""
    m = _MARGIN_PX
    # mirrored margins, since the Fourier transform takes the image for one period of a pattern
    tile = cv2.copyMakeBorder(plane, m, m, m, m, cv2.BORDER_REFLECT)
    spectrum = cv2.dft(tile, flags=cv2.DFT_COMPLEX_OUTPUT)
    real, imaginary = cv2.split(spectrum)
    amplitude = np.sqrt(real * real + imaginary * imaginary) + np.float32(1e-6)
    # exp(log A - blurred log A) / A = exp(-blurred log A)
    whitened = spectrum.view(np.complex64)[..., 0] * cv2.exp(-cv2.blur(cv2.log(amplitude), (3, 3)))
    rebuilt = cv2.dft(whitened.view(np.float32).reshape(spectrum.shape), flags=_REAL_INVERSE)
    return cv2.GaussianBlur(rebuilt * rebuilt, (0, 0), 2.0)[m:-m, m:-m]


def border_contrast(lab: np.ndarray) -> np.ndarray:
    """Return the distance of each colour from those along the four borders, (h, w) float32.

    Each border counts by itself (Mahalanobis distance), and the one that differs most is left out, since a main
    subject may touch one border.
    """
    height, width = lab.shape[:2]
    depth = max(2, round(0.08 * max(height, width)))
    strips = (lab[:depth], lab[-depth:], lab[:, :depth], lab[:, -depth:])
    distances = np.stack([_distance(lab, strip.reshape(-1, 3)) for strip in strips])
    distances /= np.maximum(distances.max(axis=(1, 2), keepdims=True), 1e-6)
    found: np.ndarray = (distances.sum(axis=0) - distances.max(axis=0)).astype(np.float32)
    return cv2.GaussianBlur(found, (0, 0), 1.0)


def _distance(lab: np.ndarray, sample: np.ndarray) -> np.ndarray:
    centre = sample.mean(axis=0)
    spread = np.cov((sample - centre).T) + 9.0 * np.eye(3)
    offsets = (lab - centre).astype(np.float64)
    return np.sqrt(np.einsum("hwi,ij,hwj->hw", offsets, np.linalg.inv(spread), offsets))


def skin(rgb: np.ndarray) -> np.ndarray:
    """Return the likelihood of skin, smoothed, (h, w) float32 in [0, 1]; zeros where most of the image has it."""
    smooth = cv2.GaussianBlur(skin_likelihood(rgb), (0, 0), 1.5)
    return smooth if (smooth > 0.5).mean() < _MOST_SKIN else np.zeros_like(smooth)


def skin_likelihood(rgb: np.ndarray) -> np.ndarray:
    """Return the likelihood of skin by the colour of each pixel, (h, w) float32 in [0, 1]."""
    ycrcb = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    offsets = ycrcb[..., [2, 1]] - _SKIN_CENTRE
    likelihood = np.exp(-0.5 * np.einsum("hwi,ij,hwj->hw", offsets, _SKIN_INVERSE, offsets))
    found: np.ndarray = (likelihood * ((ycrcb[..., 0] > 40) & (ycrcb[..., 0] < 245))).astype(np.float32)
    return found
