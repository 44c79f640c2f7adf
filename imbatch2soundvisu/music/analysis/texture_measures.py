"""Measures of texture, of any origin: how many pitches sound, how that changes, and how many notes a bar has."""

from __future__ import annotations

import numpy as np

from .excerpt import LENGTH, PITCH, QUARTER, SIXTEENTH, START, Excerpt

NAN = float("nan")


def sounding(excerpt: Excerpt) -> np.ndarray:
    """Return how many different pitches sound on each sixteenth, (sixteenths,) int.

    Examples
    --------
    >>> from .excerpt import make_excerpt
    >>> sounding(make_excerpt([(0, 1, 72)], [(0, 0.5, 48), (0, 1, 72)], beats_per_bar=1)).tolist()
    [2, 2, 1, 1]
    """
    grid = np.arange(0, excerpt.end, SIXTEENTH)
    first = np.searchsorted(grid, excerpt.notes[:, START])
    last = np.searchsorted(grid, excerpt.notes[:, START] + excerpt.notes[:, LENGTH])
    pitches, row = np.unique(excerpt.notes[:, PITCH], return_inverse=True)
    sounds = np.zeros((len(pitches), len(grid) + 1), np.int64)
    np.add.at(sounds, (row, first), 1)
    np.add.at(sounds, (row, last), -1)
    return np.asarray((np.cumsum(sounds, axis=1)[:, :-1] > 0).sum(axis=0))


def mean_sounding(excerpt: Excerpt) -> float:
    """Return the mean number of different pitches that sound, over the sixteenths of the excerpt."""
    return float(sounding(excerpt).mean()) if excerpt.end else NAN


def sd_sounding(excerpt: Excerpt) -> float:
    """Return the standard deviation of the number of different pitches that sound."""
    return float(sounding(excerpt).std()) if excerpt.end else NAN


def thin_moments(excerpt: Excerpt) -> float:
    """Return the share of sixteenths on which at most one pitch sounds, [0, 1]."""
    return float((sounding(excerpt) <= 1).mean()) if excerpt.end else NAN


def density_change(excerpt: Excerpt) -> float:
    """Return the mean change of the number of onsets from bar to bar, divided by the mean number of a bar, 0 and up.

    Examples
    --------
    >>> from .excerpt import make_excerpt
    >>> density_change(make_excerpt([(0, 4, 60), (4, 1, 60), (5, 1, 62), (6, 2, 64)], beats_per_bar=4))
    1.0
    """
    counts = _per_bar(excerpt)
    return float(np.abs(np.diff(counts)).mean() / counts.mean()) if len(counts) > 1 and counts.any() else NAN


def notes_per_quarter(excerpt: Excerpt) -> float:
    """Return the notes of all parts per quarter note."""
    return len(excerpt.notes) / (excerpt.end / QUARTER)


def total_range(excerpt: Excerpt) -> float:
    """Return the semitones from the lowest to the highest note."""
    return float(np.ptp(excerpt.notes[:, PITCH])) if len(excerpt.notes) else NAN


def melody_height(excerpt: Excerpt) -> float:
    """Return the mean MIDI pitch of the melody."""
    return float(excerpt.melody[:, PITCH].mean()) if len(excerpt.melody) else NAN


def _per_bar(excerpt: Excerpt) -> np.ndarray:
    """The number of notes that start in each bar."""
    return np.histogram(excerpt.notes[:, START], bins=np.array(excerpt.bars, np.float64))[0].astype(np.float64)
