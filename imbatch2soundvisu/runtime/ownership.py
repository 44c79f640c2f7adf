"""Which files below a folder this program wrote. Only those may be overwritten, removed, or left out of a collection.

A file is ours when the record of its folder names it and its size and time of change are still those of the record.
The record is a hidden file of JSON lines in that folder, which only grows while a run writes: a line is added before a
file gets its name, so that a killed run does not lose what it wrote. A line that cannot be read counts for nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import stat
import threading
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ..core.errors import NotOursError
from . import partials

#: The name of a record, and the beginning of the names of further ones where that is no record of ours.
RECORD = ".imbatch2soundvisu-files"
_HEAD = b'{"files written by": "imbatch2soundvisu", "format": 1}'
_TIDY_LINES, _TIDY_SHARE = (
    2000,
    4,
)  # a record of more lines, and of so many times the files that are there, is rewritten

Signature = tuple[int, int]  # bytes, and the time of the last change in ns
_FILE, _IMAGE, _FOLDER, _PARTIAL = "file", "image", "folder", "partial"


class WrittenFiles:
    """The files this program wrote below one folder. Safe in threads; other processes may add to the same record.

    A name may have several signatures: all that this program gave to it. One of them must fit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._path = _record_of(self.folder)
        self._lock = threading.RLock()
        self._size = -1
        self._load()

    def covers(self, path: Path) -> bool:
        """Whether a path lies below the folder."""
        return Path(os.path.abspath(path)).is_relative_to(self.folder)

    def owned(self, path: Path) -> bool:
        """Whether a file is there that this program wrote, unchanged since."""
        with self._lock:
            return self._fits(path) or (self._load() and self._fits(path))

    def files(self, below: Path | None = None) -> list[Path]:
        """The files of the record that are there below a folder, changed or not, sorted."""
        inside = Path(os.path.abspath(below)) if below is not None else self.folder
        with self._lock:
            paths = [self.folder / key for key in self._entries[_FILE]]
        return sorted(path for path in paths if path.is_relative_to(inside) and os.path.lexists(path))

    def unchanged(self, images: bool = False) -> Iterator[Path]:
        """The files that are ours; with `images`, also those of sets of images in a cache."""
        for kind in (_FILE, _IMAGE) if images else (_FILE,):
            for key, signatures in self._entries[kind].items():
                if _signature(self.folder / key) in signatures:
                    yield self.folder / key

    def check_free(self, paths: Iterable[Path], unchanged_below: Iterable[Path] = ()) -> None:
        """Raise NotOursError when one of the paths is taken by what is not ours, or a file of ours has been changed.

        unchanged_below : folders in which no file of the record may have been changed.
        """
        known = [path for folder in unchanged_below for path in self.files(folder)]
        blocked = (self._blocked_by(path) for path in [*paths, *known])
        found = list(dict.fromkeys(path for path in blocked if path is not None))
        if found:
            raise NotOursError(self._said(found))

    def expect(self, partial: Path, path: Path) -> None:
        """Record that `partial` is about to be written for `path`, whose folder is made.

        Raises NotOursError when what has the name is not ours.
        """
        self.check_free([path])
        self.make_folder(path.parent)
        self._add([_PARTIAL, self._key(partial)])

    def claim(self, partial: Path, path: Path) -> None:
        """Record that `partial`, complete and synced, is about to be renamed to `path`. Raises as `expect` does."""
        self.check_free([path])
        self._add([_FILE, self._key(path), *(_signature(partial) or ())])

    @contextlib.contextmanager
    def making_folder(self, folder: Path) -> Iterator[Path]:
        """Yield an empty partial folder for images; it gets the name of `folder` when the block succeeds.

        It is removed when the block fails, or when another run was faster (OSError).
        """
        partial = partials.beside(folder)
        self._add([_PARTIAL, self._key(partial)])
        partial.mkdir(parents=True)
        try:
            yield partial
            self.claim_images(partial, folder)
            os.replace(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def claim_images(self, source: Path, folder: Path) -> None:
        """Record what `source` holds as images of a set called `folder`: they are found only where it is the root."""
        lines = []
        for place, _, names in os.walk(source):
            for name in names:
                path = Path(place, name)
                if (signature := _signature(path)) is not None:
                    lines.append([_IMAGE, self._key(folder / path.relative_to(source)), *signature])
        self._add(*lines)

    def make_folder(self, folder: Path) -> None:
        """Make a folder with its parents; those that were not there are ours."""
        new = [each for each in (folder, *folder.parents) if self.covers(each) and not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        self._add(*([_FOLDER, self._key(each)] for each in new if Path(os.path.abspath(each)) != self.folder))

    def remove(self, path: Path) -> bool:
        """Remove a file that is ours, and the folders that are ours and empty then. Returns whether it was removed."""
        if not self.owned(path):
            return False
        path.unlink()
        with contextlib.suppress(OSError):  # the first that holds something ends it
            for folder in path.parents:
                if not self.covers(folder) or self._key(folder) not in self._entries[_FOLDER]:
                    break
                folder.rmdir()
        return True

    def remove_partials(self) -> int:
        """Remove the partial files and folders of the record whose process has ended. Returns how many."""
        removed = 0
        for key in list(self._entries[_PARTIAL]):
            with contextlib.suppress(OSError):
                if os.path.lexists(self.folder / key) and partials.is_abandoned(self.folder / key):
                    partials.remove(self.folder / key)
                    removed += 1
        return removed

    def tidy(self) -> None:
        """Rewrite a record that has mostly lines about what is no longer there."""
        with self._lock:
            lines = [json.dumps(line).encode() for line in self._lines_that_count()]
            if self._count < max(_TIDY_LINES, _TIDY_SHARE * len(lines)):
                return
            partial = partials.beside(self._path)
            self._add([_PARTIAL, self._key(partial)])
            partial.write_bytes(b"\n".join([_HEAD, *lines]))
            if _size(self._path) == self._size:  # no other run has added to it
                os.replace(partial, self._path)
            else:
                partial.unlink()
            self._load()

    def _lines_that_count(self) -> Iterator[list[Any]]:
        for kind in (_FILE, _IMAGE):
            for key, signatures in self._entries[kind].items():
                if (now := _signature(self.folder / key)) is not None:
                    yield from ([kind, key, *each] for each in sorted(signatures if now not in signatures else {now}))
        for kind in (_FOLDER, _PARTIAL):
            yield from ([kind, key] for key in self._entries[kind] if os.path.lexists(self.folder / key))

    def _key(self, path: Path) -> str:
        return Path(os.path.abspath(path)).relative_to(self.folder).as_posix()

    def _fits(self, path: Path) -> bool:
        return _signature(path) in self._entries[_FILE].get(self._key(path), ())

    def _blocked_by(self, path: Path) -> Path | None:
        """What keeps a path from being written: something there that is not ours, or a file in place of a folder."""
        for parent in reversed(path.parents):
            if self.covers(parent) and os.path.lexists(parent) and not parent.is_dir():
                return parent
        return path if os.path.lexists(path) and not self.owned(path) else None

    def _said(self, found: list[Path]) -> str:
        changed = self._key(found[0]) in self._entries[_FILE]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        why = "was changed after this program wrote it" if changed else "was not written by this program"
        return (
            f"{found[0]}{more} {why}, and would be overwritten or removed. "
            "Move or rename it, or set OUTPUTS to another folder"
        )

    def _add(self, *lines: list[Any]) -> None:
        """Add lines to the record, on the disk when this returns."""
        if not lines:
            return
        with self._lock:
            self._load()
            self.folder.mkdir(parents=True, exist_ok=True)
            content = b"".join(b"\n" + json.dumps(line).encode() for line in lines)
            with open(self._path, "ab", buffering=0) as file:
                file.write(content if self._size else _HEAD + content)
                os.fsync(file.fileno())
            for line in lines:
                self._take(line)
            self._size += len(content) + (0 if self._size else len(_HEAD))

    def _load(self) -> bool:
        """Read the record where it has changed. Returns whether it had."""
        with self._lock:
            if (size := _size(self._path)) == self._size:
                return False
            self._entries: dict[str, dict[str, set[Signature]]] = {
                kind: {} for kind in (_FILE, _IMAGE, _FOLDER, _PARTIAL)
            }
            self._count, content = 0, self._path.read_bytes() if size else b""
            for line in content.split(b"\n")[1:]:
                with contextlib.suppress(ValueError, TypeError):
                    self._take(json.loads(line))
            self._size = len(content)
            return True

    def _take(self, line: Any) -> None:
        """Note a line of the record; raises ValueError or TypeError for what is none."""
        kind, key, *signature = line
        if kind not in self._entries or not isinstance(key, str) or not (self.folder / key).is_relative_to(self.folder):
            raise ValueError
        if ".." in Path(key).parts:
            raise ValueError
        signatures = self._entries[kind].setdefault(key, set())
        if kind in (_FILE, _IMAGE):
            size, changed = signature
            signatures.add((int(size), int(changed)))
        self._count += 1


_GUARD: ContextVar[WrittenFiles | None] = ContextVar("guard", default=None)


@contextlib.contextmanager
def guarding(folder: Path) -> Iterator[WrittenFiles]:
    """In the block, `files` overwrites and removes below `folder` only what this program wrote, and records it."""
    if (outer := guard_of(folder)) is not None:
        yield outer
        return
    token = _GUARD.set(written := WrittenFiles(folder))
    try:
        yield written
    finally:
        _GUARD.reset(token)


def guard_of(path: Path) -> WrittenFiles | None:
    """The record that guards a path now, or None."""
    guard = _GUARD.get()
    return guard if guard is not None and guard.covers(path) else None


def not_of_the_user(root: Path, folders: Iterable[Path]) -> set[str]:
    """The real paths of what this program wrote, by the records in `folders`, at or below a root, and above it.

    Sets of images in a cache above the root are not among them: the root may be one.
    """
    above = [WrittenFiles(each) for each in Path(os.path.realpath(root)).parents if has_record(each)]
    paths = [*itertools.chain.from_iterable(each.unchanged() for each in above)]
    for folder in folders:
        paths += WrittenFiles(folder).unchanged(images=True)
    places = {parent: os.path.realpath(parent) for parent in {path.parent for path in paths}}
    return {os.path.join(places[path.parent], path.name) for path in paths}


def has_record(folder: Path) -> bool:
    """Whether a folder has a record of ours."""
    return _record_of(folder).exists()


def _record_of(folder: Path) -> Path:
    """The record in a folder, or the first name that is free for one: what is no record of ours is not touched."""
    names = itertools.chain([RECORD], (f"{RECORD}-{number}" for number in itertools.count(2)))
    return next(path for name in names if _is_record_or_free(path := folder / name))


def _is_record_or_free(path: Path) -> bool:
    if not os.path.lexists(path):
        return True
    try:
        with open(path, "rb") as file:
            return stat.S_ISREG(os.lstat(path).st_mode) and file.readline().rstrip(b"\n") == _HEAD
    except OSError:
        return False


def _signature(path: Path) -> Signature | None:
    try:
        status = os.lstat(path)
    except (OSError, ValueError):  # a name with a zero in it
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
