"""Files appear whole or not at all: written beside their final name, then renamed."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

PARTIAL = ".partial-"
_PIDS_CAN_BE_ASKED = os.name != "nt"  # there, signal 0 would end the process
_ABANDONED = 24 * 3600.0  # seconds without a change after which a partial is nobody's, where nobody can be asked
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # what Windows takes for a device, in any folder


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with the same ending; rename it to `path` when the block succeeds.

    On any exception, Ctrl-C included, the temporary file is removed and `path` is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{PARTIAL}{os.getpid()}-{path.name}")
    try:
        yield partial
        with open(partial, "r+b") as written:  # Windows flushes only what may be written to
            os.fsync(written.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write a value as `plain` JSON, whole or not at all."""
    write_text(path, json.dumps(plain(value), ensure_ascii=False, indent=1, allow_nan=False))


def plain(value: Any) -> Any:
    """A value as JSON has it: no NaN or infinity but null, Python's numbers for NumPy's, lists, names as text.

    >>> plain({"a": (1.5, float("nan")), 2: Path("b")})
    {'a': [1.5, None], '2': 'b'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | None) else str(value)


def remove_partials(folder: Path) -> int:
    """Remove the files and folders that killed runs left under `folder`, named `.partial-<pid>-...`.

    What processes that still run are writing stays. On Windows, which cannot tell, it stays until it has not changed
    for a day. What cannot be removed stays too. Returns how many were removed.
    """
    removed = 0
    for place, folders, names in os.walk(folder):
        partial_folders = [name for name in folders if name.startswith(PARTIAL)]
        folders[:] = [name for name in folders if not name.startswith(PARTIAL)]
        for name in [*partial_folders, *(name for name in names if name.startswith(PARTIAL))]:
            path = Path(place, name)
            with contextlib.suppress(OSError):
                if _is_abandoned(path):
                    _remove(path)
                    removed += 1
    return removed


def _is_abandoned(partial: Path) -> bool:
    pid = partial.name[len(PARTIAL) :].split("-", 1)[0]
    if not (pid.isascii() and pid.isdigit()) or int(pid) == os.getpid():
        return False
    if _PIDS_CAN_BE_ASKED:
        return not _is_running(int(pid))
    return time.time() - partial.lstat().st_mtime > _ABANDONED


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def slug(title: str) -> str:
    """A title as a folder name that every file system takes: lower-case letters, digits and single hyphens.

    The names that Windows keeps for devices get a number.

    >>> slug("Round the Colour-Wheel!")
    'round-the-colour-wheel'
    >>> slug("CON")
    'con-1'
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    name = re.sub(r"[\W_]+", "-", plain).strip("-")
    while len(name.encode("utf-8")) > 80:
        name = name[:-1]
    name = name.strip("-") or "untitled"
    return f"{name}-1" if _DEVICES.fullmatch(name) else name
