"""Options of a montage of faces: which faces are used, and how they are placed in their frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.errors import ConfigError, unknown
from .warping import check_border

ALIGNMENTS = ("eyes", "procrustes")


@dataclass(frozen=True, kw_only=True)
class MontageOptions:
    """How the photos of a montage are chosen and placed.

    Parameters
    ----------
    output_size : int or (int, int)
        Side of the frames, or width and height, in pixels.
    closeness : float or (float, float)
        Distance of the eyes as a share of the shorter side, from 0.02 to 1; or that of the first and of the last frame,
        between which the montage comes closer by equal factors.
    align : {"eyes", "procrustes"}
        What is put at the same places: the eyes; or eyes and nose together, as well as turning and scaling can.
    border : str or (int, int, int)
        What is beside a photo: "cover" (frames come closer until photos cover them, up to twice and as long as faces
        are whole; else as "blur"), "blur" (its edges continued, blurred), "reflect" (mirrored), or a colour.
    equalise : bool
        Give the faces one colour and brightness.
    min_sharpness : float
        Photos whose face is less sharp than this share of the median are left out; 0 for none.
    """

    output_size: Any = 800
    closeness: Any = 0.2
    align: str = "eyes"
    border: Any = "cover"
    equalise: bool = False
    min_sharpness: float = 0.4

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames."""
        if isinstance(self.output_size, int):
            return self.output_size, self.output_size
        return tuple(self.output_size)  # type: ignore[return-value]

    @property
    def closeness_range(self) -> tuple[float, float]:
        """Distance of the eyes in the first and in the last frame, as shares of the shorter side."""
        given = self.closeness
        return tuple(map(float, given)) if isinstance(given, tuple | list) else (float(given),) * 2  # type: ignore[return-value]

    def check_options(self) -> None:
        """Raise ConfigError when an option is invalid."""
        self._check_size()
        self._check_closeness()
        if self.align not in ALIGNMENTS:
            raise unknown("align", self.align, ALIGNMENTS)
        check_border(self.border)
        if not isinstance(self.equalise, bool):
            raise ConfigError(f"equalise={self.equalise!r} must be True or False")
        least = self.min_sharpness
        if not isinstance(least, int | float) or isinstance(least, bool) or not 0 <= least < 1:
            raise ConfigError(f"min_sharpness={least!r} must be a share of the median, from 0 (all photos) to below 1")

    def _check_size(self) -> None:
        given = self.output_size
        sides = (given, given) if isinstance(given, int) else given
        whole = isinstance(sides, tuple | list) and all(isinstance(each, int) for each in sides)
        if not whole or isinstance(given, bool) or len(sides) != 2 or not all(16 <= each <= 8192 for each in sides):
            raise ConfigError(f"output_size={given!r} must be a side or (width, height), from 16 to 8192 px")

    def _check_closeness(self) -> None:
        given = self.closeness if isinstance(self.closeness, tuple | list) else (self.closeness,) * 2
        for each in given if len(given) == 2 else [None]:
            if not isinstance(each, int | float) or isinstance(each, bool) or not 0.02 <= each <= 1:
                raise ConfigError(
                    f"closeness={self.closeness!r} must be the distance of the eyes as a share of the frame, from 0.02 "
                    "to 1, or one for the first and one for the last frame, such as (0.15, 0.3)"
                )
