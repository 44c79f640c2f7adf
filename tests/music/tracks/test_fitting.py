"""Timelines are cut to the beats of a track."""

from __future__ import annotations

import numpy as np
import pytest

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import (
    Timing,
)
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music.tracks import (
    Track,
    fitting,
)
from tests.music.tracks.synthetic import (
    ALBUMS,
    BEAT_ERROR_S,
    FPS,
    HALF_FRAME_S,
    album,
    calm,
    cuts_s,
    lively,
    made,
    track_of,
)


def test_cuts_are_on_beats_and_the_end_on_a_bar_line(tmp_path):
    score = made(track_of(tmp_path, lively(60, 97, 1.7)), album(20))
    beat = 60 / 97
    places = cuts_s(score) / beat
    assert np.abs(places - np.rint(places)).max() * beat <= HALF_FRAME_S + BEAT_ERROR_S
    assert np.diff(np.rint(places))[:-1].tolist() == [2] * 19
    assert np.rint(places[-1]) % 4 == 0
    assert all(each["on_beat"] and each["off_beat_ms"] <= 1000 * HALF_FRAME_S + 0.1 for each in score.decisions)
    assert [(each["bar"], each["beat"]) for each in score.decisions[:4]] == [(1, 1), (1, 3), (2, 1), (2, 3)]
    assert score.tempo_bpm == pytest.approx(97, rel=0.01)
    assert score.timeline.sample_rate == 44_100
    start = score.recordings[0].excerpts[0].source / 44_100
    assert start == pytest.approx(1.7, abs=BEAT_ERROR_S), "it starts with the first bar"


@pytest.mark.parametrize(
    ("timing", "beats"),
    [
        (Timing(beats_per_image=4), [4] * 12),
        (Timing(seconds_per_image=2.0), [4] * 12),
        (Timing(seconds_per_image=0.25), [0.5] * 12),
        (Timing(weights=[1, 1, 1, 9, 1, 1, 1, 1, 1, 1, 9, 1]), [2, 2, 2, 4, 2, 2, 1, 1, 1, 1, 4, 2]),
    ],
)
def test_durations_are_whole_beats(tmp_path, timing, beats):
    score = made(track_of(tmp_path, lively(60)), album(12), timing)
    found = np.diff(np.rint(cuts_s(score) / 0.25)) / 2
    assert found[:-1].tolist() == beats[:-1]
    if timing.seconds_per_image is None:
        assert cuts_s(score)[-1] / 2.0 == pytest.approx(round(cuts_s(score)[-1] / 2.0), abs=0.03), "whole bars of 2 s"


@pytest.mark.parametrize(
    ("beats", "bar", "found"),
    [
        (2.18, 3, 3),
        (1.1, 3, 1),
        (1.6, 3, 1),
        (4.4, 3, 6),
        (2.6, 4, 2),
        (3.0, 4, 4),
        (6.5, 4, 8),
        (0.6, 4, 1),
        (9, 4, 8),
    ],
)
def test_images_without_a_length_fill_bars_or_even_parts_of_them(beats, bar, found):
    assert fitting._in_bars(beats, bar) == found


@pytest.mark.parametrize("seconds", [0.04, 0.1, 0.41, 0.6, 0.75, 1.1, 3.3])
@pytest.mark.parametrize("tempo_bpm", [66.0, 120.0])
def test_seconds_are_met_whatever_the_tempo(tmp_path, seconds, tempo_bpm):
    track = track_of(tmp_path, lively(60, tempo_bpm))
    whole = float(made(track, album(36), Timing(seconds_per_image=seconds)).timeline.seconds)
    assert whole == pytest.approx(36 * max(seconds, 1 / FPS), rel=fitting.TOLERANCE, abs=1 / FPS)


@pytest.mark.parametrize("total", [1.6, 2.0, 5.0])
def test_a_total_of_short_images_is_met(tmp_path, total):
    score = made(track_of(tmp_path, lively(10, 66)), album(48), Timing(total_seconds=total))
    assert float(score.timeline.seconds) == pytest.approx(total, abs=0.25)


@pytest.mark.parametrize(
    "timing",
    [{}, {"seconds_per_image": 0.35}, {"seconds_per_image": 1.3}, {"beats_per_image": 3}, {"total_seconds": 13.0}],
)
@pytest.mark.parametrize("samples", [lively(60, 76), calm(20)])
def test_weights_do_not_change_the_total_duration(tmp_path, timing, samples):
    track, shown = track_of(tmp_path, samples), album(13)
    even = track.timeline(shown, FPS, Timing(**timing))
    for weights in (range(13), [1, 9] * 6 + [1]):
        varied = track.timeline(shown, FPS, Timing(**timing, weights=list(weights)))
        assert varied.total_frames == even.total_frames
        assert max(varied.beats) > 1.4 * min(varied.beats)


@pytest.mark.parametrize("total", [13.0, 17.3, 47.0])
def test_a_total_is_met_to_the_beat(tmp_path, total):
    score = made(track_of(tmp_path, lively(30)), album(12), Timing(total_seconds=total))
    assert abs(float(score.timeline.seconds) - total) <= 0.25 + HALF_FRAME_S + BEAT_ERROR_S
    assert all(each["on_beat"] for each in score.decisions)


def test_without_a_beat_durations_are_exact(tmp_path):
    track = track_of(tmp_path, calm(20))
    score = made(track, album(12), Timing(seconds_per_image=0.7))
    np.testing.assert_allclose(cuts_s(score), 0.7 * np.arange(13), atol=1e-9)
    assert score.decisions[0]["bar"] is None
    assert "uncertain" in score.decisions[0]["why"]
    longer = made(track, album(8), Timing(seconds_per_image=1.0, weights=[1, 1, 9, 1, 1, 1, 1, 1]))
    lasts = np.diff(cuts_s(longer))
    assert float(longer.timeline.seconds) == 8.0
    assert np.argmax(lasts) == 2


def test_the_timeline_of_another_style_is_kept(music):
    sequence = album(10, **ALBUMS["bright"])
    grid = i2s.Composed(tempo_bpm=100).timeline(sequence, FPS, Timing())
    score = Track(music).compose(sequence, grid, np.random.default_rng(0))
    assert score.timeline is grid
    assert sum(each.length for each in score.recordings[0].excerpts) >= grid.total_samples
    on = sum(each["on_beat"] for each in score.decisions)
    assert on < 10, "100 beats are not 120"
    assert f"{on} of 10 cuts on its beats" in score.summary


@pytest.mark.parametrize("other", [{"seconds_per_image": 1.0}, {"total_seconds": 20.0}])
def test_beats_together_with_seconds_are_refused(music, other):
    values = {"beats_per_image": 2, **other}
    with pytest.raises(ConfigError, match="leave out one of the two"):
        i2s.SequencePlan("plan", music=Track(music), **values).check()
    with pytest.raises(ConfigError, match="leave out one of the two"):
        Track(music).timeline(album(), FPS, Timing(**values))
    i2s.SequencePlan("plan", music=i2s.Mix(i2s.Sonified(), Track(music)), **values).check()


def test_beats_per_image_that_are_not_used_are_reported(tmp_path):
    track = track_of(tmp_path, calm(20))
    assert "beats_per_image = 4 not used" in made(track, album(), Timing(beats_per_image=4)).summary
    assert "not used" not in made(track, album(), Timing(seconds_per_image=1.0)).summary


def test_invalid_weights_and_durations_are_refused(tmp_path):
    track = track_of(tmp_path, lively(10))
    with pytest.raises(ConfigError, match="weights"):
        track.timeline(album(4), FPS, Timing(weights=[1, 2]))
    with pytest.raises(ConfigError, match="less than a frame"):
        track.timeline(album(4), FPS, Timing(total_seconds=0.1))
    with pytest.raises(ConfigError, match="shorter than a frame"):
        track.timeline(album(4), FPS, Timing(seconds_per_image=0.01))
