"""Chords estimated from the notes, so that scores with and without declared chords are measured alike.

The chord of each beat is a state of a hidden Markov model: the duration-weighted chroma of the beat is compared with
the tones of each triad and seventh chord, and a change has a cost [1]_.

References
----------
.. [1] Pardo and Birmingham, "Algorithms for chordal analysis", Computer Music Journal 26, 2002; Viterbi decoding as in
   Raphael and Stoddard, "Functional harmonic analysis using probabilistic models", Computer Music Journal 28, 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .excerpt import LENGTH, PITCH, START, Excerpt

#: Semitones above the root of each quality, and what is added to its likeness: triads are preferred.
QUALITIES = {
    "": ((0, 4, 7), 0.06),
    "m": ((0, 3, 7), 0.06),
    "dim": ((0, 3, 6), 0.0),
    "7": ((0, 4, 7, 10), 0.03),
    "m7": ((0, 3, 7, 10), 0.0),
    "maj7": ((0, 4, 7, 11), 0.0),
    "m7b5": ((0, 3, 6, 10), 0.0),
}
#: The cost of a change, and what a root in the bass adds to the likeness.
CHANGE, ROOT_IN_BASS = 0.2, 0.08
#: Correlation of pitch classes with a key: Krumhansl and Kessler, "Tracing the dynamic changes in perceived tonal
#: organization", Psychological Review 89, 1982.
MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True, slots=True)
class EstimatedChord:
    """A chord and where it sounds.

    Parameters
    ----------
    root : int
        Pitch class.
    quality : str
        A name in QUALITIES.
    start, end : int
        Units of 1/48 of a quarter; `end` is excluded.
    beats : int
    bass : int
        Pitch class of the lowest note that sounds as it begins or first thereafter; -1 without notes.
    """

    root: int
    quality: str
    start: int
    end: int
    beats: int
    bass: int


def estimate_chords(excerpt: Excerpt) -> list[EstimatedChord]:
    """Return the chords of an excerpt in time.

    Examples
    --------
    >>> from .excerpt import make_excerpt
    >>> bars = [(0, 4, 72), (4, 4, 71)]
    >>> chords = [(0, 4, 48), (0, 4, 64), (0, 4, 67), (4, 4, 50), (4, 4, 65), (4, 4, 67)]
    >>> [(c.root, c.quality, c.beats, c.bass) for c in estimate_chords(make_excerpt(bars, chords))]
    [(0, '', 4, 0), (7, '7', 4, 2)]
    """
    edges = excerpt.beats
    states = _decoded(_likeness(chroma(excerpt, edges), basses(excerpt, edges)))
    found: list[EstimatedChord] = []
    low = basses(excerpt, edges)
    first = 0
    for i in range(1, len(states) + 1):
        if i == len(states) or states[i] != states[first]:
            root, quality = divmod(int(states[first]), len(QUALITIES))
            bass = next((int(b) for b in low[first:i] if b >= 0), -1)
            found.append(
                EstimatedChord(root, list(QUALITIES)[quality], int(edges[first]), int(edges[i]), i - first, bass)
            )
            first = i
    return found


def chroma(excerpt: Excerpt, edges: np.ndarray) -> np.ndarray:
    """Return how long each pitch class sounds between adjacent edges, (edges - 1, 12)."""
    found = np.zeros((len(edges) - 1, 12))
    starts, ends = excerpt.notes[:, START], excerpt.notes[:, START] + excerpt.notes[:, LENGTH]
    first = np.clip(np.searchsorted(edges, starts, "right") - 1, 0, len(found) - 1)
    last = np.clip(np.searchsorted(edges, ends, "left"), first + 1, len(found))
    for note, a, b, start, end in zip(excerpt.notes, first, last, starts, ends, strict=True):
        for i in range(a, b):
            found[i, note[PITCH] % 12] += max(0, min(end, edges[i + 1]) - max(start, edges[i]))
    return found


def basses(excerpt: Excerpt, edges: np.ndarray) -> np.ndarray:
    """Return the pitch class of the lowest note that sounds at each edge, (edges - 1,) int.

    Where none sounds there, that of the lowest note that starts before the next edge; -1 for silence.
    """
    lowest = np.full(len(edges) - 1, 128)
    later = lowest.copy()
    starts, ends = excerpt.notes[:, START], excerpt.notes[:, START] + excerpt.notes[:, LENGTH]
    for note, start, end in zip(excerpt.notes, starts, ends, strict=True):
        a, b = np.searchsorted(edges[:-1], [start, end])
        lowest[a:b] = np.minimum(lowest[a:b], note[PITCH])
        if a and edges[a - 1] < start:
            later[a - 1] = min(later[a - 1], note[PITCH])
    found = np.where(lowest < 128, lowest, later)
    return np.where(found < 128, found % 12, -1)


def estimate_key(excerpt: Excerpt) -> tuple[int, bool]:
    """Return the tonic and whether the mode is major, by correlation with the profiles of Krumhansl and Kessler."""
    durations = np.bincount(excerpt.notes[:, PITCH] % 12, excerpt.notes[:, LENGTH], 12)
    if not durations.any() or np.ptp(durations) == 0:
        return 0, True
    fits = [
        (float(np.corrcoef(np.roll(profile, tonic), durations)[0, 1]), tonic, is_major)
        for is_major, profile in ((True, MAJOR_PROFILE), (False, MINOR_PROFILE))
        for tonic in range(12)
    ]
    return max(fits)[1:]


def _likeness(chromas: np.ndarray, low: np.ndarray) -> np.ndarray:
    """(beats, chords): cosine of chroma and chord tones, with a little for a root in the bass."""
    norms = np.linalg.norm(chromas, axis=1, keepdims=True)
    unit = np.divide(chromas, norms, out=np.zeros_like(chromas), where=norms > 0)
    templates, preferred = _templates()
    roots = np.repeat(np.arange(12), len(QUALITIES))
    return np.asarray(unit @ templates.T + preferred + ROOT_IN_BASS * (roots == low[:, None]))


@lru_cache(1)
def _templates() -> tuple[np.ndarray, np.ndarray]:
    rows = [
        np.isin(np.arange(12), [(root + tone) % 12 for tone in tones]) / np.sqrt(len(tones))
        for root in range(12)
        for tones, _ in QUALITIES.values()
    ]
    return np.array(rows), np.tile([more for _, more in QUALITIES.values()], 12)


def _decoded(likeness: np.ndarray) -> np.ndarray:
    """The best path (Viterbi): every change costs CHANGE."""
    best, before = likeness[0], np.zeros(likeness.shape, np.int64)
    for i in range(1, len(likeness)):
        top = int(best.argmax())
        stay = best >= best[top] - CHANGE
        before[i] = np.where(stay, np.arange(len(best)), top)
        best = np.where(stay, best, best[top] - CHANGE) + likeness[i]
    path = np.empty(len(likeness), np.int64)
    path[-1] = int(best.argmax())
    for i in range(len(likeness) - 1, 0, -1):
        path[i - 1] = before[i, path[i]]
    return path
