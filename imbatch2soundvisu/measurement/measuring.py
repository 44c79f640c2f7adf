"""The passes over the images of a collection, and the table they give."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import config
from ..config import Settings
from ..core import Collection, Embedder, Examples, FeatureTable, ImageRecord, Needs, Progress, silent
from ..core.errors import ConfigError, I2SError, MakeError
from ..datasets import discover
from ..datasets.listing import lacks_images
from ..embeddings import Look
from ..features import PASSES, Feature, Pass, default_features
from ..features.passes import is_pair_pass, pass_name, resolved_passes
from ..features.registry import source_file
from ..runtime.cache import Cache
from ..runtime.executors import Executor, Threads, executor_for
from .assembly import table_of
from .derived import with_derived, with_needs
from .jobs import BATCH, Outcome, PairJob, PassJob, ScalarJob, StreamJob
from .known import Known, NoCache
from .probes import probe, probe_vectors
from .request import Request, is_cached, request

__all__ = ["embed", "measure", "measure_for", "prepare", "prepare_for", "probe", "unmeasured", "with_measurements"]

#: Fewer images than this are measured by threads; starting processes would take longer.
WORTH_PROCESSES = 64
_STORED_TOGETHER, _BATCHES_TOGETHER = 64, 4


def measure(
    collection: Collection,
    features: Iterable[str] | None = None,
    *,
    embeddings: Sequence[Embedder] = (Look(),),
    passes: Sequence[Pass | str] = (),
    cache: Cache | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> FeatureTable:
    """Measure features and vectors of every image of a collection.

    Each image is decoded once for all features, and only when the cache lacks some of them. A feature or pass that
    raises gives NaN for that image, and a line in `problems` of the table.

    Parameters
    ----------
    collection : Collection
    features : iterable of str, optional
        Names of features, and of columns of registered passes. None: every default feature.
    embeddings : sequence of Embedder
        Each gives the vectors of its name.
    passes : sequence of Pass or str
        Passes to run besides those that `features` needs; registered ones by their names, too.
    cache : Cache, optional
        Where values are kept between runs. None: nowhere.
    settings : Settings, optional
        None: `config.resolve()`. Of these, `scheduler` says where the work is done.
    progress : callable
        Called with the stage, how many images are done, and of how many.

    Returns
    -------
    FeatureTable
        The images that could be decoded, in the collection's order. The others are in `skipped`, those read in part
        in `damaged`, those without a vector of some embedding (a row of NaN) in `without_vector`.

    Raises
    ------
    ConfigError
        Before any work: for an unknown feature, an embedding that cannot run, an unreachable scheduler.
    MakeError
        When an embedding fails.
    """
    resolved = [PASSES.resolve(each) for each in passes]
    chosen = default_features() if features is None else {}
    needs = with_needs(Needs(frozenset(features or ()), tuple(embeddings), passes=tuple(resolved)))
    wanted = _requested(chosen, needs, settings or config.resolve())
    return measured(collection, wanted, needs, cache, progress)


def measure_for(
    collection: Collection,
    needs: Needs,
    *,
    cache: Cache | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> FeatureTable:
    """Measure every default feature, and what plans need besides.

    Parameters
    ----------
    collection : Collection
    needs : Needs
        Names of features and of columns of passes; passes, embeddings, probes.
    cache, settings, progress
        See `measure`.

    Returns
    -------
    FeatureTable
        With the vectors of the probes in `probes`.

    Raises
    ------
    ConfigError, MakeError
        See `measure`.
    """
    needs = with_needs(needs)
    wanted = _requested(default_features(), needs, settings or config.resolve())
    return measured(collection, wanted, needs, cache, progress)


def unmeasured(collection: Collection, needs: Needs, cache: Cache, settings: Settings) -> int:
    """Return how many images lack a value that `measure_for` would measure. Nothing is read but the cache.

    Parameters
    ----------
    collection : Collection
    needs : Needs
    cache : Cache
    settings : Settings
    """
    wanted = _requested(default_features(), with_needs(needs), settings)
    known = Known(wanted, collection.records, cache)
    lacking = {task.record.digest for task in known.tasks(collection.records)} - known.undecodable.keys()
    for embedder in filter(is_cached, wanted.streams):
        lacking |= {record.digest for record in known.unembedded(embedder, collection.records)}
    for each in wanted.passes:
        if is_pair_pass(each):
            lacking |= {second.digest for _, second in known.unpaired(each, collection.records)}
        else:
            lacking |= {record.digest for record in known.unmeasured(each, collection.records)}
    return sum(record.digest in lacking for record in collection.records)


def embed(
    collection: Collection,
    embedder: Embedder,
    *,
    cache: Cache | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> np.ndarray:
    """Embed every image of a collection.

    Parameters
    ----------
    collection : Collection
    embedder : Embedder
    cache, settings, progress
        See `measure`.

    Returns
    -------
    ndarray, shape (n, d), float32
        A row for each image, in the collection's order; NaN for images that cannot be decoded.

    Raises
    ------
    ConfigError, MakeError
        See `measure`.
    """
    table = measure(collection, (), embeddings=(embedder,), cache=cache, settings=settings, progress=progress)
    vectors = table.vectors[embedder.name]
    found = dict(zip((record.digest for record in table.records), vectors, strict=True))
    undefined = np.full(vectors.shape[1], np.nan, np.float32)
    rows = [found.get(record.digest, undefined) for record in collection.records]
    return np.stack(rows) if rows else np.zeros((0, vectors.shape[1]), np.float32)


def prepare(embeddings: Iterable[Embedder], progress: Progress = silent, settings: Settings | None = None) -> None:
    """Check, before any work, that embeddings can run and that the scheduler answers; fetch weights.

    Parameters
    ----------
    embeddings : iterable of Embedder
    progress : callable
    settings : Settings, optional
        None: `config.resolve()`.

    Raises
    ------
    ConfigError
        For two different embeddings of one name, one that cannot run, or a scheduler that cannot be reached.
    MissingExtra
        When an embedding needs a package that is not installed.
    """
    prepare_for(Needs(embeddings=tuple(embeddings)), progress, settings)


def prepare_for(needs: Needs, progress: Progress = silent, settings: Settings | None = None) -> None:
    """Check, before any work, that what plans need can be measured; fetch weights and models.

    Parameters
    ----------
    needs : Needs
    progress, settings
        See `prepare`.

    Raises
    ------
    ConfigError
        As `prepare`; for a pass that cannot run, and for a folder of examples that does not exist, or is empty.
    MissingExtra
        When an embedding or a pass needs a package that is not installed.
    """
    settings = settings or config.resolve()
    needs = with_needs(needs)
    for each in needs.examples:
        if not each.folder.is_dir():
            raise ConfigError(f"there is no folder {each.folder}, of which the images are to be examples")
        if lacks_images(each.folder, settings.quiet_extensions):
            raise ConfigError(f"the folder {each.folder} has no images to be examples")
    passes = tuple(each for examples in needs.examples for each in examples.passes)
    needs |= Needs(passes=passes)
    wanted = _requested({}, needs, settings)
    with _cluster(settings):
        _prepare((*wanted.embedders, *wanted.passes), progress)


def with_measurements(collection: Collection, table: FeatureTable) -> Collection:
    """Return the collection as it is after measuring: without undecodable images, with near duplicates."""
    from ..datasets.duplicates import near_duplicates

    return replace(
        collection,
        records=table.records,
        skipped=tuple(sorted({*collection.skipped, *table.skipped}, key=lambda each: each.name)),
        damaged=table.damaged,
        near_duplicates=near_duplicates(table),
    )


def _requested(features: Mapping[str, Feature], needs: Needs, settings: Settings) -> Request:
    """What is to be measured of the images themselves."""
    return request(features, sorted(needs.features), needs.embeddings, resolved_passes(needs.passes), settings)


def measured(
    collection: Collection, wanted: Request, needs: Needs, cache: Cache | None, progress: Progress
) -> FeatureTable:
    """Return what a checked request is about, with the probes, examples and features of the table; see `measure`."""
    if not isinstance(collection, Collection):
        raise ConfigError(f"measure() takes a collection, not {collection!r}: write measure(discover({collection!r}))")
    store = cache or NoCache()
    with _cluster(wanted.settings) as cluster:
        _prepare((*wanted.embedders, *wanted.passes), progress)
        notes = _match_supplied(wanted, collection)
        known = Known(wanted, collection.records, store)
        _measure_scalars(known, collection.records, cluster, progress)
        for embedder in wanted.streams:
            _embed_stream(known, embedder, collection.records, cluster, progress)
        for each in wanted.passes:
            _run_pass(known, each, collection.records, cluster, progress)
    examples = {str(each.folder): _measured_examples(each, wanted.settings, cache, progress) for each in needs.examples}
    probes = probe_vectors(needs.probes, store, wanted.settings)
    table = replace(table_of(known, collection), probes=probes, notes=notes, examples=examples)
    return with_derived(table, needs.features)


def _measured_examples(each: Examples, settings: Settings, cache: Cache | None, progress: Progress) -> FeatureTable:
    """What its passes find in the images of a folder of examples."""
    images = discover(each.folder, cache=cache, settings=settings, progress=progress)
    return measured(images, _requested({}, Needs(passes=each.passes), settings), Needs(), cache, progress)


def _cluster(settings: Settings) -> contextlib.AbstractContextManager[Executor | None]:
    """The connection to the scheduler; None without one."""
    return executor_for(settings.scheduler) if settings.scheduler else contextlib.nullcontext()


def _prepare(needed: Iterable[Embedder | Pass], progress: Progress) -> None:
    for each in needed:
        ready: Callable[[Progress], None] | None = getattr(each, "prepare", None)
        if ready is not None:
            ready(progress)


def _match_supplied(wanted: Request, collection: Collection) -> tuple[str, ...]:
    """One line for each embedding of user-supplied vectors: how many images have one."""
    supplied: list[Any] = [each for each in wanted.embedders if not is_cached(each)]
    return tuple(f"{each.name}: {each.check(collection.records)}" for each in supplied)


def _measure_scalars(
    known: Known, records: Sequence[ImageRecord], cluster: Executor | None, progress: Progress
) -> None:
    wanted, tasks = known.request, known.tasks(records)
    fork = wanted.is_fork_safe and len(tasks) >= WORTH_PROCESSES
    job = ScalarJob(wanted.pixel_features, wanted.small_embedders, wanted.settings)
    outcomes = (cluster or executor_for(None, fork, wanted.settings.jobs)).map_unordered(job, _batches(tasks, BATCH))
    _keep(known, outcomes, "measure", len(tasks), progress)


def _run_pass(
    known: Known, each: Pass, records: Sequence[ImageRecord], cluster: Executor | None, progress: Progress
) -> None:
    pairs = is_pair_pass(each)
    if todo := known.unpaired(each, records) if pairs else known.unmeasured(each, records):
        batches = _batches(todo, getattr(each, "batch_size", BATCH))
        one = PassJob(each, known.request.settings, source_file(type(each).measure))
        job: Callable[[Sequence[Any]], list[Outcome]] = PairJob(one) if pairs else one
        outcomes = (cluster or Threads(known.request.settings.jobs)).map_unordered(job, batches)
        together = _BATCHES_TOGETHER * len(batches[0])
        _keep(known, outcomes, f"measure {pass_name(each)}", len(todo), progress, together)


def _embed_stream(
    known: Known, embedder: Any, records: Sequence[ImageRecord], cluster: Executor | None, progress: Progress
) -> None:
    todo = known.unembedded(embedder, records)
    if not todo:
        return
    job = StreamJob(embedder)
    try:
        if cluster is None or not is_cached(embedder):
            for pairs in embedder.stream(todo, progress):
                known.keep(job.outcomes(pairs))
        else:
            outcomes = cluster.map_unordered(job, _batches(todo, getattr(embedder, "batch_size", 32)))
            _keep(known, outcomes, f"embed {embedder.name}", len(todo), progress)
    except (I2SError, OSError):
        raise
    except Exception as error:
        raise MakeError(f"embedding {embedder.name!r} failed: {type(error).__name__}: {error}") from error


def _keep(
    known: Known,
    outcomes: Iterator[list[Outcome]],
    stage: str,
    total: int,
    progress: Progress,
    together: int = _STORED_TOGETHER,
) -> None:
    """Store outcomes as they come, some batches in one transaction; fewer where each takes long."""
    progress(stage, done := 0, total)
    waiting: list[Outcome] = []
    for batch in outcomes:
        waiting += batch
        if len(waiting) >= together:
            known.keep(waiting)
            waiting = []
        progress(stage, done := done + len(batch), total)
    if waiting:
        known.keep(waiting)


def _batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
