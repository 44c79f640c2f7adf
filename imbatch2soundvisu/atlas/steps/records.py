"""Metadata by cell of a grid, as JSON."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ... import config
from ...core import FeatureTable, Progress, silent
from ...core.errors import ConfigError
from ...core.text import plural
from ...runtime.files import plain, write_text
from ...runtime.ownership import guarding
from ..data import Metadata
from ..grid_tables import read_grid_csv, rows_of
from ..matrix import items_of, width_and_height
from ..metadata import MetadataTable
from .files import check_free, images_of

#: So many of the most frequent subjects are kept.
MOST_SUBJECTS = 64


def csv_to_json(
    metadata: str | Path,
    out: str | Path,
    *,
    images: str | Path,
    grid: str | Path,
    subjects: str | Path | None = None,
    size: str | tuple[int, int] | None = None,
    progress: Progress = silent,
) -> list[str]:
    """Write metadata as JSON, a value for each cell of a grid in reading order.

    Parameters
    ----------
    metadata : str
        A table whose column `id` (or filename, path) names the images.
    out : str
        The .json file.
    images : str
        A pattern in quotes, such as "images/*.jpg", or a folder.
    grid : str
        The CSV file of cells.
    subjects : str, optional
        A second table with a row for each pair of an id and a subject.
    size : str, optional
        Columns and rows, such as "114x116"; as many as there are when None.
    progress : callable
        `progress(stage, done, total)`.

    Returns
    -------
    list of str
        What was written, for display.
    """
    path, shape = Path(out).expanduser(), None if size is None else width_and_height(size, "gsize")
    if path.suffix.lower() != ".json":
        raise ConfigError(f"{path}: the ending must be .json")
    check_free(path)
    cells = read_grid_csv(Path(grid).expanduser())
    records = images_of(images, config.resolve(), progress).records
    places = cells.places
    if cells.names is None and len(records) != len(places):
        raise ConfigError(f"{plural(len(records), 'usable image')} for {plural(len(places), 'row')} of {grid}")
    if cells.names is not None:
        rows = rows_of(cells.names, [Path(record.path).absolute().as_posix() for record in records], str(grid))
        places = np.where(rows[:, None] >= 0, places[rows], np.nan)
    found = MetadataTable(metadata, subjects=subjects).join(FeatureTable(records))
    items = items_of(places, shape)
    values = _values(found, [Path(record.path) for record in records], items)
    with guarding(path.parent):
        write_text(path, _json(values))
    return [f"Wrote {path}: {plural(int((items >= 0).sum()), 'image')}", *(f"  {each}" for each in found.notes)]


def _json(values: dict[str, Any]) -> str:
    import json

    return json.dumps(plain(values), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _values(found: Metadata, paths: list[Path], items: np.ndarray) -> dict[str, Any]:
    """The keys that the page of the original steps reads, then ours."""
    flat = items.reshape(-1).tolist()

    def by_cell(values: list[Any], empty: Any) -> list[Any]:
        return [values[item] if item >= 0 else empty for item in flat]

    item_base, ids = _base(list(found.link), [path.stem for path in paths])
    image_base, files = _base(_column(found, "imageUrl"), [path.name for path in paths])
    counts = Counter(tag for tags in found.tags for tag in tags)
    subjects = sorted(counts, key=lambda tag: (-counts[tag], tag))[:MOST_SUBJECTS]
    number = {tag: i for i, tag in enumerate(subjects)}
    years = [[] if np.isnat(date) else [int(str(date)[:4])] for date in found.dates]
    return {
        "itemBaseUrl": item_base, "imageBaseUrl": image_base,
        "ids": by_cell(ids, ""), "filenames": by_cell(files, ""), "titles": by_cell(list(found.title), ""),
        "years": by_cell(years, []),
        "subjects": by_cell([[number[tag] for tag in tags if tag in number] for tags in found.tags], []),
        "subjectMeta": [[tag, counts[tag]] for tag in subjects],
        "columns": items.shape[1], "rows": items.shape[0],
        "dates": by_cell(["" if np.isnat(date) else str(date)[:10] for date in found.dates], ""),
        "precision": by_cell(list(found.precision), ""), "categories": by_cell(list(found.category), ""),
    }  # fmt: skip


def _column(found: Metadata, name: str) -> list[str]:
    key = next((each for each in found.columns if each.lower() == name.lower()), None)
    return list(found.columns[key]) if key is not None else [""] * len(found.title)


def _base(links: list[str], otherwise: list[str]) -> tuple[str, list[str]]:
    """What addresses begin with, up to the last slash, and the rest of each; where there is none, other names."""
    first = next((link for link in links if "/" in link), "")
    base = first[: first.rfind("/") + 1]
    if not base or any(link and not link.startswith(base) for link in links):
        return "", [link or name for link, name in zip(links, otherwise, strict=True)]
    return base, [link[len(base) :] if link else name for link, name in zip(links, otherwise, strict=True)]
