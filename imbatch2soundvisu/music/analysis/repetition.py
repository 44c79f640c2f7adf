"""What comes back in a score: passages of bars, and the patterns of its melody."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from ...core import TICKS_PER_BEAT, Note, Score
from .score_queries import SIXTEENTH, SLACK, melody, onsets, pitched

#: Intervals of the melody in one pattern (four notes), and bars in one passage.
PATTERN, PASSAGE = 3, 2
#: Orders of its bars that a piece is compared with.
SHUFFLES = 100
#: Bars that are compared with each other; of a longer piece, those of so many stretches from its beginning to its end.
LONGEST, STRETCHES = 64, 8
NAN = float("nan")


def structure(score: Score, seed: int = 0) -> float:
    """How much more the bars repeat each other in passages than the same bars shuffled do, [-2, 2].

    `self_similarity` less its mean over SHUFFLES seeded orders of the bars: about 0 for bars in any order, above
    where something comes back. NaN with fewer than four whole bars.
    """
    rng, found = np.random.default_rng(seed), []
    for alike in _bar_similarities(score):
        orders = [rng.permutation(len(alike)) for _ in range(SHUFFLES)]
        shuffled = [_passages(alike[np.ix_(order, order)]) for order in orders]
        found.append(_passages(alike) - float(np.mean(shuffled)))
    return float(np.mean(found)) if found else NAN


def self_similarity(score: Score) -> float:
    """Mean over all passages of two bars of the likeness of the most similar other passage, [-1, 1].

    Bars are chroma (12, by length) and onsets of each sixteenth, each of unit length and less the mean of all bars,
    for what every bar has in common (the key, the pulse) is no form; likeness is the mean cosine of bars in step.
    Self-similarity matrix and its diagonal stripes: Foote, "Visualizing music and audio using self-similarity", ACM
    Multimedia 1999. Of a piece of more than 64 bars, the mean of stretches of as many. NaN with fewer than four.
    """
    found = [_passages(alike) for alike in _bar_similarities(score)]
    return float(np.mean(found)) if found else NAN


def motif_repetition(score: Score) -> float:
    """Share of the melody's patterns (three intervals with their rhythm) that occur at least twice, [0, 1].

    NaN with fewer than two patterns. Intervals are counted in scale steps (seven to the octave), so that a sequence
    on another degree counts as the same pattern.
    """
    counts = _patterns(score)
    return sum(c for c in counts.values() if c > 1) / counts.total() if counts.total() > 1 else NAN


def distance(score_a: Score, score_b: Score) -> float:
    """How different two melodies are, [0, 1]: 1 - cosine of the counts of their patterns; 0 for a transposed copy.

    NaN where either has no pattern (fewer than four notes).
    """
    a, b = _patterns(score_a), _patterns(score_b)
    if not a or not b:
        return NAN
    lengths = math.sqrt(sum(c * c for c in a.values()) * sum(c * c for c in b.values()))
    return max(0.0, 1 - sum(c * b[gram] for gram, c in a.items()) / lengths)


def motif(score: Score, bars: int = 2) -> tuple[tuple[int, int], ...]:
    """The opening of the melody: (scale steps, sixteenths) from each note to the next, of those that start within
    the first `bars` bars. Pieces with the same motif have equal ones."""
    end = bars * score.timeline.beats_per_bar * TICKS_PER_BEAT - SLACK
    return _steps([n for n in melody(score) if n.start < end])


def _bar_similarities(score: Score) -> Iterator[np.ndarray]:
    """For each stretch (bars, bars) in [-1, 1]: mean cosine of chroma and of onsets.

    One stretch for up to LONGEST bars, so that the work grows no faster than the piece; none with fewer than four bars,
    or no notes.
    """
    rhythm = onsets(score).astype(np.float64)
    bars = len(rhythm)
    if bars < 2 * PASSAGE or not score.notes:
        return
    bar = score.timeline.beats_per_bar * TICKS_PER_BEAT
    chroma = np.zeros((bars, 12))
    for n in pitched(score):
        end = min(n.start + n.length, bars * bar)
        for i in range(n.start // bar, -(-end // bar)):
            chroma[i, n.pitch % 12] += min(end, (i + 1) * bar) - max(n.start, i * bar)
    own = [_unit(_unit(each) - _unit(each).mean(axis=0)) for each in (chroma, rhythm)]
    count, last = min(STRETCHES, math.ceil(bars / LONGEST)), max(0, bars - LONGEST)
    for first in (round(k * last / max(1, count - 1)) for k in range(count)):
        yield np.mean([here @ here.T for here in (each[first : first + LONGEST] for each in own)], axis=0)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of unit length; those of none, or of rounding errors, are 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, rows / np.maximum(lengths, 1e-9), 0.0)


def _passages(alike: np.ndarray) -> float:
    count = len(alike) - PASSAGE + 1
    stripes = np.mean([alike[k : k + count, k : k + count] for k in range(PASSAGE)], axis=0)
    place = np.arange(count)
    stripes[np.abs(np.subtract.outer(place, place)) < PASSAGE] = -np.inf
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
