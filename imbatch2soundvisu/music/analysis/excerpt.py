"""The notes of music of any origin on one grid: of a score of this program, or of the beginning of a human one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import TICKS_PER_BEAT, Note, Score
from .score_queries import melody, pitched_notes

#: Units of time per quarter note: sixteenths, triplets of eighths and of sixteenths are whole.
QUARTER = 48
SIXTEENTH = QUARTER // 4
#: The shortest gap that is a rest: an eighth.
REST = QUARTER // 2
#: Columns of `Excerpt.notes`.
START, LENGTH, PITCH, VELOCITY = range(4)
#: Divisions of a beat that a performed onset may be meant on.
DIVISIONS = (8, 12)


@dataclass(frozen=True)
class Excerpt:
    """Pitched notes, the melody among them, and the bars.

    All times are units of 1/48 of a quarter note.

    Parameters
    ----------
    notes : (n, 4) int array
        Start, length, MIDI pitch and MIDI velocity (0 where unknown) of each note, sorted by start and pitch. No drums.
    melody : (m, 4) int array
        The melody: one note per onset, with the same columns.
    bars : tuple of int
        Where each bar starts, and the end. The first bar may be shorter than the others: a pickup.
    beat : int
        Length of a beat: a quarter, a dotted quarter in 6/8, an eighth in 7/8.
    name : str, default ""

    Examples
    --------
    >>> excerpt = make_excerpt([(0, 1, 60), (1, 1, 62), (2, 2, 64)], beats_per_bar=4)
    >>> excerpt.melody[:, PITCH].tolist(), excerpt.bars
    ([60, 62, 64], (0, 192))
    """

    notes: np.ndarray
    melody: np.ndarray
    bars: tuple[int, ...]
    beat: int = QUARTER
    name: str = ""

    @property
    def end(self) -> int:
        return self.bars[-1]

    @property
    def bar_length(self) -> int:
        """The length of most bars."""
        lengths = np.diff(self.bars)
        return int(np.bincount(lengths).argmax()) if len(lengths) else self.beat * 4

    @cached_property
    def downbeats(self) -> np.ndarray:
        """Where each whole bar starts."""
        lengths = np.diff(self.bars)
        return np.array(self.bars[:-1])[lengths >= self.bar_length]

    @cached_property
    def beats(self) -> np.ndarray:
        """Where each beat starts, and the end: beats are counted from each bar."""
        starts: list[int] = []
        for a, b in zip(self.bars[:-1], self.bars[1:], strict=True):
            rest = (b - a) % self.beat
            starts += [a, *range(a + rest, b, self.beat)] if rest else range(a, b, self.beat)
        return np.array(sorted({*starts, self.end}))

    @cached_property
    def iois(self) -> np.ndarray:
        """Times from each onset of the melody to the next."""
        return np.diff(self.melody[:, START])

    @cached_property
    def intervals(self) -> np.ndarray:
        """Semitones from each note of the melody to the next."""
        return np.diff(self.melody[:, PITCH])


def make_excerpt(
    notes: Sequence[tuple[float, ...]], others: Sequence[tuple[float, ...]] = (), beats_per_bar: int = 4
) -> Excerpt:
    """Return an excerpt of a melody and other notes, as (start, length, pitch[, velocity]) in quarter notes.

    Examples
    --------
    >>> make_excerpt([(0, 2, 60)], [(0, 4, 48)], 4).notes.tolist()
    [[0, 192, 48, 0], [0, 96, 60, 0]]
    """
    melody, rest = _rows(notes), _rows(others)
    every = _sorted(np.concatenate([melody, rest]))
    bar = beats_per_bar * QUARTER
    end = int((every[:, START] + every[:, LENGTH]).max()) if len(every) else bar
    return Excerpt(every, _sorted(melody), tuple(range(0, end + bar, bar)[: -(-end // bar) + 1]))


def excerpt_of(score: Score, name: str = "", swing: float = 0.5) -> Excerpt:
    """Return the notes of a score on the grid, as written: performed onsets are moved to the nearest division.

    A note that a player ends less than an eighth before the next of its part, and after two thirds of the time between
    both, is detached rather than followed by a rest: it lasts to the next.

    Parameters
    ----------
    score : Score
    name : str
    swing : float
        Where the second eighth of a beat falls in the performance; as it is written it falls on 0.5.
    """
    timeline, notes, top = score.timeline, pitched_notes(score), melody(score)
    beat = round(QUARTER * timeline.metre.quarters)
    swing = swing if timeline.metre.division == 2 and beat == QUARTER else 0.5
    bar, total = beat * timeline.beats_per_bar, beat * timeline.total_beats
    parts = [[n for n in notes if n.part == part] for part in range(len(score.parts))]
    return Excerpt(
        _sorted(
            np.concatenate([_written(_grid_rows(each, beat, swing), total) for each in parts if each] or [_rows(())])
        ),
        _sorted(_written(_grid_rows(top, beat, swing), total)),
        (*range(0, total, bar), total),
        beat,
        name,
    )


def _rows(notes: Sequence[tuple[float, ...]]) -> np.ndarray:
    rows = [(round(n[0] * QUARTER), round(n[1] * QUARTER), n[2], n[3] if len(n) > 3 else 0) for n in notes]
    return np.array(rows, np.int64).reshape(-1, 4)


def _grid_rows(notes: Sequence[Note], beat: int, swing: float) -> np.ndarray:
    starts = _nearest(_straight([n.start for n in notes], swing), beat)
    ends = _straight([n.start + n.length for n in notes], swing)
    lengths = np.maximum(1, np.round(ends * beat).astype(np.int64) - starts)
    rest = np.array([(n.pitch, n.velocity) for n in notes], np.int64).reshape(-1, 2)
    return np.column_stack([starts, lengths, rest])


def _written(rows: np.ndarray, end: int) -> np.ndarray:
    """The notes of a part with the lengths that a detached performance shortened, none beyond the end."""
    onsets = np.append(np.unique(rows[:, START]), end)
    until_next = onsets[np.minimum(np.searchsorted(onsets, rows[:, START], "right"), len(onsets) - 1)] - rows[:, START]
    gap = until_next - rows[:, LENGTH]
    is_detached = (gap > 0) & (gap < REST) & (gap * 3 <= until_next)
    lengths = np.where(is_detached, until_next, rows[:, LENGTH])
    rows[:, LENGTH] = np.clip(lengths, 1, np.maximum(1, end - rows[:, START]))
    return rows


def _straight(ticks: Sequence[int], swing: float) -> np.ndarray:
    """Ticks in beats, without swing."""
    whole, place = np.divmod(np.array(ticks, np.float64) / TICKS_PER_BEAT, 1.0)
    return np.asarray(whole + np.where(place <= swing, place / (2 * swing), 1 - (1 - place) / (2 - 2 * swing)))


def _nearest(beats: np.ndarray, beat: int) -> np.ndarray:
    """Onsets in beats on the nearest of the DIVISIONS of a beat, in units."""
    candidates = np.stack([np.round(beats * d) / d for d in DIVISIONS])
    best = np.abs(candidates - beats).argmin(axis=0)
    return np.round(np.take_along_axis(candidates, best[None], 0)[0] * beat).astype(np.int64)


def _sorted(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort((rows[:, PITCH], rows[:, START]))]
