"""What is measured of recordings: beats, bars, key, dynamics, loudness."""

from __future__ import annotations

import tracemalloc

import mido
import numpy as np
import pytest
import soundfile

from imbatch2soundvisu.music import midi, mixing
from imbatch2soundvisu.music.tracks import (
    Track,
    analyse,
    cached_analysis,
    keys,
    spectra,
)
from tests.music.tracks.synthetic import (
    BEAT_ERROR_S,
    RATE,
    album,
    calm,
    lively,
    made,
    ring,
    struck,
    track_of,
)


@pytest.mark.parametrize(("tempo_bpm", "lead_s"), [(120.0, 0.0), (97.0, 1.7), (140.0, 0.35)])
def test_beats_are_found_where_they_are_played(tmp_path, tempo_bpm, lead_s):
    soundfile.write(tmp_path / "a.wav", lively(30, tempo_bpm, lead_s), RATE)
    found = analyse(tmp_path / "a.wav")
    beat = 60 / tempo_bpm
    off = [abs((at - lead_s) / beat - round((at - lead_s) / beat)) * beat for at in found.beats_s]
    assert found.tempo_bpm == pytest.approx(tempo_bpm, rel=0.01)
    assert max(off) <= BEAT_ERROR_S
    assert len(found.beats_s) == pytest.approx((30 - 0.3 - lead_s) / beat, abs=1.5)
    assert found.has_beat
    assert found.confidence > 0.9
    assert found.begins_s == pytest.approx(lead_s, abs=0.05)


@pytest.mark.parametrize("bar", [3, 4])
@pytest.mark.parametrize("pickup", [0, 1, 2])
def test_bars_begin_where_bass_and_harmony_change(tmp_path, bar, pickup):
    beats = np.arange(0.2, 39, 0.5)
    samples = struck(beats[pickup:], 40, bar)
    for at in beats[:pickup]:  # an upbeat, without bass
        tone = 0.2 * ring(392, 0.3, 12, 20)
        samples[round(at * RATE) : round(at * RATE) + len(tone)] += tone
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    found = analyse(tmp_path / "a.wav")
    assert (found.beats_per_bar, found.downbeat) == (bar, pickup)


def test_a_tempo_that_changes_is_followed(tmp_path):
    beats = np.cumsum(np.linspace(0.55, 0.48, 60))
    soundfile.write(tmp_path / "a.wav", struck(beats, beats[-1] + 1), RATE)
    found = analyse(tmp_path / "a.wav")
    off = [np.abs(beats - at).min() for at in found.beats_s]
    assert np.mean(np.array(off) <= BEAT_ERROR_S) > 0.95


def test_recordings_without_a_beat_have_low_confidence(tmp_path):
    rng = np.random.default_rng(3)
    tracks = {
        "pad": calm(),
        "noise": 0.1 * rng.normal(size=20 * RATE),
        "scattered": struck(np.cumsum(rng.exponential(0.5, 60)), 45),
    }
    for name, samples in tracks.items():
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE)
        assert not analyse(tmp_path / f"{name}.wav").has_beat, name


def test_major_and_minor_are_distinguished_in_every_key(tmp_path):
    for tonic, name in ((0, "C"), (6, "F#"), (9, "A")):
        for chords in ("major", "minor"):
            profile = keys.MAJOR if chords == "major" else keys.MINOR
            key, lead, mode = keys.key_of(np.roll(profile, tonic))
            assert key == f"{name} {chords}"
            assert lead > keys.CERTAIN
            assert (mode > 0) == (chords == "major")
    modes = {}
    for chords in ("major", "minor"):
        soundfile.write(tmp_path / f"{chords}.wav", struck(np.arange(0, 29, 0.5), 30, chords=chords), RATE)
        modes[chords] = analyse(tmp_path / f"{chords}.wav").mode
    assert modes["major"] > 0 > modes["minor"]


def test_a_ringing_bass_and_a_loud_bar_do_not_decide_the_key():
    chroma = np.tile(np.roll(keys.MINOR, 2)[:, None], 100)
    chroma[9, :40] *= 6  # its fifth
    chroma[:, 60:70] = 50 * np.roll(keys.MINOR, 9)[:, None]
    assert keys.key_of(chroma.sum(axis=1))[0] == "A minor"
    assert keys.key_of(keys.weights(chroma))[0] == "D minor"


def test_an_uncertain_key_is_marked_as_approximate(tmp_path):
    track = track_of(tmp_path, 0.1 * np.random.default_rng(3).normal(size=20 * RATE))
    assert track.choose(album()).analysis.key_lead < keys.CERTAIN
    score = made(track, album())
    assert score.key.startswith("about ")
    assert score.key in score.summary
    assert score.decisions[0]["key"] == score.key
    midi.write(tmp_path / "a.mid", score)
    head = mido.MidiFile(tmp_path / "a.mid").tracks[0]
    assert [each.key for each in head if each.type == "key_signature"]
    sure = made(track_of(tmp_path, lively(), "lively.flac"), album())
    assert "about" not in sure.key + sure.summary


def test_lively_music_measures_livelier(music):
    fast, slow = cached_analysis(music / "lively.ogg"), cached_analysis(music / "more" / "calm.flac")
    for axis in ("energy", "brightness", "onset_rate", "mode"):
        assert getattr(fast, axis) > getattr(slow, axis), axis


def test_the_analysis_does_not_depend_on_the_volume(tmp_path):
    soundfile.write(tmp_path / "loud.wav", lively(), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "soft.wav", 0.1 * lively(), RATE, subtype="FLOAT")
    loud, soft = analyse(tmp_path / "loud.wav"), analyse(tmp_path / "soft.wav")
    assert loud.loudness_lufs - soft.loudness_lufs == pytest.approx(20, abs=0.1)
    for name in ("brightness", "onset_rate", "dynamics", "tempo_bpm", "confidence", "mode"):
        assert getattr(loud, name) == pytest.approx(getattr(soft, name), rel=0.02, abs=0.02), name


def test_dynamics_are_the_level_difference_of_sections(tmp_path):
    noise = 0.3 * np.random.default_rng(2).normal(size=40 * RATE)
    noise[: 20 * RATE] *= 10 ** (-12 / 20)
    soundfile.write(tmp_path / "a.wav", noise, RATE)
    assert analyse(tmp_path / "a.wav").dynamics == pytest.approx(12, abs=1)


@pytest.mark.slow
def test_a_long_recording_is_analysed_in_part_and_in_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(spectra, "MAX_DURATION_S", 40.0)
    minutes = 30
    with soundfile.SoundFile(tmp_path / "long.flac", "w", RATE, 1) as file:
        minute = lively(60).astype(np.float32)
        for _ in range(minutes):
            file.write(minute)
    tracemalloc.start()
    try:
        found = analyse(tmp_path / "long.flac")
        score = made(Track(tmp_path), album(20))
        sound = mixing.render(score).samples
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.truncated
    assert found.duration_s == 40.0
    assert found.tempo_bpm == pytest.approx(120, rel=0.01)
    assert np.abs(sound).max() > 0.01
    assert peak < minutes * 60 * RATE * 8 / 2, "half of the samples of the whole recording"
    assert "more than" in score.summary
