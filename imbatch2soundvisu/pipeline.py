"""A run from the folder of images to the gallery: check, discover, measure, make every plan, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import config, datasets, visuals
from .config import Settings
from .core import Collection, FeatureTable, Needs, Result
from .core.errors import unwritable
from .embeddings import Look
from .measurement import measure_for, prepare_for, with_measurements, with_needs
from .music import tracks
from .plans import Plan, PlanJob, PlanOutcome, RunContext, check, plan_outcomes
from .plans.run_checks import check_free, check_images, check_writable
from .report import gallery, manifest
from .report.run import Observer, RunResult
from .runtime import files, ownership
from .runtime.cache import Cache
from .runtime.memory import return_freed_memory
from .sorting import path_caching

__all__ = ["Observer", "RunResult", "check", "run"]


def run(
    plans: Sequence[Plan],
    root: str | Path | Collection | None = None,
    outputs: str | Path | None = None,
    cache: str | Path | None = None,
    observer: Observer | None = None,
    session: Mapping[str, Any] | Settings | None = None,
) -> RunResult:
    """Make every plan of one collection and write the gallery and `run.json`.

    Parameters
    ----------
    plans : sequence of Plan
        What to make. A plan that fails does not stop the others.
    root, outputs, cache : path, optional
        DATA_ROOT, OUTPUTS and CACHE; see `config`. `root` may also be a collection that was discovered before.
    observer : Observer, optional
        Gets the progress of the run.
    session : mapping or Settings, optional
        Other settings by their upper-case names, such as {"FPS": 24}; or all settings, as `config.resolve` gives them.

    Raises
    ------
    ConfigError
        Before any work, for an invalid plan or setting. NotOursError is one, for a file that this program did not write
        and would overwrite.
    CollectionError
        When there is no usable image.
    MakeError
        When nothing can be written.
    """
    places = {"DATA_ROOT": None if isinstance(root, Collection) else root, "OUTPUTS": outputs, "CACHE": cache}
    settings = config.with_places(session, places)
    check(plans, settings)
    observer = observer or Observer()
    needs = Needs(embeddings=(Look(),))  # distances between neighbours are measured in it
    for plan in plans:
        needs |= plan.needs
    needs = with_needs(needs)
    check_writable(settings.outputs)
    with ownership.guarding(settings.outputs) as written:
        check_free(plans, settings, written)
        for record in (written, *map(ownership.WrittenFiles, (settings.cache, settings.cache / "frames"))):
            record.tidy()
            record.remove_partials()
        prepare_for(needs, observer.progress, settings)
        with Cache(settings.cache) as store, tracks.analysis_caching(store, observer.progress), path_caching(store):
            return _run(plans, needs, root if isinstance(root, Collection) else None, settings, store, observer)


def _run(
    plans: Sequence[Plan],
    needs: Needs,
    collection: Collection | None,
    settings: Settings,
    store: Cache,
    observer: Observer,
) -> RunResult:
    """The work of a run whose plans are checked and whose folders are ready."""
    seconds: dict[str, float] = {}
    progress = observer.progress
    with _timed(seconds, "discover"):
        if collection is None:
            collection = datasets.discover(settings.data_root, cache=store, settings=settings, progress=progress)
    observer.discovered(collection)
    check_images(plans, datasets.usable(collection))
    with _timed(seconds, "measure"):
        table = measure_for(collection, needs, cache=store, settings=settings, progress=progress)
        collection = datasets.usable(with_measurements(collection, table))
    observer.measured(collection, table)
    return_freed_memory()
    results, problems = _make(PlanJob(plans, table, RunContext(settings, progress, cache=store)), observer, seconds)
    problems = [*table.problems, *problems]
    for text in problems:
        observer.problem(text)
    content = manifest.build_manifest(settings.outputs, collection, table, results, problems, seconds)
    try:
        with _timed(seconds, "gallery"):
            _report(settings.outputs, table, content)
    except OSError as error:
        raise unwritable(error, settings.outputs) from error
    return RunResult(settings.outputs, collection, table, tuple(results), tuple(problems), seconds, content)


def _make(job: PlanJob, observer: Observer, seconds: dict[str, float]) -> tuple[list[Result], list[str]]:
    """The results of all plans, in the order of the plans, and one line for each thing that could not be made."""
    made: dict[int, PlanOutcome] = {}
    count = len(job.plans)
    for outcome in plan_outcomes(job, lambda number: observer.begins(job.plans[number], number + 1, count)):
        plan, made[outcome.number] = job.plans[outcome.number], outcome
        seconds[f"plan: {plan.name}"] = outcome.seconds
        for result in outcome.results:
            observer.made(result, plan)
    outcomes = [made[number] for number in sorted(made)]
    results = [result for outcome in outcomes for result in outcome.results]
    failed = [outcome.problem for outcome in outcomes if outcome.problem]
    return results, [*failed, *(f"{each.title}: {problem}" for each in results for problem in each.problems)]


def _report(outputs: Path, table: FeatureTable, content: dict[str, Any]) -> None:
    visuals.distribution_plot(outputs / "dataset.png", table)
    content["health"]["plot"] = "dataset.png"
    files.write_json(outputs / "run.json", content)
    gallery.write(outputs, content)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = round(time.perf_counter() - begun, 3)
