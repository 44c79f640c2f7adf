"""Features of the record: shape and date, without pixels."""

from __future__ import annotations

import numpy as np

from ..core import ImageRecord, seconds_of
from .registry import feature


@feature(unit="ratio", low=0, of="record")
def aspect(record: ImageRecord) -> float:
    """Portrait (below 1) to landscape (above 1): width divided by height."""
    return record.width / record.height


@feature(unit="", low=-1, high=1, of="record")
def orientation(record: ImageRecord) -> float:
    """-1 portrait, 0 square (within 2 %), 1 landscape."""
    ratio = record.width / record.height
    return 0.0 if 1 / 1.02 <= ratio <= 1.02 else float(np.sign(ratio - 1))


@feature(unit="date", of="record")
def date(record: ImageRecord) -> float:
    """Date taken: EXIF, else the date in its name, else that of the file; seconds since 1970, local time."""
    return seconds_of(record.taken)
