"""Albums: a collection in parts, each with its sequence, its profile and its piece; and a tour of them all."""

from __future__ import annotations

import hashlib
import html
import importlib.util
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import clustering, config, sorting
from ..core import Clusters, FeatureTable, ImageSequence, Profile, Progress, Result
from ..core.errors import ConfigError, I2SError, UnwritableError
from ..features import FEATURES
from ..measurement.spaces import embedder_of
from ..music import stems
from ..report import clusters
from ..runtime import files
from .rendering import render
from .result_cache import begin, check_free, code_version, forget_parts, kept_piece, page_version, piece_names, remember
from .result_writer import FILES

if TYPE_CHECKING:
    from .sequence import SequencePlan

#: What a part may be called by an embedding that reads: kinds of image, subjects, places, light and mood.
PHRASES = (
    "a portrait of a person", "a group of people", "a crowd", "a child", "a close-up of a face", "hands",
    "a dog", "a cat", "a bird", "a fish", "an insect", "a wild animal", "a farm animal",
    "a flower", "a tree", "a forest", "a garden", "a mountain", "a desert", "the sea", "a river", "a waterfall",
    "snow and ice", "clouds in the sky", "a sunset", "the night sky", "fire", "rain",
    "a city street", "a building", "a tower", "a bridge", "a church", "a ruin", "a room indoors", "a kitchen",
    "a painting", "a drawing", "a sculpture", "a poster with text", "a document", "a map", "a diagram", "a logo",
    "a car", "a train", "a ship", "an aeroplane", "a bicycle", "a machine", "a tool", "a musical instrument",
    "food on a plate", "fruit", "a drink", "clothes", "a shoe", "jewellery", "furniture", "a toy",
    "a black and white photograph", "an old photograph", "an abstract pattern", "a texture", "a silhouette",
    "something bright and colourful", "something dark and gloomy", "something calm and empty", "something busy",
)  # fmt: skip

#: What images that belong to no part are called together.
NOISE = "in no part"
#: What the walk through all parts is called.
TOUR = "tour"
#: The file of the vectors behind a split.
NUMBERS = "embeddings.npz"


@dataclass(frozen=True)
class Album:
    """A collection in parts.

    table : the images that were split. groups : the parts. profiles : what each is like. route : (k,) the parts in
    the order of the tour. sequences : one for each part with 2 images or more, in the order of the route, and last
    one of what belongs to no part. tour : all of these one after the other, or None where there is only one.
    problems : parts that cannot be put in the order that was wished, one line each.
    """

    table: FeatureTable
    groups: Clusters
    profiles: tuple[Profile, ...]
    route: np.ndarray
    sequences: tuple[ImageSequence, ...]
    tour: ImageSequence | None
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, plan: SequencePlan, table: FeatureTable) -> Album:
        """Split, profile and order. Raises ConfigError when no part has 2 images."""
        split = sorting.resolve_clustering(plan.split, FEATURES)
        groups = split.group(table, np.random.default_rng([plan.seed, 2]))  # the same whatever the plan is called
        route = clustering.part_order(groups, table)
        walk = [part for part in (*route.tolist(), -1) if len(groups.rows(part)) > 1]
        walk = walk[::-1] if plan.reverse else walk
        if not walk:
            raise ConfigError(f"plan {plan.name!r}: {groups.by} leaves no part with 2 images", plan.declared_at)
        profiles = clustering.profiles(table, groups, _phrases(plan, table, split))
        in_order = tuple(profiles[part] for part in route.tolist())
        rows, sequences = [groups.rows(part) for part in walk], []
        problems: list[tuple[str, Exception]] = []
        for place, part in enumerate(walk):
            beside = rows[place - 1] if place else None, rows[place + 1] if place + 1 < len(walk) else None
            name = groups.names[part] if part >= 0 else _own_name(NOISE, groups.names)
            try:
                sequence = plan.part(table, rows[place], name, beside)
                own = profiles[part] if part >= 0 else None
                about = ", ".join(own.traits) if own else ""
                sequences.append(replace(sequence, about=about, profile=own, profiles=in_order))
            except Exception as error:  # an order may be a person's own code
                problems.append((name, error))
        if not sequences:
            raise problems[0][1]
        tour = _joined(sequences, _own_name(TOUR, groups.names))
        return cls(
            table, groups, profiles, route, tuple(sequences), tour, tuple(_told(plan, *each) for each in problems)
        )

    def __repr__(self) -> str:
        return f"<Album: {len(self.sequences)} sequences; {self.groups!r}>"

    def _repr_html_(self) -> str:
        told = "".join(
            f"<tr><td>{html.escape(each.name)}</td><td>{each.size}</td><td>{html.escape(each.words)}</td></tr>"
            for each in self.profiles
        )
        return f"<p>{html.escape(repr(self)[1:-1])}</p><table>{told}</table>"


def _told(plan: SequencePlan, part: str, error: Exception) -> str:
    """Why a part is not there, without what is said of the plan anyway."""
    text = str(error) if isinstance(error, I2SError) else f"{type(error).__name__}: {error}"
    return f"part {part!r}: {text.rpartition(f'plan {plan.name!r}: ')[2]}"


def bind(plan: SequencePlan, album: Album, folder: Path, progress: Progress) -> list[Result]:
    """The pieces of an album in `folder`: the report, one piece for each part in a folder of its own, the tour.

    Raises NotOursError before any of them when a file of the user's is in the place of one of theirs, UnwritableError
    when nothing more can be written.
    """
    wished = [*album.sequences, *([album.tour] if plan.tour and album.tour is not None else [])]
    places = _folders([sequence.part for sequence in wished])
    check_free(folder / place / name for place in places for name in piece_names(plan))
    pieces = [render(plan, sequence, folder / place, progress) for sequence, place in zip(wished, places, strict=True)]
    try:
        forget_parts(folder, set(places))
        return [_report(plan, album, folder, pieces), *pieces]
    except OSError as error:
        raise UnwritableError(f"{error.filename or folder}: {error.strerror or error}") from error


def _report(plan: SequencePlan, album: Album, folder: Path, pieces: list[Result]) -> Result:
    """The piece that tells of all parts; kept when nothing it tells has changed."""
    told = clusters.account(album.table, album.groups, album.profiles, album.route)
    account: dict[str, Any] = {
        "plan": plan.name, "part": "", "images": [record.name for record in album.table.records],
        "by": album.groups.by, "groups": told, "kept": False, "problems": list(album.problems),
    }  # fmt: skip
    made = [
        [piece.folder.name, piece.account["part"], piece.account["images"], dict(piece.files), _sizes(piece)]
        for piece in pieces
    ]
    contents = [(record.digest, ascii(record.path)) for record in album.table.records]
    digest = hashlib.blake2b(
        json.dumps([account, made, contents, _draws_umap(), code_version(), page_version()]).encode(), digest_size=16
    )
    if (kept := kept_piece(folder, digest.hexdigest())) is not None:
        return kept
    before = begin(folder)
    written = clusters.write(
        folder, plan.name, album.table, album.groups, album.profiles, album.route, pieces, umap=_draws_umap()
    )
    written |= _numbers(folder, album)
    for name in (before | set(FILES)) - set(written.values()):
        files.remove_own(folder / name)
    stems.forget(folder)
    piece = Result(folder, {**account, "files": dict(written)}, written, problems=album.problems)
    if not album.problems:
        remember(piece, digest.hexdigest())
    return piece


def _sizes(piece: Result) -> list[int]:
    return [(piece.folder / name).stat().st_size for name in piece.files.values()]


def _draws_umap() -> bool:
    return config.UMAP_MAPS and importlib.util.find_spec("umap") is not None


def _numbers(folder: Path, album: Album) -> dict[str, str]:
    """The vectors of the split's space, the points it compared and its labels, for other programs: {kind: file}."""
    vectors = album.table.vectors.get(album.groups.space)
    if vectors is None:
        return {}
    arrays = {
        "embeddings": vectors,
        "paths": np.array([str(record.path.absolute()) for record in album.table.records], str),
        "digests": np.array([record.digest for record in album.table.records], str),
        "labels": album.groups.labels,
    }
    if album.groups.points is not None:
        arrays["reduced"] = album.groups.points
    with files.atomic(folder / NUMBERS) as partial:
        np.savez(partial, **arrays)  # type: ignore[arg-type]
    return {"embeddings": NUMBERS}


def _phrases(plan: SequencePlan, table: FeatureTable, split: Any) -> dict[str, np.ndarray]:
    """The phrases that were embedded in the space of the split, as points."""
    name = getattr(embedder_of(getattr(split, "on", ())), "name", "")
    return {each: table.probes[name, each] for each in plan.phrases if (name, each) in table.probes}


def _own_name(name: str, taken: tuple[str, ...]) -> str:
    """A name of ours that no part of the person's has."""
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
    )
    return replace(
        first,
        table=table,
        values=np.concatenate([each.values for each in sequences]),
        criterion=sorting.criterion(table, first.criterion.space),
        part=name,
        about="",
        profile=None,
        sections=tuple(np.cumsum([0, *(len(each) for each in sequences[:-1])]).tolist()),
        by=f"parts, each by {first.by}",
        section_names=tuple(each.part for each in sequences),
    )


def _folders(names: list[str]) -> list[str]:
    """A folder for each part; names that would share one are numbered."""
    found: list[str] = []
    for name in names:
        base = place = files.slug(name)
        number = 1
        while place in found:
            number += 1
            place = f"{base}-{number}"
        found.append(place)
    return found
