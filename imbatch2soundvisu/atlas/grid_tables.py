"""Places of images as CSV: with a header and names, or two numbers a row without either."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import ConfigError, unknown
from ..core.text import looked_for
from ..runtime.files import atomic
from .metadata.reading import read_rows

#: Names of columns that hold a column and a row of a grid, in lower case.
CELL_COLUMNS = (("col", "row"), ("column", "row"), ("grid_col", "grid_row"), ("grid x", "grid y"))
_POINT_COLUMNS = (("x", "y"),)
_NAMES = ("name", "path", "filename", "file", "id")


@dataclass(frozen=True)
class PlaceTable:
    """Places of images.

    Parameters
    ----------
    places : ndarray of shape (n, 2)
        float64; NaN where a row has none.
    names : tuple of str, optional
        Of the images; None where the file has no names, and the order of its rows is that of the sorted images.
    header : bool
        Whether the file has a header.
    """

    places: np.ndarray
    names: tuple[str, ...] | None = None
    header: bool = True


def read_grid_csv(path: Path, columns: tuple[str, str] | None = None) -> PlaceTable:
    """Return the cells of images from a table.

    Parameters
    ----------
    path : Path
        A table with columns `col` and `row` (or `grid_col`, `grid_row`) and one that names the images; or a CSV file of
        two numbers a row, column and row, without a header.
    columns : (str, str), optional
        The two columns, where they have other names.

    Raises
    ------
    ConfigError
        When the file is missing or has no such columns, or a value is no number.
    """
    return _read(path, CELL_COLUMNS if columns is None else (columns,))


def read_points_csv(path: Path) -> PlaceTable:
    """Return the places of images on a map, from columns `x` and `y`, or two numbers a row; see `read_grid_csv`."""
    return _read(path, _POINT_COLUMNS)


def _read(path: Path, choices: Sequence[tuple[str, str]]) -> PlaceTable:
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such table of places{looked_for(path)}")
    bare = _without_header(path)
    if bare is not None:
        return PlaceTable(bare, header=False)
    table = read_rows(path)
    lower = {name.lower().strip(): name for name in table.columns}
    pair = next((each for each in choices if all(name.lower() in lower for name in each)), None)
    if pair is None:
        wanted = " or ".join(f"{first!r} and {second!r}" for first, second in choices)
        raise ConfigError(f"{path}: needs columns {wanted}; it has {', '.join(table.columns)}")
    name = next((lower[each] for each in _NAMES if each in lower), None)
    texts = [[row[lower[each.lower()]] for each in pair] for row in table.rows]
    names = None if name is None else tuple(row[name] for row in table.rows)
    return PlaceTable(numbers_of(texts, str(path)), names)


def numbers_of(texts: Sequence[Sequence[str]], where: str) -> np.ndarray:
    """Return pairs of numbers, (n, 2) float64, NaN for empty ones. Raises ConfigError for other texts."""
    found = np.full((len(texts), 2), np.nan)
    for number, pair in enumerate(texts):
        try:
            found[number] = [float(text) if text.strip() else np.nan for text in pair]
        except ValueError as error:
            raise ConfigError(f"{where}: row {number + 1} has {' and '.join(pair)} in place of two numbers") from error
    return found


def _without_header(path: Path) -> np.ndarray | None:
    """The numbers of a CSV file whose first row is two numbers; None for any other file."""
    if not path.is_file() or path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return None
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter="\t" if path.suffix == ".tsv" else ",") if row]
    try:
        is_bare = bool(rows) and len(rows[0]) == 2 and bool([float(each) for each in rows[0]])
    except ValueError:
        is_bare = False
    if not is_bare:
        return None
    short = next((number for number, row in enumerate(rows, 1) if len(row) != 2), None)
    if short is not None:
        raise ConfigError(f"{path}: row {short} has {len(rows[short - 1])} values in place of two numbers")
    return numbers_of(rows, str(path))


def write_places(path: Path, columns: Sequence[str], values: Sequence[np.ndarray], names: Sequence[str] | None) -> None:
    """Write columns of numbers, with the names of the images where there are any; without columns, no header."""
    with atomic(path) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if columns:
            writer.writerow([*(["name"] if names is not None else []), *columns])
        for number, row in enumerate(zip(*values, strict=True)):
            shown = ["" if value != value else f"{value:.9g}" for value in row]
            writer.writerow([*([names[number]] if names is not None and columns else []), *shown])


def rows_of(names: Sequence[str], wanted: Sequence[str], where: str) -> np.ndarray:
    """Return the row of each wanted image in a table, -1 for those that it does not have; (n,) int64.

    Images are compared by their whole name, then by the last part of it, then by that without its ending.

    Raises
    ------
    ConfigError
        When the table has none of them.
    """
    keys = [{key(name): row for row, name in reversed(list(enumerate(names)))} for key in _KEYS]
    found = [
        next((known[key(name)] for known, key in zip(keys, _KEYS, strict=True) if key(name) in known), -1)
        for name in wanted
    ]
    if len(found) and max(found) < 0:
        raise unknown(f"image in {where}", wanted[0], names)
    return np.array(found, np.int64)


def _last(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1].casefold()


def _stem(name: str) -> str:
    return _last(name).rsplit(".", 1)[0]


_KEYS = (str.casefold, _last, _stem)
