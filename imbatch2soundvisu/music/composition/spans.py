"""Spans of one chord over one bass note, and the eighths of a bar."""

from __future__ import annotations

from dataclasses import dataclass

from ...core import TICKS_PER_BEAT, Timeline


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A span of one chord over one bass note, within a phrase or passage.

    Parameters
    ----------
    first, last : int
        Slots; `last` is excluded.
    start, end : int
        Ticks; `end` is excluded.
    """

    first: int
    last: int
    start: int
    end: int


def ticks_of_eighth(timeline: Timeline) -> int:
    """Return the ticks of an eighth note: half a beat, a third of a dotted quarter, or the beat."""
    return round(TICKS_PER_BEAT / (2 * timeline.metre.quarters))


def groups_in_eighths(timeline: Timeline) -> tuple[int, ...]:
    """Return how many eighths each group of a bar has: (4, 4) in 4/4, (6,) in 3/4, (3, 3) in 6/8, (3, 2, 2) in 7/8."""
    metre = timeline.metre
    beat = round(2 * metre.quarters)
    groups = (1,) * metre.beats_per_bar if metre.division == 3 else metre.groups
    return tuple(beat * beats for beats in groups)
