"""When an image was taken: from its EXIF data, the name of its file, or the time of its file."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[ T_.-]{1,3}([01]\d|2[0-3])[-_.h:]?([0-5]\d)(?:[-_.m:]?([0-5]\d))?)?(?!\d)"
)


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
