"""The form of placements files: JSON with one cell a line, or CSV with the same columns below a line of JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import ConfigError
from ...runtime.files import plain, write_text

FORMAT, VERSION = "mosaic placements of imbatch2soundvisu", 1
#: Of a cell: its box in pixels of the target, its place in tiles, its image, how that is turned, and its colours.
COLUMNS = ("left", "top", "width", "height", "column", "row", "image", "variant", "colours")
_CSV_COLUMNS = (*COLUMNS[:6], "path", "digest", *COLUMNS[7:])


@dataclass(frozen=True)
class Placements:
    """What a file says.

    Parameters
    ----------
    head : mapping
        Target, canvas, shape of the cells, size and crop of the tiles, options: JSON values.
    images : tuple of (str, str)
        Path relative to the file, and digest, of each image that is used.
    boxes : ndarray of shape (n, 4)
        int32: left, top, width and height of each cell.
    places : ndarray of shape (n, 2)
        float32: column and row of each cell.
    chosen : ndarray of shape (n,)
        int32: the image of each cell.
    variants : ndarray of shape (n,)
        uint8, as in `Codebook`.
    colours : ndarray of shape (n, down, across, 3)
        uint8: the colours of parts of each cell of the target.
    """

    head: Mapping[str, Any]
    images: tuple[tuple[str, str], ...]
    boxes: np.ndarray
    places: np.ndarray
    chosen: np.ndarray
    variants: np.ndarray
    colours: np.ndarray

    def rows(self) -> Iterator[list[Any]]:
        """Yield the values of each cell, in the order of `COLUMNS`."""
        texts = [part.tobytes().hex() for part in self.colours]
        numbers = zip(
            self.boxes.tolist(), self.places.tolist(), self.chosen.tolist(), self.variants.tolist(), strict=True
        )
        for (box, place, image, variant), text in zip(numbers, texts, strict=True):
            yield [*box, *(int(each) if each.is_integer() else each for each in place), image, variant, text]


def write(path: Path, placements: Placements) -> None:
    """Write placements; `.csv` or `.json` says the form. Raises ConfigError for another ending."""
    write_text(path, _text_of[_ending(path)](placements))


def read(path: Path) -> Placements:
    """Read placements.

    Raises
    ------
    ConfigError
        If the file is missing or is not one of placements.
    """
    parse = _parsers[_ending(path)]
    try:
        return parse(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except KeyError as error:
        raise ConfigError(f"{path} is not a file of placements: it has no {error}") from error
    except (ValueError, TypeError, IndexError, AttributeError, csv.Error) as error:
        raise ConfigError(f"{path} is not a file of placements that can be read: {error}") from error


def _ending(path: Path) -> str:
    if path.suffix.lower() not in _parsers:
        raise ConfigError(f"{path.name}: placements are written as .json or .csv")
    return path.suffix.lower()


def _json_text(placements: Placements) -> str:
    head = json.dumps(plain(placements.head), ensure_ascii=False, indent=1)
    images = ",\n".join(json.dumps(each, ensure_ascii=False) for each in placements.images)
    cells = ",\n".join(json.dumps(row, separators=(",", ":")) for row in placements.rows())
    columns = json.dumps(COLUMNS)
    return f'{head[:-2]},\n "images": [\n{images}\n],\n "columns": {columns},\n "cells": [\n{cells}\n]\n}}\n'


def _from_json(text: str) -> Placements:
    found = json.loads(text)
    _check_head(found)
    order = [found["columns"].index(name) for name in COLUMNS]
    rows = [[row[place] for place in order] for row in found["cells"]]
    head = {name: value for name, value in found.items() if name not in ("images", "columns", "cells")}
    return _placements(head, [(str(path), str(digest)) for path, digest in found["images"]], rows)


def _csv_text(placements: Placements) -> str:
    file = io.StringIO()
    file.write("# " + json.dumps(plain(placements.head), ensure_ascii=False) + "\n")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_CSV_COLUMNS)
    for row in placements.rows():
        writer.writerow([*row[:6], *placements.images[row[6]], *row[7:]])
    return file.getvalue()


def _from_csv(text: str) -> Placements:
    first, rest = text.split("\n", 1)
    head = json.loads(first.strip().strip('"').replace('""', '"').removeprefix("# ").rstrip(",;"))
    _check_head(head)
    images: dict[tuple[str, str], int] = {}
    rows = []
    for row in csv.DictReader(io.StringIO(rest)):
        number = images.setdefault((row["path"], row["digest"]), len(images))
        rows.append([*(row[name] for name in COLUMNS[:6]), number, *(row[name] for name in COLUMNS[7:])])
    return _placements(head, list(images), rows)


def _check_head(head: Mapping[str, Any]) -> None:
    if head["format"] != FORMAT or head["version"] != VERSION:
        raise ValueError(f"its format is {head['format']!r}, version {head['version']}, not {FORMAT!r}, {VERSION}")


def _placements(head: Mapping[str, Any], images: list[tuple[str, str]], rows: list[list[Any]]) -> Placements:
    if not rows:
        raise ValueError("it has no cells")
    numbers = np.array([[float(value) for value in row[:8]] for row in rows])
    across, down = head["colour_samples"]
    colours = np.frombuffer(bytes.fromhex("".join(row[8] for row in rows)), np.uint8).reshape(-1, down, across, 3)
    chosen = numbers[:, 6].astype(np.int32)
    if len(colours) != len(rows) or chosen.min() < 0 or chosen.max() >= len(images) or numbers[:, 2:4].min() < 1:
        raise ValueError("its cells do not fit its images, or have no size")
    return Placements(
        head, tuple(images), numbers[:, :4].astype(np.int32), numbers[:, 4:6].astype(np.float32), chosen,
        numbers[:, 7].astype(np.uint8), colours,
    )  # fmt: skip


_text_of = {".json": _json_text, ".csv": _csv_text}
_parsers = {".json": _from_json, ".csv": _from_csv}
