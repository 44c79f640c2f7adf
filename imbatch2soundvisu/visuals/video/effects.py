"""Transitions between images, and motions of an image while it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...core import FrameRate
from ...core.registry import Registry
from . import yuv
from .field_checks import check_range


class Transition(Protocol):
    """How one image follows another. A frozen dataclass.

    It may also have `blend_faces(first, second, progress, points)`, as `Morph` has, which is used instead of `blend`
    between two still images whose faces were measured: (h, w, 3) uint8, and the landmarks of each, (m, 2) in pixels.
    """

    def frames(self, fps: FrameRate) -> int:
        """Return for how many frames both images are shown; an odd number is rounded down to an even one."""
        ...

    def blend(self, first: np.ndarray, second: np.ndarray, progress: float) -> np.ndarray:
        """Return a frame of the transition.

        Parameters
        ----------
        first, second : ndarray of shape (3h/2, w)
            uint8, planar images as in `yuv`.
        progress : float
            Position within the transition, in (0, 1).
        """
        ...


class Motion(Protocol):
    """How an image moves while it is shown. A frozen dataclass.

    It may also have `windows(focus, image_aspect, aspect, seconds, seed)`, as `KenBurns` has, which returns what of the
    image is shown first and last; it is used instead of `zoom`. Or `camera(share, seed)`, `largest_zoom` and `amount`,
    as `Parallax` has, for images whose depth was measured; and `needs`, what must be measured for it.
    """

    def zoom(self, index: int) -> tuple[float, float]:
        """Return the magnification of image `index` in its first and in its last frame, each at least 1."""
        ...


#: Transitions by name.
TRANSITIONS: Registry[type[Transition]] = Registry(
    "transition",
    method="frames",
    argument="transition=",
    modules=("imbatch2soundvisu.faces.transition",),
)
#: Motions by name.
MOTIONS: Registry[type[Motion]] = Registry("motion", method="zoom", argument="motion=")


@TRANSITIONS.register("cut")
@dataclass(frozen=True)
class Cut:
    """A hard cut: the next image replaces this one from one frame to the next."""

    def frames(self, fps: FrameRate) -> int:
        """Return 0: no frame shows both images."""
        return 0

    def blend(self, first: np.ndarray, second: np.ndarray, progress: float) -> np.ndarray:
        """Return the image that is shown at `progress`."""
        return first if progress < 0.5 else second


@TRANSITIONS.register("cross-fade")
@dataclass(frozen=True)
class CrossFade:
    """Each image fades into the next, centred on the cut.

    Parameters
    ----------
    seconds : float
        Duration of a fade, from 0 to 60; a fade never takes more than half of either image.

    Raises
    ------
    ConfigError
        If `seconds` is out of range.

    Examples
    --------
    >>> CrossFade(0.5).frames(30)
    15
    """

    seconds: float = 0.4

    def __post_init__(self) -> None:
        check_range("CrossFade(seconds=...)", self.seconds, 0, 60)

    def frames(self, fps: FrameRate) -> int:
        """Return the duration in frames."""
        return round(self.seconds * fps)

    def blend(self, first: np.ndarray, second: np.ndarray, progress: float) -> np.ndarray:
        """Return the mean of both images, weighted by `progress`."""
        return yuv.blend(first, second, progress)


@MOTIONS.register("slow-zoom")
@dataclass(frozen=True)
class SlowZoom:
    """Each image is slowly magnified while it is shown.

    Parameters
    ----------
    amount : float
        From 0 to 1; 0.08 is 8% larger in the last frame than in the first.
    alternate : bool
        Reverse the motion of every second image.

    Raises
    ------
    ConfigError
        If `amount` is out of range.

    Examples
    --------
    >>> SlowZoom(0.5).zoom(0), SlowZoom(0.5).zoom(1)
    ((1.0, 1.5), (1.5, 1.0))
    """

    amount: float = 0.08
    alternate: bool = True

    def __post_init__(self) -> None:
        check_range("SlowZoom(amount=...)", self.amount, 0, 1, "; 0.08 is 8% larger at the end")

    def zoom(self, index: int) -> tuple[float, float]:
        """Return the magnification of image `index` in its first and in its last frame."""
        last = 1.0 + self.amount
        return (last, 1.0) if self.alternate and index % 2 else (1.0, last)
