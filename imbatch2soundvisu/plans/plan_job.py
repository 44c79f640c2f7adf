"""Make the plans of a run, one after the other here, or independently on the workers of a cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..core import FeatureTable, Result, silent
from ..core.errors import UnwritableError
from ..music import tracks
from ..runtime import files, ownership
from ..runtime.cache import Cache
from ..runtime.executors import executor_for
from ..sorting import path_caching
from .protocols import Plan, RunContext
from .run_checks import describe_failure


@dataclass(frozen=True)
class PlanOutcome:
    """What one plan gave: its results, why it failed ("" if it did not), and how long it took."""

    number: int
    results: tuple[Result, ...]
    problem: str
    seconds: float


@dataclass(frozen=True)
class PlanJob:
    """Makes a plan by its number. Picklable, so that any executor can run it."""

    plans: Sequence[Plan]
    table: FeatureTable
    context: RunContext

    def __call__(self, number: int) -> PlanOutcome:
        """Make one plan.

        Raises
        ------
        UnwritableError
            When nothing more can be written.
        """
        begun, plan, outputs = time.perf_counter(), self.plans[number], self.context.settings.outputs
        results: Sequence[Result] = ()
        problem = ""
        try:
            results = plan.make(self.table, outputs / files.slug(plan.name), self.context)
        except UnwritableError:
            raise
        except Exception as error:  # orders, styles and plans may be the user's own code
            problem = describe_failure(plan, error)
        return PlanOutcome(number, tuple(results), problem, round(time.perf_counter() - begun, 3))


@dataclass(frozen=True)
class RemotePlanJob(PlanJob):
    """A `PlanJob` on a worker, which records the files it writes and uses the cache as the run itself does."""

    def __call__(self, number: int) -> PlanOutcome:
        """Make one plan; see `PlanJob`."""
        settings = self.context.settings
        with (
            ownership.guarding(settings.outputs),
            Cache(settings.cache) as cache,
            tracks.analysis_caching(cache),
            path_caching(cache),
        ):
            return super().__call__(number)


def plan_outcomes(job: PlanJob, begins: Callable[[int], None]) -> Iterator[PlanOutcome]:
    """Make every plan and yield the outcomes as they come; plans that use the results of others are made last.

    Parameters
    ----------
    job : PlanJob
        Made here, one plan after the other, or on the workers of `settings.scheduler`.
    begins : callable
        Called with the number of each plan that is made here, before.
    """
    later = [number for number, plan in enumerate(job.plans) if getattr(plan, "uses_results", False)]
    first = [number for number in range(len(job.plans)) if number not in later]
    results: list[Result] = []
    for outcome in _remotely(job, first) if job.context.settings.scheduler else _here(job, first, begins):
        results += outcome.results
        yield outcome
    yield from _here(replace(job, context=replace(job.context, results=tuple(results))), later, begins)


def _here(job: PlanJob, numbers: Sequence[int], begins: Callable[[int], None]) -> Iterator[PlanOutcome]:
    for number in numbers:
        begins(number)
        yield job(number)


def _remotely(job: PlanJob, numbers: Sequence[int]) -> Iterator[PlanOutcome]:
    remote = RemotePlanJob(job.plans, job.table, replace(job.context, progress=silent, cache=None))
    with executor_for(job.context.settings.scheduler) as executor:
        yield from executor.map_unordered(remote, numbers)
