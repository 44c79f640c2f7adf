"""A song that the plan names: images spread over all of it, cuts on its beats, the film ends as it ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

import imbatch2soundvisu as i2s
from imbatch2soundvisu import config
from imbatch2soundvisu.core import Timing
from imbatch2soundvisu.core.errors import ConfigError
from imbatch2soundvisu.music import mastering, mixing
from imbatch2soundvisu.music.styles import Mix, Sonified
from imbatch2soundvisu.music.tracks import Track
from tests.music.tracks.synthetic import BEAT_ERROR_S, FPS, HALF_FRAME_S, RATE, album, calm, cuts_s, lively, made

WHOLE = Timing(total_seconds="track")


@pytest.fixture
def song(tmp_path):
    """35 s of 97 beats a minute after 1.7 s of silence."""
    soundfile.write(tmp_path / "song.wav", lively(35, 97, 1.7), RATE)
    soundfile.write(tmp_path / "other.wav", calm(20), RATE)
    return tmp_path / "song.wav"


@pytest.mark.parametrize("n", [3, 12, 40, 130])
def test_images_are_spread_over_the_whole_song(song, n):
    score = made(Track(song), album(n), WHOLE)
    (excerpt,) = score.recordings[0].excerpts
    assert excerpt.length == score.timeline.total_samples
    assert "looped" not in score.summary
    ends = excerpt.source / 44_100 + float(score.timeline.seconds)
    assert ends == pytest.approx(soundfile.info(song).duration, abs=0.6), "the film ends as the song ends"
    cuts = cuts_s(score)[1:-1]
    beats = (cuts + excerpt.source / 44_100 - 1.7) / (60 / 97)
    finest = 4 if n > 50 else 1
    off = np.abs(finest * beats - np.rint(finest * beats)).max() / finest * 60 / 97
    assert off <= HALF_FRAME_S + BEAT_ERROR_S + 0.005
    lengths = np.diff(cuts_s(score))
    assert lengths[:-1].max() <= 2 * lengths.min() + 3 / FPS  # one beat or two, each to the nearest frame


def test_a_song_is_not_faded_where_it_ends_by_itself(song):
    """Its end is as loud, beside the whole, as in the file; a song that is cut off fades once, within a bar."""
    for timing, fades in ((WHOLE, False), (Timing(total_seconds=20.0), True)):
        score = made(Track(song), album(6), timing)
        raw = mixing.render(score).samples.copy()
        finished = mastering.master(mixing.render(score), fade_out_s=mastering.ending_s(score)).samples
        assert mastering.ending_s(score) == 0
        last, usual = slice(-round(0.8 * 44_100), -round(0.1 * 44_100)), slice(5 * 44_100, 15 * 44_100)
        gain = rms(finished[last]) / rms(raw[last]) / (rms(finished[usual]) / rms(raw[usual]))
        assert 0.85 < gain < 1.6  # the limiter lowers peaks
        assert (rms(finished[last]) < 0.5 * rms(finished[usual])) == fades


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def test_a_song_without_beats_is_spread_evenly(tmp_path):
    soundfile.write(tmp_path / "calm.wav", calm(20), RATE)
    score = made(Track(tmp_path / "calm.wav"), album(9), WHOLE)
    assert np.ptp(np.diff(cuts_s(score))) <= 3 / FPS or score.decisions[0].get("on_beat") is not None
    assert float(score.timeline.seconds) == pytest.approx(20, abs=0.6)


def test_a_named_song_is_not_ranked(song):
    score = made(Track(song), album(8), WHOLE)
    first = score.decisions[0]
    assert first["track"] == "song.wav"
    assert not {"ranking", "target", "place", "left_out", "mood"} & set(first)
    assert "Distances" not in score.summary
    assert "the song of the plan" in first["why"]
    assert made(Track(song.parent), album(8)).decisions[0]["ranking"]


def test_a_path_of_a_song_is_a_track(song):
    for music in (str(song), song):
        assert i2s.SequencePlan("a", music=music).style == Track(music)
    plan = i2s.SequencePlan("a", music=str(song), total_seconds="track")
    plan.check()
    with pytest.raises(ConfigError, match=r"none\.mp3' does not exist"):
        i2s.SequencePlan("a", music="none.mp3").check()
    with pytest.raises(ConfigError, match="is the length of a song"):
        i2s.SequencePlan("a", total_seconds="track").check()
    with pytest.raises(ConfigError, match="leave out one"):
        i2s.SequencePlan("a", music=str(song), total_seconds="track", beats_per_image=2).check()


def test_a_track_in_a_mix_takes_the_music_of_the_session(song):
    run = replace(config.resolve(), music=song.parent)
    style = i2s.SequencePlan("a", music=Mix(Track(), Sonified())).style_for(run)
    assert style == Mix(Track(song.parent), Sonified())


def test_of_a_plan(folder, song, tmp_path):
    for path in sorted(folder.iterdir())[4:]:
        path.unlink()
    plan = i2s.SequencePlan("a", music=str(song), total_seconds="track", outputs=[i2s.Wav(), "tables"])
    plan.check()
    (result,) = plan.make(i2s.measure(i2s.discover(folder)), tmp_path / "a")
    assert not result.problems
    assert soundfile.info(result.path("wav")).duration == pytest.approx(result.entry["seconds"], abs=1e-3)
