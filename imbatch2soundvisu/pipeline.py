"""The whole way, and nothing else: check the plans, measure once for all of them, let each make its pieces."""

from __future__ import annotations

import html
import sysconfig
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from . import config, datasets, visuals
from .core import Collection, FeatureTable, Needs, Plan, Result
from .core.errors import ConfigError, I2SError, UnwritableError
from .embeddings import Look
from .measurement import measure, prepare, with_measurements
from .music import tracks
from .report import gallery
from .runtime import files, ownership
from .runtime.cache import Cache
from .runtime.ownership import WrittenFiles
from .sorting.paths import remembering

#: The files of a run beside the folders of its plans.
FILES = ("index.html", "run.json", "dataset.png")


class Observer:
    """Is told what happens in a run. Every method does nothing until it is overridden."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` in a stage ("discover", "frames", "measure", "listening", "music", "video", "gif")."""

    def discovered(self, collection: Collection) -> None:
        """The images are found, not yet decoded."""

    def measured(self, collection: Collection, table: FeatureTable) -> None:
        """Everything is measured; what could not be decoded has left the collection."""

    def begins(self, plan: Plan, number: int, total: int) -> None:
        """A plan is about to be made, the `number`-th (from 1) of `total`."""

    def made(self, piece: Result, plan: Plan) -> None:
        """A piece is there."""

    def problem(self, text: str) -> None:
        """Something asked for could not be made."""


@dataclass(frozen=True)
class RunResult:
    """What a run made. seconds: by stage. account: the content of `run.json`."""

    outputs: Path
    collection: Collection
    table: FeatureTable
    pieces: tuple[Result, ...]
    problems: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when everything asked for was made, else 1."""
        return 1 if self.problems else 0

    @property
    def index(self) -> Path:
        return self.outputs / "index.html"

    def __repr__(self) -> str:
        return f"<RunResult: {len(self.pieces)} pieces in {self.index}, {len(self.problems)} problems>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(p.title)}</td><td>{len(p.account['images'])}</td>"
            f"<td>{html.escape(str(p.account.get('criterion_text', '')))}</td></tr>"
            for p in self.pieces
        )
        return f"<p>{len(self.pieces)} pieces in <code>{html.escape(str(self.index))}</code></p><table>{rows}</table>"


def check(plans: Sequence[Plan]) -> None:
    """Raise ConfigError for the first wish that cannot be granted. Nothing is read or written."""
    if callable(getattr(plans, "make", None)):
        raise ConfigError("a list of plans is wanted, not one plan: write [plan]")
    if not plans:
        raise ConfigError("there are no plans: declare PLANS = [SequencePlan(...), ...]")
    folders: dict[str, str] = {}
    for plan in plans:
        if not all(callable(getattr(type(plan), method, None)) for method in ("check", "make")):
            raise ConfigError(
                f"{plan!r} is not a plan; PLANS is a list of plans such as SequencePlan('dark to bright')"
            )
        plan.check()
        folder = files.slug(plan.name)
        if folder in folders:
            where = getattr(plan, "declared_at", None)
            raise ConfigError(f"two plans would share the folder {folder!r}: {folders[folder]!r}, {plan.name!r}", where)
        folders[folder] = plan.name


def run(
    plans: Sequence[Plan],
    root: str | Path | Collection | None = None,
    outputs: str | Path | None = None,
    cache: str | Path | None = None,
    observer: Observer | None = None,
) -> RunResult:
    """Make every plan of one collection and write the gallery and `run.json`.

    root, outputs, cache : see `config.places`; the environment wins, but not over a collection given as root.
    A plan that fails does not stop the others.
    Raises ConfigError (NotOursError when it would overwrite a file that this program did not write) or CollectionError
    before any work, MakeError when nothing can be written.
    """
    check(plans)
    given = root if isinstance(root, Collection) else None
    where = config.places(None if isinstance(root, Collection) else root, outputs, cache)
    observer = observer or Observer()
    needs = Needs(embeddings=(Look(),))  # the steps of every order are measured in what it sees
    for plan in plans:
        needs |= plan.needs
    _writable(where.outputs)
    with ownership.guarding(where.outputs) as written:
        _check_free(plans, where.outputs, written)
        for record in (written, WrittenFiles(where.cache), WrittenFiles(where.cache / "frames")):
            record.tidy()
            record.remove_partials()
        prepare(needs.embeddings, observer.progress)
        with Cache(where.cache) as store, remembering(store), tracks.remembering(store, observer.progress):
            return _run(plans, needs, given, where, store, observer)


def _check_free(plans: Sequence[Plan], outputs: Path, written: WrittenFiles) -> None:
    """Raise NotOursError when a file that is to be written is there and not ours, as far as names are known yet."""
    folders = [outputs / files.slug(plan.name) for plan in plans]
    paths = [outputs / name for name in FILES]
    for plan, folder in zip(plans, folders, strict=True):
        if callable(getattr(plan, "writes", None)):
            paths += plan.writes(folder)  # type: ignore[attr-defined]
    written.check_free(paths, folders)


def _run(
    plans: Sequence[Plan],
    needs: Needs,
    given: Collection | None,
    where: config.Places,
    store: Cache,
    observer: Observer,
) -> RunResult:
    """The work of a run whose plans are checked and whose places are ready."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "discover"):
        collection = (
            datasets.discover(where.root, store=store, cache=where.cache, progress=observer.progress)
            if given is None
            else given
        )
    observer.discovered(collection)
    datasets.usable(collection)
    with _timed(seconds, "measure"):
        table = measure(
            collection, embeddings=needs.embeddings, probes=needs.probes, store=store, progress=observer.progress
        )
        collection = datasets.usable(with_measurements(collection, table))
    observer.measured(collection, table)
    pieces, problems = _make(plans, table, where.outputs, observer, seconds)
    problems = [*table.problems, *problems]
    for text in problems:
        observer.problem(text)
    account = _account(where, collection, table, pieces, problems, seconds)
    try:
        with _timed(seconds, "gallery"):
            plot = where.outputs / "dataset.png"
            visuals.distribution_plot(plot, table)
            account["health"]["plot"] = plot.name
            files.write_json(where.outputs / "run.json", account)
            gallery.write(where.outputs, account)
    except OSError as error:
        raise UnwritableError(f"{error.filename or where.outputs}: {error.strerror or error}") from error
    return RunResult(where.outputs, collection, table, tuple(pieces), tuple(problems), seconds, account)


def _make(
    plans: Sequence[Plan], table: FeatureTable, outputs: Path, observer: Observer, seconds: dict[str, float]
) -> tuple[list[Result], list[str]]:
    """The pieces of all plans, and one line for each thing that could not be made."""
    pieces: list[Result] = []
    problems: list[str] = []
    for number, plan in enumerate(plans, 1):
        observer.begins(plan, number, len(plans))
        with _timed(seconds, f"plan: {plan.name}"):
            try:
                made = plan.make(table, outputs / files.slug(plan.name), observer.progress)
            except UnwritableError:
                raise
            except Exception as error:  # the code of orders and music may be a person's own
                made = []
                problems.append(_told(error, plan))
        for piece in made:
            pieces.append(piece)
            problems += [f"{piece.title}: {problem}" for problem in piece.problems]
            observer.made(piece, plan)
    return pieces, problems


@contextmanager
def _timed(seconds: dict[str, float], stage: str):  # type: ignore[no-untyped-def]
    begun = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = round(time.perf_counter() - begun, 3)


def _told(error: Exception, plan: Plan) -> str:
    """What stopped a plan, with the line of the session it came through, or else that of the plan."""
    text = str(error) if isinstance(error, I2SError) else f"{type(error).__name__}: {error}"
    if isinstance(error, ConfigError) and error.where:
        return text
    others = (str(Path(__file__).parent), sysconfig.get_path("stdlib"), "<")
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and not frame.filename.startswith(others)
    ]
    where = f"{own[-1].filename}:{own[-1].lineno}" if own else getattr(plan, "declared_at", "")
    name = "" if text.startswith("plan ") else f"plan {plan.name!r}: "
    return f"{where}: {name}{text}" if where else f"{name}{text}"


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(
            f"nothing can be written to {folder}: {reason}. Set config.OUTPUTS to another folder"
        ) from error


def _account(
    where: config.Places,
    collection: Collection,
    table: FeatureTable,
    pieces: Sequence[Result],
    problems: Sequence[str],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """The run, in plain JSON values: see "run.json" in docs/architecture.md."""
    return {
        "program": "imbatch2soundvisu",
        "made": datetime.now().isoformat(sep=" ", timespec="seconds"),
        "versions": _versions(),
        "exit_code": 1 if problems else 0,
        "collection": {
            "root": str(collection.root),
            "source": collection.source,
            "found": collection.found,
            "usable": len(collection),
            "skipped": [{"path": each.name, "reason": each.reason} for each in collection.skipped],
            "damaged": [{"path": each.name, "reason": each.reason} for each in collection.damaged],
            "without_vector": [{"path": each.name, "reason": each.reason} for each in table.without_vector],
            "duplicates": [list(group) for group in collection.duplicates],
            "near_duplicates": [list(group) for group in collection.near_duplicates],
        },
        "health": datasets.health(collection, table),
        "features": overview(table),
        "pieces": [_relative(piece, where.outputs) for piece in pieces],
        "notes": list(table.notes),
        "problems": list(problems),
        "seconds": seconds,
    }


def overview(table: FeatureTable) -> list[dict[str, Any]]:
    """One entry a feature: what it means, and its least, median and greatest value (None where all undefined)."""
    rows = []
    for name, values in table.columns.items():
        info, defined = table.info[name], values[np.isfinite(values)]
        least, median, most = np.percentile(defined, (0, 50, 100)).tolist() if defined.size else (None,) * 3
        rows.append(
            {
                "name": name, "unit": info.unit, "low": info.low, "high": info.high, "circular": info.circular,
                "description": info.description, "source": info.source, "min": least, "median": median, "max": most,
                "undefined": int(len(values) - defined.size),
            }
        )  # fmt: skip
    return rows


def _relative(piece: Result, outputs: Path) -> dict[str, Any]:
    folder = piece.folder.relative_to(outputs).as_posix()
    named = {kind: f"{folder}/{name}" for kind, name in piece.files.items()}
    return {**piece.account, "folder": folder, "files": named, "kept": piece.kept}


def _versions() -> dict[str, str]:
    packages = ("imbatch2soundvisu", "numpy", "Pillow", "opencv-python-headless", "av", "scikit-learn", "pyfluidsynth")
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
