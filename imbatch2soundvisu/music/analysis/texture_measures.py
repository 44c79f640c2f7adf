"""Measures of texture, of any origin: how many pitches sound, how that changes, and how many notes a bar has."""

from __future__ import annotations

import numpy as np

from .passage import LENGTH, PITCH, QUARTER, SIXTEENTH, START, Passage

NAN = float("nan")


def sounding(passage: Passage) -> np.ndarray:
    """Return how many different pitches sound on each sixteenth, (sixteenths,) int.

    Examples
    --------
    >>> from .passage import make_passage
    >>> sounding(make_passage([(0, 1, 72)], [(0, 0.5, 48), (0, 1, 72)], beats_per_bar=1)).tolist()
    [2, 2, 1, 1]
    """
    grid = np.arange(0, passage.end, SIXTEENTH)
    first = np.searchsorted(grid, passage.notes[:, START])
    last = np.searchsorted(grid, passage.notes[:, START] + passage.notes[:, LENGTH])
    pitches, row = np.unique(passage.notes[:, PITCH], return_inverse=True)
    sounds = np.zeros((len(pitches), len(grid) + 1), np.int64)
    np.add.at(sounds, (row, first), 1)
    np.add.at(sounds, (row, last), -1)
    return np.asarray((np.cumsum(sounds, axis=1)[:, :-1] > 0).sum(axis=0))


def mean_sounding(passage: Passage) -> float:
    """Return the mean number of different pitches that sound, over the sixteenths of the passage."""
    return float(sounding(passage).mean()) if passage.end else NAN


def sd_sounding(passage: Passage) -> float:
    """Return the standard deviation of the number of different pitches that sound."""
    return float(sounding(passage).std()) if passage.end else NAN


def thin_moments(passage: Passage) -> float:
    """Return the share of sixteenths on which at most one pitch sounds, [0, 1]."""
    return float((sounding(passage) <= 1).mean()) if passage.end else NAN


def density_change(passage: Passage) -> float:
    """Return the mean change of the number of onsets from bar to bar, divided by the mean number of a bar, 0 and up.

    Examples
    --------
    >>> from .passage import make_passage
    >>> density_change(make_passage([(0, 4, 60), (4, 1, 60), (5, 1, 62), (6, 2, 64)], beats_per_bar=4))
    1.0
    """
    counts = _per_bar(passage)
    return float(np.abs(np.diff(counts)).mean() / counts.mean()) if len(counts) > 1 and counts.any() else NAN


def notes_per_quarter(passage: Passage) -> float:
    """Return the notes of all parts per quarter note."""
    return len(passage.notes) / (passage.end / QUARTER)


def total_range(passage: Passage) -> float:
    """Return the semitones from the lowest to the highest note."""
    return float(np.ptp(passage.notes[:, PITCH])) if len(passage.notes) else NAN


def mean_pitch(passage: Passage) -> float:
    """Return the mean MIDI pitch of all notes."""
    return float(passage.notes[:, PITCH].mean()) if len(passage.notes) else NAN


def melody_height(passage: Passage) -> float:
    """Return the mean MIDI pitch of the melody."""
    return float(passage.melody[:, PITCH].mean()) if len(passage.melody) else NAN


def _per_bar(passage: Passage) -> np.ndarray:
    """The number of notes that start in each bar."""
    return np.histogram(passage.notes[:, START], bins=np.array(passage.bars, np.float64))[0].astype(np.float64)
