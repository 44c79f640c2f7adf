"""Text that messages share."""

from __future__ import annotations

import re


def words_of(class_name: str) -> str:
    """Return a class name as words.

    Examples
    --------
    >>> words_of("ContactSheet")
    'contact sheet'
    >>> words_of("GIF")
    'GIF'
    """
    if class_name.isupper():
        return class_name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", class_name).lower()


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "image"), plural(3, "image"), plural(0, "copy", "copies")
    ('1 image', '3 images', '0 copies')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return a duration as minutes and seconds.

    Examples
    --------
    >>> duration(51.2), duration(3671)
    ('0:51', '1:01:11')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
