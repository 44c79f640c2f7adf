"""Neighbouring images: which image comes before another in its folder, and the key of such a pair in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ..core import ImageRecord
from ..features.passes import Pass, is_pair_pass
from .spaces import natural_key

_UNDATED = datetime(1970, 1, 1)


def previous(records: Sequence[ImageRecord]) -> list[ImageRecord | None]:
    """Return the image before each image in its folder; None for the first one of a folder.

    The images of a folder are in the order of their dates where all have one in their EXIF data, those of the same
    second and all others in the order of their names, numbers in them compared as numbers.

    Parameters
    ----------
    records : sequence of ImageRecord
        In any order, on which the result does not depend.
    """
    before: list[ImageRecord | None] = [None] * len(records)
    for rows in runs(records):
        for first, second in zip(rows, rows[1:], strict=False):
            before[second] = records[first]
    return before


def runs(records: Sequence[ImageRecord]) -> list[list[int]]:
    """Return the rows of the images of each folder, in the order described at `previous`; folders by name."""
    folders: dict[str, list[int]] = {}
    for row, record in enumerate(records):
        folders.setdefault(_folder(record), []).append(row)
    return [sorted(rows, key=_key(records, rows)) for _, rows in sorted(folders.items())]


def _folder(record: ImageRecord) -> str:
    return record.name.rpartition("/")[0] if record.name else str(record.path.parent)


def _key(records: Sequence[ImageRecord], rows: Sequence[int]) -> Callable[[int], Any]:
    dated = all(records[row].taken_from == "exif" for row in rows)

    def key(row: int) -> Any:
        record = records[row]
        name = record.name or str(record.path)
        return (record.taken or _UNDATED) if dated else _UNDATED, natural_key(name), name, record.digest

    return key


def pair_key(first: ImageRecord, second: ImageRecord) -> str:
    """Return what results of a pair are cached under: a digest of the content of both images."""
    return hashlib.blake2b(f"{first.digest} {second.digest}".encode(), digest_size=16).hexdigest()


def subjects(each: Pass, records: Sequence[ImageRecord]) -> list[str | None]:
    """Return what the results of a pass are cached under, for each image: None where it has nothing to measure."""
    if not is_pair_pass(each):
        return [record.digest for record in records]
    pairs = zip(previous(records), records, strict=True)
    return [None if first is None else pair_key(first, second) for first, second in pairs]
