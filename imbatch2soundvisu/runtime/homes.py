"""Users without a home folder, or with one that cannot be written."""

from __future__ import annotations

import os
from pathlib import Path


def expanded(path: str | Path) -> Path:
    """Return a path with "~" replaced; unchanged where the user has no home folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def keep_compiled_code_in(folder: Path) -> None:
    """Let Numba, Matplotlib and librosa keep their files in a cache folder, where the user's own cannot be written.

    Variables of the environment that are set stay as they are.
    """
    own = expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    if own.is_absolute() and _is_writable(own):
        return
    places = (("NUMBA_CACHE_DIR", "numba"), ("MPLCONFIGDIR", "matplotlib"), ("XDG_CACHE_HOME", "libraries"))
    for name, inside in places:
        os.environ.setdefault(name, str(folder.absolute() / inside))


def _is_writable(folder: Path) -> bool:
    """Whether a folder can be written, or made; it may be below a file, or below a folder that cannot be searched."""
    while not os.path.exists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
