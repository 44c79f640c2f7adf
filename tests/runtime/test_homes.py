"""Runs of users without a home folder."""

from __future__ import annotations

import os
from pathlib import Path

from imbatch2soundvisu.runtime import homes


def test_without_a_home_folder_compiled_code_is_in_the_cache(tmp_path, monkeypatch):
    def no_home(path):
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(Path, "expanduser", no_home)
    homes.keep_compiled_code_in(tmp_path)
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "numba")
    assert homes.expanded("~/a") == Path("~/a")
