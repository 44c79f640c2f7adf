"""Measures of melody, texture, harmony and sound on a few notes with known values."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score, Timeline
from imbatch2soundvisu.music.analysis import (
    chord_estimation,
    distributions,
    harmonic_measures,
    human_likeness,
    melodic_measures,
    sound_measures,
    texture_measures,
)
from imbatch2soundvisu.music.analysis.excerpt import LENGTH, START, excerpt_of, make_excerpt

#: A bar of four quarters, each a step up, from a given beat on.
UP = [(0, 1, 60), (1, 1, 62), (2, 1, 64), (3, 1, 65)]
#: Chords in root position, in quarter notes.
C = [(0, 4, 48), (0, 4, 64), (0, 4, 67)]
G_OVER_B = [(0, 4, 47), (0, 4, 62), (0, 4, 67)]
F = [(0, 4, 53), (0, 4, 60), (0, 4, 69)]


def later(notes, beats, semitones=0):
    return [(start + beats, length, pitch + semitones, *rest) for start, length, pitch, *rest in notes]


def test_motifs_recur_on_other_degrees_and_not_in_another_rhythm():
    theme = [*UP, (4, 2, 64)]
    again = later(theme, 6, 12)
    assert melodic_measures.motif_recurrence(make_excerpt(theme + again)) == 1.0
    other = [(6 + 2 * i, 2, pitch) for i, (_, _, pitch) in enumerate(theme)]
    assert melodic_measures.motif_recurrence(make_excerpt(theme + other)) == 0.0


@pytest.mark.parametrize(("contour", "expected"), [((60, 62, 64, 62, 60, 59), 1.0), ((60, 59, 64, 62, 60, 59), 0.0)])
def test_contours_of_returning_rhythms(contour, expected):
    rhythm = (0, 1, 1.5, 2, 3, 3.5)
    first = [(at, 0.5, pitch) for at, pitch in zip(rhythm, (67, 69, 71, 69, 67, 66), strict=True)]
    again = [(at + 8, 0.5, pitch) for at, pitch in zip(rhythm, contour, strict=True)]
    assert melodic_measures.contour_recurrence(make_excerpt(first + again)) == expected


def test_bars_of_before():
    assert melodic_measures.bar_recurrence(make_excerpt(UP + later(UP, 4) + later(UP, 8, 2))) == pytest.approx(1 / 3)


def test_steps_are_continued_only_by_steps():
    pitches = (60, 62, 64, 62, 67, 69)  # continued, turned; then a leap, which counts for neither side
    line = make_excerpt([(i, 1, pitch) for i, pitch in enumerate(pitches)])
    assert melodic_measures.step_continuation(line) == 0.5
    assert melodic_measures.step_share(line) == pytest.approx(4 / 5)
    assert melodic_measures.leap_recovery(line) == 0.0


def test_rests_and_downbeats():
    line = make_excerpt([(0, 1, 60), (1, 1, 62), (3, 2, 64), (5, 3, 60)])  # a rest of a beat; bar 2 begins in a tie
    assert melodic_measures.melody_silence(line) == pytest.approx(1 / 8)
    assert melodic_measures.downbeat_onsets(line) == 0.5


def test_sixteenths_and_triplets():
    line = make_excerpt(
        [(0, 0.25, 60), (0.25, 0.25, 62), (0.5, 0.5, 64), (1, 1 / 3, 65), (4 / 3, 1 / 3, 64), (2, 1, 62)]
    )
    assert melodic_measures.short_iois(line) == pytest.approx(2 / 5)
    assert melodic_measures.triplet_onsets(line) == pytest.approx(1 / 6)


def test_phrases_with_a_pickup():
    first = [*UP, (4, 2.5, 64)]
    second = [(7, 1, 62), *later(UP, 8), (12, 4, 60)]
    line = make_excerpt(first + second)
    assert melodic_measures.phrase_starts(line) == [0, 5]
    assert melodic_measures.phrase_pickups(line) == 0.5
    assert melodic_measures.begins_with_pickup(line) == 0.0
    assert melodic_measures.begins_with_pickup(make_excerpt(later(first, 3))) == 1.0


def test_syncopation_is_an_onset_off_the_beat_that_sounds_over_the_next():
    line = make_excerpt([(0, 0.5, 60), (0.5, 1, 62), (1.5, 0.5, 64), (2, 2, 60)])
    assert melodic_measures.syncopation(line) == pytest.approx(1 / 4)


def test_velocities_that_follow_the_line():
    pitches = (60, 62, 64, 65, 67)
    rising = make_excerpt([(i, 1, pitch, 60 + i) for i, pitch in enumerate(pitches)])
    falling = make_excerpt([(i, 1, pitch, 60 - i) for i, pitch in enumerate(pitches)])
    assert melodic_measures.velocity_follows_pitch(rising) > 0.98
    assert melodic_measures.velocity_follows_pitch(falling) < -0.98


def test_pitches_that_sound():
    excerpt = make_excerpt([(0, 2, 72), (3, 1, 72)], [(0, 1, 48), (0, 1, 48), (1, 1, 60)], beats_per_bar=4)
    assert texture_measures.sounding(excerpt).tolist() == [2] * 8 + [0] * 4 + [1] * 4
    assert texture_measures.mean_sounding(excerpt) == 1.25
    assert texture_measures.thin_moments(excerpt) == 0.5


def test_change_of_density():
    excerpt = make_excerpt([*UP, (4, 2, 60), (6, 2, 62), *later(UP, 8)])  # 4, 2, 4 notes
    assert texture_measures.density_change(excerpt) == pytest.approx(2 / (10 / 3))


def test_chords_are_estimated_from_the_notes_with_their_inversions():
    melody = [(0, 4, 72), (4, 4, 74), (8, 4, 72), (12, 4, 72)]
    excerpt = make_excerpt(melody, [*C, *later(G_OVER_B, 4), *later(F, 8), *later(C, 12)])
    found = [(c.root, c.quality, c.beats, c.bass) for c in chord_estimation.estimate_chords(excerpt)]
    assert found == [(0, "", 4, 0), (7, "", 4, 11), (5, "", 4, 5), (0, "", 4, 0)]
    assert harmonic_measures.inversions(excerpt) == 0.25
    assert harmonic_measures.chord_length_share(excerpt) == 1.0
    assert harmonic_measures.tonic_share(excerpt) == 0.5
    assert chord_estimation.estimate_key(excerpt) == (0, True)


def test_one_passing_tone_changes_no_chord():
    excerpt = make_excerpt([(0, 1, 72), (1, 1, 74), (2, 2, 76)], C)
    assert len(chord_estimation.estimate_chords(excerpt)) == 1


FLUTE, DRUMS = Part("Melody: flute", 73), Part("Drums", 0, drums=True)


def score_of(notes, beats=(4, 4), parts=(FLUTE,)):
    return Score(Timeline(30, 48_000, 15, beats), parts, tuple(notes))


def test_a_performed_score_is_measured_as_written():
    beat = TICKS_PER_BEAT
    notes = [
        Note(0, 60, 80, 5, round(0.7 * beat)),  # late and detached
        Note(0, 62, 80, beat - 8, beat // 2),  # early; the rest of an eighth is a rest
        Note(0, 64, 80, 2 * beat, 2 * beat),
    ]
    excerpt = excerpt_of(score_of(notes))
    assert excerpt.melody[:, START].tolist() == [0, 48, 96]
    assert excerpt.melody[:, LENGTH].tolist() == [48, 24, 96]
    assert excerpt.bars == (0, 192, 384)


def test_swung_notes_are_measured_straight():
    beat = TICKS_PER_BEAT
    notes = [Note(0, 60, 80, 0, 600), Note(0, 62, 80, round(0.64 * beat), 300), Note(0, 64, 80, beat, beat)]
    assert excerpt_of(score_of(notes), swing=0.64).melody[:, START].tolist() == [0, 24, 48]


def test_drums_are_left_out():
    score = score_of([Note(0, 60, 80, 0, 960), Note(1, 36, 80, 0, 100)], parts=(FLUTE, DRUMS))
    assert len(excerpt_of(score).notes) == 1


def test_silence_is_measured_without_errors():
    values = human_likeness.measure_excerpts([excerpt_of(score_of([]))])
    assert values.shape == (1, len(human_likeness.MEASURES))
    assert human_likeness.missed(values[0])  # an undefined measure has not reached its target


def test_human_values_reach_all_targets_but_two():
    """Excerpts of 24 bars change their texture less than whole pieces; downbeats miss their target by 0.01."""
    beyond = {each.name: each.human for each in human_likeness.TARGETS if not each.reached(each.human)}
    assert beyond == {"pitches sounding, SD": 1.1, "downbeats with a melody onset": 0.84}


def test_distributions_of_the_same_pieces_overlap():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(40, 2)), rng.normal(size=(40, 2))
    far = b + [0, 8]
    near = distributions.compare(a, b)
    assert near.overlap.min() > 0.9
    assert near.divergence.max() < 0.05
    apart = distributions.compare(far, a)
    assert apart.overlap[0] > 0.9 > 0.2 > apart.overlap[1]
    assert apart.divergence[1] > 1


def test_the_classifier_is_at_chance_for_the_same_distribution_and_certain_for_others():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(60, 3)), rng.normal(size=(24, 3))
    assert 0.3 < np.mean(distributions.nearest_neighbour_share(b, a)) < 0.7
    assert distributions.nearest_neighbour_share(b + 20, a) == (1.0, 1.0)


def test_spread_is_a_ratio_of_deviations():
    a, b = np.array([[0.0], [2.0]]), np.array([[0.0], [4.0], [np.nan]])
    assert distributions.spread(a, b).tolist() == [0.5]


def test_measures_of_sound():
    rate = 8000
    time = np.arange(4 * rate) / rate
    loud = np.sin(2 * np.pi * 440 * time)
    samples = np.stack([loud, loud], axis=1)
    samples[2 * rate : 3 * rate] *= 0.1  # 20 dB softer for a second of four
    assert sound_measures.correlation(samples) == pytest.approx(1.0)
    assert sound_measures.quiet_share(samples, rate) == pytest.approx(0.25)
    samples[3 * rate :] *= np.exp(-6.9 * (time[3 * rate :] - 3))[:, None]  # 60 dB in a second
    assert sound_measures.ring_s(samples, rate, 3.0) == pytest.approx(0.5, abs=0.15)


def test_treble_is_relative_to_all_energy():
    time = np.arange(48_000) / 48_000
    both = np.sin(2 * np.pi * 440 * time) + 0.1 * np.sin(2 * np.pi * 8000 * time)
    assert sound_measures.share_db(both[:, None], 48_000, 6000) == pytest.approx(-20.0, abs=0.1)
