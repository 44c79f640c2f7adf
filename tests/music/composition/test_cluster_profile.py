"""Music from a cluster's numbers: the table of its source, worked by hand, and a tempo that is not the grid's."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imbatch2soundvisu.core import (
    TICKS_PER_BEAT,
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Profile,
    Score,
    Timing,
)
from imbatch2soundvisu.features import FEATURES
from imbatch2soundvisu.music.composition.cluster_parameters import Cluster, read
from imbatch2soundvisu.music.composition.cluster_profile import LAYERS, ClusterProfile, Tone, harmony, melody
from imbatch2soundvisu.music.composition.own_tempo import Clock
from imbatch2soundvisu.plans import SequencePlan

#: The example of the source: "cluster 14".
EXAMPLE = Cluster(277, 0.00138, 0.538, 0.453)
THREE_SECONDS = Timing(3.0)
PACES = [THREE_SECONDS, Timing(0.2), Timing(total_seconds=61.7), Timing(2.9), Timing(beats_per_image=2)]


def sequence(n: int, vectors: np.ndarray | None = None, **columns: float) -> ImageSequence:
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(n))
    table = FeatureTable(records, {name: np.full(n, value) for name, value in columns.items()})
    table = table if vectors is None else replace(table, vectors={"look": vectors})
    return ImageSequence("test", table, np.arange(n, dtype=float), FeatureInfo("x"), Criterion("x", 1, 1, 1, 1, 1))


def profile(size: int, variance: float, brightness: float, saturation: float) -> Profile:
    means = {"hsv_value": brightness, "hsv_saturation": saturation}
    return Profile("part", np.arange(size), 0.1, variance, means, {}, (), {}, 0, (), ())


def part(size: int, variance: float, brightness: float, saturation: float, n: int = 30) -> ImageSequence:
    return replace(sequence(n), profile=profile(size, variance, brightness, saturation))


def score(wanted: ImageSequence, pace: Timing = THREE_SECONDS, seed: int = 0) -> Score:
    style = ClusterProfile()
    return style.compose(wanted, style.timeline(wanted, 30, pace), np.random.default_rng(seed))


class TestTheTable:
    def test_the_example_of_the_source_by_hand(self) -> None:
        # 80 + 50 * 0.453 + 30 * 0.00138 = 80 + 22.65 + 0.0414
        assert EXAMPLE.tempo_bpm == pytest.approx(102.6914)
        assert round(EXAMPLE.tempo_bpm) == 103
        assert (EXAMPLE.key.name, EXAMPLE.tonic) == ("C major", 60)
        # 70 + 25 * 0.453 = 81.325; 50 + 20 * 0.538 = 60.76
        assert EXAMPLE.velocities[:2] == (81, 61)
        # 12 + 12 * 0.0138 = 12.1656: an octave of the major scale
        assert EXAMPLE.span == pytest.approx(12.1656)
        assert EXAMPLE.ladder == [60, 62, 64, 65, 67, 69, 71, 72]

    def test_the_formulas_count_where_the_source_says_otherwise_of_its_own_example(self) -> None:
        # the source says 4 layers and 0.35 notes a beat
        assert EXAMPLE.layers == 1 + min(277 // 100, 3) == 3
        assert EXAMPLE.density == pytest.approx(0.3 + 0.5 * 0.0138)
        assert EXAMPLE.density == pytest.approx(0.3069)

    @pytest.mark.parametrize(("size", "layers"), [(2, 1), (99, 1), (100, 2), (199, 2), (200, 3), (300, 4), (5000, 4)])
    def test_layers_join_with_every_hundred_images(self, size: int, layers: int) -> None:
        made = score(part(size, 0.001, 0.6, 0.4))
        assert [each.program for each in made.parts] == [0, 48, 32, 88][:layers]
        assert {note.part for note in made.notes} == set(range(layers))
        expected = (80, 62, 60, 40)  # 70 + 25 * 0.4, 50 + 20 * 0.6
        assert all(note.velocity == expected[note.part] for note in made.notes)

    @pytest.mark.parametrize(("brightness", "key", "lowest"), [(0.51, "C major", 60), (0.5, "A minor", 57)])
    def test_above_the_middle_of_brightness_is_major(self, brightness: float, key: str, lowest: int) -> None:
        made = score(part(400, 0.001, brightness, 0.4))
        scale = {0, 2, 4, 5, 7, 9, 11}  # of both: natural A minor is C major
        assert made.key == key
        assert {note.pitch % 12 for note in made.notes} <= scale
        assert min(note.pitch for note in made.notes if note.part == 0) == lowest

    def test_variance_widens_and_quickens(self) -> None:
        calm, wild = Cluster(50, 0.0, 0.6, 0.5), Cluster(50, 0.1, 0.6, 0.5)
        assert (calm.density, wild.density) == pytest.approx((0.3, 0.8))
        assert (calm.span, wild.span) == pytest.approx((12, 24))
        assert wild.tempo_bpm - calm.tempo_bpm == pytest.approx(3)
        low, high = (len(melody(each, 200, np.random.default_rng(1))) / 200 for each in (calm, wild))
        # a step is 1 / density beats on average
        assert low == pytest.approx(0.3, rel=0.1)
        assert high == pytest.approx(0.8, rel=0.1)


class TestTheMusic:
    def test_the_melody_walks_the_ladder_in_steps_and_lengths_of_the_source(self) -> None:
        tune = melody(EXAMPLE, 150, np.random.default_rng(4))
        places = [EXAMPLE.ladder.index(tone.pitch) for tone in tune]
        assert all(0 < abs(b - a) <= 2 for a, b in itertools.pairwise(places))
        gaps = [b.beat - a.beat for a, b in itertools.pairwise(tune)]
        assert min(gaps) >= 0.8 / EXAMPLE.density
        assert max(gaps) <= 1.2 / EXAMPLE.density
        assert all(0.5 <= tone.length <= 2 for tone in tune[:-1])
        busy = melody(Cluster(50, 0.1, 0.6, 0.5), 150, np.random.default_rng(4))
        assert np.mean([tone.length for tone in busy]) < np.mean([tone.length for tone in tune])

    def test_a_bar_has_the_chord_that_holds_most_of_its_melody(self) -> None:
        tune = melody(EXAMPLE, 160, np.random.default_rng(2))
        chords = harmony(EXAMPLE, tune, 160)
        assert len(chords) == 40
        assert chords[0] == chords[-1] == (0, 4, 7)
        for bar, chord in enumerate(chords[1:-1], 1):
            heard = [tone.pitch % 12 for tone in tune if 4 * bar <= tone.beat < 4 * bar + 4]
            usual = max(sum(p in triad for p in heard) for triad in ((0, 4, 7), (5, 9, 0), (7, 11, 2), (9, 0, 4)))
            assert sum(p in chord for p in heard) == usual

    def test_of_chords_that_hold_as_much_the_one_that_was_not_there_before_is_taken(self) -> None:
        """C is in I, IV and VI, and where nothing is heard all four hold as much."""
        for tune in ([Tone(60, 4.0 * bar, 1.0) for bar in range(12)], []):
            chords = harmony(EXAMPLE, tune, 48)
            assert all(a != b for a, b in itertools.pairwise(chords[:-1]))
            assert all(not tune or 0 in chord for chord in chords)

    def test_a_note_lasts_its_usual_length_a_quarter_more_or_less_within_half_a_beat_and_two(self) -> None:
        between = Cluster(50, 0.04, 0.6, 0.5)  # 0.5 notes a beat: 2 - 1.5 * 0.4 = 1.4 beats
        lengths = [tone.length for tone in melody(between, 400, np.random.default_rng(1))][:-1]
        assert min(lengths) == pytest.approx(0.75 * 1.4, rel=0.02)
        assert max(lengths) == pytest.approx(1.25 * 1.4, rel=0.02)

    def test_the_bass_has_the_root_two_octaves_lower_and_the_pad_lies_under_all(self) -> None:
        made = score(part(300, 0.001, 0.6, 0.4))
        bass = [note.pitch for note in made.notes if note.part == 2]
        assert set(bass) <= {60 - 24, 65 - 24, 67 - 24, 69 - 24}
        pad = {note.pitch % 12 for note in made.notes if note.part == 3}
        assert pad == {0, 7}

    def test_the_music_counts_its_own_beats_on_the_grid_of_the_images(self) -> None:
        wanted = part(277, 0.00138, 0.538, 0.453)
        made = score(wanted)
        grid = made.timeline
        assert [float(b - a) / grid.fps for a, b in itertools.pairwise(grid.start_frames.tolist())] == [3.0] * 30
        assert made.tempo_bpm == pytest.approx(102.6914)
        assert grid.beats_per_bar == 4
        seconds = [note.start / TICKS_PER_BEAT * 60 / grid.tempo_bpm for note in made.notes if note.part == 2]
        # the bass sounds on every bar of four beats at 102.6914 beats a minute, to a tick
        assert np.diff(seconds) == pytest.approx(4 * 60 / 102.6914, abs=60 / grid.tempo_bpm / TICKS_PER_BEAT)
        told = made.decisions[10]
        # the 11th image begins after 30 s: 51.3457 beats of the music, the 4th beat of the 13th bar
        assert told["music_beat"] == pytest.approx(51.346)
        assert (told["bar"], told["beat"]) == (13, 4)

    @pytest.mark.parametrize(
        "pace", [Timing(3.0), Timing(0.2), Timing(total_seconds=61.7), Timing(2.9), Timing(beats_per_image=2)]
    )
    def test_nothing_rings_past_the_end_and_both_ends_fade(self, pace: Timing) -> None:
        made = score(part(400, 0.002, 0.4, 0.7), pace)
        end = made.timeline.total_beats * TICKS_PER_BEAT
        assert made.notes
        assert all(note.length > 0 and note.start + note.length <= end for note in made.notes)
        for layer in range(4):
            moves = [(each.tick, each.value) for each in made.controls if each.part == layer]
            assert moves == sorted(moves)
            assert (moves[0][1], moves[-1][1]) == (0, 0)
            assert max(value for _, value in moves) == 127
            assert moves[-1][0] < end

    def test_beats_a_image_are_those_of_the_music(self) -> None:
        wanted = part(10, 0.0, 0.6, 0.4)  # 100 beats a minute
        grid = ClusterProfile().timeline(wanted, 30, Timing(beats_per_image=4))
        assert float(grid.seconds) / 30 == pytest.approx(2.4)

    def test_same_in_same_out_and_another_draw_is_another_tune(self) -> None:
        wanted = part(277, 0.00138, 0.538, 0.453)
        assert score(wanted) == score(wanted)
        assert score(wanted).notes != score(wanted, seed=1).notes

    def test_the_account_tells_the_numbers_and_what_they_became(self) -> None:
        made = score(part(277, 0.00138, 0.538, 0.453))
        assert len(made.decisions) == 30
        assert json.loads(json.dumps(made.decisions, allow_nan=False)) == list(made.decisions)
        told = made.decisions[0]
        assert (told["size"], told["layers"], told["tempo_bpm"], told["key"]) == (277, 3, 102.69, "C major")
        assert "102.7 beats a minute" in made.summary
        names = [name for each in made.decisions for name in each["melody"]]
        assert len(names) == sum(note.part == 0 for note in made.notes)
        assert len(LAYERS) == 4


class TestWhereTheNumbersComeFrom:
    def test_a_part_counts_with_all_its_images_and_a_sequence_with_its_own(self) -> None:
        alone = sequence(6, hsv_value=0.7, hsv_saturation=0.2)
        assert read(replace(alone, profile=profile(150, 0.01, 0.3, 0.9))).size == 150
        found = read(alone)
        assert (found.size, found.brightness, found.saturation) == pytest.approx((6, 0.7, 0.2))

    def test_variance_is_the_mean_of_unit_vectors_over_their_dimensions(self) -> None:
        vectors = np.array([[3.0, 0.0], [0.0, 0.5], [np.nan, 1.0]], np.float32)
        # unit vectors (1, 0) and (0, 1): a variance of 1/4 in both dimensions; the third is unknown
        assert read(sequence(3, vectors, hsv_value=0.5, hsv_saturation=0.5)).variance == pytest.approx(0.25)

    def test_what_was_not_measured_is_said(self) -> None:
        found = read(sequence(3, luminance=0.8, saturation=0.1))
        assert (found.brightness, found.saturation) == pytest.approx((0.8, 0.1))
        assert any("luminance" in note for note in found.notes)
        nothing = read(sequence(3))
        assert (nothing.brightness, nothing.saturation, nothing.variance) == (0.5, 0.5, 0.0)
        made = score(sequence(3))
        assert all(note in made.summary for note in nothing.notes)
        assert len(nothing.notes) == 3

    def test_next_to_the_least_density_the_summary_says_so_and_what_to_take(self) -> None:
        # unit vectors of 512 dimensions have variances below 1 / 512: at most 0.31 notes a beat
        made = score(part(277, 1 / 512, 0.538, 0.453))
        assert "least density" in made.summary
        assert "ClusterTheme" in made.summary
        assert "ClusterTheme" not in score(part(277, 0.05, 0.538, 0.453)).summary

    def test_checking_a_plan_has_brightness_and_saturation_measured(self) -> None:
        SequencePlan("plain", order="luminance").check()
        assert "hsv_value" not in FEATURES
        SequencePlan("cluster", order="luminance", music=ClusterProfile()).check()
        assert {"hsv_value", "hsv_saturation"} <= set(FEATURES)
        assert FEATURES["hsv_value"].function.__module__.endswith(".classic")

    def test_another_profile_is_another_state(self) -> None:
        style, one = ClusterProfile(), part(277, 0.00138, 0.538, 0.453)
        assert style.state(one) == style.state(part(277, 0.00138, 0.538, 0.453))
        assert style.state(one) != style.state(part(300, 0.00138, 0.538, 0.453))
        json.dumps(style.state(one))


def test_a_clock_goes_from_beats_to_ticks_and_back() -> None:
    wanted = part(10, 0.0, 0.6, 0.4)
    clock = Clock(ClusterProfile().timeline(wanted, 30, Timing(1.0)), 100.0)
    assert clock.beats == pytest.approx(50)  # 30 s
    for beat in (0, 0.5, 7.25, 49.9):
        assert clock.beat(clock.tick(beat)) == pytest.approx(beat, abs=1e-3)
    assert clock.tick(1000) == clock.end
    assert clock.bar_and_beat(0) == (1, 1)
    assert clock.bar_and_beat(clock.tick(5.5)) == (2, 2)
