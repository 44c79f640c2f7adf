"""Recordings on a timeline: every format, exact to the sample, faded with equal power; played with notes or alone."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Recording, Score, Stretch, Timeline
from imbatch2soundvisu.core.errors import EngineMissing, MakeError
from imbatch2soundvisu.music import mixing, recordings, synthesis

RATE = 44_100
GRID = Timeline(30, RATE, 15, (2, 2, 2))


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """A recording in the format that its name says."""
    if path.suffix != ".m4a":
        soundfile.write(path, samples, rate)
        return path
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(np.atleast_2d(samples.T) * np.ones((2, 1)), np.float32), "fltp", "stereo"
        )
        frame.sample_rate = rate
        resampler = av.AudioResampler("fltp", "stereo", rate, frame_size=1024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def blip(rate: int = RATE, seconds: float = 3.0, at_s: float = 1.0) -> np.ndarray:
    """Silence with a short tone of amplitude 0.5 round `at_s`."""
    samples = np.zeros(round(rate * seconds))
    time = np.arange(rate // 25) / rate
    first = round(at_s * rate) - len(time) // 2
    samples[first : first + len(time)] = 0.5 * np.sin(2 * np.pi * 440 * time) * np.hanning(len(time))
    return samples


def centre_s(samples: np.ndarray, rate: int = RATE) -> float:
    """Where the energy lies, in seconds."""
    energy = np.square(samples.astype(np.float64)).sum(axis=1)
    return float((np.arange(len(energy)) * energy).sum() / energy.sum() / rate)


def heard(path: Path, rate: int = RATE) -> np.ndarray:
    return np.concatenate(list(recordings.decode(path, rate)))


def recording(path: Path, *stretches: Stretch, gain: float = 1.0) -> Recording:
    return Recording(path, "", stretches, gain)


# Encoders of AAC put up to two of their frames of 1,024 samples before the sound.
@pytest.mark.parametrize(
    ("kind", "late_s"), [("wav", 1e-4), ("flac", 1e-4), ("ogg", 1e-3), ("mp3", 1e-3), ("m4a", 2 * 1024 / 22_050)]
)
@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_every_format_sounds_where_and_as_loud_as_it_should(tmp_path, kind, late_s, rate):
    samples = heard(write(tmp_path / f"blip.{kind}", blip(rate), rate))
    assert samples.dtype == np.float32
    assert samples.shape[1] == 2
    assert abs(centre_s(samples) - 1.0) <= late_s + 1e-4
    np.testing.assert_allclose(np.abs(samples).max(axis=0), 0.5, atol=0.03)


def test_both_sides_of_a_stereo_recording_stay_apart(tmp_path):
    both = np.stack([blip(at_s=0.5), 0.5 * blip(at_s=2.0)], axis=1)
    samples = heard(write(tmp_path / "both.wav", both))
    np.testing.assert_allclose(samples, both, atol=1e-4)


def test_names_that_are_no_text_are_told_in_figures():
    assert recordings.name_of(Path("a/caf\udce9.ogg")) == "caf\\xe9.ogg"
    assert recordings.name_of(Path("a/café.ogg")) == "café.ogg"
    with pytest.raises(MakeError, match=r"caf\\xe9.ogg cannot be played"):
        next(recordings.decode(Path("caf\udce9.ogg"), RATE))


def test_a_stretch_is_laid_to_the_sample(tmp_path):
    source = np.random.default_rng(0).uniform(-0.5, 0.5, (4 * RATE, 2)).astype(np.float32)
    path = tmp_path / "noise.wav"
    soundfile.write(path, source, RATE, subtype="FLOAT")
    laid = recordings.lay([recording(path, Stretch(70_001, 12_345, 33_333), gain=0.5)], 2 * RATE, RATE)
    expected = np.zeros((2 * RATE, 2))
    expected[12_345 : 12_345 + 33_333] = 0.5 * source[70_001 : 70_001 + 33_333]
    np.testing.assert_allclose(laid, expected, atol=1e-6)


def test_fades_that_overlap_keep_the_power(tmp_path):
    out, into = Stretch(0, 0, 1000, fade_out=200), Stretch(0, 800, 1000, fade_in=200)
    power = recordings.envelope(out, 800, 1000) ** 2 + recordings.envelope(into, 0, 200) ** 2
    np.testing.assert_allclose(power, 1.0)
    assert recordings.envelope(out, 0, 800).min() == recordings.envelope(into, 200, 1000).min() == 1.0


def test_what_lies_beyond_the_piece_or_the_recording_is_silence(tmp_path):
    path = write(tmp_path / "second.wav", np.full(RATE, 0.25))
    laid = recordings.lay([recording(path, Stretch(0, RATE // 2, 3 * RATE))], 2 * RATE, RATE)
    assert np.abs(laid[: RATE // 2]).max() == 0
    np.testing.assert_allclose(laid[RATE // 2 : RATE // 2 + RATE], 0.25, atol=1e-4)
    assert np.abs(laid[RATE // 2 + RATE :]).max() == 0
    early = recordings.lay([recording(path, Stretch(0, -100, 400))], 2 * RATE, RATE)
    np.testing.assert_allclose(early[:300], 0.25, atol=1e-4)
    assert np.abs(early[300:]).max() == 0


def test_no_more_is_decoded_than_is_wanted(tmp_path, monkeypatch):
    path = write(tmp_path / "long.wav", np.full(60 * RATE, 0.1))
    decode, count = recordings.decode, []

    def counted(*wish):
        for block in decode(*wish):
            count.append(len(block))
            yield block

    monkeypatch.setattr(recordings, "decode", counted)
    recordings.lay([recording(path, Stretch(RATE, 0, RATE))], RATE, RATE)
    assert 2 * RATE <= sum(count) < 5 * RATE


@pytest.mark.parametrize("content", [b"", b"no sound at all", bytes(range(256)) * 40])
@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac", "wav", "m4a"])
def test_what_is_no_recording_is_told_by_name(tmp_path, content, kind):
    path = tmp_path / f"broken.{kind}"
    path.write_bytes(content)
    with pytest.raises(MakeError, match=f"broken.{kind} cannot be played: .+"):
        recordings.lay([recording(path, Stretch(0, 0, 100))], 100, RATE)


def test_a_recording_that_breaks_off_plays_as_far_as_it_goes(tmp_path):
    whole = write(tmp_path / "whole.ogg", np.random.default_rng(1).uniform(-0.5, 0.5, 4 * RATE)).read_bytes()
    (tmp_path / "half.ogg").write_bytes(whole[: len(whole) // 2])
    samples = heard(tmp_path / "half.ogg")
    assert RATE < len(samples) < 3 * RATE
    assert np.abs(samples).max() > 0.3


def test_numbers_that_are_no_sound_do_not_spread(tmp_path):
    source = np.full((RATE, 2), 0.1, np.float32)
    source[100], source[200], source[300] = np.nan, np.inf, 1e30
    soundfile.write(tmp_path / "odd.wav", source, RATE, subtype="FLOAT")
    samples = heard(tmp_path / "odd.wav")
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= recordings.LOUDEST


def test_a_cover_image_is_not_sound(shared_data):
    samples = heard(shared_data("D-music") / "vibe_ace_jazz_embedded_cover.ogg")
    assert 60 * RATE < len(samples) < 63 * RATE
    assert np.abs(samples).max() > 0.1


def tune() -> Score:
    notes = tuple(Note(0, 60 + 4 * i, 90, 2 * i * TICKS_PER_BEAT, TICKS_PER_BEAT) for i in range(3))
    return Score(GRID, (Part("Piano", 0),), notes)


def with_recording(score: Score, path: Path) -> Score:
    from dataclasses import replace

    return replace(score, recordings=(recording(path, Stretch(0, 0, GRID.total_samples), gain=0.5),))


def test_without_notes_nothing_has_to_play(tmp_path, monkeypatch):
    def missing():
        raise EngineMissing("no engine")

    monkeypatch.setattr(synthesis, "find_engine", missing)
    path = write(tmp_path / "blip.wav", blip())
    alone = with_recording(Score(GRID, (), ()), path)
    audio = mixing.play(alone)
    assert not mixing.needs_engine(alone)
    assert audio.samples.shape == (GRID.total_samples, 2)
    assert "blip.wav" in audio.engine
    np.testing.assert_allclose(audio.samples[:, 0], 0.5 * blip()[: GRID.total_samples], atol=1e-4)
    with pytest.raises(EngineMissing):
        mixing.play(with_recording(tune(), path))


def test_notes_and_recordings_sound_together(tmp_path):
    try:
        engine = synthesis.find_engine()
    except EngineMissing as missing:
        pytest.skip(str(missing))
    both = with_recording(tune(), write(tmp_path / "blip.wav", blip()))
    audio, notes = mixing.play(both, engine), synthesis.render(tune(), engine)
    assert np.abs(notes.samples).max() > 0.01
    np.testing.assert_allclose(audio.samples[:, 0] - notes.samples[:, 0], 0.5 * blip()[: GRID.total_samples], atol=1e-4)
    assert audio.engine == f"{engine.name} + blip.wav"


def test_what_adds_up_to_too_much_is_scaled_and_not_clipped(tmp_path):
    path = write(tmp_path / "blip.wav", blip())
    three = Score(GRID, (), (), recordings=(recording(path, Stretch(0, 0, GRID.total_samples)),) * 3)
    audio = mixing.play(three)
    assert np.abs(audio.samples).max() == pytest.approx(synthesis.HEADROOM, abs=1e-4)
    shape = blip()[: GRID.total_samples]
    np.testing.assert_allclose(audio.samples[:, 0], shape * (synthesis.HEADROOM / np.abs(shape).max()), atol=1e-3)
