"""Names and ends of partial files and folders: `.partial-<pid>-<name>`, beside what they become."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from pathlib import Path

PARTIAL = ".partial-"
_PIDS_CAN_BE_ASKED = os.name != "nt"  # there, signal 0 would end the process
_ABANDONED = 24 * 3600.0  # seconds without a change after which a partial is nobody's, where nobody can be asked


def beside(path: Path) -> Path:
    """A name beside `path`, with the same ending, that nothing has."""
    numbers = itertools.chain([""], (f"{number}-" for number in itertools.count(2)))
    names = (path.with_name(f"{PARTIAL}{os.getpid()}-{number}{path.name}") for number in numbers)
    return next(name for name in names if not os.path.lexists(name))


def is_abandoned(partial: Path) -> bool:
    """Whether the process that wrote a partial has ended. On Windows, which cannot tell: whether it is a day old."""
    pid = partial.name[len(PARTIAL) :].split("-", 1)[0]
    if not (pid.isascii() and pid.isdigit()) or int(pid) == os.getpid():
        return False
    if _PIDS_CAN_BE_ASKED:
        return not _is_running(int(pid))
    return time.time() - partial.lstat().st_mtime > _ABANDONED


def remove(partial: Path) -> None:
    """Remove a partial file or folder; links are removed, not followed. Raises OSError."""
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial)
    else:
        partial.unlink()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
