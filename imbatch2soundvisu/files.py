"""Files appear whole or not at all: written beside their final name, then renamed."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

PARTIAL = ".partial-"


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with the same ending; rename it to `path` when the block succeeds.

    On any exception, Ctrl-C included, the temporary file is removed and `path` is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{PARTIAL}{os.getpid()}-{path.name}")
    try:
        yield partial
        with open(partial, "rb") as written:
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


def remove_partials(folder: Path) -> int:
    """Remove what killed runs left under `folder`; files of processes that still run stay. Returns the count."""
    removed = 0
    for path in folder.rglob(f"{PARTIAL}*") if folder.is_dir() else ():
        pid = path.name[len(PARTIAL) :].split("-", 1)[0]
        if pid.isdigit() and not _is_running(int(pid)):
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
    return removed


def _is_running(pid: int) -> bool:
    if pid == os.getpid() or os.name == "nt":  # there, signal 0 would end the process
        return pid == os.getpid()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def slug(title: str) -> str:
    """A title as a folder name that every file system takes: lower-case letters, digits and single hyphens.

    >>> slug("Round the Colour-Wheel!")
    'round-the-colour-wheel'
    """
    plain = unicodedata.normalize("NFKC", title).casefold()
    name = re.sub(r"[\W_]+", "-", plain).strip("-")
    while len(name.encode("utf-8")) > 80:
        name = name[:-1]
    return name.strip("-") or "untitled"
