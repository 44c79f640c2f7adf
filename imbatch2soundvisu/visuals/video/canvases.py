"""Decoded images of a film, and what of them is shown in each frame."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import ImageRecord, Region
from ..frames import focus_of, frame
from . import yuv
from .effects import Transition
from .ken_burns import Path
from .options import VideoOptions
from .overlays import Overlay

#: From a share of the time, in [0, 1], to pixels of the canvas for one of the frame, and the corner (left, top) there.
Window = Callable[[float], tuple[float, tuple[float, float]]]


@dataclass(frozen=True)
class Canvas:
    """A decoded image, shown from frame `start` to `end`, which is excluded.

    Parameters
    ----------
    planar : ndarray of shape (3h/2, w)
        uint8.
    size : (int, int)
        Width and height of the frame in pixels.
    start, end : int
        Frames of the film.
    window : callable, optional
        What is shown of an image that moves.
    mark, caption : Overlay, optional
        What is drawn over the image, and does not move with it.
    face : tuple of ndarray, optional
        The pixels of the frame, (h, w, 3) uint8, and the landmarks of its face, (m, 2) in pixels, for transitions that
        need them.
    """

    planar: np.ndarray
    size: tuple[int, int]
    start: int
    end: int
    window: Window | None = None
    mark: Overlay | None = None
    caption: Overlay | None = None
    face: tuple[np.ndarray, np.ndarray] | None = None

    def at(self, number: int) -> np.ndarray:
        """Return the planar image for a frame of the film."""
        return self._still if self.window is None else self._dressed(self.bare(number))

    def bare(self, number: int) -> np.ndarray:
        """Return the planar image for a frame of the film, without watermark and caption."""
        if self.window is None:
            return self.planar
        share = (number - self.start) / max(1, self.end - self.start - 1)
        return yuv.view(self.planar, self.size, *self.window(share))

    @cached_property
    def _still(self) -> np.ndarray:
        return self._dressed(self.planar)

    def _dressed(self, planar: np.ndarray) -> np.ndarray:
        for each in (self.mark, self.caption):
            planar = planar if each is None else each.on(planar)
        return planar


def blended(current: Canvas, following: Canvas, number: int, position: float, transition: Transition) -> np.ndarray:
    """Return a frame between two images. One caption goes before the next comes: over each other none can be read.

    Parameters
    ----------
    current, following : Canvas
    number : int
        Frame of the film.
    position : float
        In (0, 1), from the one to the other.
    transition : Transition
    """
    planar = _faces_blended(current, following, position, transition)
    if planar is None:
        planar = transition.blend(current.bare(number), following.bare(number), position)
    shares = (current.mark, 1 - position), (following.mark, position)
    if current.mark is not None and following.mark is not None:
        shares = ((following.mark, 1.0),)  # type: ignore[assignment]
    captions = (current.caption, 1 - 2 * position), (following.caption, 2 * position - 1)
    if current.caption is not None and following.caption is not None and current.caption.text == following.caption.text:
        captions = ((following.caption, 1.0),)  # type: ignore[assignment]
    for overlay, opacity in (*shares, *captions):
        if overlay is not None and opacity > 0:
            planar = overlay.on(planar, opacity)
    return planar


def _faces_blended(current: Canvas, following: Canvas, position: float, transition: Transition) -> np.ndarray | None:
    """A frame between two faces, planar; None where the transition or one of the images knows of none."""
    blend = getattr(transition, "blend_faces", None)
    if blend is None or current.face is None or following.face is None:
        return None
    (first, start), (second, end) = current.face, following.face
    return yuv.to_planar(blend(first, second, position, (start, end))) if start.shape == end.shape else None


def _face_of(
    rgb: np.ndarray, record: ImageRecord, faces: tuple[Region, ...] | None, options: VideoOptions
) -> tuple[np.ndarray, np.ndarray] | None:
    """The frame and the landmarks of its largest face, where the transition uses them."""
    found = max((each for each in faces or () if each.points), key=lambda each: each.width * each.height, default=None)
    if found is None or not hasattr(options.resolved_transition, "blend_faces") or options.fit == "smart":
        return None
    from ...datasets.fitting import CROPPED, placed_size

    size = rgb.shape[1], rgb.shape[0]
    placed = placed_size((record.width, record.height), size, options.fit)
    corner = [(a - b) // 2 for a, b in zip(size, placed, strict=True)]
    if options.fit in CROPPED:
        corner = [-((b - a) // 2) for a, b in zip(size, placed, strict=True)]
    return rgb, np.array(found.points, np.float64) * placed + corner


def canvas_of(record: ImageRecord, shown: tuple[int, int], options: VideoOptions, index: int, seconds: float) -> Canvas:
    """Return an image as large as its motion needs.

    Parameters
    ----------
    record : ImageRecord
    shown : (int, int)
        The frames in which it is visible, the end excluded.
    options : VideoOptions
    index : int
        Position among the images of the film.
    seconds : float
        How long it is visible.
    """
    size, motion = options.frame_size, options.resolved_motion
    faces = None if options.faces is None else options.faces[index]
    if callable(getattr(motion, "windows", None)):
        focus, seed = focus_of(record, faces), zlib.crc32(f"{record.digest or record.name}".encode())
        windows = motion.windows(focus, record.width / record.height, size[0] / size[1], seconds, seed)  # type: ignore[union-attr]
        return _travelled(record, shown, size, Path(*windows))
    first, last = (1.0, 1.0) if motion is None else motion.zoom(index)
    if first == last == 1:
        rgb = frame(record, size, options.fit, options.background, faces)
        return Canvas(yuv.to_planar(rgb), size, *shown, face=_face_of(rgb, record, faces, options))
    largest = max(first, last)
    canvas = yuv.even_size((round(size[0] * largest) + 1, round(size[1] * largest) + 1))
    planar = yuv.to_planar(frame(record, canvas, options.fit, options.background, faces))
    whole = max(canvas[0] / size[0], canvas[1] / size[1])
    return Canvas(planar, size, *shown, _zoom(canvas, size, (whole / first, whole / last)))


def _zoom(canvas: tuple[int, int], size: tuple[int, int], steps: tuple[float, float]) -> Window:
    """The centre of the canvas, magnified evenly."""

    def window(share: float) -> tuple[float, tuple[float, float]]:
        step = steps[0] * (steps[1] / steps[0]) ** share
        return step, ((canvas[0] - step * size[0]) / 2, (canvas[1] - step * size[1]) / 2)

    return window


def _travelled(record: ImageRecord, shown: tuple[int, int], size: tuple[int, int], path: Path) -> Canvas:
    """The whole image, as large as the closest window needs; only what is shown of it is kept."""
    wide, high = path.canvas
    width, height = _even(size[0] * wide), _even(size[1] * high)
    left, top, right, bottom = path.bounds
    columns = slice(math.floor(left * width / 2) * 2, min(width, math.ceil(right * width / 2) * 2))
    rows = slice(math.floor(top * height / 2) * 2, min(height, math.ceil(bottom * height / 2) * 2))
    rgb = np.ascontiguousarray(frame(record, (width, height), "fill")[rows, columns])
    limits = rgb.shape[1], rgb.shape[0]

    def window(share: float) -> tuple[float, tuple[float, float]]:
        region = path.at(share)
        step = min(region.width * width / size[0], limits[0] / size[0], limits[1] / size[1])
        corner = region.x * width - columns.start, region.y * height - rows.start
        most = limits[0] - step * size[0], limits[1] - step * size[1]
        return step, (min(max(0.0, corner[0]), most[0]), min(max(0.0, corner[1]), most[1]))

    return Canvas(yuv.to_planar(rgb), size, *shown, window)


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)
