"""Metadata of a collection: a table joined with its images."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...core import FeatureTable, ImageRecord
from ...core.errors import ConfigError, unknown
from ...core.text import plural
from ..data import Metadata
from ..items import PAGE
from .archive_dates import ArchiveDate, archive_date
from .reading import Rows, read_rows

#: Names of columns that stand for a role, in lower case, the most usual first.
_USUAL = {
    "id": ("id", "filename", "file", "file_name", "image", "path", "name", "identifier", "key", "digest"),
    "title": ("title", "name", "label", "headline", "caption"),
    "date": ("date", "created", "date_created", "datetime", "taken", "year"),
    "category": ("category", "class", "type", "genre", "collection", "department"),
    "tags": ("tags", "subjects", "keywords", "subject", "labels", "topics"),
    "link": ("link", "url", "href", "source", "permalink"),
    "text": ("text", "description", "notes", "abstract", "summary"),
}
_SEPARATORS = (";", "|", "¬", ",")
_UNREAD = 3  # dates and names that a note lists
_YEARS, _DECADE = 3, 12  # years of a period that counts as its first year, or as its first decade


@dataclass(frozen=True)
class MetadataTable:
    """A file of metadata and what its columns mean; the columns that are not given are found by their names.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, JSON, JSON lines or Parquet.
    id : str, optional
        The column that says which image a row is about: its file name with or without ending, its path in the
        collection, or the digest of its content. An id and the same with "-1", "-2" ... are pages of one item.
    title, date, category, tags, link, text : str, optional
        Columns of these roles.
    separator : str, optional
        Between tags; found in the column when None.
    subjects : str or Path, optional
        A second table with one row for each pair of an id and a tag.
    """

    path: str | Path
    id: str | None = None
    title: str | None = None
    date: str | None = None
    category: str | None = None
    tags: str | None = None
    link: str | None = None
    text: str | None = None
    separator: str | None = None
    subjects: str | Path | None = None

    def check(self) -> None:
        """Raise ConfigError when a file cannot be read or has none of the given columns."""
        self._roles(self._rows())
        if self.subjects is not None:
            _pairs(read_rows(_path(self.subjects)))

    def join(self, table: FeatureTable) -> Metadata:
        """Return the metadata of the images of a table.

        Images without a row keep what their files say. What did not match on either side is in the notes.

        Raises
        ------
        ConfigError
            When the file cannot be read, a column is missing, or no row matches an image.
        """
        rows = self._rows()
        roles = self._roles(rows)
        found, notes = _matched(rows, roles["id"], table.records, _path(self.path).name)
        joined = [rows.rows[row] if row >= 0 else {} for row in found]
        own = Metadata.of_table(table, file_times=False)
        dates = _dates([each.get(roles.get("date", ""), "") for each in joined], own)

        def column(role: str) -> tuple[str, ...]:
            return tuple(each.get(roles.get(role, ""), "") for each in joined)

        shown = {roles[role] for role in ("id", "title", "link", "text", "category", "tags") if role in roles}
        extra = {name: tuple(each.get(name, "") for each in joined) for name in rows.columns if name not in shown}
        return Metadata(
            title=tuple(given or name for given, name in zip(column("title"), own.title, strict=True)),
            dates=dates.starts, precision=dates.precision, shown_dates=dates.shown,
            category=column("category"), link=column("link"), text=column("text"),
            tags=self._tags(joined, roles, table.records), columns=extra, notes=(*rows.notes, *notes, *dates.notes),
        )  # fmt: skip

    def column_of(self, role: str) -> str:
        """Return the column of a role, such as "date" or "tags"; "" for none."""
        return self._roles(self._rows()).get(role, "")

    def values(self, column: str) -> list[str]:
        """Return the texts of a column, of each row. Raises ConfigError for an unknown one, with the choices."""
        rows = self._rows()
        self._roles(rows)
        if column not in rows.columns:
            raise unknown(f"column of {_path(self.path).name}", column, rows.columns)
        return [row.get(column, "") for row in rows.rows]

    def texts_of(self, table: FeatureTable, column: str) -> tuple[list[str], tuple[str, ...]]:
        """Return the text of a column of each image of a table, "" without a row, and what did not match.

        Raises
        ------
        ConfigError
            As `join`.
        """
        rows = self._rows()
        found, notes = _matched(rows, self._roles(rows)["id"], table.records, _path(self.path).name)
        return [rows.rows[row].get(column, "") if row >= 0 else "" for row in found], (*rows.notes, *notes)

    def _rows(self) -> Rows:
        return read_rows(_path(self.path))

    def _roles(self, rows: Rows) -> dict[str, str]:
        """The column of each role that has one."""
        roles: dict[str, str] = {}
        lower = {name.lower(): name for name in reversed(rows.columns)}
        for role, usual in _USUAL.items():
            given = getattr(self, role)
            if given is not None and given not in rows.columns:
                raise unknown(f"column for {role}", given, rows.columns)
            usual_column = next(
                (lower[name] for name in usual if name in lower and lower[name] not in roles.values()), None
            )
            column = given or usual_column
            if column is not None:
                roles[role] = column
        if "id" not in roles:
            raise ConfigError(f"{self.path}: no column names the images; give id=, one of {', '.join(rows.columns)}")
        return roles

    def _tags(
        self, joined: Sequence[Mapping[str, str]], roles: Mapping[str, str], records: Sequence[ImageRecord]
    ) -> tuple[tuple[str, ...], ...]:
        texts = [each.get(roles.get("tags", ""), "") for each in joined]
        separator = self.separator or _separator(texts)
        tags = [[tag.strip() for tag in text.split(separator) if tag.strip()] for text in texts]
        if self.subjects is not None:
            pairs = _pairs(read_rows(_path(self.subjects)))
            for own, record, row in zip(tags, records, joined, strict=True):
                names = dict.fromkeys(_keys_of(row.get(roles["id"], "")) + _keys_of_record(record))
                own += [tag for name in names for tag in pairs.get(name, ())]
        return tuple(tuple(dict.fromkeys(each)) for each in tags)


def _path(path: str | Path) -> Path:
    return Path(path).expanduser()


def _separator(texts: Sequence[str]) -> str:
    """The separator that most of the texts have; a comma only where no other one occurs."""
    counts = {each: sum(each in text for text in texts) for each in _SEPARATORS}
    strong = max(_SEPARATORS[:-1], key=lambda each: counts[each])
    return strong if counts[strong] else _SEPARATORS[-1]


def _pairs(rows: Rows) -> dict[str, list[str]]:
    """Tags by id, from a table of pairs."""
    lower = {name.lower(): name for name in rows.columns}
    key = next((lower[name] for name in _USUAL["id"] if name in lower), None)
    value = next((name for name in rows.columns if name != key), None)
    if key is None or value is None:
        raise ConfigError(f"a table of subjects needs a column of ids and one of tags, not {', '.join(rows.columns)}")
    found: dict[str, list[str]] = {}
    for row in rows.rows:
        for name in _keys_of(row[key])[:1]:
            if row[value]:
                found.setdefault(name, []).append(row[value])
    return found


def _matched(rows: Rows, column: str, records: Sequence[ImageRecord], file: str) -> tuple[list[int], list[str]]:
    """The row of each image, -1 for none, and notes on what did not match."""
    by_key: dict[str, int] = {}
    missing, twice = 0, Counter[str]()
    for number, row in enumerate(rows.rows):
        keys = _keys_of(row.get(column, ""))
        missing += not keys
        for key in keys:
            twice[key] += key in by_key
            by_key.setdefault(key, number)
    found, used = [], set()
    for record in records:
        number = next((by_key[key] for key in _keys_of_record(record) if key in by_key), -1)
        found.append(number)
        used.add(number)
    used.discard(-1)
    if not used:
        example = ", ".join(row.get(column, "") for row in rows.rows[:_UNREAD])
        images = ", ".join(record.label for record in records[:_UNREAD])
        raise ConfigError(
            f"{file}: none of its {plural(len(rows.rows), 'row')} is about an image: its column {column!r} has "
            f"{example} …, the images are {images} …. Give the column with the file names as id="
        )
    notes = []
    if without := [record.label for record, row in zip(records, found, strict=True) if row < 0]:
        notes.append(f"{plural(len(without), 'image')} without a row in {file}: {_some(without)}")
    unused = [row.get(column, "") for number, row in enumerate(rows.rows) if number not in used and row.get(column)]
    if unused:
        notes.append(f"{plural(len(unused), 'row')} of {file} without an image: {_some(unused)}")
    if missing:
        notes.append(f"{plural(missing, 'row')} of {file} without an id")
    if doubled := [key for key, count in twice.items() if count]:
        notes.append(f"{plural(len(doubled), 'id')} more than once in {file}, the first row counts: {_some(doubled)}")
    return found, notes


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name if len(name) <= 60 else name[:59] + "…" for name in names[:_UNREAD])
    return shown + (" …" if len(names) > _UNREAD else "")


_ENDING = re.compile(r"\.[a-z][a-z0-9]{1,4}$")  # that of a file: "1917.12" is an inventory number


def _keys_of(text: str) -> list[str]:
    """What an id may be compared by: itself, and without its file ending; lower case, forward slashes."""
    plain = text.strip().replace("\\", "/").casefold()
    return list(dict.fromkeys(key for key in (plain, _ENDING.sub("", plain)) if key))


def _keys_of_record(record: ImageRecord) -> list[str]:
    """What an image may be found by: path, name, each without ending, digest; its item, where it is a page of one."""
    name = record.name or record.path.name
    stem = _ENDING.sub("", name.casefold())
    label = stem.rsplit("/", 1)[-1]
    keys = [name.casefold(), stem, name.casefold().rsplit("/", 1)[-1], label, record.digest.casefold()]
    item = PAGE.sub("", label)
    return [*keys, item] if item != label else keys


class _Dates(NamedTuple):
    """Dates of the images, as the fields of `Metadata`."""

    starts: np.ndarray
    precision: tuple[str, ...]
    shown: tuple[str, ...]
    notes: tuple[str, ...] = ()


def _dates(texts: Sequence[str], own: Metadata) -> _Dates:
    """The dates of the texts; where a text is empty, that of the image itself."""
    if not any(texts):
        return _Dates(own.dates, own.precision, own.shown_dates)
    found = [archive_date(text) if text else None for text in texts]
    starts = np.array([each.start if each else "NaT" for each in found], "datetime64[s]")
    empty = [not text for text in texts]
    precision = [
        mine if free else _precision(each) for mine, free, each in zip(own.precision, empty, found, strict=True)
    ]
    shown = [
        mine if free else each.describe() if each else text
        for mine, free, each, text in zip(own.shown_dates, empty, found, texts, strict=True)
    ]
    notes = []
    if unread := [text for text, each in zip(texts, found, strict=True) if text and each is None]:
        notes.append(f"{plural(len(unread), 'date')} could not be read: {_some(list(dict.fromkeys(unread)))}")
    if about := sum(each is not None and each.approximate for each in found):
        notes.append(f"{plural(about, 'date')} is approximate" if about == 1 else f"{about} dates are approximate")
    return _Dates(np.where(empty, own.dates, starts), tuple(precision), tuple(shown), tuple(notes))


def _precision(date: ArchiveDate | None) -> str:
    if date is None:
        return ""
    if date.precision == "range":
        years = date.end_year - int(date.start[:4])
        return "year" if years <= _YEARS else "decade" if years <= _DECADE else "century"
    return date.precision


def metadata_of(table: FeatureTable, source: Any = None) -> Metadata:
    """Return the metadata of the images of a table.

    Parameters
    ----------
    table : FeatureTable
    source : str, Path, MetadataTable or None
        A file, a file with the meaning of its columns, or None for what the images themselves say.

    Raises
    ------
    ConfigError
        As `MetadataTable.join`.
    """
    if source is None:
        return Metadata.of_table(table)
    return (source if isinstance(source, MetadataTable) else MetadataTable(source)).join(table)
