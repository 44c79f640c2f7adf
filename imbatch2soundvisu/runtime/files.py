"""Files appear whole or not at all: written beside their final name, then renamed."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .ownership import guard_of
from .partials import beside

_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # what Windows takes for a device, in any folder


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with the same ending; rename it to `path` when the block succeeds.

    On any exception, Ctrl-C included, the temporary file is removed and `path` is untouched. In a folder that
    `ownership` guards, what is written is recorded; a `path` that this program did not write raises NotOursError.
    """
    guard = guard_of(path)
    if guard is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    partial = beside(path)
    if guard is not None:
        guard.expect(partial, path)
    try:
        yield partial
        with open(partial, "r+b") as written:  # Windows flushes only what may be written to
            os.fsync(written.fileno())
        if guard is not None:
            guard.claim(partial, path)
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


def remove_own(path: Path) -> bool:
    """Remove a file if it lies in a folder that `ownership` guards and this program wrote it; any other stays.

    Folders that this program made for it go with it when they are empty. Returns whether it was removed.
    """
    guard = guard_of(path)
    return guard is not None and guard.remove(path)


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
