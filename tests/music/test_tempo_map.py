"""A MIDI file with a tempo map: readers find every event at its second, and the bars of the grid."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score, TempoTimeline
from imbatch2soundvisu.music import midi
from imbatch2soundvisu.music.timeline import sample_rate

FRAMES = (15, 15, 15, 15, 16, 16, 15, 15, 15, 16, 18, 21, 24, 24, 24, 24)


def _score(fps: Fraction | int) -> Score:
    grid = TempoTimeline(fps, sample_rate(fps), 15, (2,) * 6 + (4,), beat_frames=FRAMES)
    notes = [Note(0, 60, 80, k * TICKS_PER_BEAT // 4, TICKS_PER_BEAT // 4) for k in range(4 * len(FRAMES))]
    return Score(grid, (Part("Melody: flute", 73),), tuple(notes))


def _onsets_and_markers(path: Path) -> tuple[list[float], list[float]]:
    """Seconds at which another program plays notes, and shows markers."""
    now, onsets, markers = 0.0, [], []
    for message in mido.MidiFile(path):  # converts to seconds by the tempo events
        now += message.time
        if message.type == "note_on" and message.velocity:
            onsets.append(now)
        elif message.type == "marker":
            markers.append(now)
    return onsets, markers


@pytest.mark.parametrize("fps", [24, 25, Fraction(30_000, 1001), 30, 60])
def test_every_event_is_at_its_sample(fps: Fraction | int, tmp_path: Path) -> None:
    score = _score(fps)
    midi.write(tmp_path / "t.mid", score)
    grid, (onsets, markers) = score.timeline, _onsets_and_markers(tmp_path / "t.mid")
    tick_s = float(max(FRAMES) / Fraction(fps) / TICKS_PER_BEAT)
    assert onsets == pytest.approx([grid.samples_at(n.start) / grid.sample_rate for n in score.notes], abs=tick_s)
    assert markers == pytest.approx(grid.start_seconds[:-1].tolist(), abs=tick_s)


def test_ticks_are_those_of_the_grid_so_that_bars_are_true(tmp_path: Path) -> None:
    score = _score(30)
    midi.write(tmp_path / "t.mid", score)
    tick, tempi = 0, {}
    for message in mido.MidiFile(tmp_path / "t.mid").tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            tempi[tick // TICKS_PER_BEAT] = message.tempo
    assert tempi == {beat: round(frames * 1_000_000 / 30) for beat, frames in score.timeline.tempo_changes}


def test_music_with_its_own_tempo_has_one_tempo_and_stays_at_its_seconds(tmp_path: Path) -> None:
    score = replace(_score(30), tempo_bpm=97.0)
    midi.write(tmp_path / "o.mid", score)
    onsets, _ = _onsets_and_markers(tmp_path / "o.mid")
    assert onsets == pytest.approx([float(score.timeline.seconds_at(n.start)) for n in score.notes], abs=1e-3)
    tempi = [m for m in mido.MidiFile(tmp_path / "o.mid").tracks[0] if m.type == "set_tempo"]
    assert len(tempi) == 1
