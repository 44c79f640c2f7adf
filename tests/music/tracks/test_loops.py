"""Tracks are looped, crossfaded and faded without clicks."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

import imbatch2soundvisu as i2s
from imbatch2soundvisu.core import (
    Timeline,
    Timing,
)
from imbatch2soundvisu.music import loudness, mixing
from imbatch2soundvisu.music.tracks import (
    analyse,
    loops,
)
from imbatch2soundvisu.music.tracks.excerpts import excerpts
from imbatch2soundvisu.visuals.pianoroll.score_data import declared_beats
from tests.music.tracks.synthetic import (
    BEAT_ERROR_S,
    FPS,
    HALF_FRAME_S,
    album,
    calm,
    cuts_s,
    lively,
    made,
    struck,
    track_of,
)


@pytest.mark.parametrize("samples", [lively(12, 97, 0.4), calm(12), lively(3.5), calm(3.2)])
def test_a_short_track_loops_without_a_click_or_a_gap(tmp_path, samples):
    track = track_of(tmp_path, samples)
    score = made(track, album(60))
    played, total = score.recordings[0].excerpts, score.timeline.total_samples
    assert len(played) > 4
    assert played[-1].at + played[-1].length == total
    for one, two in zip(played[:-1], played[1:], strict=True):
        assert two.at == one.at + one.length - one.fade_out
        assert two.fade_in == one.fade_out > 0
    sound = mixing.render(score).samples[:, 0]
    jumps, seams = np.abs(np.diff(sound)), [each.at for each in played[1:]]
    near = np.zeros(len(jumps), bool)
    for seam, each in zip(seams, played[1:], strict=True):
        near[max(seam - 50, 0) : seam + each.fade_in + 50] = True
    body = slice(0, total - played[-1].fade_out)
    assert jumps[body][near[body]].max() <= 1.5 * jumps[body][~near[body]].max()
    seconds = (total - played[-1].fade_out) // 44_100
    level = np.sqrt(np.square(sound[: seconds * 44_100]).reshape(seconds, -1).mean(axis=1))
    assert level.min() > 0.25 * level.max()


def test_a_loop_keeps_its_beat_and_does_not_drift(tmp_path):
    score = made(track_of(tmp_path, lively(15, 97, 0.4)), album(300))
    assert float(score.timeline.seconds) > 300
    sound = mixing.render(score).samples
    soundfile.write(tmp_path / "played.wav", sound[-30 * 44_100 : -4 * 44_100], 44_100)
    beats = np.array(analyse(tmp_path / "played.wav").beats_s)[2:-2]
    shift = float(score.timeline.seconds) - 30
    for at in cuts_s(score)[-20:-6]:
        assert np.abs(beats + shift - at).min() <= HALF_FRAME_S + BEAT_ERROR_S
    assert all(each["on_beat"] for each in score.decisions)


def test_no_turn_of_a_loop_is_shorter_than_a_frame(tmp_path):
    found = track_of(tmp_path, lively(15, 97, 0.4)).choose(album()).analysis
    loop = loops.find_loop(found)
    for turn in range(3):
        frames = int((loop.leave_s - loop.start_s + turn * loop.loop_s) * FPS) + 1  # ends within a frame of a jump
        grid = Timeline(FPS, 44_100, 1, (frames,))
        played = excerpts(found, loop, grid, True)
        assert played[-1].at + played[-1].length == grid.total_samples
        assert played[-1].fade_out == pytest.approx(44_100 * 4 * 60 / 97, rel=0.02), "a bar"


def test_the_piano_roll_has_the_bars_of_the_track(tmp_path):
    track = track_of(tmp_path, lively(40, 120, bar=3))
    sequence = album(12)
    own = made(track, sequence)
    other = i2s.Composed(tempo_bpm=100, metre="4/4").timeline(sequence, FPS, Timing())
    for score in (own, track.compose(sequence, other, np.random.default_rng(0))):
        assert score.timeline.beats_per_bar == 4
        opens = [opens for _, opens in declared_beats(score)]
        assert len(opens) >= 12
        assert np.diff(np.flatnonzero(opens)).tolist() == [3] * (sum(opens) - 1)


def test_the_loop_jumps_between_similar_places(tmp_path):
    theme, bridge = struck(np.arange(0, 15.9, 0.5), 16), struck(np.arange(0, 7.9, 0.5), 8, chords="minor") * 0.3
    loop = loops.find_loop(track_of(tmp_path, np.concatenate((theme, theme, bridge))).choose(album()).analysis)
    assert loop.loop_s == pytest.approx(8 * round(loop.loop_s / 8), abs=0.05), "the four chords last 8 s"
    assert loop.leave_s <= 33, "not in the bridge, which differs"


def test_the_end_fades_unless_the_track_ends(tmp_path):
    track = track_of(tmp_path, lively(30))
    cut, whole = made(track, album(8)), made(track, album(12), Timing(total_seconds=29.5))
    assert cut.recordings[0].excerpts[-1].fade_out >= 44_100
    missing_s = 30 - float(whole.timeline.seconds)
    assert 0 < missing_s < 1
    assert whole.recordings[0].excerpts[-1].fade_out <= missing_s * 44_100, "only as long as what is missing of it"


def test_recordings_are_normalized_to_one_loudness(tmp_path):
    for factor in (0.1, 1.0):
        score = made(track_of(tmp_path, factor * lively(), f"{factor}.wav"), album(30))
        found = loudness.integrated(mixing.render(score).samples, 44_100)
        assert found == pytest.approx(-20, abs=1.0)
