"""Atomic folders: many files that belong together, written beside their final name, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import NotOursError
from . import partials
from .ownership import RECORD, WrittenFiles, guard_of


@contextlib.contextmanager
def atomic_folder(folder: Path, head: str) -> Iterator[Path]:
    """Yield an empty folder beside `folder`; it is renamed to `folder` when the block succeeds.

    After any exception, Ctrl-C included, it is removed and `folder` is as it was. The folder gets a record of its
    files: by it, another folder that this program wrote can be replaced and removed, and its images are in no
    collection.

    Parameters
    ----------
    folder : Path
        The folder to write. One that is there is replaced when this program wrote all that is in it.
    head : str
        The file of the folder that a guard of `ownership` has in its own record: with it, the whole folder is removed.

    Yields
    ------
    Path
        An empty folder.

    Raises
    ------
    NotOursError
        If something that this program did not write is in the place of the folder.
    OSError
        If a file cannot be written.
    """
    check_replaceable(folder)
    was_there = folder.exists()
    guard = guard_of(folder)
    partial = partials.beside(folder)
    if guard is None:
        folder.parent.mkdir(parents=True, exist_ok=True)
    else:
        guard.expect(partial, folder / head)
    partial.mkdir(parents=True)
    try:
        yield partial
        WrittenFiles(partial).claim_all()
        check_replaceable(folder)
        if guard is not None:
            guard.claim(partial / head, folder / head)
        _replace(partial, folder)
    except BaseException:
        if not was_there:
            with contextlib.suppress(OSError):  # not made yet
                folder.rmdir()
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_replaceable(folder: Path) -> None:
    """Check that a folder may be replaced, or is not there.

    Raises
    ------
    NotOursError
        When it is a file, or has files that this program did not write, or changed ones.
    PermissionError
        When it is read-only, or has such a folder in it.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir() or folder.is_symlink():
        raise NotOursError(f"{folder} is in the place of a folder that is to be written. Move or rename it")
    foreign = _foreign(folder)
    if foreign is not None:
        raise NotOursError(
            f"{foreign} was not written by this program, or was changed since, and {folder} would be replaced. "
            "Move or rename it, or choose another folder"
        )


def _foreign(folder: Path) -> Path | None:
    """A file in a folder that its record does not name. Raises PermissionError for a read-only folder in it."""
    record = WrittenFiles(folder)
    for place, _, names in os.walk(folder):
        if not os.access(place, os.W_OK | os.X_OK):  # it could be moved, but not be removed
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
        for name in names:
            path = Path(place, name)
            if not path.name.startswith(RECORD) and not record.owned(path):
                return path
    return None


def _replace(partial: Path, folder: Path) -> None:
    """Rename a folder, in place of one that may be there; that one is back when this fails."""
    if not folder.exists():
        os.replace(partial, folder)
        return
    before = partials.beside(folder)
    os.replace(folder, before)
    try:
        os.replace(partial, folder)
    except BaseException:
        os.replace(before, folder)
        raise
    shutil.rmtree(before, ignore_errors=True)
