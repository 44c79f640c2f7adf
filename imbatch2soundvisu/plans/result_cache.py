"""What was made before and is still true is kept: what a piece was made from, as a digest."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import config
from ..core import ImageSequence, Result
from ..music import cutting, stems, synthesis
from ..runtime import files, ownership
from ..runtime.fingerprints import fingerprint
from .result_writer import FILES

#: The file that says what a piece was made from: last of all, and nothing of it while the piece is not whole.
ACCOUNT = "piece.json"
# What these do is in the sequence already, or does not change the files.
_UNTOLD = (
    "order",
    "where",
    "unique",
    "limit",
    "choose",
    "split",
    "tour",
    "phrases",
    "reverse",
    "declared_at",
    "verbose",
    "cutting",  # told as the weights it gives
)

_KNOBS = ("BACKGROUND", "LOUDNESS_LUFS", "PEAK_DBFS", "SECONDS_PER_IMAGE")

_PACKAGE = Path(__file__).parents[1]
# What is in these files cannot be seen in a piece.
_UNSEEN = (
    "config.py",
    "session.py",
    "__main__.py",
    "terminal.py",
    "gallery.py",
    "cluster_overview.py",
    "decision_table.py",
)


def state_of(plan: Any, sequence: ImageSequence, engine: list[Any]) -> str:
    """A digest of everything that the piece is made from."""
    digest = hashlib.blake2b(digest_size=16)
    told = {each.name: _told(getattr(plan, each.name)) for each in fields(plan) if each.name not in _UNTOLD}
    driver, knobs = asdict(sequence.driver), [getattr(config, name) for name in _KNOBS]
    digest.update(json.dumps([told, engine, driver, knobs, code_version()], sort_keys=True).encode())
    for record in sequence.records:
        digest.update(f"{record.name}\0{record.digest}\0".encode())
    heard = plan.music.state(sequence) if callable(getattr(plan.music, "state", None)) else None
    seen = [sequence.part, sequence.sections, sequence.by, sequence.criterion.as_dict(), heard]
    seen.append(cutting.weights(plan.cutting, sequence))
    digest.update(json.dumps(seen, sort_keys=True).encode())
    for values in (sequence.values, *sequence.table.columns.values()):
        digest.update(np.ascontiguousarray(values).tobytes())
    digest.update("\0".join(sequence.table.columns).encode())
    return digest.hexdigest()


def engine_state(engine: synthesis.Engine | None) -> list[Any]:
    """The engine, and the font by size and time: another font may have the same name."""
    if engine is None:
        return []
    font = engine.soundfont.stat()
    return [engine.name, str(engine.soundfont), font.st_size, font.st_mtime_ns]


def _told(value: Any) -> Any:
    """A setting as JSON, with the code of classes that a person wrote."""
    if is_dataclass(value) and not isinstance(value, type):
        return [{f.name: _told(getattr(value, f.name)) for f in fields(value)}, fingerprint(type(value))]
    if isinstance(value, Mapping):
        return {str(name): _told(each) for name, each in value.items()}
    if callable(value):
        return fingerprint(value)  # its repr is an address, another one in every run
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


@functools.cache
def code_version() -> str:
    """A digest of this package's own code: what an older version made is not mistaken for this one's."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(_PACKAGE.rglob("*.py")):
        if path.name not in _UNSEEN:
            digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def page_version() -> str:
    """A digest of what reports are written with."""
    names = ("report.html.j2", "report.css", "parts.html.j2", "gallery.css")
    contents = b"".join((_PACKAGE / "report" / "templates" / name).read_bytes() for name in names)
    return hashlib.blake2b(contents, digest_size=8).hexdigest()


def kept_piece(folder: Path, state: str, sequence: ImageSequence | None = None) -> Result | None:
    """The piece that is there already, when it was made from the same and is whole."""
    try:
        entry = json.loads((folder / ACCOUNT).read_text(encoding="utf-8"))
        whole = all((folder / name).stat().st_size == size for name, size in entry["sizes"].items())
        if entry["state"] != state or not whole:
            return None
        account = {**entry["account"], "kept": True}
        if sequence is not None:  # it is said against the rest, which may have changed where the part has not
            account["about"] = sequence.about
        return Result(folder, account, entry["files"], sequence, kept=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(piece: Result, state: str) -> None:
    """Write down what a whole piece was made from, last of all."""
    sizes = {name: (piece.folder / name).stat().st_size for name in piece.files.values()}
    entry = {"state": state, "sizes": sizes, "files": dict(piece.files), "account": dict(piece.account)}
    files.write_json(piece.folder / ACCOUNT, entry)


def begin(folder: Path) -> set[str]:
    """Say in a folder that a piece is being made there. Returns the files of the one before it."""
    before = files_before(folder)
    named = {name: name for name in sorted(before)}
    files.write_json(folder / ACCOUNT, {"state": None, "sizes": {}, "files": named, "account": {}})
    return before


def files_before(folder: Path) -> set[str]:
    """The files of the piece that is in a folder, by its own account."""
    try:
        names = json.loads((folder / ACCOUNT).read_text(encoding="utf-8"))["files"].values()
        return {name for name in names if isinstance(name, str) and Path(name).name == name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def piece_names(plan: Any) -> list[str]:
    """The files that a piece of a plan may have, as far as they are known before it is made."""
    left_out = {"sequence.mp4": not plan.video, "sequence.gif": not plan.gif}
    left_out |= dict.fromkeys(("sequence.wav", "sequence.mid", "piano-roll.png"), plan.music is None)
    return [ACCOUNT, *(name for name in FILES if not left_out.get(name))]


def check_free(paths: Iterable[Path]) -> None:
    """Raise NotOursError when one of the paths is in a guarded folder and has what this program did not write."""
    for path in paths:
        if (guard := ownership.guard_of(path)) is not None:
            guard.check_free([path])


def forget_parts(folder: Path, made: set[str]) -> None:
    """Remove what earlier parts of a split left in their folders, where the split makes them no more.

    made : names of the folders of this time. Only files that this program wrote are touched, and the folders that it
    made for them.
    """
    guard = ownership.guard_of(folder)
    for path in guard.files(folder) if guard is not None else ():
        part, *inside = path.relative_to(os.path.abspath(folder)).parts
        stem = part == stems.FOLDER and len(inside) == 1 and path.match(stems.PATTERN)
        if inside and part not in made and not stem:
            files.remove_own(path)
