"""Where a mosaic has tiles and where its target stays, as a grey image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...core.errors import ConfigError, ImageError
from ...datasets.images import open_layers

Size = tuple[int, int]


def mask_of(mask: Any, size: Size) -> np.ndarray | None:
    """Return a mask at the size of a target: 0 where the target stays as it is, 255 where tiles are.

    Parameters
    ----------
    mask : array, str or Path, optional
        An image, or an array of shape (h, w) or (h, w, c): bool, uint8, or float from 0 to 1. Colours count by their
        luma, transparent pixels as black. It is stretched to the size of the target.
    size : (int, int)
        Width and height of the target.

    Returns
    -------
    ndarray of shape (h, w) or None
        uint8. None without a mask.

    Raises
    ------
    ConfigError
        If it is of another type, empty, or has values that are not finite.
    ImageError
        If the file cannot be read.

    Examples
    --------
    >>> mask_of(np.array([[True, False]]), (4, 1)).tolist()
    [[255, 191, 64, 0]]
    """
    if mask is None:
        return None
    grey = _grey(_pixels(mask))
    if grey.shape[1::-1] == size:
        return grey
    smaller = size[0] < grey.shape[1] and size[1] < grey.shape[0]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def _pixels(mask: Any) -> np.ndarray:
    if not isinstance(mask, str | Path):
        return _bytes_of(mask)
    path = Path(mask).expanduser()
    if not path.is_file():
        raise ConfigError(f"mask={str(mask)!r}: there is no such file")
    try:
        return open_layers(path, lambda width, height: (width, height))
    except ImageError as error:
        raise ImageError(f"mask={str(mask)!r}: {error}", error.lasting) from error


def _bytes_of(mask: Any) -> np.ndarray:
    values = np.asarray(mask)
    if values.dtype.kind not in "bufi" or values.ndim not in (2, 3) or not values.size:
        raise ConfigError(f"mask= must be the path of an image or an array of shape (h, w), not {_described(mask)}")
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    if values.dtype.kind != "f" or not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
        raise ConfigError("mask= must have values from 0 to 1, or be of type bool or uint8")
    return np.round(values * 255).astype(np.uint8)


def _grey(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels.reshape(pixels.shape[:2]))
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2GRAY)
    if pixels.shape[2] == 3:
        return grey
    return (grey.astype(np.uint16) * pixels[..., 3] // 255).astype(np.uint8)


def _described(value: Any) -> str:
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"{type(value).__name__}"
