"""Where the notes of a phrase are: idea, continuation, cadence, and the rests between."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core import TICKS_PER_BEAT
from . import rhythms
from .motif import Motif
from .rhythms import Rhythm, RhythmStyle

#: What a note belongs to: the idea of the theme, as it is; the idea moved by scale steps; nothing.
IDEA, SEQUENCE, FREE = "idea", "sequence", "free"
HALF_BEAT = TICKS_PER_BEAT // 2
#: The shortest closing note of a phrase, and the shortest rest after it, in ticks.
SHORTEST_CLOSING, SHORTEST_REST = TICKS_PER_BEAT // 2, TICKS_PER_BEAT // 4


#: How many times the wanted rests are planned, since notes are too short for some of them.
MORE_RESTS = 1.8


@dataclass(frozen=True, slots=True)
class Event:
    """A note without a pitch.

    Parameters
    ----------
    start, length : int
        Ticks from the start of the phrase.
    kind : str
        IDEA, SEQUENCE or FREE.
    index : int
        Of the note in the idea (in the pickup, where it starts before 0).
    moved : int
        How many times the drift of the motif a sequence is moved.
    is_again : bool
        Whether it is the second part of a note that is divided where the chord changes.
    """

    start: int
    length: int
    kind: str
    index: int = 0
    moved: int = 0
    is_again: bool = False


@dataclass(frozen=True)
class Layout:
    """The dimensions of a phrase.

    Parameters
    ----------
    beats, last_beats : int
        Of the phrase, and of its last slot.
    is_final : bool
        Whether the last slot has one note.
    reserved : int
        Ticks at the end for the pickup of the next phrase.
    rests : float
        Share of rests, [0, 1].
    """

    beats: int
    last_beats: int
    is_final: bool
    reserved: int
    rests: float


def idea_events(own: Motif, length: int) -> list[Event]:
    """Return the notes of the pickup, and those of the idea that start within `length` ticks."""
    upbeat = [Event(s, n, IDEA, k) for k, (s, n) in enumerate(own.pickup)]
    return [*upbeat, *(Event(s, n, IDEA, k) for k, (s, n) in enumerate(own.idea) if s < length or k == 0)]


def phrase_events(own: Motif, layout: Layout, style: RhythmStyle, rng: np.random.Generator) -> list[Event]:
    """Return the notes of a phrase without its pickup."""
    cadence = cadence_beats(layout, style.beats)
    body = (layout.beats - cadence) * TICKS_PER_BEAT
    events = [each for each in _body(own, body, style) if each.start < body]
    events = [replace(each, length=min(each.length, body - each.start)) for each in events]
    lead = cadence - layout.last_beats if layout.is_final else cadence
    closing: Rhythm = ()
    if layout.is_final:
        if lead > 0:
            closing = rhythms.bar(replace(style, notes_per_quarter=1.0), rng, lead)
        closing = (*closing, (lead * TICKS_PER_BEAT, layout.last_beats * TICKS_PER_BEAT))
    elif cadence:
        closing = rhythms.closing(cadence, style, rng, layout.reserved > HALF_BEAT)
    events += [Event(body + start, length, FREE) for start, length in closing]
    return events if layout.is_final else _with_rests(events, layout, style)


def cadence_beats(layout: Layout, bar: int) -> int:
    """Return how many beats at the end of a phrase its cadence takes.

    Examples
    --------
    >>> [cadence_beats(Layout(beats, 2, False, 0, 0.1), 4) for beats in (4, 8, 14, 16)]
    [2, 2, 2, 4]
    """
    bars, rest = divmod(layout.beats, bar)
    usual = bar if rest == 0 else rest if 2 * rest >= bar else bar + rest
    if bars < 2 or layout.beats == 2 * bar:
        usual = max(layout.last_beats, rest, (bar + 1) // 2)
    usual = max(usual, layout.last_beats) if layout.is_final else usual
    return min(usual, layout.beats)


def _body(own: Motif, length: int, style: RhythmStyle) -> list[Event]:
    """The notes of a phrase before its cadence: in rounds of eight bars the idea, the idea moved, and four others."""
    bars = -(-length // style.bar)
    events: list[Event] = []
    first = [(k, note) for k, note in enumerate(own.idea) if note[0] < style.bar]
    for bar in range(bars):
        at, place = bar * style.bar, bar % 8
        if place == 0 or (place == 2 and bars > 5):
            kind = IDEA if place == 0 else SEQUENCE
            events += [Event(at + s, n, kind, k, place // 2) for k, (s, n) in enumerate(own.idea)]
        elif place > 3 or (place in (2, 3) and bars <= 5):
            rhythm = own.bars[place % 2]
            if rhythm == tuple(note for _, note in first):
                events += [Event(at + s, n, SEQUENCE, k, 1 + place % 2) for k, (s, n) in first]
            else:
                events += [Event(at + s, n, FREE) for s, n in rhythm]
    return _without_overlap(events)


def _without_overlap(events: Sequence[Event]) -> list[Event]:
    cut = [replace(a, length=min(a.length, b.start - a.start)) for a, b in itertools.pairwise(events)]
    return [*(each for each in cut if each.length > 0), *events[-1:]]


def _with_rests(events: list[Event], layout: Layout, style: RhythmStyle) -> list[Event]:
    """The notes with a rest after the last one and time for a pickup; where there are more rests, after the longest."""
    if not events:
        return events
    wanted = round(MORE_RESTS * layout.rests * layout.beats * TICKS_PER_BEAT / HALF_BEAT) * HALF_BEAT
    end = layout.beats * TICKS_PER_BEAT - layout.reserved
    while len(events) > 1 and end - events[-1].start < SHORTEST_CLOSING + SHORTEST_REST:
        events = events[:-1]
    last = events[-1]
    available = end - last.start
    rest = min(max(wanted, HALF_BEAT), max(SHORTEST_REST, available - TICKS_PER_BEAT), available // 2)
    events = [*events[:-1], replace(last, length=available - rest)]
    wanted -= rest
    edges = {2 * style.bar, 4 * style.bar, 6 * style.bar}
    for k in range(len(events) - 1):
        is_end = events[k].start + events[k].length in edges
        if not is_end or wanted < HALF_BEAT or events[k].length < TICKS_PER_BEAT:
            continue
        short = min(wanted, events[k].length // 2)
        events[k] = replace(events[k], length=events[k].length - short)
        wanted -= short
    return events
