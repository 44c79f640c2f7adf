"""Which files below a folder this program wrote. Only those may be overwritten, removed, or left out of a collection.

A file is ours if the record of its folder names it, and its size and modification time are still those of the record.
The record is a hidden file of JSON lines in that folder. Lines are added while a run writes, each before its file gets
its final name, so that the record of a killed run is complete. Lines that cannot be read are ignored.
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

#: Name of a record; a number is added where a file of that name is not a record of ours.
RECORD = ".imbatch2soundvisu-files"
_HEAD = b'{"files written by": "imbatch2soundvisu", "format": 1}'
_TIDY_LINES = 2000  # shorter records are not rewritten
_TIDY_RATIO = 4  # records of fewer lines for each existing file are not rewritten

Signature = tuple[int, int]  # size in bytes, modification time in ns
_FILE, _IMAGE, _FOLDER, _PARTIAL = "file", "image", "folder", "partial"


class WrittenFiles:
    """The files that this program wrote below one folder.

    Usable from several threads; other processes may add to the same record. A name may have several signatures, one for
    each time the file was written; a file with any of them is ours.

    Parameters
    ----------
    folder : Path
        The folder of the record; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._path = _record_of(self.folder)
        self._lock = threading.RLock()
        self._size = -1
        self._load()

    def covers(self, path: Path) -> bool:
        """Return whether a path is below the folder."""
        return Path(os.path.abspath(path)).is_relative_to(self.folder)

    def owned(self, path: Path) -> bool:
        """Return whether this program wrote the file, and it is unchanged since."""
        with self._lock:
            return self._fits(path) or (self._load() and self._fits(path))

    def files(self, below: Path | None = None) -> list[Path]:
        """Return the existing files of the record below a folder, changed or not, sorted."""
        inside = Path(os.path.abspath(below)) if below is not None else self.folder
        with self._lock:
            paths = [self.folder / key for key in self._entries[_FILE]]
        return sorted(path for path in paths if path.is_relative_to(inside) and os.path.lexists(path))

    def unchanged(self, images: bool = False) -> Iterator[Path]:
        """Yield the files that are ours; with `images`, also those of image sets in a cache."""
        for kind in (_FILE, _IMAGE) if images else (_FILE,):
            for key, signatures in self._entries[kind].items():
                if _signature(self.folder / key) in signatures:
                    yield self.folder / key

    def check_free(self, paths: Iterable[Path], unchanged_below: Iterable[Path] = ()) -> None:
        """Raise NotOursError if a file of another program is at one of the paths, or a file of ours was changed.

        Parameters
        ----------
        paths : iterable of Path
            Files that are to be written.
        unchanged_below : iterable of Path
            Folders in which no file of the record may have been changed.
        """
        known = [path for folder in unchanged_below for path in self.files(folder)]
        found: dict[str, Path] = {}
        for path in map(self._blocked_by, [*paths, *known]):
            if path is not None:
                found.setdefault(os.path.abspath(path), path)
        if found:
            raise NotOursError(self._describe(list(found.values())))

    def expect(self, partial: Path, path: Path) -> None:
        """Record that `partial` is about to be written for `path`, and make the folder.

        Raises NotOursError if the file at `path` is not ours.
        """
        self.check_free([path])
        self.make_folder(path.parent)
        self._add([_PARTIAL, self._key(partial)])

    def claim(self, partial: Path, path: Path) -> None:
        """Record that `partial`, which is complete, is about to be renamed to `path`. Raises as `expect` does."""
        self.check_free([path])
        self._add([_FILE, self._key(path), *(_signature(partial) or ())])

    @contextlib.contextmanager
    def making_folder(self, folder: Path) -> Iterator[Path]:
        """Yield an empty partial folder for images; it is renamed to `folder` when the block succeeds.

        It is removed when the block fails, or when another run has made the folder (OSError).
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
        """Record the files in `source` as images of the set `folder`; discovery reads them only if it is the root."""
        lines = []
        for place, _, names in os.walk(source):
            for name in names:
                path = Path(place, name)
                if (signature := _signature(path)) is not None:
                    lines.append([_IMAGE, self._key(folder / path.relative_to(source)), *signature])
        self._add(*lines)

    def claim_all(self) -> None:
        """Record every file that is below the folder now."""
        lines = []
        for place, _, names in os.walk(self.folder):
            paths = [Path(place, name) for name in sorted(names) if not name.startswith(RECORD)]
            lines += [[_FILE, self._key(path), *(_signature(path) or ())] for path in paths]
        self._add(*lines)

    def make_folder(self, folder: Path) -> None:
        """Make a folder with its parents; those that did not exist are recorded."""
        new = [each for each in (folder, *folder.parents) if self.covers(each) and not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        self._add(*([_FOLDER, self._key(each)] for each in new if Path(os.path.abspath(each)) != self.folder))

    def remove(self, path: Path) -> bool:
        """Remove a file that is ours, and folders of ours that are then empty. Returns whether the file was removed.

        Where its folder has its own record, as `folders.atomic_folder` writes it, the files of that are removed too.
        """
        if not self.owned(path):
            return False
        path.unlink()
        beside = Path(os.path.abspath(path)).parent
        if beside != self.folder and has_record(beside):
            WrittenFiles(beside).remove_all()
        with contextlib.suppress(OSError):  # a folder that is not empty
            for folder in path.parents:
                if not self.covers(folder) or self._key(folder) not in self._entries[_FOLDER]:
                    break
                folder.rmdir()
        return True

    def remove_all(self) -> None:
        """Remove the files of the record that are unchanged, then the record, then folders that are empty."""
        for path in list(self.unchanged()):
            path.unlink()
        self._path.unlink(missing_ok=True)
        for place, _, _ in os.walk(self.folder, topdown=False):
            with contextlib.suppress(OSError):  # a folder that is not empty
                os.rmdir(place)

    def remove_partials(self) -> int:
        """Remove partial files and folders of the record whose process has ended. Returns their number."""
        removed = 0
        for key in list(self._entries[_PARTIAL]):
            with contextlib.suppress(OSError):
                if os.path.lexists(self.folder / key) and partials.is_abandoned(self.folder / key):
                    partials.remove(self.folder / key)
                    removed += 1
        return removed

    def tidy(self) -> None:
        """Rewrite a record most of whose files do not exist any more."""
        with self._lock:
            lines = [json.dumps(line).encode() for line in self._current_lines()]
            if self._count < max(_TIDY_LINES, _TIDY_RATIO * len(lines)):
                return
            partial = partials.beside(self._path)
            self._add([_PARTIAL, self._key(partial)])
            partial.write_bytes(b"\n".join([_HEAD, *lines]))
            if _size(self._path) == self._size:  # no other run has added to it
                os.replace(partial, self._path)
            else:
                partial.unlink()
            self._load()

    def _current_lines(self) -> Iterator[list[Any]]:
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
        """What prevents writing a path: a file that is not ours, or a file in place of a folder; else None."""
        for parent in reversed(path.parents):
            if self.covers(parent) and os.path.lexists(parent) and not parent.is_dir():
                return parent
        return path if os.path.lexists(path) and not self.owned(path) else None

    def _describe(self, found: list[Path]) -> str:
        changed = self._key(found[0]) in self._entries[_FILE]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        why = "was changed after this program wrote it" if changed else "was not written by this program"
        return (
            f"{found[0]}{more} {why}, and would be overwritten or removed. "
            "Move or rename it, or set OUTPUTS to another folder"
        )

    def _add(self, *lines: list[Any]) -> None:
        """Append lines to the record and sync it."""
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
                self._parse(line)
            self._size += len(content) + (0 if self._size else len(_HEAD))

    def _load(self) -> bool:
        """Read the record if it has changed. Returns whether it had."""
        with self._lock:
            if (size := _size(self._path)) == self._size:
                return False
            self._entries: dict[str, dict[str, set[Signature]]] = {
                kind: {} for kind in (_FILE, _IMAGE, _FOLDER, _PARTIAL)
            }
            self._count, content = 0, self._path.read_bytes() if size else b""
            for line in content.split(b"\n")[1:]:
                with contextlib.suppress(ValueError, TypeError):
                    self._parse(json.loads(line))
            self._size = len(content)
            return True

    def _parse(self, line: Any) -> None:
        """Apply one line of the record. Raises ValueError or TypeError for an invalid one."""
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
    """Within the block, `files` overwrites and removes only files of this program below `folder`, and records them."""
    if (outer := guard_of(folder)) is not None:
        yield outer
        return
    token = _GUARD.set(written := WrittenFiles(folder))
    try:
        yield written
    finally:
        _GUARD.reset(token)


def guard_of(path: Path) -> WrittenFiles | None:
    """Return the record that guards a path, or None."""
    guard = _GUARD.get()
    return guard if guard is not None and guard.covers(path) else None


def written_paths(root: Path, folders: Iterable[Path]) -> set[str]:
    """Return the real paths of the files that this program wrote, by the records in `folders` and above a root.

    Image sets in a cache above the root are not included: the root may be one of them. Nor are the files of a root that
    was written as a whole, such as a folder of cut-outs.

    Parameters
    ----------
    root : Path
        The folder of a collection.
    folders : iterable of Path
        The folders at or below the root that have a record.
    """
    above = [WrittenFiles(each) for each in Path(os.path.realpath(root)).parents if has_record(each)]
    paths = [*itertools.chain.from_iterable(each.unchanged() for each in above)]
    for folder in folders:
        if not (above and os.path.realpath(folder) == os.path.realpath(root)):
            paths += WrittenFiles(folder).unchanged(images=True)
    places = {parent: os.path.realpath(parent) for parent in {path.parent for path in paths}}
    return {os.path.join(places[path.parent], path.name) for path in paths}


def has_record(folder: Path) -> bool:
    """Return whether a folder has a record."""
    return _record_of(folder).exists()


def _record_of(folder: Path) -> Path:
    """The record in a folder, or the first free name for one; other files of that name are not changed."""
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
    except (OSError, ValueError):  # a zero byte in the name
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
