"""Values as text on a page: numbers, durations, sizes, table cells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

#: What stands for a value that is not defined.
MISSING = "–"


def number_or_none(value: Any) -> float | None:
    """Return a finite number as float, and None for text, booleans, NaN and everything else.

    >>> number_or_none(3), number_or_none("3"), number_or_none(float("nan"))
    (3.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return float(value) if math.isfinite(value) else None


def clamp(share: float) -> float:
    """Return `share` limited to [0, 1]."""
    return min(max(share, 0.0), 1.0)


def number_text(value: float | None) -> str:
    """Return a number with at most four significant digits and a true minus.

    >>> number_text(-0.123456), number_text(12345.6), number_text(None)
    ('−0.1235', '12,346', '–')
    """
    if value is None:
        return MISSING
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text.replace("-", "−")


def clock(seconds: float) -> str:
    """Return seconds as minutes and seconds; tenths where they are not whole.

    >>> clock(75.5)
    '1:15.5'
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes}:{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")


def plural(count: int, one: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "image"), plural(1200, "image")
    ('1 image', '1,200 images')
    """
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def size_text(count: int) -> str:
    """Return a number of bytes in MB, kB or bytes.

    >>> size_text(2_500_000), size_text(1)
    ('2.5 MB', '1 byte')
    """
    if count >= 1_000_000:
        return f"{count / 1e6:,.1f} MB"
    return f"{count / 1e3:.0f} kB" if count >= 1000 else plural(count, "byte")


def title_text(key: str) -> str:
    """Return a key of a JSON object as a label.

    >>> title_text("deep_zoom-tiles")
    'Deep zoom tiles'
    """
    text = key.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def cell(value: Any) -> str:
    """Return a value of any JSON type as the text of a table cell; "–" for what is empty.

    >>> cell(["C4", "E4"]), cell({"energy": 0.25}), cell(None)
    ('C4 E4', 'energy 0.25', '–')
    """
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number_text(round(value, 3)) if math.isfinite(value) else MISSING
    if isinstance(value, list | tuple):
        return " ".join(cell(item) for item in value) or MISSING
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {cell(item)}" for key, item in value.items()) or MISSING
    return str(value)
