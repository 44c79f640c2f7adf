"""Mastered sound reaches its loudness and true peak, with fades and without distortion."""

from __future__ import annotations

import numpy as np
import pytest

from imbatch2soundvisu.cli import command as command
from imbatch2soundvisu.core import Audio, Score
from imbatch2soundvisu.music import loudness, mastering, synthesis
from imbatch2soundvisu.music.styles import Composed
from tests.music.scores import composed

RATE = 44_100


@pytest.fixture(scope="module")
def score() -> Score:
    return composed(np.random.default_rng(2).random(12), Composed("bright"), 1.0)


@pytest.fixture(scope="module")
def rendered(score: Score, engine: synthesis.Engine) -> Audio:
    return synthesis.render(score, engine)


def tone(seconds: float, amplitude: float = 0.1) -> Audio:
    t = np.arange(round(seconds * RATE)) / RATE
    wave = amplitude * np.sin(2 * np.pi * 440 * t) * (1 + 0.5 * np.sin(2 * np.pi * 3 * t))
    return Audio(np.column_stack([wave, 0.8 * wave]).astype(np.float32), RATE)


def check(audio: Audio, target: float = -14.0) -> None:
    measured = loudness.integrated(audio.samples.astype(np.float64), RATE)
    assert measured is not None
    assert abs(measured - target) <= 0.5
    assert np.abs(audio.samples).max() < 10 ** (-1 / 20)
    assert mastering.true_peak_dbfs(audio.samples) <= -1.0


def test_music_reaches_loudness_and_peak(rendered: Audio) -> None:
    finished = mastering.master(rendered)
    check(finished)
    assert finished.samples.shape == rendered.samples.shape
    assert finished.samples.dtype == np.float32
    assert finished.loudness_lufs == pytest.approx(-14, abs=0.5)


def test_sound_with_peaks_reaches_loudness_and_peak() -> None:
    spiky = tone(6, 0.05).samples.copy()
    rng = np.random.default_rng(0)
    for at in range(11_000, spiky.shape[0] - 1000, 11_000):
        spiky[at : at + 400] += 0.9 * rng.normal(size=(400, 1)).astype(np.float32) * 0.3
    check(mastering.master(Audio(spiky, RATE)))


def test_limiting_a_tone_adds_no_harmonics() -> None:
    loud = mastering.master(tone(4, 0.9), loudness_lufs=-8)
    middle = loud.samples[RATE : 3 * RATE, 0] * np.hanning(2 * RATE)
    spectrum = np.abs(np.fft.rfft(middle))
    harmonics = max(spectrum[2 * k * 440 - 40 : 2 * k * 440 + 40].max() for k in (2, 3, 4, 5))
    assert harmonics < spectrum.max() * 10 ** (-50 / 20)


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.39, 0.41, 1.0])
def test_short_sounds(seconds: float) -> None:
    finished = mastering.master(tone(seconds))
    assert finished.samples.shape[0] == round(seconds * RATE)
    assert np.isfinite(finished.samples).all()
    assert 0.05 < np.abs(finished.samples).max() < 10 ** (-1 / 20)


def test_silence_stays_silence() -> None:
    for length in (0, 1, RATE):
        finished = mastering.master(Audio(np.zeros((length, 2), np.float32), RATE))
        assert finished.samples.shape == (length, 2)
        assert not finished.samples.any()
        assert finished.loudness_lufs is None


def test_fades() -> None:
    finished = mastering.master(tone(5), fade_in_s=0.1, fade_out_s=1.0).samples
    assert not finished[0].any()
    assert not finished[-1].any()
    quarter = np.abs(finished[-RATE // 8 :]).max()
    assert quarter < 0.1 * np.abs(finished).max()
