"""Options of a video mosaic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from ...core.errors import ConfigError, unknown
from ..options import MosaicOptions

#: Times are fractions of a second with a denominator up to this.
_STEPS_A_SECOND = 1_000_000
#: Options of a mosaic that a video mosaic does not have, and why.
REFUSED = {
    "max_uses": "each frame would need an assignment of its own, and tiles would change in every frame",
    "min_distance": "tiles would change in every frame",
    "use_all": "tiles would change in every frame",
    "palette": "colours would change from frame to frame",
}


@dataclass(frozen=True, kw_only=True)
class VideoMosaicOptions:
    """What of a video becomes a mosaic, how stable its tiles are, and how each frame is made.

    Parameters
    ----------
    start : float, optional
        Seconds of the source that are left out before the mosaic begins.
    seconds : float, optional
        Duration of the mosaic; None: to the end of the source.
    stabilization : float
        From 0 to 1. A tile is replaced only when the distance of the most similar tile to the cell in the current frame
        is below `stabilization` times that of the tile that is there. Distances are squared differences of colours, so
        that 0.9 replaces a tile for a tenth less error; a difference that is not seen is added to both, since that of
        tiles that match almost exactly is noise. 1 replaces a tile whenever another one is more similar; 0 keeps it
        until the next cut.
    still : MosaicOptions
        How each frame is made.

    Examples
    --------
    >>> VideoMosaicOptions.of({"stabilization": 0.8, "columns": 40}).still.columns
    40
    """

    start: float | None = None
    seconds: float | None = None
    stabilization: float = 0.9
    still: MosaicOptions = MosaicOptions()

    @property
    def begin(self) -> Fraction:
        """Seconds of the source that are left out: 0.3 is 3/10, not the binary number below it."""
        return _exact(self.start or 0)

    @property
    def duration(self) -> Fraction | None:
        """Seconds of the mosaic; None: to the end of the source.

        Examples
        --------
        >>> VideoMosaicOptions(seconds=0.4).duration, VideoMosaicOptions(seconds=1001 / 30000).duration
        (Fraction(2, 5), Fraction(1001, 30000))
        """
        return None if self.seconds is None else _exact(self.seconds)

    @classmethod
    def of(cls, keywords: Mapping[str, Any]) -> VideoMosaicOptions:
        """Return the options of keywords; those that are not of this class are of `MosaicOptions`.

        Raises
        ------
        ConfigError
            For an unknown name, an option that a video mosaic does not have, or a value that is not possible.
        """
        own = {field.name for field in fields(cls)} - {"still"}
        names = own | {field.name for field in fields(MosaicOptions)}
        for name in keywords:
            if name not in names:
                raise unknown("option", name, names - set(REFUSED))
        still = MosaicOptions(**{name: value for name, value in keywords.items() if name not in own})
        found = cls(still=still, **{name: value for name, value in keywords.items() if name in own})
        found.check_options()
        return found

    def check_options(self) -> None:
        """Raise ConfigError when a value is out of range, or not possible in videos."""
        if not _is_number(self.stabilization) or not 0 <= self.stabilization <= 1:
            raise ConfigError(f"stabilization={self.stabilization!r} must be from 0 to 1")
        if self.start is not None and not (_is_number(self.start) and 0 <= self.start < float("inf")):
            raise ConfigError(f"start={self.start!r} must be a number of seconds, 0 or more")
        if self.seconds is not None and not (_is_number(self.seconds) and 0 < self.seconds < float("inf")):
            raise ConfigError(f"seconds={self.seconds!r} must be a number of seconds above 0")
        usual = MosaicOptions()
        for name, why in REFUSED.items():
            if _differs(getattr(self.still, name), getattr(usual, name)):
                raise ConfigError(f"{name}= is not possible in a video mosaic: {why}. Leave it out")
        if _differs(self.still.tiling, "grid"):
            raise ConfigError(f'tiling={self.still.tiling!r} is not possible in a video mosaic; tiling="grid" is')
        self.still.check_options()


def _exact(seconds: float) -> Fraction:
    return Fraction(seconds).limit_denominator(_STEPS_A_SECOND)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _differs(value: Any, usual: Any) -> bool:
    return value is not usual and not (isinstance(value, type(usual)) and value == usual)
