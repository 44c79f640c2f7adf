"""`--watch`: run again whenever the session file, or a module beside it that it imports, has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .text import plain

if TYPE_CHECKING:
    from .session_file import Session

#: Seconds between two looks at the files.
EVERY_S = 0.5


def watched(path: Path | None, run: Callable[[Callable[[Session], None]], int], wait: Callable[[float], object]) -> int:
    """Run a session, and again after each change of its files, until Ctrl-C.

    A session that cannot be run is reported as usual; the next change runs it again.

    Parameters
    ----------
    path : Path or None
        The session file; None: the package's own.
    run : callable
        Runs it and returns the exit code. It gets a function that is to be called with the session once it is loaded.
    wait : callable
        Waits for a number of seconds.

    Returns
    -------
    int
        The exit code of the last run.
    """
    from .session_file import own_session

    files = {path or own_session()}
    stopped = 130

    def remember(session: Session) -> None:
        files.update((session.path, *session.modules))

    while True:
        before = _contents(files)
        known = set(files)
        code = run(remember)
        if code == stopped:
            return code
        before |= _contents(files - known)
        print(f"watching {plain(path or own_session())}; Ctrl-C stops", flush=True)
        try:
            _wait_for_change(files, before, wait)
        except KeyboardInterrupt:
            return code


def _wait_for_change(files: Iterable[Path], before: dict[Path, str], wait: Callable[[float], object]) -> None:
    """Return when the files differ from `before` and have been the same for one interval: an editor is done."""
    last = before
    while True:
        wait(EVERY_S)
        now = _contents(files)
        if now == last != before:
            return
        last = now


def _contents(files: Iterable[Path]) -> dict[Path, str]:
    """A digest of each file; a file that is missing while an editor replaces it has the digest ""."""
    found = {}
    for path in files:
        try:
            found[path] = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
        except OSError:
            found[path] = ""
    return found
