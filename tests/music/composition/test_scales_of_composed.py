"""`Composed` in the scales of music theory: its melody keeps to the scale, its cadence is that of the mode."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music import key_names, midi, modes, scales, theory, voice_leading
from imbatch2soundvisu.music.analysis.measures import melody
from imbatch2soundvisu.music.composition.form import HALF, Phrase
from imbatch2soundvisu.music.composition.instruments import BASS
from imbatch2soundvisu.music.composition.keys import with_spelling
from imbatch2soundvisu.music.composition.melody_notes import MelodyNote
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.theory import MAJOR, MINOR, Key
from tests.music.composition.pieces import drafted, of_part, pitch_classes
from tests.music.scores import images, music, part

NAMED = [name for name in scales.SCALES if name not in (MAJOR, MINOR)]


@pytest.mark.parametrize("name", NAMED)
def test_a_piece_keeps_to_its_scale(name: str) -> None:
    score = music(images(12), Composed(key=f"D {name}"))
    allowed = {(2 + step) % 12 for step in scales.SCALES[name]}
    assert {n.pitch % 12 for n in part(score, "melody")} <= allowed
    assert len({n.pitch % 12 for n in part(score, "melody")}) >= min(len(allowed), 5)
    assert score.key == f"D {name}"
    assert f": D {name}, " in score.summary
    closing = [n for n in (*melody(score), *part(score, "bass")) if n.start == score.timeline.start_ticks[-2]]
    assert {n.pitch % 12 for n in closing} == {2}
    usual = Key(2, name).cadence
    degrees = [each["degree"].removesuffix("add9").removesuffix("7") for each in score.decisions[-2:]]
    assert degrees == [usual.dominant.removesuffix("7"), usual.tonic.removesuffix("7")]


@pytest.mark.parametrize("name", NAMED)
def test_chords_and_voices_are_as_in_major_and_minor(name: str) -> None:
    """Each segment has another chord, each image begins on a chord tone, and outer voices have no parallels."""
    draft = drafted(images(32, 2), Composed(key=f"E {name}"))
    chords = draft.plan.chords
    free = set(draft.plan.heads) - {p.first for p in draft.plan.phrases} - draft.plan.cadential
    assert all(chords[k].name != chords[k - 1].name or draft.plan.pedals[k] is not None for k in free)
    assert len({each.name for each in chords}) >= 4
    assert all(n.pitch % 12 in chords[n.slot].pitch_classes for n in draft.melody if n.opens_slot)
    bar = draft.timeline.beats_per_bar * TICKS_PER_BEAT
    voices = [draft.melody, of_part(draft.notes(), BASS)]
    for a, b in itertools.pairwise(
        sorted({n.start for n in (*voices[0], *voices[1]) if n.start >= voices[0][0].start})
    ):
        above, below = ([[n for n in voice if n.start <= at][-1] for at in (a, b)] for voice in voices)
        if a - below[0].start - below[0].length < bar:  # the bass has not rested for longer
            assert not voice_leading.is_parallel(pitches(above), pitches(below)), (a, b)


def pitches(notes: Sequence[Note | MelodyNote]) -> tuple[int, int]:
    return notes[0].pitch, notes[1].pitch


def test_seven_note_modes_have_only_their_own_tones() -> None:
    """In every part: no chord is borrowed, no theme in another key."""
    for name in ("dorian", "phrygian", "lydian", "mixolydian", "aeolian", "locrian", "harmonic minor", "melodic minor"):
        score = music(images(32, 1), Composed(key=f"A {name}", mapping={"tension": "value"}))
        assert {n.pitch % 12 for n in score.notes} <= {(9 + step) % 12 for step in scales.SCALES[name]}, name
        for decision in score.decisions:
            assert pitch_classes(decision["chord"]) <= {(9 + step) % 12 for step in scales.SCALES[name]}


def test_ninths_are_of_the_scale() -> None:
    """A minor pentatonic has no B, which would be a semitone below the third of the tonic chord."""
    for name in ("minor pentatonic", "phrygian", "blues"):
        key = Key(9, name)
        score = music(images(32, 1), Composed("calm", key=key.name))
        names = [d["chord"].split("/")[0] for d in score.decisions]
        ninths = {key_names.parse_key_name(name.replace("madd9", "").replace("add9", ""))[0] for name in names
                  if "add9" in name}  # fmt: skip
        assert {(root + 2) % 12 for root in ninths} <= set(key.melody_scale)


def test_every_model_progression_names_chords_of_its_mode() -> None:
    for table in (modes.MODAL_OPENINGS, modes.MODAL_CONTINUATIONS):
        assert set(table) == set(modes.MODAL)
        for mode, halves in table.items():
            known = {each.numeral for each in modes.MODAL[mode]}
            assert {numeral for half in halves for numeral in half.split()} <= known
    for mode, usual in modes.CADENCES.items():
        known = {each.numeral for each in modes.degrees_of(mode)}
        assert {usual.dominant, usual.tonic, usual.deceptive} <= known


def test_pitch_classes_are_a_key_whose_first_is_the_tonic() -> None:
    score = music(images(16), Composed(key=(9, 0, 2, 4)))
    assert {n.pitch % 12 for n in part(score, "melody")} == {9, 0, 2, 4}
    assert score.key == "A (0 3 5 7)"
    assert Composed(key=[9, 0, 2, 4]) == Composed(key=(9, 0, 2, 4))
    assert music(images(5), Composed(key=(2, 4, 5, 7, 9, 11, 0))).key == "D dorian"


def test_a_scale_without_tonic_leaves_it_to_the_images() -> None:
    red, yellow = (music(images(8, hue=np.full(8, hue)), Composed(key="lydian")).key for hue in (2.0, 61.0))
    assert red.endswith(" lydian")
    assert yellow.endswith(" lydian")
    assert red != yellow


@pytest.mark.parametrize("key", ["D doric", "klezmer", "H dorian", "", (2, 5), (0, 4, 12), (0, 4, "G"), 3, ("D", "A")])
def test_an_unknown_key_lists_the_choices(key: object) -> None:
    with pytest.raises(ConfigError, match="dorian, phrygian|pitch classes"):
        Composed(key=key)


def test_names_have_synonyms() -> None:
    found = [scales.parse_key(each) for each in ("a Ionian", "C whole tone", "Am", "Bb  Major Pentatonic", "blues")]
    assert found == [(9, "major"), (0, "whole-tone"), (9, "minor"), (10, "pentatonic"), (None, "blues")]


def test_tones_are_spelled_and_signed_as_in_notation() -> None:
    assert [theory.spell(pc, Key(9, "harmonic minor")) for pc in (8, 10)] == ["G#", "Bb"]
    modal = [Key(2, "dorian"), Key(4, "phrygian"), Key(5, "lydian"), Key(2, "mixolydian")]
    assert [key.fifths for key in modal] == [0, 0, 0, 1]
    assert theory.spell(10, Key(4, "blues")) == "Bb"


def test_the_midi_file_has_the_signature_of_the_mode(tmp_path: Path) -> None:
    for key, signature in (("D dorian", "C"), ("E blues", "D"), ("A aeolian", "C"), ("D minor", "Dm")):
        midi.write(tmp_path / "a.mid", music(images(5), Composed(key=key)))
        head = mido.MidiFile(tmp_path / "a.mid").tracks[0]
        assert [m.key for m in head if m.type == "key_signature"] == [signature]


def test_a_key_is_spelled_as_it_was_asked_for_and_parallel_keys_alike() -> None:
    for key, sharp_side in (("Ab minor", False), ("G# minor", True), ("Gb major", False), ("D# minor", True)):
        score = music(images(24), Composed(key=key))
        assert score.key == key
        assert {each["key"] for each in score.decisions} & {key}
        chords = "".join(name for each in score.decisions for name in each["chords"])
        assert ("b" in chords.replace("m7b5", "")) != sharp_side
    both = music(images(48), Composed(key="Ab"))
    assert {"Ab major", "Ab minor"} >= {each["key"] for each in both.decisions if each["phrase"][0] == "A"}


#: Keys of phrases, in semitones above the home key: minor, its relative, the subdominant, major.
RELATED = ((0, MINOR), (3, MAJOR), (5, MINOR), (7, MAJOR), (0, MAJOR))


def test_spellings_of_a_piece_have_few_accidentals() -> None:
    found: set[str] = set()
    for tonic in range(12):
        keys = [Key((tonic + up) % 12, mode) for up, mode in RELATED]
        phrases = tuple(Phrase("A", k, k + 1, key, HALF) for k, key in enumerate(keys))
        spelled = [each.key for each in with_spelling(phrases, tonic)]
        assert spelled == keys
        assert all(abs(key.fifths) <= key_names.MOST_SHARPS for key in spelled)
        assert len({key.name.split()[0] for key in spelled if key.tonic == tonic}) == 1
        found |= {key.name for key in spelled}
    assert {"C# minor", "E major", "Eb major"} <= found
    assert not {"Fb major", "G# major", "Db minor", "D# major"} & found
