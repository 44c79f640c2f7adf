"""Measures of harmony from the notes alone, with the chords of `chord_estimation`."""

from __future__ import annotations

from collections import Counter

import numpy as np

from .chord_estimation import EstimatedChord, estimate_chords, estimate_key
from .excerpt import LENGTH, PITCH, QUARTER, Excerpt

NAN = float("nan")


def chord_length_share(excerpt: Excerpt) -> float:
    """Return the share of chords that have the commonest length, in beats, (0, 1]."""
    chords = estimate_chords(excerpt)
    counts = Counter(chord.beats for chord in chords)
    return max(counts.values()) / len(chords) if chords else NAN


def inversions(excerpt: Excerpt) -> float:
    """Return the share of chords that begin over another tone than their root, [0, 1].

    Examples
    --------
    >>> from .excerpt import make_excerpt
    >>> sixth = [(0, 4, 52), (0, 4, 60), (0, 4, 67), (4, 4, 53), (4, 4, 60), (4, 4, 69)]
    >>> inversions(make_excerpt([(0, 4, 72), (4, 4, 72)], sixth))
    0.5
    """
    chords = [chord for chord in estimate_chords(excerpt) if chord.bass >= 0]
    return sum(chord.bass != chord.root for chord in chords) / len(chords) if chords else NAN


def tonic_share(excerpt: Excerpt) -> float:
    """Return the share of the time under chords on the tonic of the estimated key, [0, 1]."""
    chords, (tonic, _) = estimate_chords(excerpt), estimate_key(excerpt)
    total = sum(chord.end - chord.start for chord in chords)
    return sum(chord.end - chord.start for chord in chords if chord.root == tonic) / total if total else NAN


def mean_chord_length(excerpt: Excerpt) -> float:
    """Return the mean length of a chord in quarter notes."""
    chords = estimate_chords(excerpt)
    return excerpt.end / QUARTER / len(chords) if chords else NAN


def chord_vocabulary(excerpt: Excerpt) -> float:
    """Return the entropy of the chords, root relative to the tonic and quality, weighted by time, in bits."""
    times: Counter[tuple[int, str]] = Counter()
    for chord in estimate_chords(excerpt):
        times[chord.root, chord.quality] += chord.end - chord.start
    shares = np.array(list(times.values()), np.float64) / max(1, times.total())
    return float(-(shares * np.log2(shares)).sum()) if shares.size else NAN


def seventh_share(excerpt: Excerpt) -> float:
    """Return the share of the time under seventh chords, [0, 1]."""
    chords = estimate_chords(excerpt)
    total = sum(chord.end - chord.start for chord in chords)
    return sum(_length(chord) for chord in chords if "7" in chord.quality) / total if total else NAN


def scale_share(excerpt: Excerpt) -> float:
    """Return the share of notes in the diatonic scale that holds most of them, [0, 1]."""
    counts = np.bincount(excerpt.notes[:, PITCH] % 12, minlength=12)
    major = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))
    return float(max(counts[np.roll(major, k)].sum() for k in range(12)) / counts.sum()) if counts.sum() else NAN


def pitch_class_entropy(excerpt: Excerpt) -> float:
    """Return the entropy of the pitch classes, weighted by time, in bits, [0, 3.585]."""
    times = np.bincount(excerpt.notes[:, PITCH] % 12, excerpt.notes[:, LENGTH], 12)
    shares = times[times > 0] / max(1, times.sum())
    return float(-(shares * np.log2(shares)).sum()) if shares.size else NAN


def _length(chord: EstimatedChord) -> int:
    return chord.end - chord.start
