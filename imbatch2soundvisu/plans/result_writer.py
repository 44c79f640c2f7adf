"""Write the outputs of one result into its folder, two at a time, or keep what is there already."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

from ..config import Settings
from ..core import Progress, Result
from ..core.errors import FULL, PROTECTED, READ_ONLY, ConfigError, describe_error, unwritable
from ..core.text import words_of
from ..runtime import files as runtime_files
from ..runtime.memory import return_freed_memory
from . import result_cache
from .protocols import VIEWERS, Content, Output, RunContext


class Cancelled(Exception):
    """Another output of the result failed for good, or the user pressed Ctrl-C."""


class ResultFiles:
    """The files of one result: where outputs write, and what the manifest lists.

    Parameters
    ----------
    folder : Path
        Where the files are written.
    settings : Settings
        The settings of the run.
    progress : callable
        `progress(stage, done, total)` of the run.
    """

    def __init__(self, folder: Path, settings: Settings, progress: Progress) -> None:
        self.folder, self.settings = folder, settings
        self.names: dict[str, str] = {}
        self.viewers: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self._progress, self._cancelled, self._describing = progress, threading.Event(), threading.Lock()

    def path(self, kind: str, name: str, viewer: str = "download", label: str = "") -> Path:
        """Return where to write a file; the manifest lists it when it exists at the end.

        Parameters
        ----------
        kind : str
            Its key in the manifest's `files`: "mp4".
        name : str
            The file name, or a relative path with forward slashes.
        viewer : str
            How the gallery shows it, one of `protocols.VIEWERS`.
        label : str
            What the gallery names it; the kind itself when empty.
        """
        if viewer not in VIEWERS:
            raise ConfigError(f"viewer={viewer!r} of {name}: choose from {', '.join(VIEWERS)}")
        self.names[kind], self.viewers[kind] = name, viewer
        if label:
            self.labels[kind] = label
        return self.folder / name

    def progress(self, stage: str, done: int, total: int) -> None:
        """Report progress. Raises Cancelled when the result is given up."""
        if self._cancelled.is_set():
            raise Cancelled
        self._progress(stage, done, total)

    def describe(self, **values: Any) -> None:
        """Add values to the entry of the result in `run.json`; `lines` follow those that are there."""
        with self._describing:
            lines = list(dict.fromkeys([*self.values.get("lines", ()), *values.get("lines", ())]))
            self.values |= {**values, **({"lines": lines} if lines else {})}

    def cancel(self) -> None:
        """Make every later call of `progress` raise Cancelled."""
        self._cancelled.set()

    def entry(self) -> dict[str, Any]:
        """Return what the manifest says of the files that exist."""
        for kind in [kind for kind, name in self.names.items() if not (self.folder / name).is_file()]:
            for each in (self.names, self.viewers, self.labels):
                each.pop(kind, None)
        return {**self.values, "files": self.names, "viewers": self.viewers, "labels": self.labels}


def write_result(content: Content, outputs: Sequence[Output], folder: Path, context: RunContext) -> Result:
    """Write every output of a content into `folder`, or keep what is there when nothing has changed.

    Parameters
    ----------
    content : Content
        What the outputs are made from.
    outputs : sequence of Output
        What to write. One that fails costs its own files only; the reason is in the result's `problems`.
    folder : Path
        Of this result alone.
    context : RunContext
        Settings and progress of the run.

    Raises
    ------
    UnwritableError
        When nothing more can be written: the disk is full or read-only.
    MakeError
        When the folder of this result is protected.
    """
    state = result_cache.state_of(content, outputs, context.settings)
    kept = result_cache.kept_result(folder, state, content)
    if kept is not None:
        return kept
    try:
        return _written(content, outputs, ResultFiles(folder, context.settings, context.progress), state)
    except OSError as error:
        if error.errno not in (*FULL, *READ_ONLY, *PROTECTED):  # a file that the user's own style or output reads
            raise
        raise unwritable(error, folder) from error
    finally:
        return_freed_memory()


def _written(content: Content, outputs: Sequence[Output], files: ResultFiles, state: str) -> Result:
    before = result_cache.begin(files.folder)
    prepare = getattr(content, "prepare", None)
    problems = prepare(outputs, files.progress) if prepare is not None else []
    problems += _write_all(content, _applicable(outputs, content), files)
    made = files.entry()
    for name in before - set(files.names.values()):
        runtime_files.remove_own(files.folder / name)
    own = content.entry()
    entry = {**own, **made, "kept": False, "problems": list(problems), **_thumbnail(content, files)}
    if "lines" in own and "lines" in made:
        entry["lines"] = list(dict.fromkeys([*own["lines"], *made["lines"]]))
    result = Result(
        files.folder, entry, dict(files.names), getattr(content, "sequence", None), problems=tuple(problems)
    )
    if not problems:
        result_cache.save(result, state)
    return result


def _thumbnail(content: Content, files: ResultFiles) -> dict[str, str]:
    """An image for the gallery, where no file of the result is one; a piano roll is too wide."""
    seen = {kind for kind, viewer in files.viewers.items() if viewer in ("video", "image")} - {"piano_roll"}
    make = None if seen else getattr(content, "thumbnail", None)
    return {} if make is None else {"thumbnail": make()}


def _applicable(outputs: Sequence[Output], content: Content) -> list[Output]:
    return [each for each in outputs if not hasattr(each, "makes") or each.makes(content)]


def _write_all(content: Content, outputs: Sequence[Output], files: ResultFiles) -> list[str]:
    """Write the outputs, two at a time. Returns one line for each that failed.

    Raises OSError when the disk is full or read-only, KeyboardInterrupt on Ctrl-C.
    """
    with ThreadPoolExecutor(min(2, files.settings.jobs or 2), thread_name_prefix="write") as pool:
        jobs = [(each, pool.submit(copy_context().run, each.write, content, files)) for each in outputs]
        try:
            return [line for output, job in jobs if (line := _problem(output, job.result))]
        except BaseException:
            files.cancel()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _problem(output: Output, finish: Callable[[], None]) -> str:
    """Wait for an output. Returns why it failed, or nothing."""
    try:
        finish()
    except Cancelled:
        raise
    except Exception as error:  # an output may be the user's own code
        if isinstance(error, OSError) and error.errno in (*FULL, *READ_ONLY):
            raise
        if isinstance(error, OSError) and error.errno in PROTECTED and error.filename:
            error = unwritable(error, error.filename)
        return f"{words_of(type(output).__name__)}: {describe_error(error)}"
    return ""
