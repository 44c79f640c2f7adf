"""Parts of equal volume are equally loud, whatever the instrument and the sound font, and melodies stand out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score
from imbatch2soundvisu.core.errors import EngineMissing
from imbatch2soundvisu.music import engines, loudness, stems, synthesis
from imbatch2soundvisu.music.analysis import sound_measures
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.timeline import build
from tests.music.scores import images, music

PROGRAMS = (0, 11, 24, 48, 71, 73)


def fonts() -> list[Path]:
    """The sound fonts that are installed."""
    return engines.installed_fonts()


def engine_of(font: Path) -> synthesis.Engine:
    try:
        return replace(synthesis.find_engine(), soundfont=font)
    except EngineMissing as missing:
        pytest.skip(str(missing))


def measured(engine: synthesis.Engine, part: Part, velocity: int = 84) -> float:
    pitches = enumerate((57, 66, 60))
    notes = tuple(Note(0, pitch, velocity, 2 * k * TICKS_PER_BEAT, TICKS_PER_BEAT) for k, pitch in pitches)
    samples = synthesis.render(Score(build(3, 30, 1.0), (part,), notes), engine, limit_peak=False).samples
    found = loudness.integrated(samples, 44_100)
    assert found is not None
    return found


@pytest.mark.parametrize("font", fonts(), ids=lambda path: path.name)
def test_instruments_are_equally_loud(font: Path) -> None:
    engine = engine_of(font)
    found = [measured(engine, Part("x", program, reverb=0)) for program in PROGRAMS]
    assert max(found) - min(found) < 1.5


def test_soft_parts_stay_soft() -> None:
    engine = engine_of(engines.find_soundfont())
    loud = measured(engine, Part("x", 73, 127, reverb=0))
    assert measured(engine, Part("x", 73, 64, reverb=0)) == pytest.approx(loud - 11.9, abs=0.2)
    assert measured(engine, Part("x", 73, 127, reverb=0), 42) == pytest.approx(loud - 12.0, abs=0.2)


@pytest.mark.parametrize("font", fonts(), ids=lambda path: path.name)
@pytest.mark.parametrize("name", ["chamber", "low", "band"])
def test_melodies_stand_out(font: Path, name: str) -> None:
    melody, rest = 0.0, 0.0
    for part, samples in stems.render_parts(music(images(12, 1), Composed(ensemble=name)), engine_of(font)):
        if part.startswith("Melody"):
            melody = melody + samples
        else:
            rest = rest + samples
    assert 2 < sound_measures.prominence_db(melody, rest, 44_100) < 15
