"""Text that messages share."""

from __future__ import annotations

import re
from pathlib import Path


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
    """Return a duration as minutes and whole seconds, as players show it: 22.9 seconds are 0:22.

    Examples
    --------
    >>> duration(51.2), duration(22.9), duration(59.999), duration(3671)
    ('0:51', '0:22', '1:00', '1:01:11')
    """
    minutes, rest = divmod(int(seconds + 0.01), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def looked_for(path: str | Path) -> str:
    r"""Return, for a message about a path that is not there, what its user cannot see in it; "" where that is nothing.

    A relative path is shown as the absolute one that was tried. A path with a tab or line break was probably written
    with backslashes that Python reads as escapes.

    Examples
    --------
    >>> looked_for("/absolute/folder")
    ''
    >>> print(looked_for("/images" + chr(10) + "ew"))
     (the path has a control character: write Windows paths as r"C:\images" or "C:/images")
    """
    hints = [] if Path(path).is_absolute() else [f"looked for {Path(path).absolute()}"]
    if any(ord(character) < 32 for character in str(path)):
        hints.append(r'the path has a control character: write Windows paths as r"C:\images" or "C:/images"')
    return f" ({'; '.join(hints)})" if hints else ""
