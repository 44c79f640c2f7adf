"""Keys, chords, scales and their names."""

from __future__ import annotations

import pytest

from imbatch2soundvisu.music import key_names, theory
from imbatch2soundvisu.music.theory import Key, chord


@pytest.mark.parametrize(
    ("key", "numeral", "name"),
    [
        (Key(0, "major"), "V", "G"),
        (Key(0, "major"), "♭VI", "Ab"),
        (Key(9, "minor"), "V", "E"),
        (Key(2, "minor"), "ii°", "Edim"),
        (Key(6, "minor"), "iv", "Bm"),
        (Key(7, "major"), "V7/vi", "B7"),
    ],
)
def test_chords(key: Key, numeral: str, name: str) -> None:
    assert chord(key, numeral).name == name


@pytest.mark.parametrize(
    ("key", "fifths"),
    [(Key(0, "major"), 0), (Key(7, "major"), 1), (Key(5, "major"), -1), (Key(9, "minor"), 0), (Key(4, "minor"), 1)],
)
def test_signatures(key: Key, fifths: int) -> None:
    assert key.fifths == fifths


def test_sevenths() -> None:
    major = Key(0, "major")
    names = [theory.seventh(chord(major, n)).name for n in ("I", "ii", "V", "vi")]
    assert names == ["Cmaj7", "Dm7", "G7", "Am7"]


def test_the_minor_dominant_scale_has_no_augmented_second() -> None:
    scale = theory.chord_scale(chord(Key(9, "minor"), "V"))
    assert 8 in scale
    assert 7 not in scale
    assert 5 not in scale


def test_note_names() -> None:
    assert theory.note_name(60, Key(0, "major")) == "C4"
    assert theory.note_name(59, Key(6, "major")) == "B3"
    assert theory.note_name(61, Key(2, "minor"), sharp=True) == "C#4"


@pytest.mark.parametrize(("name", "home", "shown"), [
    ("G# minor", "G# minor", "G# minor"), ("Ab minor", "Ab minor", "Ab minor"), ("Ab minor", "Ab major", "Ab minor"),
    ("Eb minor", "G# minor", "D# minor"), ("D# minor", "Eb major", "Eb minor"), ("C# minor", "Db major", "C# minor"),
    ("E major", "Db major", "E major"), ("Db major", "C# major", "C# major"), ("Ab major", "C# major", "Ab major"),
    ("Gb major", "Bb minor", "Gb major"), ("F# major", "B major", "F# major"), ("A minor", "C major", "A minor"),
])  # fmt: skip
def test_keys_of_a_piece_are_spelled_alike(name: str, home: str, shown: str) -> None:
    tonic, mode = key_names.parse_key_name(name)
    assert mode is not None
    key = key_names.spelled_like(Key(tonic, mode), key_names.named_key(home))
    assert key.name == shown
    assert key == Key(tonic, mode)
    assert sorted(theory.spell(pitch, key)[0] for pitch in key.scale) == list("ABCDEFG")
