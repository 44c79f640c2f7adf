"""MIDI files contain what the score contains, as other programs read them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Control, Note, Part, Score, Timing
from imbatch2soundvisu.core.errors import MakeError
from imbatch2soundvisu.music import midi, mixing
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.timeline import build
from tests.music.scores import composed


def absolute(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    tick, events = 0, []
    for message in track:
        tick += message.time
        events.append((tick, message))
    return events


@pytest.fixture(scope="module")
def score() -> Score:
    return composed(np.linspace(0, 1, 24), Composed("lively", key="Eb", metre="4/4"), 1.5)


def test_a_reader_finds_the_same_notes(score: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", score)
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
    assert found == {(n.part, n.pitch, n.velocity, n.start, n.length) for n in midi.merged(score.notes)}


def test_tracks_are_named_and_carry_instruments_and_controllers(score: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", score)
    tracks = mido.MidiFile(tmp_path / "a.mid").tracks[1:]
    assert [t.name for t in tracks] == [p.name for p in score.parts]
    for part, track in zip(score.parts, tracks, strict=True):
        controls = {m.control: m.value for m in track if m.type == "control_change" and m.control in (7, 10, 91)}
        assert controls == {7: part.volume, 10: part.pan, 91: part.reverb}
        assert [m.program for m in track if m.type == "program_change"] == [part.program]
        assert {m.channel == 9 for m in track if m.type == "note_on"} == {part.drums}


def test_head_has_tempo_signatures_and_a_marker_on_every_image(score: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", score)
    head = absolute(mido.MidiFile(tmp_path / "a.mid").tracks[0])
    metas = {m.type: m for _, m in reversed(head)}
    assert mido.tempo2bpm(metas["set_tempo"].tempo) == pytest.approx(score.timeline.tempo_bpm, abs=0.01)
    assert metas["time_signature"].numerator == score.timeline.beats_per_bar
    assert metas["key_signature"].key == ("Eb" if score.key.endswith("major") else "Ebm")
    markers = [(tick, m.text) for tick, m in head if m.type == "marker"]
    assert [tick for tick, _ in markers] == score.timeline.start_ticks[:-1].tolist()
    assert markers[2][1] == f"image 3 {score.decisions[2]['chord']}"


def test_the_tempo_track_is_added_without_changing_the_other_tracks(score: Score, tmp_path: Path) -> None:
    notes = io.BytesIO()
    midi._notes_file(score).writeFile(notes)
    notes.seek(0)
    midi.write(tmp_path / "a.mid", score)
    file = mido.MidiFile(tmp_path / "a.mid")
    assert file.tracks[1:] == mido.MidiFile(file=notes).tracks[1:]
    kinds = [message.type for message in file.tracks[0] if message.type != "marker"]
    tempi = ["set_tempo"] * len(score.timeline.tempo_changes)
    assert kinds == ["track_name", "time_signature", "key_signature", *tempi, "end_of_track"]


@pytest.mark.parametrize("key", ["C major", "F# major", "Db major", "Eb minor", "about G# minor"])
def test_key_signatures_are_those_of_the_key(key: str, tmp_path: Path) -> None:
    midi.write(tmp_path / "k.mid", Score(build(2, 30), (), (), key=key))
    (found,) = (m.key for m in mido.MidiFile(tmp_path / "k.mid").tracks[0] if m.type == "key_signature")
    tonic, mode = key.removeprefix("about ").split()
    assert found == tonic + ("m" if mode == "minor" else "")


def test_same_bytes_every_time(score: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", score)
    midi.write(tmp_path / "b.mid", score)
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_overlapping_notes_of_one_pitch_are_cut() -> None:
    notes = [Note(0, 60, 80, 0, 960), Note(0, 60, 70, 480, 240), Note(0, 60, 90, 480, 960), Note(1, 60, 50, 100, 900)]
    assert midi.merged(notes) == [Note(0, 60, 80, 0, 480), Note(1, 60, 50, 100, 900), Note(0, 60, 90, 480, 960)]


def test_simultaneous_notes_of_one_pitch_are_merged() -> None:
    for loud, soft in ((300, 900), (900, 300)):
        assert midi.merged([Note(0, 60, 90, 0, loud), Note(0, 60, 50, 0, soft)]) == [Note(0, 60, 90, 0, 900)]


def test_overlapping_scores_can_be_written(tmp_path: Path) -> None:
    notes = tuple(Note(0, 60, 80, 100 * i, 700 - 60 * i) for i in range(8))
    midi.write(tmp_path / "o.mid", Score(build(2, 30), (Part("one", 0),), notes))
    assert mido.MidiFile(tmp_path / "o.mid").tracks[1].name == "one"


def test_names_are_transliterated_to_ascii(tmp_path: Path) -> None:
    midi.write(tmp_path / "u.mid", Score(build(2, 30), (Part("Célesta 鐘", 8),), (Note(0, 60, 80, 0, 96),)))
    assert mido.MidiFile(tmp_path / "u.mid").tracks[1].name.startswith("Celesta")


def test_more_parts_than_channels_are_refused(tmp_path: Path) -> None:
    crowd = Score(build(2, 30), tuple(Part(str(i), i) for i in range(16)), ())
    with pytest.raises(MakeError, match="16 melodic parts"):
        midi.write(tmp_path / "x.mid", crowd)
    assert not list(tmp_path.iterdir())


def test_controllers_are_written_in_time(tmp_path: Path) -> None:
    controls = (Control(1, 64, 127, 100), Control(1, 64, 0, 960), Control(0, 11, 90, 480))
    parts = (Part("a", 48), Part("b", 0))
    midi.write(tmp_path / "c.mid", Score(build(2, 30), parts, (Note(1, 60, 80, 0, 500),), controls=controls))
    found = {
        (part, m.control, m.value, tick)
        for part, track in enumerate(mido.MidiFile(tmp_path / "c.mid").tracks[1:])
        for tick, m in absolute(track)
        if m.type == "control_change" and m.control not in (7, 10, 91)
    }
    assert found == {(c.part, c.controller, c.value, c.tick) for c in controls}


def test_music_with_its_own_tempo_is_written_in_its_own_beats(tmp_path: Path) -> None:
    grid = build(6, 30, beats_per_image=1, tempo_bpm=60)
    own = TICKS_PER_BEAT * grid.tempo_bpm / 102.69
    notes = tuple(Note(0, 60 + k, 80, round(k * own), round(own) - 1) for k in range(8))
    midi.write(tmp_path / "t.mid", Score(grid, (Part("a", 0),), notes, tempo_bpm=102.69))
    file = mido.MidiFile(tmp_path / "t.mid")
    tempo = next(m.tempo for m in file.tracks[0] if m.type == "set_tempo")
    assert mido.tempo2bpm(tempo) == pytest.approx(102.69, abs=0.001)
    starts = [tick for tick, m in absolute(file.tracks[1]) if m.type == "note_on" and m.velocity]
    assert max(abs(tick - k * TICKS_PER_BEAT) for k, tick in enumerate(starts)) <= 1  # on the music's beats
    markers = [tick for tick, m in absolute(file.tracks[0]) if m.type == "marker"]
    seconds = [mido.tick2second(tick, TICKS_PER_BEAT, tempo) for tick in markers]
    assert seconds == pytest.approx([float(s) / grid.sample_rate for s in grid.start_samples[:-1]], abs=0.0005)


def test_without_a_key_there_is_no_key_signature(score: Score, tmp_path: Path) -> None:
    midi.write(tmp_path / "n.mid", replace(score, key="", style="Steps"))
    metas = {m.type: m for m in mido.MidiFile(tmp_path / "n.mid").tracks[0]}
    assert "key_signature" not in metas
    assert metas["track_name"].name == "Steps"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"notes": (Note(0, 60, 90, 0, 9), Note(0, 500, 90, 0, 9))}, "note 2 has pitch=500; .* from 0 to 127"),
        ({"notes": (Note(0, 60, 300, 0, 9),)}, "note 1 has velocity=300; .* from 1 to 127"),
        ({"notes": (Note(0, 60, 0, 0, 9),)}, "velocity=0"),
        ({"notes": (Note(0, 60.5, 90, 0, 9),)}, "pitch=60.5"),  # type: ignore[arg-type]
        ({"notes": (Note(3, 60, 90, 0, 9),)}, "note 1 has part=3; .* from 0 to 0"),
        ({"parts": (Part("a", 128),)}, "part 1 has program=128"),
        ({"controls": (Control(0, 7, 128, 0),)}, "control 1 has value=128"),
    ],
)
def test_values_outside_the_ranges_of_midi_are_refused(changed: dict, message: str, tmp_path: Path) -> None:
    score = Score(build(2, 30), (Part("a", 0),), (Note(0, 60, 90, 0, 9),), style="Steps")
    midi.check(replace(score, notes=(Note(np.int64(0), np.int64(127), np.uint8(1), 0, 9),)))
    for refuse in (midi.check, lambda score: midi.write(tmp_path / "x.mid", score), mixing.render):
        with pytest.raises(MakeError, match=f"Steps: .*{message}"):
            refuse(replace(score, **changed))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("own_bpm", [None, 3.0])
@pytest.mark.parametrize("seconds", [17.0, 40.0, 300.0])
def test_beats_too_long_for_a_file_are_written_as_shorter_ones(
    seconds: float, own_bpm: float | None, tmp_path: Path
) -> None:
    grid = build(8, 30, Timing(seconds, 1), audible_beat=False)
    notes = tuple(Note(0, 60 + i, 80, t, TICKS_PER_BEAT) for i, t in enumerate(grid.start_ticks[:-1].tolist()))
    midi.write(tmp_path / "s.mid", Score(grid, (Part("a", 0),), notes, tempo_bpm=own_bpm))
    file = mido.MidiFile(tmp_path / "s.mid")
    metas = {m.type: m for m in file.tracks[0]}
    assert file.length == pytest.approx(8 * seconds)
    for track, kind in zip(file.tracks, ("marker", "note_on"), strict=True):
        ticks = [tick for tick, m in absolute(track) if m.type == kind and getattr(m, "velocity", 1)]
        starts = [mido.tick2second(tick, TICKS_PER_BEAT, metas["set_tempo"].tempo) for tick in ticks]
        assert starts == pytest.approx([i * seconds for i in range(8)], abs=seconds / TICKS_PER_BEAT)
    # a bar is still four beats where a note value is long enough for one: two halves, or four whole notes
    quarters = 60 / (own_bpm or grid.tempo_bpm) * 1e6 / metas["set_tempo"].tempo
    assert metas["time_signature"].denominator == max(1, 4 / round(quarters))


@pytest.mark.parametrize("parts", [(), (Part("a", 0),)])
def test_a_score_without_notes_has_tempo_and_markers(parts: tuple[Part, ...], tmp_path: Path) -> None:
    midi.write(tmp_path / "n.mid", Score(build(3, 30, Timing(1.0)), parts, (), tempo_bpm=97.0))
    file = mido.MidiFile(tmp_path / "n.mid")
    assert len(file.tracks) == 1 + len(parts)
    assert [m.type for m in file.tracks[0]].count("marker") == 3
    assert file.length == pytest.approx(2.0, abs=0.01)  # the last marker


def test_markers_contain_the_names_of_images(tmp_path: Path) -> None:
    midi.write(tmp_path / "m.mid", Score(build(2, 30), (), ()), ["Übersicht/海.jpg", "b" * 300])
    texts = [m.text for m in mido.MidiFile(tmp_path / "m.mid").tracks[0] if m.type == "marker"]
    assert texts[0] == "image 1 Ubersicht/.jpg"
    assert texts[1].startswith("image 2 bbb")
    assert len(texts[1]) == midi.LONGEST_MARKER


def test_notes_with_cents_are_bent_on_separate_channels(tmp_path: Path) -> None:
    notes = [Note(0, 60, 80, 0, 1900, cents=0), Note(0, 64, 80, 0, 1900, cents=0), Note(0, 67, 80, 960, 900, cents=40)]
    notes += [Note(0, 69, 80, 1900, 900, cents=-25), Note(1, 40, 80, 0, 960)]
    bent_score = Score(build(4, 30, 1.0), (Part("a", 0), Part("b", 32)), tuple(notes))
    midi.write(tmp_path / "b.mid", bent_score)
    bent, sounding = dict.fromkeys(range(16), 0), {}
    for _, message in absolute(mido.MidiFile(tmp_path / "b.mid").tracks[1]):
        if message.type == "pitchwheel":
            bent[message.channel] = message.pitch
        elif message.type == "note_on" and message.velocity:
            sounding[message.note] = message.channel, round(bent[message.channel] * 200 / 8192)
    assert {pitch: cents for pitch, (_, cents) in sounding.items()} == {60: 0, 64: 0, 67: 40, 69: -25}
    assert sounding[60][0] == sounding[64][0] != sounding[67][0] != sounding[69][0] != sounding[60][0]


def test_bends_use_only_the_channels_that_are_free(tmp_path: Path) -> None:
    parts = tuple(Part(str(i), i) for i in range(14))
    crowd = tuple(Note(0, 40 + i, 80, 0, 960, cents=i) for i in range(20))
    midi.write(tmp_path / "f.mid", Score(build(2, 30), parts, crowd))
    track = mido.MidiFile(tmp_path / "f.mid").tracks[1]
    assert len({m.channel for m in track if m.type == "note_on"}) == 2
    assert sum(m.type == "note_on" and m.velocity > 0 for m in track) == 20
