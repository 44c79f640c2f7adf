"""The aligned frames of a montage: where each photo goes, and its frame as an image in the cache."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..core import ImageRecord, Progress, Region, silent
from ..core.text import plural
from ..datasets.images import open_image
from ..features.faces import Face
from ..runtime.cache import Cache
from ..runtime.executors import cores
from ..runtime.files import atomic
from ..runtime.fingerprints import fingerprint
from . import alignment, equalising, warping
from .landmarks import dense_landmarks, dense_version, has_dense
from .options import MontageOptions

#: The folder of aligned frames in the cache.
FOLDER = "aligned-faces"
#: With border="cover", frames come closer by at most this factor, and until the eyes are so far apart, as a share of
#: the shorter side and as one of the height: the forehead and the chin are in the frame then.
MOST_COVERING, CLOSEST, CLOSEST_OF_HEIGHT = 2.0, 0.4, 0.34
_COVERED = 1.002  # a strip of less than a pixel is not seen
_EYES = slice(0, 2), slice(2, 4)
_SMALL = 160  # pixels of the side of frames of which the colour of faces is measured


@dataclass(frozen=True)
class Frame:
    """One frame of a montage.

    Parameters
    ----------
    photo : ImageRecord
        The photo.
    face : Face
        The face in it.
    matrix : ndarray of shape (2, 3)
        From pixels of the photo to pixels of the frame.
    size : (int, int)
        Width and height of the frame.
    closeness : float
        Distance of the eyes as a share of the shorter side.
    border : str or (int, int, int)
        See `faces.warped`.
    together : str
        Digest of all frames whose colours are equalised together; "" where they are not.
    """

    photo: ImageRecord
    face: Face
    matrix: np.ndarray
    size: tuple[int, int]
    closeness: float
    border: Any
    together: str = ""

    @property
    def key(self) -> str:
        """A digest of everything that its pixels depend on."""
        values = [self.photo.digest, np.round(self.matrix, 6).tolist(), self.size, self.border, self.together]
        text = json.dumps([values, _code()])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def pixels(self, size: tuple[int, int] | None = None) -> np.ndarray:
        """Return the frame without a change of colours, (h, w, 3) uint8, also in a smaller size of that aspect."""
        wanted = size or self.size
        return warping.aligned_frame(self.photo, self.matrix * (wanted[0] / self.size[0]), wanted, self.border)

    def region(self, points: np.ndarray | None = None) -> Region:
        """Return the face in the frame: its box, and its landmarks, or others in pixels of the frame."""
        moved = alignment.moved(self.face.landmarks((self.photo.width, self.photo.height)), self.matrix)
        points = moved if points is None else points
        box = self.face.region
        corners = np.array([[box.x, box.y], [box.x + box.width, box.y + box.height]])
        placed = alignment.moved_box(corners * (self.photo.width, self.photo.height), self.matrix) / self.size
        low, high = np.clip(placed, 0, 1)
        shares = np.round(points / self.size, 6)
        (left, top), (width, height) = np.round(low, 6).tolist(), np.round(high - low, 6).tolist()
        return Region(
            left, top, width, height, score=box.score, label="face",
            points=tuple((float(x), float(y)) for x, y in shares), values=box.values,
        )  # fmt: skip


@functools.cache
def _code() -> str:
    return fingerprint(warping.aligned_frame, equalising.equalised)


def frames_of(options: MontageOptions, photos: Sequence[ImageRecord], faces: Sequence[Face]) -> list[Frame]:
    """Return where each photo of a montage goes, in order.

    Parameters
    ----------
    options : MontageOptions
        Size, closeness, alignment, border, and whether colours are equalised.
    photos : sequence of ImageRecord
        In order.
    faces : sequence of Face
        The face of each.
    """
    shapes = [face.landmarks((photo.width, photo.height)) for photo, face in zip(photos, faces, strict=True)]
    eyes = np.array([[-0.5, 0.0], [0.5, 0.0]])
    if options.align == "procrustes":
        target = alignment.mean_shape(shapes, _EYES)
    else:
        shapes, target = [np.stack([shape[each].mean(axis=0) for each in _EYES]) for shape in shapes], eyes
    start, end = options.closeness_range

    def placed(start: float, end: float) -> list[Frame]:
        found = []
        for photo, face, shape, close in zip(
            photos, faces, shapes, alignment.closenesses(start, end, len(photos)), strict=True
        ):
            matrix = alignment.similarity(shape, alignment.placed(target, options.size, float(close)))
            found.append(Frame(photo, face, matrix, options.size, float(close), options.border))
        return found

    frames = placed(start, end)
    if options.border == "cover":
        frames = placed(*alignment.covering_range(start, end, [_missing(each) for each in frames], _limits(options)))
    if options.equalise:
        together = hashlib.blake2b("".join(each.key for each in frames).encode(), digest_size=16).hexdigest()
        frames = [replace(each, together=together) for each in frames]
    return frames


def covering_line(options: MontageOptions, frames: Sequence[Frame]) -> str:
    """Return by how much frames came closer than asked, and how many photos cannot cover theirs; "" if neither."""
    if options.border != "cover" or not frames:
        return ""
    asked, found = options.closeness_range, (frames[0].closeness, frames[-1].closeness)
    parts = []
    if max(abs(a - b) for a, b in zip(asked, found, strict=True)) > 0.0005:
        texts = [f"{a:.3g}" if a == b else f"({a:.3g}, {b:.3g})" for a, b in (asked, found)]
        parts.append(
            f"frames are closer than asked, {texts[1]} instead of {texts[0]}, so that photos fill them; border='blur' "
            "keeps what was asked"
        )
    if open_ones := sum(_missing(each) > _COVERED for each in frames):
        parts.append(f"{open_ones} of {plural(len(frames), 'photo')} cannot cover the frame: blurred beside it")
    return "; ".join(parts)


def _missing(frame: Frame) -> float:
    return alignment.covering(frame.size, (frame.photo.width, frame.photo.height), frame.matrix)


def _limits(options: MontageOptions) -> tuple[float, float]:
    """How close the first and the last frame may come: the end of a montage that comes closer stays as asked."""
    (start, end), size = options.closeness_range, options.size
    closest = min(CLOSEST, CLOSEST_OF_HEIGHT * size[1] / min(size))
    if start == end:
        return (max(start, min(start * MOST_COVERING, closest)),) * 2  # type: ignore[return-value]
    most = max(start, end)
    return min(most, start * MOST_COVERING), min(most, end * MOST_COVERING)


def written(frames: Sequence[Frame], folder: Path, progress: Progress) -> list[ImageRecord]:
    """Write the frames that are not in a folder of the cache yet; return all as images, with the names of the photos.

    Raises
    ------
    ImageError
        If a photo cannot be read any more.
    """
    records = [record_of(each, folder) for each in frames]
    missing = [each for each, record in zip(frames, records, strict=True) if not record.path.exists()]
    if not missing:
        return records
    colours = _colours(frames) if any(each.together for each in missing) else None
    done = 0
    with ThreadPoolExecutor(min(4, cores()), thread_name_prefix="align") as pool:
        for _ in pool.map(lambda each: _write(each, folder, colours), missing):
            done += 1
            progress("faces", done, len(missing))
    return records


def record_of(frame: Frame, folder: Path) -> ImageRecord:
    """Return the frame as an image of a folder of the cache, written or not."""
    width, height = frame.size
    return replace(
        frame.photo, path=folder / f"{frame.key}.png", digest=frame.key, width=width, height=height, format="PNG"
    )


def _write(frame: Frame, folder: Path, colours: tuple[dict[str, np.ndarray], np.ndarray] | None) -> None:
    pixels = frame.pixels()
    if colours is not None and frame.together:
        own, common = colours
        pixels = equalising.equalised(pixels, own[frame.key], common)
    with atomic(folder / f"{frame.key}.png") as partial:
        Image.fromarray(pixels).save(partial, format="PNG", compress_level=1)


def _colours(frames: Sequence[Frame]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The colour of each face, by the key of the frame, and the one that all get."""
    with ThreadPoolExecutor(min(4, cores()), thread_name_prefix="colour") as pool:
        found = list(pool.map(_colour, frames))
    return {each.key: colour for each, colour in zip(frames, found, strict=True)}, equalising.common_colour(found)


def _colour(frame: Frame) -> np.ndarray:
    scale = _SMALL / min(frame.size)
    size = max(1, round(frame.size[0] * scale)), max(1, round(frame.size[1] * scale))
    return equalising.face_colour(frame.pixels(size), frame.closeness)


def landmarks_of(frames: Sequence[Frame], records: Sequence[ImageRecord], cache: Cache, progress: Progress) -> Any:
    """Return the 68 landmarks of each frame in pixels, a list of (68, 2), or those that were measured without dlib.

    Parameters
    ----------
    frames : sequence of Frame
    records : sequence of ImageRecord
        The written frames.
    cache : Cache
        Where they are kept.
    progress : callable
    """
    if not has_dense():
        return [np.array(each.region().points, np.float64) * each.size for each in frames]
    name = f"dense-landmarks@{dense_version()}"
    known = cache.values(name, [record.digest for record in records])
    for number, (frame, record) in enumerate(zip(frames, records, strict=True), 1):
        if record.digest not in known:
            points = dense_landmarks(open_image(record.path), frame.region())
            known[record.digest] = np.round(points, 3).tolist()
            cache.put_values(name, {record.digest: known[record.digest]})
            progress("landmarks", number, len(records))
    return [np.array(known[record.digest], np.float64) for record in records]


def small_faces(
    photos: Sequence[ImageRecord], faces: Sequence[Face], cache: Cache, progress: Progress = silent
) -> np.ndarray:
    """Return small grey pictures of the aligned faces as points, (n, d) float32; they are kept in a cache."""
    frames = frames_of(_SMALL_FRAMES, photos, faces)
    keys = [each.key for each in frames]
    known = cache.vectors(_SMALL_FACES, keys)
    for number, (key, frame) in enumerate(zip(keys, frames, strict=True), 1):
        if key not in known:
            known[key] = _small_face(frame.pixels())
            cache.put_vectors(_SMALL_FACES, {key: known[key]})
            progress("faces", number, len(frames))
    return np.stack([known[key] for key in keys])


def _small_face(pixels: np.ndarray) -> np.ndarray:
    """The lightness of a face without its mean and contrast, (d,) float32."""
    grey = pixels.astype(np.float32).mean(axis=2)
    grey -= grey.mean()
    return np.asarray((grey / max(1.0, float(np.linalg.norm(grey)))).ravel(), np.float32)


#: The frames of which a smooth order is found.
_SMALL_FRAMES = MontageOptions(output_size=32, closeness=0.35, border="reflect")
_SMALL_FACES = "small-aligned-faces-1"
