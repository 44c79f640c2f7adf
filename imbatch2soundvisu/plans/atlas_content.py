"""What the outputs of an atlas are made from: images with their space, metadata, clusters, layouts and paths."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .. import clustering
from ..atlas.data import AtlasData, Metadata
from ..atlas.layouts import Layout
from ..atlas.matrix import width_and_height
from ..atlas.metadata import MetadataTable, metadata_of
from ..atlas.metadata.of_files import embedded_of_each, with_embedded
from ..atlas.metadata.of_measurements import TAGS_ARE_CLASSES, with_measurements, with_words
from ..atlas.placing import placed_again
from ..atlas.viewer import MapPath
from ..clustering import PCA
from ..core import Clusters, FeatureTable, Progress, silent
from ..core.errors import ConfigError, describe_error
from ..core.text import plural
from ..datasets.discovery import digest_of
from ..features import COLUMNS
from ..measurement.spaces import space_points, space_title
from ..runtime.memory import return_freed_memory
from . import result_cache
from .atlas_fields import DEFAULT_LAYOUTS, AtlasFields
from .atlas_outputs import AtlasSource
from .atlas_paths import on_file_times, paths_of
from .atlas_phrases import with_phrases
from .protocols import Output, RunContext
from .stored_layouts import StoredLayouts

_FEWEST = 4  # images that are clustered


class AtlasContent(AtlasSource):
    """A collection with what its map is made from.

    Parameters
    ----------
    fields : AtlasPlan
        Its space, layouts, metadata and clusters.
    table : FeatureTable
        The images.
    folder : Path
        Of the plan, where its layouts are stored.
    settings : Settings
        Those of the run.
    context : RunContext
        Settings, cache and results of the run; the sequences of its other plans are paths.
    """

    def __init__(self, fields: AtlasFields, table: FeatureTable, folder: Path, context: RunContext) -> None:
        self.fields, self.table, self.folder, self.context = fields, table, folder, context
        self._progress: Progress = silent
        self._problems: list[str] = []
        self._lines: list[str] = []

    @property
    def plan(self) -> str:
        return self.fields.name

    def note(self, line: str) -> None:
        """Add a line about what was written."""
        self._lines.append(line)

    @property
    def tile(self) -> tuple[int, int]:
        return width_and_height(self.fields.tile)

    @cached_property
    def data(self) -> AtlasData:
        """The images with space, metadata and clusters."""
        points = self._points
        if points.shape[1] > self.fields.dimensions:
            points, _ = PCA(self.fields.dimensions).reduce(points)
        vectors = np.asarray(points, np.float32)
        described = self._described
        phrases = tuple(name for name in described.columns if name not in self.table.columns)
        return AtlasData(described, vectors, self._space, self._metadata, self._clusters, phrases)

    @cached_property
    def _described(self) -> FeatureTable:
        """The images with their similarity to the phrases of the plan."""
        return with_phrases(self.table, self.fields.on, self.fields.phrases)

    @cached_property
    def _points(self) -> np.ndarray:
        return space_points(self.table, self.fields.on)

    @property
    def _space(self) -> str:
        return space_title(self.fields.on, self.table)

    @cached_property
    def _metadata(self) -> Metadata:
        """The table of metadata, then what the files say, then what was measured."""
        metadata, records = metadata_of(self.table, self.fields.metadata), self.table.records
        jobs = self.context.settings.jobs or 2
        found = embedded_of_each(records, self.context.cache, jobs=jobs, progress=self._progress)
        return with_measurements(with_embedded(metadata, records, found), self.table)

    @cached_property
    def _clusters(self) -> Clusters | None:
        if self.fields.clusters is None or len(self.table) < _FEWEST:
            return None
        by = clustering.resolve_clustering(self.fields.clusters, COLUMNS)
        found = by.cluster(self.table, np.random.default_rng([self.fields.seed, 2]))
        named = with_words(found, self.table, self._tags)
        return_freed_memory()
        return named

    @property
    def _tags(self) -> Sequence[Sequence[str]]:
        """Tags that people gave, of the metadata and the files."""
        return () if TAGS_ARE_CLASSES in self._metadata.notes else self._metadata.tags

    @cached_property
    def layouts(self) -> list[Layout]:
        """The layouts, where images of a run before keep their places."""
        stored = StoredLayouts.read(self.folder) if self.fields.keep_layouts else StoredLayouts({})
        found: list[Layout] = []
        kinds = self._possible_kinds()
        for number, kind in enumerate(kinds):
            self._progress("layouts", number, len(kinds))
            try:
                key = self._key(kind)
                layout = placed_again(kind, self.data, self.fields.seed, stored.before(key, self._digests))
                if not np.isfinite(layout.points).all(axis=1).any():
                    self._left_out(layout)
                    continue
                stored.put(key, self._digests, layout)
                found.append(_titled(layout, found))
            except ConfigError as error:  # a timeline of images without dates, clusters that are not there
                self._problems.append(f"layout {type(kind).__name__}: {describe_error(error)}")
        if not found:
            raise ConfigError("; ".join(self._problems))
        stored.write(self.folder)
        return found

    def _left_out(self, layout: Layout) -> None:
        """Say that a layout has no image: as a problem where the plan names it, else as a line."""
        why = "; ".join(layout.notes) or "no image has a place"
        usual = self.fields.layouts == DEFAULT_LAYOUTS
        (self._lines if usual else self._problems).append(f"layout {layout.name}: left out, since {why}")

    def _key(self, kind: Any) -> Any:
        """What the places of a layout depend on besides the images; another one is another layout."""
        fields = self.fields
        own = [kind, fields.on, *([fields.clusters] if _is_by_cluster(kind) else [])]
        return [result_cache.described(own), self._space, fields.seed, fields.dimensions]

    def _possible_kinds(self) -> list[Any]:
        """The layouts of the plan, without those by cluster where images are too few for clusters."""
        if self.fields.clusters is None or self._clusters is not None:
            return self.fields.kinds
        possible = [kind for kind in self.fields.kinds if not _is_by_cluster(kind)]
        if len(possible) < len(self.fields.kinds):
            self.note(f"{plural(len(self.table), 'image')} are too few for clusters, and for layouts by cluster")
        return possible

    @property
    def _digests(self) -> list[str]:
        return [record.digest for record in self.table.records]

    @property
    def paths(self) -> list[MapPath]:
        """The sequences of the run whose images are on the map."""
        return self._paths[0]

    @cached_property
    def _paths(self) -> tuple[list[MapPath], list[str]]:
        rows = {record.name: row for row, record in enumerate(self.table.records)}
        results, fields = self.context.results, self.fields
        paths, notes = paths_of(fields.paths, results, self.context.settings.outputs, rows)
        return paths, [*notes, *(on_file_times(results, fields.metadata) if paths else ())]

    def prepare(self, outputs: Sequence[Output], progress: Progress) -> list[str]:
        """Compute the layouts. Returns those that are not possible, one line each."""
        self._progress = progress
        _ = self.layouts
        return_freed_memory()  # before the outputs need theirs
        return list(self._problems)

    def state(self) -> Any:
        """Everything that the files depend on: images, features, points, metadata, layouts and paths.

        Nothing is clustered or placed for it. What the files say of themselves is part of their digests.
        """
        fields, digest = self.fields, hashlib.blake2b(digest_size=16)
        is_linked = any(getattr(each, "originals", "") == "link" for each in fields.written)
        for record in self.table.records:
            digest.update(f"{record.path.absolute() if is_linked else ''}{record.name}\0{record.digest}\0".encode())
        for name, values in sorted(self._described.columns.items()):
            digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
        for vectors in (self._points, *(values for _, values in sorted(self.table.vectors.items()))):
            digest.update(np.ascontiguousarray(vectors).data)
        digest.update(repr(self.table.faces or "").encode())
        return [
            self.plan, digest.hexdigest(), self._space, fields.seed, fields.dimensions, self.tile,
            fields.keep_layouts,
            result_cache.described([fields.kinds, fields.clusters, fields.metadata]),
            [digest_of(path) for path in (*_files_of(fields.metadata), *_files_of_layouts(fields.kinds))],
            [[path.name, path.rows, path.starts_s, path.sound] for path in self.paths],
        ]  # fmt: skip

    def entry(self) -> Mapping[str, Any]:
        """The atlas in `run.json`."""
        data = self.data
        names = ", ".join(layout.name for layout in self.layouts)
        paths = f"; {plural(len(self.paths), 'path')}" if self.paths else ""
        return {
            "plan": self.plan,
            "kind": "atlas",
            "title": self.plan,
            "cluster": "",
            "images": [record.name for record in data.table.records],
            "summary": f"map of {plural(len(data), 'image')}: {names}{paths}",
            "atlas": {
                "space": data.space,
                "layouts": [
                    {"name": each.name, "quality": dict(each.quality), "notes": list(each.notes)}
                    for each in self.layouts
                ],
                "clusters": list(data.clusters.names) if data.clusters is not None else [],
                "paths": [path.name for path in self.paths],
            },
            "lines": [*data.metadata.notes, *self._paths[1], *self._lines, *_notes_of(self.layouts)],
            "details": {layout.name: _quality_text(layout) for layout in self.layouts if layout.quality},
        }


def _notes_of(layouts: Sequence[Layout]) -> list[str]:
    """The notes of layouts, each once, with the names of those that it is about."""
    names: dict[str, list[str]] = {}
    for layout in layouts:
        for note in layout.notes:
            names.setdefault(note, []).append(layout.name)
    return [note if note.startswith(f"{each[0]}: ") else f"{', '.join(each)}: {note}" for note, each in names.items()]


def _is_by_cluster(kind: Any) -> bool:
    """Whether a layout places images by their cluster."""
    return "cluster" in (getattr(kind, "by", ""), getattr(kind, "category", ""))


def _files_of(metadata: Any) -> list[Path]:
    if metadata is None:
        return []
    if isinstance(metadata, MetadataTable):
        return [Path(each).expanduser() for each in (metadata.path, metadata.subjects) if each is not None]
    return [Path(metadata).expanduser()]


def _files_of_layouts(kinds: Sequence[Any]) -> list[Path]:
    """Tables of cells, and images that are shapes of grids."""
    given = [getattr(kind, name, None) for kind in kinds for name in ("path", "shape")]
    paths = [Path(each).expanduser() for each in given if isinstance(each, str | Path)]
    return [path for path in paths if path.is_file()]


def _titled(layout: Layout, before: Sequence[Layout]) -> Layout:
    names = {each.name for each in before}
    number = 2
    name = layout.name
    while name in names:
        name, number = f"{layout.name} {number}", number + 1
    return replace(layout, name=name)


def _quality_text(layout: Layout) -> str:
    """How good a layout is, in words and numbers."""
    quality = layout.quality
    if "grid" in quality:
        return (
            f"neighbours are alike: {quality['grid']:.2f} of the best that is possible by distance preservation (DPQ), "
            f"a random grid has {quality['random']:.2f}"
        )
    return (
        f"trustworthiness {quality['trustworthiness']:.2f}, continuity {quality['continuity']:.2f}: near images are "
        f"alike, and alike images near; {quality['kNN recall']:.0%} of the 10 nearest are the same"
    )
