"""Missing overtones are added to dull instruments: harmonic, as loud as the notes are, and nowhere else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from imbatch2soundvisu.core import TICKS_PER_BEAT, Note, Part, Score
from imbatch2soundvisu.music import synthesis
from imbatch2soundvisu.music.analysis import sound_measures
from imbatch2soundvisu.music.effects import overtones
from imbatch2soundvisu.music.timeline import build
from imbatch2soundvisu.runtime import buffers

RATE = 44_100
PITCH_HZ = 500.0


def tone(highest_hz: float, seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    """All harmonics up to a frequency, which fall by 6 dB per octave."""
    time = np.arange(round(seconds * rate)) / rate
    count = int(highest_hz / PITCH_HZ)
    wave = sum(np.sin(2 * math.pi * k * PITCH_HZ * time) / k for k in range(1, count + 1))
    return (0.1 * np.column_stack([wave, 0.8 * wave])).astype(np.float32)


def test_dull_sound_gets_the_missing_octave() -> None:
    samples = tone(5600)
    before = sound_measures.share_db(samples, RATE, 6100)
    share = overtones.extend(samples, RATE)
    after = sound_measures.share_db(samples, RATE, 6100)
    octave = sound_measures.share_db(samples, RATE, 3000, 6000)
    assert after > before + 10
    assert octave - overtones.STEEPEST_DB - 3 < after < octave - overtones.STEEPEST_DB + 1.5
    assert share == pytest.approx(after, abs=2)


def test_overtones_are_harmonic() -> None:
    samples = tone(5600)
    dry = samples.copy()
    overtones.extend(samples, RATE)
    added = (samples - dry)[RATE // 4 : RATE // 4 + 22_050].mean(axis=1)
    power = np.abs(np.fft.rfft(added * np.hanning(len(added)))) ** 2
    frequencies = np.fft.rfftfreq(len(added), 1 / RATE)
    near = np.abs(frequencies / PITCH_HZ - np.round(frequencies / PITCH_HZ)) < 0.05
    assert power[near].sum() > 0.99 * power.sum()
    assert power[frequencies < 3000].sum() < 0.01 * power.sum()


def test_bright_sound_and_silence_stay_as_they_are() -> None:
    for samples in (tone(16_000), np.zeros((RATE, 2), np.float32)):
        before = samples.copy()
        overtones.extend(samples, RATE)
        assert np.array_equal(samples, before)


def test_sample_rates_without_that_octave_are_left_alone() -> None:
    samples = tone(3500, rate=8000)
    before = samples.copy()
    assert overtones.extend(samples, 8000) == -math.inf
    assert np.array_equal(samples, before)


def test_soft_sound_gets_as_much_in_proportion() -> None:
    loud, soft = tone(5600), 0.01 * tone(5600)
    overtones.extend(loud, RATE)
    overtones.extend(soft, RATE)
    assert np.abs(100 * soft - loud).max() < 1e-4 * np.abs(loud).max()


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = tone(5600), tone(5600)
    overtones.extend(whole, RATE)
    original = buffers.chunks
    monkeypatch.setattr(buffers, "chunks", lambda samples: original(samples, 10_007))
    overtones.extend(pieces, RATE)
    assert np.abs(whole - pieces).max() < 1e-6


def test_a_dull_melody_has_treble_and_a_bright_one_no_more_than_before(engine: synthesis.Engine) -> None:
    grid = build(4, 30, 1.0)
    notes = tuple(Note(0, 72 + k, 84, k * TICKS_PER_BEAT, TICKS_PER_BEAT) for k in range(4))
    share = {}
    for name, program in (("Melody: clarinet", 71), ("clarinet", 71), ("Melody: xylophone", 13), ("xylophone", 13)):
        samples = synthesis.render(Score(grid, (Part(name, program, reverb=0),), notes), engine).samples
        share[name] = sound_measures.share_db(samples, RATE, 6000)
    assert share["Melody: clarinet"] > max(share["clarinet"] + 5, -38)
    assert share["Melody: xylophone"] < share["xylophone"] + 1.5
