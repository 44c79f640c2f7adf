"""The measures of scores against small scores worked out by hand, and what they mean for composed ones."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imbatch2soundvisu.core import (
    TICKS_PER_BEAT,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Note,
    Part,
    Score,
    Timeline,
    Timing,
)
from imbatch2soundvisu.music.analysis import measures, repetition
from imbatch2soundvisu.music.styles import Composed

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
PIANO = (Part("Piano", 0),)
TRIO = (Part("Melody: flute", 73), Part("Pad: strings", 48), Part("Bass: cello", 42))


def written(
    notes: Iterable[tuple[float, ...]],
    beats: tuple[int, ...] = (8,),
    chords: str = "",
    parts: tuple = PIANO,
    **more: Any,
) -> Score:
    """notes : (pitch, start, length in beats[, part[, velocity]]). chords : one word an image, "C" or "C,G"."""
    made = []
    for pitch, start, length, *rest in notes:
        part, velocity = ([*map(int, rest)] + [0, 80][len(rest) :])[:2]
        ticks = round(start * TICKS_PER_BEAT), round(length * TICKS_PER_BEAT)
        made.append(Note(part, int(pitch), velocity, *ticks))
    decisions = tuple({"chords": names.split(","), "key": "C major"} for names in chords.split())
    return Score(Timeline(30, 44100, 15, beats), parts, tuple(made), decisions=decisions, **more)


def chord(pitches: str, start: float, length: float = 4, part: int = 0) -> list[tuple[float, ...]]:
    return [(int(pitch), start, length, part) for pitch in pitches.split()]


def scale_notes(pitches: str, length: float = 1) -> list[tuple[float, ...]]:
    return [(int(pitch), i * length, length) for i, pitch in enumerate(pitches.split())]


def sequence(n: int, **columns: Any) -> ImageSequence:
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(n))
    table = FeatureTable(records, {name: np.asarray(values, np.float64) for name, values in columns.items()})
    values = table.columns.get("luminance", np.arange(n) / n)
    return ImageSequence("test", table, values, FeatureInfo("luminance"), Criterion("x", 1, 1, 1, 1, 1))


@pytest.fixture(scope="module")
def images() -> ImageSequence:
    rng = np.random.default_rng(5)
    spans = {"luminance": (0.3, 0.8), "saturation": (0.02, 0.22), "edge_density": (0.05, 0.45)}
    waves = {name: 0.5 + 0.5 * np.sin(np.arange(40) / 6 + rng.uniform(0, 6)) for name in spans}
    return sequence(40, **{name: low + (high - low) * waves[name] for name, (low, high) in spans.items()})


@pytest.fixture(scope="module")
def piece(images: ImageSequence) -> Score:
    style = Composed()
    return style.compose(images, style.timeline(images, 30, Timing(1.0)), np.random.default_rng(3))


def test_names_of_chords_and_their_spans() -> None:
    assert measures.chord_tones("F#m7b5") == {6, 9, 0, 4}
    assert measures.chord_tones("Bb") == measures.chord_tones("Bb/D") == {10, 2, 5}
    assert measures.chord_tones("Cb") == {11, 3, 6}
    assert measures.chord_tones("H") is None
    # six beats of C and G: three each; the C of the second image follows a G, the last two are one chord
    spans = measures.spans(written([], (6, 2, 2), "C,G C C"))
    assert [(s.start // TICKS_PER_BEAT, s.end // TICKS_PER_BEAT) for s in spans] == [(0, 3), (3, 6), (6, 10)]


def test_scale_consistency() -> None:
    # C E G B lie in C major; no scale that has C# too has more than four of the five. A7 declares the C#
    score = written(scale_notes("60 64 67 71 61"), (3, 2), "C A7")
    assert measures.scale_consistency(score, declared=False) == pytest.approx(4 / 5)
    assert measures.scale_consistency(score) == 1
    # ... but not where the A7 is declared for another place
    assert measures.scale_consistency(written(scale_notes("60 64 67 71 61"), (3, 2), "A7 C")) == pytest.approx(4 / 5)


def test_pitch_class_entropy() -> None:
    # C twice (in two octaves), D, E: 0.5 log2 2 + 2 * 0.25 log2 4 = 1.5 bits
    assert measures.pitch_class_entropy(written(scale_notes("60 72 62 64"))) == pytest.approx(1.5)
    assert measures.pitch_class_entropy(written(scale_notes("60 60"))) == 0
    everything = written(scale_notes(" ".join(map(str, range(60, 72))), 0.5))
    assert measures.pitch_class_entropy(everything) == pytest.approx(math.log2(12))


def test_empty_beat_rate() -> None:
    # beats 0 and 1 (to its half), and 4, which ends as 5 begins: 3 of 8 are filled
    assert measures.empty_beat_rate(written([(60, 0, 1.5), (60, 4, 1)])) == pytest.approx(5 / 8)
    drums = (*PIANO, Part("Drums", 0, drums=True))
    assert measures.empty_beat_rate(written([(60, 0, 4), (36, 4, 4, 1)], parts=drums)) == 0
    assert measures.empty_beat_rate(written([])) == 1


def test_groove_consistency() -> None:
    # onsets at 0 4 8 12 and 0 4 8 14 of 16: two steps differ. 1 - 2/16
    first, second = [0, 1, 2, 3], [4, 4.99, 6, 7.5]  # 5 ms early is still on the beat
    assert measures.groove_consistency(written([(60, b, 0.5) for b in first + second])) == pytest.approx(14 / 16)
    # a third bar like the second: 1 - (2/16 + 0) / 2; 5 ms late is on the beat too
    third = [8.01, 9, 10, 11.5]
    score = written([(60, b, 0.5) for b in first + second + third], (12,))
    assert measures.groove_consistency(score) == pytest.approx(15 / 16)


def test_chord_tone_share() -> None:
    # over C: E on the first beat is in, F on the second is weak, D on the third is out. Over G: G on the first is in
    score = written([(64, 0, 1), (65, 1, 1), (62, 2, 1), (67, 4, 1)], (4, 4), "C G")
    assert measures.chord_tone_share(score) == pytest.approx(2 / 3)
    # a triple bar has one strong beat: beats 0 (E, in) and 3 (B over C, out)
    triple = written([(64, 0, 1), (62, 2, 1), (71, 3, 1)], (6,), "C")
    triple = replace(triple, timeline=replace(triple.timeline, beats_per_bar=3))
    assert measures.chord_tone_share(triple) == pytest.approx(1 / 2)
    # D over C is out; played 10 ms early at 120 bpm (0.02 beats), the B belongs to the new chord and is in
    early = written([(62, 0, 1), (71, 3.98, 1)], (4, 4), "C G")
    assert measures.chord_tone_share(early) == pytest.approx(1 / 2)


def test_voice_motion() -> None:
    # strings from C E G to C F A: 0, 1 and 2 semitones. The bass and the flute leap, but are outside
    notes = [*chord("60 64 67", 0, part=1), *chord("60 65 69", 4, part=1)]
    notes += [(84, 0, 4, 0), (72, 4, 4, 0), (48, 0, 4, 2), (41, 4, 4, 2)]
    assert measures.voice_motion(written(notes, (4, 4), "C F", TRIO)) == pytest.approx(1)
    # broken chords are folded: the same tones one after the other
    broken = [(p, i, 1, 1) for i, p in enumerate((60, 64, 67, 64, 69, 60, 65, 60))]
    assert measures.voice_motion(written([(84, 0, 8, 0), *broken], (4, 4), "C F", TRIO)) == pytest.approx(1)
    # of C E G to E G, the two that stay are the ones that move least
    fewer = written([*chord("60 64 67", 0, part=1), *chord("64 67", 4, part=1)], (4, 4), "C Em", TRIO)
    assert measures.voice_motion(fewer) == 0
    # held through both chords, nothing moves
    assert measures.voice_motion(written(chord("60 64", 0, 8, part=1), (4, 4), "C Am", TRIO)) == 0
    # without named parts: 60 64 to 60 65 within 48 ... 72 and 53 ... 72, half a semitone each
    plain = written([*chord("48 60 64 72", 0), *chord("53 60 65 72", 4)], (4, 4), "C F")
    assert measures.voice_motion(plain) == pytest.approx(0.5)


def test_parallels() -> None:
    def count(*chords: str, **more: Any) -> float:
        notes = [note for i, pitches in enumerate(chords) for note in chord(pitches, 4 * i)]
        return measures.parallels(written(notes, (4,) * len(chords), " ".join("CDEF"[: len(chords)]), **more))

    assert count("48 67", "50 69") == 1  # C G to D A: fifths, two octaves apart, both up
    assert count("48 60", "50 62", "52 64") == 2  # octaves twice
    assert count("48 67", "50 65") == 0  # contrary
    assert count("48 67", "48 67") == 0  # nothing moves
    assert count("48 64", "50 69") == 0  # a sixth into a fifth is hidden, not parallel
    assert count("48 55 64", "50 57 69") == 0  # fifths inside do not count
    assert math.isnan(count("60", "62"))  # one voice cannot be parallel to itself
    doubled = written([*chord("48 65", 0), *chord("50 69", 4), (72, 0, 4, 1), (74, 4, 4, 1)], (4, 4), "C D", TRIO)
    assert measures.parallels(doubled) == 1
    assert measures.parallels(doubled, among={0}) == 0


@pytest.mark.parametrize(
    ("before", "last", "expected"),
    [
        ("43 59 62 65", "48 60 64 67", 1),  # G7 over G, C over C
        ("43 59 62", "48 60 63 67", 1),  # into the minor
        ("41 60 65 69", "48 60 64 67", 0),  # plagal
        ("47 55 62 65", "48 60 64 67", 0),  # the leading tone is in the bass
        ("43 59 62 65", "52 60 64 67", 0),  # ends on the third
        ("43 58 62 65", "48 60 64 67", 0),  # no leading tone
        ("43 59 62 65", "45 60 64 69", 0),  # deceptive
        ("43 59 62 65", "48 60 64 70", 0),  # a seventh on the tonic wants to go on
        ("43 59 62 65", "48 60 67", 0),  # no third: neither major nor minor
    ],
)
def test_cadence(before: str, last: str, expected: float) -> None:
    assert measures.cadence(written([*chord(before, 0), *chord(last, 4)], (4, 4), "G7 C")) == expected


def test_without_a_key_there_is_no_cadence_to_measure() -> None:
    keyed = written([*chord("55 59 62 65", 0), *chord("48 60 64", 4)], (4, 4), "G7 C")
    assert math.isnan(measures.cadence(replace(keyed, key="", decisions=())))


def bars(letters: str) -> Score:
    """A bar for each letter, with a pitch class and a place of its own: bars are alike only where letters are."""
    notes = [(60 + "ABCDEFGH".index(x), 4 * i + "ABCDEFGH".index(x) / 2, 0.25) for i, x in enumerate(letters)]
    return written(notes, (4,) * len(letters))


def test_structure() -> None:
    # four kinds of bars, each twice: less their mean (1/4 each), the cosine of two kinds is -1/4 / (3/4) = -1/3.
    # Passages AB BC CD DA AB BC CD: all but DA come back, and no bar of DA is in step with another
    assert measures.self_similarity(bars("ABCDABCD")) == pytest.approx((6 - 1 / 3) / 7)
    assert measures.self_similarity(bars("AAAAAA")) == 0  # where every bar is the same, there is no form
    assert measures.structure(bars("AAAAAA")) == 0
    assert measures.structure(bars("ABCDABCD")) > 0.3
    assert measures.structure(bars("ABCDABCD")) == measures.structure(bars("ABCDABCD"))


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_bars_have_less_structure(seed: int) -> None:
    letters = "ABCDABCDEFGHABCD"
    shuffled = "".join(np.random.default_rng(seed).permutation(list(letters)))
    assert measures.structure(bars(shuffled)) < measures.structure(bars(letters)) / 2


def test_long_scores_are_measured_in_excerpts() -> None:
    """As much as short ones that are made alike, whatever lies between; and the work grows no faster than the piece."""
    phrase, rng = "ABCDABCDEFGHABCD", np.random.default_rng(0)
    short, long = (measures.self_similarity(bars(phrase * count)) for count in (4, 40))
    assert long == pytest.approx(short, abs=0.01)
    assert measures.structure(bars(phrase * 40)) == pytest.approx(measures.structure(bars(phrase * 4)), abs=0.03)
    random = "".join(rng.permutation(list(phrase * 40)))
    assert measures.structure(bars(random)) < measures.structure(bars(phrase * 40)) / 4
    assert {len(alike) for alike in repetition._bar_similarities(bars(phrase * 60))} == {repetition.LONGEST}
    assert len(list(repetition._bar_similarities(bars(phrase * 60)))) == repetition.EXCERPTS


def test_both_ends_of_a_long_score_count() -> None:
    form, random = "ABCDABCDEFGHABCD" * 4, "".join(np.random.default_rng(1).choice(list("ABCDEFGH"), 64))
    whole = measures.structure(bars(form * 6))
    assert measures.structure(bars(random + form * 5)) < whole * (1 - 1 / 12)
    assert measures.structure(bars(form * 5 + random)) < whole * (1 - 1 / 12)


def test_motif_repetition() -> None:
    # seconds up four times: two patterns of three, which are the same
    assert measures.motif_repetition(written(scale_notes("60 62 64 65 67"))) == 1
    # 1 1 1 and 1 1 2 steps: different
    assert measures.motif_repetition(written(scale_notes("60 62 64 65 69"))) == 0
    # the same steps, but the third interval of the second pattern takes longer
    assert measures.motif_repetition(written([*scale_notes("60 62 64 65"), (67, 5, 1)])) == 0
    # C D E F and the same an octave higher: of five patterns (steps 1 1 1, 1 1 4, 1 4 1, 4 1 1, 1 1 1) two are equal
    assert measures.motif_repetition(written(scale_notes("60 62 64 65 72 74 76 77"))) == pytest.approx(2 / 5)


def test_distance_and_motif() -> None:
    a, b = written(scale_notes("60 62 64 65 67")), written(scale_notes("60 62 64 65 69"))
    higher, away = written(scale_notes("65 67 69 70 72")), written(scale_notes("72 67 64 60"))
    assert measures.distance(a, higher) == pytest.approx(0)
    assert measures.distance(a, away) == 1
    # a has 111 twice: (2, 0); b has 111 and 112: (1, 1). cosine 2 / (2 * sqrt 2)
    assert measures.distance(a, b) == measures.distance(b, a) == pytest.approx(1 - 1 / math.sqrt(2))
    assert measures.motif(a) == measures.motif(higher) == ((1, 4),) * 4
    assert measures.motif(a) != measures.motif(away)
    assert measures.motif(a, bars=1) == ((1, 4),) * 3


def test_the_melody_is_the_part_of_that_name_or_the_highest_note() -> None:
    notes = [(60, 0, 1, 0), (72, 0, 1, 1), (62, 1, 1, 0), (40, 1, 1, 2)]
    assert [n.pitch for n in measures.melody(written(notes, parts=TRIO))] == [60, 62]
    assert [n.pitch for n in measures.melody(written([n[:3] for n in notes]))] == [72, 62]


def test_feature_correlation() -> None:
    # pitches rise with the light; velocities fall against the saturation; 1 2 3 4 notes for edges ranked 1 2 4 3:
    # 1 - 6 * (0 + 0 + 1 + 1) / (4 * 15) = 0.8
    notes = [
        (60 + i, 2 * i + k / 4, 0.25, 0, 100 - 10 * i) for i, count in enumerate((1, 2, 3, 4)) for k in range(count)
    ]
    score = written(notes, (2, 2, 2, 2))
    rising = np.arange(4) / 4
    wanted = sequence(4, luminance=rising, saturation=rising, edge_density=[0.1, 0.2, 0.4, 0.3])
    found = measures.feature_correlation(score, wanted)
    assert found["luminance"] == pytest.approx(1)
    assert found["saturation"] == pytest.approx(-1)
    assert found["edge_density"] == pytest.approx(0.8)
    # one order of four has a standard deviation of 1 / sqrt 3, the mean of a hundred 0.06
    assert all(abs(found[f"{name}_shuffled"]) < 0.2 for name in measures.COUNTERPARTS)
    music = measures.counterparts(score)
    assert music["pitch"].tolist() == [60, 61, 62, 63]
    assert music["velocity"].tolist() == [100, 90, 80, 70]
    assert music["density"].tolist() == [0.5, 1, 1.5, 2]


def test_feature_correlation_uses_the_features_that_the_decisions_name() -> None:
    """Levels are compared, whatever the expression, and two parameters may follow one feature."""
    levels = {"register": [0.1, 0.4, 0.6, 0.9], "dynamics": [0.9, 0.6, 0.4, 0.1], "density": [0.2, 0.4, 0.6, 0.8]}
    sources = {"register": "hue + light", "dynamics": "-light", "density": "-light"}
    because = [
        [
            {"feature": sources[name], "parameter": name, "level": level[i], "value": 7.0}
            for name, level in levels.items()
        ]
        for i in range(4)
    ]
    notes = [(60 + i, 2 * i, 1, 0, 100 - 10 * i) for i in range(4)]
    score = replace(written(notes, (2, 2, 2, 2)), decisions=tuple({"because": rows} for rows in because))
    named = {"hue + light": "pitch", "-light": "velocity", "-light (density)": "density"}
    assert measures.followed_features(score) == named
    found = measures.feature_correlation(score, sequence(4, light=np.arange(4), hue=[3, 1, 2, 0]))
    assert found["hue + light"] == pytest.approx(1)
    assert found["-light"] == pytest.approx(1)
    assert math.isnan(found["-light (density)"])  # as many notes everywhere
    assert set(found) == {f"{name}{suffix}" for name in named for suffix in ("", "_per_image", "_shuffled")}


def test_feature_correlation_is_over_phrases_where_there_are_any() -> None:
    """Pitches fall within each of five phrases of two images, and rise from phrase to phrase with the light.

    Luminance has the ranks 1 to 10, pitches 2 1 4 3 ...: over phrases 1, image by image 1 - 6 * 10 / (10 * 99).
    """
    pitches = [61, 60, 63, 62, 65, 64, 67, 66, 69, 68]
    score = written([(pitch, i, 1) for i, pitch in enumerate(pitches)], (1,) * 10)
    score = replace(score, decisions=tuple({"phrase": "AABBCCDDEE"[i]} for i in range(10)))
    found = measures.feature_correlation(score, sequence(10, luminance=np.arange(10.0)))
    assert found["luminance"] == pytest.approx(1)
    assert found["luminance_per_image"] == pytest.approx(1 - 60 / 990)
    assert abs(found["luminance_shuffled"]) < 0.25
    assert measures.counterparts(score, np.arange(10) // 5)["pitch"].tolist() == [62.2, 66.8]


@pytest.mark.parametrize("parameter", ["edge_density + luminance", "luminance + edge_density", "-luminance", "hue"])
def test_feature_correlation_uses_the_expression_of_the_mapping(parameter: str, images: ImageSequence) -> None:
    style, hue = Composed(mapping={"register": parameter}), np.random.default_rng(8).permutation(40) * 9.0
    wanted = replace(images, table=replace(images.table, columns=images.table.columns | {"hue": hue}))
    made = style.compose(wanted, style.timeline(wanted, 30, Timing(1.0)), np.random.default_rng(3))
    assert measures.followed_features(made)[parameter] == "pitch"
    assert measures.feature_correlation(made, wanted)[parameter] > 0.7


def test_feature_correlation_is_nan_without_a_varying_feature() -> None:
    score = written([(60 + i, 2 * i, 1) for i in range(4)], (2, 2, 2, 2))
    found = measures.feature_correlation(score, sequence(4, luminance=[0.5] * 4))
    assert all(math.isnan(value) for value in found.values())
    with pytest.raises(ValueError, match="4 images for a sequence of 3"):
        measures.feature_correlation(score, sequence(3))


@pytest.mark.parametrize("notes", [[], [(60, 0, 1)]], ids=["silence", "one note"])
def test_what_is_not_defined_is_nan(notes: list[tuple[float, ...]]) -> None:
    found = measures.measure_score(written(notes, (2, 2, 2, 2), key="C major"), sequence(4, luminance=np.arange(4)))
    defined = {name for name, value in found.items() if math.isfinite(value)}
    alone = {"scale_consistency", "scale_consistency_plain", "pitch_class_entropy", "groove_consistency", "cadence"}
    # one note still has a scale, an entropy of 0 and a rhythm; its edges are missing, its melody does not vary
    assert defined == {"empty_beat_rate"} | (alone if notes else set())
    assert found["empty_beat_rate"] == (7 / 8 if notes else 1)


def test_measures_are_plain_numbers_and_the_same_each_time(piece: Score, images: ImageSequence) -> None:
    found = measures.measure_score(piece, images)
    assert all(type(value) is float for value in found.values())
    assert json.dumps(found) == json.dumps(measures.measure_score(piece, images))
    assert {f"correlation_{name}" for name in measures.COUNTERPARTS} < set(found)
    shares = ("scale_consistency", "empty_beat_rate", "groove_consistency", "chord_tone_share", "motif_repetition")
    assert all(0 <= found[name] <= 1 for name in shares)


def transposed(score: Score, semitones: int) -> Score:
    def moved(name: str) -> str:
        letter, accidental, rest = re.fullmatch(r"([A-G])(#*|b*)(.*)", name).groups()  # type: ignore[union-attr]
        place = NAMES.index(letter) + accidental.count("#") - accidental.count("b") + semitones
        return NAMES[place % 12] + rest

    decisions = tuple(
        d | {"chords": [moved(name) for name in d["chords"]], "key": moved(d["key"])} for d in score.decisions
    )
    notes = tuple(n if score.parts[n.part].drums else replace(n, pitch=n.pitch + semitones) for n in score.notes)
    return replace(score, notes=notes, key=moved(score.key), decisions=decisions)


def test_a_transposed_copy_measures_the_same(piece: Score, images: ImageSequence) -> None:
    copy = transposed(piece, 3)
    assert measures.measure_score(copy, images) == pytest.approx(measures.measure_score(piece, images))
    assert measures.distance(copy, piece) == pytest.approx(0)
    assert measures.motif(copy) == measures.motif(piece)


def test_random_notes_score_lower(piece: Score, images: ImageSequence) -> None:
    rng = np.random.default_rng(0)
    end = piece.timeline.total_beats * 4
    notes = [replace(n, pitch=int(rng.integers(40, 85)), start=int(rng.integers(end)) * 240) for n in piece.notes]
    noise = measures.measure_score(replace(piece, notes=tuple(sorted(notes, key=lambda n: n.start))), images)
    music = measures.measure_score(piece, images)
    higher = ("scale_consistency", "scale_consistency_plain", "chord_tone_share", "groove_consistency", "cadence")
    for name in (*higher, "self_similarity", "motif_repetition", "correlation_luminance"):
        assert music[name] > noise[name], name
    assert music["pitch_class_entropy"] < noise["pitch_class_entropy"]
    assert music["voice_motion"] < noise["voice_motion"]


def test_music_follows_its_own_images_and_no_others(piece: Score, images: ImageSequence) -> None:
    found = measures.feature_correlation(piece, images)
    assert found["luminance"] > 0.7
    assert abs(found["luminance_shuffled"]) < 0.1
