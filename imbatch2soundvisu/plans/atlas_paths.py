"""The sequences of a run as paths over a map, and what a map would be, for `--dry-run` and `--draft`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..atlas.layout_kinds import GridLayout
from ..atlas.metadata import MetadataTable
from ..atlas.value_layouts import Plane
from ..atlas.viewer import MapPath
from ..clustering import PCA
from ..core import Result
from ..core.errors import ConfigError, unknown
from ..core.text import plural
from ..runtime import files
from ..sorting.metric import ONLY_FILE_TIMES
from . import result_cache
from .atlas_fields import AtlasFields
from .atlas_outputs import AtlasPage


def paths_of(
    named: str | Sequence[str] | None, results: Sequence[Result], outputs: Path, rows: Mapping[str, int]
) -> tuple[list[MapPath], list[str]]:
    """Return the sequences as paths, and a line for each that is not, or not wholly, on the map.

    Parameters
    ----------
    named : "all", sequence of str or None
        "all": those of the run. Plans by name: also those that were made by a run before.
    results : sequence of Result
        Of the run.
    outputs : Path
        Of the run.
    rows : mapping of str to int
        The row of each image on the map.
    """
    if named is None:
        return [], []
    found, notes = [], []
    for result in results if named == "all" else _of_plans(named, results, outputs):
        if result.entry.get("kind") != "sequence" or not result.entry.get("starts_s"):
            continue
        names = result.entry["images"]
        on_map = sum(name in rows for name in names)
        if on_map < len(names):
            gone = "no image is" if not on_map else f"{on_map} of {plural(len(names), 'image')} are"
            notes.append(f"path {result.title}: {gone} on the map")
        if on_map:
            found.append(_path(result, rows))
    return found, notes


def on_file_times(results: Sequence[Result], metadata: Any) -> list[str]:
    """Return a line where a sequence follows the times of files although the table of the map has dates.

    Parameters
    ----------
    results : sequence of Result
        Of the run.
    metadata : str, Path, MetadataTable or None
        The table of the map.
    """
    names = [each.title for each in results if f"(all {len(each.entry.get('images', ()))} " in _by_file_time(each)]
    if metadata is None or not names:
        return []
    table = metadata if isinstance(metadata, MetadataTable) else MetadataTable(metadata)
    if not (dates := table.column_of("date")):
        return []
    column = f'MetadataColumn("{table.path}", "{dates}")'
    return [
        f'{", ".join(names)}: by the times of files. For the dates of the table, write add_feature("made", {column}) '
        'and order="made"'
    ]


def _by_file_time(result: Result) -> str:
    summary = str(result.entry.get("summary", ""))
    return summary if ONLY_FILE_TIMES in summary else ""


def _of_plans(named: Sequence[str], results: Sequence[Result], outputs: Path) -> list[Result]:
    """The results of plans by name, in the order of the names."""
    found: list[Result] = []
    for name in named:
        own = [each for each in results if each.entry.get("plan") == name]
        found += own or results_before(outputs / files.slug(name), name)
    return found


def results_before(folder: Path, plan: str) -> list[Result]:
    """Return the sequences of a plan that a run before left in its folder."""
    found = []
    for path in sorted(folder.rglob(result_cache.RESULT)) if folder.is_dir() else ():
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            entry, named = dict(saved["entry"]), dict(saved["files"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if entry.get("plan") == plan and entry.get("kind") == "sequence":
            found.append(Result(path.parent, entry, named))
    return found


def results_of_run(outputs: Path) -> tuple[Result, ...]:
    """Return the sequences of the run before, in the order of its plans, from `run.json`."""
    try:
        entries = json.loads((outputs / "run.json").read_text(encoding="utf-8"))["results"]
        return tuple(_restored(outputs, each) for each in entries if each.get("kind") == "sequence")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def _restored(outputs: Path, entry: Mapping[str, Any]) -> Result:
    """A result from its entry, whose files are relative to the outputs."""
    folder = entry["folder"]
    named = {kind: Path(name).relative_to(folder).as_posix() for kind, name in entry["files"].items()}
    return Result(outputs / folder, dict(entry), named)


def check_paths(fields: AtlasFields, plans: Sequence[Any], outputs: Path) -> None:
    """Raise ConfigError for a path that is neither a plan of the run, nor one that was made before."""
    if fields.paths is None or fields.paths == "all":
        return
    names = [plan.name for plan in plans if plan is not fields]
    for name in fields.paths:
        if name not in names and not results_before(outputs / files.slug(name), name):
            if not names:
                raise ConfigError(f"paths= names {name!r}, but this run makes no other plan, and none was made before")
            raise unknown("plan for paths=", name, names)


def _path(result: Result, rows: Mapping[str, int]) -> MapPath:
    entry = result.entry
    shown = zip(entry["images"], entry["starts_s"], strict=True)
    on_map = [(rows[name], start) for name, start in shown if name in rows]
    sound = next((result.folder / result.files[kind] for kind in ("mp4", "wav") if kind in result.files), None)
    has_sound = entry.get("music") is not None and sound is not None and sound.is_file()
    return MapPath(
        result.title, tuple(row for row, _ in on_map), tuple(start for _, start in on_map), float(entry["seconds"]),
        str(sound) if has_sound else "",
    )  # fmt: skip


def draft_of(plan: Any) -> Any:
    """Return a plan that makes a first look: a grid and quick layouts, as a page."""
    quick = [each for each in plan.kinds if not isinstance(each, GridLayout) and not _is_slow(each)]
    grids = [replace(each, method="sorted") for each in plan.kinds if isinstance(each, GridLayout)]
    page = [each for each in plan.written if isinstance(each, AtlasPage)] or [AtlasPage()]
    draft = replace(
        plan,
        layouts=quick or [PCA(2)],
        grid=grids[0] if grids else False,
        outputs=page,
        dimensions=min(plan.dimensions, 64),
    )
    object.__setattr__(draft, "declared_at", plan.declared_at)  # messages point at the session, not at this line
    return draft


def _is_slow(kind: Any) -> bool:
    """Whether a layout is a projection other than PCA."""
    reduce = getattr(kind, "reduce", None)
    return type(kind).__name__ == "Map" or (reduce is not None and not isinstance(reduce, PCA | Plane))
