"""Checks of the fields of cards, captions, watermarks, fades, transitions and motions."""

from __future__ import annotations

from numbers import Real
from pathlib import Path
from typing import Any

from ...core.errors import ConfigError, unknown
from .. import fonts

#: Places in a frame, as shares of the free width and height.
POSITIONS = {
    f"{row}-{column}".removesuffix("-").removeprefix("-"): (x, y)
    for row, y in (("top", 0.0), ("", 0.5), ("bottom", 1.0))
    for column, x in (("left", 0.0), ("", 0.5), ("right", 1.0))
    if row or column
} | {"center": (0.5, 0.5)}


def check_range(title: str, number: Any, least: float, most: float, hint: str = "") -> None:
    """Raise ConfigError unless a number is in a range."""
    if isinstance(number, bool) or not isinstance(number, Real) or not least <= float(number) <= most:
        raise ConfigError(f"{title}: {number!r} must be a number from {least:g} to {most:g}{hint}")


def check_colour(title: str, colour: Any, otherwise: str = "") -> None:
    """Raise ConfigError unless a colour is (red, green, blue)."""
    parts = colour if isinstance(colour, tuple | list) else ()
    if len(parts) != 3 or not all(type(each) is int and 0 <= each <= 255 for each in parts):
        hint = f" {otherwise}" if otherwise else ""
        raise ConfigError(f"{title}: {colour!r} must be (red, green, blue), each from 0 to 255{hint}")


def check_position(position: Any) -> None:
    """Raise ConfigError for a position that is none of POSITIONS."""
    if not isinstance(position, str) or position not in POSITIONS:
        raise unknown("position", position, POSITIONS)


def check_safe_area(title: str, area: Any) -> None:
    """Raise ConfigError unless an area is None, a share or two shares."""
    if area is None:
        return
    for share in area if isinstance(area, tuple | list) and len(area) == 2 else (area,):
        check_range(f"{title}(safe_area=...)", share, 0, 0.4)


def check_font(font: str | Path | None) -> None:
    """Raise ConfigError for a font that is not installed."""
    if font is not None:
        if not isinstance(font, str | Path):
            raise ConfigError(f"font={font!r} must be a font file, or the name of an installed font")
        fonts.find_font(font)


def check_picture(title: str, path: Path) -> None:
    """Raise ConfigError for a file that is absent or no image."""
    from PIL import Image

    if not path.is_file():
        raise ConfigError(f"{title}: there is no such file")
    try:
        with Image.open(path):
            pass
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ConfigError(f"{title} cannot be read as an image; use a PNG or JPEG file") from error
