"""The progress that a run reports, and what it returns."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core import Collection, FeatureTable, Result
from ..core.text import plural
from ..plans import Plan


class Observer:
    """Gets the progress of a run. Every method does nothing until it is overridden."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` in a stage ("discover", "frames", "measure", "analyse", "music", "video", "gif")."""

    def discovered(self, collection: Collection) -> None:
        """The images are found, not yet decoded."""

    def measured(self, collection: Collection, table: FeatureTable) -> None:
        """Everything is measured; what could not be decoded has left the collection."""

    def begins(self, plan: Plan, number: int, total: int) -> None:
        """A plan is about to be made, the `number`-th (from 1) of `total`."""

    def made(self, result: Result, plan: Plan) -> None:
        """A result is complete, or kept."""

    def problem(self, text: str) -> None:
        """Something could not be made."""


@dataclass(frozen=True)
class RunResult:
    """What a run made.

    Parameters
    ----------
    outputs : Path
        The folder of all files.
    collection : Collection
        The images, without those that could not be decoded.
    table : FeatureTable
        Everything that was measured.
    results : tuple of Result
        One or more for each plan.
    problems : tuple of str
        What could not be made, one line each.
    seconds : mapping
        Duration of each stage.
    manifest : mapping
        The content of `run.json`.
    """

    outputs: Path
    collection: Collection
    table: FeatureTable
    results: tuple[Result, ...]
    problems: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when everything was made, else 1."""
        return 1 if self.problems else 0

    @property
    def index(self) -> Path:
        """The gallery."""
        return self.outputs / "index.html"

    def __repr__(self) -> str:
        problems = plural(len(self.problems), "problem")
        return f"<RunResult: {plural(len(self.results), 'result')} in {self.index}, {problems}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(each.title)}</td><td>{html.escape(str(each.entry.get('summary', '')))}</td></tr>"
            for each in self.results
        )
        return f"<p>{html.escape(repr(self)[1:-1])}</p><table>{rows}</table>"
