"""A mosaic as a camera sees it at any distance: painted at the resolution that each distance needs.

Each octave of distance has its own painting of what is visible in it, with tiles that are decoded as large as they are
seen. A view mixes the two paintings between whose resolutions it lies, as trilinear filtering of mip maps does, at
double the size of the frame, and averages these pixels: it is sharp, it does not shimmer, and no octave begins with a
jump.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ...config import Settings
from ..painting.strips import painted
from ..placed_tiles import PlacedTiles
from .parts import part_of

#: Pixels of a view for each pixel of the frame, across and down.
OVERSAMPLING = 2


@dataclass(frozen=True)
class View:
    """What a camera sees of a mosaic: a rectangle, in pixels of the target from the corner of the canvas.

    Parameters
    ----------
    x, y : float
        Its middle.
    width : float
        Its width; the height follows from the frame.
    """

    x: float
    y: float
    width: float


@dataclass(frozen=True)
class _Level:
    """A painting of a part of a mosaic: pixels, how many for each of the target, and the corner of the part."""

    pixels: np.ndarray
    factor: float
    left: int
    top: int


class MipLevels:
    """The paintings of one mosaic for a camera that moves away from it.

    Parameters
    ----------
    mosaic : PlacedTiles
        What is seen.
    nearest, farthest : View
        Between these all views lie, on a straight way: each contains those before it.
    frame : (int, int)
        Width and height of a frame in pixels.
    background : (int, int, int)
        Around the mosaic.
    settings : Settings, optional
        Formats and limits of decoding.
    """

    def __init__(
        self,
        mosaic: PlacedTiles,
        nearest: View,
        farthest: View,
        frame: tuple[int, int],
        background: tuple[int, int, int],
        settings: Settings | None = None,
    ) -> None:
        self.mosaic, self._nearest, self._farthest, self._frame = mosaic, nearest, farthest, frame
        self._background, self._settings = background, settings
        self._levels: dict[int, _Level] = {}

    def at(self, width: float) -> View:
        """Return the view of a width on the way from the nearest to the farthest."""
        near, far = self._nearest, self._farthest
        share = (width - near.width) / (far.width - near.width) if far.width != near.width else 1.0
        return View(near.x + (far.x - near.x) * share, near.y + (far.y - near.y) * share, width)

    def seen(self, view: View, box: tuple[int, int, int, int] | None = None) -> np.ndarray:
        """Return a view, or a box (left, top, right, bottom) of it, in pixels of `OVERSAMPLING` times a frame."""
        octave = max(0.0, math.log2(view.width / self._nearest.width))
        number = math.floor(octave)
        share = octave - number
        box = box or (0, 0, OVERSAMPLING * self._frame[0], OVERSAMPLING * self._frame[1])
        first = self._sampled(number, view, box)
        if share < 1e-3:
            return first
        return cv2.addWeighted(first, 1 - share, self._sampled(number + 1, view, box), share, 0)

    def _sampled(self, number: int, view: View, box: tuple[int, int, int, int]) -> np.ndarray:
        level = self._level(number)
        step = view.width / (OVERSAMPLING * self._frame[0])
        left, top = self._corner(view)
        zoom = step * level.factor
        matrix = np.array(
            [
                [zoom, 0, (left + (box[0] + 0.5) * step - level.left) * level.factor - 0.5],
                [0, zoom, (top + (box[1] + 0.5) * step - level.top) * level.factor - 0.5],
            ]
        )
        return cv2.warpAffine(
            level.pixels, matrix, (box[2] - box[0], box[3] - box[1]), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=self._background,
        )  # fmt: skip

    def _corner(self, view: View) -> tuple[float, float]:
        return view.x - view.width / 2, view.y - view.width * self._frame[1] / self._frame[0] / 2

    def _level(self, number: int) -> _Level:
        if number not in self._levels:
            for each in [each for each in self._levels if each < number - 1]:
                del self._levels[each]
            self._levels[number] = self._painted(number)
        return self._levels[number]

    def _painted(self, number: int) -> _Level:
        """What is visible until the next octave ends, at the resolution that the beginning of this one needs."""
        width = self._nearest.width * 2**number
        factor = OVERSAMPLING * self._frame[0] / width
        view = self.at(2 * width) if 2 * width < self._farthest.width else self._farthest
        left, top = self._corner(view)
        height = view.width * self._frame[1] / self._frame[0]
        x0, y0 = max(0, math.floor(left) - 1), max(0, math.floor(top) - 1)
        x1, y1 = math.ceil(left + view.width) + 1, math.ceil(top + height) + 1
        part = part_of(self.mosaic, x0, y0, x1 - x0, y1 - y0)
        return _Level(painted(part, factor, settings=self._settings), factor, x0, y0)
