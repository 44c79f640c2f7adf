"""Runs of users without a home folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("home", ["file", "file/below", "locked", "locked/below"])
def test_homes_that_are_no_folder_or_cannot_be_searched(tmp_path, monkeypatch, home):
    """HOME=/dev/null of services, and the HOME of root that sudo leaves to another user."""
    (tmp_path / "file").touch()
    (tmp_path / "locked").mkdir()
    real = os.stat, os.access

    def stat(path, *rest, **options):
        if "locked/" in os.fspath(path):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real[0](path, *rest, **options)

    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "access", lambda path, mode: "locked" not in os.fspath(path) and real[1](path, mode))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / home))
    homes.keep_compiled_code_in(tmp_path / "cache")
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "cache" / "numba")


def test_a_home_that_can_be_written_is_used(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "to be made"))
    homes.keep_compiled_code_in(tmp_path / "cache")
    assert "NUMBA_CACHE_DIR" not in os.environ
