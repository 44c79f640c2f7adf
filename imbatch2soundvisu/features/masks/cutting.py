"""Cut-outs: an image with the alpha of its subject at full size, fitted to edges, without colours of the background."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

#: Long side at which the fit of the alpha to the image is computed, in pixels, and the rows it is applied to together.
_SIDE_PX, _ROWS = 720, 256
_SMOOTH = 1e-4  # of the guided filter: variances of colour below this are no edge
_EDGE = 1 / 160  # radius of the guided filter, a share of the long side
_BAND = 1 / 64  # how far from the outline of the mask alpha may differ from it
_LEAST, _MOST = 0.15, 0.85  # what the filter gives below and above is 0 and 1


def cut_out(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return an image with its subject only.

    The mask is fitted to the edges of the image by a guided filter in a band along its outline. Pixels of which the
    subject has only a part get its colour, so that no rim of the old background is left. The work is done at a bounded
    size and applied strip by strip, so that little more memory is used than for the image.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, sRGB.
    mask : ndarray of shape (h', w')
        In [0, 1], of any size.

    Returns
    -------
    ndarray of shape (h, w, 4)
        uint8: sRGB, not premultiplied, and alpha.

    References
    ----------
    He & Sun 2015, "Fast guided filter".
    Forte 2021, "Approximate fast foreground colour estimation".

    Examples
    --------
    >>> image = np.full((60, 90, 3), (40, 90, 60), np.uint8)
    >>> image[20:40, 50:80] = (200, 30, 30)
    >>> mask = np.zeros((30, 45))
    >>> mask[10:20, 25:40] = 1
    >>> cut_out(image, mask)[30, [10, 60]].tolist()
    [[0, 0, 0, 0], [200, 30, 30, 255]]
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _SIDE_PX / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    coarse = _scaled(mask, size)
    planes = _Planes(*_fitted(small, coarse), _limits(coarse))
    subject, background = _colours(small, planes.alpha(small, lambda plane: plane))
    found = np.empty((height, width, 4), np.uint8)
    for top in range(0, height, _ROWS):
        strip = rgb[top : top + _ROWS]
        pixels = strip.astype(np.float32) / 255

        def part(plane: np.ndarray, top: int = top, rows: int = len(strip)) -> np.ndarray:
            return _rows_of(plane, (width, height), top, rows)

        alpha = planes.alpha(pixels, part)
        colour, behind = part(subject), part(background)
        share = alpha[..., None]
        colour = colour + share * (pixels - share * colour - (1 - share) * behind)
        colour[alpha == 0] = 0
        found[top : top + _ROWS, :, :3] = np.rint(colour.clip(0, 1) * 255)
        found[top : top + _ROWS, :, 3] = np.rint(alpha * 255)
    return found


class _Planes:
    """The alpha as a linear function of colour around each point, and the limits it stays within."""

    def __init__(self, slope: np.ndarray, offset: np.ndarray, limits: np.ndarray) -> None:
        self._line, self._limits = np.dstack([slope, offset]), limits

    def alpha(self, pixels: np.ndarray, part: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return the alpha of pixels, (h, w, 3) float32, to which `part` fits planes."""
        line, limits = part(self._line), part(self._limits)
        found = (line[..., :3] * pixels).sum(axis=2) + line[..., 3]
        return np.clip((found - _LEAST) / (_MOST - _LEAST), limits[..., 0], limits[..., 1])


def _scaled(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A mask at another size; a smaller one with a smooth outline."""
    mask = mask.astype(np.float32)
    if mask.shape[1] > size[0]:
        return cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    factor = size[0] / mask.shape[1]
    large = cv2.resize(mask, size, interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(large, (0, 0), max(0.3, factor / 3)).clip(0, 1)


def _fitted(image: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slope, (h, w, 3), and offset, (h, w), of a guided filter of the mask by the colours of the image."""
    radius = max(2, round(_EDGE * max(mask.shape)))
    size = (2 * radius + 1,) * 2

    def mean(plane: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(plane, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT)

    middle, level = mean(image), mean(mask)
    outer = np.empty((*mask.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            outer[..., i, j] = outer[..., j, i] = mean(image[..., i] * image[..., j]) - middle[..., i] * middle[..., j]
    outer += _SMOOTH * np.eye(3, dtype=np.float32)
    covariance = mean(image * mask[..., None]) - middle * level[..., None]
    slope = (_inverse(outer) * covariance[..., None, :]).sum(axis=-1)
    return mean(slope), mean(level - (slope * middle).sum(axis=2))


def _limits(mask: np.ndarray) -> np.ndarray:
    """The least and the largest alpha, (h, w, 2): far from the outline the subject is opaque, the rest transparent."""
    reach = max(2, round(_BAND * max(mask.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    whole = (mask >= 0.5).astype(np.uint8)
    inner, outer = cv2.erode(whole, kernel), cv2.dilate(whole, kernel)
    return np.dstack([inner, outer]).astype(np.float32)


def _colours(image: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colours of subject and background everywhere, (h, w, 3) each, those near the outline from near it."""
    return _spread(image, (alpha > 0.95).astype(np.float32)), _spread(image, (alpha < 0.05).astype(np.float32))


def _spread(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Colours where there is a weight, and around it the mean of the nearest ones."""
    total, found = np.zeros(weight.shape, np.float32), np.zeros_like(image)
    for share in (1 / 300, 1 / 60, 1 / 12):
        sigma = max(0.8, share * max(weight.shape))
        near, colour = _blurred(weight, sigma), _blurred(image * weight[..., None], sigma)
        left = np.where(near > 1e-3, 1 - total, 0)
        found += left[..., None] * colour / np.maximum(near, 1e-3)[..., None]
        total += left
    return found + (1 - total)[..., None] * image


def _blurred(plane: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian blur; a wide one of a smaller copy."""
    factor = max(1, int(sigma / 2))
    size = plane.shape[1::-1]
    reduced = max(1, size[0] // factor), max(1, size[1] // factor)
    if factor == 1:
        return cv2.GaussianBlur(plane, (0, 0), sigma)
    small = cv2.GaussianBlur(cv2.resize(plane, reduced, interpolation=cv2.INTER_AREA), (0, 0), sigma / factor)
    return cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)


def _inverse(matrices: np.ndarray) -> np.ndarray:
    """The inverses of symmetric matrices, (h, w, 3, 3), by their cofactors."""
    a, b, c = (matrices[..., i, :] for i in range(3))
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=-1)
    found: np.ndarray = cofactors / (a * cofactors[..., 0]).sum(axis=-1)[..., None, None]
    return found


def _rows_of(plane: np.ndarray, size: tuple[int, int], top: int, rows: int) -> np.ndarray:
    """Some rows of a plane as it is when it is enlarged to a size."""
    across, down = plane.shape[1] / size[0], plane.shape[0] / size[1]
    matrix = np.array([[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]])
    return cv2.warpAffine(
        plane, matrix, (size[0], rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
