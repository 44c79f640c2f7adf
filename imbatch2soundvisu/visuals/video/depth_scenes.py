"""An image with a depth map, seen from cameras beside the one it was taken with.

Each pixel of a frame is looked up where it was in the image: by inverse warping, at sub-pixel precision. Where near
things are moved away and nothing is known of what is behind them, a second layer is shown, in which the background is
continued under their borders; so nothing is stretched.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from . import yuv
from .parallax import Camera

#: The depth that does not move, from 0 (far) to 1 (near).
_STILL = 0.5
#: Steps of the search for where a pixel was.
_STEPS = 3
#: Stretch of the image, in image per frame, below which the second layer begins to be shown, and alone is.
_STRETCHED, _TORN = 0.6, 0.25
#: Shift in pixels of half the size that counts as a step of depth.
_STEP_PX = 0.7
#: Radius in pixels of half the size by which near things are widened, so that their soft borders move with them.
_BORDER_PX = 1
#: Difference of depth around a pixel above which it is a border, and how much steeper borders are made.
_SLOPE, _SHARPER = 0.08, 6.0
_UNSEEN = 0.01  # weight of the second layer that makes no difference
_TABLE = 1024
_SEAM_PX = 1.0  # sigma of the blur over what is filled, in pixels of half the size
#: Colours that differ by this much, of 255, hardly share their depth.
_ALIKE = 12.0


@dataclass(frozen=True, eq=False)
class DepthScene:
    """An image that is drawn with parallax.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8, both sides even, larger than the frame by what cameras may move and zoom.
    nearness : ndarray of shape (a, b)
        float32 of any size, stretched over the image: 0 the farthest, 1 the nearest.
    size : (int, int)
        Width and height of the frame, even.
    largest : float
        The largest `right` of any camera, and 1.2 times the largest `down`.
    """

    rgb: np.ndarray
    nearness: np.ndarray
    size: tuple[int, int]
    largest: float

    def frame(self, camera: Camera) -> np.ndarray:
        """Return what a camera sees, planar, (3 height / 2, width) uint8."""
        camera = Camera(*map(float, camera))  # a float of NumPy would make all arrays twice as large
        x, y, gap = self._places(camera)
        planar = _drawn(self._front, self.size, x, y)
        if gap.any():
            self._fill(planar, camera, gap)
        return planar

    @property
    def _half(self) -> tuple[int, int]:
        return self.size[0] // 2, self.size[1] // 2

    @cached_property
    def _front(self) -> np.ndarray:
        return yuv.to_planar(self.rgb)

    @cached_property
    def _depth(self) -> np.ndarray:
        """Nearness of the image at half its size, with the borders of things where the image has them."""
        small = cv2.resize(self.rgb, (self.rgb.shape[1] // 2, self.rgb.shape[0] // 2), interpolation=cv2.INTER_AREA)
        cell = max(1, round(max(small.shape[:2]) / max(self.nearness.shape)))
        depth = _sharpened(upsampled(self.nearness, small), cell)
        return cv2.dilate(depth, _window(_BORDER_PX))

    @cached_property
    def _reach(self) -> int:
        """The largest shift between two depths, in pixels of half the size."""
        return max(1, int(np.ceil(self.largest * self._half[0])) + 1)

    @cached_property
    def _nearest(self) -> np.ndarray:
        """The nearest that could be shifted over a pixel."""
        return cv2.dilate(self._depth, _window(self._reach // 2 + 1))

    @cached_property
    def _back(self) -> tuple[np.ndarray, np.ndarray]:
        """The second layer: planar, and its depth at half the size."""
        return background(self.rgb, self._depth, self._reach, _STEP_PX / (self.largest * self._half[0] + 1e-9))

    def _grid(self, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
        """Where the pixels of a frame of half the size are in the image without parallax, (w,) and (h,)."""
        height, width = self.rgb.shape[0] / 2, self.rgb.shape[1] / 2
        wide, high = self._half
        step = min(width / wide, height / high) / (1 + self.largest) / camera.zoom
        x = (np.arange(wide, dtype=np.float32) + 0.5 - wide / 2) * step + (width / 2 - 0.5)
        y = (np.arange(high, dtype=np.float32) + 0.5 - high / 2) * step + (height / 2 - 0.5)
        return x.astype(np.float32), y.astype(np.float32)

    def _places(self, camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each pixel of a frame of half the size is in the image, and how much of it is a gap, 0 to 1."""
        x, y = np.meshgrid(*self._grid(camera))
        right, down = camera.right * self._half[0], camera.down * self._half[0]
        depth = sampled(self._nearest, x, y)
        for _ in range(_STEPS):
            depth -= _STILL
            found_x, found_y = x - depth * right, y - depth * down
            depth = sampled(self._depth, found_x, found_y)
        missed = np.abs((x - found_x) * right + (y - found_y) * down - (depth - _STILL) * (right**2 + down**2))
        length = float(np.hypot(right, down)) + 1e-6
        across = cv2.Sobel(found_x, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
        stretch = across / max(float(x[0, 1] - x[0, 0]), 1e-6) if abs(right) >= abs(down) else None
        if stretch is None:
            stretch = cv2.Sobel(found_y, cv2.CV_32F, 0, 1, ksize=1, scale=0.5) / float(y[1, 0] - y[0, 0])
        gap = np.maximum(missed / length - _STEP_PX, (_STRETCHED - stretch) / (_STRETCHED - _TORN))
        return found_x, found_y, np.clip(gap, 0, 1)

    def _fill(self, planar: np.ndarray, camera: Camera, gap: np.ndarray) -> None:
        """Draw the second layer into the gaps of a frame."""
        picture, depth = self._back
        x, y = np.meshgrid(*self._grid(camera))
        right, down = camera.right * self._half[0], camera.down * self._half[0]
        found_x, found_y = x, y
        for _ in range(2):
            shift = sampled(depth, found_x, found_y) - _STILL
            found_x, found_y = x - shift * right, y - shift * down
        weight = cv2.GaussianBlur(gap, (0, 0), 0.8)
        for target, source in zip(yuv.planes(planar), yuv.planes(picture), strict=True):
            _blend(target, source, weight, (found_x, found_y))


def _blend(target: np.ndarray, source: np.ndarray, weight: np.ndarray, places: tuple[np.ndarray, np.ndarray]) -> None:
    """Draw a plane into another where a weight is above 0; weight and places are those of half the size."""
    scale = target.shape[1] / weight.shape[1]  # 2 for luma, 1 for chroma
    share = weight if scale == 1 else cv2.resize(weight, target.shape[::-1], interpolation=cv2.INTER_LINEAR)
    rows, columns = np.nonzero(share > _UNSEEN)
    if not len(rows):
        return
    # a table of several columns, since OpenCV draws at most 32,767 pixels in a row
    table = np.pad(np.stack([columns, rows]), ((0, 0), (0, -len(rows) % _TABLE)), mode="edge").reshape(2, -1, _TABLE)
    x, y = ((table + 0.5) / scale - 0.5).astype(np.float32)
    x, y = ((sampled(each, x, y) + 0.5) * scale - 0.5 for each in places)
    drawn = sampled(source, x, y).ravel()[: len(rows)]
    part = share[rows, columns]
    target[rows, columns] = np.rint(target[rows, columns] * (1 - part) + drawn * part)


def upsampled(nearness: np.ndarray, guide: np.ndarray) -> np.ndarray:
    """Return a depth map in the size of an image, with its borders where the colours of the image change.

    Parameters
    ----------
    nearness : ndarray of shape (a, b)
        float32.
    guide : ndarray of shape (h, w, 3)
        uint8.

    Returns
    -------
    ndarray of shape (h, w)
        float32; each value between those of the map around it.

    References
    ----------
    Kopf et al. 2007, "Joint bilateral upsampling".
    """
    height, width = guide.shape[:2]
    colours = cv2.resize(guide, nearness.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    pixels = guide.astype(np.float32)
    total, weights = np.zeros((height, width), np.float32), np.full((height, width), 1e-6, np.float32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            moved = np.array([[1, 0, -right], [0, 1, -down]], np.float32)
            size, border = nearness.shape[::-1], cv2.BORDER_REPLICATE
            depth = cv2.warpAffine(nearness, moved, size, flags=cv2.INTER_NEAREST, borderMode=border)
            colour = cv2.warpAffine(colours, moved, size, flags=cv2.INTER_NEAREST, borderMode=border)
            colour = cv2.resize(colour, (width, height), interpolation=cv2.INTER_LINEAR)
            far = cv2.resize(depth, (width, height), interpolation=cv2.INTER_LINEAR)
            apart = np.square(pixels - colour).sum(axis=2)
            weight = np.exp(apart * np.float32(-0.5 / _ALIKE**2)) * np.float32(np.exp(-0.5 * (down**2 + right**2)))
            total += weight * far
            weights += weight
    plain = cv2.resize(nearness, (width, height), interpolation=cv2.INTER_LINEAR)
    return (total + 1e-6 * plain) / weights


def _sharpened(depth: np.ndarray, radius: int) -> np.ndarray:
    """A depth map with steps where it is steep; even slopes stay as they are."""
    window = _window(radius)
    far, near = cv2.erode(depth, window), cv2.dilate(depth, window)
    apart = near - far
    gain = 1 + _SHARPER * np.clip((apart - _SLOPE) / _SLOPE, 0, 1)
    share = np.clip(((depth - far) / np.maximum(apart, 1e-6) - 0.5) * gain + 0.5, 0, 1)
    return np.where(apart > _SLOPE, far + share * apart, depth).astype(np.float32)


def background(rgb: np.ndarray, depth: np.ndarray, reach: int, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Return an image whose background is continued under the borders of near things, and its depth.

    Parameters
    ----------
    rgb : ndarray of shape (h, w, 3)
        uint8.
    depth : ndarray of shape (h/2, w/2)
        float32.
    reach : int
        How far under near things, in pixels of `depth`.
    step : float
        Difference of depth that counts as a border.

    Returns
    -------
    planar : ndarray of shape (3h/2, w)
        uint8.
    depth : ndarray of shape (h/2, w/2)
        float32.
    """
    window = _window(reach + 2)
    far, near = cv2.erode(depth, window), cv2.dilate(depth, window)
    hidden = depth - far > step
    beside = (near - depth > step) & ~hidden
    if not hidden.any() or not beside.any():
        return yuv.to_planar(rgb), depth
    x, y, usable = _mirrored(hidden, beside)
    small = cv2.resize(rgb, depth.shape[::-1], interpolation=cv2.INTER_AREA)
    mirrored = usable[..., None].astype(np.float32)
    behind = sampled(small, x, y) * mirrored + _spread(small, beside) * (1 - mirrored)
    mixed = np.where(hidden[..., None], behind, small).astype(np.float32)
    soft, size = cv2.GaussianBlur(mixed, (0, 0), _SEAM_PX), (rgb.shape[1], rgb.shape[0])
    inside = cv2.resize(hidden.astype(np.float32), size)[..., None]
    filled = np.rint(rgb * (1 - inside) + cv2.resize(soft, size) * inside).astype(np.uint8)
    smooth = cv2.blur(np.where(hidden, far, depth), (2 * reach + 1,) * 2)
    return yuv.to_planar(filled), np.where(hidden, np.minimum(smooth, far + step), depth).astype(np.float32)


def _spread(rgb: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The colours of the nearest known pixels, smoothly: (h, w, 3) float32."""
    weights = known.astype(np.float32)[..., None]
    levels = [np.concatenate([rgb * weights, weights], axis=2)]
    while min(levels[-1].shape[:2]) > 2:
        height, width = levels[-1].shape[:2]
        halved = cv2.resize(levels[-1], ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
        levels.append(halved * (np.minimum(1, 4 * halved[..., 3:]) / np.maximum(halved[..., 3:], 1e-6)))
    found = levels.pop()
    for finer in reversed(levels):
        coarse = cv2.resize(found, (finer.shape[1], finer.shape[0]), interpolation=cv2.INTER_LINEAR)
        found = finer + coarse * (1 - finer[..., 3:])
    return found[..., :3] / np.maximum(found[..., 3:], 1e-6)


def _mirrored(hidden: np.ndarray, beside: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each hidden pixel is mirrored at the nearest pixel beside, and whether that is not hidden, too."""
    _, labels = cv2.distanceTransformWithLabels(
        (~beside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(beside)
    place = np.zeros((2, labels.max() + 1), np.float32)
    place[:, labels[rows, columns]] = columns, rows
    height, width = hidden.shape
    y, x = np.mgrid[0:height, 0:width]
    edge_x, edge_y = place[0][labels], place[1][labels]
    over_x, over_y = np.clip(2 * edge_x - x, 0, width - 1), np.clip(2 * edge_y - y, 0, height - 1)
    usable = hidden & ~hidden[np.rint(over_y).astype(np.intp), np.rint(over_x).astype(np.intp)]
    found_x, found_y = np.where(usable, over_x, x), np.where(usable, over_y, y)
    return found_x.astype(np.float32), found_y.astype(np.float32), usable


def _window(radius: int) -> np.ndarray:
    return np.ones((2 * radius + 1,) * 2, np.uint8)


def sampled(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return values between pixels, at x, y from the middle of the first pixel; beyond the borders those there."""
    return cv2.remap(
        values, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _drawn(planar: np.ndarray, size: tuple[int, int], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Resample a planar image; x, y: of each pixel of half the size, in pixels of the image of half the size."""
    result = np.empty((size[1] * 3 // 2, size[0]), np.uint8)
    luma, blue, red = yuv.planes(planar)
    luma_out, blue_out, red_out = yuv.planes(result)
    full_x, full_y = (2 * cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) + 0.5 for each in (x, y))
    luma_out[:] = cv2.remap(luma, full_x, full_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    for source, target in ((blue, blue_out), (red, red_out)):
        target[:] = cv2.remap(source, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return result
