"""When an image was taken: from its EXIF data, the name of its file, or the time of its file."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

_FIRST_YEAR, _LAST_YEAR = 1826, 2200  # since the first photograph
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[ T_.-]{1,3}([01]\d|2[0-3])[-_.h:]?([0-5]\d)(?:[-_.m:]?([0-5]\d))?)?(?!\d)"
)


_EXIF_DATE = re.compile(
    r"(\d{4})([:\-/. ]?)(\d{1,2})\2(\d{1,2})"
    r"(?:(?: *T *| +|:)(\d{1,2})[:.\-h]?(\d{2})(?:[:.\-m]?(\d{2})(?:[.,]\d*)?)?s?)?"
    r" *([AaPp][Mm])?"
    r" *(?:Z|[A-Z]{3,5}|(?:UTC|GMT)?[+-]\d{1,2}:?(?:\d{2})?)?"
)


def exif_date(value: object) -> datetime | None:
    """Return the date of an EXIF tag in any spelling that cameras write; None where it is missing or invalid.

    The offset from UTC is not applied: dates are in the time of the place.

    Parameters
    ----------
    value : object
        Text or bytes; anything else is invalid.

    Examples
    --------
    >>> exif_date("2012:12:22 10:37:28") == exif_date(b"2012-12-22T10:37:28.50+02:00\\0")
    True
    >>> exif_date("0000:00:00 00:00:00")
    """
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return None
    match = _EXIF_DATE.fullmatch(text.partition("\0")[0].strip())
    if not match:
        return None
    year, _, month, day, hour, minute, second, half = match.groups()
    hours = int(hour or 0)
    if half and hours <= 12:
        hours = hours % 12 + 12 * (half.upper() == "PM")
    try:
        moment = datetime(int(year), int(month), int(day), hours, int(minute or 0), min(59, int(second or 0)))
    except ValueError:
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def date_taken(path: Path, exif: str | None) -> tuple[datetime | None, str]:
    """Return the date of an image, and where it comes from: "exif", "name" or "file".

    Parameters
    ----------
    path : Path
        The file.
    exif : str, optional
        The date in its EXIF data, in ISO format.
    """
    if exif:
        return datetime.fromisoformat(exif), "exif"
    named = date_in_name(path.name)
    return (named, "name") if named else (_file_time(path), "file")


def date_in_name(name: str) -> datetime | None:
    """Return the date that a camera or phone wrote into a file name, or None.

    Examples
    --------
    >>> date_in_name("IMG_20240131_235959.jpg")
    datetime.datetime(2024, 1, 31, 23, 59, 59)
    """
    match = _DATE.search(name)
    if not match:
        return None
    year, _, month, day, hour, minute, second = match.groups()
    try:
        return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None


def _file_time(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(path.stat().st_mtime))
    except (OSError, OverflowError, ValueError):
        return None
