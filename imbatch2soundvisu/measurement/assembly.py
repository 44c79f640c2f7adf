"""From measured values by digest to a table with a row for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..core import Collection, FeatureTable, ImageRecord, Skipped
from ..core.errors import MakeError
from ..features import Feature
from ..features.passes import pass_columns, pass_name
from .jobs import Failure, Outcome, apply, regions_of
from .known import Known
from .pairs import subjects


def table_of(known: Known, collection: Collection) -> FeatureTable:
    """Return all that is known of the images that could be decoded.

    Raises
    ------
    MakeError
        When an embedding gave vectors of several lengths.
    """
    request = known.request
    records = tuple(record for record in collection.records if record.digest not in known.undecodable)
    lost = [record for record in collection.records if record.digest in known.undecodable]
    columns = _columns(known, records)
    names = {record.digest: record.name for record in records}
    without = {digest: "; ".join(f"{k}: {v}" for k, v in known.missing[digest].items()) for digest in known.missing}
    without = {digest: reason for digest, reason in without.items() if digest in names}
    keys: dict[str, Sequence[str | None]] = {name: [record.digest for record in records] for name in known.vectors}
    keys |= {pass_name(each): subjects(each, records) for each in request.passes}
    empty = [name for name in map(pass_name, request.passes) if not known.vectors[name]]
    return FeatureTable(
        records,
        columns,
        {name: _stacked(found, keys[name]) for name, found in known.vectors.items() if name not in empty},
        info=request.info,
        embedders={embedder.name: embedder for embedder in request.embedders},
        damaged=tuple(Skipped(r.name, known.damage[r.digest]) for r in records if r.digest in known.damage),
        without_vector=tuple(Skipped(r.name, without[r.digest]) for r in records if r.digest in without),
        skipped=(*collection.skipped, *(Skipped(record.name, known.undecodable[record.digest]) for record in lost)),
        problems=tuple(_problem(known, name, failed, len(records)) for name, failed in known.failures.items()),
        regions=_regions(known, records),
    )


def _columns(known: Known, records: Sequence[ImageRecord]) -> dict[str, np.ndarray]:
    """{name: (n,) float64} of every feature and every column of a pass; NaN where undefined."""
    found: dict[str, np.ndarray] = {}
    for name, feature in known.request.features.items():
        values = known.scalars.get(name)
        column = _of_records(known, feature, records) if values is None else [values.get(r.digest) for r in records]
        found[name] = np.array(column, np.float64)
    for each in known.request.passes:
        measured, keys = known.measured[pass_name(each)], subjects(each, records)
        for name in pass_columns(each):
            by_key = {key: result["columns"].get(name) for key, result in measured.items()}
            found[name] = np.array([by_key.get(key or "") for key in keys], np.float64)
    return found


def _of_records(known: Known, feature: Feature, records: Sequence[ImageRecord]) -> list[float | None]:
    """Values of a feature of the record, which are not cached."""
    name, values = feature.info.name, []
    for record in records:
        outcome = Outcome(record)
        apply(feature, record, outcome)
        values.append(outcome.scalars.get(name))
        if name in outcome.failures:
            known.failures.setdefault(name, {})[record.name] = outcome.failures[name]
    return values


def _regions(known: Known, records: Sequence[ImageRecord]) -> dict[str, tuple]:  # type: ignore[type-arg]
    found = {}
    for each in known.request.passes:
        measured = known.measured[pass_name(each)]
        if any(result["regions"] for result in measured.values()):
            keys = subjects(each, records)
            found[pass_name(each)] = tuple(regions_of(measured[key]) if key in measured else () for key in keys)
    return found


def _problem(known: Known, name: str, failed: Mapping[str, Failure], total: int) -> str:
    """One line for a feature or pass that failed: where, on how many images, why, and on which first."""
    first = min(failed)
    failure, kind = failed[first], "feature" if name in known.request.features else "pass"
    where = f"{failure.where}: " if failure.where else ""
    return f"{where}{kind} {name!r} failed on {len(failed)} of {total} images: {failure.reason} (first on {first})"


def _stacked(found: Mapping[str, np.ndarray], keys: Sequence[str | None]) -> np.ndarray:
    """(n, d) float32; a row of NaN for an image without a vector. Raises MakeError for vectors of several lengths."""
    lengths = {len(found[key]) for key in keys if key and key in found}
    if len(lengths) > 1:
        raise MakeError(f"an embedding gave vectors of {len(lengths)} different lengths: {sorted(lengths)}")
    undefined = np.full(max(lengths, default=1), np.nan, np.float32)
    vectors = [undefined if key is None else found.get(key, undefined) for key in keys]
    return np.stack(vectors) if vectors else np.zeros((0, 1), np.float32)
