"""Keep a result whose inputs have not changed: the state it was made from, as a digest in `result.json`."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..config import Settings
from ..core import Result
from ..runtime import files, ownership
from ..runtime.fingerprints import fingerprint
from .protocols import Content, Output

#: The file that says what a result was made from. It is written last, and is empty while the result is incomplete.
RESULT = "result.json"

_PACKAGE = Path(__file__).parents[1]
# Code that does not change any file of a result.
_WITHOUT_EFFECT = (
    "config.py",
    "session.py",
    "__main__.py",
    "pipeline.py",
    "cli",
    "report/gallery.py",
    "report/pages.py",
)


def state_of(content: Content, outputs: Sequence[Output], settings: Settings) -> str:
    """Return a digest of everything that a result is made from: content, outputs, settings and this package's code."""
    used = [settings.background, settings.fps, settings.video_size, settings.gif_side]
    state = [
        content.state(),
        [[described(each), getattr(each, "state", list)()] for each in outputs],
        used,
        code_version(),
    ]
    text = json.dumps(files.plain(state), sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def described(value: Any) -> Any:
    """Return a setting as JSON values, with the code of classes and functions that a session defines."""
    if is_dataclass(value) and not isinstance(value, type):
        return [{f.name: described(getattr(value, f.name)) for f in fields(value)}, fingerprint(type(value))]
    if isinstance(value, Mapping):
        return {str(name): described(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [described(each) for each in value]
    if isinstance(value, np.ndarray):  # its repr leaves out values
        return [list(value.shape), str(value.dtype), hashlib.blake2b(value.tobytes(), digest_size=8).hexdigest()]
    if callable(value):
        return fingerprint(value)  # its repr is an address, another one in every run
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


@functools.cache
def code_version() -> str:
    """Return a digest of this package's code and templates: what an older version made is made again."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted([*_PACKAGE.rglob("*.py"), *_PACKAGE.glob("report/templates/report*")]):
        if not path.relative_to(_PACKAGE).as_posix().startswith(_WITHOUT_EFFECT):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def kept_result(folder: Path, state: str, content: Content) -> Result | None:
    """Return the result that is in a folder, when it was made from the same state and is complete."""
    try:
        saved = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        complete = all((folder / name).stat().st_size == size for name, size in saved["sizes"].items())
        if saved["state"] != state or not complete:
            return None
        entry = {**saved["entry"], **getattr(content, "changing", dict)(), "kept": True}
        return Result(folder, entry, saved["files"], getattr(content, "sequence", None), kept=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(result: Result, state: str) -> None:
    """Record what a complete result was made from."""
    sizes = {name: (result.folder / name).stat().st_size for name in result.files.values()}
    saved = {"state": state, "sizes": sizes, "files": dict(result.files), "entry": dict(result.entry)}
    files.write_json(result.folder / RESULT, saved)


def begin(folder: Path) -> set[str]:
    """Record in a folder that a result is being made there. Returns the file names of the result before it."""
    before = _files_before(folder)
    named = {name: name for name in sorted(before)}
    files.write_json(folder / RESULT, {"state": None, "sizes": {}, "files": named, "entry": {}})
    return before


def _files_before(folder: Path) -> set[str]:
    try:
        names = json.loads((folder / RESULT).read_text(encoding="utf-8"))["files"].values()
        return {name for name in names if isinstance(name, str) and _is_inside(name)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def _is_inside(name: str) -> bool:
    parts = Path(name).parts
    return bool(parts) and not Path(name).is_absolute() and ".." not in parts


def remove_stale(folder: Path, results: Sequence[Result], keep: Sequence[str] = ()) -> None:
    """Remove what earlier runs wrote below a plan's folder and the results of this run do not have.

    Only files that this program wrote and that are unchanged are removed, and the folders that it made for them. What
    `keep` names in the folder stays.
    """
    guard = ownership.guard_of(folder)
    current = {os.path.abspath(each.folder / name) for each in results for name in (*each.files.values(), RESULT)}
    current |= {os.path.abspath(folder / name) for name in keep}
    for path in guard.files(folder) if guard is not None else ():
        if str(path) not in current:
            files.remove_own(path)
