"""Images reduced to a palette each and coded by LZW: colours and error where they are least visible."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

# SSIM divides the error of a window by twice its variance plus this constant, (0.03 · 255)², and so does this module.
_STABILISER = 58.5
_WINDOW = 7  # pixels, side of the windows in which variance is computed
_PALETTE_EXPONENT = 0.4  # of visibility, in the weights of pixels for the palette
_LEAST_STRENGTH, _HALF_VARIANCE = 0.5, 200.0  # share of the error that is diffused in smooth areas; half way to 1
_FLAT_SHARE, _MOST_FLAT, _FLAT_SAMPLE = 0.005, 4, 40_000  # colours that fill more of an image are kept exactly


@dataclass(frozen=True)
class Coded:
    """A quantised image as a GIF holds it.

    Parameters
    ----------
    size : (int, int)
        Width and height in pixels.
    palette : ndarray of shape (k, 3)
        uint8, sRGB.
    root_bits : int
        Bits of an index, from 2 to 8.
    codes : bytes
        LZW codes of the indices.
    indices : ndarray of shape (h, w)
        uint8.
    corner : (int, int)
        Left and top edge in the frame, where it is a part of one.
    transparent : int, optional
        Index of the pixels that stay as they were.
    """

    size: tuple[int, int]
    palette: np.ndarray
    root_bits: int
    codes: bytes
    indices: np.ndarray
    corner: tuple[int, int] = (0, 0)
    transparent: int | None = None


def coded(frame: np.ndarray, colours: int, loss: float) -> Coded:
    """Quantise an image by error diffusion, and code it.

    Error is hardly visible in busy areas. So smooth areas have more of the colours of the palette and receive less of
    the diffused error; and of colours that are nearly as good, the one is taken that prolongs the current string of
    the LZW dictionary, which makes the file smaller.

    Parameters
    ----------
    frame : ndarray of shape (h, w, 3)
        uint8, sRGB.
    colours : int
        Most colours of the palette, from 2 to 256.
    loss : float
        Squared error that may be added for the sake of a longer string, as a share of what the structural similarity
        index divides it by; 0 for none. Flat areas get no error.

    Returns
    -------
    Coded
        Palette and codes.

    References
    ----------
    R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial grey scale", Proc. SID 17/2, 1976.
    Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP 13/4, 2004.
    T. A. Welch, "A technique for high-performance data compression", IEEE Computer 17/6, 1984.
    """
    from .lzw_kernels import encode
    from .palette_kernels import points_of

    variance = _variance(frame)
    palette = adaptive_palette(frame, colours, variance)
    received = ~_flat_areas(frame)
    slack = np.rint(loss * (2 * variance + _STABILISER) * received).astype(np.int32)
    busy = variance / (variance + _HALF_VARIANCE)
    strength = np.rint(256 * (_LEAST_STRENGTH + (1 - _LEAST_STRENGTH) * busy) * received).astype(np.int32)
    root_bits = max(2, (len(palette) - 1).bit_length())
    codes, indices = encode(np.ascontiguousarray(frame), points_of(palette), slack, strength, root_bits)
    return Coded((frame.shape[1], frame.shape[0]), palette, root_bits, codes.tobytes(), indices)


def coded_change(
    part: np.ndarray, same: np.ndarray | None, corner: tuple[int, int], colours: int, loss: float
) -> Coded:
    """Quantise and code a part of a frame, of which some pixels stay as they were.

    Parameters
    ----------
    part : ndarray of shape (h, w, 3)
        uint8, sRGB.
    same : ndarray of shape (h, w), optional
        bool, the pixels that stay; None for none.
    corner : (int, int)
        Left and top edge of the part in the frame.
    colours, loss
        See `coded`.
    """
    from .lzw_kernels import encode_indices

    if same is None or not same.any():
        return replace(coded(part, colours, loss), corner=corner)
    found = coded(part, min(colours, 255), loss)
    transparent = len(found.palette)
    indices = np.where(same, np.uint8(transparent), found.indices)
    root_bits = max(2, transparent.bit_length())
    codes = encode_indices(np.ascontiguousarray(indices), root_bits).tobytes()
    return replace(
        found, root_bits=root_bits, codes=codes, indices=indices, corner=corner, transparent=transparent
    )  # fmt: skip


def adaptive_palette(frame: np.ndarray, colours: int, variance: np.ndarray | None = None) -> np.ndarray:
    """Return at most `colours` colours that suit an image, by k-means of its pixels weighted by smoothness.

    Colours that fill more than half a percent of the image are kept exactly, so that bars and plain areas stay flat.

    Parameters
    ----------
    frame : ndarray of shape (h, w, 3)
        uint8, sRGB.
    colours : int
        From 2 to 256.
    variance : ndarray of shape (h, w), optional
        Local variance of luma; computed when None.

    Returns
    -------
    ndarray of shape (k, 3)
        uint8, k at most `colours`.
    """
    from .palette_kernels import palette_of

    visibility = _STABILISER / (2 * (_variance(frame) if variance is None else variance) + _STABILISER)
    weights = np.maximum(1, np.rint(256 * visibility**_PALETTE_EXPONENT)).astype(np.int64)
    palette = palette_of(frame.reshape(-1, 3), weights.ravel(), colours)
    for flat in _flat_colours(frame):
        palette[((palette.astype(np.int32) - flat) ** 2).sum(axis=1).argmin()] = flat
    return palette


def _variance(frame: np.ndarray) -> np.ndarray:
    """Local variance of luma, (h, w) float32."""
    import cv2

    luma = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(luma, (_WINDOW, _WINDOW))
    return np.maximum(cv2.blur(luma * luma, (_WINDOW, _WINDOW)) - mean * mean, 0)


def _flat_colours(frame: np.ndarray) -> np.ndarray:
    pixels = frame.reshape(-1, 3)
    sample = pixels[:: max(1, len(pixels) // _FLAT_SAMPLE)].astype(np.int32)
    codes, counts = np.unique(sample @ np.array([65_536, 256, 1]), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_MOST_FLAT]
    codes = codes[order[counts[order] > _FLAT_SHARE * len(sample)]]
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1)


def _flat_areas(frame: np.ndarray) -> np.ndarray:
    """Mask of pixels in flat areas of one of the colours that are kept exactly, (h, w) bool."""
    import cv2

    flat = np.zeros(frame.shape[:2], bool)
    for colour in _flat_colours(frame):
        exact = (frame == colour.astype(np.uint8)).all(axis=-1).astype(np.uint8)
        flat |= cv2.erode(exact, np.ones((3, 3), np.uint8)).astype(bool)
    return flat
