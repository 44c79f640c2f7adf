"""Data sets of Kaggle, downloaded by the package `kagglehub`."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...core import Progress, silent
from ...core.errors import ConfigError
from .common import client_errors, gather_in_cache, import_client, take_evenly, target_folder
from .journal import Item
from .names import is_image

_NAME = re.compile(r"[\w.-]+/[\w.-]+(/versions/[0-9]+)?")
_LABEL_COLUMNS = ("label", "labels", "class", "category", "target", "species", "breed")


def kaggle(
    name: str,
    *,
    folder: str | None = None,
    labels: str | None = None,
    limit: int | None = None,
    cache: str | Path | None = None,
    progress: Progress = silent,
) -> Path:
    """Return a folder with the images of a Kaggle data set, in the folders they have there.

    Parameters
    ----------
    name : str
        "owner/name" or "owner/name/versions/3", as in the address of the data set.
    folder : str, optional
        Only images in this folder of the data set.
    labels : str, optional
        A CSV file of the data set with a column of file names and one of labels; each label becomes a folder.
    limit : int, optional
        Number of images, evenly taken from all.
    cache : str or Path, optional
        Folder of the cache; the setting CACHE when None. `kagglehub` keeps its own copy; on one disk both share space.
    progress : Progress
        Called as `progress("download", done, total)`.

    Returns
    -------
    Path
        A folder for `DATA_ROOT`.

    Raises
    ------
    ConfigError
        If the data set does not exist, or has no such folder or labels.
    MakeError
        If it cannot be downloaded.
    MissingExtra
        If `kagglehub` is not installed.

    Examples
    --------
    >>> kaggle("owner/butterflies", limit=100)  # doctest: +SKIP
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(f"kaggle() takes 'owner/name', as in the address of the data set, not {name!r}")
    target = target_folder("kaggle", name, "", limit, (folder, labels), cache)
    if target.is_dir():
        return target
    client = import_client("kagglehub", "dataset_download", "kaggle()")
    what = f"the Kaggle data set {name!r}"
    with client_errors(what):
        root = Path(client.dataset_download(name))
        inside, table = _inside(root, folder or "", what), _inside(root, labels or "", what)
        found = [path for path in _files_in(inside) if is_image(path)]
        label_of = _labels_of(table, found, what) if labels else {}
        items = [
            Item(path, label_of.get(path) or path.relative_to(inside).parts[:-1], path.name)
            for path in take_evenly(found, limit)
        ]
        return gather_in_cache(target, what, lambda done: iter(items[done:]), len(items), progress)


def _inside(root: Path, name: str, what: str) -> Path:
    path = root / name
    if not path.exists() or not path.resolve().is_relative_to(root.resolve()):
        choices = ", ".join(sorted(each.name for each in root.iterdir())[:20])
        raise ConfigError(f"{what} has no {name!r}; it has: {choices}")
    return path


def _files_in(folder: Path) -> list[Path]:
    """Regular files below a folder, sorted; without hidden files, and without links, which may lead anywhere."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__MACOSX"]
        paths = [Path(place, name) for name in names if not name.startswith(".")]
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return sorted(found)


def _labels_of(table: Path, images: Iterable[Path], what: str) -> dict[Path, tuple[str, ...]]:
    """{image: (label,)} from a CSV file with a column of file names, with or without endings, and one of labels."""
    by_name: dict[str, set[Path]] = {}
    for image in images:
        for name in (image.name, image.stem):
            by_name.setdefault(name, set()).add(image)
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, restval=""))
    name_column, label_column = _columns(rows, by_name, f"{what}: {table.name}")
    found: dict[Path, tuple[str, ...]] = {}
    for row in rows:
        named = by_name.get(Path(row[name_column]).name, set())
        if len(named) > 1:
            raise ConfigError(
                f"{what}: {row[name_column]} in {table.name} names {len(named)} images; give folder= as well"
            )
        if named and row[label_column]:
            found[next(iter(named))] = (row[label_column],)
    return found


def _columns(rows: Sequence[Mapping[str, str]], by_name: Mapping[str, set[Path]], what: str) -> tuple[str, str]:
    """The column of file names, and the column of labels."""
    columns = [column for column in rows[0] if column] if rows else []
    name_of = next((each for each in columns if any(Path(row[each]).name in by_name for row in rows)), None)
    others = [column for column in columns if column != name_of]
    likely = [column for column in others if column.casefold() in _LABEL_COLUMNS] or others
    if name_of is None or (len(likely) != 1 and likely == others):
        lacking = "file names of its images" if name_of is None else "labels"
        raise ConfigError(f"{what} has no column of {lacking}; its columns: {', '.join(columns) or 'none'}")
    return name_of, likely[0]
