"""Synthetic recordings and images for the tests of tracks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from imbatch2soundvisu.core import (
    Criterion,
    FeatureInfo,
    FeatureTable,
    ImageRecord,
    ImageSequence,
    Score,
    Timing,
)
from imbatch2soundvisu.music.tracks import (
    Track,
)

RATE = 22_050
FPS = 30
HALF_FRAME_S = 0.5 / FPS
#: Largest error of estimated beats.
BEAT_ERROR_S = 0.03
ALBUMS = {
    "bright": {"luminance": 0.8, "colourfulness": 75.0, "contrast": 0.16, "saturation": 0.15},
    "dark": {"luminance": 0.3, "colourfulness": 12.0, "contrast": 0.12, "saturation": 0.03},
}


def album(n: int = 12, **features: float) -> ImageSequence:
    """A sequence of `n` images with these features only, each varied a little."""
    scatter = np.linspace(0.95, 1.05, n)
    columns = {name: value * scatter for name, value in features.items()}
    records = tuple(ImageRecord(Path(f"{i}.jpg"), f"{i}-{sorted(features.items())}", 4, 3) for i in range(n))
    nothing = Criterion("nothing", 0, 0, 0, 0, 0)
    return ImageSequence("plan", FeatureTable(records, columns), np.arange(n), FeatureInfo("value"), nothing)


def ring(pitch: float, seconds: float, decay: float, harmonics: int) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    rich = sum(np.sin(2 * np.pi * pitch * h * time) / h for h in range(1, harmonics + 1))
    return rich * np.exp(-decay * time)


def struck(beats_s: np.ndarray, seconds: float, bar: int = 4, chords: str = "major") -> np.ndarray:
    """Saw-like notes on every beat, C F G C by the bar, with a bass note where a bar begins."""
    samples = 0.001 * np.random.default_rng(1).normal(size=round(seconds * RATE))
    third = 4 if chords == "major" else 3
    for k, at in enumerate(beats_s):
        root = (0, 5, 7, 0)[(k // bar) % 4]
        tone = 0.2 * ring(261.6 * 2 ** ((root + (0, third, 7, 12)[k % bar]) / 12), 0.3, 12, 20)
        if k % bar == 0:
            tone = tone + 0.5 * ring(65.4 * 2 ** (root / 12), 0.3, 8, 3)
        first = round(at * RATE)
        length = min(len(tone), len(samples) - first)
        samples[first : first + length] += tone[:length]
    return samples


def lively(seconds: float = 30.0, tempo_bpm: float = 120.0, lead_s: float = 0.0, bar: int = 4) -> np.ndarray:
    return struck(np.arange(lead_s, seconds - 0.3, 60 / tempo_bpm), seconds, bar)


def calm(seconds: float = 30.0) -> np.ndarray:
    """A minor chord of soft sines that swell slowly."""
    time = np.arange(round(seconds * RATE)) / RATE
    swell = [0.6 + 0.4 * np.sin(2 * np.pi * rate * time) for rate in (0.031, 0.047, 0.07, 0.093)]
    return 0.05 * sum(s * np.sin(2 * np.pi * f * time) for s, f in zip(swell, (110, 130.8, 164.8, 220), strict=True))


def halfway(seconds: float = 30.0) -> np.ndarray:
    """Between the two: plucked notes once a second."""
    samples = calm(seconds)
    for at in range(1, int(seconds) - 1):
        tone = 0.1 * ring(220 * 2 ** ((0, 3, 7)[at % 3] / 12), 0.8, 4, 4)
        samples[at * RATE : at * RATE + len(tone)] += tone
    return samples


def track_of(tmp_path: Path, samples: np.ndarray, name: str = "track.flac") -> Track:
    soundfile.write(tmp_path / name, samples, RATE)
    return Track(tmp_path, file=tmp_path / name)


def made(track: Track, sequence: ImageSequence, timing: Timing | None = None) -> Score:
    return track.compose(sequence, track.timeline(sequence, FPS, timing or Timing()), np.random.default_rng(0))


def cuts_s(score: Score) -> np.ndarray:
    return score.timeline.start_frames / score.timeline.fps
