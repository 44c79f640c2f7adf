"""Parts of equal volume are equally loud, whatever the instrument and the sound font."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score
from imbatch2soundvisu.core.errors import EngineMissing
from imbatch2soundvisu.music import engines, instrument_levels, loudness, synthesis
from imbatch2soundvisu.music.timeline import build

PROGRAMS = (0, 11, 24, 48, 71, 73)


def fonts() -> list[Path]:
    """The fonts that are installed, or the one in use."""
    folders = [Path(folder).expanduser() for folder in engines.FONT_FOLDERS]
    there = [folder / name for name in engines.FONT_NAMES for folder in folders if (folder / name).is_file()]
    try:
        return list(dict.fromkeys([*there, engines.find_soundfont()]))
    except EngineMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("font", fonts(), ids=lambda path: path.name)
def test_instruments_are_equally_loud(font: Path) -> None:
    engine = replace(synthesis.find_engine(), soundfont=font)
    grid = build(3, 30, 1.0)
    notes = tuple(Note(0, pitch, 84, 2 * k * TICKS_PER_BEAT, TICKS_PER_BEAT) for k, pitch in enumerate((57, 66)))
    found = []
    for program in PROGRAMS:
        score = Score(grid, (Part("x", program, 127, reverb=0),), notes)
        measured = loudness.loudest(synthesis.render(score, engine, limit_peak=False).samples, 44_100)
        assert measured is not None
        found.append(measured)
    assert max(found) - min(found) < 7
    assert instrument_levels.LEVEL_LUFS - 5 < float(np.mean(found)) < instrument_levels.LEVEL_LUFS + 6


def test_a_font_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, calls = synthesis.find_engine(), []
    original = instrument_levels.opened
    monkeypatch.setattr(instrument_levels, "opened", lambda *args: calls.append(args) or original(*args))
    instrument_levels.measured_lufs.cache_clear()
    gains = {instrument_levels.gain(engine, Part("x", 73, volume)) for volume in (10, 100)}
    assert len(calls) == len(gains) == 1
