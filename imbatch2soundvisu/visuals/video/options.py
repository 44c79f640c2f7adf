"""Options of a film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from ...config import resolve
from ...core import Region
from .dressing import Dressing
from .effects import MOTIONS, TRANSITIONS, Motion, Transition
from .film_tags import Tags
from .stabilisation import Steady
from .yuv import even_size

_LEAST_FPS = 10  # of films


class VideoKeywords(TypedDict, total=False):
    """The fields of `VideoOptions`, as keyword parameters of `write_mp4`."""

    size: tuple[int, int] | None
    fit: str
    background: tuple[int, int, int] | None
    transition: str | Transition
    motion: str | Motion | None
    variable_frame_rate: bool
    moving: bool
    title: str
    dressing: Dressing
    tags: Tags
    faces: Sequence[tuple[Region, ...]] | None
    depths: Sequence[np.ndarray | None] | None
    steady: Sequence[Steady | None] | None


@dataclass(frozen=True)
class VideoOptions:
    """How the images of a film are placed, follow each other, move and are encoded.

    Parameters
    ----------
    size : (int, int), optional
        Width and height in pixels, odd ones are rounded down; `video_size` of the settings when None.
    fit : {"fit", "fill", "smart", "blur"}
        Letterboxed, the middle or what matters cropped to fill the frame, or letterboxed over a blurred copy.
    background : (int, int, int), optional
        sRGB colour beside letterboxed images; that of the settings when None.
    transition : Transition or str
        How one image follows another; a name in `TRANSITIONS` or an instance.
    motion : Motion or str, optional
        How an image moves; a name in `MOTIONS` or an instance. None for stills.
    variable_frame_rate : bool
        Write one frame for each change of the image: a smaller file, which some players do not seek in exactly.
    moving : bool
        Frames differ within an image for another reason than a motion or transition, as those of `write_frames` do.
    title : str
        Title in the metadata.
    dressing : Dressing
        Cards, captions, watermark and fades.
    tags : Tags
        Comment, chapters and poster of the file.
    faces : sequence of tuple of Region, optional
        Faces that were measured in each image, for crops and motions; they are looked for when None.
    depths : sequence of ndarray of shape (a, b), optional
        How near each image is, from 0 to 1, for `Parallax`; stretched over the image. None for an image without.
    steady : sequence of Steady or None, optional
        How each image of a stabilised film is shown, from `steadied`; without a motion.

    Examples
    --------
    >>> VideoOptions(size=(641, 360)).frame_size
    (640, 360)
    """

    size: tuple[int, int] | None = None
    fit: str = "fit"
    background: tuple[int, int, int] | None = None
    transition: str | Transition = "cut"
    motion: str | Motion | None = None
    variable_frame_rate: bool = False
    moving: bool = False
    title: str = ""
    dressing: Dressing = Dressing()
    tags: Tags = Tags()
    faces: Sequence[tuple[Region, ...]] | None = None
    depths: Sequence[np.ndarray | None] | None = None
    steady: Sequence[Steady | None] | None = None

    @property
    def frame_size(self) -> tuple[int, int]:
        """The size, both sides even; raises ConfigError if it is out of range."""
        return even_size(resolve().video_size if self.size is None else self.size)

    @property
    def moves(self) -> bool:
        """Whether images move or blend, so that frames differ within an image."""
        return self.moving or self.motion is not None or self.resolved_transition.frames(_LEAST_FPS) > 0

    @property
    def resolved_transition(self) -> Transition:
        """The transition as an instance; raises ConfigError if it is unknown."""
        found: Transition = TRANSITIONS.resolve(self.transition)
        return found

    @property
    def resolved_motion(self) -> Motion | None:
        """The motion as an instance, or None; raises ConfigError if it is unknown."""
        found: Motion | None = None if self.motion is None else MOTIONS.resolve(self.motion)
        return found

    def resolved(self) -> VideoOptions:
        """Return the options without names and without None for a setting; settings are read here only."""
        return replace(
            self,
            size=self.frame_size,
            background=resolve().background if self.background is None else self.background,
            transition=self.resolved_transition,
            motion=self.resolved_motion,
        )
