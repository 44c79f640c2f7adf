"""Atomic files: written beside their final name, then renamed. Names that every file system accepts."""

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

_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # device names of Windows, reserved in every folder


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with the same ending; rename it to `path` when the block succeeds.

    After any exception, Ctrl-C included, the temporary file is removed and `path` is unchanged. In a folder that
    `ownership` guards, the file is recorded.

    Parameters
    ----------
    path : Path
        The file to write; its folder is made if it is missing.

    Yields
    ------
    Path
        A path with the same ending that the block must write.

    Raises
    ------
    NotOursError
        If `path` is in a guarded folder and this program did not write what is there.
    OSError
        If the file cannot be written.
    """
    guard = guard_of(path)
    if guard is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    partial = beside(path)
    if guard is not None:
        guard.expect(partial, path)
    try:
        yield partial
        with open(partial, "r+b") as written:  # Windows flushes only files opened for writing
            os.fsync(written.fileno())
        if guard is not None:
            guard.claim(partial, path)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as `atomic` does, with "\\n" as the line end on every system."""
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write the `plain` form of a value as JSON, as `atomic` does."""
    write_text(path, json.dumps(plain(value), ensure_ascii=False, indent=1, allow_nan=False))


def plain(value: Any) -> Any:
    """Return a value with the types of JSON: null for NaN and infinity, Python numbers for NumPy's, lists, text.

    Examples
    --------
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
    """Remove a file if it is in a folder that `ownership` guards and this program wrote it.

    Folders that this program made for it are removed too when they are empty.

    Returns
    -------
    bool
        Whether the file was removed.
    """
    guard = guard_of(path)
    return guard is not None and guard.remove(path)


def slug(title: str) -> str:
    """Return a title as a folder name that every file system accepts: lower-case letters, digits, single hyphens.

    The device names of Windows get a number.

    Examples
    --------
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
