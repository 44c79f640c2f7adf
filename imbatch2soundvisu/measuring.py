"""The pass over the pictures: every feature, vector and likeness of a picture from one decode, kept in the store."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from . import config, images
from .embeddings import Look
from .errors import ImageError
from .features import Feature, Pixels, resolve
from .likeness import LIKENESS, likeness, near_duplicates
from .parallel import in_batches
from .records import Collection, Embedder, FeatureTable, ImageRecord, Progress, Skipped, silent
from .store import Store

_DAMAGE = "damage-1"
_UNDECODABLE = "undecodable-1"


@dataclass
class _Measured:
    """What one decode gave."""

    digest: str
    scalars: list[tuple[str, str, str, float]] = field(default_factory=list)
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    damage: str = ""
    undecodable: str = ""
    lasting: bool = True
    failures: list[tuple[str, str]] = field(default_factory=list)


def measure(
    collection: Collection,
    names: Iterable[str] | None = None,
    *,
    embeddings: Sequence[Embedder] = (Look(),),
    store: Store | None = None,
    progress: Progress = silent,
) -> FeatureTable:
    """Measure features and vectors of every picture, each picture decoded once, and only when the store lacks some.

    names : features to measure; None for all. Returns a table of the pictures that could be decoded, in the
    collection's order; the others are in its `skipped`, those read in part in `damaged`.
    Raises WishError for an unknown feature. A feature that raises gives NaN and a line in `problems`.
    """
    features = resolve(names)
    store = store or Store(None)
    of_pixels = {name: each for name, each in features.items() if each.of == "pixels"}
    digests = list(dict.fromkeys(record.digest for record in collection.records))
    known = {name: store.scalars(name, each.version, digests) for name, each in of_pixels.items()}
    keys = {LIKENESS: LIKENESS} | {embedder.name: embedder.key for embedder in embeddings}
    vectors = {name: store.vectors(key, digests) for name, key in keys.items()}
    damage, undecodable = store.facts(_DAMAGE, digests), store.facts(_UNDECODABLE, digests)

    missing = {
        digest: [name for name in of_pixels if digest not in known[name]]
        for digest in digests
        if digest not in undecodable
    }
    todo = [
        record
        for record in {record.digest: record for record in reversed(collection.records)}.values()
        if missing.get(record.digest) or any(record.digest not in v for v in vectors.values())
        if record.digest not in undecodable
    ][::-1]

    def work(record: ImageRecord) -> _Measured:
        wanted = {name: of_pixels[name] for name in missing[record.digest]}
        lacking = [each for each in embeddings if record.digest not in vectors[each.name]]
        return _measure_one(record, wanted, lacking)

    failures: Counter[str] = Counter()
    first: dict[str, str] = {}
    done = 0
    progress("measure", done, len(todo))
    modules = [each.module for each in of_pixels.values()] + [type(embedder).__module__ for embedder in embeddings]
    ours = all(module.startswith(f"{__package__}.") for module in modules)  # others may bring threads of their own
    for batch in in_batches(work, todo, may_fork=ours):
        _keep(batch, store)
        done += len(batch)
        progress("measure", done, len(todo))
        for one in batch:
            for _, name, _, value in one.scalars:
                known[name][one.digest] = value
            for name, key in keys.items():
                if key in one.vectors:
                    vectors[name][one.digest] = one.vectors[key]
            if one.damage:
                damage[one.digest] = one.damage
            if one.undecodable:
                undecodable[one.digest] = one.undecodable
            for name, reason in one.failures:
                failures[name] += 1
                first.setdefault(name, reason)
    return _table(collection, features, known, vectors, damage, undecodable, failures, first)


def with_measurements(collection: Collection, table: FeatureTable) -> Collection:
    """The collection as it stands after measuring: without what could not be decoded, with near duplicates."""
    return replace(
        collection,
        records=table.records,
        skipped=tuple(sorted({*collection.skipped, *table.skipped}, key=lambda each: each.name)),
        damaged=table.damaged,
        near_duplicates=near_duplicates(table),
    )


def embed(
    collection: Collection, embedder: Embedder, *, store: Store | None = None, progress: Progress = silent
) -> np.ndarray:
    """The vectors of every picture of a collection, (n, d) float32, in its order; NaN rows where undecodable."""
    table = measure(collection, (), embeddings=(embedder,), store=store, progress=progress)
    found = dict(zip((record.name for record in table.records), table.vectors[embedder.name], strict=True))
    width = table.vectors[embedder.name].shape[1]
    nothing = np.full(width, np.nan, np.float32)
    return np.stack([found.get(record.name, nothing) for record in collection.records])


def _measure_one(record: ImageRecord, features: dict[str, Feature], embeddings: Sequence[Embedder]) -> _Measured:
    result = _Measured(record.digest)
    try:
        decoded = images.decode(record.path, config.MEASURE_SIZE)
    except ImageError as error:
        result.undecodable, result.lasting = str(error), os.access(record.path, os.R_OK)
        return result
    result.damage = decoded.damage
    pixels = Pixels(decoded.rgb, decoded.width, decoded.height)
    for name, each in features.items():
        try:
            result.scalars.append((record.digest, name, each.version, _settled(each.function(pixels))))
        except Exception as error:
            result.failures.append((name, f"{type(error).__name__}: {error} (first on {record.name})"))
    result.vectors[LIKENESS] = likeness(pixels.small)
    for embedder in embeddings:
        result.vectors[embedder.key] = embedder.embed([decoded.rgb])[0]
    return result


def _settled(value: float) -> float:
    """Eight significant digits: what lies beyond depends on how memory was aligned, and would upset ties."""
    return float(f"{float(value):.8g}")


def _keep(batch: Sequence[_Measured], store: Store) -> None:
    """Write one batch. Scalars last: a picture whose scalars are there has everything else too."""
    vectors: dict[str, dict[str, np.ndarray]] = {}
    for one in batch:
        for key, vector in one.vectors.items():
            vectors.setdefault(key, {})[one.digest] = vector
    store.put_facts(_DAMAGE, {one.digest: one.damage for one in batch if one.damage})
    store.put_facts(_UNDECODABLE, {one.digest: one.undecodable for one in batch if one.undecodable and one.lasting})
    for key, found in vectors.items():
        store.put_vectors(key, found)
    store.put_scalars([row for one in batch for row in one.scalars])


def _table(
    collection: Collection,
    features: dict[str, Feature],
    known: dict[str, dict[str, float]],
    vectors: dict[str, dict[str, np.ndarray]],
    damage: dict[str, str],
    undecodable: dict[str, str],
    failures: Counter[str],
    first: dict[str, str],
) -> FeatureTable:
    records = tuple(record for record in collection.records if record.digest not in undecodable)
    columns, problems = {}, [f"feature {n!r} failed on {c} pictures: {first[n]}" for n, c in failures.items()]
    for name, each in features.items():
        if each.of == "pixels":
            values = [known[name].get(record.digest, np.nan) for record in records]
        else:
            values = []
            for record in records:
                try:
                    values.append(float(each.function(record)))
                except Exception as error:
                    values.append(np.nan)
                    problems.append(f"feature {name!r} failed on {record.name}: {type(error).__name__}: {error}")
        columns[name] = np.array(values, dtype=np.float64)
    return FeatureTable(
        records,
        columns,
        {
            name: np.stack([found[record.digest] for record in records]) if records else np.zeros((0, 1), np.float32)
            for name, found in vectors.items()
        },
        info={name: each.info for name, each in features.items()},
        damaged=tuple(Skipped(r.name, damage[r.digest]) for r in records if r.digest in damage),
        skipped=tuple(Skipped(r.name, undecodable[r.digest]) for r in collection.records if r.digest in undecodable),
        problems=tuple(problems),
    )
