"""Integers and floats of any depth as 8 bits."""

from __future__ import annotations

import numpy as np

#: Keys of Pillow's `info`: the bits of a sample that are used, and that low values are bright.
BITS, WHITE_IS_ZERO = "bits_a_sample", "white_is_zero"
_LARGEST_VALUE = 1e37  # differences of larger float32 values overflow


def to_8_bits(values: np.ndarray, target: tuple[int, int] | None = None, bits: int = 16) -> np.ndarray:
    """Scale integers or floats of any range to uint8, reduced to `target` before.

    Unsigned 16-bit integers are divided by 65535 whatever values occur, so that images can be compared. The range of
    wider integers, signed ones and floats is not stored in files: it is the smallest of [0, 1] (floats), [0, 255] and
    [0, 65535] that contains all values, else their own range.

    Parameters
    ----------
    values : ndarray of shape (h, w) or (h, w, channels)
        Of any real type; NaN counts as the lowest value.
    target : tuple of int, optional
        (width, height); larger images are reduced to it.
    bits : int
        Bits of a 16-bit integer that are used.

    Returns
    -------
    ndarray of shape (h, w) or (h, w, channels)
        uint8.

    Examples
    --------
    >>> to_8_bits(np.array([[0.0, 0.5, 1.0]])).tolist()
    [[0, 128, 255]]
    """
    import cv2

    if values.dtype == np.uint8:
        low, high = 0.0, 255.0
    elif values.dtype.itemsize == 2 and np.issubdtype(values.dtype, np.unsignedinteger):
        low, high = 0.0, float(2**bits - 1)
        values = values.astype(np.uint16, copy=False)  # from either byte order
    else:
        whole = bool(np.issubdtype(values.dtype, np.integer))
        values = _finite(values)
        low, high = _range(values, (255.0, 65535.0) if whole else (1.0, 255.0, 65535.0))
    if target is not None and (target[0] < values.shape[1] or target[1] < values.shape[0]):
        values = cv2.resize(values, target, interpolation=cv2.INTER_AREA)
    scaled = (values.astype(np.float32) - low) * (255.0 / max(high - low, 1e-12))
    return (np.clip(scaled, 0, 255) + 0.5).astype(np.uint8)


def _finite(values: np.ndarray) -> np.ndarray:
    """float32 without NaN, infinity and values whose differences overflow."""
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, values[finite].min() if finite.any() else 0.0)
    return values.clip(-_LARGEST_VALUE, _LARGEST_VALUE)


def _range(values: np.ndarray, usual: tuple[float, ...]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    fitting = [top for top in usual if low >= 0 and high <= top]
    return (0.0, fitting[0]) if fitting else (low, high)
