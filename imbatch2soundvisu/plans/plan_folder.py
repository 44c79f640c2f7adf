"""The folder of a plan: no file of the user in the way before, no file of an earlier run left after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..core import Result
from ..runtime import ownership
from . import result_cache
from .protocols import RunContext


def write_plan(
    plan: Any,
    folder: Path,
    context: RunContext | None,
    make: Callable[[RunContext], Sequence[Result]],
    keep: Sequence[str] = (),
) -> list[Result]:
    """Write the results of a plan into its folder.

    Parameters
    ----------
    plan : Plan
        With `writes(folder, settings)`, the files it may write into the folder itself.
    folder : Path
        Of the plan.
    context : RunContext, optional
        Of the run; settings of `config.py` and the environment when None.
    make : callable
        `make(context) -> results`, called while the files of the folder are recorded.
    keep : sequence of str
        Files of the folder that belong to no result and stay.

    Raises
    ------
    NotOursError
        Before anything is made, when a file that this program did not write would be overwritten.
    UnwritableError
        When nothing more can be written.
    """
    context = context or RunContext()
    with ownership.guarding(folder) as guard:
        guard.check_free(plan.writes(folder, context.settings), [folder])
        results = list(make(context))
        result_cache.remove_stale(folder, results, keep)
    return results
