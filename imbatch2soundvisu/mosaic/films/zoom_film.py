"""From one photo, out through the mosaic that contains it, and into the next: frames of an endless zoom.

Stage i is a mosaic that contains, in one of its cells, the picture that the mosaic of stage i - 1 shows. The camera
goes away at a constant rate of scale; when it has the whole mosaic in view, this becomes a tile of the next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...config import Settings
from ..placed_tiles import PlacedTiles
from .mip_levels import OVERSAMPLING, MipLevels, View

#: Share of the time of a stage in which the camera gets faster, and slower again.
EASE = 0.16
#: Octaves of distance in which a mosaic becomes the photo that it shows.
FADE_OCTAVES = (0.1, 1.3)


@dataclass(frozen=True)
class Stage:
    """A mosaic, and the cell in which the picture of the stage before it is.

    Parameters
    ----------
    mosaic : PlacedTiles
        The mosaic. Its target has the aspect of the cell of the next stage.
    cell : int
        The number of the cell.
    """

    mosaic: PlacedTiles
    cell: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the cell, in pixels of the target."""
        left, top, width, height = self.mosaic.cells.boxes[self.cell].tolist()
        return left, top, width, height


class Zoom:
    """The views and frames of a zoom through several mosaics.

    Parameters
    ----------
    stages : sequence of Stage
        The mosaics, from the first to the last.
    frame : (int, int)
        Width and height of a frame in pixels, both even.
    background : (int, int, int)
        Around the last mosaic.
    loop : bool
        The picture of the last stage is in the cell of the first: the film ends as it begins.
    settings : Settings, optional
        Formats and limits of decoding.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        frame: tuple[int, int],
        background: tuple[int, int, int] = (0, 0, 0),
        *,
        loop: bool = False,
        settings: Settings | None = None,
    ) -> None:
        self.stages, self.frame, self.loop = tuple(stages), frame, loop
        self._levels = [
            MipLevels(stage.mosaic, *self._ends(number), frame, background, settings)
            for number, stage in enumerate(self.stages)
        ]

    def _ends(self, number: int) -> tuple[View, View]:
        """The first and the last view of a stage."""
        canvas = self.stages[number].mosaic.cells.canvas
        last = self._around((0, 0, canvas[2], canvas[3]), max)
        if number == 0 and not self.loop:
            return self._around(self.stages[0].box, min), last
        before = (number - 1) % len(self.stages)
        canvas = self.stages[before].mosaic.cells.canvas
        return self.carried(before, self._around((0, 0, canvas[2], canvas[3]), max)), last

    def _around(self, box: tuple[int, int, int, int], choose: Callable[[float, float], float]) -> View:
        """The view of a box: all of it (max), or nothing but it (min)."""
        left, top, width, height = box
        return View(left + width / 2, top + height / 2, choose(float(width), height * self.frame[0] / self.frame[1]))

    def carried(self, number: int, view: View) -> View:
        """Return a view of a stage as a view of the next, in which the mosaic is a tile."""
        width, height = self.stages[number].mosaic.cells.canvas[2:]
        left, top, cell_width, cell_height = self.stages[(number + 1) % len(self.stages)].box
        ratio = cell_width / width
        return View(left + view.x * ratio, top + view.y * cell_height / height, view.width * ratio)

    def view(self, number: int, share: float) -> View:
        """Return what the camera sees of a stage after a share of its time."""
        near, far = self._ends(number)
        return self._levels[number].at(near.width * (far.width / near.width) ** eased(share))

    def drawn(self, number: int, view: View) -> np.ndarray:
        """Return a view of a stage as a frame, (h, w, 3) uint8, sRGB."""
        followed = self.loop or number + 1 < len(self.stages)
        if followed and self._is_beyond(number, view):  # what is around it is the next mosaic
            view, number = self.carried(number, view), (number + 1) % len(self.stages)
        seen = self._levels[number].seen(view)
        if number > 0 or self.loop:
            self._fade(seen, number, view)
        return cv2.resize(seen, self.frame, interpolation=cv2.INTER_AREA)

    def _is_beyond(self, number: int, view: View) -> bool:
        """Whether a view shows more than the mosaic."""
        width, height = self.stages[number].mosaic.cells.canvas[2:]
        across, down = view.width / 2, view.width * self.frame[1] / self.frame[0] / 2
        margins = min(view.x, width - view.x) - across, min(view.y, height - view.y) - down
        return min(margins) < -1e-6 * width

    def _fade(self, seen: np.ndarray, number: int, view: View) -> None:
        """Draw the mosaic of the stage before into its cell, as long as it is large."""
        nearest = self._ends(number)[0]
        octaves = math.log2(view.width / nearest.width)
        opacity = 1 - _smooth((octaves - FADE_OCTAVES[0]) / (FADE_OCTAVES[1] - FADE_OCTAVES[0]))
        before = (number - 1) % len(self.stages)
        canvas, (left, top, width, height) = self.stages[before].mosaic.cells.canvas, self.stages[number].box
        step = view.width / (OVERSAMPLING * self.frame[0])
        x, y = view.x - view.width / 2, view.y - view.width * self.frame[1] / self.frame[0] / 2
        sides = np.array([left - x, top - y, left + width - x, top + height - y]) / step
        limits = (seen.shape[1], seen.shape[0]) * 2
        x0, y0, x1, y1 = np.clip(np.round(sides).astype(int), 0, limits).tolist()
        if opacity <= 0 or x1 <= x0 or y1 <= y0:
            return
        ratio = canvas[2] / width
        inner = View((view.x - left) * ratio, (view.y - top) * canvas[3] / height, view.width * ratio)
        over = self._levels[before].seen(inner, (x0, y0, x1, y1))
        place = seen[y0:y1, x0:x1]
        cv2.addWeighted(over, opacity, place, 1 - opacity, 0, dst=place)

    def frames(self, starts: Sequence[int], count: int) -> Iterator[np.ndarray]:
        """Yield the frames of a film.

        Parameters
        ----------
        starts : sequence of int
            The frame in which each stage begins, and the one in which the last has arrived.
        count : int
            Number of frames; those after the last stage are still.
        """
        for number in range(len(self.stages)):
            length = starts[number + 1] - starts[number]
            for at in range(length):
                yield self.drawn(number, self.view(number, at / length))
        still = self.drawn(len(self.stages) - 1, self.view(len(self.stages) - 1, 1.0))
        for _ in range(starts[-1], count):
            yield still


def eased(share: float) -> float:
    """Return how far the camera is after a share of its time: at a constant rate between two eased ends.

    Examples
    --------
    >>> eased(0.0), round(eased(0.5), 6), eased(1.0)
    (0.0, 0.5, 1.0)
    """
    if share > 0.5:
        return 1 - eased(1 - share)
    rate = 1 / (1 - EASE)
    if share >= EASE:
        return rate * (share - EASE / 2)
    return rate * EASE * _ramp(share / EASE)


def _ramp(x: float) -> float:
    """The integral of a smooth step from 0 to 1; 1/2 at 1."""
    return x**3 - x**4 / 2


def _smooth(x: float) -> float:
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)
