"""What a recording is like, in numbers: how energetic, how bright, how busy, in which key, and where its beats are.

Onsets, beats and chroma are librosa's (McFee et al. 2015); loudness is that of ITU-R BS.1770-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ...core.errors import MakeError
from .. import mastering
from ..recordings import name_of
from . import beats, keys, spectra
from .beats import FEWEST_BEATS
from .spectra import HOP, RATE

#: Shorter ones are no music to cut images to.
SHORTEST_S = 3.0
#: Quieter ones are silence.
FAINTEST_LUFS = -60.0
#: With this confidence, beats are trusted.
TRUSTED = 0.5
#: Where there are no beats, places to loop at are so far apart.
GRID_S = 0.5


@dataclass(frozen=True)
class Analysis:
    """A recording in numbers. All times are seconds from its beginning.

    duration_s : of what was listened to, at most LISTENED_S; longer : whether there is more of it.
    begins_s, ends_s : where it sounds, without silence at its ends.
    loudness_lufs : integrated (ITU-R BS.1770-4).
    energy : how hard it drives, in dB: mean rise of its bands from one step to the next (spectral flux), plus a sixth
    of its loudness in LU above -30; from about 1 (a soft pad) to 4 (a band).
    brightness : median spectral centroid in Hz of the steps that sound. onset_rate : onsets a second.
    mode, key, key_lead : see `keys.key_of`; mode from -1 (minor) to 1 (major), key_lead how sure the key is.
    dynamics : LU between its soft and loud parts, the 10th and 95th percentile of loudness in
    windows of 3 s (EBU Tech 3342, without its relative gate).
    tempo_bpm, confidence : beats a minute, and how far to trust them, [0, 1]: see `beats.confidence_of`. Tempi may be
    wrong by a factor of two, as they are for people.
    beats_s : every beat. beats_per_bar, downbeat : the metre, 3 or 4, and which beat (from 0) begins a bar; a guess.
    marks_s : places to loop at, the beats where there are some. sounds : (len(marks_s), d), what is heard from each
    mark to the next.
    """

    duration_s: float
    longer: bool
    begins_s: float
    ends_s: float
    loudness_lufs: float
    energy: float
    brightness: float
    onset_rate: float
    mode: float
    key: str
    key_lead: float
    dynamics: float
    tempo_bpm: float
    confidence: float
    beats_s: tuple[float, ...]
    beats_per_bar: int
    downbeat: int
    marks_s: tuple[float, ...]
    sounds: tuple[tuple[float, ...], ...]

    @property
    def has_beat(self) -> bool:
        """Whether its beats can be trusted to carry cuts."""
        return self.confidence >= TRUSTED and len(self.beats_s) >= FEWEST_BEATS

    @property
    def key_told(self) -> str:
        """The key as it may be told: "A minor", or "about A minor" where another is nearly as likely."""
        return self.key if self.key_lead >= keys.SURE else f"about {self.key}"


def analyse(path: Path) -> Analysis:
    """Listen to a file: its first LISTENED_S. Raises MakeError, with the reason, where there is nothing to hear."""
    samples, longer = spectra.listen(path)
    duration = len(samples) / RATE
    loudness = mastering.loudness(samples, RATE)
    if loudness is None or loudness < FAINTEST_LUFS:
        raise MakeError(f"{name_of(path)} is silent")
    if duration < SHORTEST_S:
        raise MakeError(f"{name_of(path)} is too short: {duration:.1f} s, and {SHORTEST_S:.0f} s are needed")
    bands, chroma, centroids = spectra.spectra(samples)
    power = bands.sum(axis=0)
    begins, ends = spectra.edges(power)
    if (ends - begins) * HOP / RATE < SHORTEST_S:
        sounds_s = (ends - begins) * HOP / RATE
        raise MakeError(f"{name_of(path)} sounds for {sounds_s:.1f} s only; {SHORTEST_S:.0f} s are needed")
    heard = slice(begins, ends)
    onset_strength, onsets = spectra.onsets(bands, begins, ends)
    found, tempo, confidence = beats.track(onset_strength[heard])
    found = found + begins
    key, key_lead, mode = keys.key_of(keys.weights(chroma[:, heard]))
    sounding = power[heard] > 0.01 * np.median(power[heard])
    marks = found if len(found) >= FEWEST_BEATS else np.arange(begins, ends, GRID_S * RATE / HOP)
    sounds = _sounds(bands, chroma, marks, ends)
    metre, downbeat = beats.metre_of(bands, onset_strength, found, sounds if len(found) >= FEWEST_BEATS else None)
    return Analysis(
        duration_s=round(duration, 6),
        longer=longer,
        begins_s=_seconds(begins),
        ends_s=_seconds(ends),
        loudness_lufs=round(loudness, 3),
        energy=round(float(onset_strength[heard].mean()) + (loudness + 30) / 6, 4),
        brightness=round(float(np.median(centroids[heard][sounding])), 2),
        onset_rate=round(len(onsets) / ((ends - begins) * HOP / RATE), 4),
        mode=round(mode, 4),
        key=key,
        key_lead=round(key_lead, 4),
        dynamics=round(_dynamics(power[heard]), 3),
        tempo_bpm=round(tempo, 3),
        confidence=round(confidence, 4),
        beats_s=tuple(map(_seconds, found)),
        beats_per_bar=metre,
        downbeat=downbeat,
        marks_s=tuple(map(_seconds, marks)),
        sounds=tuple(tuple(row) for row in np.round(sounds.astype(np.float64), 2).tolist()),
    )


def _seconds(step: float) -> float:
    return round(float(step) * HOP / RATE, 5)


def _dynamics(power: np.ndarray) -> float:
    """LU between soft and loud parts, in windows of 3 s (or of a quarter of what is shorter), a third apart."""
    window = min(round(3 * RATE / HOP), max(len(power) // 4, 1))
    total = np.concatenate(([0.0], np.cumsum(power, dtype=np.float64)))
    starts = np.arange(0, len(power) - window + 1, max(window // 3, 1))
    levels = 10 * np.log10(np.maximum((total[starts + window] - total[starts]) / window, 1e-12))
    levels = levels[levels > levels.max() - 40]
    soft, loud = np.percentile(levels, (10, 95))
    return float(loud - soft)


def _sounds(bands: np.ndarray, chroma: np.ndarray, marks: np.ndarray, ends: int) -> np.ndarray:
    """(marks, 24): level in 12 bands, in tens of dB, and pitch classes in [0, 3], from each mark to the next."""
    edges = np.rint(np.append(marks, max(ends, marks[-1] + 1))).astype(int) if len(marks) else np.zeros(1, int)
    rows = []
    for first, last in pairwise(edges):
        here = slice(first, max(last, first + 1))
        levels = bands[:, here].mean(axis=1).reshape(12, -1).mean(axis=1)
        notes = chroma[:, here].mean(axis=1)
        rows.append([*np.log10(np.maximum(levels, 1e-6)), *(3 * notes / max(float(notes.max()), 1e-6))])
    return np.array(rows).reshape(-1, 24)
