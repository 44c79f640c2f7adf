"""The tempo stays within the mood's range, whatever the number of images and the length."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.core import TICKS_PER_BEAT, ExactTimeline, ImageSequence, Score, Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music.analysis import measures
from imbatch2soundvisu.music.analysis.feature_correlation import counterparts, feature_correlation
from imbatch2soundvisu.music.composition.beat_groups import beat_groups
from imbatch2soundvisu.music.composition.moods import MOODS, NEUTRAL
from imbatch2soundvisu.music.composition.tempo_notes import images_per_beat
from imbatch2soundvisu.music.styles import Composed
from imbatch2soundvisu.music.tempo_range import Tempi, fit, in_range
from imbatch2soundvisu.music.timeline import build
from tests.music.composition.pieces import struck
from tests.music.scores import images

MOOD_NAMES = [None, *MOODS]
CALM = Tempi(60, 100, 88)


def _range(mood: str | None) -> tuple[float, float]:
    return (MOODS[mood] if mood else NEUTRAL).tempi_bpm


def _score(sequence: ImageSequence, style: Composed, timing: Timing, fps: int = 30) -> Score:
    return style.compose(sequence, style.timeline(sequence, fps, timing), np.random.default_rng(0))


@pytest.mark.parametrize("mood", MOOD_NAMES)
@pytest.mark.parametrize("n", [5, 12, 20, 48, 100, 257])
@pytest.mark.parametrize("seconds", [15, 30, 60, 180])
def test_every_mood_number_and_length_has_a_tempo_in_range_and_exact_cuts(
    mood: str | None, n: int, seconds: int
) -> None:
    grid = Composed(mood).timeline(images(n), 30, Timing(total_seconds=seconds))
    slow, fast = _range(mood)
    assert slow <= grid.pulse_bpm <= fast
    assert grid.seconds == seconds
    assert len(grid.beats) == n
    assert isinstance(grid, ExactTimeline)
    _check_cuts(grid)


def _check_cuts(grid: ExactTimeline) -> None:
    """Every cut is on a frame, on a beat or a division of one; every beat has a cut where images are shorter."""
    starts = grid.exact_beats
    assert [grid.frame_at(start) for start in starts] == grid.start_frames.tolist()
    assert np.diff(grid.start_frames).min() >= 1
    n, total = len(grid.beats), float(starts[-1])
    usual = [
        start for start in starts[:-1] if grid.tempo_changes[-1][1] == grid.frames_per_beat or _is_steady(grid, start)
    ]
    divisions = {start.denominator for start in usual}
    if n - 1 <= float(starts[-2]) / 1.6:  # the last image may be longer, so that its chord rings
        assert divisions == {1}
    elif n * 7 <= total * grid.frames_per_beat:  # images of seven frames and more
        assert max(divisions) <= 4
    else:
        on_beats = {int(start) for start in starts[:-1] if start.denominator == 1}
        assert len(on_beats) >= int(total) / 2


def _is_steady(grid: ExactTimeline, beat: Fraction) -> bool:
    """Whether the beat is of the usual tempo: in others, images that share it begin on the nearest frame."""
    return grid.beat_seconds_at(int(beat) * TICKS_PER_BEAT) == pytest.approx(60 / grid.tempo_bpm)


def test_twenty_calm_images_in_a_minute_have_four_beats_at_80() -> None:
    grid = Composed("calm", metre="4/4", rubato=0).timeline(images(20), 30, Timing(total_seconds=60))
    assert (grid.tempo_bpm, set(grid.beats)) == (80.0, {4})


@pytest.mark.parametrize("mood", [None, "calm", "dark"])
def test_257_images_in_a_minute_share_beats_in_fours(mood: str | None) -> None:
    grid = Composed(mood, rubato=0).timeline(images(257), 30, Timing(total_seconds=60))
    assert set(grid.beats[:-1]) == {Fraction(1, 4)}
    assert 60 < grid.tempo_bpm < 70


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(1, 300),
    fps=st.sampled_from([12, 24, 25, 30, 50, 60]),
    seconds=st.integers(26, 400),
    low=st.integers(40, 130),
)
def test_any_request_is_met_to_the_frame_in_range(n: int, fps: int, seconds: int, low: int) -> None:
    tempi = Tempi(low, 1.4 * low, 1.2 * low)
    grid = fit(n, fps, seconds * fps, tempi)
    assert tempi.has(grid.tempo_bpm) or fps == 12  # 12 frames per second have few tempi
    assert grid.seconds == seconds
    assert (np.diff(grid.start_frames) >= 1).all()


@settings(max_examples=30, deadline=None)
@given(n=st.integers(8, 120), seconds=st.integers(20, 200), seed=st.integers(0, 9))
def test_weights_keep_the_length_and_the_range(n: int, seconds: int, seed: int) -> None:
    weights = np.random.default_rng(seed).random(n)
    grid = in_range(n, 30, Timing(total_seconds=seconds, weights=weights), CALM)
    assert CALM.has(grid.tempo_bpm)
    assert grid.seconds == seconds
    if n * 3 < seconds:  # whole beats
        heavy, light = np.argsort(weights)[-n // 4 :], np.argsort(weights)[: n // 4]
        assert np.mean([float(grid.beats[i]) for i in heavy]) >= np.mean([float(grid.beats[i]) for i in light])


@pytest.mark.parametrize(("seconds", "beats"), [(3.0, 4), (1.5, 2), (0.75, 1)])
def test_seconds_per_image_choose_beats_in_range(seconds: float, beats: int) -> None:
    for rubato, count in ((0, 12), (0.8, 12 - 4 // beats - 1)):
        style = Composed("calm", metre="4/4", rubato=rubato)
        grid = style.timeline(images(12), 30, Timing(seconds_per_image=seconds))
        assert 60 <= grid.tempo_bpm <= 100
        assert grid.start_seconds[count] == pytest.approx(count * seconds, rel=0.03)
        assert set(grid.beats[:-1]) == {beats}


def test_without_a_length_nothing_changes() -> None:
    for timing in (Timing(), Timing(beats_per_image=3), Timing(None, 2, 60)):
        assert in_range(30, 30, timing, Tempi(60, 140, 110)) == build(30, 30, timing, preferred_bpm=110)
    assert in_range(10, 30, Timing(2.0), Tempi(60, 140, 110)) == build(10, 30, 2.0, preferred_bpm=110)


def test_images_shorter_than_a_frame_are_refused() -> None:
    with pytest.raises(ConfigError, match="less than a frame each"):
        in_range(300, 12, Timing(total_seconds=15), CALM)


def test_a_requested_tempo_is_kept_and_what_differs_is_said() -> None:
    score = _score(images(20), Composed(tempo_bpm=96), Timing(total_seconds=60))
    assert score.bpm == pytest.approx(96, rel=0.06)
    assert score.timeline.seconds == 60
    if abs(score.bpm / 96 - 1) > 0.002:
        assert "requested 96 bpm became" in score.summary
        assert "requested 96 bpm became" in score.decisions[0]["tempo_notes"][0]
    quick = _score(images(48), Composed(tempo_bpm=60), Timing(total_seconds=20))  # less than a beat each
    assert quick.bpm == pytest.approx(60, rel=0.06)
    assert quick.timeline.seconds == 20


def test_a_tempo_that_follows_from_beats_and_length_is_said() -> None:
    score = _score(images(10), Composed("calm"), Timing(None, 4, 10))
    assert score.bpm > 200
    assert "between 60 and 100 bpm" in score.summary


class TestSharedBeats:
    score = _score(images(100, seed=3), Composed("calm"), Timing(total_seconds=30))

    def test_every_cut_has_an_accent(self) -> None:
        assert {note.start for note in struck(self.score)} >= set(self.score.timeline.start_ticks[:-1].tolist())

    def test_chords_last_longer_than_images(self) -> None:
        groups = beat_groups(self.score.timeline)
        assert groups is not None
        image = self.score.timeline.total_ticks / len(self.score.decisions)
        assert min(span.end - span.start for span in measures.spans(self.score)) >= TICKS_PER_BEAT > image
        assert min(groups.timeline.beats) * 60 / self.score.bpm >= 0.6
        assert sum(groups.timeline.beats) == int(self.score.timeline.exact_beats[-1])  # type: ignore[attr-defined]

    def test_decisions_are_of_each_image_and_plain_json(self) -> None:
        decisions = self.score.decisions
        json.dumps(decisions)
        assert [each["position"] for each in decisions] == list(range(1, 101))
        assert [each["frame"] for each in decisions] == self.score.timeline.start_frames[:-1].tolist()
        assert decisions[1]["beat"] == 1.25
        assert "together" in decisions[1]["why"]

    def test_the_summary_says_that_images_share_beats(self) -> None:
        assert "4 images a beat" in self.score.summary

    def test_the_result_line_has_the_images_of_a_beat(self) -> None:
        many = _score(images(257), Composed("calm"), Timing(total_seconds=60))
        assert images_per_beat(many) == pytest.approx(4, abs=0.05)
        assert images_per_beat(_score(images(20), Composed("calm"), Timing(total_seconds=60))) is None

    def test_the_music_follows_the_features_of_groups(self) -> None:
        """The accents of single images do not hide that the notes of a beat follow the images that share it."""
        wanted = images(120, edge_density=np.linspace(0.13, 0.31, 120))
        score = _score(wanted, Composed("calm"), Timing(total_seconds=30))
        found = counterparts(score)
        assert np.isfinite(found["pitch"]).all()
        assert np.nanmax(found["density"]) < 15
        assert feature_correlation(score, wanted)["edge_density"] > 0.75

    def test_notes_end_with_the_film(self) -> None:
        end = int(self.score.timeline.start_ticks[-1])
        assert max(note.start + note.length for note in self.score.notes) <= end
        assert max(note.start + note.length for note in self.score.notes) > end - TICKS_PER_BEAT // 2


@pytest.mark.parametrize(("n", "seconds"), [(2, 0.3), (1, 0.5), (2, 1.0), (3, 1.2), (257, 15), (7, 2.0)])
def test_very_short_pieces_are_music_too(n: int, seconds: float) -> None:
    score = _score(images(n), Composed("lively"), Timing(total_seconds=seconds))
    assert score.notes
    assert float(score.timeline.seconds) == pytest.approx(seconds, abs=0.02)
    assert len(score.decisions) == n


def test_samples_and_ticks_agree_with_frames() -> None:
    grid = fit(20, 30, 1800, CALM)
    assert grid.frames_per_beat == Fraction(45, 2)
    assert [grid.samples_at(tick) for tick in grid.start_ticks.tolist()] == grid.start_samples.tolist()
    assert (grid.start_samples == grid.start_frames * 1470).all()
    assert grid.total_samples == 60 * 44_100


def test_a_cut_between_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="no whole frame"):
        ExactTimeline(30, 44_100, Fraction(45, 2), (1, 1))
