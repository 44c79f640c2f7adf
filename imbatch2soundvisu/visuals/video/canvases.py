"""Decoded images of a film, and what of them is shown in each frame."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core import ImageRecord, Region
from ..frames import focus_of, frame
from . import yuv
from .effects import Transition
from .ken_burns import Path
from .options import VideoOptions
from .overlays import Overlay
from .stabilisation import steady_frame

if TYPE_CHECKING:
    from ...datasets.cropping import Focus

#: From a share of the time, in [0, 1], to the planar frame.
View = Callable[[float], np.ndarray]
FaceOfFrame = tuple[np.ndarray, np.ndarray, tuple[slice, slice]]


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
    view : callable, optional
        The frame of an image that moves, after a share of the time.
    mark, caption : Overlay, optional
        What is drawn over the image, and does not move with it.
    face : tuple, optional
        The pixels of the frame, (h, w, 3) uint8, the landmarks of its face, (m, 2) in pixels, and where in the frame
        the image is (rows, columns), for transitions that need them.
    """

    planar: np.ndarray
    size: tuple[int, int]
    start: int
    end: int
    view: View | None = None
    mark: Overlay | None = None
    caption: Overlay | None = None
    face: FaceOfFrame | None = None

    def at(self, number: int) -> np.ndarray:
        """Return the planar image for a frame of the film."""
        return self._still if self.view is None else self._dressed(self.bare(number))

    def bare(self, number: int) -> np.ndarray:
        """Return the planar image for a frame of the film, without watermark and caption."""
        if self.view is None:
            return self.planar
        share = (number - self.start) / max(1, self.end - self.start - 1)
        return self.view(share)

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
    (first, start, part), (second, end, other) = current.face, following.face
    if start.shape != end.shape or part != other:
        return None
    corner = part[1].start, part[0].start
    inner = blend(first[part], second[part], position, (start - corner, end - corner))
    whole = np.rint(first + position * (second.astype(np.float32) - first)).astype(np.uint8)
    whole[part] = inner  # what is beside the images does not bend with the faces
    return yuv.to_planar(whole)


def _face_of(
    rgb: np.ndarray, record: ImageRecord, faces: tuple[Region, ...] | None, options: VideoOptions
) -> FaceOfFrame | None:
    """The frame, the image in it, and the landmarks of its largest face, where the transition uses them."""
    found = max((each for each in faces or () if each.points), key=lambda each: each.width * each.height, default=None)
    if found is None or not hasattr(options.resolved_transition, "blend_faces") or options.fit == "smart":
        return None
    from ...datasets.fitting import CROPPED, placed_size

    size = rgb.shape[1], rgb.shape[0]
    placed = placed_size((record.width, record.height), size, options.fit)
    corner = [(a - b) // 2 for a, b in zip(size, placed, strict=True)]
    if options.fit in CROPPED:
        corner = [-((b - a) // 2) for a, b in zip(size, placed, strict=True)]
    (left, right), (top, bottom) = ((max(0, a), min(a + b, c)) for a, b, c in zip(corner, placed, size, strict=True))
    return rgb, np.array(found.points, np.float64) * placed + corner, (slice(top, bottom), slice(left, right))


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
    nearness = None if options.depths is None else options.depths[index]
    if nearness is not None and callable(getattr(motion, "camera", None)):
        return _seen(record, shown, size, (motion, nearness), focus_of(record, faces))
    steady = None if options.steady is None else options.steady[index]
    if steady is not None and motion is None and options.background is not None:
        return Canvas(yuv.to_planar(steady_frame(record, size, options.fit, options.background, steady)), size, *shown)
    if callable(getattr(motion, "windows", None)):
        focus, aspects = focus_of(record, faces), (record.width / record.height, size[0] / size[1])
        windows = motion.windows(focus, *aspects, seconds, _seed(record))  # type: ignore[union-attr]
        return _travelled(record, shown, size, Path(*windows))
    first, last = (1.0, 1.0) if motion is None else motion.zoom(index)
    if first == last == 1:
        rgb = frame(record, size, options.fit, options.background, faces)
        return Canvas(yuv.to_planar(rgb), size, *shown, face=_face_of(rgb, record, faces, options))
    largest = max(first, last)
    canvas = yuv.even_size((round(size[0] * largest) + 1, round(size[1] * largest) + 1))
    planar = yuv.to_planar(frame(record, canvas, options.fit, options.background, faces))
    whole = max(canvas[0] / size[0], canvas[1] / size[1])
    return Canvas(planar, size, *shown, _zoom(planar, canvas, size, (whole / first, whole / last)))


def _zoom(planar: np.ndarray, canvas: tuple[int, int], size: tuple[int, int], steps: tuple[float, float]) -> View:
    """The centre of the canvas, magnified evenly."""

    def view(share: float) -> np.ndarray:
        step = steps[0] * (steps[1] / steps[0]) ** share
        return yuv.view(planar, size, step, ((canvas[0] - step * size[0]) / 2, (canvas[1] - step * size[1]) / 2))

    return view


def _travelled(record: ImageRecord, shown: tuple[int, int], size: tuple[int, int], path: Path) -> Canvas:
    """The whole image, as large as the closest window needs; only what is shown of it is kept."""
    (width, height), (left, top), rgb = _part(record, size, path.canvas, path.bounds)
    limits, planar = (rgb.shape[1], rgb.shape[0]), yuv.to_planar(rgb)

    def view(share: float) -> np.ndarray:
        region = path.at(share)
        step = min(region.width * width / size[0], limits[0] / size[0], limits[1] / size[1])
        corner = region.x * width - left, region.y * height - top
        most = limits[0] - step * size[0], limits[1] - step * size[1]
        return yuv.view(planar, size, step, (min(max(0.0, corner[0]), most[0]), min(max(0.0, corner[1]), most[1])))

    return Canvas(planar, size, *shown, view)


def _seen(
    record: ImageRecord, shown: tuple[int, int], size: tuple[int, int], moving: tuple[Any, np.ndarray], focus: Focus
) -> Canvas:
    """An image with a depth map, from cameras that move."""
    from ...datasets.cropping import crop_window
    from .depth_scenes import DepthScene, sampled

    motion, nearness = moving
    window = crop_window(focus, record.width / record.height, size[0] / size[1])
    larger = motion.largest_zoom
    bounds = window.x, window.y, window.x + window.width, window.y + window.height
    (width, height), (left, top), rgb = _part(record, size, (larger / window.width, larger / window.height), bounds)
    columns, rows = nearness.shape[1] / width, nearness.shape[0] / height
    x = (np.arange(nearness.shape[1]) + 0.5) * rgb.shape[1] / nearness.shape[1] + left
    y = (np.arange(nearness.shape[0]) + 0.5) * rgb.shape[0] / nearness.shape[0] + top
    part = sampled(nearness, *np.meshgrid(x * columns - 0.5, y * rows - 0.5))
    scene, seed = DepthScene(rgb, part, size, motion.amount / 2), _seed(record)
    still = scene.frame(motion.camera(0.0, seed))
    return Canvas(still, size, *shown, lambda share: scene.frame(motion.camera(share, seed)))


def _part(
    record: ImageRecord, size: tuple[int, int], scale: tuple[float, float], bounds: tuple[float, float, float, float]
) -> tuple[tuple[int, int], tuple[int, int], np.ndarray]:
    """Part of an image that is `scale` frames large: size of the whole, left and top of the part, and its pixels."""
    width, height = _even(size[0] * scale[0]), _even(size[1] * scale[1])
    left, top, right, bottom = bounds
    columns = slice(math.floor(left * width / 2) * 2, min(width, math.ceil(right * width / 2) * 2))
    rows = slice(math.floor(top * height / 2) * 2, min(height, math.ceil(bottom * height / 2) * 2))
    rgb = np.ascontiguousarray(frame(record, (width, height), "fill")[rows, columns])
    return (width, height), (columns.start, rows.start), rgb


def _seed(record: ImageRecord) -> int:
    return zlib.crc32(f"{record.digest or record.name}".encode())


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)
