"""Bursts: series of images of the same scene, taken within seconds, of which the sharpest is kept."""

from __future__ import annotations

import numpy as np

from ..core import FeatureTable, ImageRecord, Needs
from ..datasets.duplicates import PERCEPTUAL_HASH
from ..measurement.pairs import runs

#: Seconds between two images of a burst, at most, where both have a date from their data or name.
PAUSE_S = 3.0
_ALIKE = 0.9  # correlation of the lightness with that of the first image of the burst
_COLOUR = 0.04  # largest distance of mean colours, in OKLab
_FOCUS = "focus"


def unique_needs(unique: str | None) -> Needs:
    """Return what must be measured for a plan's `unique=`: the focus of each image, for bursts."""
    return Needs(frozenset({_FOCUS})) if unique == "burst" else Needs()


def bursts(table: FeatureTable) -> list[np.ndarray]:
    """Return the rows of each burst, in the order of their folder; every image is in one, many alone.

    An image belongs to the burst of the image before it in its folder when both were taken within three seconds, as
    far as their dates are known, and it looks like the first image of the burst.

    Parameters
    ----------
    table : FeatureTable
        A measured table, with its perceptual hashes.
    """
    hashes = table.vectors[PERCEPTUAL_HASH]
    found: list[list[int]] = []
    for rows in runs(table.records):
        burst: list[int] = []
        for row in rows:
            goes_on = bool(burst) and _soon(table.records[burst[-1]], table.records[row])
            if not goes_on or not _alike(hashes[burst[0]], hashes[row]):
                found.append(burst := [])
            burst.append(row)
    return [np.array(burst, np.intp) for burst in found]


def not_sharpest(table: FeatureTable) -> np.ndarray:
    """Return the rows of all images but the sharpest of each burst, ascending, (m,) intp.

    Of equally sharp ones the first is kept, and an image whose focus is undefined is not, unless it is the only one.
    """
    focus = np.nan_to_num(table[_FOCUS], nan=-1.0)
    dropped = [row for burst in bursts(table) for row in burst if row != burst[int(np.argmax(focus[burst]))]]
    return np.array(sorted(dropped), np.intp)


def _soon(first: ImageRecord, second: ImageRecord) -> bool:
    if "file" in (first.taken_from, second.taken_from) or first.taken is None or second.taken is None:
        return True
    return abs((second.taken - first.taken).total_seconds()) <= PAUSE_S


def _alike(first: np.ndarray, second: np.ndarray) -> bool:
    colour = float(np.linalg.norm(first[256:259] - second[256:259]))
    flat = not (first[:256].any() and second[:256].any())
    return colour < _COLOUR and (flat or float(first[:256] @ second[:256]) > _ALIKE)
