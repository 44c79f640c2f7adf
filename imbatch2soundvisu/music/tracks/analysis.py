"""Analyse a recording: loudness, energy, brightness, onsets, dynamics, key, tempo, beats and bars.

Onsets, beats and chroma are computed with librosa [1]_; loudness is that of ITU-R BS.1770-4.

References
----------
.. [1] McFee et al., "librosa: Audio and music signal analysis in Python", Proc. SciPy 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ...core.errors import MakeError
from .. import loudness as loudness_meter
from ..recordings import name_of
from . import beats, keys, spectra
from .beats import FEWEST_BEATS
from .spectra import HOP, RATE

#: Shorter recordings are refused.
SHORTEST_S = 3.0
#: Quieter recordings are refused as silent.
FAINTEST_LUFS = -60.0
#: Beats with this confidence are used for cuts.
TRUSTED = 0.5
#: Distance of the marks where there are no beats.
GRID_S = 0.5


@dataclass(frozen=True)
class Analysis:
    """What was measured of a recording. All times are seconds from its beginning.

    Parameters
    ----------
    duration_s : float
        Duration that was analysed, at most `spectra.MAX_DURATION_S`.
    truncated : bool
        Whether the recording is longer.
    begins_s, ends_s : float
        Where it sounds, without silence at its ends.
    loudness_lufs : float
        Integrated loudness (ITU-R BS.1770-4).
    energy : float
        Mean spectral flux of the mel bands in dB per step, plus a sixth of the loudness in LU above -30: from about 1
        (a soft pad) to 4 (a band).
    brightness : float
        Median spectral centroid in Hz of the steps that are not silent.
    onset_rate : float
        Onsets per second.
    mode : float
        From -1 (minor) to 1 (major), see `keys.key_of`.
    key : str
        Name of the key.
    key_lead : float
        Reliability of the key, from 0, see `keys.key_of`.
    dynamics : float
        LU between soft and loud sections: the 10th and 95th percentile of the loudness in windows of 3 s (EBU Tech
        3342, without its relative gate).
    tempo_bpm : float
        Beats per minute; it may be wrong by a factor of two. 0 without beats.
    confidence : float
        Reliability of the beats, [0, 1], see `beats.confidence_of`.
    beats_s : tuple of float
        Times of the beats.
    beats_per_bar, downbeat : int
        The estimated metre, 3 or 4, and the first beat (from 0) that begins a bar.
    marks_s : tuple of float
        Times at which a loop may jump: the beats, where there are some.
    descriptors : tuple of tuple of float
        (len(marks_s), 24): what the recording sounds like from each mark to the next.
    """

    duration_s: float
    truncated: bool
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
    descriptors: tuple[tuple[float, ...], ...]

    @property
    def has_beat(self) -> bool:
        """Whether its beats are reliable enough for cuts."""
        return self.confidence >= TRUSTED and len(self.beats_s) >= FEWEST_BEATS

    @property
    def key_label(self) -> str:
        """The key for display: "A minor", or "about A minor" where another one is nearly as probable."""
        return self.key if self.key_lead >= keys.CERTAIN else f"about {self.key}"


def analyse(path: Path) -> Analysis:
    """Return the analysis of an audio file, of its first ten minutes.

    Raises
    ------
    MakeError
        If it cannot be decoded, is silent, or shorter than 3 seconds.
    """
    samples, truncated = spectra.load(path)
    loudness = _checked_loudness(path, samples)
    bands, chroma, centroids = spectra.spectra(samples)
    power = bands.sum(axis=0)
    begin, end = spectra.edges(power)
    seconds = (end - begin) * HOP / RATE
    if seconds < SHORTEST_S:
        raise MakeError(f"{name_of(path)} is not silent for {seconds:.1f} s only; {SHORTEST_S:.0f} s are needed")
    audible = slice(begin, end)
    strength, onsets = spectra.onsets(bands, begin, end)
    found, tempo, confidence = beats.track_beats(strength[audible])
    found = found + begin
    key, key_lead, mode = keys.key_of(keys.weights(chroma[:, audible]))
    loud = power[audible] > 0.01 * np.median(power[audible])
    marks = found if len(found) >= FEWEST_BEATS else np.arange(begin, end, GRID_S * RATE / HOP)
    descriptors = _descriptors(bands, chroma, marks, end)
    metre, downbeat = beats.metre_of(bands, strength, found, descriptors if len(found) >= FEWEST_BEATS else None)
    return Analysis(
        duration_s=round(len(samples) / RATE, 6),
        truncated=truncated,
        begins_s=_seconds(begin),
        ends_s=_seconds(end),
        loudness_lufs=round(loudness, 3),
        energy=round(float(strength[audible].mean()) + (loudness + 30) / 6, 4),
        brightness=round(float(np.median(centroids[audible][loud])), 2),
        onset_rate=round(len(onsets) / seconds, 4),
        mode=round(mode, 4),
        key=key,
        key_lead=round(key_lead, 4),
        dynamics=round(_dynamics(power[audible]), 3),
        tempo_bpm=round(tempo, 3),
        confidence=round(confidence, 4),
        beats_s=tuple(map(_seconds, found)),
        beats_per_bar=metre,
        downbeat=downbeat,
        marks_s=tuple(map(_seconds, marks)),
        descriptors=tuple(tuple(row) for row in np.round(descriptors.astype(np.float64), 2).tolist()),
    )


def _checked_loudness(path: Path, samples: np.ndarray) -> float:
    """The loudness in LUFS. Raises MakeError for silence, and for what is too short."""
    loudness, duration = loudness_meter.integrated(samples, RATE), len(samples) / RATE
    if loudness is None or loudness < FAINTEST_LUFS:
        raise MakeError(f"{name_of(path)} is silent")
    if duration < SHORTEST_S:
        raise MakeError(f"{name_of(path)} is too short: {duration:.1f} s, and {SHORTEST_S:.0f} s are needed")
    return loudness


def _seconds(step: float) -> float:
    return round(float(step) * HOP / RATE, 5)


def _dynamics(power: np.ndarray) -> float:
    """LU between soft and loud sections, in windows of 3 s (or a quarter of what is shorter), a third apart."""
    window = min(round(3 * RATE / HOP), max(len(power) // 4, 1))
    total = np.concatenate(([0.0], np.cumsum(power, dtype=np.float64)))
    starts = np.arange(0, len(power) - window + 1, max(window // 3, 1))
    levels = 10 * np.log10(np.maximum((total[starts + window] - total[starts]) / window, 1e-12))
    levels = levels[levels > levels.max() - 40]
    soft, loud = np.percentile(levels, (10, 95))
    return float(loud - soft)


def _descriptors(bands: np.ndarray, chroma: np.ndarray, marks: np.ndarray, end: int) -> np.ndarray:
    """(marks, 24): log10 power in 12 bands, and chroma in [0, 3], from each mark to the next."""
    edges = np.rint(np.append(marks, max(end, marks[-1] + 1))).astype(int) if len(marks) else np.zeros(1, int)
    rows = []
    for first, last in pairwise(edges):
        span = slice(first, max(last, first + 1))
        levels = bands[:, span].mean(axis=1).reshape(12, -1).mean(axis=1)
        profile = chroma[:, span].mean(axis=1)
        rows.append([*np.log10(np.maximum(levels, 1e-6)), *(3 * profile / max(float(profile.max()), 1e-6))])
    return np.array(rows).reshape(-1, 24)
