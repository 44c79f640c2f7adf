"""The harmony: how long chords last, cadences, inversions, pedal points, and what returns with a theme."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from imbatch2soundvisu.core import Timeline
from imbatch2soundvisu.music import modes, theory
from imbatch2soundvisu.music.analysis.score_queries import chord_starts, chord_tones
from imbatch2soundvisu.music.composition import bass, harmonic_rhythm, progressions
from imbatch2soundvisu.music.composition.form import AUTHENTIC, DECEPTIVE, FINAL, HALF, PLAGAL, Phrase
from imbatch2soundvisu.music.composition.genres import GENRES
from imbatch2soundvisu.music.composition.harmonic_rhythm import CLOSE, OPENING, SIX_FOUR, plan_rhythm
from imbatch2soundvisu.music.composition.harmony import HarmonicPlan, HarmonySettings, plan_harmony
from imbatch2soundvisu.music.composition.hashed_random import HashedRandom
from imbatch2soundvisu.music.theory import MAJOR, MINOR, Chord, Key
from tests.music.composition.pieces import drafted
from tests.music.scores import images

C = Key(0, MAJOR)


def grid(n: int, beats: int = 2, frames_per_beat: int = 15) -> Timeline:
    return Timeline(30, 44_100, frames_per_beat, (beats,) * n)


def phrases(cadences: str = "half authentic half final", size: int = 8, key: Key = C) -> list[Phrase]:
    labels = ("A", "A'", "B", "A''")
    return [
        Phrase(labels[i], size * i, size * (i + 1), key, each) for i, each in enumerate(cadences.split())
    ]  # fmt: skip


def planned(found: list[Phrase], genre: str = "song", beats: int = 2, seed: int = 0, **changes: float) -> HarmonicPlan:
    n = found[-1].last
    settings = HarmonySettings(
        found[0].key.tonic, found[0].key.mode, np.full(n, 0.5), np.full(n, 0.5), 0, replace(GENRES[genre], **changes)
    )
    draws = HashedRandom(seed, [f"{i:064x}" for i in range(n)])
    return plan_harmony(grid(n, beats), found, settings, draws, np.random.default_rng(seed))


def numerals(plan: HarmonicPlan, phrase: int) -> list[tuple[int, str]]:
    """(beat from the start of the phrase, Roman numeral) of each chord of a phrase."""
    own = plan.phrases[phrase]
    start = plan.slots[own.first].beat
    heads = [head for head in plan.heads if own.first <= head < own.last]
    return [(plan.slots[head].beat - start, plan.chords[head].numeral) for head in heads]


class TestHarmonicRhythm:
    @pytest.mark.parametrize("weights", [(0.2, 0.4, 0.3, 0.1), (0, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0)])
    @pytest.mark.parametrize("beats", [1, 2, 3, 4, 7])
    @pytest.mark.parametrize("size", [2, 3, 5, 8, 13])
    def test_segments_fill_every_phrase(self, weights: tuple[float, ...], beats: int, size: int) -> None:
        for cadence in (HALF, AUTHENTIC, DECEPTIVE, PLAGAL, FINAL):
            phrase = Phrase("A", 0, size, C, cadence)
            (found,) = plan_rhythm(grid(size, beats), [phrase], weights, np.random.default_rng(0))
            assert found[0].beat == 0
            assert all(a.beat + a.beats == b.beat for a, b in itertools.pairwise(found))
            assert found[-1].beat + found[-1].beats == size * beats
            assert found[-1].role == CLOSE

    def test_the_last_image_has_the_last_chord_to_itself(self) -> None:
        for seed, beats in itertools.product(range(8), (1, 2, 4)):
            rhythm = plan_rhythm(grid(8, beats), phrases(FINAL), GENRES["ambient"].harmonic_rhythm, rng(seed))
            assert (rhythm[0][-1].beat, rhythm[0][-1].beats) == (7 * beats, beats)

    def test_lengths_follow_the_weights_and_are_shorter_towards_the_cadence(self) -> None:
        weights = (0.15, 0.45, 0.3, 0.1)
        found = [plan_rhythm(grid(8), phrases(AUTHENTIC), weights, rng(seed))[0] for seed in range(60)]
        counts = Counter(segment.units for each in found for segment in each)
        assert 0.3 < counts[1.0] / counts.total() < 0.65
        assert min(counts[length] for length in harmonic_rhythm.LENGTHS) > 5
        first = [segment.units for each in found for segment in each if segment.beat < 4]
        late = [segment.units for each in found for segment in each if 8 <= segment.beat < 12]
        assert np.mean(first) > 1.3 * np.mean(late)

    def test_long_chords_begin_on_strong_beats(self) -> None:
        for seed in range(30):
            (found,) = plan_rhythm(grid(8), phrases(HALF), (0.1, 0.3, 0.4, 0.2), rng(seed))
            assert all(segment.beat % 4 == 0 for segment in found if segment.units >= 2)

    def test_a_six_four_chord_is_on_a_stronger_beat_than_its_dominant(self) -> None:
        pairs = []
        for seed, cadence in itertools.product(range(40), (HALF, AUTHENTIC)):
            (found,) = plan_rhythm(grid(8), phrases(cadence), (0.4, 0.4, 0.1, 0.1), rng(seed))
            pairs += [(a.beat, b.beat) for a, b in itertools.pairwise(found) if a.role == SIX_FOUR]
        assert len(pairs) > 5
        assert all(a % 2 == 0 and a & -a > b & -b for a, b in pairs)  # the larger power of two divides it

    def test_short_images_share_a_chord_and_long_ones_have_several(self) -> None:
        quick = plan_rhythm(grid(16, 1, 12), phrases(AUTHENTIC, 16), (0, 1, 0, 0), rng(0))[0]  # 0.4 s each
        slow = plan_rhythm(grid(8, 8), phrases(AUTHENTIC), (0, 1, 0, 0), rng(0))[0]
        assert {segment.beats for segment in quick if segment.role == OPENING} == {2}
        assert {segment.beats for segment in slow if segment.role == OPENING} == {4}


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestChords:
    def test_cadences_have_their_chords(self) -> None:
        plan = planned(phrases("half plagal deceptive final"), plagal=0.0)
        found = [[numeral for _, numeral in numerals(plan, i)] for i in range(4)]
        assert found[0][-1] == "V"
        assert found[1][-1] == "I"
        assert found[1][-2] in ("IV", "iv", "ii")
        assert found[2][-2:] == ["V7", "vi"]
        assert found[3][-2:] == ["V7", "I"]

    def test_plagal_cadences_take_the_place_of_deceptive_ones(self) -> None:
        always, never = (planned(phrases("deceptive half final"), plagal=share) for share in (1.0, 0.0))
        assert [p.cadence for p in always.phrases] == [PLAGAL, HALF, FINAL]
        assert [p.cadence for p in never.phrases] == [DECEPTIVE, HALF, FINAL]

    def test_a_half_cadence_leads_to_the_dominant_of_the_next_key(self) -> None:
        home, other = phrases("half final")
        plan = planned([home, replace(other, key=Key(7, MAJOR))])
        assert plan.chords[plan.phrases[0].last - 1].root == 2  # D, the dominant of G

    @pytest.mark.parametrize("genre", GENRES)
    def test_applied_dominants_resolve(self, genre: str) -> None:
        applied = 0
        for seed, mode in itertools.product(range(12), (MAJOR, MINOR)):
            plan = planned(phrases(key=Key(0, mode)), genre, seed=seed)
            for a, b in itertools.pairwise([plan.chords[head] for head in plan.heads]):
                assert a.target is None or b.root == a.target
                applied += a.target is not None
        assert applied or GENRES[genre].progressions in ("loops", "folk")

    @pytest.mark.parametrize("genre", GENRES)
    @pytest.mark.parametrize("mode", [MAJOR, MINOR, "dorian", "mixolydian", "lydian"])
    def test_a_theme_returns_with_its_chords(self, genre: str, mode: str) -> None:
        """For at least the first half of its phrases, equally long, sevenths aside; another theme has others."""
        other = []
        for seed in range(4):
            plan = planned(phrases(key=Key(2, mode)), genre, seed=seed)
            opening = [[(at, each.removesuffix("7")) for at, each in numerals(plan, i) if at < 8] for i in range(4)]
            assert opening[0] == opening[1] == opening[3]
            assert opening[0][0] == (0, plan.chords[0].numeral)
            assert plan.chords[0].is_home
            other.append(opening[0] != opening[2])
        assert sum(other) >= 2

    def test_the_tonic_is_held_for_a_third_of_the_time(self) -> None:
        shares = []
        for seed in range(20):
            plan = planned(phrases(), seed=seed)
            shares.append(sum(s.beats for s, c in zip(plan.slots, plan.chords, strict=True) if c.is_home) / 64)
        assert 0.3 < np.mean(shares) < 0.5

    def test_tension_brings_tones_from_outside_the_key(self) -> None:
        counts = []
        for level in (0.0, 1.0):
            chromatic = 0
            for seed in range(20):
                n, found = 32, phrases()
                settings = HarmonySettings(0, MAJOR, np.full(n, level), np.full(n, 0.5), 0)
                draws = HashedRandom(seed, [f"{i:064x}" for i in range(n)])
                plan = plan_harmony(grid(n), found, settings, draws, rng(seed))
                chromatic += sum(plan.chords[head].is_chromatic for head in plan.heads)
            counts.append(chromatic)
        assert counts[0] < 0.7 * counts[1]

    def test_every_segment_has_one_chord(self) -> None:
        plan = planned(phrases(), "minimal")
        for segment in plan.segments:
            assert len({plan.chords[k] for k in segment}) == len({plan.pedals[k] for k in segment}) == 1
        assert [k for segment in plan.segments for k in segment] == list(range(len(plan.slots)))
        assert len(plan.segments) < len(plan.slots)


class TestProgressions:
    def test_every_model_names_chords_of_its_mode(self) -> None:
        for name, model in progressions.MODELS.items():
            for table in (model.openings, model.continuations):
                for mode, rows in table.items():
                    known = {each.numeral for each in modes.degrees_of(mode)}
                    assert len(rows) == len(set(rows)) == 8, name
                    assert {numeral for row in rows for numeral in row.split()} <= known, name

    def test_models_begin_on_the_tonic_and_resolve_applied_dominants(self) -> None:
        for model in progressions.MODELS.values():
            for mode, rows in model.openings.items():
                assert {row.split()[0] for row in rows} == {Key(0, mode).cadence.tonic}
            for table in (model.openings, model.continuations):
                for mode, rows in table.items():
                    for a, b in (pair for row in rows for pair in itertools.pairwise(row.split())):
                        first, second = (theory.chord(Key(0, mode), each) for each in (a, b))
                        assert first.target in (None, second.root), (a, b)


class TestBass:
    def test_it_holds_its_tone_under_a_segment_and_roots_at_cadences(self) -> None:
        plan = planned(phrases())
        line = bass_of(plan)
        assert all(len({line[k] for k in segment}) == 1 for segment in plan.segments)
        for i in plan.cadential:
            assert line[i] % 12 == plan.chords[i].root
        last = plan.segments[-2:]
        assert [line[segment[0]] % 12 for segment in last] == [7, 0]

    def test_the_genre_sets_the_share_of_inversions(self) -> None:
        shares = []
        for wanted in (0.1, 0.25, 0.4):
            found = [share_of_inversions(planned(phrases(), seed=seed), wanted) for seed in range(12)]
            shares.append(np.mean(found))
        assert shares == pytest.approx([0.1, 0.25, 0.4], abs=0.12)
        assert shares == sorted(shares)

    def test_six_four_chords_and_sevenths_in_the_bass_move_by_step(self) -> None:
        prepared = 0
        for seed in range(20):
            plan = planned(phrases(), seed=seed)
            line = bass_of(plan, 0.45)
            heads = list(plan.heads)
            for before, head, after in zip(heads, heads[1:], heads[2:], strict=False):
                tones = plan.chords[head].pitch_classes
                if plan.pedals[head] is None and line[head] % 12 == tones[2]:
                    prepared += 1
                    assert abs(line[head] - line[before]) <= 2
                    assert abs(line[after] - line[head]) <= 2
                if plan.pedals[head] is None and len(tones) > 3 and line[head] % 12 == tones[3]:
                    assert 1 <= line[head] - line[after] <= 2
        assert prepared

    def test_a_cadential_six_four_stands_on_the_dominant(self) -> None:
        found = 0
        for seed in range(20):
            plan = planned(phrases(), "chorale", seed=seed)
            line = bass_of(plan)
            for a, b in itertools.pairwise(plan.heads):
                if plan.pedals[a] == 7:
                    found += 1
                    assert (plan.chords[a].numeral, plan.chords[b].numeral[0]) == ("I", "V")
                    assert line[a] % 12 == line[b] % 12 == 7
        assert found > 3

    def test_a_theme_may_begin_over_a_pedal_point(self) -> None:
        plan = planned(phrases(), pedals=1.0, seed=3)
        line = bass_of(plan)
        held = [i for i, tone in enumerate(plan.pedals) if tone == 0]
        assert {line[i] % 12 for i in held} == {0}
        assert len({plan.chords[i].numeral for i in held}) > 1
        assert 7 not in planned(phrases(), "waltz", pedals=0.0).pedals[:4]


def bass_of(plan: HarmonicPlan, inversions: float = 0.35) -> list[int]:
    draws = HashedRandom(0, [f"{i:064x}" for i in range(plan.slots[-1].image + 1)])
    return bass.bass_line(plan, np.full(len(plan.slots), 0.5), draws, inversions)


def share_of_inversions(plan: HarmonicPlan, wanted: float) -> float:
    line = bass_of(plan, wanted)
    return float(np.mean([line[head] % 12 != plan.chords[head].root for head in plan.heads]))


class TestNames:
    def test_a_chord_over_another_tone_names_it(self) -> None:
        tonic = theory.chord(C, "I")
        assert [tonic.over(pitch) for pitch in (36, 40, 43)] == ["C", "C/E", "C/G"]
        assert [tonic.inversion(pitch) for pitch in (36, 40, 43, 41)] == [
            "root position", "first inversion", "second inversion", "over a pedal",
        ]  # fmt: skip
        dominant = theory.seventh(theory.chord(Key(9, MINOR), "V"), in_scale=False)
        assert (dominant.over(44), dominant.inversion(38)) == ("E7/G#", "third inversion")

    def test_the_bass_in_a_name_changes_no_tones(self) -> None:
        assert chord_tones("E7/G#") == chord_tones("E7") == {4, 8, 11, 2}

    def test_decisions_name_chords_as_they_sound_and_how_long(self) -> None:
        draft = drafted(images(24))
        from imbatch2soundvisu.music.composition.explanations import decision

        for i, beats in enumerate(draft.timeline.beats):
            found = decision(draft, i)
            assert sum(found["chord_beats"]) == beats
            first = draft.slots_of[i][0]
            chord: Chord = draft.plan.chords[first]
            assert found["chords"][0] == found["chord"] == chord.over(draft.bass[first])
            assert ("/" in found["chord"]) == (found["inversion"] != "root position")

    def test_chords_begin_where_their_beats_say(self) -> None:
        assert chord_starts({"chord_beats": [2, 1]}, 3, 2) == [0, 2]
        assert chord_starts({"chord_beats": [2, 2]}, 3, 2) == [0, 1.5]  # they do not add up
        assert chord_starts({"chord_beats": "x"}, 4, 1) == [0]
