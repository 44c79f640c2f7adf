"""What is known of recordings, by their content: within the process, and between runs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from ...core import Progress, silent
from ...core.errors import MakeError
from ..recordings import name_of
from . import analysis
from .analysis import Analysis

#: Analyses kept in memory.
REMEMBERED = 1024


class Memo(Protocol):
    """Keeps JSON values by key: a Cache."""

    def get(self, key: str) -> Any | None: ...

    def put(self, key: str, value: Any) -> None: ...


_memory: ContextVar[Memo | None] = ContextVar("soundtracks_memory", default=None)
_progress: ContextVar[Progress] = ContextVar("soundtracks_progress", default=silent)


class _Heard:
    """The latest analyses, or why there are none, by content.

    An object, since a style's fingerprint takes dictionaries of its module for part of what the style is.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Analysis | str] = OrderedDict()

    def put(self, digest: str, found: Analysis | str) -> None:
        self._kept[digest] = found
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    def get(self, digest: str) -> Analysis | str | None:
        return self._kept.get(digest)

    def clear(self) -> None:
        self._kept.clear()


_heard = _Heard()


@contextlib.contextmanager
def remembering(memo: Memo | None, progress: Progress = silent) -> Iterator[None]:
    """Within the block, analyses are looked up in a memory first, and kept there.

    progress : is told of tracks that have to be listened to, as the stage "listening".
    """
    tokens = _memory.set(memo), _progress.set(progress)
    try:
        yield
    finally:
        _memory.reset(tokens[0])
        _progress.reset(tokens[1])


def telling(paths: Sequence[Path]) -> Iterator[Path]:
    """The paths one after the other, for `analysis_of`; how many new ones there are is told as it goes.

    The first analysis on a machine takes half a minute longer, since librosa compiles parts of itself.
    """
    new = {path for path in paths if not _is_known(path)}
    progress, done = _progress.get(), 0
    for path in paths:
        if path in new:
            progress("listening", done, len(new))
            done += 1
        yield path
    if new:
        progress("listening", done, len(new))


def _is_known(path: Path) -> bool:
    """Whether nothing has to be listened to; also of what is not there."""
    try:
        return _recalled(digest_of(path)) is not None
    except OSError:
        return True


def analysis_of(path: Path) -> Analysis:
    """The analysis of a file, remembered by its content.

    Raises MakeError, with the reason, for one that cannot be played, is silent or too short; OSError when it is gone.
    """
    digest, memo = digest_of(path), _memory.get()
    found = _recalled(digest)
    if found is None:
        try:
            found = analysis.analyse(path)
        except MakeError as error:
            found = str(error).removeprefix(name_of(path)).strip()
        if memo is not None:
            memo.put(_key(digest), {"refused": found} if isinstance(found, str) else asdict(found))
    _heard.put(digest, found)
    if isinstance(found, str):
        raise MakeError(f"{name_of(path)} {found}")
    return found


def _recalled(digest: str) -> Analysis | str | None:
    """What is known of a content: its analysis, why there is none, or None where it was never heard."""
    found, memo = _heard.get(digest), _memory.get()
    return found if found is not None or memo is None else _read(memo.get(_key(digest)))


def _key(digest: str) -> str:
    return f"soundtrack-{_version()}-{digest}"


def _read(kept: Any) -> Analysis | str | None:
    """What a memory gives back: an analysis, why there is none, or None for what is not understood."""
    if not isinstance(kept, dict):
        return None
    if "refused" in kept:
        return str(kept["refused"])
    try:
        return Analysis(**{name: _tuple(value) for name, value in kept.items()})
    except TypeError:
        return None


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def digest_of(path: Path) -> str:
    """Hex digest of a file's bytes."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@functools.cache
def _version() -> str:
    """Of this folder's code: what an older version heard is heard again."""
    contents = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.blake2b(contents, digest_size=8).hexdigest()


@functools.lru_cache(4096)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
