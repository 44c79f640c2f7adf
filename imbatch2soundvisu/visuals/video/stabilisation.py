"""Stabilised films: each image is moved, turned and zoomed a little, so that the camera of a shot moves smoothly."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...core import ImageRecord, Progress, Region, silent
from ...core.errors import ConfigError, ImageError
from ..frames import focus_of, frame
from .field_checks import check_range


@dataclass(frozen=True)
class Stabilisation:
    """Remove the jitter of the camera within the shots of a film.

    Neighbouring images are aligned by optical flow. The path of the camera through each shot is smoothed, and a
    constant zoom hides the borders. A shot ends where two neighbours show different scenes or are far apart; images
    that have no neighbour, and shots without jitter, stay as they are.

    Parameters
    ----------
    smoothing : float
        Over how many images the path is smoothed (the standard deviation of the weights), from 0.5 to 200.
    crop : float
        Share of the width and height that the zoom may cut off, from 0 to 0.5; larger corrections are reduced.

    Raises
    ------
    ConfigError
        For values out of these ranges.

    Examples
    --------
    >>> Stabilisation(crop=0.15).smoothing
    10.0
    """

    smoothing: float = 10.0
    crop: float = 0.2

    def __post_init__(self) -> None:
        check_range("Stabilisation(smoothing=...)", self.smoothing, 0.5, 200)
        check_range("Stabilisation(crop=...)", self.crop, 0, 0.5)


@dataclass(frozen=True)
class Steady:
    """How an image is shown in a stabilised film; see `features.motion.steadying` for the unit.

    Parameters
    ----------
    a, b : complex
        The correction.
    shown : float
        Share of the window that is shown: the inverse of the zoom.
    centre : complex
        The centre of the window.
    """

    a: complex
    b: complex
    shown: float
    centre: complex = 0j


def as_stabilisation(given: object) -> Stabilisation | None:
    """Return `stabilise=` of a film as an instance, None for False; raises ConfigError for anything else."""
    if isinstance(given, bool) or given is None:
        return Stabilisation() if given else None
    if isinstance(given, Stabilisation):
        return given
    raise ConfigError(f"stabilise={given!r} must be True, False or Stabilisation(smoothing=..., crop=...)")


def steadied(
    records: Sequence[ImageRecord],
    size: tuple[int, int],
    fit: str = "fit",
    faces: Sequence[tuple[Region, ...]] | None = None,
    options: Stabilisation | None = None,
    progress: Progress = silent,
) -> list[Steady | None]:
    """Return how each image of a film is shown, in order; None for those that stay as they are.

    Parameters
    ----------
    records : sequence of ImageRecord
        The images in the order of the film. Two of them are in memory at a time.
    size : (int, int)
        Width and height of the frame in pixels.
    fit : {"fit", "fill", "smart", "blur"}
        As in `frame`. What "smart" shows of a shot is what matters in its middle image.
    faces : sequence of tuple of Region, optional
        Measured faces, for "smart".
    options : Stabilisation, optional
    progress : callable
        Receives ("stabilise", images done, images in total).

    Raises
    ------
    ImageError
        With the image's name, if it cannot be read.
    """
    from ...features.motion import steadying

    options = options or Stabilisation()
    steps = list(_steps(records, progress))
    ends = [i + 1 for i, step in enumerate(steps) if step is None]
    found: list[Steady | None] = [None] * len(records)
    for start, end in pairwise([0, *ends, len(records)]):
        between = np.array(steps[start : end - 1], complex).reshape(-1, 2)
        if len(between) < 2:
            continue
        a, b = steadying.smoothed(between[:, 0], between[:, 1], options.smoothing)
        middle = (start + end) // 2
        centre, window = _window(records[middle], size, fit, None if faces is None else faces[middle])
        half = np.array([0.5 + 0.5j * record.height / record.width for record in records[start:end]])
        a, b, shown = steadying.limited(a, b, half, centre, window, options.crop, options.smoothing)
        if not (np.all(a == 1) and np.all(b == 0)):
            found[start:end] = [Steady(complex(x), complex(y), shown, centre) for x, y in zip(a, b, strict=True)]
    return found


def steady_frame(
    record: ImageRecord, size: tuple[int, int], fit: str, background: tuple[int, int, int], steady: Steady
) -> np.ndarray:
    """Return an image on a canvas, as `frame` does, with the correction of its shot.

    It is decoded at the size at which it is shown, so that the correction samples pixel by pixel.

    Returns
    -------
    ndarray of shape (height, width, 3)
        uint8, sRGB.
    """
    from ...datasets.fitting import placed_size

    placed = placed_size((record.width, record.height), size, fit)
    seen = min(placed[0], size[0]), min(placed[1], size[1])
    large = round(placed[0] / steady.shown), round(placed[1] / steady.shown)
    pixels = _warped(frame(record, large, "fill", background), seen, placed[0], steady)
    if seen == size:
        return pixels
    canvas = frame(record, size, fit, background) if fit == "blur" else np.full((*size[::-1], 3), background, np.uint8)
    left, top = (size[0] - seen[0]) // 2, (size[1] - seen[1]) // 2
    canvas[top : top + seen[1], left : left + seen[0]] = pixels
    return canvas


def _warped(rgb: np.ndarray, seen: tuple[int, int], placed_width: int, steady: Steady) -> np.ndarray:
    import cv2

    height, width = rgb.shape[:2]
    turned = width * steady.shown / placed_width / steady.a  # near 1: from pixels of the frame to those of the image
    corner = complex(seen[0] - 1, seen[1] - 1) / 2
    offset = width * (steady.centre - steady.b) / steady.a + complex(width - 1, height - 1) / 2 - turned * corner
    matrix = np.array([[turned.real, -turned.imag, offset.real], [turned.imag, turned.real, offset.imag]])
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(rgb, matrix, seen, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _window(
    record: ImageRecord, size: tuple[int, int], fit: str, faces: tuple[Region, ...] | None
) -> tuple[complex, complex]:
    """The centre of what is shown of an image, and half its width and height, in widths of the image."""
    from ...datasets.cropping import crop_window
    from ...datasets.fitting import placed_size

    width, height = placed_size((record.width, record.height), size, fit)
    half = complex(min(width, size[0]), min(height, size[1])) / width / 2
    if fit != "smart" or (width, height) == size:
        return 0j, half
    found = crop_window(focus_of(record, faces), width / height, size[0] / size[1])
    x, y = found.x + found.width / 2 - 0.5, found.y + found.height / 2 - 0.5
    return complex(x, y * height / width), half


def _steps(records: Sequence[ImageRecord], progress: Progress) -> Iterator[tuple[complex, complex] | None]:
    for number, (first, second) in enumerate(pairwise(records), 1):
        yield _step(first, second)
        progress("stabilise", number + 1, len(records))


@functools.lru_cache(maxsize=16_384)
def _step(first: ImageRecord, second: ImageRecord) -> tuple[complex, complex] | None:
    from ...features.motion import steadying

    if first.digest and first.digest == second.digest:
        return 1 + 0j, 0j
    return steadying.camera_step(_small(first), _small(second))


@functools.lru_cache(maxsize=2)
def _small(record: ImageRecord) -> np.ndarray:
    from ...datasets import images
    from ...features.motion import steadying

    try:
        return images.open_image(record, steadying.ALIGNED_PX)
    except ImageError as error:
        raise ImageError(f"{record.name or record.path}: {error}") from error
