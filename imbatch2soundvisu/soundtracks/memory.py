"""What is known of recordings, by their content: within the process, and between runs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from ..errors import MakeError
from . import analysis
from .analysis import Analysis

#: Analyses kept in memory.
REMEMBERED = 1024


class Memo(Protocol):
    """Keeps JSON values by key: a Store."""

    def get(self, key: str) -> Any | None: ...

    def put(self, key: str, value: Any) -> None: ...


_memory: ContextVar[Memo | None] = ContextVar("soundtracks_memory", default=None)
_heard: OrderedDict[str, Analysis | str] = OrderedDict()


@contextlib.contextmanager
def remembering(memo: Memo | None) -> Iterator[None]:
    """Within the block, analyses are looked up in a memory first, and kept there."""
    token = _memory.set(memo)
    try:
        yield
    finally:
        _memory.reset(token)


def analysis_of(path: Path) -> Analysis:
    """The analysis of a file, remembered by its content.

    Raises MakeError, with the reason, for one that cannot be played, is silent or too short; OSError when it is gone.
    """
    digest, memo = digest_of(path), _memory.get()
    key = f"soundtrack-{_version()}-{digest}"
    found = _heard.get(digest)
    if found is None and memo is not None:
        found = _read(memo.get(key))
    elif found is not None:
        memo = None  # it has been there before
    if found is None:
        try:
            found = analysis.analyse(path)
        except MakeError as error:
            found = str(error).removeprefix(path.name).strip()
        if memo is not None:
            memo.put(key, {"refused": found} if isinstance(found, str) else asdict(found))
    _heard[digest] = found
    while len(_heard) > REMEMBERED:
        _heard.popitem(last=False)
    if isinstance(found, str):
        raise MakeError(f"{path.name} {found}")
    return found


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
