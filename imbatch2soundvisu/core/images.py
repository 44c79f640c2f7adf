"""Images, files that are not used, and the collection of one folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from .notebooks import html_table

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image: where it is, and what its header says.

    Parameters
    ----------
    path : Path
        The file.
    digest : str
        Hex digest of the file's bytes; a renamed file is the same image.
    width, height : int
        Size in pixels, upright (after EXIF orientation).
    taken : datetime, optional
        When it was taken, in local time.
    taken_from : str
        Where `taken` comes from: "exif", "name" (of the file) or "file" (its modification time).
    name : str
        Path relative to the root of the collection, with forward slashes.
    format : str
        Pillow's name of the format: "JPEG".
    """

    path: Path
    digest: str
    width: int
    height: int
    taken: datetime | None = None
    taken_from: str = ""
    name: str = ""
    format: str = ""

    @property
    def label(self) -> str:
        """File name without folders, for display."""
        return (self.name or str(self.path)).rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not used, or one that is used although damaged, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True)
class Collection:
    """The images of one folder, sorted by name, or those of a list, in its order.

    Parameters
    ----------
    root : Path
        The folder, list or video that was read.
    records : tuple of ImageRecord
        The usable images.
    found : int
        Number of files that were examined.
    skipped : tuple of Skipped
        Files that cannot be used.
    damaged : tuple of Skipped
        Images of which only a part can be decoded; that part is used.
    duplicates : tuple of tuples of str
        Names of files with the same bytes, one tuple for each set of copies.
    near_duplicates : tuple of tuples of str
        Names of images that look the same; filled in after measuring.
    source : str
        "folder", "list", "video" or "sample".
    """

    root: Path
    records: tuple[ImageRecord, ...]
    found: int = 0
    skipped: tuple[Skipped, ...] = ()
    damaged: tuple[Skipped, ...] = ()
    duplicates: tuple[tuple[str, ...], ...] = ()
    near_duplicates: tuple[tuple[str, ...], ...] = ()
    source: str = "folder"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the images: their paths relative to the root."""
        return tuple(record.name for record in self.records)

    def select(self, rows: Iterable[int]) -> Collection:
        """Return a collection of some of its images.

        Parameters
        ----------
        rows : iterable of int
            Their places in `records`, in the order that they shall have.
        """
        records = tuple(self.records[row] for row in rows)
        names = {record.name for record in records}
        copies = (tuple(name for name in each if name in names) for each in self.duplicates)
        similar = (tuple(name for name in each if name in names) for each in self.near_duplicates)
        return replace(
            self,
            records=records,
            duplicates=tuple(each for each in copies if len(each) > 1),
            near_duplicates=tuple(each for each in similar if len(each) > 1),
        )

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[ImageRecord]:
        return iter(self.records)

    def __repr__(self) -> str:
        return f"<Collection {self.root}: {len(self)} images of {self.found} files, {len(self.skipped)} skipped>"

    def _repr_html_(self) -> str:
        shown = self.records[:20]
        rows = [(r.name, f"{r.width} × {r.height}", r.format, format_date(r.taken), r.taken_from) for r in shown]
        head = ("name", "size", "format", "taken", "date from")
        return html_table(f"{self!r}"[1:-1], head, rows, len(self), shown)


def seconds_of(moment: datetime | None) -> float:
    """Return seconds since 1970 without time zones; NaN for None.

    Examples
    --------
    >>> seconds_of(datetime(1970, 1, 2))
    86400.0
    """
    return float("nan") if moment is None else (moment - _EPOCH).total_seconds()


def moment_of(seconds: float) -> datetime | None:
    """Return the inverse of `seconds_of`; None for NaN and for years that `datetime` does not support."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def format_date(moment: datetime | None) -> str:
    """Return a date for display, "–" for None.

    Examples
    --------
    >>> format_date(datetime(2024, 1, 31, 23, 59))
    '2024-01-31 23:59'
    """
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "–"
