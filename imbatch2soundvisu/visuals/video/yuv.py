"""Images as encoders want them: planar 4:2:0, BT.709, limited range; and moving over them without jitter.

A planar image of w × h pixels (both even) is one (3h/2, w) uint8 array: the luma rows, then the two quarter-size
chroma planes. Chroma samples sit beside the left luma column of their pair, as decoders assume.
"""

from __future__ import annotations

import cv2
import numpy as np

# ITU-R BT.709-6, table 3: luma weights; the rows map 8-bit R'G'B' to Y' 16..235 and Cb, Cr 16..240.
_KR, _KB = 0.2126, 0.0722
_LUMA = np.array([_KR, 1 - _KR - _KB, _KB])
_TO_Y = np.append(_LUMA * 219 / 255, 16)[None]
_TO_CHROMA = np.stack(
    [
        np.append((np.array([0, 0, 1]) - _LUMA) * 224 / 255 / (2 * (1 - _KB)), 128),
        np.append((np.array([1, 0, 0]) - _LUMA) * 224 / 255 / (2 * (1 - _KR)), 128),
    ]
)
_TENT = np.array([0.25, 0.5, 0.25], np.float32)
_ONE = np.array([1.0], np.float32)


def to_planar(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 sRGB with even h and w -> planar (3h/2, w) uint8."""
    height, width = rgb.shape[:2]
    planar = np.empty((height * 3 // 2, width), np.uint8)
    planar[:height] = cv2.transform(rgb, _TO_Y).reshape(height, width)
    halved = cv2.resize(rgb, (width, height // 2), interpolation=cv2.INTER_AREA)
    paired = np.ascontiguousarray(cv2.sepFilter2D(halved, -1, _TENT, _ONE, borderType=cv2.BORDER_REPLICATE)[:, ::2])
    chroma = cv2.transform(paired, _TO_CHROMA)
    planar[height:].reshape(2, height // 2, width // 2)[:] = chroma.transpose(2, 0, 1)
    return planar


def planes(planar: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Luma (h, w) and the two chroma planes (h/2, w/2), as views."""
    width = planar.shape[1]
    height = planar.shape[0] * 2 // 3
    chroma = planar[height:].reshape(2, height // 2, width // 2)
    return planar[:height], chroma[0], chroma[1]


def blend(first: np.ndarray, second: np.ndarray, weight: float) -> np.ndarray:
    """Cross-fade of two planar images; `weight` of the second, [0, 1]. The same as fading their R'G'B'."""
    return cv2.addWeighted(first, 1.0 - weight, second, weight, 0.0)


def zoomed(canvas: np.ndarray, size: tuple[int, int], step: float) -> np.ndarray:
    """A planar image of `size` (width, height), taken round the middle of a larger planar `canvas`.

    step : how many canvas pixels one image pixel advances; any positive number, so motion is not tied to pixels.
    """
    width, height = size
    canvas_width, canvas_height = canvas.shape[1], canvas.shape[0] * 2 // 3
    left = (canvas_width - 1) / 2 - step * (width - 1) / 2
    top = (canvas_height - 1) / 2 - step * (height - 1) / 2
    moved = np.empty((height * 3 // 2, width), np.uint8)
    luma, blue, red = planes(canvas)
    luma_out, blue_out, red_out = planes(moved)
    _warp(luma, luma_out, step, left, top)
    chroma_top = (top + 0.5 * step - 0.5) / 2
    _warp(blue, blue_out, step, left / 2, chroma_top)
    _warp(red, red_out, step, left / 2, chroma_top)
    return moved


def _warp(source: np.ndarray, target: np.ndarray, step: float, left: float, top: float) -> None:
    matrix = np.array([[step, 0, left], [0, step, top]], np.float64)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (target.shape[1], target.shape[0])
    target[:] = cv2.warpAffine(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
