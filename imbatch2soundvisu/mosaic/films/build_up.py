"""A mosaic that builds itself up: the order in which its tiles are placed, and the frames of the animation.

A frame paints the tiles that are on their way, and those that have arrived since the frame before; nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..layout.shapes import hexagon
from ..painting.strips import painted
from ..placed_tiles import PlacedTiles
from .parts import one_cell

#: Tiles arrive this many seconds after they appear, and appear within this share of the time of their group.
FALL_S, SPREAD = 0.45, 0.7
#: Tiles that are on their way together cover about this share of the frame, and are so many times their size at first.
COVERED, SCALES = 0.14, (1.5, 16.0)
#: The number of tiles that are placed grows with this power of time.
GROWTH = 2.2


@dataclass(frozen=True)
class Placing:
    """When each tile of a mosaic is placed.

    Parameters
    ----------
    order : ndarray of shape (n,)
        Cells in the order of placement.
    starts : ndarray of shape (n,)
        The frame in which each of these appears; rising.
    scales : ndarray of shape (n,)
        How many times larger than its cell it is when it appears.
    fall : int
        Frames from there until it has arrived; 0 for tiles that are in their place when they appear.
    """

    order: np.ndarray
    starts: np.ndarray
    scales: np.ndarray
    fall: int


def group_sizes(count: int, groups: int) -> list[int]:
    """Return how many of `count` tiles are placed in each of some groups: ever more, at least one each.

    Examples
    --------
    >>> group_sizes(100, 5), sum(group_sizes(100, 5)), group_sizes(2, 5)
    ([3, 10, 20, 28, 39], 100, [1, 1])
    """
    groups = max(1, min(groups, count))
    ends = [max(i, round(count * (i / groups) ** GROWTH)) for i in range(groups + 1)]
    ends = [min(end, count - (groups - i)) for i, end in enumerate(ends)]
    return [b - a for a, b in zip(ends, ends[1:], strict=False)]


def placing(
    mosaic: PlacedTiles, order: np.ndarray, starts: Sequence[int], size: tuple[int, int], fps: float
) -> Placing:
    """Return when each tile is placed, in groups that begin at given frames.

    Parameters
    ----------
    mosaic : PlacedTiles
        What is built up.
    order : ndarray of shape (n,)
        Cells in the order of placement; see `placement_orders.placement_order`.
    starts : sequence of int
        The first frame of each group, and the end of the last.
    size : (int, int)
        Of the frame in pixels.
    fps : float
        Frames a second.
    """
    sizes, fall = group_sizes(len(order), len(starts) - 1), max(1, round(FALL_S * fps))
    factor = fitted_factor(mosaic, size)
    width, height = mosaic.cells.tile_size
    area, begun, scales = width * height * factor**2, [], []
    for number, count in enumerate(sizes):
        length = starts[number + 1] - starts[number]
        spread = SPREAD * length
        begun.append(starts[number] + np.floor(np.arange(count) / count * spread).astype(int))
        together = max(1.0, count * min(1.0, fall / max(1.0, spread)))
        scale = float(np.clip((COVERED * size[0] * size[1] / (together * area)) ** 0.5, *SCALES))
        scales.append(np.full(count, min(scale, 0.6 * size[1] / (height * factor))))
    return Placing(order, np.concatenate(begun), np.maximum(1.0, np.concatenate(scales)), fall)


def stepwise(order: np.ndarray, groups: int) -> Placing:
    """Return a placing with one frame for each group, for GIFs: tiles are in their place when they appear."""
    sizes = group_sizes(len(order), groups)
    starts = np.repeat(np.arange(len(sizes)), sizes)
    return Placing(order, starts, np.ones(len(order)), 0)


def fitted_factor(mosaic: PlacedTiles, size: tuple[int, int]) -> float:
    """Return how many times larger than its target a mosaic is that fits into a frame of (width, height) pixels."""
    width, height = mosaic.cells.canvas[2:]
    return min(size[0] / width, size[1] / height)


def frames(
    mosaic: PlacedTiles, placed: Placing, count: int, size: tuple[int, int], background: tuple[int, int, int]
) -> Iterator[np.ndarray]:
    """Yield the frames of the animation, each (h, w, 3) uint8, sRGB; it is valid until the next.

    Parameters
    ----------
    mosaic : PlacedTiles
        What is built up.
    placed : Placing
        When each tile is placed.
    count : int
        Number of frames; the last are the whole mosaic.
    size : (int, int)
        Of a frame in pixels.
    background : (int, int, int)
        What is there before the tiles.
    """
    stage = _Stage(mosaic, placed, size, background)
    for number in range(count):
        yield stage.at(number)


class _Stage:
    """The tiles that have arrived, and those on their way, frame after frame."""

    def __init__(
        self, mosaic: PlacedTiles, placed: Placing, size: tuple[int, int], background: tuple[int, int, int]
    ) -> None:
        self._mosaic, self._placed, self._factor = mosaic, placed, fitted_factor(mosaic, size)
        self._whole = painted(mosaic, self._factor)
        height, width = self._whole.shape[:2]
        self._corner = (size[0] - width) // 2, (size[1] - height) // 2
        self._arrived = np.full((size[1], size[0], 3), background, np.uint8)
        self._boxes = mosaic.cells.scaled(self._factor)
        self._show_target()
        self._next = 0
        self._moving: list[int] = []
        self._close: dict[int, np.ndarray] = {}

    def at(self, number: int) -> np.ndarray:
        placed = self._placed
        while self._next < len(placed.order) and placed.starts[self._next] <= number:
            self._moving.append(self._next)
            self._next += 1
        for each in [each for each in self._moving if number - placed.starts[each] >= placed.fall]:
            self._arrive(each)
        if not self._moving:
            return self._arrived
        frame = self._arrived.copy()
        for each in sorted(self._moving, key=lambda each: -int(placed.starts[each])):
            self._draw(frame, each, (number - placed.starts[each] + 1) / (placed.fall + 1))
        return frame

    def _show_target(self) -> None:
        """Where no tile comes, the target is there from the beginning."""
        height, width = self._whole.shape[:2]
        bare = np.ones((height, width), bool)
        for each in range(len(self._placed.order)):
            (x0, y0, x1, y1), mask = self._box(each)
            bare[y0:y1, x0:x1] &= False if mask is None else ~mask
        left, top = self._corner
        self._arrived[top : top + height, left : left + width][bare] = self._whole[bare]

    def _arrive(self, each: int) -> None:
        self._moving.remove(each)
        self._close.pop(each, None)
        (x0, y0, x1, y1), mask = self._box(each)
        pixels = self._whole[y0:y1, x0:x1]
        left, top = self._corner
        place = self._arrived[y0 + top : y1 + top, x0 + left : x1 + left]
        if mask is None:
            place[:] = pixels
        else:
            place[mask] = pixels[mask]

    def _box(self, each: int) -> tuple[tuple[int, int, int, int], np.ndarray | None]:
        """Left, top, right and bottom of a cell in the whole, and its shape there; None for all of it."""
        left, top, width, height = self._boxes[self._placed.order[each]].tolist()
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(self._whole.shape[1], left + width), min(self._whole.shape[0], top + height)
        if self._mosaic.cells.shape == "rectangle":
            return (x0, y0, x1, y1), None
        shape = hexagon((width, height), 1.0)[y0 - top : y1 - top, x0 - left : x1 - left]
        return (x0, y0, x1, y1), shape > 0

    def _draw(self, frame: np.ndarray, each: int, share: float) -> None:
        """Draw a tile on its way: it shrinks from its first size to that of its cell, and becomes opaque."""
        (x0, y0, x1, y1), mask = self._box(each)
        if x1 <= x0 or y1 <= y0:
            return
        left_over = (1 - share) ** 3
        scale = 1 + (float(self._placed.scales[each]) - 1) * left_over
        width, height = (x1 - x0) * scale, (y1 - y0) * scale
        middle = (x0 + x1) / 2 + self._corner[0], (y0 + y1) / 2 + self._corner[1]
        pixels = self._close_up(each, (x0, y0, x1, y1))
        box = (middle[0] - width / 2, middle[1] - height / 2, width, height)
        _blend(frame, pixels, mask, box, min(1.0, 2.5 * share))

    def _close_up(self, each: int, box: tuple[int, int, int, int]) -> np.ndarray:
        """The pixels of a tile at its first size: decoded again where that is larger than the whole has it."""
        x0, y0, x1, y1 = box
        if self._placed.scales[each] < 2:
            return self._whole[y0:y1, x0:x1]
        if each not in self._close:
            alone = one_cell(self._mosaic, int(self._placed.order[each]))
            self._close[each] = painted(alone, self._factor * float(self._placed.scales[each]))
        return self._close[each]


def _blend(
    frame: np.ndarray,
    pixels: np.ndarray,
    mask: np.ndarray | None,
    box: tuple[float, float, float, float],
    opacity: float,
) -> None:
    """Draw pixels into a box (left, top, width, height) of a frame, at fractions of pixels, with soft edges."""
    left, top, width, height = box
    x0, y0 = max(0, int(np.floor(left)) - 1), max(0, int(np.floor(top)) - 1)
    x1, y1 = min(frame.shape[1], int(np.ceil(left + width)) + 1), min(frame.shape[0], int(np.ceil(top + height)) + 1)
    if x1 <= x0 or y1 <= y0:
        return
    ratio = pixels.shape[1] / width, pixels.shape[0] / height
    if max(ratio) > 1.5:
        pixels = cv2.resize(pixels, (max(1, round(width)), max(1, round(height))), interpolation=cv2.INTER_AREA)
        ratio = pixels.shape[1] / width, pixels.shape[0] / height
    matrix = np.array(
        [
            [ratio[0], 0, (x0 + 0.5 - left) * ratio[0] - 0.5],
            [0, ratio[1], (y0 + 0.5 - top) * ratio[1] - 0.5],
        ]
    )
    flags, area = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (x1 - x0, y1 - y0)
    drawn = cv2.warpAffine(pixels, matrix, area, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    shape: np.ndarray = np.full(pixels.shape[:2], 255, np.uint8)
    if mask is not None:
        shape = cv2.resize(mask.astype(np.uint8) * 255, (pixels.shape[1], pixels.shape[0]))
    cover = cv2.warpAffine(shape, matrix, area, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    weight = cover[..., None].astype(np.float32) * (opacity / 255)
    place = frame[y0:y1, x0:x1]
    place[:] = (place + (drawn.astype(np.float32) - place) * weight + 0.5).astype(np.uint8)
