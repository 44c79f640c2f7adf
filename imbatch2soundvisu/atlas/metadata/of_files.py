"""What the files of a collection say of themselves, read once for each content, added where metadata has nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any, Protocol

from ...core import ImageRecord, Progress, silent
from ...core.text import plural
from ..data import Metadata
from .embedded import Embedded, embedded_of

#: The kind of value under which a cache keeps what a file says; another number where more of it is read.
KIND = "embedded-1"
_BATCH = 500  # files between two reports of progress and two writes of the cache


class ValueCache(Protocol):
    """Stores JSON values by kind and digest, such as `runtime.cache.Cache`."""

    def values(self, name: str, digests: Iterable[str]) -> dict[str, Any]: ...

    def put_values(self, name: str, values: Mapping[str, Any]) -> None: ...


def embedded_of_each(
    records: Sequence[ImageRecord], cache: ValueCache | None = None, *, jobs: int = 2, progress: Progress = silent
) -> list[Embedded]:
    """Return what each image file says of itself.

    Parameters
    ----------
    records : sequence of ImageRecord
    cache : Cache, optional
        Files whose content it knows are not read again.
    jobs : int
        Files that are read side by side.
    progress : callable
        `progress("metadata", done, total)`.
    """
    known = dict(cache.values(KIND, [record.digest for record in records])) if cache is not None else {}
    left = list({record.digest: record for record in records if record.digest not in known}.values())
    with ThreadPoolExecutor(jobs) as pool:
        for start in range(0, len(left), _BATCH):
            progress("metadata", start, len(left))
            batch = left[start : start + _BATCH]
            read = pool.map(embedded_of, [record.path for record in batch])
            values = {record.digest: asdict(each) for record, each in zip(batch, read, strict=True)}
            known |= values
            if cache is not None:
                cache.put_values(KIND, values)
    return [_restored(known[record.digest]) for record in records]


def _restored(value: Mapping[str, Any]) -> Embedded:
    return Embedded(**{**value, "keywords": tuple(value["keywords"])})


def with_embedded(metadata: Metadata, records: Sequence[ImageRecord], found: Sequence[Embedded]) -> Metadata:
    """Return metadata with what the files say of themselves where it has nothing.

    Parameters
    ----------
    metadata : Metadata
    records : sequence of ImageRecord
        The images.
    found : sequence of Embedded
        What their files say: titles where the title is only a file name, captions as texts, keywords as tags, places as
        the columns "latitude" and "longitude", in degrees.
    """
    titles = tuple(
        each.title or title if title == record.label else title
        for title, record, each in zip(metadata.title, records, found, strict=True)
    )
    texts = tuple(text or each.caption for text, each in zip(metadata.text, found, strict=True))
    tags = tuple(own or each.keywords for own, each in zip(metadata.tags, found, strict=True))
    columns = dict(metadata.columns)
    placed = [each.latitude is not None for each in found]
    if any(placed) and not {"latitude", "longitude"} & set(columns):
        columns["latitude"] = tuple("" if each.latitude is None else f"{each.latitude:g}" for each in found)
        columns["longitude"] = tuple("" if each.longitude is None else f"{each.longitude:g}" for each in found)
    said = {"titles": titles != metadata.title, "texts": texts != metadata.text, "keywords": tags != metadata.tags}
    parts = [name for name, changed in said.items() if changed] + (["places"] if any(placed) else [])
    count = sum(each != Embedded() for each in found)
    shown = " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
    notes = (f"{shown} come from inside {plural(count, 'image file')} (XMP, IPTC, EXIF)",) if parts else ()
    return replace(
        metadata, title=titles, text=texts, tags=tags, columns=columns, notes=(*metadata.notes, *notes)
    )  # fmt: skip
