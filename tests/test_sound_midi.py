"""MIDI files: read back by other programs, they hold what the score holds."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest

from imbatch2soundvisu.errors import MakeError
from imbatch2soundvisu.records import TICKS_PER_BEAT, Note, Part, Score
from imbatch2soundvisu.sound import midi
from imbatch2soundvisu.sound.timeline import build
from imbatch2soundvisu.styles import Composed
from tests.test_composed import score


def absolute(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    tick, events = 0, []
    for message in track:
        tick += message.time
        events.append((tick, message))
    return events


@pytest.fixture(scope="module")
def piece() -> Score:
    return score(np.linspace(0, 1, 24), Composed("lively", key="Eb"), 1.5)


def test_a_reader_finds_the_same_notes(piece: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", piece)
    file = mido.MidiFile(tmp_path / "a.mid")
    assert (file.type, file.ticks_per_beat) == (1, TICKS_PER_BEAT)
    found = set()
    for part, track in enumerate(file.tracks[1:]):
        open_notes: dict[int, tuple[int, int]] = {}
        for tick, message in absolute(track):
            if message.type == "note_on" and message.velocity:
                assert message.note not in open_notes
                open_notes[message.note] = (tick, message.velocity)
            elif message.type in ("note_off", "note_on"):
                start, velocity = open_notes.pop(message.note)
                found.add((part, message.note, velocity, start, tick - start))
        assert not open_notes
    assert found == {(n.part, n.pitch, n.velocity, n.start, n.length) for n in midi.merged(piece.notes)}


def test_tracks_are_named_and_carry_instruments_and_controllers(piece: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", piece)
    tracks = mido.MidiFile(tmp_path / "a.mid").tracks[1:]
    assert [t.name for t in tracks] == [p.name for p in piece.parts]
    for part, track in zip(piece.parts, tracks, strict=True):
        controls = {m.control: m.value for m in track if m.type == "control_change"}
        assert controls == {7: part.volume, 10: part.pan, 91: part.reverb}
        assert [m.program for m in track if m.type == "program_change"] == [part.program]
        assert {m.channel == 9 for m in track if m.type == "note_on"} == {part.drums}


def test_head_has_tempo_signatures_and_a_marker_on_every_picture(piece: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", piece)
    head = absolute(mido.MidiFile(tmp_path / "a.mid").tracks[0])
    metas = {m.type: m for _, m in head}
    assert mido.tempo2bpm(metas["set_tempo"].tempo) == pytest.approx(piece.timeline.tempo_bpm, abs=0.01)
    assert metas["time_signature"].numerator == piece.timeline.beats_per_bar
    assert metas["key_signature"].key == ("Eb" if piece.key.endswith("major") else "Ebm")
    markers = [(tick, m.text) for tick, m in head if m.type == "marker"]
    assert [tick for tick, _ in markers] == piece.timeline.start_ticks[:-1].tolist()
    assert markers[2][1] == f"picture 3 {piece.decisions[2]['chord']}"


def test_same_bytes_every_time(piece: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", piece)
    midi.write(tmp_path / "b.mid", piece)
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_overlaps_of_one_pitch_are_mended() -> None:
    notes = [Note(0, 60, 80, 0, 960), Note(0, 60, 70, 480, 240), Note(0, 60, 90, 480, 960), Note(1, 60, 50, 100, 900)]
    assert midi.merged(notes) == [Note(0, 60, 80, 0, 480), Note(1, 60, 50, 100, 900), Note(0, 60, 90, 480, 960)]


def test_overlapping_scores_can_be_written(tmp_path: Path) -> None:
    notes = tuple(Note(0, 60, 80, 100 * i, 700 - 60 * i) for i in range(8))
    midi.write(tmp_path / "o.mid", Score(build(2, 30), (Part("one", 0),), notes))
    assert mido.MidiFile(tmp_path / "o.mid").tracks[1].name == "one"


def test_any_language_in_names(tmp_path: Path) -> None:
    midi.write(tmp_path / "u.mid", Score(build(2, 30), (Part("Célesta 鐘", 8),), (Note(0, 60, 80, 0, 96),)))
    assert mido.MidiFile(tmp_path / "u.mid").tracks[1].name.startswith("Celesta")


def test_more_parts_than_channels_is_said(tmp_path: Path) -> None:
    crowd = Score(build(2, 30), tuple(Part(str(i), i) for i in range(16)), ())
    with pytest.raises(MakeError, match="16 melodic parts"):
        midi.write(tmp_path / "x.mid", crowd)
    assert not list(tmp_path.iterdir())
