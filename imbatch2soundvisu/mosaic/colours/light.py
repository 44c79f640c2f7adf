"""sRGB, linear light and OKLab.

OKLab is computed by elementwise operations alone: a pixel has the same colour to the last bit wherever it lies, so that
a mosaic does not depend on the strips in which it is painted.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

#: A change of colours: of sRGB pixels, (..., 3) uint8, to others of the same shape.
Recolour = Callable[[np.ndarray], np.ndarray]

_CODES = np.arange(256, dtype=np.float64) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_OKLAB, _FROM_LMS = np.linalg.inv(_TO_OKLAB), np.linalg.inv(_TO_LMS)
#: Of the bits of a float32: a third of them and this is its cube root within 4 %.
_ROOT_BITS = 709_921_077


def linear(rgb: np.ndarray) -> np.ndarray:
    """Return sRGB, uint8, as linear light from 0 to 1; float32, of the same shape."""
    return np.asarray(cv2.LUT(np.ascontiguousarray(rgb).reshape(1, -1), _LINEAR)).reshape(rgb.shape)


def encoded(light: np.ndarray) -> np.ndarray:
    """Return linear light as sRGB from 0 to 1; float32, of the same shape. What is out of range is cut off."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4, dtype=np.float32) - 0.055)


def codes_of(light: np.ndarray) -> np.ndarray:
    """Return linear light from 0 to 1 as sRGB, uint8, of the same shape.

    Examples
    --------
    >>> codes_of(linear(np.array([0, 1, 100, 255], np.uint8))).tolist()
    [0, 1, 100, 255]
    """
    steps = light * np.float32(_STEPS)
    steps += np.float32(0.5)
    return np.asarray(np.take(_CODE_OF_LIGHT, steps.astype(np.uint16)))


def oklab(light: np.ndarray) -> np.ndarray:
    """Return planes of linear light, (3, ...) float32, as planes of OKLab.

    References
    ----------
    Ottosson, "A perceptual color space for image processing", 2020.

    Examples
    --------
    >>> (oklab(np.ones((3, 1), np.float32)).round(3) + 0.0).ravel().tolist()
    [1.0, 0.0, 0.0]
    """
    return planes_by(_TO_OKLAB, cube_root(planes_by(_TO_LMS, light)))


def light_of_oklab(colours: np.ndarray) -> np.ndarray:
    """Return planes of OKLab, (3, ...) float32, as planes of linear light, which may be out of range."""
    roots = planes_by(_FROM_OKLAB, colours)
    cubes = roots * roots
    cubes *= roots
    return planes_by(_FROM_LMS, cubes)


def planes_by(matrix: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Return a matrix times planes, (k, ...) float32."""
    found = np.empty((len(matrix), *planes.shape[1:]), np.float32)
    for row, plane in zip(matrix.astype(np.float32), found, strict=True):
        np.multiply(planes[0], row[0], out=plane)
        for weight, each in zip(row[1:], planes[1:], strict=True):
            plane += each * weight
    return found


def cube_root(values: np.ndarray) -> np.ndarray:
    """Return cube roots of float32 values from 0 on: two steps of Halley's method.

    Examples
    --------
    >>> cube_root(np.array([0, 0.125, 1], np.float32)).round(6).tolist()
    [0.0, 0.5, 1.0]
    """
    root = (values.view(np.int32) // 3 + np.int32(_ROOT_BITS)).view(np.float32)
    for _ in range(2):
        cube = root * root
        cube *= root
        above = values + values
        above += cube
        cube += cube
        cube += values
        above /= cube
        root *= above
    return root


_STEPS = 65535
_CODE_OF_LIGHT = (encoded(np.arange(_STEPS + 1, dtype=np.float32) / _STEPS) * 255 + 0.5).astype(np.uint8)
