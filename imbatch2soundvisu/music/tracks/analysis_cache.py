"""Analyses of recordings by the content of the file, kept within the process and, in a cache, between runs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
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
from .latest import LatestValues

#: Analyses kept in memory.
MAX_IN_MEMORY = 1024
#: The stage of progress reports.
STAGE = "analyse"


class JsonCache(Protocol):
    """Stores JSON values by key, as `runtime.cache.Cache` does."""

    def get(self, key: str) -> Any | None: ...

    def put(self, key: str, value: Any) -> None: ...


# Styles receive only the sequence and the timing, so the cache of a run reaches them through context variables.
_cache: ContextVar[JsonCache | None] = ContextVar("tracks_cache", default=None)
_progress: ContextVar[Progress] = ContextVar("tracks_progress", default=silent)
# Of each content its analysis, or the reason why it cannot be analysed.
_in_memory: LatestValues[Analysis | str] = LatestValues(MAX_IN_MEMORY)


@contextlib.contextmanager
def analysis_caching(cache: JsonCache | None, progress: Progress = silent) -> Iterator[None]:
    """Within the block, read analyses from a cache, and store new ones in it.

    Parameters
    ----------
    cache : Cache or None
        Anything with `get(key)` and `put(key, value)` for JSON values.
    progress : Progress, optional
        Receives ("analyse", done, total) for the tracks that are not in the cache.
    """
    tokens = _cache.set(cache), _progress.set(progress)
    try:
        yield
    finally:
        _cache.reset(tokens[0])
        _progress.reset(tokens[1])


def with_progress(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the paths, and report the progress of those that are not analysed yet.

    The first analysis on a computer takes half a minute longer, because librosa compiles some functions.
    """
    new = {path for path in paths if not _is_known(path)}
    progress, done = _progress.get(), 0
    for path in paths:
        if path in new:
            progress(STAGE, done, len(new))
            done += 1
        yield path
    if new:
        progress(STAGE, done, len(new))


def cached_analysis(path: Path) -> Analysis:
    """Return the analysis of a file, from the cache if a file of the same content was analysed before.

    Raises
    ------
    MakeError
        If it cannot be decoded, is silent or too short, with the reason.
    OSError
        If it cannot be read.
    """
    digest, cache = digest_of(path), _cache.get()
    found = _look_up(digest)
    if found is None:
        try:
            found = analysis.analyse(path)
        except MakeError as error:
            found = str(error).removeprefix(name_of(path)).strip()
        if cache is not None:
            cache.put(_key(digest), {"refused": found} if isinstance(found, str) else asdict(found))
    _in_memory.put(digest, found)
    if isinstance(found, str):
        raise MakeError(f"{name_of(path)} {found}")
    return found


def _is_known(path: Path) -> bool:
    """Whether a file needs no analysis; also for a file that cannot be read."""
    try:
        return _look_up(digest_of(path)) is not None
    except OSError:
        return True


def _look_up(digest: str) -> Analysis | str | None:
    """The analysis of a content, the reason why it has none, or None where it was not analysed yet."""
    found, cache = _in_memory.get(digest), _cache.get()
    return found if found is not None or cache is None else _read(cache.get(_key(digest)))


def _key(digest: str) -> str:
    return f"soundtrack-{_code_version()}-{digest}"


def _read(stored: Any) -> Analysis | str | None:
    """The analysis in a stored value, or the reason; None for values in another format."""
    if not isinstance(stored, dict):
        return None
    if "refused" in stored:
        return str(stored["refused"])
    try:
        return Analysis(**{name: _as_tuple(value) for name, value in stored.items()})
    except TypeError:
        return None


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def digest_of(path: Path) -> str:
    """Return the hex digest of the bytes of a file."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@functools.cache
def _code_version() -> str:
    """Digest of this package's code: analyses by other versions are not used."""
    contents = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.blake2b(contents, digest_size=8).hexdigest()


@functools.lru_cache(4096)
def _digest(path: Path, size: int, mtime_ns: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
