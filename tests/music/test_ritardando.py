"""The tempo yields before the last image and at section ends, in whole frames; the last chord has time to ring."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imbatch2soundvisu.core import ExactTimeline, TempoTimeline, Timeline, Timing
from imbatch2soundvisu.music import synthesis
from imbatch2soundvisu.music.ritardando import RING_S, Rubato, slowed
from imbatch2soundvisu.music.styles import ClusterTheme, Composed
from tests.music.scores import images

RATES = [24, 25, Fraction(30_000, 1001), 30, 60]
STYLES = [Composed(), Composed("calm"), Composed("lively"), ClusterTheme()]


def _last_ritardando(grid: Timeline) -> list[Fraction]:
    """Frames of the beats that grow up to the last image."""
    assert isinstance(grid, TempoTimeline)
    frames = grid.beat_frames[: int(grid.exact_beats[-2])]
    grows = list(itertools.takewhile(lambda k: frames[k - 1] < frames[k], range(len(frames) - 1, 0, -1)))
    return [Fraction(frames[k]) for k in reversed(grows)]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("style", STYLES)
def test_two_to_four_beats_grow_before_the_last_image_and_every_cut_is_on_a_frame(style, fps: Fraction) -> None:
    grid = style.timeline(images(24), fps, Timing())
    slow = _last_ritardando(grid)
    assert 2 <= len(slow) <= 4
    assert all(each.denominator == 1 for each in slow)
    assert slow[0] > grid.frames_per_beat
    starts = [grid.frame_at(beat) for beat in grid.exact_beats]
    assert all(start.denominator == 1 for start in starts)
    assert grid.start_frames.tolist() == starts
    assert grid.start_samples.tolist() == [grid.sample_of_frame(int(start)) for start in starts]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("n", [2, 9, 40, 130])
def test_the_last_chord_can_ring_for_two_seconds_and_decays(style, fps: Fraction, n: int) -> None:
    grid = style.timeline(images(n), fps, Timing())
    begins = int(grid.start_samples[-2])
    assert (synthesis.release_sample(grid) - begins) / grid.sample_rate >= 2
    assert (grid.total_samples - synthesis.release_sample(grid)) / grid.sample_rate >= 0.9
    assert grid.total_samples - begins == grid.last_samples


@pytest.mark.parametrize("seconds", [0.2, 0.3, 0.4, 0.5])
@pytest.mark.parametrize("style", STYLES)
def test_the_last_of_many_short_images_is_in_proportion_to_the_film(style, seconds: float) -> None:
    """A quarter of the film or less, with what completes a bar and the slow last beats; longer in longer films."""
    lasts = []
    for n in (16, 24, 48, 96):
        edges = style.timeline(images(n), 30, Timing(seconds)).start_seconds
        lasts.append(edges[-1] - edges[-2])
        assert lasts[-1] <= 0.36 * edges[-1]
        assert lasts[-1] >= min(0.19 * edges[-1], 4)
    assert lasts[-1] > lasts[0]


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 160),
    seconds=st.integers(8, 300),
    fps=st.sampled_from(RATES),
    rubato=st.sampled_from([0.1, 0.5, 0.8, 1.0]),
    beats=st.sampled_from([None, None, 2]),
)
def test_a_total_duration_is_met_to_the_frame(n: int, seconds: int, fps: Fraction, rubato: float, beats) -> None:
    if beats and not 25 < n * beats * 60 / seconds < 500:
        return
    timing = Timing(total_seconds=seconds, beats_per_image=beats)
    grid = Composed(rubato=rubato).timeline(images(n), fps, timing)
    if beats is None or isinstance(grid, TempoTimeline):
        assert grid.total_frames == round(seconds * Fraction(fps))
    assert len(grid.beats) == n
    assert (np.diff(grid.start_frames) >= 1).all()


@pytest.mark.parametrize("timing", [Timing(1.5), Timing(beats_per_image=3), Timing(2.0, 4)])
def test_images_before_the_ritardando_keep_their_duration(timing: Timing) -> None:
    steady = Composed(rubato=0).timeline(images(30), 30, timing)
    grid = Composed(rubato=0.8).timeline(images(30), 30, timing)
    first = grid.tempo_changes[1][0]
    kept = grid.start_beats <= first
    assert kept.sum() >= 28 - 4 // min(steady.beats)
    assert (grid.start_frames[kept] == steady.start_frames[kept]).all()
    assert grid.seconds > steady.seconds
    assert grid.beats[:-1] == steady.beats[:-1]


def test_without_rubato_the_tempo_is_steady() -> None:
    grid = Composed(rubato=0).timeline(images(12), 30, Timing(1.0))
    assert len(grid.tempo_changes) == 1
    assert grid.seconds == 12
    assert not isinstance(grid, TempoTimeline)


def test_sections_end_a_little_slower_and_go_on_at_the_old_tempo() -> None:
    grid = slowed(Timeline(30, 44_100, 16, (4,) * 12), Rubato(0.6, (4,)))
    assert grid is not None
    assert grid.beat_frames[12:20] == (16, 16, 17, 18, 16, 16, 16, 16)
    assert grid.start_frames[:7].tolist() == [0, 64, 128, 192, 259, 323, 387]


def test_more_rubato_slows_down_more() -> None:
    plain = Timeline(60, 44_100, 32, (4,) * 12)
    ends = [slowed(plain, Rubato(amount)) for amount in (0.1, 0.5, 1.0)]
    slowest = [max(each.beat_frames[: 4 * 11]) for each in ends if each is not None]
    assert slowest == sorted(set(slowest))
    assert 1.1 < slowest[0] / 32 < 1.3 < slowest[-1] / 32 < 1.8


def test_images_that_share_beats_stay_on_frames_and_the_last_chord_begins_with_the_last_beat() -> None:
    quarter = Fraction(1, 4)
    grid = slowed(ExactTimeline(30, 44_100, 28, (quarter,) * 41), Rubato(0.5))
    assert grid is not None
    assert (np.diff(grid.start_frames) >= 6).all()
    assert grid.exact_beats[-1].denominator == 1
    assert float(grid.last_samples / grid.sample_rate) >= RING_S


def test_the_ritardando_is_where_it_was_when_an_image_far_away_changes() -> None:
    one, columns = images(32), dict(images(32).table.columns)
    columns["luminance"] = columns["luminance"].copy()
    columns["luminance"][4] += 0.02
    other = images(32, **{name: columns[name] for name in ("luminance", "saturation", "edge_density")})
    grids = [Composed(rubato=0.6, tempo_bpm=112).timeline(each, 30, Timing()) for each in (one, other)]
    assert grids[0].total_frames == grids[1].total_frames
    assert _last_ritardando(grids[0]) == _last_ritardando(grids[1])
