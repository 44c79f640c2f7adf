"""Frame rates as exact numbers, and the sizes of frames that have a name."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from .errors import ConfigError, hint

#: Frames per second: whole, or an exact ratio as in NTSC video, 30000/1001.
FrameRate = int | Fraction

#: Width and height in pixels of the formats of films, by name.
SIZES: dict[str, tuple[int, int]] = {
    "hd": (1920, 1080),
    "720p": (1280, 720),
    "4k": (3840, 2160),
    "vertical": (1080, 1920),
    "portrait": (1080, 1350),
    "square": (1080, 1080),
}

_NTSC = Fraction(1000, 1001)
_NEAR_FPS = 0.005  # 23.98 and 23.976 are both written for 24000/1001


def size_of(size: Any) -> Any:
    """Return the (width, height) of a named size; any other value as it is.

    Raises
    ------
    ConfigError
        For an unknown name, with the names.

    Examples
    --------
    >>> size_of("vertical"), size_of((640, 360))
    ((1080, 1920), (640, 360))
    """
    if not isinstance(size, str):
        return size
    if size.lower() not in SIZES:
        names = [f"{name} ({width} x {height})" for name, (width, height) in SIZES.items()]
        raise ConfigError(
            f"unknown size {size!r}.{hint(size, SIZES)} Give (width, height), or one of: {', '.join(names)}"
        )
    return SIZES[size.lower()]


def frame_rate(rate: Any) -> Any:
    """Return frames per second as an int or an exact Fraction; what is neither, as it is.

    Parameters
    ----------
    rate : int, float, Fraction or str
        As text "25", "29.97" or "30000/1001"; 23.976, 29.97 and 59.94 mean 24000/1001, 30000/1001 and 60000/1001.

    Examples
    --------
    >>> frame_rate(29.97), frame_rate("24000/1001"), frame_rate(25.0)
    (Fraction(30000, 1001), Fraction(24000, 1001), 25)
    """
    if isinstance(rate, str):
        rate = _number(rate)
    if isinstance(rate, float) and 1 <= rate < 1000 and not rate.is_integer():
        ntsc = round(rate / _NTSC) * _NTSC
        rate = ntsc if abs(rate - ntsc) < _NEAR_FPS else rate
    whole = isinstance(rate, float | Fraction) and float(rate).is_integer()
    return int(rate) if whole else rate


def _number(text: str) -> Any:
    if re.fullmatch(r"\s*\d+\s*/\s*0*[1-9]\d*\s*", text):
        numerator, denominator = text.split("/")
        return Fraction(int(numerator), int(denominator))
    return float(text) if re.fullmatch(r"\s*\d+(\.\d*)?\s*", text) else text


def is_ntsc(rate: Any) -> bool:
    """Return whether a frame rate is 1000/1001 of a whole number.

    Examples
    --------
    >>> is_ntsc(Fraction(30_000, 1001)), is_ntsc(30)
    (True, False)
    """
    return isinstance(rate, Fraction) and (rate / _NTSC).denominator == 1


def rate_text(rate: FrameRate) -> str:
    """Return a frame rate as text, to three decimals.

    Examples
    --------
    >>> rate_text(30), rate_text(Fraction(24_000, 1001))
    ('30', '23.976')
    """
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")
