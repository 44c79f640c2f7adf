"""Recordings that several test modules use."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from imbatch2soundvisu.music.tracks import (
    analysis,
    analysis_cache,
)
from tests.music.tracks.synthetic import RATE, calm, halfway, lively


@pytest.fixture(scope="session")
def music(tmp_path_factory) -> Path:
    """A folder of three tracks, one of them in a subfolder, and a text file."""
    folder = tmp_path_factory.mktemp("music")
    (folder / "more").mkdir()
    soundfile.write(folder / "lively.ogg", lively(), RATE)
    soundfile.write(folder / "more" / "calm.flac", calm(), RATE)
    soundfile.write(folder / "halfway.wav", halfway(), RATE)
    (folder / "read me.txt").write_text("no track")
    return folder


@pytest.fixture
def analysed(monkeypatch) -> list[Path]:
    """The files that are analysed from now on, with nothing in memory from other tests."""
    monkeypatch.setattr(analysis_cache, "_in_memory", type(analysis_cache._in_memory)(100))
    paths, analyse = [], analysis.analyse
    monkeypatch.setattr(analysis, "analyse", lambda path: paths.append(path) or analyse(path))
    return paths
