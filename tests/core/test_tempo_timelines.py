"""Timelines whose beats have different numbers of frames are exact in frames, samples, ticks and seconds."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.core import TICKS_PER_BEAT, ExactTimeline, TempoTimeline, Timeline
from imbatch2soundvisu.music.timeline import sample_rate

RATES = [24, 25, Fraction(30_000, 1001), 30, 60]


@settings(max_examples=60, deadline=None)
@given(
    fps=st.sampled_from(RATES),
    beats=st.lists(st.integers(1, 5), min_size=1, max_size=12),
    data=st.data(),
)
def test_every_image_starts_after_the_frames_of_the_beats_before_it(
    fps: Fraction, beats: list[int], data: st.DataObject
) -> None:
    frames = data.draw(st.lists(st.integers(1, 60), min_size=sum(beats), max_size=sum(beats)))
    grid = TempoTimeline(fps, sample_rate(fps), 15, tuple(beats), beat_frames=tuple(frames))
    edges = [0, *itertools.accumulate(frames)]
    starts = [edges[beat] for beat in itertools.accumulate(beats, initial=0)]
    assert grid.start_frames.tolist() == starts
    assert grid.total_frames == edges[-1]
    assert grid.seconds == Fraction(edges[-1]) / Fraction(fps)
    assert grid.start_samples.tolist() == [grid.sample_of_frame(frame) for frame in starts]
    assert [grid.samples_at(tick) for tick in grid.start_ticks.tolist()] == grid.start_samples.tolist()
    for beat, frame in enumerate(edges):
        assert grid.frame_at(beat) == frame
        assert grid.beat_at(frame) == beat
        assert grid.tick_at(grid.seconds_at(beat * TICKS_PER_BEAT)) == beat * TICKS_PER_BEAT


@settings(max_examples=30, deadline=None)
@given(fps=st.sampled_from(RATES), frames=st.integers(6, 40), data=st.data())
def test_equal_beats_are_a_timeline_of_one_tempo(fps: Fraction, frames: int, data: st.DataObject) -> None:
    beats = tuple(data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=6)))
    plain = Timeline(fps, sample_rate(fps), frames, beats, 4, 2, 1)
    grid = TempoTimeline.of(plain, (frames,) * plain.total_beats)
    tick = data.draw(st.integers(0, plain.total_ticks + TICKS_PER_BEAT))
    assert grid.samples_at(tick) == plain.samples_at(tick)
    assert grid.seconds_at(tick) == plain.seconds_at(tick)
    assert grid.tempo_bpm == pytest.approx(plain.tempo_bpm)
    assert (grid.tempo_changes, grid.seconds) == (plain.tempo_changes, plain.seconds)
    assert (grid.start_frames == plain.start_frames).all()
    assert (grid.start_samples == plain.start_samples).all()
    assert grid.last_samples == plain.last_samples
    assert grid.beat_seconds_at(tick) == plain.beat_seconds_at(tick)


def test_images_may_share_a_beat_that_is_longer_than_others() -> None:
    half = Fraction(1, 2)
    grid = TempoTimeline(30, 44_100, 18, (half, half, half, half, 1), beat_frames=(18, 22, 30))
    assert grid.start_frames.tolist() == [0, 9, 18, 29, 40, 70]
    assert grid.start_ticks.tolist() == [0, 480, 960, 1440, 1920, 2880]


def test_cards_have_beats_of_their_own() -> None:
    grid = TempoTimeline(30, 44_100, 15, (2, 2), title_beats=1, end_beats=2, beat_frames=(15, 15, 15, 16, 17, 20, 30))
    assert grid.start_frames.tolist() == [15, 45, 78]
    assert (grid.total_frames, grid.last_samples) == (128, 50 * 1470)


def test_a_part_begins_at_its_own_first_frame() -> None:
    whole = TempoTimeline(30, 44_100, 15, (2, 1, 3), beat_frames=(15, 16, 15, 15, 18, 22))
    parts = [whole.part(0, 2), whole.part(2, 3)]
    assert [part.start_frames.tolist() for part in parts] == [[0, 31, 46], [0, 55]]
    assert sum(part.seconds for part in parts) == whole.seconds


def test_cuts_between_frames_and_missing_beats_are_refused() -> None:
    with pytest.raises(ValueError, match="whole frame"):
        TempoTimeline(30, 44_100, 15, (Fraction(1, 2), Fraction(3, 2)), beat_frames=(15, 16))
    with pytest.raises(ValueError, match="3 numbers above 0"):
        TempoTimeline(30, 44_100, 15, (1, 2), beat_frames=(15, 16))
    assert isinstance(TempoTimeline(30, 44_100, 15, (1,), beat_frames=(15,)), ExactTimeline)
