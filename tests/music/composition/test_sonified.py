"""Data as pitch: what is heard is what was measured, and the legend says how."""

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
    Score,
    Timing,
)
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.features import FEATURES
from imbatch2soundvisu.music import midi, synthesis
from imbatch2soundvisu.music.composition.sonified import PAN, REFERENCE, SCALES, Sonified
from imbatch2soundvisu.music.styles import Composed, Mix

CROWDED = [0.1, 0.11, 0.12, 0.13, 0.9]


def sequence(**columns: list[float]) -> ImageSequence:
    n = len(next(iter(columns.values())))
    records = tuple(ImageRecord(Path(f"{i}.png"), f"{i:064x}", 8, 8, name=f"{i}.png") for i in range(n))
    info = {name: FEATURES[name].info for name in columns}
    table = FeatureTable(records, {name: np.array(values, float) for name, values in columns.items()}, info=info)
    return ImageSequence("test", table, np.arange(n) * 2.0, FeatureInfo("place"), Criterion("x", 1, 1, 1, 1, 1))


def score(style: Sonified, wanted: ImageSequence, seconds: float = 1.0) -> Score:
    return style.compose(wanted, style.timeline(wanted, 30, Timing(seconds)), np.random.default_rng(0))


def pitches(made: Score) -> list[float]:
    return [note.pitch + note.cents / 100 for note in sorted(made.notes, key=lambda note: note.start)]


class TestPitch:
    def test_equal_steps_of_value_are_equal_intervals(self) -> None:
        # a third of the way up 36 semitones is an octave
        made = score(Sonified(), sequence(luminance=[0.2, 0.4, 0.6, 0.8]))
        assert pitches(made) == [48, 60, 72, 84]

    def test_every_tone_begins_with_its_image_and_ends_before_the_next(self) -> None:
        made = score(Sonified(), sequence(luminance=[0.2, 0.2, 0.6, 0.8]), 2.5)
        assert [note.start for note in made.notes] == made.timeline.start_ticks[:-1].tolist()
        assert all(a.start + a.length < b.start for a, b in itertools.pairwise(made.notes))
        assert float(made.timeline.seconds) == 10

    def test_without_a_scale_the_pitch_is_exact_to_the_cent(self) -> None:
        values = [0.0, 0.123, 0.456, 0.789, 1.0]
        made = score(Sonified(scale=None), sequence(luminance=values))
        assert pitches(made) == pytest.approx([48 + 36 * value for value in values], abs=0.005)
        assert all(-50 <= note.cents <= 50 for note in made.notes)

    @pytest.mark.parametrize("scale", sorted(SCALES))
    def test_a_scale_is_kept_and_each_value_takes_its_nearest_tone(self, scale: str) -> None:
        values = np.linspace(0, 1, 40).tolist()
        heard = pitches(score(Sonified(scale=scale, low=50, high=74), sequence(luminance=values)))
        assert {(pitch - 50) % 12 for pitch in heard} == set(SCALES[scale])
        assert heard == sorted(heard)
        widest = max(b - a for a, b in itertools.pairwise((*SCALES[scale], 12)))
        assert all(abs(p - (50 + 24 * value)) <= widest / 2 + 1e-9 for p, value in zip(heard, values, strict=True))

    def test_ranks_spread_what_crowds(self) -> None:
        by_value = pitches(score(Sonified(), sequence(luminance=CROWDED)))
        by_rank = pitches(score(Sonified(by="rank"), sequence(luminance=CROWDED)))
        assert len(set(by_value)) < 5
        assert by_rank == [48, 57, 66, 75, 84]
        tied = pitches(score(Sonified(by="rank"), sequence(luminance=[0.1, 0.5, 0.5, 0.9])))
        assert tied[1] == tied[2]

    def test_the_declared_span_makes_plans_comparable(self) -> None:
        one, other = sequence(luminance=[0.25, 0.5]), sequence(luminance=[0.5, 0.75])
        assert pitches(score(Sonified(), one)) == pitches(score(Sonified(), other)) == [48, 84]
        style = Sonified(span="declared")
        assert pitches(score(style, one)) == [57, 66]
        assert pitches(score(style, other)) == [66, 75]

    def test_what_lies_beyond_a_given_span_sounds_as_its_end_and_says_so(self) -> None:
        made = score(Sonified(span=(0.2, 0.4)), sequence(luminance=[0.1, 0.3, 0.9]))
        assert pitches(made) == [48, 66, 84]
        assert ["beyond" in told["why"] for told in made.decisions] == [True, False, True]

    def test_values_that_are_all_equal_lie_in_the_middle(self) -> None:
        for by in ("value", "rank"):
            made = score(Sonified(by=by), sequence(luminance=[0.3, 0.3, 0.3]))
            assert pitches(made) == [66, 66, 66]
            assert "always" in made.summary

    def test_an_undefined_value_is_a_rest_that_is_told(self) -> None:
        made = score(Sonified(), sequence(luminance=[0.1, float("nan"), 0.9]))
        assert [note.start for note in made.notes] == made.timeline.start_ticks[[0, 2]].tolist()
        assert "rest" in made.decisions[1]["why"]
        assert "1 undefined" in made.summary
        json.dumps(made.decisions, allow_nan=False)
        silent = score(Sonified(), sequence(luminance=[float("nan")] * 3))
        assert not silent.notes
        assert "not defined" in silent.summary

    def test_without_a_name_it_is_what_the_images_are_ordered_by(self) -> None:
        assert pitches(score(Sonified(None), sequence(luminance=[0.9, 0.1, 0.5]))) == [48, 66, 84]


class TestCircles:
    def test_both_ends_of_a_circle_sound_alike(self) -> None:
        made = score(Sonified("hue", scale=None), sequence(hue=[0.0, 359.9, 180.0]))
        first, last, opposite = (
            [(note.pitch + note.cents / 100, note.velocity) for note in made.notes if note.start == start]
            for start in made.timeline.start_ticks[:-1].tolist()
        )
        assert len(first) == len(last) > 1
        for (a, loud), (b, also) in zip(first, last, strict=True):
            assert abs(a - b) <= 0.01
            assert abs(loud - also) <= 1
        # the other side of the circle is half an octave away
        assert (opposite[0][0] - first[0][0]) % 12 == 6

    def test_every_octave_of_the_tone_sounds_and_the_middle_is_loudest(self) -> None:
        made = score(Sonified("hue"), sequence(hue=[180.0, 90.0]))
        stack = [(note.pitch, note.velocity) for note in made.notes if note.start == 0]
        assert [pitch % 12 for pitch, _ in stack] == [6] * len(stack)
        assert max(stack, key=lambda each: each[1])[0] == 66
        assert "every octave" in made.summary

    def test_a_circle_has_no_left_and_right(self) -> None:
        for wish in (Sonified(pan="hue"), Sonified(loudness="hue")):
            with pytest.raises(ConfigError, match="circle"):
                wish.check(30, Timing())


class TestPanAndLoudness:
    def test_they_follow_their_features(self) -> None:
        wanted = sequence(luminance=[0.1, 0.5, 0.9], saturation=[0.3, 0.1, 0.2], contrast=[0.1, 0.2, 0.3])
        made = score(Sonified(pan="saturation", loudness="contrast"), wanted)
        moves = [(each.tick, each.value) for each in made.controls if each.controller == PAN]
        assert [tick for tick, _ in moves] == made.timeline.start_ticks[:-1].tolist()
        assert moves[1][1] < moves[2][1] < moves[0][1]
        velocities = [note.velocity for note in made.notes]
        assert velocities == sorted(velocities)
        assert velocities[0] < velocities[-1]

    def test_what_rings_is_not_moved_by_the_next_tone(self) -> None:
        made = score(Sonified(pan="saturation"), sequence(luminance=[0.1, 0.5, 0.9], saturation=[0.1, 0.2, 0.3]))
        assert all(a.part != b.part for a, b in itertools.pairwise(made.notes))
        assert [each.part for each in made.controls] == [note.part for note in made.notes]


class TestLegend:
    def test_it_says_what_the_tones_mean(self) -> None:
        text = Sonified().legend(sequence(luminance=[0.1, 0.9, 0.5]))
        # 0.8 over 36 semitones
        assert text == "luminance: C3 = 0.100, F#4 = 0.500, C6 = 0.900; a semitone = 0.0222"

    def test_it_tells_the_value_of_the_tone_as_it_is_snapped(self) -> None:
        text = Sonified(scale="pentatonic").legend(sequence(luminance=[0.0, 1.0]))
        # F#4, the middle, is not in the pentatonic scale of C: E4 and G4 are 16 and 19 of 36 semitones up
        assert "G4 = 0.528" in text

    def test_it_is_in_the_summary(self) -> None:
        wanted = sequence(luminance=[0.1, 0.9, 0.5])
        assert Sonified().legend(wanted) in score(Sonified(), wanted).summary

    def test_the_reference_plays_within_the_first_image(self) -> None:
        wanted = sequence(luminance=[0.3, 0.1, 0.9])
        made = score(Sonified(reference=True), wanted)
        index = made.parts.index(REFERENCE)
        heard = [note for note in made.notes if note.part == index]
        assert [note.pitch for note in heard] == [48, 66, 84]
        end = int(made.timeline.start_ticks[1])
        own = next(note for note in made.notes if note.part == 0)
        assert own.start + own.length <= heard[0].start
        assert heard[-1].start + heard[-1].length <= end
        rest = [note for note in made.notes if note.part == 0 and note.start >= end]
        assert rest == [note for note in score(Sonified(), wanted).notes if note.start >= end]


class TestWishes:
    @pytest.mark.parametrize(
        ("wish", "said"),
        [
            ({"scale": "majr"}, "pentatonic"),
            ({"by": "size"}, "rank"),
            ({"span": "all"}, "declared"),
            ({"span": (1.0, 0.0)}, "the lower first"),
            ({"span": 3}, "two numbers"),
            ({"low": 60, "high": 65}, "octave"),
            ({"high": 130}, "MIDI"),
            ({"program": 128}, "127"),
            ({"scale": ["major"]}, "pentatonic"),
            ({"by": ["rank"]}, "value"),
            ({"reference": "no"}, "True or False"),
        ],
    )
    def test_what_cannot_be_is_refused_with_what_can(self, wish: dict, said: str) -> None:
        with pytest.raises(ConfigError, match=said):
            Sonified(**wish)

    def test_an_unknown_feature_is_refused_before_any_work_and_without_a_plan(self) -> None:
        with pytest.raises(ConfigError, match="luminance"):
            Sonified("luminence").check(30, Timing())
        with pytest.raises(ConfigError, match="luminance"):
            score(Sonified("saturation"), sequence(luminance=[0.1, 0.2]))
        Sonified(None, pan="saturation").check(30, Timing())
        for wish in ({"feature": ["hue"]}, {"feature": ""}, {"pan": ["hue"]}, {"loudness": 3}):
            with pytest.raises(ConfigError, match="unknown feature"):
                Sonified(**wish).check(30, Timing())

    def test_there_is_a_key_only_where_there_is_a_scale_of_one(self) -> None:
        wanted = sequence(luminance=[0.1, 0.5, 0.9], hue=[10.0, 100.0, 200.0])
        assert score(Sonified(scale="minor", low=50), wanted).key == "D minor"
        assert score(Sonified(scale="major"), wanted).key == "C major"
        for none in (Sonified(), Sonified(scale=None), Sonified(scale="whole-tone"), Sonified("hue", scale="major")):
            assert score(none, wanted).key == ""

    def test_beats_alone_do_not_say_how_long_a_image_lasts(self) -> None:
        with pytest.raises(ConfigError, match="seconds_per_image"):
            Sonified().check(30, Timing(beats_per_image=4))
        for pace in (Timing(3.0, 4), Timing(None, 4, 20.0), Timing(3.0), Timing()):
            Sonified().check(30, pace)
        Mix(Composed(), Sonified()).check(30, Timing(beats_per_image=4))  # these beats are heard

    def test_there_are_as_many_parts_as_a_mix_counts_with(self) -> None:
        wanted = sequence(luminance=[0.1, 0.5, 0.9], saturation=[0.1, 0.2, 0.3])
        assert len(score(Sonified(pan="saturation", reference=True), wanted).parts) == Sonified.most_parts


def test_the_sound_has_the_pitch_of_the_value(tmp_path: Path) -> None:
    """Played and measured: 0.25 of an octave and a half above C4, to a few cents, whatever tone was there before."""
    wanted = sequence(luminance=[0.0, 1 / 4, 1.0])
    made = score(Sonified(scale=None, low=60, high=78, program=80), wanted)  # a plain wave, long and steady
    samples = synthesis.render(replace(made), synthesis.find_engine()).samples.mean(axis=1)
    rate = made.timeline.sample_rate
    piece = samples[round(1.2 * rate) : round(1.8 * rate)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size), 2**20))
    found = np.fft.rfftfreq(2**20, 1 / rate)
    near = (found > 230) & (found < 450)
    frequency = float(found[near][np.argmax(spectrum[near])])
    expected = 440 * 2 ** ((60 + 18 / 4 - 69) / 12)
    assert 1200 * np.log2(frequency / expected) == pytest.approx(0, abs=6)
    midi.write(tmp_path / "heard.mid", made)
    assert (tmp_path / "heard.mid").stat().st_size > 0
    assert made.notes[0].start + made.notes[0].length < TICKS_PER_BEAT * 2
