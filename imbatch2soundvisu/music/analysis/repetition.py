"""Repetition in a score: passages of bars that return, and patterns of its melody."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from ...core import TICKS_PER_BEAT, Note, Score
from .score_queries import ONSET_TOLERANCE, SIXTEENTH, melody, onset_counts, pitched_notes

#: Intervals of the melody in one pattern (four notes), and bars in one passage.
PATTERN, PASSAGE = 3, 2
#: Random orders of its bars that a score is compared with.
SHUFFLES = 100
#: Bars that are compared with each other. A longer score is measured in so many excerpts from its beginning to its end.
LONGEST, EXCERPTS = 64, 8
NAN = float("nan")


def structure(score: Score, seed: int = 0) -> float:
    """Return how much more the bars repeat each other in passages than the same bars in random order, [-2, 2].

    `self_similarity` minus its mean over SHUFFLES random orders of the bars: about 0 for bars in random order, above 0
    where passages return. NaN with fewer than four whole bars.
    """
    rng, found = np.random.default_rng(seed), []
    for similarity in _bar_similarities(score):
        orders = [rng.permutation(len(similarity)) for _ in range(SHUFFLES)]
        shuffled = [_passage_similarity(similarity[np.ix_(order, order)]) for order in orders]
        found.append(_passage_similarity(similarity) - float(np.mean(shuffled)))
    return float(np.mean(found)) if found else NAN


def self_similarity(score: Score) -> float:
    """Return the mean, over all passages of two bars, of the similarity to the most similar other passage, [-1, 1].

    A bar is its chroma (12 durations) and its onsets per sixteenth, each normalized and centred on the mean of all
    bars, so that what all bars share (key, pulse) does not count. The similarity of two passages is the mean cosine of
    their bars. A score of more than 64 bars is measured in excerpts of 64. NaN with fewer than four bars.

    References
    ----------
    Foote, "Visualizing music and audio using self-similarity", ACM Multimedia 1999.
    """
    found = [_passage_similarity(similarity) for similarity in _bar_similarities(score)]
    return float(np.mean(found)) if found else NAN


def motif_repetition(score: Score) -> float:
    """Return the share of the melody's patterns that occur at least twice, [0, 1].

    A pattern is three intervals in scale steps (seven to the octave) with their rhythm, so that a sequence on another
    degree is the same pattern. NaN with fewer than two patterns.
    """
    counts = _patterns(score)
    return sum(c for c in counts.values() if c > 1) / counts.total() if counts.total() > 1 else NAN


def distance(score_a: Score, score_b: Score) -> float:
    """Return how different two melodies are, [0, 1]: 1 - cosine of their pattern counts, 0 for a transposed copy.

    NaN if either has fewer than four notes.
    """
    a, b = _patterns(score_a), _patterns(score_b)
    if not a or not b:
        return NAN
    norms = math.sqrt(sum(c * c for c in a.values()) * sum(c * c for c in b.values()))
    return max(0.0, 1 - sum(c * b[pattern] for pattern, c in a.items()) / norms)


def motif(score: Score, bars: int = 2) -> tuple[tuple[int, int], ...]:
    """Return the opening of the melody as (scale steps, sixteenths) from each note to the next.

    Only notes that start in the first `bars` bars count. Scores with the same motif have equal ones.
    """
    end = bars * score.timeline.beats_per_bar * TICKS_PER_BEAT - ONSET_TOLERANCE
    return _steps([n for n in melody(score) if n.start < end])


def _bar_similarities(score: Score) -> Iterator[np.ndarray]:
    """Yield for each excerpt (bars, bars) in [-1, 1], the mean cosine of chroma and of onsets.

    One excerpt for up to LONGEST bars, at most EXCERPTS of a longer score, so that the work is linear in its length.
    """
    rhythm = onset_counts(score).astype(np.float64)
    bars = len(rhythm)
    if bars < 2 * PASSAGE or not score.notes:
        return
    centred = [_unit(_unit(each) - _unit(each).mean(axis=0)) for each in (_chroma(score, bars), rhythm)]
    count, last = min(EXCERPTS, math.ceil(bars / LONGEST)), max(0, bars - LONGEST)
    for first in (round(k * last / max(1, count - 1)) for k in range(count)):
        yield np.mean([bar @ bar.T for bar in (each[first : first + LONGEST] for each in centred)], axis=0)


def _chroma(score: Score, bars: int) -> np.ndarray:
    """(bars, 12) ticks that each pitch class sounds."""
    bar = score.timeline.beats_per_bar * TICKS_PER_BEAT
    chroma = np.zeros((bars, 12))
    for n in pitched_notes(score):
        end = min(n.start + n.length, bars * bar)
        for i in range(n.start // bar, -(-end // bar)):
            chroma[i, n.pitch % 12] += min(end, (i + 1) * bar) - max(n.start, i * bar)
    return chroma


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of unit length; rows of zeros, or of rounding errors, become 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, rows / np.maximum(lengths, 1e-9), 0.0)


def _passage_similarity(similarity: np.ndarray) -> float:
    count = len(similarity) - PASSAGE + 1
    stripes = np.mean([similarity[k : k + count, k : k + count] for k in range(PASSAGE)], axis=0)
    index = np.arange(count)
    stripes[np.abs(np.subtract.outer(index, index)) < PASSAGE] = -np.inf
    best = stripes.max(axis=1)
    return float(best[np.isfinite(best)].mean())


def _steps(notes: Iterable[Note]) -> tuple[tuple[int, int], ...]:
    """(scale steps up or down, sixteenths) from each note to the next."""
    return tuple(
        (round((b.pitch - a.pitch) * 7 / 12), round((b.start - a.start) / SIXTEENTH))
        for a, b in itertools.pairwise(notes)
    )


def _patterns(score: Score) -> Counter[tuple[tuple[int, int], ...]]:
    steps = _steps(melody(score))
    return Counter(steps[i : i + PATTERN] for i in range(len(steps) - PATTERN + 1))
