"""What a plan, its content and its outputs have to be, so that one writer, cache, manifest and gallery serve all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from .. import config
from ..config import Settings
from ..core import Audio, FeatureTable, ImageSequence, Needs, Progress, Result, Score, Timeline, silent
from ..runtime.cache import Cache

#: How the gallery shows a file.
VIEWERS = ("video", "image", "audio", "page", "table", "text", "download")


@dataclass(frozen=True)
class RunContext:
    """What a plan needs of the run it belongs to.

    Parameters
    ----------
    settings : Settings
        Those of the run; those of `config.py` and the environment when a plan is made in a notebook.
    progress : callable
        `progress(stage, done, total)`.
    results : tuple of Result
        Those of the plans that were made before; complete for a plan with `uses_results = True`.
    cache : Cache, optional
        That of the run, for what a plan reads from files or computes itself; None outside a run, and for plans that
        are made on other machines.
    """

    settings: Settings = field(default_factory=config.resolve)
    progress: Progress = silent
    results: tuple[Result, ...] = ()
    cache: Cache | None = None


@runtime_checkable
class Content(Protocol):
    """What the outputs of one result are made from: a sequence with its music, a mosaic, a map.

    It may also have `prepare(outputs, progress) -> list[str]`, called once before the first output is written, for what
    several outputs share. It returns one line for each thing that failed. And `thumbnail() -> str`, a data: URI
    that the gallery shows where no file of the result is an image.
    """

    @property
    def plan(self) -> str:
        """The plan's name."""
        ...

    def state(self) -> Any:
        """Everything the files depend on, as JSON values: a result whose state is unchanged is kept."""
        ...

    def entry(self) -> Mapping[str, Any]:
        """The result in `run.json`: `images`, `summary` (one line for the user), and what else this kind has."""
        ...


@runtime_checkable
class SequenceSource(Protocol):
    """The content of a sequence, as its outputs use it; see `sequence_content.SequenceContent`."""

    sequence: ImageSequence
    audio: Audio | None

    @property
    def film(self) -> Any: ...

    @property
    def timeline(self) -> Timeline: ...

    @property
    def score(self) -> Score | None: ...

    @property
    def engine(self) -> Any: ...

    @property
    def starts_s(self) -> list[float]: ...

    def music(self) -> dict[str, Any] | None: ...

    def decision(self, i: int) -> dict[str, Any]: ...


@runtime_checkable
class Output(Protocol):
    """One kind of file of a result. A frozen dataclass; its fields are part of the state of the result.

    It may also have `check(settings)`, which raises ConfigError before any work; `names(settings)`, the file names it
    may write, so that files of the user are found before any work; `needs`, a `Needs` of what must be measured, such as
    a pass; `needs_audio = True`, for those that need the music
    of a sequence rendered; and `makes(content)`, which says whether it applies to a content.
    """

    def write(self, content: Any, files: OutputFiles) -> None:
        """Write the files of this output through `files`."""
        ...


class OutputFiles(Protocol):
    """Where an output writes: `result_writer.ResultFiles`."""

    folder: Path
    settings: Settings

    def path(self, kind: str, name: str, viewer: str = "download", label: str = "") -> Path:
        """Return where to write a file, and list it in the manifest under `kind`."""
        ...

    def progress(self, stage: str, done: int, total: int) -> None: ...

    def describe(self, **values: Any) -> None:
        """Add values to the entry of the result in `run.json`; `lines` follow those that are there."""
        ...


@dataclass(frozen=True)
class Foreseen:
    """What a plan would make.

    Parameters
    ----------
    text : str
        In words: "mosaic of 4800 tiles from 257 images".
    size : float
        Of its files in bytes, roughly; 0 where they would be kept.
    seconds : float
        It takes, roughly; 0 where its results would be kept.
    kept : bool
        Nothing has changed, so that no file would be written.
    """

    text: str
    size: float = 0.0
    seconds: float = 0.0
    kept: bool = False


@runtime_checkable
class Plan(Protocol):
    """From a table to results. A frozen dataclass, registered in `PLAN_KINDS`.

    It may also have:
    `check_plans(plans, settings)`, which raises ConfigError when it needs a plan that the run does not have;
    `check_images(collection)`, which raises ConfigError before the images are measured;
    `writes(folder, settings)`, the files it may write, so that files of the user are found before any work;
    `draft(settings)`, the plan of a first look, for `--draft`;
    `uses_results = True`: it is made after the others and gets their results in its context;
    `foresee(table, found, folder, settings)`, a `Foreseen` for `--dry-run`; the table is None before everything is
    measured.
    """

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> Needs: ...

    def check(self, settings: Settings) -> None:
        """Raise ConfigError, before any work, when something in the plan is invalid."""
        ...

    def make(self, table: FeatureTable, folder: Path, context: RunContext) -> Sequence[Result]:
        """Write the results of this plan into `folder`."""
        ...
