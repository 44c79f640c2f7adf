"""Slow pans and zooms between two parts of an image that matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...core import Region
from .effects import MOTIONS
from .field_checks import check_range

if TYPE_CHECKING:
    from ...datasets.cropping import Focus

_POSITIONS = 33  # positions of a window that are tried along each axis
_SECOND = 0.35  # a second part matters when it has at least this share of the importance of the first
_FACE = 10.0  # what it is worth to keep a face; its head counts half as much
_ABOVE = 1.0  # what the importance costs that is cut off above a window: heads are there
_LEAST = 0.2  # how much of the magnification is left where a head needs the space
_WIDE = 0.15  # how much of the magnification the wider window has, where the motion is between two parts
_ENLARGED = 1.25  # pixels of the decoded image for one of the frame, at most, so that nothing flickers


@MOTIONS.register("ken-burns")
@dataclass(frozen=True)
class KenBurns:
    """A slow pan and zoom between two parts of the image that matter, or between the whole and one of them.

    The image fills the frame, whatever `fit` is, and the frame never leaves the image. The motion is eased, and its
    direction depends on the image: half of them are approached, half are left.

    Parameters
    ----------
    amount : float
        From 0 to 1; 0.25 is 25% larger where the image is closest. Less where a head would be cut.
    speed : float
        The fastest motion, in widths of the frame a second, from 0.01 to 1; shorter images move less far.

    Raises
    ------
    ConfigError
        If a value is out of range.

    Examples
    --------
    >>> from imbatch2soundvisu.datasets.cropping import Focus
    >>> square = np.zeros((48, 64), np.float32)
    >>> square[20:28, 44:52] = 1 / 64
    >>> first, last = KenBurns(0.25).windows(Focus(square), 4 / 3, 4 / 3, seconds=10, seed=0)
    >>> first.width > last.width, last.x < 44 / 64 and 52 / 64 < last.x + last.width
    (True, True)
    """

    amount: float = 0.25
    speed: float = 0.1

    def __post_init__(self) -> None:
        check_range("KenBurns(amount=...)", self.amount, 0, 1, "; 0.25 is 25% larger")
        check_range("KenBurns(speed=...)", self.speed, 0.01, 1, " widths of the frame a second")

    def zoom(self, index: int) -> tuple[float, float]:
        """Return the magnification in the first and in the last frame, without what is known of the image."""
        return 1.0, 1.0 + self.amount

    def windows(
        self, focus: Focus, image_aspect: float, aspect: float, seconds: float, seed: int
    ) -> tuple[Region, Region]:
        """Return what is shown in the first and in the last frame.

        Parameters
        ----------
        focus : Focus
            What matters in the image.
        image_aspect, aspect : float
            Width / height of the image, and of the frame.
        seconds : float
            How long the image is shown.
        seed : int
            Of the image; an odd one reverses the motion.

        Returns
        -------
        first, last : Region
            In shares of the image, both of the aspect of the frame.
        """
        from ...datasets.cropping import crop_window

        whole = crop_window(focus, image_aspect, aspect)
        near = _best_window(focus.importance, focus.faces, _scaled(whole, self._closest(whole, focus.faces)))
        far = self._second(focus, whole, near)
        reach = _distance(far, near) / max(1e-9, self.speed * seconds)
        far = _between(near, far, min(1.0, 1 / max(reach, 1e-9)))
        return (near, far) if seed % 2 else (far, near)

    def _closest(self, whole: Region, faces: Sequence[Region]) -> float:
        """The size of the closer window relative to the whole, large enough for each head."""
        from ...datasets.cropping import head_of

        heads = [head_of(each) for each in faces]
        needed = max((max(each.width / whole.width, each.height / whole.height) for each in heads), default=0.0)
        return max(1 / (1 + self.amount), min(needed, 1 / (1 + _LEAST * self.amount)))

    def _second(self, focus: Focus, whole: Region, near: Region) -> Region:
        """The other end: another part that matters nearly as much, or the whole."""
        if focus.faces:
            return whole
        rest = focus.importance.copy()
        height, width = rest.shape
        rows = slice(math.floor(near.y * height), math.ceil((near.y + near.height) * height))
        columns = slice(math.floor(near.x * width), math.ceil((near.x + near.width) * width))
        rest[rows, columns] = 0
        if rest.sum() < _SECOND * (1 - rest.sum()):
            return whole
        return _best_window(rest, (), _scaled(whole, 1 / (1 + _WIDE * self.amount)))


def _scaled(window: Region, scale: float) -> Region:
    return Region(window.x, window.y, window.width * scale, window.height * scale)


def _best_window(importance: np.ndarray, faces: Sequence[Region], window: Region) -> Region:
    """The window of this size with the most importance, which keeps faces."""
    from ...datasets.cropping import head_of, kept_share, window_weights

    starts_x = np.linspace(0.0, max(0.0, 1 - window.width), _POSITIONS)
    starts_y = np.linspace(0.0, max(0.0, 1 - window.height), _POSITIONS)
    across = window_weights(starts_x, window.width, importance.shape[1])
    down = window_weights(starts_y, window.height, importance.shape[0])
    above = (np.arange(importance.shape[0]) + 0.5) / importance.shape[0] < starts_y[:, None]
    value = (down - _ABOVE * above) @ importance @ across.T
    for face in faces:
        share = face.width * face.height / sum(each.width * each.height for each in faces)
        for region, worth in ((face, _FACE), (head_of(face), _FACE / 2)):
            kept_x = kept_share(starts_x, window.width, (region.x, region.x + region.width))
            kept_y = kept_share(starts_y, window.height, (region.y, region.y + region.height))
            value += worth * share * np.minimum(kept_x[None], kept_y[:, None])
    row, column = np.unravel_index(int(np.argmax(value)), value.shape)
    return Region(float(starts_x[column]), float(starts_y[row]), window.width, window.height)


def _distance(a: Region, b: Region) -> float:
    """How far two windows are apart, in widths of the frame: by position or by size, whichever is more."""
    width, height = min(a.width, b.width), min(a.height, b.height)
    return max(
        abs(a.x + a.width / 2 - b.x - b.width / 2) / width,
        abs(a.y + a.height / 2 - b.y - b.height / 2) / height,
        abs(math.log(a.width / b.width)),
    )


def _between(a: Region, b: Region, share: float) -> Region:
    """The window between two; inside the image where both are."""

    def at(name: str) -> float:
        first, last = float(getattr(a, name)), float(getattr(b, name))
        return first + (last - first) * share

    return Region(at("x"), at("y"), at("width"), at("height"))


@dataclass(frozen=True)
class Path:
    """The way of a window over an image.

    Parameters
    ----------
    first, last : Region
        The window in the first and in the last frame, in shares of the image.
    """

    first: Region
    last: Region

    @property
    def canvas(self) -> tuple[float, float]:
        """Widths and heights of the frame that the image is decoded at."""
        narrow = min(self.first.width, self.last.width), min(self.first.height, self.last.height)
        wide = max(self.first.width, self.last.width), max(self.first.height, self.last.height)
        return min(1 / narrow[0], _ENLARGED / wide[0]), min(1 / narrow[1], _ENLARGED / wide[1])

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all that is shown, in shares of the image."""
        ends = self.first, self.last
        return (
            min(each.x for each in ends), min(each.y for each in ends),
            max(each.x + each.width for each in ends), max(each.y + each.height for each in ends),
        )  # fmt: skip

    def at(self, share: float) -> Region:
        """Return the window after a share of the time, in [0, 1]; slower at both ends, even in magnification."""
        eased = share * share * (3 - 2 * share)
        first, last = self.first.width, self.last.width
        if abs(math.log(last / first)) > 1e-6:
            eased = ((last / first) ** eased - 1) / (last / first - 1)
        return _between(self.first, self.last, eased)
