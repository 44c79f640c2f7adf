"""`python -m imbatch2soundvisu forget-faces [session.py]`: remove all that is known of faces from the cache."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

NAME = "forget-faces"


def run(arguments: Sequence[str]) -> int:
    """Remove the faces and say of how many images. Returns the exit code; exits for --help.

    Raises
    ------
    ConfigError
        When there is no folder that `--cache` names.
    SessionError
        When the session is invalid.
    MakeError
        When the cache cannot be changed.
    """
    from ..core.errors import ConfigError
    from ..core.text import looked_for
    from ..runtime.forgetting import forget_faces
    from .text import plain

    parser = argparse.ArgumentParser(
        prog=f"python -m imbatch2soundvisu {NAME}",
        description="Remove the places, landmarks and identities of all faces from the cache. "
        "Images, and results in the folder of outputs, are left.",
    )
    parser.add_argument("session", nargs="?", type=Path, help="the session whose CACHE is meant; session.py without it")
    parser.add_argument("--cache", type=Path, help="the folder of the cache, in place of that of a session")
    options = parser.parse_args(arguments)
    if options.cache is not None and not options.cache.is_dir():
        raise ConfigError(f"--cache {options.cache}: there is no such folder{looked_for(options.cache)}")
    folder = options.cache or _cache_of(options.session)
    images = forget_faces(folder)
    what = f"removed the faces of {images} image{'' if images == 1 else 's'} from" if images else "no faces in"
    print(plain(f"{what} the cache {folder}"))
    return 0


def _cache_of(session: Path | None) -> Path:
    from .. import config
    from . import session_file

    with session_file.opened(session) as opened:
        return config.resolve(opened.settings).cache
