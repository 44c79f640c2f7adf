"""Albums: a collection in clusters, each with its profile, its sequence and its result; and a tour through all."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import clustering, sorting
from ..config import Settings
from ..core import Clusters, FeatureTable, ImageSequence, Profile, Result
from ..core.errors import ConfigError, describe_error
from ..core.text import plural
from ..features import COLUMNS
from ..measurement.spaces import embedder_of
from ..runtime import files, ownership
from . import result_cache
from .protocols import Output, RunContext
from .registry import OUTPUT_KINDS
from .result_writer import write_result
from .selecting import ordered_sequence
from .sequence_content import SequenceContent
from .sequence_fields import SequenceFields

#: The name of the images that belong to no cluster.
NOISE = "in no cluster"
#: The name of the sequence through all clusters.
TOUR = "tour"


@dataclass(frozen=True)
class Album:
    """A collection in clusters.

    Parameters
    ----------
    table : FeatureTable
        The images that were clustered.
    clusters : Clusters
        The labels, with their quality.
    profiles : tuple of Profile
        What each cluster is like, by its number.
    route : ndarray of shape (k,)
        The clusters in the order of the tour.
    sequences : tuple of ImageSequence
        One for each cluster of 2 images or more, in the order of the route; last, what belongs to no cluster.
    tour : ImageSequence or None
        All sequences one after the other; None where there is only one.
    problems : tuple of str
        Clusters that could not be ordered, one line each.
    """

    table: FeatureTable
    clusters: Clusters
    profiles: tuple[Profile, ...]
    route: np.ndarray
    sequences: tuple[ImageSequence, ...]
    tour: ImageSequence | None
    problems: tuple[str, ...] = ()

    def plot(self, kind: str = "map", ax: Any = None) -> Any:
        """Draw the clusters into a Matplotlib axis; see `ClusterResult.plot`."""
        return clustering.ClusterResult(self.table, self.clusters, self.profiles).plot(kind, ax)

    def __repr__(self) -> str:
        return f"<Album: {plural(len(self.sequences), 'sequence')}; {self.clusters!r}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(each.name)}</td><td>{each.size}</td><td>{html.escape(each.words)}</td></tr>"
            for each in self.profiles
        )
        return f"<p>{html.escape(repr(self)[1:-1])}</p><table>{rows}</table>"


def album_of(plan: SequenceFields, table: FeatureTable, settings: Settings) -> Album:
    """Return the clusters of a table with profiles and sequences.

    Raises
    ------
    ConfigError
        When no cluster has 2 images.
    """
    by = clustering.resolve_clustering(plan.clusters, COLUMNS)
    found = by.cluster(table, np.random.default_rng([plan.seed, 2]))  # independent of the plan's name
    route = sorting.cluster_order(found, table)
    numbers = [number for number in (*route.tolist(), -1) if len(found.rows(number)) > 1]
    numbers = numbers[::-1] if plan.reverse else numbers
    if not numbers:
        raise ConfigError(f"plan {plan.name!r}: none of the clusters by {found.by} has 2 images", plan.declared_at)
    profiles = clustering.profiles(table, found, _phrases(plan, table, by))
    sequences, problems = _sequences(plan, table, settings, found, numbers, profiles, route)
    tour = _joined(sequences, _unused_name(TOUR, found.names))
    return Album(table, found, tuple(profiles), route, tuple(sequences), tour, tuple(problems))


def _sequences(
    plan: SequenceFields,
    table: FeatureTable,
    settings: Settings,
    found: Clusters,
    numbers: Sequence[int],
    profiles: Sequence[Profile],
    route: np.ndarray,
) -> tuple[list[ImageSequence], list[str]]:
    """One sequence for each cluster, and a line for each that could not be ordered."""
    in_order = tuple(profiles[number] for number in route.tolist())
    rows, sequences, problems = [found.rows(number) for number in numbers], [], []
    failed: Exception | None = None
    for place, number in enumerate(numbers):
        beside = rows[place - 1] if place else None, rows[place + 1] if place + 1 < len(numbers) else None
        name = found.names[number] if number >= 0 else _unused_name(NOISE, found.names)
        own = profiles[number] if number >= 0 else None
        try:
            sequence = ordered_sequence(plan, table, rows[place], settings, name, beside)
        except Exception as error:  # an order may be the user's own code
            failed = failed or error
            problems.append(f"cluster {name!r}: {describe_error(error).rpartition(f'plan {plan.name!r}: ')[2]}")
            continue
        description = own.description if own else ""
        sequences.append(replace(sequence, cluster_description=description, profile=own, profiles=in_order))
    if not sequences and failed is not None:
        raise failed
    return sequences, problems


class AlbumContent:
    """What the report of an album is made from.

    Parameters
    ----------
    name : str
        Of the plan.
    album : Album
        The clusters.
    results : sequence of Result
        What was made of each cluster, and of the tour; the report links to them.
    """

    def __init__(self, name: str, album: Album, results: Sequence[Result]) -> None:
        self.plan, self.album, self.results = name, album, results

    def prepare(self, outputs: Sequence[Output], progress: Any) -> list[str]:
        """Return the clusters that could not be ordered."""
        return list(self.album.problems)

    def state(self) -> Any:
        """The labels, what is known of them, and the files of the results."""
        album = self.album
        made = [
            [each.folder.name, each.entry["cluster"], sorted(each.files.items()), _sizes(each)] for each in self.results
        ]
        images = [(record.digest, ascii(record.path)) for record in album.table.records]
        profiles = [profile.as_dict([record.name for record in album.table.records]) for profile in album.profiles]
        quality = None if album.clusters.quality is None else album.clusters.quality.as_dict()
        labels = [album.clusters.by, list(album.clusters.notes), album.clusters.labels.tolist(), album.route.tolist()]
        return [labels, quality, profiles, made, images, list(album.problems)]

    def entry(self) -> Mapping[str, Any]:
        """The album in `run.json`; the report adds `clusters`."""
        album = self.album
        summary = (
            f"{plural(len(album.table), 'image')} in {plural(len(album.clusters), 'cluster')} by {album.clusters.by}"
        )
        notes = [note.partition(":")[0] for note in album.clusters.notes]  # the figures are in the report
        return {
            "plan": self.plan, "kind": "clusters", "title": self.plan, "cluster": "", "summary": summary,
            "images": [record.name for record in album.table.records], "by": album.clusters.by,
            "lines": notes, "clusters_in_words": [f"{each.name}: {each.size}, {each.words}" for each in album.profiles],
        }  # fmt: skip


def album_sequences(plan: SequenceFields, album: Album, folder: Path) -> list[tuple[ImageSequence, Path]]:
    """Return the sequences of an album, the tour last where the plan has one, each with its folder in `folder`."""
    sequences = [*album.sequences, *([album.tour] if plan.tour and album.tour is not None else [])]
    names = folder_names([each.cluster for each in sequences])
    return [(sequence, folder / name) for sequence, name in zip(sequences, names, strict=True)]


def write_album(plan: SequenceFields, album: Album, folder: Path, context: RunContext) -> list[Result]:
    """Write the report of an album, and a result for each cluster and the tour in a folder of its own.

    Raises
    ------
    NotOursError
        Before any of them, when a file of the user has the name of one of theirs.
    UnwritableError
        When nothing more can be written.
    """
    placed = album_sequences(plan, album, folder)
    folders = [place for _, place in placed]
    if (guard := ownership.guard_of(folder)) is not None:
        guard.check_free(
            place / name for place in folders for name in [result_cache.RESULT, *plan.file_names(context.settings)]
        )
    results = [
        write_result(SequenceContent(plan, sequence, context.settings), plan.written, place, context)
        for sequence, place in placed
    ]
    report = AlbumContent(plan.name, album, results)
    return [write_result(report, [OUTPUT_KINDS["cluster-report"]()], folder, context), *results]


def _sizes(result: Result) -> list[int]:
    return [(result.folder / name).stat().st_size for _, name in sorted(result.files.items())]


def _phrases(plan: SequenceFields, table: FeatureTable, by: Any) -> dict[str, np.ndarray]:
    """The phrases that were embedded in the space of the clustering, as points."""
    name = getattr(embedder_of(getattr(by, "on", ())), "name", "")
    return {each: table.probes[name, each] for each in plan.phrases if (name, each) in table.probes}


def _unused_name(name: str, taken: Sequence[str]) -> str:
    """A name that no cluster has."""
    while name in taken:
        name += " of all"
    return name


def _joined(sequences: list[ImageSequence], name: str) -> ImageSequence | None:
    """The sequences one after the other, with the place where each begins."""
    if len(sequences) < 2:
        return None
    first = sequences[0]
    tables = [each.table for each in sequences]
    table = replace(
        first.table,
        records=tuple(record for each in tables for record in each.records),
        columns={key: np.concatenate([each.columns[key] for each in tables]) for key in first.table.columns},
        vectors={key: np.concatenate([each.vectors[key] for each in tables]) for key in first.table.vectors},
        labels={key: np.concatenate([each.labels[key] for each in tables]) for key in first.table.labels},
        regions={key: tuple(row for each in tables for row in each.regions[key]) for key in first.table.regions},
    )
    return replace(
        first,
        table=table,
        values=np.concatenate([each.values for each in sequences]),
        criterion=sorting.criterion(table, first.criterion.space),
        cluster=name,
        cluster_description="",
        profile=None,
        sections=tuple(np.cumsum([0, *(len(each) for each in sequences[:-1])]).tolist()),
        by=f"clusters, each by {first.by}",
        section_names=tuple(each.cluster for each in sequences),
        note="",  # each cluster has its own
    )


def folder_names(names: list[str]) -> list[str]:
    """Return a folder name for each cluster; names that would share one are numbered."""
    found: list[str] = []
    for name in names:
        base = place = files.slug(name)
        number = 1
        while place in found:
            number += 1
            place = f"{base}-{number}"
        found.append(place)
    return found
