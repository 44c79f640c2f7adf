"""Bars of work that goes on, for terminals."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from .terminal_text import plain


class Bars:
    """A bar for each stage that is under way; itself a `Progress`. Use as a context manager: bars disappear at its end.

    Parameters
    ----------
    console : rich.console.Console
        Where they are shown; in a pipe, nothing is.
    titles : mapping
        What a stage is called; its own name where it is not there.
    quiet : bool
        Show nothing.
    """

    def __init__(self, console: Console, titles: Mapping[str, str], quiet: bool = False) -> None:
        self.shown = console.is_terminal and not quiet
        self.prefix = ""
        self._titles = titles
        self._bars = Progress(
            SpinnerColumn(), TextColumn("{task.description:<18}", markup=False), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
            console=console, transient=True, disable=not self.shown,
        )  # fmt: skip
        self._tasks: dict[str, tuple[TaskID, float]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage; it is removed when all is done."""
        if not self.shown:
            return
        with self._lock:
            if stage not in self._tasks:
                title = self.prefix + self._titles.get(stage, plain(stage))
                self._tasks[stage] = self._bars.add_task(title, total=total, rate=""), time.monotonic()
            task, begun = self._tasks[stage]
            rate = done / max(time.monotonic() - begun, 1e-3)
            self._bars.update(task, completed=done, total=total, rate=f"{rate:.0f}/s" if done else "")
            if done >= total:
                self._bars.remove_task(task)
                del self._tasks[stage]

    def clear(self) -> None:
        """Remove the bars of what stopped before its end."""
        with self._lock:
            for task, _ in self._tasks.values():
                self._bars.remove_task(task)
            self._tasks.clear()
