"""The grid: whole samples a frame, whole frames a beat, whole beats a picture."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.errors import WishError
from imbatch2soundvisu.sound.timeline import build, sample_rate


@pytest.mark.parametrize(("fps", "rate"), [(25, 44_100), (30, 44_100), (60, 44_100), (24, 48_000), (12, 44_100)])
def test_sample_rate_makes_a_frame_whole(fps: int, rate: int) -> None:
    assert sample_rate(fps) == rate
    assert rate % fps == 0


@pytest.mark.parametrize("fps", [0, -5, 23, 29.97, 11])
def test_frame_rates_that_would_drift_are_refused_with_the_valid_ones(fps: float) -> None:
    with pytest.raises(WishError, match="24, 25, 28, 30"):
        build(4, fps)  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(1, 200),
    fps=st.sampled_from([12, 24, 25, 30, 50, 60]),
    seconds=st.floats(0.2, 12),
)
def test_every_cut_is_on_a_frame_a_beat_and_a_sample(n: int, fps: int, seconds: float) -> None:
    grid = build(n, fps, seconds)
    assert len(grid.beats) == n
    assert all(beats >= 1 for beats in grid.beats)
    assert grid.sample_rate == grid.samples_per_frame * fps
    assert (grid.start_samples == grid.start_frames * grid.samples_per_frame).all()
    assert (grid.start_frames == grid.start_beats * grid.frames_per_beat).all()
    assert grid.start_samples[-1] == grid.total_samples
    assert Fraction(grid.total_samples, grid.sample_rate) == grid.seconds
    each = float(grid.seconds) / n
    assert abs(each - seconds) * fps <= 3.5 + seconds / 6  # long pictures may give a few frames for a good tempo


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
def test_round_wishes_are_met_exactly_at_a_musical_tempo(seconds: float) -> None:
    grid = build(10, 30, seconds)
    assert grid.seconds == Fraction(10) * Fraction(seconds)
    assert 84 <= grid.tempo_bpm <= 132


def test_a_bar_fits_the_pictures() -> None:
    assert build(8, 30, beats_per_image=3).beats_per_bar == 3
    assert build(8, 30, beats_per_image=6).beats_per_bar == 3
    assert build(8, 30, beats_per_image=2).beats_per_bar == 4
    assert build(3, 30, beats_per_image=[3, 4, 5]).beats_per_bar == 4


def test_beats_tempo_and_total_are_as_asked() -> None:
    assert build(3, 30, beats_per_image=[2, 4, 8]).beats == (2, 4, 8)
    assert build(5, 30, 1.0, tempo_bpm=100).tempo_bpm == 100
    grid = build(7, 30, total_seconds=30)
    assert abs(float(grid.seconds) - 30) <= 0.5 * grid.frames_per_beat / 30
    assert max(grid.beats) - min(grid.beats) <= 1
    assert build(4, 30, beats_per_image=4, total_seconds=8).seconds == 8


def test_preferred_tempo_decides_between_equals() -> None:
    assert build(4, 30, 2.0, preferred_bpm=88).tempo_bpm == 90
    assert build(4, 30, 2.0, preferred_bpm=126).tempo_bpm == 120


@pytest.mark.parametrize(
    "wish",
    [
        {"n": 0, "fps": 30},
        {"n": 3, "fps": 30, "seconds_per_image": 0.001},
        {"n": 3, "fps": 30, "seconds_per_image": float("nan")},
        {"n": 3, "fps": 30, "beats_per_image": [1, 2]},
        {"n": 3, "fps": 30, "beats_per_image": 0},
        {"n": 3, "fps": 30, "tempo_bpm": -1},
        {"n": 300, "fps": 30, "total_seconds": 1},
    ],
)
def test_impossible_wishes_are_refused(wish: dict) -> None:
    with pytest.raises(WishError):
        build(**wish)
