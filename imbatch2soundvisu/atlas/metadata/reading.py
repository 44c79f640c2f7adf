"""Tables of metadata: CSV, TSV, JSON, JSON lines, Parquet; each row as texts by column."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import ConfigError, MissingExtra
from ...core.text import looked_for

#: Endings of the files that can be read.
FORMATS = (".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".parquet")
_LONGEST = 2000  # characters of a value that are kept


@dataclass(frozen=True)
class Rows:
    """The rows of a file.

    Parameters
    ----------
    columns : tuple of str
    rows : tuple of dict
        Texts by column, "" for missing values; several values of JSON are joined by "; ".
    notes : tuple of str
        What was unusual about the file, one sentence each.
    """

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    notes: tuple[str, ...] = ()


def read_rows(path: Path) -> Rows:
    """Return the rows of a table.

    Parameters
    ----------
    path : Path
        Its ending says its format: see FORMATS. The encoding of text is found: UTF-8, UTF-16, else Windows-1252.

    Raises
    ------
    ConfigError
        When the file is missing, of another format, damaged, or has no row.
    MissingExtra
        For Parquet without pyarrow.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ConfigError(f"{path}: metadata must be a file of {', '.join(FORMATS)}")
    try:
        if suffix == ".parquet":
            found = _of_records(_parquet(path))
        else:
            text, notes = _text(path.read_bytes(), path)
            found = (
                _of_records(_json(text, suffix))
                if suffix in (".json", ".jsonl", ".ndjson")
                else _delimited(text, suffix)
            )
            found = Rows(found.columns, found.rows, (*notes, *found.notes))
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist{looked_for(path)}: metadata= takes a file") from error
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as metadata ({error})") from error
    if not found.rows:
        raise ConfigError(f"{path}: has no row of metadata")
    return found


def _text(data: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16"), ()
    if (unmarked := _unmarked_utf16(data)) is not None:
        return unmarked, ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        return text, (
            f"{path.name} is not in UTF-8 and was read as Windows-1252: save it as UTF-8 if letters are wrong",
        )


def _unmarked_utf16(data: bytes) -> str | None:
    """The text of UTF-16 without a mark at its beginning: its first letters have a zero beside them."""
    for encoding, zeros in (("utf-16-le", data[1:13:2]), ("utf-16-be", data[0:12:2])):
        if len(zeros) >= 4 and not any(zeros):
            with contextlib.suppress(UnicodeDecodeError):
                return data.decode(encoding)
    return None


def _delimited(text: str, suffix: str) -> Rows:
    delimiter = "\t" if suffix in (".tsv", ".tab") else _delimiter(text.split("\n", 1)[0])
    csv.field_size_limit(1 << 27)
    lines = io.StringIO(text.replace("\0", ""), newline="")
    reader = csv.DictReader(lines, delimiter=delimiter, restkey="", restval="")
    names = {name: name.strip() for name in reader.fieldnames or () if name and name.strip()}
    rows = tuple({plain: _plain(row[name]) for name, plain in names.items()} for row in reader)
    return Rows(tuple(names.values()), rows)


def _delimiter(head: str) -> str:
    return max((",", ";", "\t", "|"), key=head.count)


def _json(text: str, suffix: str) -> list[Any]:
    if suffix != ".json":
        return [json.loads(line) for line in text.split("\n") if line.strip()]  # texts may have other line separators
    value = json.loads(text)
    if isinstance(value, dict):
        lists = [each for each in value.values() if isinstance(each, list) and each and isinstance(each[0], dict)]
        if lists:
            return max(lists, key=len)
        return [{"id": key, **each} for key, each in value.items() if isinstance(each, dict)]
    if not isinstance(value, list):
        raise ValueError(f"it holds one {type(value).__name__}, not a list of rows")
    return value


def _parquet(path: Path) -> list[Any]:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "notebook", f"reading {path.name}") from error
    if not path.is_file():
        raise FileNotFoundError(path)
    return list(pyarrow.parquet.read_table(path).to_pylist())


def _of_records(records: Iterable[Any]) -> Rows:
    rows = tuple({str(key): _plain(value) for key, value in row.items()} for row in records if isinstance(row, dict))
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    return Rows(columns, tuple({key: row.get(key, "") for key in columns} for row in rows))


def _plain(value: Any) -> str:
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(map(_plain, value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
