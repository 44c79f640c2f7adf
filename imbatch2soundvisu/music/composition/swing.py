"""Swing: the second of two eighths comes later, in all parts alike."""

from __future__ import annotations

from dataclasses import replace

from ...core import TICKS_PER_BEAT, Note, Score

#: Notes on this grid swing: sixteenths; others, such as triplets, stay.
GRID = TICKS_PER_BEAT // 4
HALF = TICKS_PER_BEAT // 2


def swung(score: Score, swing: float) -> Score:
    """Return a score whose second eighths fall on the share `swing` of their beat, and sixteenths between accordingly.

    Beats stay, and so do cuts on them; metres whose beats divide in three, or are eighths, are left as they are.

    Parameters
    ----------
    score : Score
        With straight eighths.
    swing : float
        In [0.5, 0.75]: 0.5 straight, 2/3 as triplets.
    """
    metre = score.timeline.metre
    if swing == 0.5 or metre.division != 2 or metre.quarters != 1:
        return score
    return replace(score, notes=tuple(_swung(note, swing) for note in score.notes))


def _swung(note: Note, swing: float) -> Note:
    start, end = (swung_tick(tick, swing) for tick in (note.start, note.start + note.length))
    return replace(note, start=start, length=max(1, end - start))


def swung_tick(tick: int, swing: float) -> int:
    """Return where a tick falls.

    Examples
    --------
    >>> [swung_tick(tick, 2 / 3) for tick in (0, 240, 480, 720, 960, 640)]
    [0, 320, 640, 800, 960, 640]
    """
    beat, place = divmod(tick, TICKS_PER_BEAT)
    if place % GRID:
        return tick
    moved = 2 * swing * place if place <= HALF else TICKS_PER_BEAT - 2 * (1 - swing) * (TICKS_PER_BEAT - place)
    return beat * TICKS_PER_BEAT + round(moved)
